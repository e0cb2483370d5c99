"""Headings: which column a heading means, by name, alias and unit."""

from __future__ import annotations

import re
from typing import NamedTuple

from cpaudit.fields import Field, tables
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.sheets.layouts import Layout, layout_at, layouts_of
from cpaudit.loaders.sheets.words import words
from cpaudit.quantities.conversion import yearly
from cpaudit.quantities.spellings import meant, per_year, usual
from cpaudit.workspace.caches import cache

#: A heading's end that may be a unit: in brackets, or behind a stroke, colon or comma.
_BRACKETED = re.compile(r"^(.+?)[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]$")
_STROKE = re.compile(r"^(.+?)(?:/|:|,|、|-)(?:单位:?)?([^/:,、]+(?:/(?:a|年))?)$")
_PARTS, _UNIT_WORD = re.compile(r"[,;、，；]"), re.compile(r"^(?:计量|金额)?单位:?")
_SIGNS = re.compile(r"^[*※★☆†‡①-⒛]+|[*※★☆†‡①-⒛]+$|(?<![A-Za-z])[²³¹⁰⁴-⁹]+$|\(必填\)$|\(选填\)$")
#: A heading's own number: 3.企业名称, （二）企业名称.
_NUMBER = re.compile(r"^(?:\(?\d{1,2}(?:[.、:]|\))|\(?[一二三四五六七八九十]{1,3}(?:[.、:]|\)))(?!$)")
_OPENING, _CLOSING = "([【〔", ")]】〕"
#: Where what is counted ends.
_DENOMINATOR = re.compile(r"(?=/|每|$)")
#: What stands in a heading's brackets beside a unit.
_YEARLY = frozenset(("a", "年", "每年", "/a", "/年", "年度"))


class Meaning(NamedTuple):
    """What a heading means: the column, how sure (0: the form's own words, higher: less so), and the unit that it says.

    ``unit`` in its usual spelling, without “per year”, '' where the heading says none;
    ``wrong`` is what it says in place of a unit that the column could take.
    """

    column: str
    rank: int
    unit: str = ""
    wrong: str = ""


def meanings(heading: str, form: str = "") -> dict[str, Meaning]:
    """Return what a heading means in every layout of a form in which it means anything: the layout's key → meaning."""
    said = plain(heading)
    if not any(said[:length] in parts(form) for length in _lengths(form)):  # whatever is taken off a heading stands at its end
        return {}
    return {layout.key: found for layout in layouts_of(form).values() if (found := meaning(layout.key, heading))}


@cache
def meaning(layout: str, heading: str) -> Meaning | None:
    """Return what a heading (as :func:`key` gives it) means in a layout; None where it means nothing.

    >>> meaning("options", "投资/万元").unit, meaning("options", "投资(元)").unit, meaning("options", "投资(吨)").wrong
    ('万元', '元', '吨')
    """
    said, known = plain(heading), _index(layout)
    if said in known:
        column, rank = known[said]
        return Meaning(column, rank, _form_unit(layout, column) if _BRACKETED.match(said) else "")
    bare, remarks = said, list[str]()
    while bare not in _bare(layout) and (found := _BRACKETED.match(bare)):
        bare = found[1]
        remarks += [_UNIT_WORD.sub("", part) for part in _PARTS.split(found[2]) if part]
    while (
        remarks
        and (found := _BRACKETED.match(bare))
        and found[1] in _bare(layout)
        and _form_unit(layout, _bare(layout)[found[1]])
    ):
        bare = found[1]  # 投资（万元）（千元）: the form's own unit and another
        remarks += [_UNIT_WORD.sub("", part) for part in _PARTS.split(found[2]) if part]
    if bare not in _bare(layout) and (found := _STROKE.match(said)):
        bare, remarks = found[1], [found[2]]
    if (column := _bare(layout).get(bare, "")) == "" or not remarks or _turned(remarks):
        return None
    if not _form_unit(layout, column):
        # a remark in brackets, such as “企业名称(全称)”
        return Meaning(column, 2) if _BRACKETED.match(said) else None
    return _measured(layout, column, bare, [remark for remark in remarks if remark not in _YEARLY])


def _turned(remarks: list[str]) -> bool:
    """Whether a remark says that something else stands below a heading: 完成验收日期（计划）."""
    return any(key(word) in remark for remark in remarks for word in words().turning) or "限" in remarks


def _measured(layout: str, column: str, bare: str, remarks: list[str]) -> Meaning:
    """Return what a heading of amounts means, with what its remarks say of the unit."""
    wanted = _form_unit(layout, column)
    found = {unit: remark for remark in remarks if (unit := _unit(remark, bare))}
    if len(found) > 1 or (remarks and not found):
        return Meaning(column, 3, wrong="、".join(remarks))
    if not found:
        return Meaning(column, 2)
    ((unit, remark),) = found.items()
    if unit == wanted:
        return Meaning(column, 2, unit)
    field = column_field(layout_at(layout), column)
    fits = yearly(unit, wanted, field.also if field else None) is not None
    return Meaning(column, 3, unit) if fits else Meaning(column, 3, wrong=remark)


def _unit(remark: str, bare: str) -> str:
    return usual(per_year(meant(_told_unit(remark, bare)) or ""))


def _told_unit(remark: str, bare: str) -> str:
    """Return the unit that a remark says beside its heading: a ton of 折标煤 is one of standard coal."""
    if "标煤" in bare or "标准煤" in bare:
        coal = _DENOMINATOR.sub("标煤", remark, count=1)
        return coal if meant(coal) is not None else remark
    return remark


def plain(heading: str) -> str:
    """Return a heading without its signs and its number, and with one pair of brackets where several lie in each other.

    >>> plain("*3.投资((万元))"), plain("(二)企业名称"), plain("行业[名录(2017年版)]")
    ('投资(,万元,)', '企业名称', '行业[名录,2017年版,]')
    """
    said = _NUMBER.sub("", _SIGNS.sub("", heading))
    if sum(said.count(opening) for opening in _OPENING) < 2:
        return said
    depth, flat = 0, list[str]()
    for character in said:
        depth -= character in _CLOSING
        flat.append("," if depth > 0 and character in _OPENING + _CLOSING else character)
        depth += character in _OPENING
    return "".join(flat)


def known(layout: str) -> dict[str, str]:
    """Return all headings of a layout, as :func:`key` gives them → the column of each."""
    return {text: column for text, (column, _) in _index(layout).items()} | _bare(layout)


@cache
def parts(form: str = "") -> frozenset[str]:
    """Return all headings of all layouts of a form, as :func:`key` gives them, without their units."""
    return frozenset(k for layout in layouts_of(form).values() for k in (*_index(layout.key), *_bare(layout.key)))


@cache
def _lengths(form: str) -> tuple[int, ...]:
    return tuple({len(part) for part in parts(form)})


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


def _form_unit(layout: str, column: str) -> str:
    """Return the unit of a layout's column without “per year”; '' where it has none."""
    return usual(per_year(meant(column_unit(layout_at(layout), column) or "") or ""))


@cache
def _index(layout: str) -> dict[str, tuple[str, int]]:
    """Return heading → (column, rank): the layout's own words win over the dictionary's; what two columns share, none has."""
    known: dict[str, tuple[str, int]] = {}
    disputed: set[str] = set()
    one = layout_at(layout)
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
        if split and column_unit(layout_at(layout), column):
            found.setdefault(split[1], column)
    return found


def is_amount(layout: Layout, column: str) -> bool:
    """Whether a layout's column holds amounts."""
    about = column_field(layout, column)
    return column.startswith(("value:", "score:")) or (about is not None and about.type in ("number", "integer"))
