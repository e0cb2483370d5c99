"""Differences between two snapshots: they say all that changed, nothing else, and where each value stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis.differences import KINDS, counts, differences
from cpaudit.analysis.provenance import PLACE, as_text, keys
from cpaudit.dataset import Dataset
from cpaudit.fields import TABLES, tables
from tests.support.builders import dataset, event, plant
from tests.support.examples import examples

Record = dict[str, Any]
Records = dict[tuple[str, tuple[str | None, ...], int], dict[str, str]]

_TEXT = st.sampled_from(["甲", "乙", "a;b", "", "1", " "])
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": _TEXT,
    "code": _TEXT,
    "codes": _TEXT,
    "date": st.sampled_from(["2022-01-31", "2022-06-01"]),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.1, 12.0]),
    "integer": st.integers(-3, 3),
}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Dataset, Dataset]:
    """Two data sets with a few records in one table, columns left out at will; keys come twice, too. Plants are in half."""
    table = draw(st.sampled_from(TABLES))
    columns = {name: st.none() | _VALUES[f.type] for name, f in tables()[table].columns.items()}
    records = st.lists(st.fixed_dictionaries({}, optional=columns), max_size=4)
    plants = draw(st.sampled_from([[], [plant("甲"), plant("乙", unit="handan")]]))
    one, other = ({"plants": plants, table: draw(records)} for _ in range(2))
    return dataset(**one), dataset(**other)


def content(ds: Dataset) -> Records:
    """Every record by table, key and number among its like: its values as text, nulls and places left out."""
    found: Records = {}
    for name in TABLES:
        frame, table = getattr(ds, name), tables()[name]
        fields = [c for c in table.columns if c not in table.key and c not in (PLACE if table.provenance else ())]
        texts = {c: as_text(frame[c], table.columns[c]) for c in (fields if table.key else [])}
        for at, key in enumerate(keys(name, frame)):
            nth = sum((name, key, n) in found for n in range(at))
            found[name, key, nth] = {c: t.iloc[at] for c, t in texts.items() if pd.notna(t.iloc[at])}
    return found


def applied(to: Records, found: pd.DataFrame) -> Records:
    """What becomes of the records when the differences are carried out line by line."""
    result = {where: dict(values) for where, values in to.items()}
    for line in found.itertuples():
        where = (line.table, line.key, line.nth)
        if line.kind == "removed":
            result.pop(where, None)
        elif pd.isna(line.field):
            result.setdefault(where, {})
        elif pd.isna(line.after):
            assert result[where].pop(line.field) == line.before
        else:
            assert line.kind == "added" or result[where].get(line.field, None) in (line.before, None)
            result.setdefault(where, {})[line.field] = line.after
    return result


@examples(4)
@given(pairs())
def test_the_differences_turn_the_old_one_into_the_new_one(both: tuple[Dataset, Dataset]) -> None:
    old, new = both
    assert applied(content(old), differences(old, new)) == content(new)


@examples(4)
@given(pairs())
def test_the_same_records_in_other_cells_are_no_difference(both: tuple[Dataset, Dataset]) -> None:
    old, _ = both
    moved = {name: getattr(old, name).assign(file="另一份.xlsx", cell="B2") for name in TABLES if tables()[name].provenance}
    assert differences(old, old).empty
    assert differences(old, replace(old, **moved)).empty


@examples(4)
@given(pairs())
def test_the_way_back_mirrors_the_way_there(both: tuple[Dataset, Dataset]) -> None:
    one, other = both
    there, back = differences(one, other), differences(other, one)
    swap = {"before": "after", "after": "before"}
    swap |= {f"{a}_{part}": f"{b}_{part}" for a, b in (("old", "new"), ("new", "old")) for part in PLACE}
    mirrored = back.rename(columns=swap).assign(kind=back["kind"].replace({"added": "removed", "removed": "added"}))
    # name, unit and order are the newer one's
    columns = [c for c in there.columns if c not in ("name", "unit")]
    assert sorted(map(repr, mirrored[columns].to_numpy().tolist())) == sorted(map(repr, there[columns].to_numpy().tolist()))


def place(name: str, cell: str) -> Record:
    return {"file": f"{name}.xlsx", "sheet": "进度", "cell": cell}


def test_a_change_says_which_plant_and_field_and_both_cells() -> None:
    old = dataset(plants=[plant()], events=[event("p1", "assessed", "2022-06-20", score=80.5, **place("六月", "K5"))])
    new = dataset(plants=[plant()], events=[event("p1", "assessed", "2022-06-28", score=80.5, **place("七月", "K9"))])
    (line,) = differences(old, new).to_dict("records")
    assert (line["table"], line["kind"], line["field"]) == ("events", "changed", "date")
    assert (line["name"], line["unit"]) == ("示例企业p1", "shijiazhuang")
    assert (line["before"], line["after"]) == ("2022-06-20", "2022-06-28")
    assert [line[f"old_{p}"] for p in PLACE] == ["六月.xlsx", "进度", "K5"]
    assert [line[f"new_{p}"] for p in PLACE] == ["七月.xlsx", "进度", "K9"]


def test_a_status_stands_in_the_progress_table_and_not_on_the_roster() -> None:
    said = event("p1", "notified", "2021-12-25", **place("石家庄市", "F7"))
    old = dataset(plants=[plant(**place("名单", "A5"))], events=[said])
    closed = {"plant_id": "p1", "status": "closed", "since": "2022-06-01", **place("石家庄市", "T8")}
    new = dataset(plants=[plant(status="closed", **place("名单", "A5"))], events=[said], status_history=[closed])
    line = differences(old, new).query("field == 'status'").iloc[0]
    assert [line["old_file"], line["old_cell"], line["new_file"], line["new_cell"]] == [
        "石家庄市.xlsx",
        "A7",
        "石家庄市.xlsx",
        "A8",
    ]


def test_a_changed_file_shows_by_its_hash() -> None:
    old = dataset(sources=[{"path": "名单.xlsx", "sha256": "aa"}])
    new = dataset(sources=[{"path": "名单.xlsx", "sha256": "bb"}])
    (line,) = differences(old, new).to_dict("records")
    assert (line["field"], line["before"], line["after"], line["new_file"]) == ("sha256", "aa", "bb", "名单.xlsx")


def test_counts_by_table_unit_and_plant_agree_with_the_lines(ds: Dataset) -> None:
    old = ds.at(pd.Timestamp("2022-09-01").date())
    found = differences(old, ds)
    wanted = found.drop_duplicates(["table", "key", "nth"])["kind"].value_counts()
    for by in ("table", "unit", "plant"):
        counted = counts(found, by)
        assert counted[list(KINDS)].sum().to_dict() == {kind: wanted.get(kind, 0) for kind in KINDS}
        assert counted["values"].sum() == (found["kind"] == "changed").sum()
    added = counts(found, "table").set_index("table")["added"]
    assert added["events"] == len(ds.events) - len(old.events)
