"""Mistakes that are well-formed numbers: below zero, over 100 %, a fraction for a percentage, slipped units, copied answers."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable

from cpaudit.indicators import Indicator
from cpaudit.sample.mess.figures import AFTER, BEFORE, indicator_of, plain
from cpaudit.sample.mess.mistakes import Found, Mistakes
from cpaudit.sample.workbooks.sheets import Row

#: So many values make a median that a single mistake doesn't move.
_ENOUGH = 12
_WASTE = "hazardous_waste_t"
_END_OF_PIPE = ("新建布袋除尘器", "厂区污水处理站扩建", "末端治理设施改造")


def plant(m: Mistakes, rounds: int) -> None:
    """Plant them all, so many times over."""
    middle = _Middle(m)
    for _ in range(rounds):
        _round(m, middle)


def _round(m: Mistakes, middle: _Middle) -> None:
    for key in (BEFORE, AFTER):
        found = m.take(m.of("measurements"), _fits(key, lambda i, v: i.unit != "%" and v > 0 and min(_marks(i), default=-1) > 0))
        if found:
            m.put("value_negative", found, key, -_number(found[1], key), "多写了负号")
        found = m.take(
            m.of("measurements"), _fits(key, lambda i, v: i.unit == "%" and 20 < v <= 100 >= max(_marks(i), default=100))
        )
        if found:
            m.put("percent_over", found, key, round(_number(found[1], key) * 10, 2), "漏了小数点")
        found = m.take(
            m.of("measurements"), _fits(key, lambda i, v: i.unit == "%" and v > 20 and min(_marks(i), default=0) >= 10)
        )
        if found:
            m.put("percent_fraction", found, key, round(_number(found[1], key) / 100, 4), "百分数写成了比例")
    for key, times in ((BEFORE, 1000), (AFTER, 0.001), (AFTER, 10), (BEFORE, 0.1)):
        _scale(m, middle, key, times)
    for _ in range(3):
        _jump(m, middle)
    for _ in range(3):
        _repeat(m)
    _options(m)


class _Middle:
    """The median of every indicator's right values, and how many there are."""

    def __init__(self, m: Mistakes) -> None:
        each: dict[tuple[object, object], list[float]] = defaultdict(list)
        for sheet in m.of("measurements"):
            for row in sheet.rows:
                numbers = [v for v in (row.cells.get(BEFORE), row.cells.get(AFTER)) if isinstance(v, int | float)]
                each[row.cells["system"], row.cells["indicator"]] += numbers
        self._medians = {key: statistics.median(values) for key, values in each.items() if len(values) >= _ENOUGH}

    def of(self, row: Row) -> float:
        """Return the median; 0 where there are too few values."""
        return self._medians.get((row.cells["system"], row.cells["indicator"]), 0.0)


def _scale(m: Mistakes, middle: _Middle, key: str, times: float) -> None:
    """Write a value in another unit or with a slipped point, so that it lies out of all proportion to the others."""

    slip = times in (1000, 0.001)
    least = 400 if slip else 6

    def fits(indicator: Indicator, value: float, row: Row) -> bool:
        usual = middle.of(row)
        return _steady(indicator) and usual > 0 and value > 0 and not 1 / least < value * times / usual < least

    found = m.take(m.of("measurements"), lambda r: plain(key)(r) and fits(indicator_of(r), _number(r, key), r))
    if found:
        m.put(
            "value_slip" if slip else "value_scale",
            found,
            key,
            float(f"{_number(found[1], key) * times:.4g}"),
            f"差 {times:g} 倍",
        )


def _jump(m: Mistakes, middle: _Middle) -> None:
    """Let a value fall to a sixth and less, both ends within what others have."""

    def fits(row: Row) -> bool:
        # twice 40 %: what a plant of a steady indicator could have at either end
        return plain(AFTER)(row) and plain(BEFORE)(row) and _steady(indicator_of(row)) and middle.of(row) > 0

    found = m.take(m.of("measurements"), fits)
    if found:
        usual = middle.of(found[1])
        found[1].cells[BEFORE] = float(f"{usual * 2.6:.3g}")
        m.keep(found[1], BEFORE)
        m.put("value_jump", found, AFTER, float(f"{usual * 0.4:.3g}"), "审核前后相差悬殊")


def _repeat(m: Mistakes) -> None:
    """Copy all answers of one plant into the rows of another below it."""

    def rows(found: Found) -> dict[object, Row]:
        return {r.cells["indicator"]: r for r in m.rows_of(found[1].plant, "measurements")}

    def single(row: Row) -> bool:
        mine = m.rows_of(row.plant, "measurements")
        return len({(r.cells["system"], r.cells["process"]) for r in mine}) == 1

    found = m.take(m.of("measurements"), lambda r: single(r) and plain(BEFORE)(r) and plain(AFTER)(r))
    if not found:
        return
    same = ("system", "process")

    def fits(row: Row) -> bool:
        return single(row) and all(row.cells[k] == found[1].cells[k] for k in same)

    other = m.take([found[0]], fits)
    if not other:
        return
    lines = found[0].rows
    first, last = sorted((found, other), key=lambda f: lines.index(f[1]))
    theirs, mine = rows(first), rows(last)
    for name, row in mine.items():
        for key in (BEFORE, AFTER):
            row.cells[key] = theirs[name].cells[key]
    numbers = [r for r in mine.values() if indicator_of(r).quantitative and isinstance(r.cells[BEFORE], int | float)]
    m.record("answers_repeated", (last[0], min(numbers, key=lines.index)), BEFORE, "与另一企业逐项相同")


def _options(m: Mistakes) -> None:
    for name in _END_OF_PIPE:
        found = m.take(m.of("options"))
        if found:
            m.put("option_end_of_pipe", found, "name", name, "末端治理")
    for _ in range(2):
        found = m.take(m.of("options"), lambda r: isinstance(v := r.cells.get("investment_wan_yuan"), float) and v > 0)
        if found:
            m.put("amount_negative", found, "investment_wan_yuan", -_number(found[1], "investment_wan_yuan"), "多写了负号")
        found = m.take(m.of("options"), lambda r: bool(r.cells.get(_WASTE) and r.plant and r.plant.hazardous_waste_t))
        if found and found[1].plant and found[1].plant.hazardous_waste_t:
            m.put("saving_exceeds", found, _WASTE, round(found[1].plant.hazardous_waste_t * 3, 2), "大于年产危废能力")


def _fits(key: str, wanted: Callable[[Indicator, float], bool]) -> Callable[[Row], bool]:
    return lambda row: plain(key)(row) and wanted(indicator_of(row), _number(row, key))


def _number(row: Row, key: str) -> float:
    value = row.cells[key]
    assert isinstance(value, int | float)
    return value


def _marks(indicator: Indicator) -> list[float]:
    return [b for b in (indicator.baselines.at(level) for level in (1, 2, 3)) if b is not None]


def _steady(indicator: Indicator) -> bool:
    """Whether plants lie close together: benchmarks above zero and not far apart, and no percentage."""
    marks = _marks(indicator)
    return indicator.unit != "%" and len(marks) > 1 and min(marks) > 0 and max(marks) <= 2.5 * min(marks)
