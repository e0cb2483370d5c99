"""Mistakes in figures and tables: texts, dates and errors for numbers, wrong units, blanks, totals, odd columns and sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from cpaudit.indicators import Indicator, IndicatorSystem, systems
from cpaudit.sample.mess.mistakes import Mistakes
from cpaudit.sample.workbooks.sheets import Cell, FormulaError, Row, Sheet, Spot, total_row
from cpaudit.workspace.caches import cache

BEFORE, AFTER = "value:before", "value:after"
_OTHER_UNITS = {"kg/t": "m³/t", "kgce/t": "kWh/t", "kWh/t": "kgce/t", "t/t": "m³/t", "m3/t": "kg/t", "m³/t": "kg/t"}


def plant(m: Mistakes, rounds: int) -> None:
    """Plant them all, so many times over; what is wrong of a table as a whole once."""
    for _ in range(rounds):
        _round(m)
    _totals(m)
    _tables(m)


def _round(m: Mistakes) -> None:
    for key, form in ((BEFORE, "≥{}"), (AFTER, "约{}"), (BEFORE, "{}左右"), (AFTER, "<{}")):
        found = m.take(m.of("measurements"), plain(key))
        if found:
            m.put("number_inexact", found, key, form.format(found[1].cells[key]), "数值夹文字")
    for key, day in ((BEFORE, dt.date(2025, 1, 6)), (AFTER, dt.date(2025, 7, 14)), (BEFORE, dt.date(2025, 3, 12))):
        found = m.take(m.of("measurements", ".xlsx", ".xls"), plain(key))
        if found:
            m.put("number_became_date", found, key, day, f"原为 {day.month}-{day.day}")
    for key, ending, error in (
        (BEFORE, ".xlsx", FormulaError("=1/0", "#DIV/0!")),
        (AFTER, ".xlsx", FormulaError("=1/0", "#DIV/0!")),
        (AFTER, ".xlsx", FormulaError("=NA()", "#N/A")),
        (BEFORE, ".csv", FormulaError("=1/0", "#DIV/0!")),
    ):
        found = m.take(m.of("measurements", ending), plain(key))
        if found:
            m.put("cell_error", found, key, error, "公式错误")
    for text in ("单位产品综合排污系数（旧）", "吨产品折旧指标"):
        _unknown(m, "indicator_unknown", "indicator", text, "体系中没有的指标")
    whole = next(i for s in systems().values() for i in s.indicators() if i.parts)
    listed = next(s.title for s in systems().values() if s.stub)
    for _ in range(2):
        _unknown(m, "indicator_in_parts", "indicator", whole.name, "应按分项填报", system=_system_of(whole).title)
        _unknown(m, "system_stub", "system", listed, "体系尚未录入")
    for _ in range(3):
        _wrong_unit(m)
    for key, blank in ((BEFORE, None), (AFTER, None), (AFTER, None), (BEFORE, "-")):
        found = m.take(m.of("measurements"), _limiting(key))
        if found:
            m.put("limiting_missing", found, key, blank, "限定性指标未填")
    for _ in range(3):
        _identical(m)
    _options(m)


def indicator_of(row: Row) -> Indicator:
    """Return the indicator that a row of measurements is about."""
    return _indicators()[row.cells["system"], row.cells["indicator"]]


@cache
def _indicators() -> dict[tuple[Any, Any], Indicator]:
    """Return every indicator by the title of its system and its name; of equal names the first."""
    every = [(s.title, i) for s in systems().values() for i in s.indicators()]
    return {(title, i.name): i for title, i in reversed(every)}


def plain(key: str) -> Callable[[Row], bool]:
    """Rows with a number in ``key`` at a quantitative indicator that isn't limiting: its loss has no further effect."""

    def fits(row: Row) -> bool:
        return isinstance(row.cells.get(key), int | float) and not (i := indicator_of(row)).limiting and i.quantitative

    return fits


def _limiting(key: str) -> Callable[[Row], bool]:
    return lambda row: row.cells.get(key) is not None and indicator_of(row).limiting


def _system_of(indicator: Indicator) -> IndicatorSystem:
    return next(s for s in systems().values() if indicator in s.indicators())


