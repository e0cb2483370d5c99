"""What a table's rows are before anything is read of them: rows that can't be read as they stand, marks set apart from values."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.cells import marks, values
from cpaudit.loaders.cells.texts import blank, key, shown
from cpaudit.loaders.opening.grids import Commented, Contradicted, LeftOut, Refused, address, filled
from cpaudit.loaders.sheets.headings import column_field, column_unit, is_amount, meaning
from cpaudit.loaders.sheets.statements import statements
from cpaudit.loaders.sheets.words import words
from cpaudit.quantities.conversion import yearly

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.sheets.regions import Recognised

#: A number before its thousands are parted, and what stands behind.
_THOUSANDS, _HUNDREDS = re.compile(r"[-+¥￥(（]*\d{1,3}"), re.compile(r"\d{3}(?:\.\d+)?\D{0,4}")
_GROUPED = re.compile(r"[-+¥￥]*\d{1,3}(?:,\d{3})+(?:\.\d+)?\D{0,4}")
#: So many ways of putting numbers together are tried.
_WAYS = 50
#: Of two equal amounts in different units.
_ROUNDING = 1e-9


def settle(grid: Grid, table: Recognised, texts: Collection[str]) -> None:
    """Refuse the rows of a table that nothing can be read of, and part marks from values; ``texts`` are all of the sheet."""
    _uneven(grid, table)
    _gone(grid, table)
    _visible_first(grid, table)
    _contradicted(grid, table)
    _commented(grid, table)
    parted = {text: split for text in texts if (split := marks.split(text))[1]}
    if not parted:
        return
    for at in table.rows("data"):
        row = grid.rows[at]
        for column in table.columns.values():
            if type(row[column]) is str and row[column] in parted:
                row[column], mark = parted[row[column]]
                grid.left_out.setdefault((at, column), LeftOut("", mark))


def _uneven(grid: Grid, table: Recognised) -> None:
    """Refuse the rows of a text file that have another number of cells than the header: what stands where can't be known.

    Blank cells behind the last heading do no harm where most rows have them, or where each cell of the row fits its column and
    is blank or filled as the column is in the other rows. Where two cells may be one number with its thousands parted (1,234),
    the row is read only if its length can't come from that.
    """
    if not grid.lengths:
        return
    header, data = range(table.first, table.header + 1), [at for at in table.rows("data") if at not in grid.refused]
    expected = most = max(grid.lengths[at] for at in header)
    least = max((n for at in header for n, v in enumerate(grid.rows[at], start=1) if filled(v)), default=0)
    usual, times = max(Counter(grid.lengths[at] for at in data).items(), key=lambda item: item[1], default=(0, 0))
    if times * 2 > len(data) > 1:
        most = max(most, usual)
    others = [grid.rows[at] for at in data if least <= grid.lengths[at] <= expected]
    ragged = grid.commas and any(grid.lengths[at] != least for at in (*header, *data))
    cut = {at: pairs for at in data if ragged and (pairs := _cut_in_two(grid.rows[at]))}
    whole = [at for at in data if at not in cut and grid.lengths[at] >= least and all(map(blank, grid.rows[at][expected:]))]
    sure = {grid.lengths[at] for at in whole} or {expected}
    may_be = {least, expected, *sure}
    usually, surely = _Usual.of(others), _Usual.of([grid.rows[at] for at in whole])
    for at in data:
        row, written = grid.rows[at], grid.lengths[at]
        spare = all(map(blank, row[expected:]))
        shifted = at in cut and (written not in sure or _may_be_cut(row, written, may_be, cut[at], surely, table))
        fits = written <= most or (bool(others) and usually.alike(row) and _fits(row, table))
        if least <= written and spare and fits and not shifted:
            continue
        code = "row_thousands" if shifted and written == expected else "row_length"
        grid.refused[at] = Refused(code, {"written": written, "expected": expected})
        row[:] = [None] * len(row)


def _cut_in_two(row: list[Any]) -> list[int]:
    """Return the cells in a row that may be one number with the next, cut where its thousands are parted and not quoted."""
    said = [value.strip() if isinstance(value, str) else "" for value in row]
    if any(map(_GROUPED.fullmatch, said)):  # who quotes one number quotes the others
        return []
    pairs = enumerate(pairwise(said))
    return [at for at, (one, other) in pairs if _THOUSANDS.fullmatch(one) and _HUNDREDS.fullmatch(other)]


def _may_be_cut(row: list[Any], written: int, lengths: set[int], pairs: list[int], usual: _Usual, table: Recognised) -> bool:
    """Whether a row reads as well with some of its numbers put together: it then has a length that rows have here."""
    for many in range(1, len(pairs) + 1):
        if written - many not in lengths:
            continue
        for those in islice(combinations(pairs, many), _WAYS):
            whole = list[Any]()
            for at, value in enumerate(row):
                if at - 1 in those:
                    whole[-1] = f"{whole[-1]},{value}"
                else:
                    whole.append(value)
            whole += [None] * many
            if usual.alike(whole) and _fits(whole, table):
                return True
    return False


class _Usual(NamedTuple):
    """Which cells rows always fill, and which never; of no rows nothing is known."""

    always: frozenset[int]
    never: frozenset[int]

    @classmethod
    def of(cls, rows: list[list[Any]]) -> _Usual:
        """Return what is usual in some rows."""
        held = [sum(map(filled, column)) for column in zip(*rows, strict=True)]
        full, empty = (frozenset(at for at, n in enumerate(held) if n == many) for many in (len(rows), 0))
        return cls(full, empty)

    def alike(self, row: list[Any]) -> bool:
        """Whether a row is filled where the others always are, and blank where they never are filled."""
        held = {at for at, value in enumerate(row) if filled(value)}
        return self.always <= held and not held & self.never


def _fits(row: list[Any], table: Recognised) -> bool:
    """Whether each cell holds what its column is for: no cell has slipped into its neighbour's place."""
    for name, at in table.columns.items():
        about, value = column_field(table.layout, name), row[at]
        if blank(value):
            continue
        if name == "uscc" and not any(c.isdigit() for c in value):
            return False
        try:
            if name.startswith("event:") or (about and about.type == "date"):
                values.date(value)
            elif name.startswith("score:") or (about and about.type in ("number", "integer")):
                values.number(value, column_unit(table.layout, name))
        except values.Wrong:
            return False
        if about and isinstance(about.codes, dict) and key(value) not in {*map(key, about.codes.values()), *about.codes}:
            return False
    return True


