"""Indicators judged by several values or by a range: their conditions, turned into the level that they reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.frames import KEYS, LEVELS, TOLERANCE, Prepared, flag

if TYPE_CHECKING:
    from collections.abc import Callable

    import narwhals as nw
    import polars as pl

_UNIT = [*KEYS, "form"]


def resolved(long: nw.LazyFrame[Any], known: Prepared, send: Callable[[pl.DataFrame], nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    """Return ``long`` with one answer per composite indicator: the level (1 … 4) that its conditions reach.

    A value that is missing doesn't meet its comparison. The answer is missing only where what is missing could change
    the level; it is not applicable where none of the values applies, or the indicator itself is marked so. A column hope is
    added: the level that a composite answer could still reach (null for the others).
    """
    import narwhals as nw
    import polars as pl

    c = nw.col
    comparisons = send(_prepared(known.conditions))
    heads = known.table.filter(pl.col("composite") & pl.col("scorable") & pl.col("known"))
    # Levels without a condition ask for nothing: the first such level is met by everyone.
    asked = known.conditions.group_by("form", "indicator").agg(pl.col("level").max().alias("last"))
    parents = send(heads.select("form", "indicator").join(asked, on=["form", "indicator"], how="left").fill_null(0))

    values = long.select(*_UNIT, c("indicator").alias("part"), "value", "state")
    units = long.select(_UNIT).unique()
    tests = units.join(comparisons, on="form", how="inner").join(values, on=[*_UNIT, "part"], how="left")
    reported = (c("state") == "reported") & c("value").is_finite().fill_null(False)
    tests = tests.with_columns(
        here=flag(reported),
        declined=flag((c("state") == "not_applicable").fill_null(False)),
        one=nw.lit(1),
        hit=flag(reported & (c("value") * c("sign") >= c("bound"))),
    ).with_columns(open=1 - nw.max_horizontal(c("here"), c("declined")))
    tests = tests.with_columns(hope=nw.max_horizontal(c("hit"), c("open")))
    level = [*_UNIT, "indicator", "level", "need"]
    clauses = tests.group_by([*level, "clause", "clause_need"]).agg(c("hit", "hope", "here", "declined", "open", "one").sum())
    clauses = clauses.with_columns(holds=flag(c("hit") >= c("clause_need")), may=flag(c("hope") >= c("clause_need")))
    levels = clauses.group_by(level).agg(c("holds", "may", "here", "declined", "open", "one").sum())
    for k in LEVELS:
        at = c("level") == k
        levels = levels.with_columns(
            **{f"sure_{k}": flag(at & (c("holds") >= c("need"))), f"best_{k}": flag(at & (c("may") >= c("need")))}
        )
    flags = [f"{name}_{k}" for name in ("sure", "best") for k in LEVELS]
    found = levels.group_by([*_UNIT, "indicator"]).agg(c(*flags).max(), c("here", "declined", "open", "one").sum())
    found = units.join(parents, on="form", how="inner").join(found, on=[*_UNIT, "indicator"], how="left")
    own = values.filter(c("state") == "not_applicable").select(*_UNIT, c("part").alias("indicator"), nw.lit(1).alias("marked"))
    found = found.join(own, on=[*_UNIT, "indicator"], how="left")
    found = found.with_columns(c(*flags, "here", "declined", "open", "one", "marked").fill_null(0))
    found = found.with_columns(sure=_level("sure"), best=_level("best"))
    missing = (c("sure") != c("best")) | ((c("here") == 0) & (c("open") > 0))
    off = (c("marked") == 1) | ((c("declined") > 0) & (c("declined") == c("one")))
    state = nw.when(missing).then(nw.lit("missing")).otherwise(nw.lit("reported"))
    found = found.with_columns(
        value=nw.when(~off & ~missing).then(c("sure").cast(nw.Float64)),
        state=nw.when(off).then(nw.lit("not_applicable")).otherwise(state),
        hope=c("best").cast(nw.Float64),
    ).select(*_UNIT, "indicator", "value", "state", "hope")
    # The values themselves stay in the rows under their own ids, except a range's, whose id the answer takes.
    rest = long.join(found.select(*_UNIT, "indicator"), on=[*_UNIT, "indicator"], how="anti")
    rest = rest.with_columns(hope=nw.lit(None, nw.Float64)).select(*_UNIT, "indicator", "value", "state", "hope")
    return nw.concat([rest, found], how="vertical")


def _prepared(conditions: pl.DataFrame) -> pl.DataFrame:
    """Add the smallest signed value that meets each comparison."""
    import numpy as np
    import polars as pl

    asked = conditions["number"].to_numpy() * conditions["sign"].to_numpy()
    inclusive = asked - TOLERANCE * np.maximum(1.0, np.abs(asked))
    bound = np.where(conditions["strict"].to_numpy(), np.nextafter(asked, np.inf), inclusive)
    return conditions.drop("number", "strict").with_columns(bound=pl.Series(bound))


def _level(name: str) -> Any:
    """The best level whose flag is set; levels from ``last`` on ask for nothing."""
    import narwhals as nw

    c = nw.col
    level = nw.lit(4)
    for k in reversed(LEVELS):
        level = nw.when((c(f"{name}_{k}") == 1) | (c("last") < k)).then(nw.lit(k)).otherwise(level)
    return level
