"""Headings: which column a heading means, by name, alias and unit; and the words that mark total rows."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from cpaudit.fields import Field, tables
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.sheets.layouts import Layout, layouts
from cpaudit.reference import Definition, read_definition, root

#: A heading's end that may be a unit: in brackets, or behind a stroke, colon or comma.
_BRACKETED = re.compile(r"^(.+?)[(\[【〔](?:单位)?[:]?([^()\[\]【】〔〕]*)[)\]】〕]$")
_STROKE = re.compile(r"^(.+?)(?:/|:|,|、|-)(?:单位:?)?([^/:,、]+(?:/(?:a|年))?)$")
_PER_YEAR = re.compile(r"(?:[/每](?:a|年))$")
_SIGNS = re.compile(r"^[*※★☆]+|[*※★☆]+$|\(必填\)$|\(选填\)$")


class _Words(Definition):
    totals: tuple[str, ...]
    subtotals: tuple[str, ...]
    other_sheets: tuple[str, ...]
    units: dict[str, tuple[str, ...]]
    factors: dict[str, dict[str, float]]


@cache
def words() -> _Words:
    """Return the words of ``data/reference/headings.yaml``."""
    return read_definition(root() / "headings.yaml", _Words)


@cache
def unit(said: str) -> str:
    """Return a unit in its usual spelling, without “per year”; one that isn't known stays as it is.

    >>> unit("万千瓦时/年"), unit("吨"), unit("kgce/t")
    ('万kWh', 't', 'kgce/t')
    """
    bare = _PER_YEAR.sub("", key(said))
    return next((usual for usual, spellings in words().units.items() if bare in map(key, spellings)), bare)


def factor(written: str, wanted: str) -> float:
    """Return what one of the unit ``written`` is in the unit ``wanted``, both in their usual spelling.

    >>> factor("元", "万元")
    0.0001
    """
    return words().factors[wanted][written]


class Meaning(NamedTuple):
    """What a heading means: the column, how sure (0: the form's own words, higher: less so), and a unit that doesn't fit."""

    column: str
    rank: int
    unit: str = ""


@cache
def meaning(layout: str, heading: str) -> Meaning | None:
    """Return what a heading (as :func:`key` gives it) means in a layout; None where it means nothing.

    >>> meaning("options", "投资/万元"), meaning("options", "投资(元)")
    (Meaning(column='investment_wan_yuan', rank=2, unit=''), Meaning(column='investment_wan_yuan', rank=3, unit='元'))
    """
    said, known = _SIGNS.sub("", heading), _index(layout)
    if said in known:
        return Meaning(*known[said])
    for pattern in (_BRACKETED, _STROKE):
        found = pattern.match(said)
        if not found or not (column := _bare(layout).get(found[1])):
            continue
        wanted = column_unit(layouts()[layout], column)
        if not wanted:
            # a remark in brackets, such as “企业名称(全称)”
            return Meaning(column, 2) if pattern is _BRACKETED else None
        written = unit(found[2])
        if written == unit(wanted):
            return Meaning(column, 2)
        if written in words().factors.get(unit(wanted), {}):
            return Meaning(column, 3, written)
    return None


@cache
def parts() -> frozenset[str]:
    """Return all headings of all layouts, as :func:`key` gives them, without their units."""
    return frozenset(k for layout in layouts() for k in (*_index(layout), *_bare(layout)))


def column_field(layout: Layout, column: str) -> Field | None:
    """Return the field that a layout's column fills; the plant's own fields stand in every layout."""
    said = layout.columns[column].field or column
    table, _, name = said.rpartition(".")
    found = tables()[table or layout.table].columns.get(name)
    return found or (None if table else tables()["plants"].columns.get(name))


def column_unit(layout: Layout, column: str) -> str | None:
    """Return the unit in which a layout's column is filled in."""
    field = column_field(layout, column)
    return layout.columns[column].unit or (field.unit if field else None)


@cache
def _index(layout: str) -> dict[str, tuple[str, int]]:
    """Return heading → (column, rank): the layout's own words win over the dictionary's; what two columns share, none has."""
    known: dict[str, tuple[str, int]] = {}
    disputed: set[str] = set()
    one = layouts()[layout]
    for name, heading in one.columns.items():
        known |= {key(text): (name, 0) for text in heading.headings}
    for name in one.columns:
        field = column_field(one, name)
        if field is None:
            continue
        for text in map(key, (field.label, field.heading, *field.aliases)):
            other = known.setdefault(text, (name, 1))
            if other[0] != name and other[1]:
                disputed.add(text)
    return {text: found for text, found in known.items() if text not in disputed}


@cache
def _bare(layout: str) -> dict[str, str]:
    """Return heading without its unit → column."""
    found: dict[str, str] = {}
    for text, (column, _) in sorted(_index(layout).items(), key=lambda item: item[1][1]):
        split = _BRACKETED.match(text)
        found.setdefault(text, column)
        if split and column_unit(layouts()[layout], column):
            found.setdefault(split[1], column)
    return found


def total_word(cell: str) -> str:
    """Return "total" or "subtotal" where a cell marks such a row, else ''.

    >>> total_word("合 计："), total_word("小计(3项)"), total_word("合计化工厂")
    ('total', 'subtotal', '')
    """
    if len(cell) > 20 or cell.lstrip()[:1] not in _beginnings():
        return ""
    said = re.sub(r"\(.*\)$|[:]$", "", key(cell))
    return "total" if said in words().totals else "subtotal" if said in words().subtotals else ""


@cache
def _beginnings() -> frozenset[str]:
    """Return the first characters of total rows, so that most cells are told apart at once; '' is among none."""
    return frozenset(word[0] for word in (*words().totals, *words().subtotals))
