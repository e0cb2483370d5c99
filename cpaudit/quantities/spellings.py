"""What a written unit means: its spellings (data), and expressions of several units such as kgce/t钢."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field, model_validator

from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache, lru_cache

if TYPE_CHECKING:
    from typing import Self

#: Longer text is no unit; nothing that a parser could work on for long.
_LONGEST = 40
_DOTS = str.maketrans(dict.fromkeys("·•∙⋅・×", "*"))
_INVERSE = re.compile(r"\*?([A-Za-z]+|[\u4e00-\u9fff]+)[-\u2212]1(?!\d)")
_BRACKET = re.compile(r"\(([^()]*)\)")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_PAIR, _GROUP = re.compile(r"w[*/]w"), re.compile(r"\(w\)")


class Unit(Definition):
    """One unit: what it ``is`` for pint, and how it is spelt; the first spelling is the usual one."""

    is_: str = Field(alias="is")
    spelt: tuple[str, ...] = Field(min_length=1)
    #: Spellings that count only where nothing else is said.
    alone: tuple[str, ...] = ()


class NameRule(Definition):
    """What a word in an indicator's name lets expect of its unit: the ``kinds`` are examples, ``of`` their Chinese name."""

    words: tuple[str, ...]
    kinds: tuple[str, ...]
    of: str = ""
    #: Of which a cubic metre is a ton.
    water: bool = False


class MeasureUnits(Definition):
    """The file ``measure_units.yaml``."""

    units: dict[str, Unit]
    names: tuple[NameRule, ...]

    @model_validator(mode="after")
    def _spelt_once(self) -> Self:
        first: dict[str, str] = {}
        for name, unit in self.units.items():
            if not re.fullmatch(r"[A-Za-z_]\w*", name):
                raise ValueError(f"编号“{name}”应由字母、数字和下划线组成")
            for spelling in map(plain, (*unit.spelt, *unit.alone)):
                if not spelling or first.setdefault(spelling, name) != name:
                    raise ValueError(f"“{spelling}”在 {first.get(spelling, name)} 和 {name} 中都有登记，只能留一处")
        return self


@cache
def measure_units() -> MeasureUnits:
    """Return the file as a model."""
    return read_definition(root() / "measure_units.yaml", MeasureUnits)


class _Spelt(NamedTuple):
    """Spelling → unit: within expressions, alone; and the same in one case of letters, where that is certain."""

    within: dict[str, str]
    alone: dict[str, str]
    folded: dict[str, str]
    longest: int


@cache
def _spelt() -> _Spelt:
    within = {plain(s): name for name, unit in measure_units().units.items() for s in unit.spelt}
    alone = {plain(s): name for name, unit in measure_units().units.items() for s in unit.alone}
    folded: dict[str, str] = {}
    shared = set()
    for spelling, name in within.items():
        if folded.setdefault(spelling.casefold(), name) != name:
            shared.add(spelling.casefold())  # mPa and MPa
    return _Spelt(within, alone, {s: n for s, n in folded.items() if s not in shared}, max(map(len, within)))


def plain(text: str) -> str:
    """Return a unit's text in one width, without blanks; every dot of a product is “*”."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text.translate(_DOTS))).translate(_DOTS)


def usual(name: str) -> str:
    """Return how a unit, or an expression of units, is usually spelt.

    >>> usual("wkWh"), usual("kgce/t")
    ('万kWh', 'kgce/t')
    """
    return re.sub(r"[A-Za-z_]\w*", lambda m: measure_units().units[m[0]].spelt[0], name)


@lru_cache(maxsize=4096)
def meant(text: str, *, exact: bool = False) -> str | None:
    """Return the units that a text means, joined by * and / with the names of the file; None where it isn't a unit.

    What follows a known unit, or stands in brackets, may say of what: t钢, m³/t焦, m³（标）. No text: a bare number.
    Letters of the other case (KWH, T) are understood where that is certain, unless ``exact``.

    >>> meant("kgce/t钢"), meant("万千瓦·时"), meant("kgec/t"), meant("元氏县"), meant("KWH"), meant("")
    ('kgce/t', 'wkWh', None, None, 'kWh', '')
    """
    if len(text) > _LONGEST:
        return None
    said = plain(text)
    if said in _spelt().alone:
        return _spelt().alone[said]
    if (found := _spelt().within.get(said)) is not None:
        return found
    said = _INVERSE.sub(r"/\1", said).replace("/每", "/").replace("每", "/")
    said = _BRACKET.sub(lambda m: "" if _HAN.search(m[1]) and meant(m[1], exact=exact) is None else m[0], said)
    return _expression(said, exact)


def per_year(unit: str) -> str:
    """Return a unit (as :func:`meant` gives it) without “per year”, which offices write and leave out as they like.

    >>> per_year(meant("万千瓦时/年")), per_year("t/d")
    ('wkWh', 't/d')
    """
    return unit.removesuffix("/year")


def _expression(said: str, exact: bool) -> str | None:
    parts: list[str] = []
    shape, at = "", 0
    while at < len(said):
        if said[at] in "*/()":
            parts.append(said[at])
            shape += said[at]
            at += 1
            continue
        word = _word(said, at, exact)
        if word is None:
            return None
        end, name = word
        # “t钢” and “kgce/吨钢”, but never 元氏县: a unit in Chinese is followed by a product only below a stroke
        if end < len(said) and said[end] not in "*/()":
            product = _HAN.match(said, end)
            below = "/" in parts
            if not product or (_HAN.fullmatch(said[end - 1]) and not below):
                return None
            end = product.end()
        if end < len(said) and said[end] not in "*/()":
            return None
        parts.append(name)
        shape += "w"
        at = end
    while (shorter := _GROUP.sub("w", _PAIR.sub("w", shape))) != shape:
        shape = shorter
    return "".join(parts) if shape in ("w", "") else None


def _word(said: str, at: int, exact: bool) -> tuple[int, str] | None:
    """Return where the longest known spelling from ``at`` on ends, and its unit."""
    spelt = _spelt()
    for end in range(min(len(said), at + spelt.longest), at, -1):
        piece = said[at:end]
        name = spelt.within.get(piece) or (None if exact else spelt.folded.get(piece.casefold()))
        if name and (end == len(said) or not (piece[-1].isascii() and said[end].isascii() and said[end].isalnum())):
            return end, name
    return None