def _unknown(m: Mistakes, code: str, key: str, text: str, note: str, **more: Cell) -> None:
    """Put in a row that asks for what can't be answered so: ``text`` in its cell ``key``."""
    found = m.take(m.of("measurements"))
    if not found:
        return
    sheet, like = found
    who: dict[str, Cell] = {"name": like.plant.full_name, "uscc": like.plant.uscc} if like.plant else {}
    wrong: dict[str, Cell] = {"unit_of_measure": "kg/t", BEFORE: 3.2, AFTER: None, key: text, **more}
    row = Row({**like.cells, **who, **wrong}, like.plant)
    sheet.rows.insert(sheet.rows.index(like) + 1, row)
    m.record(code, (sheet, row), key, note)


def _wrong_unit(m: Mistakes) -> None:
    number = plain(BEFORE)
    found = m.take(m.of("measurements"), lambda r: r.cells.get("unit_of_measure") in _OTHER_UNITS and number(r))
    if not found:
        return
    unit = _OTHER_UNITS[str(found[1].cells["unit_of_measure"])]
    m.put("indicator_unit", found, "unit_of_measure", unit, "单位写错")


def _identical(m: Mistakes) -> None:
    """Give a process the same numbers after as before."""
    found = m.take(m.of("measurements"), plain(AFTER))
    if not found:
        return
    sheet, like = found
    mine = m.rows_of(like.plant, "measurements")
    process = [r for r in mine if all(r.cells[k] == like.cells[k] for k in ("system", "process"))]
    numbers = [r for r in process if indicator_of(r).quantitative and isinstance(r.cells[BEFORE], int | float)]
    for row in numbers:
        row.cells[AFTER] = row.cells[BEFORE]
        m.keep(row, BEFORE, AFTER)
    m.record("before_after_identical", (sheet, numbers[0]), AFTER, "审核前后数值相同")


def _options(m: Mistakes) -> None:
    for form in ("约{}", "{}以上"):
        found = m.take(m.of("options"), lambda r: isinstance(r.cells.get("economic_benefit_wan_yuan"), float))
        if found:
            text = form.format(found[1].cells["economic_benefit_wan_yuan"])
            m.put("number_inexact", found, "economic_benefit_wan_yuan", text, "数值夹文字")


def _totals(m: Mistakes) -> None:
    """Print totals that aren't the sums of what stands above them."""
    filled = [s for s in m.of("options") if len(s.rows) > 1]
    for sheet in filled:  # the sums are those of the figures as they stand by now
        total = sheet.rows.pop()
        total.cells = total_row(sheet).cells
        sheet.rows.append(total)
    keys = ("investment_wan_yuan", "water_t", "energy_tce")
    for sheet, key in zip(m.rng.sample(filled, min(3, len(filled))), keys, strict=False):
        total = sheet.rows[-1]
        right = total.cells[key]
        assert isinstance(right, float)
        m.put("total_mismatch", (sheet, total), key, round(right * 1.1 + 50, 2), f"各行相加为 {right:g}")


def _tables(m: Mistakes) -> None:
    """Columns that no layout has, and sheets that are no table of the programme."""
    for sheet in [m.of("roster")[0], *m.rng.sample(m.of("progress", ".xlsx"), 1), *m.rng.sample(m.of("options", ".xlsx"), 1)]:
        sheet.columns["remark"] = "备注"
        for row in sheet.rows:
            if row.plant and m.rng.random() < 0.1:
                row.cells["remark"] = m.rng.choice(("已核", "补报", "材料齐全"))
        of_plants = [row for row in sheet.rows if row.plant]
        if not of_plants:  # an empty column is no question
            del sheet.columns["remark"]
            continue
        if not any("remark" in row.cells for row in of_plants):
            of_plants[0].cells["remark"] = "已核"
        m.record_at("column_unknown", sheet, Spot(key="remark"), "多出的一列")
    for last in m.rng.sample(m.of("options", ".xlsx"), 2):
        columns = {"no": "照片编号", "what": "拍摄内容", "day": "归档情况"}
        rows = [Row({"no": f"P{i:03d}", "what": f"示例照片{i}", "day": "已归档"}) for i in range(1, 5)]
        extra = Sheet(last.file, "现场照片目录", "", last.unit, columns, ["现场照片目录（示范数据）"], rows)
        m.sheets.insert(m.sheets.index(last) + 1, extra)
        m.record_at("table_unknown", extra, Spot("sheet"), "不是规定的表式")
