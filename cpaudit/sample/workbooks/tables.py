"""The tables that a province gets, filled in without a mistake; mistakes are put in afterwards."""

from __future__ import annotations

import datetime as dt
import random

from cpaudit.fields import field
from cpaudit.programme import industries, load_programme, units
from cpaudit.programme.calendar import next_working_day
from cpaudit.sample.workbooks.sheets import Cell, Row, Sheet, headings, total_row
from cpaudit.sample.world import LISTED_ON, Plant
from cpaudit.sample.world.measured import Measured, measured_of
from cpaudit.sample.world.options import Option

_DEMONSTRATION = "示范数据，企业均为虚构"
_NOTICE = "冀环科宣函〔2021〕1080号"
_EXPORT = "系统导出/系统导出.csv"
_ROSTERS = {
    "mandatory": ("名单/附件1 强制类企业名单.xlsx", "2021年强制性清洁生产审核强制类企业名单（第二批）"),
    "key_industry": ("名单/附件2 重点行业企业名单.xls", "2021年强制性清洁生产审核重点行业企业名单（第二批）"),
}
#: How each unit sends its tables; xlsx where nothing is said.
_FORMATS = {"chengde": "xls", "hengshui": "xls", "dingzhou": "csv"}
_SHEETS = {"progress": "进度", "unit_work": "辖区工作", "measurements": "指标实测", "options": "方案"}


def build(plants: list[Plant], as_of: dt.date, seed: int, told: dict[str, dt.date] | None = None) -> list[Sheet]:
    """Return every sheet of every file, in the order in which they are written.

    ``told``: unit → the day that its return tells of, of those that are behind.
    """
    rng = random.Random(f"{seed} tables")  # noqa: S311 - a game, not a secret
    sheets = [_roster(roster, [p for p in plants if p.roster == roster]) for roster in _ROSTERS]
    sheets.append(_export(plants, as_of, rng))
    by_unit: dict[str, list[Plant]] = {unit: [] for unit in load_programme("hebei-2021-2").units}
    for plant in plants:
        by_unit[plant.unit].append(plant)
    for unit, mine in by_unit.items():
        sheets += returns(unit, mine, (told or {}).get(unit, as_of), seed)
    return sheets


def returns(unit: str, plants: list[Plant], day: dt.date, seed: int) -> list[Sheet]:
    """Return what a unit sends of its plants on a day."""
    rng = random.Random(f"{seed} {unit} work")  # noqa: S311
    sheets = [_progress(unit, plants, day), _unit_work(unit, day, rng), _measurements(unit, plants, day)]
    return [*sheets, _options(unit, plants, day)]


def _label(column: str, code: str | None, table: str = "plants") -> str:
    codes = field(table, column).codes
    assert isinstance(codes, dict)
    return codes[code] if code else ""


def _roster(roster: str, plants: list[Plant]) -> Sheet:
    file, title = _ROSTERS[roster]
    rows = [
        Row(
            {
                "seq": seq,
                "unit": units()[p.unit].name,
                "county": p.county,
                "name": p.full_name,
                "uscc": p.uscc,
                "industry": industries()[p.industry].label,
                "reasons": "、".join(_label("reasons", r) for r in p.reasons),
                "hazardous_waste_t": p.hazardous_waste_t or _small(p, seq),
                "permit_class": _label("permit_class", p.permit_class),
                "assessor": _label("assessor", p.assessor),
                "authority": _label("authority", p.authority),
                "stricter_level": p.stricter_level,
            },
            p,
        )
        for seq, p in enumerate(plants, start=1)
    ]
    published = f"名单公布日期：{LISTED_ON.year}年{LISTED_ON.month}月{LISTED_ON.day}日"
    titles = [f"附件{1 + list(_ROSTERS).index(roster)}", f"{title}", f"{_DEMONSTRATION}    {published}"]
    notes = ["注：1.“年产危废能力”为环评批复的年产生量。", "2.“从严级别”指其他文件要求达到的更高级别。"]
    return Sheet(file, "Sheet1", "roster", "", headings("roster"), titles, rows, notes)


def _small(plant: Plant, seq: int) -> int | None:
    """Return a capacity below any limit, in whole tonnes; of trades that make waste nothing is said."""
    return None if any(q.role == "hw" for line in plant.lines for q in line.physics.values.values()) else 1 + seq % 37


def _step_cells(plant: Plant, layout_columns: dict[str, str], day: dt.date) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    by = plant.by(day)
    for key in layout_columns:
        kind, _, milestone = key.partition(":")
        reached = by.get(milestone)
        if kind == "event":
            cells[key] = reached.date if reached else None
        elif kind == "result" and reached and reached.passed is not None:
            cells[key] = _label("result", "passed" if reached.passed else "failed", "events")
        elif kind == "score" and reached and reached.score is not None:
            cells[key] = reached.score
    return cells


