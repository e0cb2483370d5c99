"""Online against offline: every field both carry, who is newer, and a score with its denominator."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis import reconcile
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.views.parts import unit_name
from cpaudit.views.tables import reconcile as reconcile_tables
from tests.support.builders import dataset, event, plant
from tests.support.examples import examples

PLANTS = [plant("p1"), plant("p2", unit="handan")]
OTHER = {"online": "offline", "offline": "online"}


def at(channel: str, row: int) -> dict[str, str]:
    return {"channel": channel, "file": f"{channel}.xlsx", "sheet": "表", "cell": f"A{row}"}


def items(*events: dict[str, Any]) -> list[dict[str, Any]]:
    return reconcile.items(dataset(plants=PLANTS, events=list(events))).to_dict("records")


def test_equal_dates_agree_and_unequal_ones_say_both_values_and_both_cells() -> None:
    rows = items(
        event("p1", "notified", "2021-12-25", **at("online", 2)),
        event("p1", "notified", "2021-12-25", **at("offline", 3)),
        event("p1", "registered", "2022-01-07", **at("online", 2)),
        event("p1", "registered", "2022-01-05", **at("offline", 3)),
    )
    assert [r["state"] for r in rows] == ["same", "differ"]
    differ = rows[1]
    assert (differ["online"], differ["offline"]) == ("2022-01-07", "2022-01-05")
    assert (differ["online_file"], differ["online_cell"]) == ("online.xlsx", "A2")
    assert (differ["offline_file"], differ["offline_cell"]) == ("offline.xlsx", "A3")


@pytest.mark.parametrize(
    ("online", "offline", "newer"),
    [("2022-02-01", "2022-01-05", "online"), ("2022-01-05", "2022-02-01", "offline"), ("2022-01-05", "2022-01-05", "unknown")],
)
def test_the_newer_side_is_the_one_with_the_later_last_entry_else_it_cannot_be_told(
    online: str, offline: str, newer: str
) -> None:
    rows = items(
        event("p1", "notified", "2021-12-25", channel="online"),
        event("p1", "notified", "2021-12-26", channel="offline"),
        event("p1", "registered", online, channel="online"),
        event("p1", "registered", offline, channel="offline"),
    )
    assert {r["newer"] for r in rows} == {newer}


def test_what_only_one_side_has_is_listed_but_not_compared() -> None:
    ds = dataset(plants=PLANTS, events=[event("p1", "notified", "2021-12-25", channel="offline")])
    assert reconcile.items(ds)["state"].tolist() == ["only_offline"]
    row = reconcile.agreement(ds).iloc[0]
    assert (row["comparable"], row["only_offline"]) == (0, 1)
    assert pd.isna(row["agreement_pct"])


def test_results_are_compared_where_both_sides_have_judged() -> None:
    rows = items(
        event("p1", "assessed", "2022-06-01", result="passed", channel="online"),
        event("p1", "assessed", "2022-06-01", result="failed", channel="offline"),
        event("p2", "assessed", "2022-06-02", result="passed", channel="offline"),
        event("p2", "notified", "2021-12-25", channel="online"),
        event("p2", "notified", "2021-12-25", channel="offline"),
    )
    assert [(r["plant_id"], r["field"], r["state"]) for r in rows if r["field"] == "result"] == [("p1", "result", "differ")]


def test_a_score_that_only_returns_carry_contradicts_nothing() -> None:
    both = [event("p1", "assessed", "2022-06-01", channel=c) for c in OTHER]
    assert {r["field"] for r in items(both[0], both[1] | {"score": 85.0})} == {"date", "result"}
    fields = [r for r in items(both[0] | {"score": 80.0}, both[1] | {"score": 85.0}) if r["field"] == "score"]
    assert [(r["online"], r["offline"], r["state"]) for r in fields] == [("80", "85", "differ")]


def test_what_a_unit_does_itself_has_no_online_side() -> None:
    assert items(event(None, "summary_sent", "2022-12-01", channel="offline")) == []


def test_nothing_to_compare_gives_empty_tables() -> None:
    ds = dataset(plants=PLANTS)
    assert reconcile.items(ds).empty
    assert all(reconcile.agreement(ds, by).empty for by in ("unit", "field", "plant"))  # type: ignore[arg-type]


days = st.dates(dt.date(2021, 12, 21), dt.date(2022, 6, 30)).map(dt.date.isoformat)
keys = st.tuples(
    st.sampled_from(["p1", "p2"]), st.sampled_from(["notified", "registered", "assessed"]), st.sampled_from(list(OTHER))
)
records = st.dictionaries(
    keys, st.tuples(days, st.sampled_from(["passed", "failed"]), st.sampled_from([None, 80.0, 90.0])), max_size=12
)


ways: st.SearchStrategy[reconcile.By] = st.sampled_from(["unit", "field", "plant"])


def from_records(found: dict[Any, Any]) -> list[dict[str, Any]]:
    return [event(p, m, d, channel=c, result=r, score=s) for (p, m, c), (d, r, s) in found.items()]


@given(records)
@examples(4)
def test_swapping_the_channels_mirrors_the_answer(found: dict[Any, Any]) -> None:
    events = from_records(found)
    one = reconcile.items(dataset(plants=PLANTS, events=events))
    two = reconcile.items(dataset(plants=PLANTS, events=[e | {"channel": OTHER[e["channel"]]} for e in events]))
    mirror = {"only_online": "only_offline", "only_offline": "only_online"} | OTHER
    swapped = two.rename(columns={"online": "offline", "offline": "online"}).replace({"state": mirror, "newer": mirror})
    columns = ["plant_id", "milestone", "field", "online", "offline", "state", "newer"]
    assert one[columns].to_dict("records") == swapped[columns].to_dict("records") or one.empty
    assert len(one) == len(two)


@given(records, ways)
@examples(4)
def test_two_sides_that_are_the_same_agree_wholly(found: dict[Any, Any], by: reconcile.By) -> None:
    mine = [e for e in from_records(found) if e["channel"] == "offline"]
    ds = dataset(plants=PLANTS, events=[*mine, *(e | {"channel": "online"} for e in mine)])
    assert set(reconcile.agreement(ds, by)["agreement_pct"]) <= {100.0}


@given(records, ways)
@examples(4)
def test_every_way_to_count_adds_up_to_the_same(found: dict[Any, Any], by: reconcile.By) -> None:
    ds = dataset(plants=PLANTS, events=from_records(found))
    listed = reconcile.items(ds)["state"].value_counts()
    counted = reconcile.agreement(ds, by)
    for state in ("same", "differ", "only_online", "only_offline"):
        assert counted[state].sum() == listed.get(state, 0)
    assert (counted["comparable"] == counted["same"] + counted["differ"]).all()


def test_the_sample_differs_exactly_where_it_was_made_to(ds: Dataset) -> None:
    differ = reconcile.items(ds)
    differ = differ[(differ["state"] == "differ") & (differ["field"] == "date")]
    told = ds.problems[ds.problems["code"] == "online_offline_differ"]
    assert sorted(zip(differ["offline_file"], differ["offline_cell"], strict=True)) == sorted(
        zip(told["file"], told["cell"], strict=True)
    )


def test_a_notice_that_asks_for_no_agreement_is_not_said_to() -> None:
    ds = dataset(plants=PLANTS)
    ds = replace(ds, programme=ds.programme.model_copy(update={"duties": []}))
    note = reconcile_tables.reconcile(ds, "unit").note
    assert ("通知没有要求" in note, "依据：通知" in note) == (True, False)


def test_the_clause_is_named_and_the_result_says_whose_numbers_these_are(ds: Dataset) -> None:
    table = reconcile_tables.reconcile(ds, "unit")
    assert "四（二）" in table.note
    assert "示范数据" in table.note
    assert len(table.frame) == 14


@pytest.mark.parametrize("by", ["plant", "item"])
def test_the_plants_of_a_table_lead_to_their_files(ds: Dataset, by: reconcile_tables.By) -> None:
    table = reconcile_tables.reconcile(ds, by)
    names = ds.plants.set_index("plant_id")["name"]
    assert table.columns["name"].plant
    assert [names[p] for p in table.plants] == table.frame["name"].tolist()


def test_the_workbook_to_send_back_holds_the_score_and_every_difference(ds: Dataset, warehouse: Path, tmp_path: Path) -> None:
    import openpyxl

    out = tmp_path / "核对.xlsx"
    unit = unit_name(reconcile.agreement(ds).sort_values("differ")["unit"].iloc[-1])
    assert run(["reconcile", "--warehouse", str(warehouse), "--unit", unit, "--format", "xlsx", "--out", str(out)]) == 0
    sheets = openpyxl.load_workbook(io.BytesIO(out.read_bytes())).worksheets
    assert len(sheets) == 2
    text = [[c.value for c in row] for row in sheets[1].iter_rows()]
    assert "线下单元格" in text[2]
    assert any(f"上报/{unit}" in str(c) for c in text[3])
