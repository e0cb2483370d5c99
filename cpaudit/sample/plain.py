"""A small fictitious set of files for any programme: its rosters, the units' forms filled in, nothing messy."""

from __future__ import annotations

import datetime as dt
import io
import random
from typing import TYPE_CHECKING, Any

from cpaudit.indicators import find_system
from cpaudit.loaders.sheets.forms import forms
from cpaudit.programme import find_industry, industries, load_programme, units
from cpaudit.programme.deadlines import later
from cpaudit.programme.units import divisions_of
from cpaudit.sample import placing
from cpaudit.sample.world.names import credit_code, marks

if TYPE_CHECKING:
    from pathlib import Path

    from cpaudit.loaders.sheets.layouts import Layout
    from cpaudit.programme import Programme

_DEMONSTRATION = "示范数据，企业均为虚构"
#: Trades that plants are of where no target names any.
_TRADES = ("cement", "chemicals", "pharmaceuticals", "electroplating", "metal_products")
_BUSINESS = {"cement": "水泥", "steel": "钢铁", "coking": "焦化", "flat_glass": "玻璃", "leather": "皮革", "coal_power": "热电"}


def write_plain(folder: Path, programme: str, *, plants: int, seed: int, as_of: dt.date) -> dict[str, Any]:
    """Write rosters and the units' returns of a programme; return how many plants each unit has.

    The forms are those of ``cpaudit template``, filled in as of a day; the same arguments give the same files.

    Raises:
        UsageError: something else has the place of a file; nothing is written.
    """
    notice, rng = load_programme(programme), random.Random(f"{seed} {programme}")  # noqa: S311 - a game, not a secret
    found = _plants(notice, max(plants, len(notice.units)), as_of, rng)
    known = forms(notice)
    files: dict[str, bytes] = {}
    for roster in notice.rosters:
        mine = [p for p in found if p["roster"] == roster.id]
        title = [f"{notice.title}企业名单", _DEMONSTRATION, f"名单类别：{roster.label}", f"名单公布日期：{mine[0]['listed_on']}"]
        name = f"名单/{roster.label.removesuffix('企业')}企业名单.xlsx"
        files[name] = _workbook(known["roster"], title, [_listed(p) for p in mine])
    for at, unit in enumerate(notice.units, start=1):
        mine, name = [p for p in found if p["unit"] == unit], units()[unit].name
        place, titles = f"各单位/{at:02d}{name}/{name}", [name, notice.title, _DEMONSTRATION]
        files[f"{place}进度表.xlsx"] = _workbook(known["progress"], titles, [p["progress"] for p in mine])
        files[f"{place}指标实测表.xlsx"] = _workbook(known["measurements"], titles, [v for p in mine for v in _values(p, rng)])
        files[f"{place}方案表.xlsx"] = _workbook(known["options"], titles, [o for p in mine for o in _options(p, notice, rng)])
        if "unit_work" in known:
            files[f"{place}辖区工作表.xlsx"] = _workbook(known["unit_work"], titles, _work(notice, as_of, rng))
    placing.put(folder, files)
    return {unit: sum(p["unit"] == unit for p in found) for unit in notice.units}


def _plants(notice: Programme, count: int, as_of: dt.date, rng: random.Random) -> list[dict[str, Any]]:
    trades = sorted({i for t in notice.targets for i in t.applies_to.named()} & industries().keys()) or list(_TRADES)
    listed_on = notice.document.published or min(
        (later(day, days=-300) for m in notice.milestones for day in m.deadline.dates()), default=later(as_of, days=-200)
    )
    listed_on = min(listed_on, later(as_of, days=-30))
    taken: set[str] = set()
    found = []
    for at, mark in enumerate(marks(count, rng)):
        unit, trade = notice.units[at % len(notice.units)], trades[at % len(trades)]
        counties = [d.name for d in divisions_of(unit) if d.status == "in_use" and d.level == "county"]
        plant: dict[str, Any] = {
            "name": f"示例{mark}{_BUSINESS.get(trade, industries()[trade].label)}有限公司",
            "uscc": credit_code(at % 90, rng, taken),
            "unit": unit,
            "county": rng.choice(counties) if counties else None,
            "industry": trade,
            "roster": notice.rosters[at % len(notice.rosters)].id,
            "listed_on": listed_on,
            "attributes": {a.id: _attribute(a.type, as_of, rng) for a in notice.columns},
            "own": later(listed_on, months=rng.choice((6, 9, 12))),
        }
        plant["progress"] = _progress(plant, notice, as_of, rng)
        found.append(plant)
    return found


def _attribute(kind: str, as_of: dt.date, rng: random.Random) -> Any:
    return {
        "flag": rng.choice(("是", "否", "否")),
        "number": rng.randint(1, 500),
        "date": later(as_of, days=rng.randint(-60, 200)),
    }.get(kind, "示范")


