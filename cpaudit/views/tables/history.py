"""Tables about time and origin: what changed between snapshots, where values came from, who goes to the next batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.dataset import dated
from cpaudit.fields import UNREAD, codes, tables
from cpaudit.labels import reasons_of, usual, worded
from cpaudit.labels.records import in_words
from cpaudit.reference import file, read_yaml
from cpaudit.views.columns import columns
from cpaudit.views.page import Column, Table
from cpaudit.views.readings import rolls_over
from cpaudit.views.tables.base import demonstration_note, table

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

_PLACE = ("file", "sheet", "cell")
#: The plant's columns, which lead to no page of its own.
_WHO = {"name": "plant_name", "unit": "unit"}
#: What a line about a record as a whole has in the place of a field.
_WHOLE = "（整条记录）"


def differences(old: Dataset, new: Dataset, by: str = "value", only: str | None = None, *, across: bool = False) -> Table:
    """Return what differs: a line per changed value and per record that came or went (``value``), or counts.

    ``by``: value, table, unit or plant; ``only``: one of the tables; ``across``: they may be of two programmes.
    """
    from cpaudit.analysis import differences as analysis

    found = analysis.differences(old, new, across=across)
    if only:
        found = found[found["table"] == only]
    title = f"快照差异：{old.as_of}（版本 {old.version}）→ {new.as_of}（版本 {new.version}）"
    if old.programme.id != new.programme.id:
        title = f"两个批次的对照：{old.programme.title}，{old.as_of} → {new.programme.title}，{new.as_of}"
    empty = "两份快照没有差异。"
    if by != "value":
        counted = worded(analysis.counts(found, by), table={name: t.label for name, t in tables().items()})  # type: ignore[arg-type]
        cols = columns(**_WHO, plant_id="plant_id") if by == "plant" else columns(by)
        cols |= columns(added=usual("added", beside="changed"), removed=usual("removed", beside="changed"))
        cols |= columns(changed=usual("changed", beside="added"), values=usual("values", beside="added"))
        return table("differences", title, counted, cols, empty=empty)
    found = _in_words(new, found)
    frame = _lines(found, ["table", "key", "nth"], ["before", "after"], found["kind"] != "changed")
    frame = worded(frame, kind=analysis.KINDS)
    cols = columns(table_label="table", kind="kind", **_WHO, record="key", field_label="field")
    cols |= columns(**{name: usual(name, beside="field") for name in ("before", "after")})
    cols |= columns(*(f"{side}_{part}" for side in ("old", "new") for part in _PLACE), "plant_id")
    return table("differences", title, frame, cols, empty=empty)


def trace(ds: Dataset, found: pd.DataFrame, title: str, one_field: bool) -> Table:
    """Return where values (of :func:`cpaudit.analysis.provenance.trace`) came from; a line per record unless ``one_field``.

    Columns ``check`` and ``raw``, where given, say what a look into the raw files found.
    """
    import pandas as pd

    if not one_field:  # the key stands in the record's own column
        key = [f in tables()[t].key for t, f in zip(found["table"], found["field"], strict=True)]
        found = found[~pd.Series(key, found.index, dtype="bool")]
    found = _in_words(ds, found)
    whole = pd.Series(not one_field, found.index)
    frame = _lines(found, ["table", "key", *_PLACE], ["value"], whole)
    when = f"{ds.written:%Y-%m-%d %H:%M}" if ds.written else ""
    frame = frame.assign(written=when, program=f"cpaudit {ds.program_version}", version=ds.version)
    cols = columns(table_label="table", record="key", field_label="field", value=usual("value", beside="field"))
    cols |= columns(*_PLACE)
    if "check" in frame:
        cols |= {"check": Column("与原文件核对"), "raw": Column("原文件内容")}
    cols |= {
        "sha256": Column("文件 SHA-256"),
        "written": Column("读入时间"),
        "program": Column("程序"),
        "version": Column("快照版本"),
    }
    note = "文件为空的，快照没有记录这项数据的出处。" if frame["file"].isna().any() else ""
    return table("trace", title, frame, cols, note, empty="没有找到这样的数据。")


def carry_over(ds: Dataset) -> Table:
    """Return the plants that go onto the next batch's list, under the headings of a roster, so that it can be read as one."""
    from cpaudit.analysis import carry_over as analysis

    frame = worded(
        analysis.carry_over(ds).rename(columns={"first_batch": "cohort"}),
        ds,
        reason=reasons_of(ds.programme),
        **{step: {m.id: m.label for m in ds.programme.milestones} for step in ("failed_milestone", "last_milestone")},
    )
    # The next batch reads the list as its own roster: blank, it would be the first to list them.
    frame["cohort"] = frame["cohort"].replace(UNREAD, codes("plants", "status")[UNREAD]).fillna(f"{ds.programme.title}或更早")
    frame["stricter_level"] = frame["stricter_level"].map({1: "Ⅰ级", 2: "Ⅱ级", 3: "Ⅲ级"})
    headings = read_yaml(file("layouts", "roster"))["columns"]
    cols = {name: Column(h["headings"][0]) for name, h in headings.items() if name in frame and ds.programme.asks(name)}
    if "hazardous_waste_t" in cols:
        cols["hazardous_waste_t"] = Column(cols["hazardous_waste_t"].label, "number", decimals=2)
    cols |= columns("roster", reason=usual("reason", code="rolled_over"))
    cols["since"] = Column("原因发生日期", "date")
    cols |= columns("failed_milestone", "last_milestone", "last_date", "proof")
    rosters = frame["roster"].unique()
    title = f"转入下一批企业名单{f'（{rosters[0]}）' if len(rosters) == 1 else ''}"
    title += f"（{dated.day(ds)}）" if dated.days_behind(ds) or dated.undated(ds) else ""
    n = int(analysis.undecided(ds).sum())
    open_ = f"另有 {n} 家状态未读懂、{ds.programme.final.noun}结果不明或未报送，尚不能判定是否转入。" if n else ""
    note = f"截至 {ds.as_of}。{open_}{rolls_over(ds)}" + demonstration_note(ds)
    return table("carry_over", title, frame, cols, note, empty=f"没有{'可以判定' if n else ''}需要转入下一批的企业。{open_}")


def _lines(found: pd.DataFrame, record: list[str], values: list[str], whole: pd.Series) -> pd.DataFrame:
    """Return the lines of ``found`` with those of a record shown as a whole joined into one."""
    import pandas as pd

    parts = found[whole]
    joined = {}
    for name in values:
        said = (parts["field_label"] + "：" + parts[name]).where(parts[name].notna() & parts["field_label"].notna())
        joined[name] = said.groupby([parts[c] for c in record], dropna=False, sort=False).agg(lambda s: "；".join(s.dropna()))
    first = parts.drop_duplicates(record).assign(field_label=_WHOLE, field=None)
    for name, said in joined.items():
        first[name] = said.to_numpy()
    return pd.concat([found[~whole], first]).sort_index(kind="stable")


def _in_words(ds: Dataset, found: pd.DataFrame) -> pd.DataFrame:
    """Return ``found`` with its values in words; fields' headings, keys and tables in words stand as further columns."""
    said = in_words(found.reset_index(drop=True), {m.id: m.label for m in ds.programme.milestones})
    named = said["table"].map(lambda t: tables()[t].label)
    said = said.assign(field_label=said["field"], record=said["key"], table_label=named)
    return said.assign(**{name: found[name].to_numpy() for name in ("field", "key")})
