"""Values that are read well but can hardly be true: out of range, out of scale, copied; limits are data."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from cpaudit.fields import field
from cpaudit.indicators import find_system
from cpaudit.loaders.problems import Place
from cpaudit.loaders.values import key
from cpaudit.reference import Definition, read_definition, root

if TYPE_CHECKING:
    from cpaudit.indicators import Indicator
    from cpaudit.loaders.reader import Load, Row

#: One row of measurements, and its indicator.
_Measured = tuple[dict[str, Any], "Indicator"]


class _Apart(Definition):
    """How many times two values may lie apart, and how many times the span of the benchmarks."""

    factor: float
    span: float


class _Peers(_Apart):
    fewest: int


class _Fraction(Definition):
    least_benchmark: float
    most: float


class _Repeated(Definition):
    fewest: int


class _Saving(Definition):
    benefit: str
    plant: str


class _EndOfPipe(Definition):
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()


class Checks(Definition):
    """The limits of ``data/reference/checks.yaml``; all are the workbench's own."""

    basis: Literal["工作台约定"]
    peers: _Peers
    jump: _Apart
    fraction: _Fraction
    repeated: _Repeated
    savings: tuple[_Saving, ...]
    end_of_pipe: _EndOfPipe


@cache
def limits() -> Checks:
    """Return the limits in use.

    >>> limits().basis
    '工作台约定'
    """
    return read_definition(root() / "checks.yaml", Checks)


# -- one value


def fault(indicator: Indicator, value: float) -> str | None:
    """Return the kind of problem of a value that can't be measured at all; such a value isn't adopted."""
    marks = _marks(indicator)
    if value < 0 and marks and min(marks) >= 0:
        return "value_negative"
    if value > 100 and indicator.unit == "%" and max(marks, default=100) <= 100:
        return "percent_over"
    return None


def end_of_pipe(name: str) -> str | None:
    """Return the word by which an option's name tells of end-of-pipe treatment, None where it doesn't.

    >>> end_of_pipe("新建布袋除尘器"), end_of_pipe("除尘器收尘回用")
    ('除尘器', None)
    """
    rule, said = limits().end_of_pipe, key(name)
    if any(key(word) in said for word in rule.unless):
        return None
    return next((word for word in rule.words if key(word) in said), None)


def savings(row: Row, plant_id: str, numbers: dict[str, float | None]) -> None:
    """Hold what an option saves against what the roster says that the plant has of it."""
    for rule in limits().savings:
        saved, whole = numbers.get(rule.benefit), row.sheet.load.plant(plant_id).get(rule.plant)
        if saved and whole is not None and saved > whole:
            mine, theirs = field("options", rule.benefit), field("plants", rule.plant)
            holes = {"field": mine.label, "saved": f"{saved:g}", "unit": mine.unit, "of": theirs.label, "whole": f"{whole:g}"}
            row.tell("saving_exceeds", rule.benefit, plant_id, **holes, value=f"{saved:g}")


# -- against the others


def review(load: Load) -> None:
    """Tell of measured values that differ too much from those of other plants, from the plant's own, or not at all."""
    rows: list[_Measured] = []
    for row in load.tables["measurements"]:
        indicator = _indicators(row["system"]).get(row["indicator"])  # parts and parameters have no benchmark of their own
        if row["value"] is not None and indicator and indicator.quantitative:
            rows.append((row, indicator))
    doubted = _fractions(load, rows)
    doubted |= _scales(load, [m for m in rows if _name(m[0]) not in doubted])
    _jumps(load, [m for m in rows if _name(m[0]) not in doubted])
    _repeated(load, rows)


def _fractions(load: Load, rows: list[_Measured]) -> set[tuple[str, ...]]:
    """Tell where 0.95 stands for 95 %."""
    rule, doubted = limits().fraction, set()
    for row, indicator in rows:
        if indicator.unit == "%" and 0 < row["value"] <= rule.most and min(_marks(indicator), default=0) >= rule.least_benchmark:
            _tell(load, "percent_fraction", row, indicator, percent=f"{row['value'] * 100:g}")
            doubted.add(_name(row))
    return doubted


