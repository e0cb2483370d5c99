"""Values that are read well but can hardly be true: out of range, out of scale, copied; limits are data."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

from cpaudit.fields import field
from cpaudit.indicators import find_system
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.problems import ProblemPlace
from cpaudit.loaders.tables.asked import asked
from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.loaders.tables.asked import Asked
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row

#: What one row of measurements is about (plant, system, process, indicator), the row, and what it answers.
_Name = tuple[str, str, str, str]
_Measured = tuple[_Name, dict[str, Any], "Asked"]


class _Apart(Definition):
    """How many times two values may lie apart, and how many times the span of the benchmarks."""

    factor: float
    span: float


class _Peers(_Apart):
    fewest: int


class _Slip(Definition):
    factor: float
    gap: float
    fewest: int


class _Few(Definition):
    factor: float
    costs: str
    brings: str
    #: Column → class → the most that one option usually comes to.
    usual: dict[str, dict[str, float]]


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
    slip: _Slip
    few: _Few
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


def fault(asked: Asked, value: float) -> str | None:
    """Return the kind of problem of a value that can't be measured at all; such a value isn't adopted."""
    if value < 0 and asked.marks and min(asked.marks) >= 0:
        return "value_negative"
    if value > 100 and asked.unit == "%" and max(asked.marks, default=100) <= 100:
        return "percent_over"
    return None


def end_of_pipe(name: str) -> str | None:
    """Return the word by which an option's name tells of end-of-pipe treatment, None where it doesn't.

    >>> end_of_pipe("新建布袋除尘器"), end_of_pipe("除尘器收尘回用")
    ('除尘器', None)
    """
    words, unless = _end_of_pipe()
    said = key(name)
    found = next((word for spelt, word in words.items() if spelt in said), None)
    return None if found and any(spelt in said for spelt in unless) else found


@cache
def _end_of_pipe() -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the words of end-of-pipe treatment, by what all their spellings share, and those that excuse them."""
    rule = limits().end_of_pipe
    return {key(word): word for word in rule.words}, tuple(map(key, rule.unless))


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
        about = asked(row["system"]).get(row["indicator"])
        if row["value"] is not None and about and about.quantitative:
            rows.append(((row["plant_id"], row["system"], row["process"], row["indicator"]), row, about))
    doubted = _fractions(load, rows)
    doubted |= _scales(load, _without(rows, doubted))
    _jumps(load, _without(rows, doubted))
    _repeated(load, rows)


def _without(rows: list[_Measured], doubted: set[_Name]) -> list[_Measured]:
    return [measured for measured in rows if measured[0] not in doubted] if doubted else rows


def _fractions(load: Load, rows: list[_Measured]) -> set[_Name]:
    """Tell where 0.95 stands for 95 %."""
    rule, doubted = limits().fraction, set()
    for name, row, about in rows:
        if about.unit == "%" and 0 < row["value"] <= rule.most and min(about.marks, default=0) >= rule.least_benchmark:
            _tell(load, "percent_fraction", row, about, percent=f"{row['value'] * 100:g}")
            doubted.add(name)
    return doubted


def _scales(load: Load, rows: list[_Measured]) -> set[_Name]:
    """Tell where a value is so many times the median of its peers that a unit or a decimal point slipped.

    A thousand times is no doubt but an error: the value isn't adopted.
    """
    rule, doubted, slips = limits(), set(), list[dict[str, Any]]()
    groups: dict[tuple[str, str], list[_Measured]] = defaultdict(list)
    for measured in rows:
        _, row, about = measured
        if row["value"] > 0 and about.span:
            groups[row["system"], row["indicator"]].append(measured)
    for group in groups.values():
        if len(group) < rule.peers.fewest:
            continue
        middle, span = statistics.median(row["value"] for _, row, _ in group), group[0][2].span
        most = max(rule.peers.factor, rule.peers.span * (span or 1))
        for name, row, about in group:
            if (times := _times(row["value"], middle)) >= most:
                power = 10 ** max(1, round(math.log10(times)))
                more = "大" if row["value"] > middle else "小"
                slipped = times >= rule.slip.factor and (row["file"], row["sheet"], row["cell"]) not in load.said
                code = "value_slip" if slipped else "value_scale"
                _tell(load, code, row, about, middle=f"{middle:.4g}", power=power, more=more, unit=about.unit)
                doubted.add(name)
                if slipped:
                    slips.append(row)
    for row in slips:
        row |= {"value": None, "state": "missing"}
    return doubted


def _jumps(load: Load, rows: list[_Measured]) -> None:
    """Tell where the audit changed a value by more than an audit can."""
    rule = limits().jump
    befores = {name: row["value"] for name, row, _ in rows if row["period"] == "before" and row["value"] > 0}
    for name, row, about in rows:
        if row["period"] == "after" and row["value"] > 0 and about.span and (before := befores.get(name)):
            times = _times(before, row["value"])
            if times >= max(rule.factor, rule.span * about.span):
                _tell(load, "value_jump", row, about, before=f"{before:g}", times=f"{times:.3g}")


def _repeated(load: Load, rows: list[_Measured]) -> None:
    """Tell of a plant whose values of a process are all those of another plant."""
    blocks: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for name, row, _ in rows:
        blocks[name[:3]].append(row)
    first: dict[tuple[Any, ...], str] = {}
    for (plant_id, system, _), block in blocks.items():
        if len({r["indicator"] for r in block}) < limits().repeated.fewest:
            continue
        answers = (system, *sorted((r["indicator"], r["period"], r["value"]) for r in block))
        other = first.setdefault(answers, plant_id)
        if other != plant_id:
            at = ProblemPlace(block[0]["file"], block[0]["sheet"], block[0]["cell"], load.plant(plant_id)["unit"] or None)
            holes = {"system": find_system(system).title, "other": load.plant(other)["name"], "count": len(block)}
            load.problems.add("answers_repeated", at, plant_id=plant_id, **holes)


def _tell(load: Load, code: str, row: dict[str, Any], about: Asked, **holes: object) -> None:
    at = ProblemPlace(row["file"], row["sheet"], row["cell"], load.plant(row["plant_id"])["unit"] or None)
    value = f"{row['value']:g}"
    load.problems.add(code, at, plant_id=row["plant_id"], indicator=about.name, value=value, **holes)


def _times(a: float, b: float) -> float:
    return max(a / b, b / a)
