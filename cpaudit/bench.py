"""Benchmarks: what a step costs as a ratio to its floor and to a peer in the same run, and how long an answer takes."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Table


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement: ``value`` in ``unit`` (倍; ms where a person waits), the goal, and how it was measured."""

    name: str
    value: float
    unit: str
    goal: str
    how: str


def run(names: Sequence[str] = ()) -> list[Result]:
    """Run the benchmarks named (none: all) on a fresh sample programme.

    Raises:
        UsageError: there is no benchmark of that name.
    """
    wrong = [n for n in names if n not in _BENCHMARKS]
    if wrong:
        raise UsageError(f"没有名为“{wrong[0]}”的测速项目；可选 {'、'.join(_BENCHMARKS)}。")
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(Path(folder))
        return [result for name in names or _BENCHMARKS for result in _BENCHMARKS[name](place)]


def table(results: list[Result]) -> Table:
    """Return the results as a table to show."""
    import pandas as pd

    from cpaudit.views.page import Column, Table

    cols = {"name": Column("项目"), "value": Column("结果", "number", decimals=2), "unit": Column("单位")}
    cols |= {"goal": Column("目标"), "how": Column("量法")}
    return Table("bench", "测速结果", pd.DataFrame([asdict(r) for r in results]), cols)


def to_json(results: list[Result]) -> bytes:
    """Return a list of {name, value, unit, goal, how}."""
    return (json.dumps([asdict(r) for r in results], ensure_ascii=False, indent=1) + "\n").encode()


