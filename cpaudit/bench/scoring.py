"""Scoring, measured: the province at once, the slider, large files; beside a naive and a dense way."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import startup
from cpaudit.bench.common import Result, Scratch, interleaved

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["plant_id", "system", "process", "period"]
_SMALL, _LARGE = 1_200_000, 30_000_000


def measure(scratch: Scratch) -> list[Result]:
    """Measure all of it; every way to score is first held to give the same levels, the lowest and the highest possible."""
    small, large = _file(scratch.folder / "small.parquet", _SMALL), _file(scratch.folder / "large.parquet", _LARGE)
    times = [_apart(small, how) for how in ("engine", "dense", "scan")]
    big = _apart(large, "engine")
    engine, dense, scan = times
    if engine["levels"] != dense["levels"]:
        raise AssertionError("the engine and the dense way give different levels")
    exponent = math.log(big["seconds"] / engine["seconds"]) / math.log(_LARGE / _SMALL)
    floor = f"只扫描一遍文件为其 {scan['seconds'] / engine['seconds']:.0%}"
    return [
        *_province(scratch),
        Result(
            "scoring.vs_dense",
            engine["seconds"] / dense["seconds"],
            "倍",
            "≤ 2",
            f"120 万行 Parquet，与手写的稠密数组算法相比，级别逐一相同；{floor}",
        ),
        Result("scoring.exponent", exponent, "", "≤ 1.1", "120 万行到 3000 万行，用时随行数增长的指数"),
        Result("scoring.peak_gb", big["peak_gb"], "GB", "≤ 8", "3000 万行评分进程的内存峰值"),
    ]


def _province(scratch: Scratch) -> list[Result]:
    from cpaudit import indicators
    from cpaudit.analysis import attainment
    from cpaudit.indicators.standing.scorer import Scorer

    ds, measured = scratch.ds, scratch.ds.measurements
    scorer = Scorer(measured)

    def whole() -> None:
        indicators.score(measured)
        indicators.explain(measured)
        attainment.targets(ds.at(ds.as_of))  # a new object: nothing remembered from the last round

    def what_if() -> None:
        for block in scorer.blocks.values():
            block.changed(slice(None), 0, 1.0).scores()

    naive = _naive(measured)
    ours = indicators.score(measured)
    if naive[["level", "highest"]].to_numpy().tolist() != _ends(ours).to_numpy().tolist():
        raise AssertionError("the naive way and the engine give different levels")
    all_, slider, alone = interleaved(15, whole, what_if, lambda: indicators.score(measured))
    start = time.perf_counter()
    _naive(measured)
    slow = time.perf_counter() - start
    size = f"{ds.plants.shape[0]} 家、{len(measured)} 个实测值"
    return [
        Result("scoring.province_ms", all_ * 1000, "ms", "≤ 50", f"{size}，评分、逐项解释、判定达标各一遍；15 次中位数"),
        Result("scoring.what_if_ms", slider * 1000, "ms", "≤ 5", f"{size}，各体系改一项指标后全部重算；15 次中位数"),
        Result(
            "scoring.vs_groupby_apply", slow / alone, "倍", "≥ 20", f"{size}，pandas groupby-apply 用时与本引擎之比，级别逐一相同"
        ),
    ]


def _ends(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the levels with all that is missing taken as not met, and as met, as the other ways compute them; 0: none."""
    judged = scores["highest"].notna()
    ends = {"level": scores["level"].astype("float64").fillna(4).where(judged, 0), "highest": scores["highest"].fillna(0)}
    return scores[[]].assign(**ends).astype(int)


def _naive(measured: pd.DataFrame) -> pd.DataFrame:
    """Score the way a script would: group by group in pandas."""
    import pandas as pd

    from cpaudit.indicators import indicator_table

    table = indicator_table()
    table = table[table["scorable"]]
    units = measured[_KEYS].drop_duplicates().merge(table, on="system")
    rows = units.merge(measured[[*_KEYS, "indicator", "value", "state"]], on=[*_KEYS, "indicator"], how="left")
    rows = rows[rows["state"] != "not_applicable"]

    def met(rows: pd.DataFrame, k: int, hoped: bool) -> pd.Series:
        value, asked = rows["value"].where(rows["state"] == "reported"), rows[f"baseline_{k}"]
        slack = 1e-9 * asked.abs().clip(lower=1)
        lower = (value < asked) if rows["strict"].iloc[0] else (value <= asked + slack)
        higher = (value > asked) if rows["strict"].iloc[0] else (value >= asked - slack)
        return (lower if rows["lower_is_better"].iloc[0] else higher) | (asked.isna() & value.notna()) | (value.isna() & hoped)

    def unit(rows: pd.DataFrame, hoped: bool) -> int:
        if not rows["weighted"].iloc[0]:
            return 0
        flags = {k: pd.concat([met(one, k, hoped) for _, one in rows.groupby(["strict", "lower_is_better"])]) for k in (1, 2, 3)}
        for k in (1, 2, 3):
            index = whole = 0.0
            for _, group in rows.groupby("group"):
                share = group["weight"][flags[k][group.index]].sum() / group["weight"].sum()
                index += group["group_weight"].iloc[0] * share
                whole += 0 if group["bonus"].iloc[0] else group["group_weight"].iloc[0]
            limiting = rows["limiting"] & ~rows["bonus"]
            if (
                round(min(index / whole, 1) * 1e4, 6) >= rows[f"min_index_{k}"].iloc[0]
                and flags[rows[f"limiting_at_{k}"].iloc[0]][limiting].all()
            ):
                return k
        return 4

    each = rows.groupby(_KEYS, sort=True)[rows.columns.to_list()]
    return pd.DataFrame({"level": each.apply(unit, hoped=False), "highest": each.apply(unit, hoped=True)}).reset_index()