def _scales(load: Load, rows: list[_Measured]) -> set[tuple[str, ...]]:
    """Tell where a value is so many times the median of its peers that a unit or a decimal point slipped."""
    rule, doubted = limits().peers, set()
    groups: dict[tuple[str, str], list[_Measured]] = defaultdict(list)
    for row, indicator in rows:
        if row["value"] > 0 and _span(indicator):
            groups[row["system"], row["indicator"]].append((row, indicator))
    for group in groups.values():
        if len(group) < rule.fewest:
            continue
        middle = statistics.median(row["value"] for row, _ in group)
        for row, indicator in group:
            if (times := _times(row["value"], middle)) >= max(rule.factor, rule.span * (_span(indicator) or 1)):
                power = 10 ** max(1, round(math.log10(times)))
                more = "大" if row["value"] > middle else "小"
                _tell(load, "value_scale", row, indicator, middle=f"{middle:.4g}", power=power, more=more)
                doubted.add(_name(row))
    return doubted


def _jumps(load: Load, rows: list[_Measured]) -> None:
    """Tell where the audit changed a value by more than an audit can."""
    rule = limits().jump
    pairs: dict[tuple[str, ...], dict[str, _Measured]] = defaultdict(dict)
    for row, indicator in rows:
        pairs[_name(row)][row["period"]] = (row, indicator)
    for pair in pairs.values():
        if len(pair) < 2:
            continue
        (before, indicator), (after, _) = pair["before"], pair["after"]
        span = _span(indicator)
        if span and before["value"] > 0 and after["value"] > 0:
            times = _times(before["value"], after["value"])
            if times >= max(rule.factor, rule.span * span):
                _tell(load, "value_jump", after, indicator, before=f"{before['value']:g}", times=f"{times:.3g}")


def _repeated(load: Load, rows: list[_Measured]) -> None:
    """Tell of a plant whose values of a process are all those of another plant."""
    blocks: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row, _ in rows:
        blocks[row["plant_id"], row["system"], row["process"]].append(row)
    first: dict[tuple[Any, ...], str] = {}
    for (plant_id, system, _), block in blocks.items():
        if len({r["indicator"] for r in block}) < limits().repeated.fewest:
            continue
        answers = (system, *sorted((r["indicator"], r["period"], r["value"]) for r in block))
        other = first.setdefault(answers, plant_id)
        if other != plant_id:
            at = Place(block[0]["file"], block[0]["sheet"], block[0]["cell"], load.plant(plant_id)["unit"] or None)
            holes = {"system": find_system(system).title, "other": load.plant(other)["name"], "count": len(block)}
            load.problems.add("answers_repeated", at, plant_id=plant_id, **holes)


def _tell(load: Load, code: str, row: dict[str, Any], indicator: Indicator, **holes: object) -> None:
    at = Place(row["file"], row["sheet"], row["cell"], load.plant(row["plant_id"])["unit"] or None)
    value = f"{row['value']:g}"
    load.problems.add(code, at, plant_id=row["plant_id"], indicator=indicator.name, value=value, **holes)


def _name(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["plant_id"], row["system"], row["process"], row["indicator"])


def _times(a: float, b: float) -> float:
    return max(a / b, b / a)


def _marks(indicator: Indicator) -> list[float]:
    """Return every benchmark that is a number, those of some plants only included."""
    printed = (indicator.baselines, *(v.baselines for v in indicator.variants if v.baselines))
    return [float(b) for baselines in printed for b in (baselines.at(level) for level in (1, 2, 3)) if b is not None]


def _span(indicator: Indicator) -> float | None:
    """Return how many times the widest benchmark is the strictest; None where one is zero or less, 1 where there is none."""
    marks = _marks(indicator)
    if not marks:
        return 1.0
    return max(marks) / min(marks) if min(marks) > 0 else None


@cache
def _indicators(system: str) -> dict[str, Indicator]:
    return {i.id: i for i in find_system(system).indicators()}
