"""Loading, measured: a workbook of 50,000 rows beside pandas, and how many of the planted mistakes are found."""

from __future__ import annotations

import itertools
import json
import os
from typing import TYPE_CHECKING, Any

from cpaudit.bench import many_files
from cpaudit.bench.common import Result, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cpaudit.dataset import Dataset

    Cell = str | float

#: How many rows the large sheets have.
_ROWS = 50_000


def measure(scratch: Scratch) -> list[Result]:
    """Measure speed, precision and recall."""
    return [*_large(scratch), *_many(scratch), *_planted(scratch)]


def _large(scratch: Scratch) -> list[Result]:
    worse = max(
        _beside_pandas(scratch, *sheet) for sheet in (("方案", "options", _options), ("指标实测", "measurements", _measured))
    )
    how = (
        "读取并检查 5 万行方案、5 万行指标实测（含名单核对和出处），各与 pandas.read_excel（openpyxl）只读出同一张表相比，"
        "取较慢的一个；处理器时间，交替 2 轮各取最快的 1 次"
    )
    return [Result("load.vs_read_excel", worse, "倍", "≤ 0.6", how)]


def _many(scratch: Scratch) -> list[Result]:
    import datetime as dt

    from cpaudit import loaders

    few, many = many_files.folders(scratch)

    def seconds(folder: Path) -> float:
        return _seconds(lambda: loaders.read([folder], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15)))

    rounds = [(seconds(many), seconds(few)) for _ in range(4)][1:]
    ratio = min(mine for mine, _ in rounds) / min(low for _, low in rounds)
    how = (
        f"示范数据 14 个上报单位的报表分成 {many_files.MANY} 个小文件读取并检查，与同样的行写在 14 个文件里相比（都含名单）；"
        "处理器时间，交替 3 轮各取最快的 1 次"
    )
    return [Result("load.many_files", ratio, "倍", "≤ 1.5", how)]


def _beside_pandas(scratch: Scratch, name: str, layout: str, rows: Callable[[Dataset], Iterator[list[Cell]]]) -> float:
    """Return how many times as long a load of the rosters and one large sheet takes as pandas takes for the sheet alone."""
    import datetime as dt
    import shutil

    import pandas as pd

    from cpaudit import loaders

    sent = scratch.folder / f"large_{layout}"
    if not sent.exists():
        shutil.copytree(scratch.raw / "名单", sent)
        _workbook(sent / f"{name}.xlsx", layout, itertools.islice(rows(scratch.ds), _ROWS))

    def ours() -> None:
        found = loaders.read([sent], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15))
        assert len(found.frames[layout]) > 0.98 * _ROWS

    def theirs() -> None:
        pd.read_excel(sent / f"{name}.xlsx", engine="openpyxl")

    rounds = [(_seconds(ours), _seconds(theirs)) for _ in range(2)]
    return min(mine for mine, _ in rounds) / min(low for _, low in rounds)


def _seconds(call: Callable[[], object]) -> float:
    """Return the processor's seconds, those of the processes that open files included; others at work change them little."""
    from cpaudit.loaders.opening import workers

    workers.close()  # a process counts once it has ended
    start = sum(os.times()[:4])
    call()
    workers.close()
    return sum(os.times()[:4]) - start


def _workbook(path: Path, layout: str, rows: Iterator[list[Cell]]) -> None:
    import xlsxwriter

    from cpaudit.loaders.sheets.layouts import layouts

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet(path.stem)
    sheet.write_row(0, 0, [column.headings[0] for column in layouts()[layout].columns.values()])
    for at, row in enumerate(rows, start=1):
        sheet.write_row(at, 0, row)
    book.close()


def _options(ds: Dataset) -> Iterator[list[Cell]]:
    """Yield options of the plants without end, every column filled."""
    import random

    from cpaudit.loaders.sheets.layouts import layouts

    rng = random.Random(1)  # noqa: S311 - figures, not secrets
    plants = ds.plants[["name", "uscc"]].fillna("").to_numpy().tolist()
    amounts = len(layouts()["options"].columns) - 6
    for at in itertools.count():
        name, uscc = plants[at % len(plants)]
        texts = [name, uscc, f"ZG{at // len(plants) + 1}", f"方案{at}", "中/高费", "已实施"]
        yield [*texts, *(round(rng.uniform(1, 100), 2) for _ in range(amounts))]


def _measured(ds: Dataset) -> Iterator[list[Cell]]:
    """Yield what the sample's plants measured, line by line without end; two values a row."""
    from cpaudit.indicators import systems
    from cpaudit.vocabulary import LEVELS

    words = {"level": dict(LEVELS), "yes_no": {1: "是", 0: "否"}}
    inputs = {(s.id, i.id): (s.title, i) for s in systems().values() for i in s.inputs()}
    values = ds.measurements[ds.measurements["state"] == "reported"]
    pairs = values.set_index(["plant_id", "system", "process", "indicator", "period"])["value"].unstack().dropna()
    plants = ds.plants.set_index("plant_id")[["name", "uscc"]].fillna("")
    rows = []
    for (plant, system, process, asked), before, after in pairs[["before", "after"]].itertuples(name=None):
        title, about = inputs[system, asked]
        written = [words[about.answer][int(v)] if about.answer in words else v for v in (before, after)]
        rows.append([[*plants.loc[plant], title, process], [about.name, about.unit, *written]])
    for line in itertools.count(1):
        for (*plant, process), answers in rows:
            yield [*plant, f"{process}{line}线", *answers]


def _planted(scratch: Scratch) -> list[Result]:
    """How many of the planted mistakes are told where they stand, and how many of the errors and doubts told were planted.

    Held by place alone: what plants them shares no word with what reads them.
    """
    truth = json.loads((scratch.raw / "truth.json").read_text(encoding="utf-8"))["planted"]
    told = scratch.ds.problems.fillna("").to_dict("records")
    places = {place for problem in told for place in _places(problem).items()}
    known = {(p["within"], _places(p)[p["within"]]) for p in truth if p["expect"] != "left"}
    wanted = [(p["within"], _places(p)[p["within"]]) for p in truth if p["expect"] == "found"]
    right = sum(place in places for place in wanted)
    extra = sum(p["severity"] != "note" and not known & set(_places(p).items()) for p in told)
    how = f"示范报表中有意放入、应当查出的 {len(wanted)} 处差错，由与读取程序没有共同词表的部分放入，按所在单元格（行、文件）核对"
    return [
        Result("load.open_precision", right / (right + extra), "比例", "≥ 0.95", f"{how}；报出的错误和疑问中确为放入的"),
        Result("load.open_recall", right / len(wanted), "比例", "≥ 0.95", f"{how}；放入的差错中报出的"),
    ]


def _places(at: dict[Any, Any]) -> dict[str, tuple[str, ...]]:
    """Return the place of something said, from the very cell to the whole file."""
    file, sheet, cell = at["file"], at["sheet"], at["cell"]
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return {"cell": (file, sheet, cell), "row": (file, sheet, row), "sheet": (file, sheet), "file": (file,)}