def _visible_first(grid: Grid, table: Recognised) -> None:
    """Take the column that is seen where a hidden one of the same meaning stood before it."""
    headings = grid.rows[table.header]
    for at, (heading, column) in list(table.repeated.items()):
        taken = table.columns[column]
        if taken not in grid.hidden_columns or at in grid.hidden_columns:
            continue
        del table.repeated[at]
        table.repeated[taken] = (str(headings[taken] or heading), column)
        table.columns[column] = at
        found = meaning(table.layout.key, key(heading))
        table.units[column] = found.unit if found else ""


def _contradicted(grid: Grid, table: Recognised) -> None:
    """Take neither of two cells of a row whose columns mean the same and that say otherwise; of two names, not the row."""
    layout = table.layout
    whose = {layout.required[0], "uscc", "name_of_plant"} | (set(layout.columns) if layout.table == "plants" else set())
    for at, (heading, column) in table.repeated.items():
        taken, about = table.columns[column], column_field(layout, column)
        if layout.columns[column].unused or (at in grid.hidden_columns and taken not in grid.hidden_columns):
            continue
        for row in (r for r in table.rows("data") if r not in grid.refused):
            one, other = grid.rows[row][taken], grid.rows[row][at]
            if blank(other) or isinstance(one, Contradicted) or _same(table, column, heading, one, other):
                continue
            told = f"{address(row, taken)} 为“{shown(one) if filled(one) else '空白'}”，{address(row, at)} 为“{shown(other)}”"
            if column in whose:
                grid.refused[row] = Refused("row_columns_differ", {"field": layout.columns[column].headings[0], "told": told})
            elif column.partition(":")[1] or (about and (about.codes or about.type in ("date", "number", "integer"))):
                grid.rows[row][taken] = Contradicted(told)
            else:
                grid.rows[row][taken] = None
                grid.left_out[row, taken] = LeftOut("两列不一致的", told)


def _commented(grid: Grid, table: Recognised) -> None:
    """Take no answer that its comment corrects; a name or a code decides whose the row is, and is held against the roster."""
    whose = {table.layout.required[0], "uscc", "name_of_plant"}
    answers = {at for name, at in table.columns.items() if name not in whose}
    for (at, column), said in grid.comments.items():
        if (
            table.kinds.get(at) == "data"
            and column in answers
            and filled(value := grid.rows[at][column])
            and _corrects(said, words().retractions)
        ):
            grid.rows[at][column] = Commented(shown(value))


