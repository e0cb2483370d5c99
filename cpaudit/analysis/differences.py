"""快照差异：两份快照之间哪些记录、哪些数据变了。

Differences between two snapshots, record by record and field by field, keyed as the field dictionary says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from cpaudit.analysis.basis.codes import in_words
from cpaudit.analysis.provenance import PLACE, RETURNED, as_text, keys, returned
from cpaudit.dataset.cuts import UNDATED
from cpaudit.dataset.dated import undated
from cpaudit.errors import UsageError
from cpaudit.errors.arguments import dataset_of, frame_of, one_of
from cpaudit.fields import TABLES, labels, tables
from cpaudit.labels.lists import named

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

KINDS = labels("kind", "added")
_SIDES = ("old", "new")
_COLUMNS = ["table", "kind", "plant_id", "name", "unit", "key", "nth", "field", "before", "after"]
_COLUMNS += [f"{side}_{part}" for side in _SIDES for part in PLACE]


def differences(old: Dataset, new: Dataset, *, across: bool = False) -> pd.DataFrame:
    """返回两份快照之间的差别，每个变动的字段一行。

    Return what turns ``old`` into ``new``, apart from where records stand in their files.

    A changed record has a row per field that changed; one that was added or removed has a row per field outside its key that
    isn't null, or a single row without field. Columns: table, kind (a key of ``KINDS``), plant_id, name, unit (the record's,
    else the plant's; of the newer snapshot where it has the plant), key (a tuple of text in the order of the table's key),
    nth (0, 1 … where several records of a table have one key), field, before, after (text, see
    :func:`cpaudit.analysis.provenance.as_text`), old_file, old_sheet, old_cell, new_file, new_sheet, new_cell (where the value
    came from). Values and options are compared only where both days have their own. Order: tables, plants as on the newer
    roster, records, fields. ``across``: they may be of two programmes, which have other steps and owe other returns.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.differences.differences(ds, ds).empty
    True

    Raises:
        UsageError: one of both is no data set, or they are of two programmes and not to be compared ``across``.
    """
    import pandas as pd

    for ds in (old, new):
        dataset_of(ds)
    if old.programme.id != new.programme.id and not across:
        raise UsageError(
            f"两份快照属于不同批次（{old.programme.title}；{new.programme.title}），节点和应报内容不同，差异不是变动；"
            "确要对照请加 --across（Python 里写 across=True）。"
        )
    unsaid = UNDATED if undated(old) or undated(new) else ()
    names = [name for name in TABLES if name not in unsaid and not getattr(old, name).equals(getattr(new, name))]
    parts = [_table(name, old, new) for name in names]
    if not parts:
        return pd.DataFrame(columns=_COLUMNS, dtype="str").astype({"nth": "int64"})
    plants = pd.concat([new.plants, old.plants])[["plant_id", "name", "unit"]].drop_duplicates("plant_id").set_index("plant_id")
    found = pd.concat(parts, ignore_index=True)
    found["name"] = found["plant_id"].map(plants["name"]).astype("str")
    found["unit"] = found["unit"].fillna(found["plant_id"].map(plants["unit"]).astype("str"))
    order = {"table": {t: at for at, t in enumerate(TABLES)}, "plant_id": {p: at for at, p in enumerate(plants.index)}}
    found = found.sort_values(["table", "plant_id"], key=lambda c: c.map(order[str(c.name)]), kind="stable", na_position="last")
    return found[_COLUMNS].reset_index(drop=True)


def _table(name: str, old: Dataset, new: Dataset) -> pd.DataFrame:
    import pandas as pd

    definition = tables()[name]
    key = list(definition.key or definition.columns)
    fields = [c for c in definition.columns if c not in key and not (definition.provenance and c in PLACE)]
    sides = [_side(name, getattr(ds, name), key, side) for ds, side in zip((old, new), _SIDES, strict=True)]
    # Missing parts of a key match each other.
    both = sides[0].merge(sides[1], on=[*key, "nth"], how="outer", suffixes=("_old", "_new"), indicator="_merged")
    both["_kind"] = both["_merged"].map({"left_only": "removed", "right_only": "added", "both": "changed"}).astype("str")
    differ = pd.DataFrame({f: _differ(both[f"{f}_old"], both[f"{f}_new"]) for f in fields}, index=both.index)
    both = both[differ.any(axis=1) | (both["_kind"] != "changed")]
    base = _base(name, both)
    lines = [base[~differ.loc[both.index].any(axis=1)].assign(field=None, before=None, after=None)]
    for field in fields:
        rows = both[differ.loc[both.index, field]]
        if len(rows):
            before, after = (as_text(rows[f"{field}_{side}"], definition.columns[field]) for side in _SIDES)
            lines.append(base.loc[rows.index].assign(field=field, before=before, after=after))
    found = pd.concat(lines).sort_index(kind="stable").astype(dict.fromkeys(("field", "before", "after"), "str"))
    if name == "plants":
        for ds, side, without in ((old, "old", "added"), (new, "new", "removed")):
            there = found["field"].isin(RETURNED) & (found["kind"] != without)
            found.loc[there, [f"{side}_{p}" for p in PLACE]] = returned(ds).reindex(found.loc[there, "plant_id"]).to_numpy()
    return found


def _side(name: str, frame: pd.DataFrame, key: list[str], side: str) -> pd.DataFrame:
    """Return a table's columns with the place of each row and its number among those of the same key."""
    places = frame.assign(file=frame["path"]) if name == "sources" else frame
    place = places.reindex(columns=PLACE).astype("str").add_prefix(f"{side}_")
    fields = frame.drop(columns=PLACE) if tables()[name].provenance else frame
    return fields.join(place).assign(nth=frame.groupby(key, dropna=False, sort=False).cumcount())


