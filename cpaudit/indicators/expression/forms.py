"""Systems whose benchmarks or weights depend on the plant: one form of the system per set of answers to its parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.frames import KEYS, Prepared, beside, prepared
from cpaudit.indicators.expression.tables import condition_rows, rows_at

if TYPE_CHECKING:
    from fractions import Fraction

    import narwhals as nw

    from cpaudit.indicators.definition.model import IndicatorSystem

_Answers = dict[str, "Fraction | str | None"]


def with_forms(known: Prepared, long: nw.LazyFrame[Any]) -> tuple[Prepared, nw.LazyFrame[Any]]:
    """Return the prepared tables with the forms that occur in ``long``, and ``long`` with each row's form.

    The plants' parameters are looked up once; everything that depends on them is then computed in exact fractions, once per
    form, before the frames meet.
    """
    import narwhals as nw
    import polars as pl

    systems = {s.id: s for s in known.parametric}
    answers = _answers(long, systems)
    names: dict[tuple[str, tuple[Any, ...]], str] = {}
    rows: list[dict[str, Any]] = []
    conditions: list[dict[str, Any]] = []
    for unit, given in answers.items():
        system = systems[unit[1]]
        key = (system.id, tuple(given.get(p.id) for p in system.parameters))
        if key not in names:
            names[key] = f"{system.id}#{len(names) + 1}"
            rows += rows_at(system, given, names[key])
            conditions += condition_rows(system, given, names[key])
        answers[unit] = {"form": names[key]}
    if not answers:
        return replace(known, parametric=()), long.with_columns(form=nw.col("system"))
    # As one table with the rest: numbers of groups and types of columns are then the same throughout.
    table = pl.concat([known.rows, pl.DataFrame(rows, schema=known.rows.schema)])
    every = pl.concat([known.conditions, pl.DataFrame(conditions, infer_schema_length=None)], how="diagonal_relaxed")
    units = pl.DataFrame([(*unit, given["form"]) for unit, given in answers.items()], schema=[*KEYS, "form"], orient="row")
    long = long.join(beside(long, units), on=KEYS, how="left")
    return prepared(table, every), long.with_columns(form=nw.coalesce(nw.col("form"), nw.col("system")))


def _answers(long: nw.LazyFrame[Any], systems: dict[str, IndicatorSystem]) -> dict[tuple[Any, ...], Any]:
    """Return unit → what it answered to its system's parameters (units that answered nothing included)."""
    import narwhals as nw

    c = nw.col
    mine = long.filter(c("system").is_in(list(systems)))
    ids = sorted({p.id for s in systems.values() for p in s.parameters})
    wanted = mine.filter(c("indicator").is_in(ids) & (c("state") == "reported")).select(*KEYS, "indicator", "value")
    found: dict[tuple[Any, ...], Any] = {tuple(r): {} for r in _rows(mine.select(KEYS).unique().sort(KEYS))}
    for *unit, parameter, value in _rows(wanted):
        known = next((p for p in systems[unit[1]].parameters if p.id == parameter), None)
        if known:
            found[tuple(unit)][parameter] = known.answer(value)
    return found


def _rows(frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
    return frame.collect("polars" if frame.implementation.is_polars() else None).rows()
