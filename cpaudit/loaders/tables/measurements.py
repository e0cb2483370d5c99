"""What plants measured → measurements: a row per indicator and period, from a row per indicator with two values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cpaudit.fields import UNREAD, field
from cpaudit.indicators import find_system
from cpaudit.loaders.cells import texts, values
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.cells.values import Wrong
from cpaudit.loaders.opening.grids import CellError
from cpaudit.loaders.sheets.stated import heading_of
from cpaudit.loaders.sheets.statements import statements
from cpaudit.loaders.tables.asked import Catalogue
from cpaudit.loaders.tables.doubts import absent, checks, plausible
from cpaudit.quantities.conversion import of_water, ratio, told
from cpaudit.quantities.expectations import is_water
from cpaudit.workspace.caches import cache, lru_cache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.indicators import IndicatorSystem
    from cpaudit.loaders.tables.asked import Asked
    from cpaudit.loaders.tables.reader import Row, Sheet

    #: (value, state): a state of ``measurements``.
    Answer = tuple[float | None, str]
    Answered = tuple[Row, Asked, dict[str, Answer]]

#: The ratio of a unit to itself.
_AS_IT_IS = Fraction(1)
_PERIODS = {"before": "value:before", "after": "value:after"}


def read(sheet: Sheet) -> None:
    """Read the values before and after; what can't be used is told."""
    groups: dict[tuple[str, str, str], list[Answered]] = {}
    trades = {p["plant_id"]: p["industry"] for p in sheet.load.tables["plants"]}
    catalogue, words = Catalogue.whole(), _Words(sheet)
    labels = field("measurements", "period").codes
    assert isinstance(labels, dict)
    claims = _Claims(labels)
    most = sheet.load.programme.interpretations.not_applicable.max_weight_pct
    for row in sheet.rows():
        if (plant_id := row.plant()) is None:
            continue
        system = catalogue.system(row.text("system"), trades.get(plant_id))
        asked = _asked(row, plant_id, system, catalogue)
        if system is None or asked is None:
            continue
        process = row.text("process") or system.process
        answers = _answers(row, asked, plant_id, words)
        for name in _names(system, asked):
            row.sheet.load.registry.decisions.asked(plant_id, process, name)
        for period in _PERIODS:
            if answers[period][1] == "not_applicable":
                answers[period] = claims.decided(row, period, plant_id, process, system, asked)
        groups.setdefault((plant_id, system.id, process), []).append((row, asked, answers))
    for (plant_id, system_id, process), rows in groups.items():
        _emit(plant_id, system_id, process, rows)
        for period, column in _PERIODS.items():
            marked = {asked.id: row for row, asked, answers in rows if answers[period][1] == "not_applicable"}
            if marked:
                settled = {id_ for id_, row in marked.items() if row.place(column)[:3] in claims.settled}
                absent.tell(plant_id, system_id, column, labels[period], marked, most, settled)
                _one_sided(plant_id, column, labels[period], [r for r in rows if r[1].id in marked.keys() - settled])


def _one_sided(plant_id: str, column: str, period: str, marked: list[Answered]) -> None:
    """Ask about a quantity that is marked 不适用 at one time and has a value at the other: it may hide that it got worse."""
    for row, asked, answers in marked:
        if asked.quantitative and any(state == "reported" for _, state in answers.values()):
            row.tell("na_one_sided", column, plant_id, indicator=asked.name, period=period)


def _asked(row: Row, plant_id: str, system: IndicatorSystem | None, catalogue: Catalogue) -> Asked | None:
    """Return what the row answers; None where no system asks it, or one that can't be scored, which is told."""
    if system is None:
        holes = {"value": row.text("system"), "allowed": "指标实测表下拉列表所列的体系"}
        row.reject("code_unknown", "system", plant_id, field=field("measurements", "system").label, **holes)
    elif system.stub:
        row.reject("system_stub", "system", plant_id, value=row.text("system"), system=system.title)
    elif found := catalogue.asked(system, said := row.text("indicator")):
        return found
    elif parts := catalogue.parts(system, said):
        row.reject("indicator_in_parts", "indicator", plant_id, value=said, parts=parts)
    else:
        row.reject("indicator_unknown", "indicator", plant_id, value=said, system=system.title)
    return None


