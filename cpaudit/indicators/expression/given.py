"""Measurements as they are handed in: what is no frame of them, holds no numbers, or names what no system has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import called
from cpaudit.fields import codes
from cpaudit.indicators.definition.catalogue import systems
from cpaudit.indicators.expression.frames import COLUMNS, KEYS
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Iterable

    import narwhals as nw
    import pandas as pd

    from cpaudit.indicators.definition.model import IndicatorSystem


def measured(measurements: Any) -> Any:
    """Return any frame that Narwhals knows, once it has the columns of measurements.

    Raises:
        UsageError: it is no frame, or a column is missing.
    """
    import narwhals as nw

    try:
        given = nw.from_native(measurements)
    except TypeError:
        raise UsageError(f"实测值不能是{called(measurements)}，请给实测值表，如 ds.measurements。") from None
    if missing := [c for c in COLUMNS if c not in given.collect_schema().names()]:
        raise UsageError(f"实测值表缺少列 {'、'.join(missing)}，请补上；各列的含义见字段表。")
    return given


def in_polars(given: Any) -> nw.LazyFrame[Any]:
    """Return a frame in memory as a lazy one of Polars; the period may be told in words (审核前).

    Raises:
        UsageError: a value is no number, or a key occurs twice.
    """
    import narwhals as nw
    import polars as pl
    import pyarrow as pa

    try:
        # Through one Arrow chunk per column: a pandas frame made by concat has hundreds, each converted on its own.
        arrow = pa.table({c: given[c].to_arrow() for c in COLUMNS}).combine_chunks()
        long = pl.DataFrame(arrow).cast({c: pl.Float64 if c == "value" else pl.String for c in COLUMNS})
    except (pa.ArrowException, pl.exceptions.PolarsError):
        raise _not_numbers(given) from None
    said = {label: code for code, label in codes("measurements", "period").items()}
    long = long.with_columns(pl.col("period").replace(said))
    keys = long.select([*KEYS, "indicator"])
    if keys.hash_rows().is_duplicated().any() and keys.is_duplicated().any():  # numbers are compared much quicker than texts
        twice = "、".join(map(str, keys.filter(keys.is_duplicated()).row(0)))
        raise UsageError(f"同一指标有两行数值，请先留下一行：{twice}（{'、'.join([*KEYS, 'indicator'])}）。")
    return nw.from_native(long.lazy())


def pairs_in(long: nw.LazyFrame[Any]) -> list[tuple[str, str]]:
    """Return the systems and indicators that occur, in one pass over the measurements, wherever they live."""
    return long.select("system", "indicator").unique().sort("system", "indicator").collect("polars").rows()


def require_known(pairs: Iterable[tuple[str, str]], own: pd.DataFrame | list[IndicatorSystem]) -> None:
    """Refuse systems and indicators that neither a shipped system nor ``own`` ones have: they would be left out unsaid.

    Raises:
        UsageError: there is such a row; its last line lists what there is.
    """
    added: dict[str, dict[str, None]] = {}
    if isinstance(own, list):
        added = {system.id: _answered(system) for system in own}
    else:
        for system, indicator in zip(own["system"].to_list(), own["indicator"].to_list(), strict=True):
            added.setdefault(system, {})[indicator] = None
    for name, indicator in pairs:
        shipped, mine = systems().get(name), added.get(name, {})
        if shipped is None and name not in added:
            raise UsageError.among(f"实测值中有不认识的评价指标体系“{name}”", {**added, **systems()})
        theirs = {} if shipped is None else _answered_of_shipped(name)
        if indicator not in mine and indicator not in theirs and not (shipped is not None and shipped.stub):
            title = name if shipped is None else shipped.title
            raise UsageError.among(f"体系“{title}”没有编号为“{indicator}”的指标", mine or theirs)


@cache
def _answered_of_shipped(name: str) -> dict[str, None]:
    return _answered(systems()[name])


def _answered(system: IndicatorSystem) -> dict[str, None]:
    """Return what plants may answer of a system: its indicators, what these are made of, and its parameters."""
    asked = [i.id for i in system.indicators()] + [i.id for i in system.inputs()] + [p.id for p in system.parameters]
    return dict.fromkeys(asked)


def _not_numbers(given: Any) -> UsageError:
    """Say which value is no number, or that a column holds what it can't."""
    for value in given["value"].to_list():
        try:
            float("nan" if value is None else value)
        except (TypeError, ValueError):
            return UsageError(f"实测值（value 列）须为数，不能是{called(value)}，请改正或留空。")
    return UsageError(f"实测值表的 {'、'.join(c for c in COLUMNS if c != 'value')} 各列须为文字，value 列须为数，请改正。")