def _corrects(comment: str, more: tuple[str, ...] = ()) -> bool:
    return any(word in key(comment) for word in (*words().corrections, *more))


def _taken_back(row: list[Any], column: int) -> bool:
    return column < len(row) and isinstance(row[column], Commented)


def _same(table: Recognised, column: str, heading: str, one: Any, other: Any) -> bool:
    """Whether two cells of one meaning say the same: the same text, day, or amount in the units of their headings."""
    unit, also = column_unit(table.layout, column) or "", meaning(table.layout.key, key(heading))
    if key(one) == key(other) and (not unit or (table.units.get(column) or unit) == ((also and also.unit) or unit)):
        return True
    try:
        if (day := values.date(one)) is not None and column.partition(":")[0] not in ("value", "score") and not unit:
            return day == values.date(other)
    except values.Wrong:
        pass
    try:
        if unit or is_amount(table.layout, column):
            first, second = values.amount(one), values.amount(other)
            units = [table.units.get(column) or unit, (also and also.unit) or unit]
            ratios = [yearly(found[1] or said, unit) or 1 for found, said in zip((first, second), units, strict=True) if found]
            if first and second:
                return abs(float(first[0]) * float(ratios[0]) - float(second[0]) * float(ratios[1])) < _ROUNDING
    except values.Wrong:
        pass
    return False


def _gone(grid: Grid, table: Recognised) -> None:
    """Refuse the rows whose subject isn't read."""
    subject = table.columns[table.layout.required[0]]
    for (at, column), left in list(grid.left_out.items()):
        if column == subject and left.how and table.kinds.get(at) == "data" and not filled(grid.rows[at][column]):
            grid.refused[at] = Refused("row_left_out", {"how": left.how, "value": left.text})


def told(grid: Grid, table: Recognised) -> Iterator[tuple[int, int, str, dict[str, Any]]]:
    """Yield (row, column, kind of problem, holes) of what isn't read beside the rows that are refused.

    What stands in a column that isn't used, such as a contact's, is no one's loss and is quoted nowhere.
    """
    used = {at for name, at in table.columns.items() if not table.layout.columns[name].unused}
    for (at, column), left in sorted(grid.left_out.items()):
        kind = table.kinds.get(at, "")
        if at in grid.refused or not table.span[0] <= column < table.span[1]:
            continue
        if kind == "data" and column in used:
            value = grid.rows[at][column]
            read = f"按“{value}”采用" if filled(value) else "按空白处理"
            yield at, column, "text_left_out" if left.how else "mark_left_out", {"how": left.how, "mark": left.text, "read": read}
        elif kind in ("title", "header", "total", "subtotal") and left.how:
            yield at, column, "text_left_out", {"how": left.how, "read": "其余照常读取"}


def beside(grid: Grid, tables: list[Recognised]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (cell, kind of problem, holes) of what isn't read outside the tables' rows: refused rows, titles, a whole sheet."""
    known = {at: kind for table in tables for at, kind in table.kinds.items()}
    within = {at for table in tables for at in table.rows("data")}
    for at, refused in grid.refused.items():
        if at not in within:
            yield address(at, 0), refused.code, refused.holes
    for (at, column), left in sorted(grid.left_out.items()):
        if tables and at not in known:
            yield address(at, column), "text_left_out", {"how": left.how, "read": "其余照常读取"}
    unread = sorted((at, c) for at, c in grid.comments if at in within and not _taken_back(grid.rows[at], c))
    for (at, column), said in sorted(grid.comments.items()):
        # Templates explain a heading in words that correct a cell: what stands below is taken, and asked about.
        if known.get(at) in ("title", "header") and _corrects(said) and not any(statements(said)):
            yield address(at, column), "comment_at_heading", {}
    for area in dict.fromkeys(grid.conditional if tables else ()):
        yield area.partition(":")[0].replace("$", ""), "conditional_look", {"value": area}
    for drawn in grid.drawn:
        over = ((at, c) for table in tables for at in table.rows("data") for c in range(*table.span))
        if place := next(((at, c) for at, c in over if drawn[0] <= at <= drawn[2] and drawn[1] <= c <= drawn[3]), None):
            yield address(*place), "drawn_text", {}
    if (-1, -1) in grid.comments:
        yield "", "comments_too_many", {"sheet": grid.sheet}
    if unread:
        yield "", "comments_unread", {"count": len(unread), "first": address(*unread[0])}
    if grid.left_out and not tables and grid.empty():
        yield "", "sheet_left_out", {"sheet": grid.sheet, "how": next(iter(grid.left_out.values())).how}