def _differ(before: pd.Series, after: pd.Series) -> pd.Series:
    return ~((before == after).fillna(False).astype(bool) | (before.isna() & after.isna()))


def _base(name: str, both: pd.DataFrame) -> pd.DataFrame:
    """Return what every line of a record says: all but field, before and after."""
    import pandas as pd

    base = (
        both[["_kind", "nth", *(f"{side}_{part}" for side in _SIDES for part in PLACE)]]
        .rename(columns={"_kind": "kind"})
        .assign(table=name, key=keys(name, both))
    )
    for column in ("plant_id", "unit"):
        own = both.get(column)
        if own is None:
            newer, older = both.get(f"{column}_new"), both.get(f"{column}_old")
            own = pd.Series(None, both.index, dtype="str") if newer is None or older is None else newer.fillna(older)
        base[column] = own
    return base


def counts(found: pd.DataFrame, by: Literal["table", "unit", "plant"]) -> pd.DataFrame:
    """按表、单位或企业返回差别的条数。

    Return how much of :func:`differences` there is in each table, unit or plant.

    Columns: the grouping (table; unit; or plant_id, name and unit), added, removed, changed (records), values (fields that
    changed). Tables and units come in their order, plants as they come; records of no plant or unit have a null there.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> found = cp.analysis.differences.differences(ds.at("2022-11-01"), ds)
    >>> cp.analysis.differences.counts(found, "table").columns.tolist()
    ['table', 'added', 'removed', 'changed', 'values']

    Raises:
        UsageError: ``found`` isn't what :func:`differences` gives, or ``by`` is none of the three.
    """
    frame_of(found, "请给 differences 返回的表", series=False)
    if missing := [column for column in _COLUMNS[:7] if column not in found]:
        raise UsageError(f"这张表缺少列 {'、'.join(missing)}，请给 differences 返回的表，在用 cp.labelled 换成中文列名之前。")
    by = cast(Any, one_of("不能按“{}”汇总", by, in_words(("table", "unit", "plant"))))
    keys_ = ["plant_id", "name", "unit"] if by == "plant" else [by]
    records = found.drop_duplicates(["table", "key", "nth"])
    marks = {kind: (records["kind"] == kind).astype(int) for kind in KINDS}
    result = records[keys_].assign(**marks).groupby(keys_, dropna=False, sort=False).sum()
    result["values"] = found[found["kind"] == "changed"].groupby(keys_, dropna=False, sort=False).size()
    result["values"] = result["values"].fillna(0).astype(int)
    order = {"table": list(TABLES), "unit": list(named("units"))}.get(by)
    result = result.reset_index()
    return result.sort_values(by, key=lambda c: c.map(order.index, na_action="ignore"), kind="stable") if order else result
