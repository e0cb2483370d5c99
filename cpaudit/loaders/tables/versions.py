"""Which of two rows replaces the other: the visible one, the one in a file marked as a correction, the later export."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.cells.texts import key, text
from cpaudit.loaders.opening.grids import filled
from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.loaders.problems import ProblemPlace
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row, Sheet


class _Mark(Definition):
    rank: int
    words: tuple[str, ...]
    bracketed: tuple[str, ...] = ()
    adds: bool = False


class _Rules(Definition):
    marks: tuple[_Mark, ...]
    not_marks: tuple[str, ...]
    dated_by: tuple[str, ...]
    due_before: tuple[str, ...]
    due_after: tuple[str, ...]
    columns: tuple[str, ...]


@cache
def rules() -> _Rules:
    """Return ``data/reference/contradictions.yaml``."""
    return read_definition(root() / "contradictions.yaml", _Rules)


#: Year and month, mostly a day, at times an hour, a minute and a second.
Moment = tuple[int, ...]

_DATE = (
    r"(?<!\d)(20\d\d)(?:年(\d{1,2})月(?:(\d{1,2})日?)?|([-./_])(\d{1,2})\4(\d{1,2})|[-._](\d\d)(?!\d)|(\d\d)(?:(\d\d)(?:[_-]?(\d\d)(\d\d)(\d\d)?)?)?)(?!\d)"
    r"(?:日?[ T_]?(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}))?)?"
)
_DAY = re.compile(_DATE)
_NO_YEAR = re.compile(r"(?<!\d)(?<!年)(\d{1,2})月(\d{1,2})日")
_NUMBERED = re.compile(
    r"第([二三四五六七八九\d]{1,2})(?:版|稿|次)|(?<![A-Za-z])[Vv](\d{1,2})(?![\dA-Za-z])|([二三四五六七八九])稿"
)
_DIGITS = "〇一二三四五六七八九"
_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")


class _Standing(NamedTuple):
    """What a sheet says of its version: rank and number by its marks (the words that say so), whether it only adds, its day."""

    rank: tuple[int, int]
    said: str
    adds: bool
    moment: Moment


class Verdict(NamedTuple):
    """Whether the second of two rows replaces the first (else the first the second), and why, in Chinese."""

    second: bool
    why: str


def moments(said: str, as_of: dt.date) -> list[Moment]:
    """Return the days that a text names, as exactly as it does; a day without a year is the last such up to the as-of date.

    >>> moments("进度表20221105", dt.date(2022, 11, 15)), moments("截至2022年9月", dt.date(2022, 11, 15))
    ([(2022, 11, 5)], [(2022, 9)])
    """
    found: list[Moment] = []
    for match in _DAY.finditer(said):
        year, m1, d1, _, m2, d2, m3, m4, d4, h4, i4, s4, h, i, s = match.groups()
        parts = [year, m1 or m2 or m3 or m4, d1 or d2 or d4]
        parts += [h or h4, i or i4, s or s4] if parts[2] else []
        moment = tuple(int(p) for p in parts if p is not None)
        if _possible(moment):
            found.append(moment)
    for month, day in _NO_YEAR.findall(said):
        years = [y for y in (as_of.year, as_of.year - 1) if _possible((y, int(month), int(day)))]
        if past := [y for y in years if (y, int(month), int(day)) <= (as_of.year, as_of.month, as_of.day)]:
            found.append((past[0], int(month), int(day)))
    return found


def _possible(moment: Moment) -> bool:
    try:
        dt.datetime(*(*moment, 1)[:3] if len(moment) < 3 else moment)  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def _marks(said: str) -> tuple[tuple[int, int], str, bool]:
    """Return rank and number, the word that gives the rank, and whether it only adds."""
    bare = text(said)
    for word in rules().not_marks:
        bare = bare.replace(word, "")
    brackets = {inside.strip() for inside in _BRACKETS.findall(bare)}
    found = [(m, w) for m in rules().marks for w in m.words if w in bare]
    found += [(m, w) for m in rules().marks for w in m.bracketed if w in brackets]
    number = 0
    if match := _NUMBERED.search(bare):
        digits = next(g for g in match.groups() if g)
        number = int(digits) if digits.isdigit() else _DIGITS.index(digits)
    if lowest := [(m, w) for m, w in found if m.rank < 0]:
        return (lowest[0][0].rank, number), lowest[0][1], False
    mark, word = max(found, key=lambda f: f[0].rank, default=(None, ""))
    rank = mark.rank if mark else int(number > 1)
    return (rank, number), word or (match[0] if match and number > 1 else ""), bool(mark and mark.adds)


@cache
def _deadlines() -> re.Pattern[str]:
    """Return what a day looks like by which something is to be done: 请于11月10日前上报, 上报截止日期：11月10日."""
    day = r"(?:20\d\d[-./年])?\d{1,2}[-./月]\d{1,2}日?"
    before, after = ("|".join(map(re.escape, said)) for said in (rules().due_before, rules().due_after))
    return re.compile(rf"(?:{before})[^\d。；;,，]{{0,6}}{day}|(?<!截至)(?<![\d年./-]){day}(?:{after})")


@cache
def _time_columns() -> frozenset[str]:
    return frozenset(map(key, rules().columns))


def is_time(heading: str) -> bool:
    """Whether a heading names the column that says when a row was exported or changed."""
    return key(heading) in _time_columns()


class Versions:
    """What is known of the versions of the sheets of one load."""

    def __init__(self, load: Load) -> None:
        self._load, self._as_of = load, load.as_of
        self._standing: dict[int, _Standing] = {}
        self._columns: dict[int, int | None] = {}
        self._moments: dict[tuple[int, int], Moment] = {}

    def adds(self, row: Row) -> bool:
        """Whether a row stands in a file that only adds: what it leaves blank says nothing."""
        return self._of(row.sheet).adds

    def between(self, first: Row, second: Row) -> Verdict | None:
        """Return which of two rows replaces the other; None where nothing says so, or two rules say opposite things."""
        if _hidden(first) != _hidden(second):
            return Verdict(_hidden(first), "隐藏的内容让位于看得见的")
        one, other = self._of(first.sheet), self._of(second.sheet)
        found = []
        if one.rank != other.rank:
            newer, older = (other, one) if other.rank > one.rank else (one, other)
            why = f"标有“{newer.said}”的取代未标的" if newer.said else f"标有“{older.said}”的不作准"
            found.append(Verdict(other.rank > one.rank, why))
        mine, theirs = self._moment(first), self._moment(second)
        length = min(len(mine), len(theirs))
        if mine[:length] != theirs[:length]:
            later = theirs[:length] > mine[:length]
            newest = _said(theirs if later else mine)
            found.append(Verdict(later, f"导出或填报日期较晚（{newest}）的取代较早的"))
        return found[0] if found and len({v.second for v in found}) == 1 else None

    def _of(self, sheet: Sheet) -> _Standing:
        if id(sheet) not in self._standing:
            parts = PurePosixPath(sheet.file).parts
            names = [*parts[:-1], PurePosixPath(sheet.file).stem, sheet.grid.sheet]
            around = [said for _, _, said in sheet.texts()]
            told = sheet.place(sheet.what.header, sheet.what.span[0])
            bracketed = ["".join(f"({b})" for b in _BRACKETS.findall(said)) for said in around]
            rank, word, adds = _marks("/".join([*names, *bracketed]))
            dated = [m for said in around for m in self._dated(said)]
            dated = self._past(dated or self._named("/".join(map(text, names))), told)
            self._standing[id(sheet)] = _Standing(rank, word, adds, max(dated, default=()))
        return self._standing[id(sheet)]

    def _dated(self, said: str) -> list[Moment]:
        """Return the days on which a text says that it was exported or filled in; a day by which to do so is none."""
        words = "|".join(map(re.escape, rules().dated_by))
        bare = _deadlines().sub("", said)
        spans = re.finditer(rf"(?:{words})[^\d。；;]{{0,8}}(?=\d)", bare)
        found = [moment for m in spans for moment in moments(bare[m.end() : m.end() + 20], self._as_of)[:1]]
        return found or [m for m in moments(bare, self._as_of) if re.search(rf"\d日?[\s,，、]*(?:{words})", bare)]

    def _named(self, said: str) -> list[Moment]:
        return moments(_deadlines().sub("", said), self._as_of)

    def _past(self, found: list[Moment], at: ProblemPlace) -> list[Moment]:
        """Return the moments that have been; one after the as-of date can't be one of export, which is told."""
        today = (self._as_of.year, self._as_of.month, self._as_of.day)
        for moment in dict.fromkeys(found):
            if moment[:3] > today[: len(moment)]:
                self._load.problems.add("export_in_future", at, value=_said(moment), as_of=self._as_of)
        return [m for m in found if m[:3] <= today[: len(m)]]

    def _moment(self, row: Row) -> Moment:
        """Return when a row was exported: what its own column says, else its title, else the name of its file."""
        sheet = row.sheet
        if id(sheet) not in self._columns:
            header = sheet.grid.rows[sheet.what.header]
            at = next((n for n in range(*sheet.what.span) if filled(header[n]) and is_time(str(header[n]))), None)
            self._columns[id(sheet)] = at
        at = self._columns[id(sheet)]
        if at is not None:
            cell = row.cells[at]
            said = moments(text(cell), self._as_of)
            if isinstance(cell, dt.datetime):
                said = [(cell.year, cell.month, cell.day, cell.hour, cell.minute, cell.second)]
            elif isinstance(cell, dt.date):
                said = [(cell.year, cell.month, cell.day)]
            if said:
                cell_at = (id(sheet), row.at)
                if cell_at not in self._moments:
                    self._moments[cell_at] = next(iter(self._past(said[:1], sheet.place(row.at, at))), ())
                return self._moments[cell_at]
        return self._of(sheet).moment


def _hidden(row: Row) -> bool:
    return row.sheet.grid.hidden or row.at in row.sheet.grid.hidden_rows


def _said(moment: Moment) -> str:
    day = "-".join(f"{part:02d}" for part in moment[:3])
    return day + (" " + ":".join(f"{part:02d}" for part in moment[3:]) if any(moment[3:]) else "")