class _Place:
    """The sample programme in a scratch folder, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ds: Dataset | None = None

    @property
    def raw(self) -> Path:
        from cpaudit import sample

        target = self.folder / "raw"
        if not target.exists():
            sample.write(target)
        return target

    @property
    def warehouse(self) -> Path:
        import datetime as dt

        from cpaudit import loaders

        target = self.folder / "warehouse"
        if not target.exists():
            loaders.load([self.raw], warehouse=target, programme="hebei-2021-2", as_of=dt.date(2022, 11, 15))
        return target

    @property
    def ds(self) -> Dataset:
        from cpaudit.dataset import Dataset

        if self._ds is None:
            self._ds = Dataset.open(self.warehouse)
        return self._ds


def _ratios(n: int, *calls: Callable[[], Any]) -> list[float]:
    """Return the median seconds of each call; all run interleaved, one warm-up each."""
    times: list[list[float]] = [[] for _ in calls]
    for round_ in range(n + 1):
        for call, seen in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            if round_:
                seen.append(time.perf_counter() - start)
    return [statistics.median(seen) for seen in times]


def _load(place: _Place) -> list[Result]:
    import datetime as dt
    import shutil

    import pandas as pd

    from cpaudit import loaders

    sent = place.folder / "large"
    if not sent.exists():
        shutil.copytree(place.raw / "名单", sent)
        _options_workbook(sent / "方案.xlsx", place.ds, rows=50_000)

    def ours() -> None:
        found = loaders.read([sent], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15))
        assert len(found.frames["options"]) > 49_000

    low, mine = _ratios(1, lambda: pd.read_excel(sent / "方案.xlsx", engine="openpyxl"), ours)
    how = "读取并检查 5 万行方案（含名单核对和出处），与 pandas.read_excel（openpyxl）只读出同一张表相比；预热后 1 次"
    return [Result("load.vs_read_excel", mine / low, "倍", "≤ 0.5", how)]


def _options_workbook(path: Path, ds: Dataset, rows: int) -> None:
    """Write a workbook with so many options of the plants, every column filled."""
    import random

    import xlsxwriter

    from cpaudit.loaders.layouts import layouts

    rng = random.Random(1)  # noqa: S311 - figures, not secrets
    plants = ds.plants[["name", "uscc"]].fillna("").values.tolist()
    headings = [column.headings[0] for column in layouts()["options"].columns.values()]
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("方案")
    sheet.write_row(0, 0, headings)
    for at in range(rows):
        name, uscc = plants[at % len(plants)]
        texts = [name, uscc, f"ZG{at // len(plants) + 1}", f"方案{at}", "中/高费", "已实施"]
        sheet.write_row(at + 1, 0, texts + [round(rng.uniform(1, 100), 2) for _ in headings[len(texts) :]])
    book.close()


def _planted(place: _Place) -> list[Result]:
    """How many of the planted mistakes are found, and how many of the errors and doubts told were planted."""
    from collections import Counter

    truth = json.loads((place.raw / "truth.json").read_text(encoding="utf-8"))["planted"]
    told = place.ds.problems.fillna("")
    wanted = Counter((p["code"], p["file"], p["sheet"], p["cell"]) for p in truth)
    found = Counter(told[["code", "file", "sheet", "cell"]].itertuples(index=False, name=None))
    # notes say what was done, not that something is wrong; those planted count, the others are no findings
    notes = Counter(told.loc[told["severity"] == "note", ["code", "file", "sheet", "cell"]].itertuples(index=False, name=None))
    right = (wanted & found).total()
    how = f"示范报表中有意放入的 {wanted.total()} 处差错，逐个按问题种类、文件、工作表、单元格核对"
    invented = (found - wanted - notes).total()
    return [
        Result("load.precision", right / (right + invented), "比例", "= 1", f"{how}；报出的错误和疑问中确为放入的"),
        Result("load.recall", right / wanted.total(), "比例", "= 1", f"{how}；放入的差错中报出的"),
    ]


def _scoring(place: _Place) -> list[Result]:
    from cpaudit import indicators

    measurements = place.ds.measurements

    def floor() -> None:
        # the same rows once through a join and a group sum: what any engine must do at least
        from cpaudit.indicators import indicator_table

        joined = measurements.merge(indicator_table(), on=["system", "indicator"], how="inner")
        joined["met"] = joined["weight"] * (joined["value"] <= joined["baseline_3"])
        joined.groupby(["plant_id", "system", "process", "period"], sort=False)["met"].sum()

    low, mine, whole = _ratios(9, floor, lambda: indicators.score(measurements), lambda: indicators.explain(measurements))
    return [
        Result("评分", mine / low, "倍", "≤ 4", "全部企业两个时期评分，与 pandas 一次连接加一次分组求和相比；9 次中位数"),
        Result("逐项解释", whole / low, "倍", "≤ 5", "全部企业逐项解释，与同一下限相比；9 次中位数"),
    ]


def _analysis(place: _Place) -> list[Result]:
    from cpaudit.analysis import attainment, benefits, completeness, progress
    from cpaudit.dataset import Dataset

    def ours() -> None:
        ds = place.ds.at(place.ds.as_of)  # a new object: nothing remembered from the last round
        progress.summary(ds, "unit")
        progress.to_do(ds)
        attainment.plants(ds)
        benefits.totals(ds, "unit")
        completeness.completeness(ds)

    low, mine = _ratios(7, lambda: Dataset.open(place.warehouse), ours)
    return [Result("全部分析", mine / low, "倍", "≤ 20", "进度、待办、达标、效益、完整性各算一遍，与打开快照相比；7 次中位数")]


def _answers_about_progress(place: _Place) -> list[Result]:
    from cpaudit.analysis import bulletin, forecast, funnel, progress

    asked: dict[str, Callable[[Dataset], Any]] = {
        "progress": lambda ds: progress.summary(ds, "unit"),
        "funnel": lambda ds: funnel.funnel(ds, "unit"),
        "to_do": progress.to_do,
        "bulletin": bulletin.bulletin,
        "forecast": forecast.forecast,
    }
    how = "446 家，每次都是新的数据集对象，不用上次记住的结果；7 次中位数"

    def waited(call: Callable[[Dataset], Any]) -> float:
        return 1000 * _ratios(7, lambda: call(place.ds.at(place.ds.as_of)))[0]

    return [Result(f"analysis.{name}_ms", waited(call), "ms", "≤ 100", how) for name, call in asked.items()]


def _lists(place: _Place) -> list[Result]:
    from cpaudit.analysis import benefits, concentration, cost_curve, energy, handover, plausibility, work_summary

    ds = place.ds

    def fresh() -> Dataset:
        return ds.at(ds.as_of)  # a new object: nothing remembered from the last round

    def all_benefits() -> None:
        new = fresh()
        benefits.totals(new, "unit")
        benefits.by_status(new)
        benefits.totals_check(new)
        energy.computed(new, "unit")
        concentration.summary(new)
        cost_curve.curve(new)

    def all_lists() -> None:
        new = fresh()
        for list_id in handover.definitions().lists:
            handover.listing(new, list_id)

    calls = {
        "benefits": (all_benefits, "按单位、实施情况、合计核对、折标煤、集中程度、成本曲线各算一遍"),
        "plausibility": (lambda: plausibility.leads(fresh()), "全部线索"),
        "handover": (all_lists, "五份清单，含进度和达标"),
        "summary": (lambda: work_summary.facts(fresh()), "全部企业合为一份工作总结的全部数字，含进度和达标"),
    }
    seconds = _ratios(5, *(call for call, _ in calls.values()))
    return [
        Result(f"analysis.{name}_ms", mine * 1000, "ms", "≤ 100", f"{len(ds.plants)} 家，{how}；每次用新的数据集对象，5 次中位数")
        for (name, (_, how)), mine in zip(calls.items(), seconds, strict=True)
    ]


def _reports(place: _Place) -> list[Result]:
    from cpaudit import reports, views
    from cpaudit.programme import units
    from cpaudit.render import html

    def floor() -> None:
        for unit in units():
            html.page_document(views.city_report(place.ds, unit))

    def ours() -> None:
        reports.run([], as_of=None, programme=None, warehouse=place.warehouse, out=place.folder / "reports")

    floor()
    low, mine = _ratios(1, floor, ours)
    return [Result("14 份报告", mine / low, "倍", "≤ 5", "papermill 逐份启动内核，与同一进程内只算页面并写成网页相比；1 次")]


def _dashboards(place: _Place) -> list[Result]:
    from cpaudit import serving, views
    from cpaudit.programme import units
    from cpaudit.selection import Selection

    def floor() -> None:
        for selection in (Selection(), *(Selection(units=(u,)) for u in units())):
            views.progress_page(place.ds, selection)

    low, mine = _ratios(3, floor, lambda: serving.export(place.ds, place.folder / "dashboards"))
    return [Result("导出看板", mine / low, "倍", "≤ 2", "导出全省和 14 个单位的静态看板，与只算页面相比；3 次中位数")]


_BENCHMARKS: dict[str, Callable[[_Place], list[Result]]] = {
    "load": lambda place: [*_load(place), *_planted(place)],
    "scoring": _scoring,
    "analysis": lambda place: [*_analysis(place), *_answers_about_progress(place), *_lists(place)],
    "reports": _reports,
    "dashboards": _dashboards,
}
