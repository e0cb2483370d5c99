"""The trades: their labels, GB/T 4754 codes, the spellings met in files, and the systems they are judged by."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from cpaudit.errors import UsageError
from cpaudit.reference import Definition, read_definition, root
from cpaudit.visible import plain
from cpaudit.workspace.caches import cache


class Industry(Definition):
    """A trade; ``systems`` are the ids of the indicator systems that its plants are judged by."""

    label: str
    codes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    named_in_notice: bool = False
    systems: tuple[str, ...] = ()


def _plain(id: str) -> str:
    if not plain(id):
        raise ValueError(f"“{id}”不能作编号：它也是文件名，不能含 / \\ : 等，不能以句点开头，不能太长")
    return id


class _Industries(Definition):
    industries: dict[Annotated[str, AfterValidator(_plain)], Industry]


@cache
def industries() -> dict[str, Industry]:
    """Return the trades in the notice's order: id → :class:`Industry`.

    >>> industries()["cement"].label
    '水泥'
    """
    return read_definition(root() / "industries.yaml", _Industries).industries


def industry_named(text: str) -> str:
    """Return the id of the trade that ``text`` names by id, label, alias or code.

    Raises:
        UsageError: no trade is called that; its last line lists all.
    """
    found = find_industry(text)
    if found is None:
        raise UsageError.among(f"没有叫“{text}”的行业", (i.label for i in industries().values()))
    return found


def find_industry(text: str) -> str | None:
    """Return the id of the trade that ``text`` names by id, label, alias or code; None if there is none."""
    wanted = text.strip()
    for key, trade in industries().items():
        if wanted and (wanted in (key, trade.label) or wanted in trade.aliases or wanted in trade.codes):
            return key
    return None
