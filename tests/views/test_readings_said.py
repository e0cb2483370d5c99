"""A conclusion that rests on the workbench's own reading of the notice names that reading, wherever it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.read_back import Read, files_read

#: What tells that an output concludes, and the term whose reading it must name: who attains, who is late.
ACTS = {
    "通知没有界定“明显提升”|“明显提升”等取法见附注": (
        re.compile(r"达标 ?\d+ ?家"),
        {"结论", "对标结论", "达标（家）", "未达标（家）"},
    ),
    "期限遇节假日": (
        re.compile(r"有逾期的企业 ?\d|逾期节点 ?\d"),
        {"有逾期（家）", "逾期节点（个）", "逾期的节点", "最长逾期（天）"},
    ),
}
#: A format of rows alone has no room; their page of keys and these tables' notes say it.
ROWS_ALONE = (".csv", ".json")
#: A part of a page that a notebook shows alone; the page itself says it.
PARTS = ("pages/notebooks/02_dates",)


def concludes(read: Read, said: re.Pattern[str], headings: set[str]) -> bool:
    told = any(headings & {re.sub(r"\s", "", cell) for cell in table[0]} for table in read.tables if len(table) > 1)
    return told or bool(said.search(read.text()))


@pytest.mark.parametrize("term", ACTS)
def test_who_is_told_a_conclusion_is_told_how_the_notice_was_read(written: Path, term: str) -> None:
    silent, endings = [], set()
    for name, read in files_read(written):
        if Path(name).suffix in ROWS_ALONE or name.startswith(PARTS) or not concludes(read, *ACTS[term]):
            continue
        endings.add(Path(name).suffix)
        if not re.search(term, re.sub(r"\s", "", read.text())):
            silent.append(name)
    assert silent == []
    assert endings >= {".txt", ".xlsx", ".docx", ".pdf", ".html", ".js", ".md"}
