"""出处：每个数据来自哪个文件、哪张表、哪个单元格。

Provenance: the file, sheet and cell that each record, and each of its values, of all tables but the ledger came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors.arguments import dataset_of, one_of
from cpaudit.fields import TABLES, Field, tables

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: Where a record stands: file, sheet (null for a CSV file) and cell (a whole row goes by its first).
PLACE = ["file", "sheet", "cell"]

#: The tables whose values were read from cells; the ledger of returns is made of what came.
TRACED = tuple(name for name in TABLES if name != "returns")

#: Tables whose records go by a whole row; those of the others by the very cell.
BY_ROW = ("plants", "options")

#: What a plant's record has not from its roster but from its row in the unit's own progress table.
RETURNED = ("permit_no", "consultant", "own_deadline", "status", "status_since")


def trace(ds: Dataset, plant_id: str | None, unit: str | None = None, table: str | None = None) -> pd.DataFrame:
    """返回一家企业（或单位自身）的每个数值及其出处：文件、工作表和单元格。

    Return every value of a plant (``plant_id`` None: of the unit itself, not of its plants), with its origin.

    Columns: table, key (of the record, a tuple of text), field, value (text, see :func:`as_text`), file, sheet, cell, sha256
    (of the file, null where no source is called so). Null values have no row.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.provenance.trace(ds, ds.plants["plant_id"].iloc[0]).columns.tolist()[:4]
    ['table', 'key', 'field', 'value']

    Raises:
        UsageError: there is no such table; its last line lists them.
    """
    import pandas as pd

    dataset_of(ds)
    if table is not None:
        table = one_of("没有名为“{}”的表", table, {name: tables()[name].label for name in TRACED})
    parts = []
    for name in TRACED if table is None else (table,):
        frame = getattr(ds, name)
        if "plant_id" in frame and (plant_id or "unit" in frame):
            mine = frame["plant_id"] == plant_id if plant_id else frame["plant_id"].isna() & (frame["unit"] == unit)
            parts.append(_values(ds, name, frame[mine].reset_index(drop=True)))
    columns = ["table", "key", "field", "value", *PLACE, "sha256"]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return found.assign(sha256=found["file"].map(ds.sources.drop_duplicates("path").set_index("path")["sha256"]))[columns]


def _values(ds: Dataset, table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return table, key, field, value and PLACE of every value of some rows that isn't null, row by row."""
    import pandas as pd

    fields = {name: f for name, f in tables()[table].columns.items() if name not in PLACE}
    texts = pd.DataFrame({name: as_text(frame[name], f) for name, f in fields.items()})
    long = texts.rename_axis(index="row").reset_index().melt("row", var_name="field", value_name="text")
    long = long.rename(columns={"text": "value"}).dropna(subset="value").sort_values("row", kind="stable")
    found = long.join(frame[PLACE].assign(key=keys(table, frame), table=table), on="row")
    if table == "plants":
        other = found["field"].isin(RETURNED)
        found.loc[other, PLACE] = returned(ds).reindex(frame["plant_id"].iloc[found.loc[other, "row"]]).to_numpy()
    return found


def returned(ds: Dataset) -> pd.DataFrame:
    """返回每家企业在本单位进度表中所在的位置。

    Return, by plant_id, the place of each plant's row in its unit's progress table: that of its status or offline events.

    A plant that is active and has no such event isn't there: nothing kept tells its row.
    """
    import pandas as pd

    dataset_of(ds)
    events = ds.events[ds.events["plant_id"].notna() & (ds.events["channel"] == "offline")]
    rows = pd.concat([f[["plant_id", *PLACE]] for f in (ds.status_history, events)]).dropna(subset="cell")
    rows = rows.drop_duplicates("plant_id").set_index("plant_id")
    return rows.assign(cell="A" + rows["cell"].str.extract(r"(\d+)$", expand=False))


def keys(table: str, frame: pd.DataFrame) -> pd.Series:
    """返回每行的主键，没有主键的表为整行。

    Return each row's key as a tuple of text (None: null) in the order of the table's key; all columns where it has none.
    """
    import pandas as pd

    columns = tables()[table].columns
    texts = [as_text(frame[c], columns[c]) for c in tables()[table].key or columns]
    return pd.Series(list(zip(*(t.astype(object).where(t.notna(), None) for t in texts), strict=True)), frame.index, dtype=object)


def as_text(values: pd.Series, field: Field) -> pd.Series:
    """把一列数值写成文字。

    Return a column's values as text: dates as 2022-06-01, numbers in the fewest digits that are exact, null as null.

    >>> import pandas as pd
    >>> as_text(pd.Series([12.0, 0.1, None]), Field(label="投资", type="number")).tolist()
    ['12', '0.1', nan]
    """
    text: pd.Series
    match field.type:
        case "date":
            text = values.dt.strftime("%Y-%m-%d")
        case "number":
            text = values.map(lambda x: repr(x).removesuffix(".0"), na_action="ignore")
        case "integer":
            text = values.astype("string")
        case _:
            text = values
    return text.astype("str")
