"""The engine's frames: the indicator table prepared for comparing, and the words that its expressions share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import unfit
from cpaudit.indicators.definition.model import IndicatorSystem
from cpaudit.indicators.expression.tables import condition_rows, indicator_table

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    import polars as pl

#: A unit of scoring: one plant's process under one system in one period.
KEYS = ["plant_id", "system", "process", "period"]

#: What the engine reads of the measurements.
COLUMNS = [*KEYS, "indicator", "value", "state"]

#: A value this close (relative, absolute below 1) to an inclusive benchmark meets it: 0.1+0.2 is no more than 0.3.
TOLERANCE = 1e-9

LEVELS = (1, 2, 3)

#: Parts of a weight unit; every number stays below 2^53, so that engines which divide as doubles agree.
SCALE = 10**6

#: What is to be written where something else is given as indicators.
_SYSTEMS = '请给评价指标体系，如 [cp.indicators.find_system("demo_cement")]，或 cp.indicators.indicator_table() 改成的表'


@dataclass(frozen=True, eq=False)
class Prepared:
    """Tables that are the same for every plant of one form: a system, or a system at certain parameters (Polars frames).

    ``rows``: :func:`~cpaudit.indicators.indicator_table`.
    ``table``: the same, and sign, bound_1 … bound_3: a signed value meets level k exactly if it is not below bound_k, so
    tolerance, strict comparison, levels that ask for nothing and the cumulative reading of levels are all inside the bound;
    f and g (numbers of form and group); at (position in the form); weight 0 where it can't be scored; counts, limits, asks
    (1/0: it can be scored, and is a limiting or another indicator outside bonus groups); total, counted and shared of its
    group, whole of its form; head (1 for a group's first row).
    ``groups``: f, g, counted (weights that can be scored), total (the same, or what is printed where nothing is shared out),
    group_weight, bonus, shared (1: what doesn't apply is shared out), own_floor and own_ceil (its points if all is met).
    ``rules``: one row per form, what its levels ask, how much there is in all, and full_floor and full_ceil of its groups.
    ``needs``: limiting_1 … others_3 → the levels that the rules of level I, II, III ask of limiting and of other indicators.
    ``conditions``: the comparisons of composite indicators.
    ``parametric``: the systems of which there are several forms.
    """

    rows: pl.DataFrame
    table: pl.DataFrame
    groups: pl.DataFrame
    rules: pl.DataFrame
    needs: dict[str, list[int]]
    conditions: pl.DataFrame
    parametric: tuple[IndicatorSystem, ...] = ()

    def of(self, systems: Collection[str]) -> Prepared:
        """Return the tables of some of the systems; numbers of forms and groups stay."""
        import polars as pl

        rows, table, rules = (f.filter(pl.col("system").is_in(systems)) for f in (self.rows, self.table, self.rules))
        conditions = self.conditions
        return replace(
            self,
            rows=rows,
            table=table,
            groups=self.groups.filter(pl.col("f").is_in(rules["f"].implode())),
            rules=rules,
            needs=_needs(rules),
            conditions=conditions.filter(pl.col("form").is_in(rules["form"].implode())) if len(conditions) else conditions,
            parametric=tuple(s for s in self.parametric if s.id in systems),
        )


def beside(long: nw.LazyFrame[Any], frame: pl.DataFrame) -> nw.LazyFrame[Any]:
    """Return a small Polars frame as a lazy frame of the backend in which ``long`` lives."""
    import narwhals as nw

    kind = long.implementation
    if kind.is_polars():
        return nw.from_native(frame.lazy())
    session = long.to_native().sparkSession if kind.is_pyspark() else None
    if session is not None:
        there: nw.LazyFrame[Any] = nw.from_native(session.createDataFrame(frame.to_arrow()))
        return there
    sent: nw.LazyFrame[Any] = nw.from_native(frame).lazy(backend=kind)
    return sent


def handed_in(indicators: Any) -> pd.DataFrame | list[IndicatorSystem]:
    """Return what is to be scored by: a changed copy of the indicators' table, or systems (one, several, or a mapping of them).

    Raises:
        UsageError: a table holds indicators that depend on parameters or compare several values; only systems can say those.
        UsageError: these are no systems, and no such table.
    """
    if hasattr(indicators, "columns"):
        if "composite" not in indicators or "known" not in indicators:
            raise unfit("参数 indicators ", indicators, _SYSTEMS)
        table: pd.DataFrame = indicators
        if table["composite"].any() or not table["known"].all():
            raise UsageError("指标表写不下条件和参数，请直接给出评价指标体系（indicators=[体系]）。")
        return table
    if isinstance(indicators, IndicatorSystem):
        return [indicators]
    if isinstance(indicators, Mapping):
        indicators = indicators.values()
    several = list(indicators) if isinstance(indicators, Iterable) and not isinstance(indicators, str) else [indicators]
    if (wrong := next((s for s in several if not isinstance(s, IndicatorSystem)), several)) is not several:
        raise unfit("参数 indicators ", wrong, _SYSTEMS)
    return several


def prepare(indicators: Any) -> Prepared:
    """Return the prepared tables of systems, or of a changed copy of their table (:func:`handed_in`).

    Raises:
        UsageError: they are none of these, or none of the systems can be scored.
    """
    import polars as pl

    given = handed_in(indicators)
    if not isinstance(given, list):
        return prepared(pl.from_pandas(given), pl.DataFrame())
    chosen: Sequence[IndicatorSystem] = [s for s in given if not s.stub]
    if not chosen:
        raise UsageError("没有可以评分的评价指标体系，请换一个不是占位的体系。")
    conditions = [row for s in chosen for row in condition_rows(s, {}, s.id)]
    made = prepared(pl.from_pandas(indicator_table(chosen)), pl.DataFrame(conditions))
    return replace(made, parametric=tuple(s for s in chosen if s.parameters))


def prepared(table: pl.DataFrame, conditions: pl.DataFrame) -> Prepared:
    """Return an indicator table with what the engine compares and sums."""
    import polars as pl

    c, rows = pl.col, table
    own = ~c("bonus") & c("scorable")
    if "unreachable" not in table.columns:
        table = rows = table.with_columns(unreachable=pl.lit(False))
    table = table.with_columns(sign=pl.when(c("lower_is_better")).then(-1.0).otherwise(1.0))
    table = table.with_columns(**{f"bound_{k}": _bound(k) for k in LEVELS})
    cumulative = {f"bound_{k}": pl.min_horizontal(*(f"bound_{j}" for j in range(1, k + 1))) for k in LEVELS}
    table = table.with_columns(**cumulative).with_columns(
        **{f"bound_{k}": pl.when("known").then(f"bound_{k}").otherwise(float("inf")) for k in LEVELS},
        weight=pl.when("scorable").then("weight").otherwise(0),
        printed=c("weight"),
        counts=c("scorable").cast(pl.Int64),
        limits=(c("limiting") & own).cast(pl.Int64),
        asks=(~c("limiting") & own).cast(pl.Int64),
        g=pl.struct("form", "group").rank("dense").cast(pl.Int64),
        f=pl.col("form").rank("dense").cast(pl.Int64),
        at=pl.int_range(pl.len()).over("form"),
    )
    kept = ["form", "f", "g", "group_weight", "bonus", "renormalise", "empty_group"]
    groups = table.group_by(kept, maintain_order=True).agg(c("weight", "printed", "counts").sum())
    shared = c("renormalise") == "within_group"
    groups = groups.with_columns(
        counted=c("weight"), total=pl.when(shared).then("weight").otherwise("printed"), shared=shared.cast(pl.Int64)
    ).with_columns(_whole_parts())
    # A group of which nothing can be scored is to every plant what a group in which nothing applies is to one.
    bare = (c("counts") == 0) & (c("printed") > 0)
    weighing = groups.filter(~c("bonus") & (c("printed") > 0))
    refused = weighing.filter(bare & (c("empty_group") == "refuse"))["form"].unique()
    table = table.with_columns(weighted=c("weighted") & ~c("form").is_in(refused.implode()))
    per_form = table.group_by("form", "f", "system", maintain_order=True).agg(
        *(c(n).first() for n in ("status", "weighted", "empty_group", "index_cap")),
        *(c(f"{n}_{k}").first() for n in ("min_index", "limiting_at", "others_at") for k in LEVELS),
        n_indicators=pl.len().cast(pl.Int64),
        n_scorable=c("counts").sum(),
        n_limits=c("limits").sum(),
        n_asks=c("asks").sum(),
    )
    full = groups.group_by("form").agg(full_floor=c("own_floor").sum(), full_ceil=c("own_ceil").sum())
    whole = weighing.filter(~bare | (c("empty_group") == "keep")).group_by("form").agg(whole=c("group_weight").sum())
    rules = per_form.join(whole, on="form", how="left", maintain_order="left").with_columns(c("whole").fill_null(0))
    rules = rules.join(full, on="form", how="left", maintain_order="left")
    table = table.join(groups.select("g", "total", "counted", "shared"), on="g", maintain_order="left")
    table = table.join(rules.select("form", "whole"), on="form", maintain_order="left")
    table = table.with_columns(head=c("g").is_first_distinct().cast(pl.Int64))
    return Prepared(
        rows,
        table,
        groups.select("f", "g", "group_weight", "bonus", "total", "counted", "shared", "own_floor", "own_ceil"),
        rules,
        _needs(rules),
        conditions,
    )


def _whole_parts() -> list[Any]:
    """The points of a group of which everything is met, in 1/10^6 of a weight unit, rounded down and up."""
    import polars as pl

    c = pl.col
    points, some = c("counted") * c("group_weight") * SCALE, pl.max_horizontal(c("total"), pl.lit(1))
    return [(points // some).alias("own_floor"), ((points + some - 1) // some).alias("own_ceil")]


def _needs(rules: pl.DataFrame) -> dict[str, list[int]]:
    return {f"{n}_{k}": sorted({*rules[f"{n}_at_{k}"]} - {0}) for n in ("limiting", "others") for k in LEVELS}


def _bound(level: int) -> Any:
    """The smallest signed value that meets a level by itself."""
    import numpy as np
    import polars as pl

    c = pl.col
    asked = c(f"baseline_{level}").cast(pl.Float64) * c("sign")
    inclusive = asked - TOLERANCE * pl.max_horizontal(pl.lit(1.0), asked.abs())
    above = asked.map_batches(lambda s: pl.Series(np.nextafter(s.to_numpy(), np.inf)), return_dtype=pl.Float64)
    bound = pl.when("strict").then(above).otherwise(inclusive)
    # A composite answer is the level that its conditions reach: 1, 2, 3 or 4.
    blank = pl.when("unreachable").then(float("inf")).otherwise(float("-inf"))
    return pl.when("composite").then(-float(level)).when(asked.is_null()).then(blank).otherwise(bound)


def each(name: str) -> Any:
    """Return the columns name_1 … name_3 as one expression: what is done to it is done to each."""
    import narwhals as nw

    return nw.col(*(f"{name}_{k}" for k in LEVELS))


def named(expression: Any, old: str, new: str) -> Any:
    """Return an expression over :func:`each` whose columns are called new_1 … new_3."""
    return expression.name.map(lambda name: name.replace(old, new))


def flag(condition: Any) -> Any:
    """Return a condition as 1 and 0, which can be summed; null counts as 0."""
    import narwhals as nw

    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def to_pandas(frame: Any, sort: list[str], scanned: bool = False) -> pd.DataFrame:
    """Return a lazy Narwhals frame as pandas, sorted by ``sort``.

    What was ``scanned`` is collected as a stream: twice as quick and a third of the memory at thirty million rows, a few
    milliseconds slower at twenty thousand.
    """
    polars = frame.implementation.is_polars()
    collected = frame.collect("polars", engine="streaming") if polars and scanned else frame.collect("polars")
    result: pd.DataFrame = collected.sort(sort).to_pandas()
    return result.reset_index(drop=True)
