"""One's own frames as tables ready to show: headings and number formats as the field dictionary says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit import labels
from cpaudit.views.columns import column as shown_as
from cpaudit.views.page import Column, Table
from cpaudit.views.parts import decimals

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Kind

#: What stands in the place of rows.
_EMPTY = "没有记录。"


def table(
    id: str, frame: pd.DataFrame | pd.Series, title: str, ds: Dataset | None = None, note: str = ""
) -> tuple[Table, dict[str, Any] | None]:
    """Return any frame as a table, and where it comes from (see :func:`cpaudit.labels.source`; None: it doesn't say)."""
    import pandas as pd

    shown = labels.labelled(_flat(frame), ds)
    columns = {f"{at}": _column(str(heading), values) for at, (heading, values) in enumerate(shown.items())}
    cells = {name: _cells(values, columns[name]) for name, (_, values) in zip(columns, shown.items(), strict=True)}
    return Table(id, title, pd.DataFrame(cells), columns, note, _EMPTY), shown.attrs.get(labels.SOURCE)


def _flat(frame: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return a frame whose columns are single names and whose index, where it says something, is columns."""
    import pandas as pd

    about = dict(frame.attrs)
    whole = frame.to_frame() if isinstance(frame, pd.Series) else frame
    if isinstance(whole.columns, pd.MultiIndex):
        whole = whole.set_axis(["　".join(str(part) for part in name if str(part)) for name in whole.columns], axis="columns")
    if whole.index.nlevels > 1 or whole.index.name is not None:
        said = [str(name) if name is not None else f"序号{at}" for at, name in enumerate(whole.index.names, start=1)]
        first = whole.index.to_frame(index=False)
        first.columns = pd.Index(said)
        whole = pd.concat([first, whole.reset_index(drop=True)], axis="columns")
    elif not isinstance(whole.index, pd.RangeIndex) and whole.index.dtype.kind not in "iu":
        whole = whole.rename_axis("项目").reset_index()
    whole.attrs = about
    return whole


def _column(heading: str, values: pd.Series) -> Column:
    kind = _kind(values)
    known = labels.by_heading().get(heading)
    if known and kind in ("integer", "number"):
        column = shown_as(known)
        if column.kind in ("number", "percent"):
            return Column(heading, column.kind, "", column.decimals)
    return Column(heading, kind, "", decimals(values.dropna().astype(float)) if kind == "number" else 0)


def _kind(values: pd.Series) -> Kind:
    import pandas as pd

    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype) or dtype.kind not in "iufM":
        return "text"
    if dtype.kind == "M":
        plain = values.dt.tz is None and (values.dropna() == values.dropna().dt.normalize()).all()
        return "date" if plain else "text"  # a time of day would be lost
    return "integer" if dtype.kind in "iu" else "number"


def _cells(values: pd.Series, column: Column) -> Any:
    if column.kind != "text":
        return values.array
    texts = values.astype(object)
    return texts.map({True: "是", False: "否"}) if values.dtype.kind == "b" else texts.where(texts.isna(), texts.map(str)).array
