"""Rows as a frame of given columns and dtypes, made column by column: pandas' own ways take most of the time of a small one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: What a record doesn't have, as pandas fills it in.
_ABSENT = float("nan")
_DAY = len("2022-11-15")


def frame(rows: Any, blank: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` (a frame or records) with exactly the columns, order and dtypes of ``blank``, a frame without rows.

    Raises:
        TypeError, ValueError: a column that it doesn't have, a value that isn't of its column's kind.
    """
    import pandas as pd

    given: Any = rows
    if not isinstance(rows, pd.DataFrame):
        names = dict.fromkeys(name for record in rows for name in record)
        given = {name: [record.get(name, _ABSENT) for record in rows] for name in names}
    unknown = [name for name in given if name not in blank.columns]
    if unknown:
        raise ValueError(f"columns not in the field dictionary: {unknown}")
    if isinstance(rows, pd.DataFrame) and rows.dtypes.equals(blank.dtypes):
        return rows.reset_index(drop=True)
    nothing: dict[Any, Any] = {}
    columns: dict[Any, Any] = {}
    for name, dtype in blank.dtypes.items():
        if name in given:
            columns[name] = _column(given[name], dtype)
            continue
        if dtype not in nothing:
            nothing[dtype] = blank[name].array.take([-1] * len(rows), allow_fill=True)
        columns[name] = nothing[dtype]
    return pd.DataFrame(columns)


def _column(values: Any, dtype: Any) -> Any:
    import pandas as pd

    if isinstance(values, list):
        try:
            if (plain := _plain(values, dtype)) is not None:
                return plain
        except (OverflowError, TypeError, ValueError):
            pass  # which pandas may read; else it says what is wrong with them
        values = pd.Series(values)
    return values.array if values.dtype == dtype else values.astype(dtype).array


def _plain(values: list[Any], dtype: Any) -> Any:
    """Return a column of values that are of its very kind; None for others, which pandas looks at one by one."""
    import numpy as np
    import pandas as pd

    values = [None if value is _ABSENT else value for value in values]
    kinds = set(map(type, values)) - {type(None)}
    if dtype == "str":
        return pd.array(values, dtype=dtype) if kinds <= {str} else None
    match dtype.kind:
        case "f" if kinds <= {int, float}:
            return np.array(values, dtype=dtype)
        case "i" if kinds <= {int}:
            return pd.array(values, dtype=dtype)
        case "M" if kinds <= {dt.date} or (kinds == {str} and {len(value) for value in values if value} == {_DAY}):
            return np.array(values, dtype=dtype)
    return None