def _progress(plant: dict[str, Any], notice: Programme, as_of: dt.date, rng: random.Random) -> dict[str, Any]:
    """Return a plant's row of the units' form: one step after the other, most in time, some not yet."""
    row = {"name": plant["name"], "uscc": plant["uscc"], "status": "正常推进"}
    day = plant["listed_on"]
    for m in notice.plant_milestones():
        due = notice.deadline_of(m.deadline, {**plant, "own_deadline": plant["own"]}) or later(day, days=60)
        room = max((due - day).days, 1)
        day = later(day, days=max(1, min(room, int(room * rng.uniform(0.3, 1.1)))))
        if day > as_of or rng.random() < 0.08:
            break
        row[f"event:{m.id}"] = day
        if m.has_result:
            passed = rng.random() < 0.9
            row[f"result:{m.id}"] = "通过" if passed else "未通过"
            if not passed:
                break
    return row


def _listed(plant: dict[str, Any]) -> dict[str, Any]:
    return {
        **{column: plant[column] for column in ("name", "uscc", "county")},
        "unit": units()[plant["unit"]].name,
        "industry": industries()[plant["industry"]].label,
        "own_deadline": plant["own"],
        **{f"attribute:{id}": value for id, value in plant["attributes"].items()},
    }


def _values(plant: dict[str, Any], rng: random.Random) -> list[dict[str, Any]]:
    """Return the measured values by the first system of the plant's trade: around the benchmarks, a little better after."""
    systems = industries()[find_industry(plant["industry"]) or plant["industry"]].systems[:1]
    rows = []
    for system in map(find_system, systems):
        for indicator in system.indicators():
            about = {"name": plant["name"], "uscc": plant["uscc"], "system": system.title, "process": system.process}
            about |= {"indicator": indicator.name, "unit_of_measure": indicator.unit or None}
            if indicator.answer == "number" and (limit := indicator.baselines.at(2)) is not None:
                good = 1 if indicator.lower_is_better else -1
                before = round(limit * (1 + good * rng.uniform(-0.05, 0.12)), 4)
                after = round(before * (1 - good * rng.uniform(0, 0.12)), 4)
                if indicator.unit == "%":
                    before, after = min(before, 100.0), min(after, 100.0)
                rows.append(about | {"value:before": before, "value:after": after})
            elif indicator.answer == "level":
                rows.append(about | {"value:before": "Ⅱ级", "value:after": rng.choice(("Ⅰ级", "Ⅱ级"))})
            elif indicator.answer == "yes_no":
                rows.append(about | {"value:before": "是", "value:after": "是"})
    return rows


def _options(plant: dict[str, Any], notice: Programme, rng: random.Random) -> list[dict[str, Any]]:
    names = [("无/低费", "加强设备维护"), ("无/低费", "节水管理"), ("中/高费", "余热回收改造")]
    wanted = [str(t.requires.name) for t in notice.targets if t.requires.evidence == "option"]
    names += [("中/高费", f"{name}改造") for name in wanted if rng.random() < 0.7]
    return [
        {
            "name_of_plant": plant["name"], "uscc": plant["uscc"],
            "number": f"{'WD' if kind == '无/低费' else 'ZG'}-{at}", "name": name, "class": kind,
            "status": rng.choice(("已实施", "已实施", "实施中")), "investment_wan_yuan": round(rng.uniform(1, 300), 1),
            "economic_benefit_wan_yuan": round(rng.uniform(1, 90), 1), "water_t": rng.randint(10, 4000),
        }
        for at, (kind, name) in enumerate(names, start=1)
    ]  # fmt: skip


def _work(notice: Programme, as_of: dt.date, rng: random.Random) -> list[dict[str, Any]]:
    rows = []
    for m in notice.milestones:
        if m.scope == "unit":
            due = m.deadline.fixed() or (m.deadline.occurrences(later(as_of, days=-92), as_of) or [later(as_of, days=1)])[-1]
            day = later(due, days=-rng.randint(0, 9))
            rows.append({"milestone": m.label, "date": day if day <= as_of else None})
    return rows


def _workbook(layout: Layout, titles: list[str], rows: list[dict[str, Any]]) -> bytes:
    """Return a workbook of one sheet under the headings that the programme's template prints."""
    import xlsxwriter

    made = io.BytesIO()
    columns = [
        c for c, h in layout.columns.items() if c not in layout.unprinted and (not h.unused or c in ("seq", *layout.required))
    ]
    book = xlsxwriter.Workbook(made, {"default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    sheet = book.add_worksheet(layout.label)
    for at, title in enumerate(titles):
        sheet.write(at, 0, title)
    sheet.write_row(len(titles), 0, [layout.columns[c].headings[0] for c in columns])
    for at, row in enumerate(rows, start=1):
        for column, name in enumerate(columns):
            value = at if name == "seq" else row.get(name)
            if value is not None:
                sheet.write(len(titles) + at, column, value)
    book.close()
    return made.getvalue()
