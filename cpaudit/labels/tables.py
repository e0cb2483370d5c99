"""The tables of a data set as people read them, with plants and indicators named beside their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import unfit
from cpaudit.fields import UNREAD, codes, tables
from cpaudit.labels.columns import labelled

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


_SAID = {True: "是", False: "否", UNREAD: codes("plants", "roster")[UNREAD]}


def table(ds: Dataset, name: str) -> pd.DataFrame:
    """Return one table of a data set as :func:`labelled` does; see :meth:`cpaudit.dataset.Dataset.labelled`.

    Raises:
        UsageError: there is no table of that name.
    """
    from cpaudit.fields import TABLES

    if not isinstance(name, str):
        raise unfit("表的名称", name, '请写名称，如 ds.labelled("plants")；要换成中文的是一张表时，请写 cp.labelled(表, ds)')
    if name not in TABLES:
        choices = "、".join(f"{key}（{t.label}）" for key, t in tables().items())
        raise UsageError(f"没有叫“{name}”的表；请从下列各表中选择：{choices}。")
    frame: pd.DataFrame = getattr(ds, name)
    if name == "plants":
        frame = _with_own_columns(frame, ds)
    if name == "measurements":
        frame = _with_indicators(frame)
    if "plant_id" in frame and name != "plants":
        frame = _with_plants(frame, ds.plants)
    return labelled(frame, ds)


def _with_indicators(measurements: pd.DataFrame) -> pd.DataFrame:
    """Put beside each value what its indicator is called, is about, is counted in and is measured by."""
    from cpaudit.indicators import explain

    key = ["plant_id", "system", "process", "period", "indicator"]
    told = [
        "group_name",
        "category",
        "name",
        "unit",
        "limiting",
        *(f"{what}_{k}" for what in ("baseline", "text") for k in (1, 2, 3)),
    ]
    known = explain(measurements)[[*key, *told]].rename(columns={"name": "indicator_name", "unit": "measure"})
    frame = measurements.merge(known, on=key, how="left", validate="many_to_one")
    return frame[[*key, *(c for c in known if c not in key), *(c for c in measurements if c not in key)]]


def _with_own_columns(plants: pd.DataFrame, ds: Dataset) -> pd.DataFrame:
    """Return the plants with the columns of the notice's own by their headings, in the place of the text that keeps them."""
    import json

    import pandas as pd

    said = [json.loads(text) if isinstance(text, str) and text else {} for text in plants["attributes"].tolist()]
    at, kept = list(plants.columns).index("attributes"), plants.drop(columns="attributes")
    for place, own in enumerate(ds.programme.columns):
        heading = f"{own.label}（{own.unit}）" if own.unit else own.label
        values = [_SAID.get(value, value) if isinstance(value, str | bool) else value for value in (r.get(own.id) for r in said)]
        column = pd.Series(values, index=plants.index, dtype=object)
        if own.type == "date" and UNREAD not in values:
            column = pd.to_datetime(column)
        kept.insert(at + place, heading if heading not in kept else f"{heading}（名单）", column.infer_objects())
    return kept


def _with_plants(frame: pd.DataFrame, plants: pd.DataFrame) -> pd.DataFrame:
    """Put beside each plant_id what the plant is called and, where the table doesn't say it, its unit and trade."""
    named = plants.set_index("plant_id")[["name", "unit", "industry"]].rename(columns={"name": "plant_name"})
    more = named[[c for c in named if c not in frame]].reindex(frame["plant_id"])
    at = list(frame.columns).index("plant_id") + 1
    frame = frame.copy(deep=False)
    for place, column in enumerate(more):
        frame.insert(at + place, str(column), more[column].array)
    return frame
