"""Values and columns of a table as JSON and back: every type and every kind of missing cell is kept."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from cpaudit.views.yes_no import Answer

if TYPE_CHECKING:
    import pandas as pd


def column_json(column: pd.Series) -> dict[str, Any]:
    """Return a column's type and its values, None where missing."""
    import pandas as pd

    kind = str(column.dtype)
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = [cell_json(value) for value in column.cat.categories]
        return {"dtype": "category", "of": categories, "ordered": column.cat.ordered, "values": column.cat.codes.tolist()}
    if kind.startswith("datetime64["):
        return {"dtype": kind, "values": [None if pd.isna(day) else day.isoformat() for day in column]}
    if kind == "object":
        return {"dtype": kind, "values": [cell_json(value) for value in column]}
    values = column.astype(object).where(column.notna(), None).tolist()
    if column.dtype.kind == "f":
        values = [str(value) if value in (float("inf"), float("-inf")) else value for value in values]
    return {"dtype": kind, "values": values}


def column_of(stored: dict[str, Any]) -> pd.Series:
    """Return the column that :func:`column_json` stored."""
    import pandas as pd

    kind, values = stored["dtype"], stored["values"]
    if kind == "category":
        categories = pd.Index([cell_of(value) for value in stored["of"]])
        return pd.Series(pd.Categorical.from_codes(values, categories=categories, ordered=stored["ordered"]))
    if kind.startswith("datetime64["):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601")).astype(kind)
    if kind == "object":
        return pd.Series([cell_of(value) for value in values], dtype=object)
    return pd.Series(values, dtype=object).astype(kind) if values else pd.Series(values, dtype=kind)


def table_json(heading: list[str], body: list[list[str]], title: str = "") -> dict[str, Any]:
    """Return a table of texts as a stored block; a row that is too short ends with blanks."""
    import pandas as pd

    names = [str(at) for at in range(len(heading))]
    frame = pd.DataFrame([(row + [""] * len(names))[: len(names)] for row in body], columns=names, dtype="str")
    columns = [[name, {"is": "Column", "label": label or "　"}] for name, label in zip(names, heading, strict=True)]
    content = {"is": "frame", "of": [[name, column_json(frame[name])] for name in names]}
    return {"is": "Table", "id": "own", "title": title, "frame": content, "columns": {"is": "map", "of": columns}}


def cell_json(value: Any) -> Any:
    """Return one value; what JSON has no type for says its own.

    Raises:
        TypeError: a value of a type that no page holds.
    """
    import numpy as np
    import pandas as pd

    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return {"missing": "NaT" if value is pd.NaT else "NA" if value is pd.NA else "nan"}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        return {"time": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, Answer):
        return {"answer": int(value)}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a table's cell of type {type(value).__name__} has no place in a notebook")


def cell_of(stored: Any) -> Any:
    """Return the value that :func:`cell_json` stored."""
    import pandas as pd

    match stored:
        case {"missing": which}:
            return {"NaT": pd.NaT, "NA": pd.NA, "nan": float("nan")}[which]
        case {"answer": said}:
            return Answer(said)
        case {"time": text}:
            return pd.Timestamp(text)
        case {"date": text}:
            return dt.date.fromisoformat(text)
    return stored