def _file(path: Path, rows: int) -> Path:
    """Write about so many measurements: all systems with weights, values around their benchmarks, many exactly on one."""
    import numpy as np
    import polars as pl
    import pyarrow.parquet as pq

    from cpaudit.indicators import indicator_table

    table = pl.from_pandas(indicator_table()).filter("weighted", "scorable").select("system", "indicator", "baseline_2")
    systems = table["system"].unique(maintain_order=True)
    plants = min(rows, _SMALL) * len(systems) // (2 * len(table))
    rng = np.random.default_rng(1080)
    writer = None
    for part in range(rows // min(rows, _SMALL)):
        ids = pl.DataFrame(
            {
                "plant_id": [f"{part:03}{n:09}" for n in range(plants)],
                "system": [systems[n % len(systems)] for n in range(plants)],
            }
        )
        long = ids.join(pl.DataFrame({"period": ["before", "after"]}), how="cross").join(table, on="system")
        factor = rng.choice([0.7, 0.9, 1.0, 1.0, 1.1, 1.3], len(long))
        state = rng.choice(["reported", "missing", "not_applicable"], len(long), p=[0.92, 0.02, 0.06])
        long = long.with_columns(
            process=pl.lit("全厂"), state=pl.Series(state), value=pl.col("baseline_2").fill_null(1.0) * pl.Series(factor)
        )
        long = long.with_columns(value=pl.when(pl.col("state") == "reported").then("value"))
        arrow = long.select(*_KEYS, "indicator", "value", "state").to_arrow()
        writer = writer or pq.ParquetWriter(path, arrow.schema)
        writer.write_table(arrow)
    if writer:
        writer.close()
    return path


def _apart(path: Path, how: str) -> dict[str, Any]:
    """Run one way in a process of its own, twice: {seconds (of the second run), peak_gb, levels (of each pair of ends)}."""
    run = subprocess.run(  # noqa: S603 - our own module
        startup.command("cpaudit.bench.scoring", str(path), how), capture_output=True, text=True, check=True
    )
    return dict(json.loads(run.stdout))


def _dense(path: Path) -> list[int]:
    """Score the way one would by hand: dictionary codes into dense arrays, system by system."""
    import numpy as np
    import pyarrow.parquet as pq

    from cpaudit.indicators.definition.catalogue import systems
    from cpaudit.indicators.expression.frames import prepare
    from cpaudit.indicators.standing.blocks import Block, forms_of

    forms = forms_of(prepare(list(systems().values())))
    names = [*_KEYS, "indicator", "state"]
    table = pq.read_table(path, read_dictionary=names).unify_dictionaries().combine_chunks()
    code, words = {}, {}
    for name in names:
        column = table[name].chunk(0)
        code[name], words[name] = column.indices.to_numpy(), column.dictionary.to_pylist()
    unit = np.zeros(len(table), dtype=np.int64)
    for name in _KEYS:
        unit = unit * len(words[name]) + code[name]
    order = np.unique(unit, return_inverse=True)[1]
    value = table["value"].to_numpy()
    known = np.array([{"reported": 0, "missing": 1, "not_applicable": 2}[s] for s in words["state"]], dtype=np.int8)[
        code["state"]
    ]
    counts = np.zeros(25, dtype=np.int64)
    for s, name in enumerate(words["system"]):
        form, mine = forms[name], np.flatnonzero(code["system"] == s)
        at = np.array([form.position.get(i, -1) for i in words["indicator"]])[code["indicator"][mine]]
        rows, row = np.unique(order[mine], return_inverse=True)
        values, states = np.full((len(rows), len(form.rows)), -np.inf), np.full((len(rows), len(form.rows)), 1, dtype=np.int8)
        states[row, at] = known[mine]
        values[row, at] = np.where(known[mine] == 0, value[mine] * form.sign[at], -np.inf)
        hopes = np.where(states == 1, np.inf, values)
        lowest, highest = (ends["level"] for ends in Block(form, [], values, states, hopes).ends())
        counts += np.bincount(lowest.astype(np.int64) * 5 + highest, minlength=25)
    return [int(n) for n in counts]


def _main(path: Path, how: str) -> None:
    import resource

    import polars as pl

    from cpaudit.indicators import score

    def engine() -> list[int]:
        ends = _ends(score(pl.scan_parquet(path)))
        return [int(n) for n in (ends["level"] * 5 + ends["highest"]).value_counts().reindex(range(25), fill_value=0)]

    def scan() -> list[int]:
        pl.scan_parquet(path).select(pl.all().null_count()).collect()
        return []

    run = {"engine": engine, "dense": lambda: _dense(path), "scan": scan}[how]
    seconds = []
    levels: list[int] = []
    for _ in range(2 if path.stem == "large" else 4):
        start = time.perf_counter()
        levels = run()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"seconds": statistics.median(seconds[1:]), "peak_gb": peak, "levels": levels}))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
