"""Measurements as they are handed in: what is no frame of them, holds no numbers, or names what no system has."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import called
from cpaudit.fields import codes
from cpaudit.indicators.definition.catalogue import systems
from cpaudit.indicators.expression.frames import COLUMNS, KEYS

if TYPE_CHECKING:
    import narwhals as nw
    import polars as pl


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


def in_polars(given: Any, *, all_known: bool) -> nw.LazyFrame[Any]:
    """Return a frame in memory as a lazy one of Polars; the period may be told in words (审核前).

    Raises:
        UsageError: a value is no number, a key occurs twice, or (``all_known``) a system or indicator isn't one that ships.
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
    if all_known:
        _require_known(long)
    keys = long.select([*KEYS, "indicator"])
    if keys.hash_rows().is_duplicated().any() and keys.is_duplicated().any():  # numbers are compared much quicker than texts
        twice = "、".join(map(str, keys.filter(keys.is_duplicated()).row(0)))
        raise UsageError(f"同一指标有两行数值，请先留下一行：{twice}（{'、'.join([*KEYS, 'indicator'])}）。")
    return nw.from_native(long.lazy())


def _require_known(long: pl.DataFrame) -> None:
    """Refuse systems and indicators that no system that ships has: they would be left out without a word."""
    for system, indicator in long.select("system", "indicator").unique(maintain_order=True).rows():
        if system not in systems():
            raise UsageError.among(f"实测值中有不认识的评价指标体系“{system}”", systems())
        if not systems()[system].stub and indicator not in _answered(system):
            raise UsageError.among(f"体系“{systems()[system].title}”没有编号为“{indicator}”的指标", _answered(system))


@cache
def _answered(system: str) -> dict[str, None]:
    """Return what plants may answer of a system: its indicators, what these are made of, and its parameters."""
    known = systems()[system]
    asked = [i.id for i in known.indicators()] + [i.id for i in known.inputs()] + [p.id for p in known.parameters]
    return dict.fromkeys(asked)


def _not_numbers(given: Any) -> UsageError:
    """Say which value is no number, or that a column holds what it can't."""
    for value in given["value"].to_list():
        try:
            float("nan" if value is None else value)
        except (TypeError, ValueError):
            return UsageError(f"实测值（value 列）须为数，不能是{called(value)}，请改正或留空。")
    return UsageError(f"实测值表的 {'、'.join(c for c in COLUMNS if c != 'value')} 各列须为文字，value 列须为数，请改正。")
