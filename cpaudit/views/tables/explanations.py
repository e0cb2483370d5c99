"""Levels as tables, and what stands behind one plant's: item by item, what stops a better one, the cheapest way, what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit import indicators
from cpaudit.analysis.basis.standing import scorer
from cpaudit.fields import codes, field, labels
from cpaudit.labels import usual, worded
from cpaudit.views import readings
from cpaudit.views.columns import column, columns
from cpaudit.views.page import Column
from cpaudit.views.tables.base import table
from cpaudit.views.yes_no import answered
from cpaudit.vocabulary import LEVELS, VERIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.indicators import Scorer
    from cpaudit.views.page import Table

_KINDS = labels("kind", "limiting")
_NO_INDEX = "没有可用的综合评价指数，或已达到该级。"
_UNIT = ["plant_id", "system", "process", "period"]
_PROVED = (
    "级别是填报的数据足以证明的；缺失的数据可能使其达到Ⅲ级的，不说未达Ⅲ级，为无法判定。"
    "最高可能级别：缺失的全部满足时的级别。各指数中，缺失的不得分。"
)


def scores(ds: Dataset, plant_id: str | None = None) -> Table:
    """Return index and level of each plant, process and period."""
    names = ds.plants.set_index("plant_id")["name"]
    frame = scorer(ds).of(plant_id).scores()
    frame["name"] = frame["plant_id"].map(names)
    frame["lacking"] = _lacking(scorer(ds).of(plant_id), frame)
    frame = worded(frame.rename(columns={"status": "verification"}), system=_system_titles())
    frame["level"] = frame["level"].fillna("无法判定")
    cols = columns("name", "system", "process", "period", "index_1", "index_2", "index_3", "level", "highest")
    cols |= {**columns("n_indicators", "n_missing", "n_not_applicable"), "lacking": Column("级别取决于（企业尚未填报）")}
    return table("scores", "综合评价指数与级别", frame, cols, _PROVED)


def _lacking(ready: Scorer, levels: pd.DataFrame) -> list[str]:
    """Say of each row of scores what is missing that its level depends on."""
    found = indicators.deciding(ready)
    names: dict[Any, list[str]] = {}
    unsure: dict[Any, int] = {}
    for *unit, name, decides, certain in found[[*_UNIT, "name", "decides", "certain"]].itertuples(index=False, name=None):
        names.setdefault(tuple(unit), []).extend([name] if decides else [])
        unsure[tuple(unit)] = unsure.get(tuple(unit), 0) + (not certain)
    said = []
    for *key, missing in levels[[*_UNIT, "n_missing"]].itertuples(index=False, name=None):
        each = "、".join(names.get(tuple(key), []))
        said.append(each + (f"（共缺 {missing} 项，未逐一核实）" if unsure.get(tuple(key)) else ""))
    return said


def explanation(ds: Dataset, plant_id: str, period: str, below: int | None = None) -> Table:
    """Return one plant's indicators with values, benchmarks and points; ``below`` keeps those that miss that level."""
    frame = indicators.explanations(scorer(ds).of(plant_id, period)).sort_values(["system", "process", "order"])
    used = sorted({VERIFICATIONS[indicators.find_system(s).status] for s in frame["system"].unique()})
    if below:
        frame = frame[(frame["level_met"] > below).fillna(False) | (frame["counts"] & (frame["state"] == "missing"))]
    frame["state"] = frame["state"].map(codes("measurements", "state"))
    frame["limiting"] = frame["limiting"].map({True: "是", False: ""})
    frame = answered(_checked(frame), "value", "baseline_1", "baseline_2", "baseline_3")
    frame = worded(frame.rename(columns={"unit": "measure"}), system=_system_titles())
    frame["weight"] = frame["weight"] * 100
    cols = {
        **columns("process", "group_name", name="indicator_name"),
        **columns("limiting", "measure", "value", "baseline_1", "baseline_2", "baseline_3", "level_met"),
        "weight": Column("权重", "percent", "%", 2),
        **columns("contribution_1", "contribution_2", "contribution_3", state=field("measurements", "state")),
    }
    return table(
        "explanation",
        f"{_name(ds, plant_id)}（{codes('measurements', 'period')[period]}）逐项评分",
        frame,
        cols,
        f"指标体系核对状态：{'、'.join(used)}。" if used else "",
    )


