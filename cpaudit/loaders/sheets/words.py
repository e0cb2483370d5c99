"""Words of tables, as data: which rows are no record (totals, counts, remarks, signatures), and which headings name contacts."""

from __future__ import annotations

import re
from typing import NamedTuple

from cpaudit.loaders.cells.folding import simplified
from cpaudit.loaders.cells.texts import key
from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

#: Longer text is no total: it is prose.
_LONGEST_TOTAL = 30
#: A longer text is a name.
_LONGEST_DITTO = 8
#: What is written below a name for “as above”.
_QUOTES = re.compile(r"[′\"'`´“”„‟‘’″‶〃〝〞〟＂＇「」『』]")
#: Of a person's name behind a word of signatures, without a sign between.
_NAME = 4


class Near(Definition):
    """How like a heading of the form another must be to be taken for a misspelt one."""

    ratio: float
    more: int


class _Words(Definition):
    totals: tuple[str, ...]
    subtotals: tuple[str, ...]
    counts: tuple[str, ...]
    counted: tuple[str, ...]
    firms: tuple[str, ...]
    shares: tuple[str, ...]
    closings: tuple[str, ...]
    remarks: tuple[str, ...]
    signatures: tuple[str, ...]
    signed: tuple[str, ...]
    dittos: tuple[str, ...]
    other_sheets: tuple[str, ...]
    part_beginnings: tuple[str, ...]
    part_endings: tuple[str, ...]
    excluded: tuple[str, ...]
    other_lists: tuple[str, ...]
    off_lists: tuple[str, ...]
    nameless: tuple[str, ...]
    turning: tuple[str, ...]
    denying: tuple[str, ...]
    corrections: tuple[str, ...]
    retractions: tuple[str, ...]
    near: Near
    contacts: tuple[str, ...]
    contacts_alone: tuple[str, ...]
    surnames: str
    no_names: str


@cache
def words() -> _Words:
    """Return the words of ``data/reference/headings.yaml``."""
    return read_definition(root() / "headings.yaml", _Words)


class _Rows(NamedTuple):
    """What the texts look like that mark a row; ``any`` is in all of them."""

    any: re.Pattern[str]
    total: re.Pattern[str]
    subtotal: re.Pattern[str]
    share: re.Pattern[str]
    note: re.Pattern[str]


@cache
def _rows() -> _Rows:
    said = words()
    number = r"[\d零〇一二两三四五六七八九十百千叁]+"
    count = rf"{number}(?:{_one_of(said.counted)})?"
    end = rf"(?::?(?:共|计)?{count})?(?:[(].*[)])?[:。.]*"
    totals = _one_of(said.totals)
    counts = rf"[^\d:(,，。]{{0,12}}?(?:{_one_of(said.counts)})?:?{number}(?:{_one_of(said.firms)})|"
    counts += rf"(?:{_one_of(said.counts)})[:]?[\d零〇一二两三四五六七八九十百千]+(?:{_one_of(said.counted)}).*"
    remarks = rf"[(]?(?:{_one_of(said.remarks)})(?:[\d一二三四五六七八九十]*[:.、].*)?"
    signed = (*said.signatures, *said.signed)
    signatures = rf"(?:{_one_of(signed)})(?:[(].*?[)])?(?:[:].*)?|(?:{_one_of(said.signatures)})[^:]{{0,{_NAME}}}"
    closings = rf"[-—…(\[<]*(?:[此本以][行页表]?)?(?:{_one_of(said.closings)})[-—)\]>。.]*"
    every = (*said.firms, *said.totals, *said.subtotals, *said.counts, *said.shares, *said.closings, *said.remarks, *signed)
    return _Rows(
        re.compile(_one_of(every)),
        re.compile(rf"(?:{totals}){end}"),
        re.compile(rf"[^\d:]{{0,12}}?(?:{_one_of(said.subtotals)}|{totals}){end}"),
        re.compile(rf"(?:{_one_of(said.shares)})(?:[:,、].*|.*{count}.*)?"),
        re.compile(rf"{counts}|{remarks}|{signatures}|{closings}", re.DOTALL),
    )


def _one_of(these: tuple[str, ...]) -> str:
    return "|".join(sorted({re.escape(key(word)) for word in these}, key=len, reverse=True))


def row_word(cell: str) -> str:
    """Return what a cell makes of its row: "total", "subtotal", "share" (of the rows above), "note", or ''.

    >>> row_word("合 计："), row_word("小计(3项)"), row_word("石家庄市合计6家"), row_word("合计化工厂")
    ('total', 'subtotal', 'subtotal', '')
    >>> row_word("其中：水泥2家"), row_word("共6家"), row_word("以下空白"), row_word("填表人：示例"), row_word("审核仪器厂")
    ('share', 'note', 'note', 'note', '')
    """
    known, said = _rows(), key(simplified(cell))
    if not known.any.search(said):
        return ""
    if len(said) <= _LONGEST_TOTAL:
        for kind, pattern in (("total", known.total), ("subtotal", known.subtotal), ("share", known.share)):
            if pattern.fullmatch(said):
                return kind
    return "note" if known.note.fullmatch(said) else ""


def ditto(cell: str) -> bool:
    """Whether a cell says that it is as the one above.

    >>> ditto("〃"), ditto("（同上）"), ditto("同方化工厂")
    (True, True, False)
    """
    if len(cell) > _LONGEST_DITTO:
        return False
    said = _QUOTES.sub("", key(simplified(cell))).strip("()[]【】。.")
    return said in map(key, words().dittos) or (not said and _QUOTES.search(key(cell)) is not None)


@cache
def contact(heading: str) -> bool:
    """Whether a heading names a person to be reached, or how to reach one.

    >>> contact("备用联系人 2"), contact("E-mail"), contact("负责部门")
    (True, True, False)
    """
    said, known = key(heading).strip("*:()"), words()
    return said in map(key, known.contacts_alone) or any(key(word) in said for word in known.contacts)
