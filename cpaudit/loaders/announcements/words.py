"""The words by which a printed table is understood, as data: ``data/reference/import_words.yaml``."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from cpaudit.reference import Definition, read_definition, root
from cpaudit.vocabulary import Category
from cpaudit.workspace.caches import cache

Role = Literal["group", "group_weight", "name", "unit", "weight", "limiting", "category", "hazardous_waste", "remark", "ignored"]
HeadLabel = Literal["title", "number", "process", "weights"]
LevelName = Literal["I", "II", "III"]

#: Full-width letters, digits and signs → half-width; kinds of blank and minus → one; what nobody sees → nothing.
#: Not NFKC, which would make m³ to m3 and the power in 10⁻⁷ to a digit.
_NARROW: dict[int, int | str | None] = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x2212: "-",
    0xFE63: "-",
    0x00A0: " ",
}
_NARROW |= dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD), None)


class Sign(Definition):
    """Spellings of one comparison sign."""

    sign: Literal["<=", ">=", "<", ">"]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    doubtful: bool = False


class Patterns(Definition):
    """Regular expressions for what stands around a table."""

    title: str
    number: str
    caption: str
    continued: str
    note: str
    explains: str
    process: str


class Words(Definition):
    """All words; what each key means stands in the file."""

    headings: dict[Role, tuple[str, ...]]
    either_weight: tuple[str, ...]
    level_headings: tuple[str, ...]
    levels: dict[LevelName, tuple[str, ...]]
    signs: tuple[Sign, ...]
    counted: tuple[str, ...]
    blanks: tuple[str, ...]
    no_requirement: tuple[str, ...]
    unreachable: tuple[str, ...]
    yes: tuple[str, ...]
    limiting_marks: tuple[str, ...]
    limiting_words: tuple[str, ...]
    bold_words: tuple[str, ...]
    limiting_note: str
    true: tuple[str, ...]
    false: tuple[str, ...]
    hazardous_words: tuple[str, ...]
    hazardous_unless: tuple[str, ...]
    bonus_words: tuple[str, ...]
    categories: dict[Category, tuple[str, ...]] = Field(min_length=6)
    instructions: str
    head: dict[HeadLabel, tuple[str, ...]]
    weight_conventions: dict[str, Literal["share_of_group", "share_of_whole", "none"]]
    patterns: Patterns


@cache
def words() -> Words:
    """Return the words.

    Raises:
        DefinitionError: the file is faulty.
    """
    return read_definition(root() / "import_words.yaml", Words)


def narrow(text: str) -> str:
    """Return text with full-width letters, digits and signs narrowed; powers and roman numerals stay what they are.

    >>> narrow("０．３５　ｍ³")
    '0.35 m³'
    """
    return text.translate(_NARROW)


def tidy(text: str) -> str:
    """Return a printed text as a definition file keeps it: one line, digits and letters narrowed, punctuation as it is.

    >>> tidy("Ａ级，不低于\\n９５（含）")
    'A级，不低于95（含）'
    """
    wide = {c: n for c, n in _NARROW.items() if n is None or n == " " or (isinstance(n, int) and chr(n).isalnum())}
    return one_line(text).translate(wide).strip()


def key(text: str) -> str:
    """Return what spellings of a heading share: narrowed, no blanks, nothing in brackets.

    >>> key("Ⅰ 级基准值（国际领先）") == key("Ⅰ级基准值")
    True
    """
    return re.sub(r"\([^()]*\)", "", re.sub(r"\s+", "", narrow(text)))


def one_line(text: str) -> str:
    """Return a cell's text without its line breaks: Chinese is joined as it stands, words of letters keep a blank.

    >>> one_line("单位产品综\\n合能耗"), one_line("low\\nNOx")
    ('单位产品综合能耗', 'low NOx')
    """
    lines = [line.strip() for line in text.split("\n")]
    joined = ""
    for line in filter(None, lines):
        apart = joined and joined[-1].isascii() and joined[-1].isalnum() and line[0].isascii() and line[0].isalnum()
        joined += (" " if apart else "") + line
    return joined


def category_of(name: str) -> Category | None:
    """Return the category that a group's name tells; None where its words tell none, or several.

    >>> category_of("资源(能源)消耗指标"), category_of("污染物产生与排放"), category_of("其他")
    ('resource_energy', 'pollutant', None)
    """
    said = re.sub(r"\s+", "", narrow(name))
    found = [c for c, some in words().categories.items() if any(re.sub(r"\s+", "", narrow(w)) in said for w in some)]
    return found[0] if len(found) == 1 else None
