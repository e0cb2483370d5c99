"""Benefits as tables ready to show: by status, cost curve, concentration, standard coal, and printed totals that don't hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import benefits as analysis
from cpaudit.analysis.options import concentration, cost_curve, energy
from cpaudit.dataset import dated
from cpaudit.errors import UsageError
from cpaudit.fields import benefits as benefit_fields
from cpaudit.fields import codes, field
from cpaudit.labels import worded
from cpaudit.programme.conventions import conventions
from cpaudit.views.columns import column, columns
from cpaudit.views.page import Column, Table
from cpaudit.views.tables import base as tables
from cpaudit.views.tables.base import basis, demonstration_note, table
from cpaudit.vocabulary import VERIFICATIONS

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.fields import Field

#: How many options say nothing of what a sum or the payback is made of.
UNSTATED = ("no_investment", "no_economic_benefit", "payback_options")
#: What ``by`` can say beyond the groupings of ``tables.benefits``.
KINDS = ("status", "curve", "concentration", "tce", "totals-check")


def benefits(ds: Dataset, by: str, benefit: str = "", power_kgce_per_kwh: float | None = None) -> Table:
    """Return the table that ``by`` names: a grouping, ``option`` or one of ``KINDS``.

    ``benefit`` (a column, label or alias of a benefit; '' for the usual) says what ``curve`` and ``concentration`` are
    about; ``power_kgce_per_kwh`` replaces the factor of electricity in ``tce``.

    Raises:
        UsageError: there is no such benefit.
    """
    match by:
        case "status":
            return by_status(ds)
        case "curve":
            return curve(ds, find_benefit(benefit or "energy_tce"))
        case "concentration":
            return largest(ds, find_benefit(benefit)) if benefit else concentrations(ds)
        case "tce":
            return standard_coal(ds, power_kgce_per_kwh)
        case "totals-check":
            return totals_check(ds)
    return tables.benefits(ds, by)


def find_benefit(text: str) -> str:
    """Return the benefit column that ``text`` names by column, label or alias.

    >>> find_benefit("COD"), find_benefit("节水")
    ('cod_t', 'water_t')

    Raises:
        UsageError: there is none; the sentence lists all.
    """
    wanted = text.strip().casefold()
    for name, f in benefit_fields().items():
        if wanted in (name, f.label.casefold(), *(a.casefold() for a in f.aliases)):
            return name
    known = "、".join(f.label for f in benefit_fields().values())
    raise UsageError(f"没有叫“{text}”的效益；请从下列效益中选择：{known}。")


def by_status(ds: Dataset) -> Table:
    """Return options, investment, payback and every benefit by class and status."""
    frame = worded(analysis.by_status(ds), ds, status=codes("options", "status"))
    cols = columns("class", status=field("options", "status")) | columns("options")
    cols |= {name: _amount(f) for name, f in _amounts().items()} | columns(*UNSTATED)
    cols["payback_years"] = column("payback_years", measure="")  # of options planned, too
    note = f"{_PAYBACK_NOTE}各项效益各按本身单位合计，不相互折算。{_stamp(ds)}"
    return table("options_by_status", f"方案按类型和实施情况（{dated.day(ds)}）", frame, cols, note)


def curve(ds: Dataset, benefit: str) -> Table:
    """Return the implemented options that bring a benefit, the cheapest per unit first."""
    f = benefit_fields()[benefit]
    if benefit not in cost_curve.amounts():
        raise UsageError(f"“{f.label}”是金额，不能计算单位成本；请换一项效益。")
    per = (f.unit or "").removesuffix("/a")
    frame = worded(cost_curve.curve(ds, benefit), ds).rename(columns={"name": "title", "plant_name": "name"})
    cols = columns("name", "unit", "number", title=field("options", "name")) | columns("class", "investment_wan_yuan")
    cols["quantity"] = _amount(f)
    cols["unit_cost"] = Column("单位投资", "number", f"万元/({per}/a)", 4)
    cols["cumulative_quantity"] = Column(f"累计{f.label}", "number", f.unit or "", 2)
    cols |= columns("cumulative_investment_wan_yuan", "other_benefits")
    missing = cost_curve.left_out(ds, benefit)
    note = (
        "单位投资＝投资÷年效益量（静态，不折现，不计运行费用和收益），按由低到高排列；只计已实施的方案。"
        "一项方案兼有几项效益的，投资不分摊，全部计入本曲线，因此不同效益的曲线不能相加。"
    )
    note += f"另有 {missing} 项没有填写投资，未列入。" if missing else ""
    return table(f"curve_{benefit}", f"{f.label}边际成本曲线（{dated.day(ds)}）", frame, cols, note + _stamp(ds))


def concentrations(ds: Dataset) -> Table:
    """Return how the investment and each benefit spread over the plants."""
    frame = concentration.summary(ds)
    amounts = _amounts()
    frame["measure"] = [amounts[a].unit or "" for a in frame["amount"]]
    frame["amount"] = [amounts[a].label for a in frame["amount"]]
    cols = columns("amount", "measure", "plants", "total", "median", "largest", "top1_pct", "top5_pct", "top10_pct")
    cols |= columns("plants_for_80", "gini")
    note = (
        "只计已实施方案中该项大于 0 的企业；“占八成的企业”为由大到小累计达到合计 80% 的家数；基尼系数 0 为平均、接近 1 为集中。"
        f"有该项的企业不超过 {conventions().bulletin.small_unit} 家的，谈不上集中，不列比例。"
    )
    return table("concentration", f"投资与效益的集中程度（{dated.day(ds)}）", frame, cols, note + _stamp(ds))


def largest(ds: Dataset, benefit: str) -> Table:
    """Return the plants that make 80 % of a benefit, the largest first."""
    f = benefit_fields()[benefit]
    every = concentration.lorenz(ds, benefit)
    frame = worded(every[every["among_most"]], ds).rename(columns={"plant_name": "name"})
    cols = {**columns(rank="order"), **columns("name", "unit", "industry"), "quantity": _amount(f)}
    cols |= columns("share_pct", "cumulative_pct")
    title = f"{f.label}：{len(frame)} 家占合计的八成（共 {len(every)} 家有该项效益）"
    if concentration.few(len(every)):
        frame, title = worded(every, ds).rename(columns={"plant_name": "name"}), f"{f.label}的集中程度"
        cols = {name: column for name, column in cols.items() if not name.endswith("_pct") and name != "rank"}
        title += f"：有该项效益的企业只有 {len(every)} 家，谈不上集中" if len(every) else ""
    return table(f"largest_{benefit}", title, frame, cols, f"只计已实施的方案，数据日期 {dated.day(ds)}。{_stamp(ds)}")


def standard_coal(ds: Dataset, power_kgce_per_kwh: float | None = None) -> Table:
    """Return reported and computed standard coal by unit, side by side."""
    frame = worded(energy.computed(ds, "unit", power_kgce_per_kwh=power_kgce_per_kwh), ds)
    each = energy.tce_per_unit(power_kgce_per_kwh)
    cols = {**columns("unit", "options"), "energy_tce": Column("填报的综合节能", "number", "tce/a", 2)}
    for name in each:
        cols[name] = _amount(benefit_fields()[name])
        cols |= columns(f"{name}_tce")
    cols |= columns("computed_tce", "overlap")
    title = f"节能量：填报与折算对照（{dated.day(ds)}）"
    return table("standard_coal", title, frame, cols, _factor_note(power_kgce_per_kwh) + _stamp(ds))


def _factor_note(power: float | None) -> str:
    known = energy.factors()
    said, notes = [], []
    for saved, use in known.uses.items():
        factor = known.factors[use.factor]
        if saved == energy.ELECTRICITY and power is not None:
            said.append(f"电力 {power:g} kgce/kWh（使用者给定）")
            continue
        notes.append(use.note)
        said.append(f"{factor.label} {factor.value:.4f} {factor.per}（{factor.clause}，{VERIFICATIONS[factor.status]}）")
    return (
        f"折算的标准煤由节煤、节电按 {known.source}折算：{'、'.join(said)}。{'；'.join(notes)}。"
        "折算数与填报数并列对照，不相加：同一项节约可能两处都填。只计已实施的方案。"
    )


def totals_check(ds: Dataset) -> Table:
    """Return the printed totals that differ from the sum of their rows."""
    frame = analysis.totals_check(ds)
    amounts = _amounts()
    frame["measure"] = [amounts[a].unit or "" for a in frame["amount"]]
    frame["amount"] = [amounts[a].label for a in frame["amount"]]
    frame = worded(frame, ds)
    cols = columns("unit", "amount", "measure", "printed", "computed", "difference", "difference_pct")
    note = "各行相加为从该表读入的全部方案之和，不分实施情况；本工作台的汇总一律用各行相加，不用表中合计。"
    return table(
        "totals_check",
        f"表中合计与各行相加不符（{dated.day(ds)}）",
        frame,
        {**cols, **columns("file", "sheet", "cell")},
        note + _stamp(ds),
        "没有发现表中合计与各行相加不符。",
    )


_PAYBACK_NOTE = "静态投资回收期＝投资÷年经济效益，只计两者都填报的方案。"


def _amounts() -> dict[str, Field]:
    return {"investment_wan_yuan": field("options", "investment_wan_yuan"), **benefit_fields()}


def _amount(f: Field) -> Column:
    return Column(f.label, "number", f.unit or "", 2)


def _stamp(ds: Dataset) -> str:
    return basis(ds.programme.summary.clause) + demonstration_note(ds)
