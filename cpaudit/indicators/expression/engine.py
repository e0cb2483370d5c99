"""What the expressions run on: measurements as lazy rows where they live, with the tables of the systems that occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit.indicators.definition.catalogue import systems
from cpaudit.indicators.expression.composites import resolved
from cpaudit.indicators.expression.forms import with_forms
from cpaudit.indicators.expression.frames import COLUMNS, Prepared, beside, handed_in, prepare
from cpaudit.indicators.expression.given import in_polars, measured, pairs_in, require_known
from cpaudit.workspace.caches import cache, lru_cache

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True, eq=False)
class Engine:
    """What the expressions take: ``long`` (:data:`COLUMNS`, form) and the tables of ``known``, lazy frames of one backend.

    ``scanned``: the measurements were handed in lazily, so that there may be any number of them.
    """

    long: nw.LazyFrame[Any]
    table: nw.LazyFrame[Any]
    groups: nw.LazyFrame[Any]
    rules: nw.LazyFrame[Any]
    known: Prepared
    scanned: bool


def engine(measurements: Any, indicators: Any = None, *, all_known: bool = False) -> Engine:
    """Return measurements (any frame that Narwhals knows) and indicators ready for the expressions.

    Frames in memory go to Polars; lazy ones (Polars, DuckDB, Dask, PySpark) stay where they are, and the small tables of the
    indicators are sent there. Lazy frames aren't looked through for repeated keys. ``all_known``: no row may be of a system or
    an indicator that there isn't.

    Raises:
        UsageError: these are no measurements: no frame, a column is missing, a value is no number, something isn't known.
        UsageError: a key (plant, system, process, period, indicator) occurs twice, so that weights would count twice.
    """
    import narwhals as nw

    given = measured(measurements)
    scanned = isinstance(given, nw.LazyFrame)
    shipped = indicators is None
    own = [] if shipped else handed_in(indicators)
    long = given.select(COLUMNS) if isinstance(given, nw.LazyFrame) else in_polars(given)
    pairs = pairs_in(long) if all_known or shipped else []
    known = _shipped(frozenset(system for system, _ in pairs)) if shipped else prepare(own)
    if all_known:
        require_known(pairs, own)
    if known.parametric:
        known, long = with_forms(known, long)
    else:
        long = long.with_columns(form=nw.col("system"))
    if len(known.conditions):
        long = resolved(long, known, lambda frame: beside(long, frame))
    table, groups, rules = (beside(long, frame) for frame in (known.table, known.groups, known.rules))
    return Engine(long, table, groups, rules, known, scanned)


@lru_cache(maxsize=64)  # every unit, trade and plant has its own few
def _shipped(occurring: frozenset[str]) -> Prepared:
    every = _every()
    known = every.rules["system"].to_list()
    return every.of([s for s in known if s in occurring] or known[:1])


@cache
def _every() -> Prepared:
    """Prepare all systems that ship: fractions and conditions are worked out once, whatever occurs later."""
    return prepare(systems().values())
