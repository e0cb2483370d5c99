"""Loading, measured: a workbook of 50,000 rows beside pandas, and how many of the planted mistakes are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.bench.common import Place, Result, interleaved

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


def measure(place: Place) -> list[Result]:
    """Measure speed, precision and recall."""
    return [*_large(place), *_planted(place)]


def _large(place: Place) -> list[Result]:
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

    low, mine = interleaved(1, lambda: pd.read_excel(sent / "方案.xlsx", engine="openpyxl"), ours)
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


def _planted(place: Place) -> list[Result]:
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