def _names(system: IndicatorSystem, asked: Asked) -> tuple[str, ...]:
    """Return by what names a decision may be on an answer: the indicator's own, that of the one it is a part of."""
    return tuple(dict.fromkeys((asked.name, _owners(system.id).get(asked.id, asked.name))))


@cache
def _owners(system: str) -> dict[str, str]:
    """Return part → the name of the indicator that it is a part of."""
    return {part: owner.name for part, owner in find_system(system).owners().items()}


class _Claims:
    """What a person decided about answers 不适用; ``settled``: the cells of those that were found to be true."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self.settled: set[tuple[str, str, str]] = set()

    def decided(self, row: Row, period: str, plant_id: str, process: str, system: IndicatorSystem, asked: Asked) -> Answer:
        """Return what becomes of the answer of a row, and tell of a decision; on an indicator it is one on its parts too."""
        when, column = self._labels[period], _PERIODS[period]
        said = (row.sheet.load.registry.decisions.claim(plant_id, process, name, when) for name in _names(system, asked))
        claim = next((one for one in said if one), None)
        if claim is None:
            return None, "not_applicable"
        holes = {"indicator": asked.name, "period": when, "decided_on": claim.decided_on}
        row.tell("na_confirmed" if claim.holds else "na_denied", column, plant_id, **holes)
        if not claim.holds:
            return None, "missing"
        self.settled.add(row.place(column)[:3])
        return None, "not_applicable"


class _Words:
    """The answers in words of a form: every spelling of levels and 是/否, and what stands for not applicable."""

    def __init__(self, sheet: Sheet) -> None:
        layout = sheet.what.layout
        self.absent = frozenset(layout.not_applicable)
        self.above = _said_above(sheet)
        self._spelt = {"yes_no": dict[str, int](), "level": dict[str, int]()}
        for said, number in layout.answers.items():
            self._spelt["yes_no" if said in "是否" else "level"] |= {key(said): number, str(number): number}

    def number(self, asked: Asked, said: str) -> int | None:
        """Return the number that an answer is stored as, None where it isn't among those to choose from."""
        spelt = self._spelt.get(asked.answer)
        return spelt.get(said) if spelt else next((n for label, n in asked.choices.items() if key(label) == said), None)


def _said_above(sheet: Sheet) -> dict[str, str]:
    """Return the units that the headings of the values say, by column."""
    headings = {column: heading_of(sheet.grid, sheet.what, sheet.what.columns[column]) for column in _PERIODS.values()}
    return {column: unit for column, heading in headings.items() for unit in statements(heading)}


def _answers(row: Row, asked: Asked, plant_id: str, words: _Words) -> dict[str, Answer]:
    """Return period → (value, state); blank is missing."""
    own, above = row.text("unit_of_measure"), {} if asked.choices else words.above
    if own == asked.unit and own and not above:  # as most are
        return {period: _answer(row, column, asked, plant_id, words, _AS_IT_IS) for period, column in _PERIODS.items()}
    units = {column: own or above.get(column, "") for column in _PERIODS.values()}
    turning = {unit: _times(unit, asked, asked.unit) for unit in units.values()}
    times = {column: turning[unit] for column, unit in units.items()}
    for column, unit in above.items():
        if own and _times(unit, asked, own) != 1:
            times[column] = None
            if not texts.blank(row[column]):
                row.tell("units_differ", column, plant_id, field=asked.name, value=row[column], first=own, second=unit)
    wrong = next((unit for unit, ratio_ in turning.items() if ratio_ is None), None)
    turned = next((column for column, ratio_ in times.items() if ratio_ is not None and ratio_ is not _AS_IT_IS), None)
    if wrong:
        row.tell(
            "indicator_unit", "unit_of_measure", plant_id, indicator=asked.name, expected=asked.unit or "无单位", value=wrong
        )
    elif turned:
        holes = {"written": units[turned], "expected": asked.unit, "factor": told(times[turned] or _AS_IT_IS)}
        row.tell("indicator_converted", "unit_of_measure", plant_id, indicator=asked.name, value=units[turned], **holes)
    elif asked.unit and not asked.choices and any(_bare(row[column]) for column, unit in units.items() if not unit):
        row.tell("indicator_unit_unsaid", "unit_of_measure", plant_id, indicator=asked.name, expected=asked.unit)
    answers: dict[str, Answer] = {}
    for period, column in _PERIODS.items():
        ratio_ = times[column]  # without one a number is there, but nobody knows what it means
        unknown = (None, "missing" if texts.blank(row[column]) else UNREAD)
        answers[period] = unknown if ratio_ is None else _answer(row, column, asked, plant_id, words, ratio_)
    return answers


