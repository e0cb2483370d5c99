"""Membership of values in the levels, as expressions over the engine's frames."""

from __future__ import annotations

from typing import Any

from cpaudit.indicators.expression.engine import Engine
from cpaudit.indicators.expression.frames import KEYS, LEVELS, each, flag, named


def answers(engine: Engine) -> Any:
    """Return one row per unit and indicator of its system, as a Narwhals expression.

    An indicator without a row is missing, and so is a reported one without a (finite) value or whose parameters aren't
    known. Added to the columns of measurements and indicator table: state (cleaned), applies (1/0), level_met (1 … 4: the
    best level whose benchmark the value meets; null where there is no value or the indicator doesn't apply or can't be
    scored), met_1 … met_3 (1/0).
    """
    import narwhals as nw

    c = nw.col
    units = engine.long.select([*KEYS, "form"]).unique()
    rows = units.join(engine.table.drop("system"), on="form", how="inner")
    rows = rows.join(engine.long, on=[*KEYS, "form", "indicator"], how="left")
    rows = _states(rows.with_columns(c("state").fill_null("missing")))
    reported, declined = c("reported") == 1, c("declined") == 1
    rows = rows.with_columns(
        state=nw.when(reported)
        .then(nw.lit("reported"))
        .otherwise(nw.when(declined).then(c("state")).otherwise(nw.lit("missing"))),
        value=nw.when(reported).then(c("value")),
        applies=c("counts") - c("counts") * c("declined"),
    ).with_columns(each("met") * c("counts"))
    return rows.with_columns(level_met=nw.when((c("applies") == 1) & reported).then(4 - c("met_1") - c("met_2") - c("met_3")))


def membership(engine: Engine) -> Any:
    """Return the rows that were handed in, with declined, reported, met_1 … met_3 and lost_1 … lost_3 (1/0).

    Lost is what the answer misses for good: what is reported and doesn't meet the level, or what of a condition's values is.
    """
    import narwhals as nw

    c = nw.col
    compared = ["known", "sign", *(f"bound_{k}" for k in LEVELS)]
    table = engine.table.select("form", "indicator", "g", "weight", "counts", "limits", "asks", *compared)
    rows = _states(engine.long.join(table, on=["form", "indicator"], how="inner"))
    rows = rows.with_columns(named(each("met") * -1 + c("reported"), "met", "lost"))
    if not len(engine.known.conditions):
        return rows
    open_ = (c("reported") == 0) & (c("declined") == 0)
    return rows.with_columns(**{f"lost_{k}": nw.when(open_).then(flag(c("hope") > k)).otherwise(c(f"lost_{k}")) for k in LEVELS})


def _states(rows: Any) -> Any:
    """Add declined, reported and met_1 … met_3: membership of a value in the levels."""
    import narwhals as nw

    c = nw.col
    # A value that isn't there makes these false, not null: sums of nulls differ between engines.
    here = (c("state") == "reported") & c("value").is_finite().fill_null(False) & c("known")
    rows = rows.with_columns(
        declined=(c("state") == "not_applicable").cast(nw.Int64), reported=here.cast(nw.Int64), signed=c("value") * c("sign")
    )
    met = (each("bound") <= c("signed")) & (c("reported") == 1)
    return rows.with_columns(named(met.cast(nw.Int64), "bound", "met"))
