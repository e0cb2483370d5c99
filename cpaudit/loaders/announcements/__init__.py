"""Announcements of indicator systems: tables of a workbook, Word file or PDF → draft definition files, every doubt named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.errors import ReadError, UsageError
from cpaudit.loaders.announcements.draft import DOUBT, Draft, draft
from cpaudit.loaders.announcements.opening import open_announcement
from cpaudit.loaders.announcements.sections import sections
from cpaudit.loaders.announcements.template import template
from cpaudit.loaders.announcements.writing import text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DOUBT", "Draft", "drafts", "template", "text"]

_ID = re.compile(r"[a-z][a-z0-9_]*")


def drafts(path: Path, system_id: str = "") -> tuple[list[Draft], list[str]]:
    """Return a draft per table of indicators in a file, and what was left unread, in words.

    Ids come from ``system_id`` or the file's name; several tables are numbered (``id_1``, ``id_2``). The same file gives
    the same ids again.

    Raises:
        ReadError: the file can't be read, or has no table with 二级指标 and three levels; one sentence.
        UsageError: the id isn't one.
    """
    if system_id and not _ID.fullmatch(system_id):
        raise UsageError(f"编号“{system_id}”不可用，请用小写字母开头，只含小写字母、数字和下划线，如 electroplating_2015。")
    found = open_announcement(path)
    made = sections(found)
    if not made:
        raise ReadError(
            f"{path.name} 中没有找到指标表：表头须有“二级指标”和Ⅰ级、Ⅱ级、Ⅲ级基准值各列；"
            "请检查文件，或填写 cpaudit systems template 生成的模板。"
        )
    base = system_id or _slug(path.stem) or f"imported_{found.sha256[:8]}"
    several = len(made) > 1
    result = [draft(s, found, f"{base}_{n}" if several else base, several=several) for n, s in enumerate(made, start=1)]
    return result, found.unread


def _slug(stem: str) -> str:
    said = re.sub(r"[^a-z0-9]+", "_", stem.lower().encode("ascii", "ignore").decode()).strip("_")
    return said if re.match(r"[a-z]", said) and len(said) > 2 else ""
