"""Printed tables as sections, one per indicator system: rows of indicators under their groups, continued tables joined."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cpaudit.loaders.announcements import headings
from cpaudit.loaders.announcements.words import narrow, one_line, tidy, words
from cpaudit.loaders.opening.papers.printed import Cell

if TYPE_CHECKING:
    from cpaudit.loaders.announcements.headings import Columns
    from cpaudit.loaders.announcements.words import HeadLabel, Role
    from cpaudit.loaders.opening.papers.printed import Announcement, PrintedTable

_TOTALS = ("合计", "小计", "总计")
_NONE = Cell("", "")


@dataclass(slots=True)
class Row:
    """One printed indicator; ``levels`` are its cells at I, II and III."""

    place: str
    name: str
    bold: bool
    cells: dict[Role, Cell]
    levels: tuple[Cell, Cell, Cell]
    doubts: list[str] = field(default_factory=list)

    def printed(self, role: Role) -> str:
        """Return the text of a column in one line; '' where there is none."""
        return tidy(self.cells[role].text) if role in self.cells else ""

    def said(self, role: Role) -> str:
        """Return the same narrowed, to be compared with words."""
        return narrow(self.printed(role))


@dataclass(slots=True)
class PrintedGroup:
    """A primary indicator with its rows; ``weights`` are all its weight cells."""

    name: str
    place: str
    weights: list[Cell] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """One table with those that continue it. ``unused``: what stands in it and was not taken; ``head``: the template's
    lines above it; ``doubts``: of the whole."""

    label: str
    caption: str
    columns: Columns
    groups: list[PrintedGroup] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    head: dict[HeadLabel, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def sections(found: Announcement) -> list[Section]:
    """Return the sections of a file; tables that are none of indicators are named in ``found.unread``."""
    made: list[Section] = []
    for table in found.tables:
        header = headings.find(table)
        caption = _caption(table)
        if header is None:
            last = made[-1] if made else None
            if last and table.width == _width(last) and (not caption or _continued(caption)):
                _take(last, table, last.columns, 0)
                if not caption:
                    last.doubts.append(f"{table.label}没有表头和表题，按续表接上，请核对")
            else:
                found.unread.append(f"{table.label}（{one_line(caption) or '没有可识别的表头'}）")
            continue
        at, columns = header
        if made and _continues(made[-1], columns, caption):
            if not _continued(caption):
                made[-1].doubts.append(f"{table.label}没有表题、表头相同，按续表接上，请核对")
        else:
            made.append(Section(table.label, caption, columns))
            made[-1].head = _head_block(table, at)
        _take(made[-1], table, columns, at + columns.depth)
    found.unread += [f"{s.label}（只有表头）" for s in made if not s.groups]
    return [s for s in made if s.groups]


def _caption(table: PrintedTable) -> str:
    lines = [line for line in table.caption.split("\n") if re.search(words().patterns.caption, narrow(line)) or _continued(line)]
    return lines[-1].strip() if lines else ""


def _continued(caption: str) -> bool:
    return re.search(words().patterns.continued, narrow(caption)) is not None or "（续）" in caption


def _continues(last: Section, columns: Columns, caption: str) -> bool:
    return _continued(caption) or (not caption and (columns.roles, columns.levels) == (last.columns.roles, last.columns.levels))


def _width(section: Section) -> int:
    return max(*(c for some in section.columns.roles.values() for c in some), *section.columns.levels) + 1


def _head_block(table: PrintedTable, header: int) -> dict[HeadLabel, str]:
    """Return what the template's lines above the header say: label → value."""
    head: dict[HeadLabel, str] = {}
    for row in table.rows[:header]:
        cells = [c for c in dict.fromkeys(row) if c.text.strip()]
        for label, some in words().head.items():
            if len(cells) > 1 and narrow(cells[0].text).strip().rstrip(":").replace("(", "（").replace(")", "）") in some:
                head[label] = one_line(cells[1].text)
    return head


def _take(section: Section, table: PrintedTable, columns: Columns, start: int) -> None:
    at = start
    while at < len(table.rows):
        again = headings.recognise(table, at) if at > start or start == 0 else None
        if again and again.levels == columns.levels:
            at += again.depth  # the header, printed again after a page break
            continue
        _row(section, table, columns, at)
        at += 1
    patterns = words().patterns
    section.notes += [n.strip() for n in table.notes if re.search(f"{patterns.note}|{patterns.explains}", narrow(n))]


def _row(section: Section, table: PrintedTable, columns: Columns, at: int) -> None:
    cells, place = table.rows[at], table.row_places[at]
    filled = [c for c in dict.fromkeys(cells) if c.text.strip()]
    if not filled:
        return

    def at_column(column: int | None) -> Cell:
        return cells[column] if column is not None and column < len(cells) else _NONE

    levels = (at_column(columns.levels[0]), at_column(columns.levels[1]), at_column(columns.levels[2]))
    if len(filled) == 1 and (cells.count(filled[0]) > 1 or not any(c.text.strip() for c in levels)):
        _lone(section, filled[0], place, grouped="group" in columns.roles)
        return
    names = [c for c in dict.fromkeys(at_column(n) for n in columns.roles["name"]) if c.text.strip()]
    name = "：".join(tidy(c.text) for c in names)
    if name.replace(" ", "") in _TOTALS:
        section.unused.append(f"{place}：{'，'.join(one_line(c.text) for c in filled)}")
        return
    own = {role: at_column(some[0]) for role, some in columns.roles.items() if at_column(some[0]) is not _NONE}
    row = Row(place, name, bool(names) and all(c.bold for c in names), own, levels)
    if not name:
        row.name = f"（名称未读出，{place}）"
        row.doubts.append("这一行没有二级指标名称")
    group = _group(section, at_column(columns.first("group")), place)
    weight = at_column(columns.first("group_weight"))
    if weight.text.strip() and weight not in group.weights:
        group.weights.append(weight)
    group.rows.append(row)


def _lone(section: Section, cell: Cell, place: str, *, grouped: bool) -> None:
    """A row of one text: a note, the title of a group in tables without a column for it, or something not taken."""
    text = one_line(cell.text)
    if re.search(words().patterns.note, narrow(text)):
        section.notes.append(cell.text)
    elif not grouped:
        section.groups.append(PrintedGroup(re.sub(r"^[（(]?[一二三四五六七八九十\d]+[)）、.．]\s*", "", text), place))
    else:
        section.unused.append(f"{place}：{text}")


def _group(section: Section, cell: Cell, place: str) -> PrintedGroup:
    """Return the group that a row belongs to: the one named in it, or the one above (merged cells, page breaks)."""
    name = tidy(cell.text)
    if section.groups and (not name or name == section.groups[-1].name):
        return section.groups[-1]
    section.groups.append(PrintedGroup(name or "（未分组）", cell.place or place))
    return section.groups[-1]