def obstacles(ds: Dataset, plant_id: str, period: str, level: int) -> Table:
    """Return what keeps a plant from a level: limiting indicators first, then those that cost most points."""
    frame = indicators.obstacles(scorer(ds).of(plant_id, period), level)
    frame["kind"] = frame["kind"].map(_KINDS)
    frame["state"] = frame["state"].map(codes("measurements", "state"))
    frame = worded(answered(_checked(frame), "value", "baseline").rename(columns={"unit": "measure"}))
    frame["limiting"] = frame["limiting"].map({True: "是", False: ""})
    cols = columns("process", kind=usual("kind", code="limiting"), name="indicator_name") | columns("limiting", "measure")
    cols |= columns("value", baseline=f"baseline_{level}") | columns("gap", "gap_pct", "level_met", "lost")
    cols |= columns(state=field("measurements", "state"))
    title = f"{_name(ds, plant_id)}（{codes('measurements', 'period')[period]}）距{LEVELS[level]}的差距"
    return table("obstacles", title, frame, cols, _note(ds, plant_id), empty=_NO_INDEX)


def way_up(ds: Dataset, plant_id: str, period: str, level: int) -> Table:
    """Return the cheapest set of indicators whose improvement brings a plant to a level."""
    found = indicators.ways_up(scorer(ds).of(plant_id, period), level)
    frame = found.steps.copy()
    frame["forced"] = frame["forced"].map({True: "必须达到", False: "取得分数"})
    frame.loc[frame["value"].isna(), "forced"] = "没有实测值，须填报并达到"
    frame["to_level"] = frame["to_level"].map(LEVELS)
    frame["cost"] = frame["cost"] * 100
    frame = worded(answered(_checked(frame), "value", "target").rename(columns={"unit": "measure"}))
    cols = columns("process", name="indicator_name") | columns("measure", "value")
    cols |= {"to_level": column("to_level", kind="text"), **columns("target")}
    cols |= {"cost": column("cost", kind="percent", unit="%", decimals=1), **columns(forced="reason")}
    title = f"{_name(ds, plant_id)}（{codes('measurements', 'period')[period]}）达到{LEVELS[level]}的最小改进"
    rule = "定量指标按与基准值相差的比例计，定性指标每级计 100%，未填报的计 100%（工作台约定）；各组合中总变化最小的一组。"
    return table("way_up", title, frame, cols, rule + _note(ds, plant_id), empty=_way_empty(found.units, level))


def open_levels(ds: Dataset, plant_id: str, period: str) -> Table:
    """Return the levels still possible, whatever the missing answers turn out to be, and which of them decide."""
    import pandas as pd

    mine = scorer(ds).of(plant_id, period)
    bounds, deciding = indicators.bounds(mine), indicators.deciding(mine)
    keys = ["system", "process"]
    bounds = bounds.rename(columns={"n_missing": "missing"}).astype({"missing": "int64"})
    frame = bounds.merge(deciding[[*keys, "name", "decides", "limiting", "certain"]], on=keys, how="left")
    said = frame["decides"].map({True: "决定级别", False: "不影响级别"})
    frame["decides"] = said.mask(frame["certain"].eq(False), "未逐一核实，可能影响级别")
    frame["limiting"] = frame["limiting"].map({True: "是", False: ""})
    frame = worded(_checked(frame))
    frame = frame[frame["missing"] > 0] if len(frame) else pd.DataFrame(columns=[*frame.columns])
    cols = {**columns("process"), **{name: column(name, kind="text") for name in ("lowest", "highest")}}
    cols |= {**columns(missing="n_missing"), "name": Column("未填报的指标"), **columns("limiting")}
    cols["decides"] = Column("对级别的影响")
    title = f"{_name(ds, plant_id)}（{codes('measurements', 'period')[period]}）缺失数据的影响"
    return table("open_levels", title, frame, cols, _note(ds, plant_id), empty="各项指标均已填报，级别确定。")


def _way_empty(units: pd.DataFrame, level: int) -> str:
    if units.empty:
        return "没有该时期的实测数据。"
    return f"已达到{LEVELS[level]}。" if units["reached"].notna().all() else "评价指标体系没有权重，不计算综合评价指数。"


def _system_titles() -> dict[Any, str]:
    return {s.id: s.title for s in indicators.systems().values()}


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` with how far each row's indicator system was held against its official text."""
    return frame.assign(verification=frame["system"].map({s.id: s.status for s in indicators.systems().values()}).astype("str"))


def _name(ds: Dataset, plant_id: str) -> str:
    return str(ds.plants.set_index("plant_id").at[plant_id, "name"])


def _note(ds: Dataset, plant_id: str) -> str:
    """Say it where the systems that the plant is judged by aren't checked against the published text."""
    mine = ds.measurements.loc[ds.measurements["plant_id"] == plant_id, "system"].unique()
    said = readings.unchecked(indicators.find_system(s).status for s in mine)
    return f"{said}，不作为正式结论。" if said else ""