def _export(plants: list[Plant], as_of: dt.date, rng: random.Random) -> Sheet:
    columns = headings("system_export")
    rows = []
    for p in plants:
        cells: dict[str, Cell] = {
            "record_state": rng.choice(("正常", "正常", "更新")),
            "name": p.full_name,
            "uscc": p.uscc,
            "unit": units()[p.unit].name,
            "county": p.county,
        }
        rows.append(Row(cells | _step_cells(p, columns, as_of), p))
    titles = ["河北省强制性清洁生产审核管理系统 企业进度导出", _DEMONSTRATION]
    return Sheet(_EXPORT, "", "system_export", "", columns, titles, rows, ["注：空白表示尚未办理。"])


def _return(unit: str, layout: str, title: str, rows: list[Row], notes: list[str]) -> Sheet:
    name, kind = units()[unit].name, _FORMATS.get(unit, "xlsx")
    sheet = _SHEETS[layout]
    file = f"上报/{name}/{sheet}.csv" if kind == "csv" else f"上报/{name}.{kind}"
    titles = [f"{name}{title}", f"{_DEMONSTRATION}    填报单位：{name}    依据：{_NOTICE}"]
    return Sheet(file, "" if kind == "csv" else sheet, layout, unit, headings(layout), titles, rows, notes)


def _progress(unit: str, plants: list[Plant], as_of: dt.date) -> Sheet:
    columns = headings("progress")
    rows = []
    sites: dict[str, int] = {}
    for seq, p in enumerate(plants, start=1):
        sites[p.uscc] = sites.get(p.uscc, 0) + 1
        permit_no, standing = f"{p.uscc}{sites[p.uscc]:03d}P", p.standing(as_of)
        cells: dict[str, Cell] = {
            "seq": seq,
            "name": p.full_name,
            "uscc": p.uscc,
            "county": p.county,
            "permit_no": permit_no if p.permit_class != "registered" else None,
            "status": _label("status", standing.status),
            "status_since": standing.since,
            "proof": standing.proof or None,
            "own_deadline": p.deadline(as_of),
            "consultant": (p.consultant or "自行审核") if "registered" in p.by(as_of) else None,
        }
        rows.append(Row(cells | _step_cells(p, columns, as_of), p))
    notes = ["注：1.未办理的节点留空。", "2.停产、搬迁、关闭的企业须填写起始日期和证明材料。"]
    return _return(unit, "progress", "清洁生产审核进度表", rows, notes)


def _unit_work(unit: str, as_of: dt.date, rng: random.Random) -> Sheet:
    rows = []
    for milestone in load_programme("hebei-2021-2").milestones:
        if milestone.scope != "unit":
            continue
        deadline = milestone.deadline.date or as_of
        day = next_working_day(deadline + dt.timedelta(days=rng.choice((-9, -7, -5, -4, -3, -3, -1, 0, 9, 16))))
        number = rng.randint(3, 60)
        done = day <= as_of and not (unit == "xiongan" and milestone.id == "permit_reported")
        document = f"示例函〔{day.year}〕{number}号" if done else None
        rows.append(Row({"milestone": milestone.label, "date": day if done else None, "document": document}))
    return _return(unit, "unit_work", "清洁生产审核辖区工作完成情况", rows, ["注：上报日期以正式来文为准。"])


def _measurements(unit: str, plants: list[Plant], as_of: dt.date) -> Sheet:
    rows = [_measured_row(m) for p in plants for m in measured_of(p, as_of)]
    notes = ["注：1.定性指标填写达到的级别或“是”“否”。", "2.对企业不适用的指标填写“不适用”。"]
    return _return(unit, "measurements", "清洁生产评价指标实测值表", rows, notes)


def _measured_row(m: Measured) -> Row:
    return Row(
        {
            "name": m.plant.full_name,
            "uscc": m.plant.uscc,
            "system": m.system.title,
            "process": m.process,
            "indicator": m.indicator.name,
            "unit_of_measure": m.indicator.unit or None,
            "value:before": m.before,
            "value:after": m.after,
        },
        m.plant,
    )


def _options(unit: str, plants: list[Plant], as_of: dt.date) -> Sheet:
    rows = [_option_row(p, o, as_of) for p in plants if "plan_ready" in p.by(as_of) for o in p.options]
    sheet = _return(unit, "options", "清洁生产方案绩效表", rows, ["注：经济效益为节约能源、原辅料和减少污染治理费用之和。"])
    sheet.rows.append(total_row(sheet))
    return sheet


def _option_row(plant: Plant, option: Option, as_of: dt.date) -> Row:
    cells: dict[str, Cell] = {
        "name_of_plant": plant.full_name,
        "uscc": plant.uscc,
        "number": option.number,
        "name": option.name,
        "class": _label("class", option.kind, "options"),
        "status": _label("status", plant.status_of(option, as_of), "options"),
        "investment_wan_yuan": option.investment,
    }
    return Row(cells | {column: value or None for column, value in option.benefits.items()}, plant)
