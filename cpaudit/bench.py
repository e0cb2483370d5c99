"""Benchmarks: what a step costs as a ratio to its floor and to a peer, measured in the same run, never as bare seconds."""

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
    """One ratio: ``value`` in ``unit`` (倍), the goal it is held against, and how it was measured."""

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

    import openpyxl

    from cpaudit import loaders

    books = sorted(place.raw.rglob("*.xlsx"))

    def floor() -> None:
        for path in books:
            for sheet in openpyxl.load_workbook(path, data_only=True):
                for _ in sheet.iter_rows(values_only=True):
                    pass

    def ours() -> None:
        loaders.read([place.raw], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15))

    low, mine = _ratios(3, floor, ours)
    return [
        Result(
            "读取全部报表",
            mine / low,
            "倍",
            "≤ 2.5",
            "读取并检查 446 家的全部文件，与 openpyxl 只读出其中 xlsx 单元格相比；3 次中位数",
        )
    ]


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
    "analysis": _analysis,
    "reports": _reports,
    "dashboards": _dashboards,
}
