"""Composite index and cleaner-production level of every unit: one Narwhals expression in integer arithmetic.

A level is won or lost at 85 and at 100, where sums of decimal fractions go wrong; so weights are integers, a group's part
is rounded down to 1/10^6 of a weight, and the index to 1/100 point, never up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.dask_frames import where_dask_is
from cpaudit.indicators.expression.engine import Engine, engine
from cpaudit.indicators.expression.frames import KEYS, LEVELS, SCALE, each, named, to_pandas
from cpaudit.indicators.expression.membership import membership

if TYPE_CHECKING:
    import pandas as pd


@where_dask_is
def score(measurements: Any, indicators: Any = None) -> pd.DataFrame:
    """返回各企业各工序的综合评价指数和级别，每个时期一行。

    Return the index and level of every unit (plant, system, process, period).

    Membership is 100 or 0 and cumulative; what doesn't apply leaves its group, whose weights are shared out anew (unless
    the system says otherwise); what is missing wins nothing, and proves nothing. Level I, II or III is the
    first whose rule (index and limiting indicators, in some systems all others too) holds.

    Args:
        measurements: the measurements table of a data set, or any frame that Narwhals knows with its columns; lazy frames of
            Polars, DuckDB, Dask or PySpark are scored where they are.
        indicators: the indicator systems to score by (None: those that ship), or a changed copy of their table
            (:func:`~cpaudit.indicators.indicator_table`).

    Returns:
        plant_id, system, process, period; index_1 … index_3 (points 0 … 100, rounded down to 1/100, null where the
        system has no weights or nothing applies; what is missing brings nothing); limiting_1 … limiting_3 (every applicable
        limiting indicator is known to meet that level); level (Int64, 1 … 3: reached by what is reported; 4: below level III,
        whatever is missing; null like the index, and where what is missing decides whether level III is reached); highest
        (Int64, 1 … 4: the level if all that is missing turns out as good as can be; null like the index); n_indicators (of the
        system), n_not_applicable (or not scorable), n_missing; status (verification of the system). Sorted by the first four.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.indicators.score(ds.measurements)["level"].notna().any().item()
    True

    Raises:
        UsageError: ``measurements`` is no table of them, has a value that is no number, (in memory) a key twice, or a system or
            an indicator that neither the shipped systems nor ``indicators`` have; ``indicators`` are no systems.
    """
    made = engine(measurements, indicators, all_known=True)
    frame = to_pandas(scored(made), KEYS, made.scanned)
    counts = dict.fromkeys(["n_indicators", "n_not_applicable", "n_missing"], "int64")
    types = (
        {"level": "Int64", "highest": "Int64", **counts}
        | {f"limiting_{k}": "bool" for k in LEVELS}
        | {f"index_{k}": "float64" for k in LEVELS}
    )
    return frame.astype(types)


def scored(engine: Engine) -> Any:
    """Return the columns of :func:`score` as a Narwhals expression.

    Only rows that were handed in are joined and summed; what is missing follows from what the system asks in all.
    """
    import narwhals as nw

    c = nw.col
    kinds = _kinds(engine)
    inside = [*_SUMS, *(f"{kind}_{of}" for kind in kinds for of in ("off", *_each("met"), *_each("lost")))]
    rows = membership(engine).with_columns(
        c("declined", "reported") * c("counts"),
        named(each("met") * c("weight"), "met", "won"),
        named(each("lost") * c("weight"), "lost", "gone"),
        off=c("weight") * c("declined"),
        **{f"{kind}_off": c(kind) * c("declined") for kind in kinds},
    )
    for of in ("met", "lost"):
        rows = rows.with_columns(named(each(of) * c(kind), of, f"{kind}_{of}") for kind in kinds)
    # The group's number stands for its system too: the fewer texts to sort units by, the quicker.
    unit = ["plant_id", "process", "period"]
    groups = rows.group_by([*unit, "g"]).agg(c(*inside).sum())
    groups = _parts(groups.join(engine.groups, on="g", how="inner"))
    parts = [f"{of}_{end}_{k}" for of in _ENDS for end in ("floor", "ceil") for k in LEVELS]
    carried = [*(n for n in inside if n not in _INSIDE), "empty", "own_floor", "own_ceil", *parts]
    units = groups.group_by([*unit, "f"]).agg(c(*carried).sum()).join(engine.rules, on="f", how="inner")
    dropped = nw.when(c("empty_group") == "drop").then(c("empty")).otherwise(nw.lit(0))
    # A group none of whose indicators has a row is all open: at best it brings all that it has.
    for end in ("floor", "ceil"):
        units = units.with_columns(named(each(f"may_{end}") + (c(f"full_{end}") - c(f"own_{end}")), "may", "may"))
    units = units.with_columns(
        whole=c("whole") - dropped,
        **{f"{kind}_{k}": c(f"n_{kind}") - c(f"{kind}_off") - c(f"{kind}_met_{k}") for kind in kinds for k in LEVELS},
    )
    some = nw.when(c("whole") > 0).then(c("whole") * SCALE).otherwise(nw.lit(1))
    refused = (c("empty_group") == "refuse") & (c("empty") > 0)
    # The true sum of the parts lies between floor and ceil; where they differ, it is below ceil.
    units = units.with_columns(
        judged=c("weighted") & (c("whole") > 0) & ~refused,
        **{
            f"{of}_full_{k}": (10_000 * c(f"{of}_ceil_{k}") - (c(f"{of}_ceil_{k}") != c(f"{of}_floor_{k}")).cast(nw.Int64))
            // some
            for of in _ENDS
            for k in LEVELS
        },
    )
    capped = {
        f"{of}_{k}": nw.when(c(f"{of}_full_{k}") > c("index_cap")).then(c("index_cap")).otherwise(c(f"{of}_full_{k}"))
        for of in _ENDS
        for k in LEVELS
    }
    units = units.with_columns(**capped)
    proved, highest = _level(engine, "won", "{kind}_{level}"), _level(engine, "may", "{kind}_lost_{level}")
    units = units.with_columns(proved=proved, highest=highest)
    return units.select(
        *KEYS,
        # Rounded because some engines divide by multiplying: 9999 / 100 would be 99.99000000000001.
        *(nw.when(c("judged")).then((c(f"won_{k}") / 100).round(2)).alias(f"index_{k}") for k in LEVELS),
        named(each("limits") == 0, "limits", "limiting"),
        nw.when(c("judged") & ((c("proved") < 4) | (c("highest") == 4))).then(c("proved")).alias("level"),
        nw.when(c("judged")).then(c("highest")).alias("highest"),
        "n_indicators",
        (c("n_indicators") - c("n_scorable") + c("declined")).alias("n_not_applicable"),
        (c("n_scorable") - c("declined") - c("reported")).alias("n_missing"),
        "status",
    )


def _level(engine: Engine, index: str, short: str) -> Any:
    """The first level whose rule holds; ``short`` names how many indicators of a kind miss a level."""
    import narwhals as nw

    c, level = nw.col, nw.lit(4)
    for k in reversed(LEVELS):
        holds = c(f"{index}_{k}") >= c(f"min_index_{k}")
        for kind, rule in _KINDS.items():
            for need in engine.known.needs[f"{rule}_{k}"]:
                holds = holds & ((c(f"{rule}_at_{k}") != need) | (c(short.format(kind=kind, level=need)) == 0))
        level = nw.when(holds).then(nw.lit(k)).otherwise(level)
    return level


#: How the two kinds of indicators are counted, and the rule that may ask a level of each.
_KINDS = {"limits": "limiting", "asks": "others"}


def _kinds(engine: Engine) -> list[str]:
    """The kinds to count: other than limiting ones only where a system asks a level of them."""
    return ["limits", *(["asks"] if any(engine.known.needs[f"others_{k}"] for k in LEVELS) else [])]


#: Points are counted twice: as won by what is reported, and as what may be won if all that is missing turns out well.
_ENDS = ("won", "may")


def _each(name: str) -> list[str]:
    return [f"{name}_{k}" for k in LEVELS]


#: What is summed over a unit's answers: weights off (not applicable), won and gone, and how many answers are of which kind.
_INSIDE = ("off", *_each("won"), *_each("gone"))
_SUMS = (*_INSIDE, "declined", "reported")


def _parts(groups: Any) -> Any:
    """Add the parts of the index that a group brings, and the weight of a group in which nothing applies.

    won_floor_k, won_ceil_k, may_…: points at level k in 1/10^6 of a weight unit, rounded down and up; own_floor, own_ceil: of
    a group that is all open.
    """
    import narwhals as nw

    c = nw.col
    groups = groups.with_columns(left=c("total") - c("off") * c("shared"))
    groups = groups.with_columns(
        some=nw.when(c("left") > 0).then(c("left")).otherwise(nw.lit(1)),
        empty=nw.when((c("off") >= c("counted")) & (c("counted") > 0) & ~c("bonus")).then(c("group_weight")).otherwise(nw.lit(0)),
    )
    groups = groups.with_columns(named(each("gone") * -1 + (c("counted") - c("off")), "gone", "may"))
    for of in _ENDS:
        points = each(of) * c("group_weight") * SCALE
        up = points + (c("some") - 1)
        groups = groups.with_columns(
            named(points // c("some"), f"{of}_", f"{of}_floor_"), named(up // c("some"), f"{of}_", f"{of}_ceil_")
        )
    return groups
