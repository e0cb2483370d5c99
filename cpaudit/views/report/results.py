"""The sections 达标情况 and 方案与效益: who attains and why the others don't, and what the options cost and bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment, benefits, completeness
from cpaudit.fields import UNREAD, codes
from cpaudit.fields import benefits as benefit_fields
from cpaudit.programme.conventions import conventions
from cpaudit.views import key_figures, parts, readings, unheard
from cpaudit.views.figures import attainment as attainment_figures
from cpaudit.views.figures import benefits as benefit_figures
from cpaudit.views.measured import label, told
from cpaudit.views.report.scope import Scope, beside, each, nothing, said, split
from cpaudit.views.report.work_summary import figure, spoken
from cpaudit.views.tables import annexes

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Block


_CLASSES = (("no_low_cost", "无/低费"), ("medium_high_cost", "中/高费"), (UNREAD, "类型未读懂的"))


def attained(scope: Scope) -> list[Block]:
    """Write the section 达标情况."""
    mine = scope.mine
    if instead := nothing(scope):
        return instead
    if not mine.programme.targets:
        return [*said(readings.UNASKED)]
    row = parts.only(attainment.summary(mine))
    blocks: list[Block] = [*said(verdicts(scope, row) + obstacles(mine, row)), *parts.interpretations(mine)]
    blocks.append(key_figures.of_attainment(mine))
    if row["judged"] + row["cannot_judge"] > 1:
        blocks.append(attainment_figures.attainment_bars(mine, "unit" if scope.trade else "industry"))
    if row["not_attained"] > 1:
        blocks.append(attainment_figures.pareto(mine))
    return [*blocks, annexes.targets_missed(mine), annexes.targets_open(mine)]


def verdicts(scope: Scope, row: dict[str, Any]) -> str:
    """Say how many plants attain their targets, beside the province."""
    if not row["judged"]:
        why = unheard.unsent(scope.mine, "measurements")
        return (why or f"尚无企业可以判定是否达标：{_open(scope.mine, row)}。") if row["plants"] else ""
    text = f"按审核后实测数据，可以判定的 {split(int(row['judged']), int(row['attained']), '达标', '未达标')}"
    if scope.compared and row["judged"] > parts.small_unit():
        whole = parts.only(attainment.summary(scope.whole))
        if any(parts.hangs(int(each["judged"]), int(each["cannot_judge"])) for each in (row, whole)):
            text += f"，{told('attained_pct', row['attained_pct'])}，本{'行业' if scope.trade else '辖区'}或全省无法判定的超过 "
            text += f"{conventions().bulletin.max_silent_pct:g}%，不与全省比较"
        else:
            text += f"，{label('attained_pct')}为 {beside(row['attained_pct'], whole['attained_pct'])}"
    elif not scope.part and row["judged"] > parts.small_unit() and 0 < row["attained"] < row["judged"]:
        text += f"，{told('attained_pct', row['attained_pct'])}"
    return text + (f"；因数据不足等{told('cannot_judge', row['cannot_judge'], '的')}。" if row["cannot_judge"] else "。")


def _open(ds: Dataset, row: dict[str, Any]) -> str:
    """Say why nobody can be judged: values after the audit that nobody sent, or what else there is."""
    there, _ = completeness.with_values(ds)
    why = "数据不足等" if there else "没有审核后的实测数据"
    return f"{why}，{told('cannot_judge', row['cannot_judge'], '的')}" if row["cannot_judge"] else "企业均已退出"


def obstacles(ds: Dataset, row: dict[str, Any]) -> str:
    """Say which indicators stop most of the plants that don't attain, and how many only failed to improve clearly."""
    n = int(row["not_attained"])
    if not n:
        return ""
    found = attainment.stopped(ds)
    unimproved = n - int(found["plant_id"].nunique())
    if unimproved == n:
        return f"未达标的 {n} 家{'' if n == 1 else '均'}为审核前已达到要求级别而{readings.unimproved(ds)}。"
    frame = attainment_figures.stopping(found).head(3)
    named = each([(f"“{r['name']}”", int(r["plants"])) for r in parts.records(frame)])
    stopped = f"未达标的 {n} 家中，{n - unimproved} 家未达到要求的级别" if n > 1 else "未达标的 1 家未达到要求的级别"
    text = f"{stopped}" + (f"，{unimproved} 家审核前已达到而{readings.unimproved(ds)}" if unimproved else "")
    if n > 1:
        return f"{text}；未达到要求级别的指标，涉及企业最多的为{named}。"
    return f"{text}，未达到的指标有{'、'.join(f'“{name}”' for name in frame['name'])}。"