def _times(unit: str, asked: Asked, wanted: str) -> Fraction | None:
    """Return what turns a unit into another, both of what is asked; None where nothing does."""
    return _AS_IT_IS if not unit or unit == wanted else _turned(unit, wanted, is_water(asked.name))


@lru_cache(maxsize=4096)
def _turned(unit: str, wanted: str, water: bool) -> Fraction | None:
    found = _AS_IT_IS if key(unit) == key(wanted) else of_water(unit, wanted) if water else ratio(unit, wanted)
    return _AS_IT_IS if found == 1 else found


def _bare(value: Any) -> bool:
    """Whether a cell holds a number that says no unit itself; 0 needs none."""
    try:
        found = values.amount(value)
    except Wrong:
        return False
    return found is not None and found[1] == "" and found[0] != 0


def _answer(row: Row, column: str, asked: Asked, plant_id: str, words: _Words, times: Fraction) -> Answer:
    """Return a value in the indicator's unit; ``times`` turns the unit of the row into it."""
    value = row[column]
    if type(value) is str and texts.text(value) in words.absent:
        return None, "not_applicable"
    if texts.blank(value):
        return None, "missing"
    if asked.choices:
        return _chosen(row, column, asked, plant_id, words)
    try:
        number = values.number(value, asked.unit, times, water=is_water(asked.name))
        own = type(value) is not float and number is not None and bool((values.amount(value) or ("", ""))[1])
    except Wrong as wrong:
        row.tell(wrong.code, column, plant_id, field=asked.name, value=value, unit=asked.unit or "无")
        return None, UNREAD
    if number is None:
        return None, "missing"
    if own:
        row.sheet.load.said.add(row.place(column)[:3])
    if wrong_value := plausible.fault(asked, number):
        row.tell(wrong_value, column, plant_id, field=asked.name, value=f"{number:g}")
        return None, UNREAD
    return number, "reported"


def _chosen(row: Row, column: str, asked: Asked, plant_id: str, words: _Words) -> Answer:
    """Return the number of an answer in words; another answer is none."""
    value = row[column]
    number = words.number(asked, key(value))
    if number is not None:
        return float(number), "reported"
    if isinstance(value, CellError):
        row.tell(value.problem, column, plant_id, field=asked.name, value=value)
    else:
        row.tell("code_unknown", column, plant_id, field=asked.name, value=row.text(column), allowed="、".join(asked.choices))
    return None, UNREAD


def _emit(plant_id: str, system: str, process: str, rows: list[Answered]) -> None:
    """Write the rows of one plant and process; a period without any answer wasn't reported at all."""
    reported = [p for p in _PERIODS if any(answers[p][1] != "missing" for _, _, answers in rows)]
    labels = field("measurements", "period").codes
    assert isinstance(labels, dict)
    about = {"plant_id": plant_id, "system": system, "process": process}
    for period in reported:
        rows[0][0].sheet.load.arrivals.answered(rows[0][0], plant_id, period)
    for row, asked, answers in rows:
        measured = []
        for period in reported:
            value, state = answers[period]
            if state == "missing" and asked.limiting:
                row.tell("limiting_missing", _PERIODS[period], plant_id, indicator=asked.name, period=labels[period])
            said: dict[str, Any] = {**about, "period": period, "indicator": asked.id, "value": value, "state": state}
            measured.append(said | row.source(_PERIODS[period]))
        row.claim("measurements", (plant_id, system, process, asked.id), *measured)
    if len(reported) == 2:
        checks.identical(plant_id, system, rows)
