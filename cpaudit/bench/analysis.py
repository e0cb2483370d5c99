"""Analyses, measured: how long each command's answer takes for the whole province, nothing remembered from the last one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit.bench.common import Result, Scratch, interleaved

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset

    Answers = dict[str, tuple[Callable[[Dataset], Any], str]]


def measure(scratch: Scratch) -> list[Result]:
    """Measure each answer on a new data set object."""
    ds = scratch.ds

    def fresh(answer: Callable[[Dataset], Any]) -> Callable[[], Any]:
        return lambda: answer(forgetful(ds))

    answers = {**_progress(), **_lists(), **_pages(ds)}
    seconds = interleaved(7, *(fresh(answer) for answer, _ in answers.values()))
    size = f"{len(ds.plants)} 家；每次用新的数据集对象，7 次中位数"
    return [
        Result(f"analysis.{name}_ms", mine * 1000, "ms", "≤ 100", f"{what}；{size}")
        for (name, (_, what)), mine in zip(answers.items(), seconds, strict=True)
    ]


def forgetful(ds: Dataset) -> Dataset:
    """Return the same data set with nothing derived of it yet; ``at`` and ``select`` would give what is kept."""
    return replace(ds)


def _progress() -> Answers:
    from cpaudit.analysis import bulletin, forecast, funnel, pace, progress, reconcile

    return {
        "progress": (lambda ds: progress.summary(ds, "unit"), "按单位汇总"),
        "funnel": (lambda ds: funnel.funnel(ds, "unit"), "各单位各阶段企业数"),
        "pace": (pace.pace, "与应有进度的距离"),
        "to_do": (progress.to_do, "待办事项"),
        "bulletin": (bulletin.bulletin, "通报，含数据完整性"),
        "forecast": (forecast.forecast, "按期验收的推算"),
        "reconcile": (reconcile.agreement, "线上线下逐项核对，各单位一致率"),
    }


def _lists() -> Answers:
    from cpaudit.analysis import attainment, benefits, handover, plausibility
    from cpaudit.analysis.across import work_summary
    from cpaudit.analysis.options import concentration, cost_curve, energy

    def all_benefits(ds: Dataset) -> None:
        benefits.totals(ds, "unit")
        benefits.by_status(ds)
        benefits.totals_check(ds)
        energy.computed(ds, "unit")
        concentration.summary(ds)
        cost_curve.curve(ds)

    def all_lists(ds: Dataset) -> None:
        for list_id in handover.definitions().lists:
            handover.listing(ds, list_id)

    return {
        "attainment": (lambda ds: attainment.summary(ds, "unit"), "逐条判定并按单位汇总"),
        "benefits": (all_benefits, "按单位、实施情况、合计核对、折标煤、集中程度、成本曲线各算一遍"),
        "plausibility": (plausibility.leads, "全部线索"),
        "handover": (all_lists, "五份清单，含进度和达标"),
        "summary": (work_summary.facts, "工作总结的全部数字，含进度和达标"),
    }


def _pages(ds: Dataset) -> Answers:
    from cpaudit import views
    from cpaudit.analysis.basis import standing

    # The plant with most answers: all sections of its page have something to show.
    plant = str(ds.measurements["plant_id"].value_counts().index[0])
    return {
        "plant_page": (lambda ds: views.plant_page(ds, plant), "实测值最多的一家的一企一档，全页"),
        "preparation": (standing.scorer, "评分的准备，一企一档各节合用一次，各节自备则是八次"),
    }