def options(scope: Scope) -> list[Block]:
    """Write the section 方案与效益."""
    mine = scope.mine
    if instead := nothing(scope):
        return instead
    if mine.options.empty:
        return [*said(unheard.unsent(mine, "options") or "没有填报清洁生产方案。")]
    unread = mine.options["status"].eq(UNREAD).any()
    blocks: list[Block] = [
        *said(
            gains(mine) or f"没有{'可以确定' if unread else ''}已实施的方案。",
            savings(mine),
            still_open(mine),
            unheard.without(mine, "options"),
        ),
        key_figures.of_benefits(mine),
    ]
    if (mine.options["status"] == "implemented").any():
        blocks += [benefit_figures.benefit_bars(mine), annexes.benefits_by_class(mine)]
    return [*blocks, annexes.options_by_status(mine)]


def gains(ds: Dataset) -> str:
    """Say how many options are implemented, what they cost and bring in a year; '' where none is."""
    row = parts.only(benefits.totals(ds))
    if not row["options"]:
        return ""
    classes = [(c, int(row[k])) for k, c in _CLASSES if row[k]]
    kinds = each(classes, "项") if len(classes) > 1 else f"{'均' if row['options'] > 1 else ''}为{classes[0][0]}方案"
    who = "该企业" if len(ds.plants) == 1 else f"{row['plants']} 家企业"
    text = f"{who}{told('options_implemented', row['options'])}（{kinds}）"
    for column, words in (
        ("investment_wan_yuan", label("investment_wan_yuan")),
        ("economic_benefit_wan_yuan", "每年产生经济效益"),
    ):
        value = parts.number(row[column])
        text += "" if value is None else f"，{words} {value:,.1f} 万元"
    payback = parts.number(row["payback_years"])
    return f"{text}{'' if payback is None else '，' + told('payback_years', payback)}。{unheard.unstated(row)}"


def savings(ds: Dataset) -> str:
    """Say what the implemented options save and cut in a year, each in its own unit."""
    row = parts.only(benefits.totals(ds))
    stated = [(f, parts.number(row[b])) for b, f in benefit_fields().items() if b != "economic_benefit_wan_yuan"]
    each_one = "、".join(f"{f.label} {figure(value)} {spoken(f.unit or '')}" for f, value in stated if value)
    return f"已实施的方案每年可实现：{each_one}（企业填报，分别合计，不相互折算）。" if each_one else ""


def still_open(ds: Dataset) -> str:
    """Say how many options aren't implemented yet, by status."""
    statuses = codes("options", "status")
    counts = benefits.options(ds)["status"].value_counts()
    rest = [(word, int(counts[s])) for s, word in statuses.items() if s not in ("implemented", UNREAD) and s in counts]
    unread = f"实施情况未读懂的方案 {counts[UNREAD]:,} 项，不计为已实施或未实施。" if UNREAD in counts else ""
    if not rest:
        return unread or "填报的方案已全部实施。"
    kinds = f"（{rest[0][0]}）" if len(rest) == 1 else f"，其中{each(rest, '项')}"
    return f"未实施的方案 {sum(n for _, n in rest):,} 项{kinds}。{unread}"
