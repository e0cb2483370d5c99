"""Funnel, pace and bulletin: each rate with its denominator, each rank with what it rests on."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from cpaudit.analysis.bulletin import bulletin, laggards
from cpaudit.analysis.funnel import funnel
from cpaudit.analysis.pace import pace, s_curve
from cpaudit.dataset import Dataset
from cpaudit.errors import DefinitionError
from cpaudit.programme.conventions import BulletinRules, Conventions
from cpaudit.reference import parse_definition
from cpaudit.views.tables import bulletin as bulletin_tables
from tests.support import independent, independent_progress
from tests.support.builders import dataset, event, measurement, plant
from tests.support.histories import CALM, DAYS, PROGRAMME, histories

NOTICE = independent.read("programmes/hebei-2021-2.yaml")
RULES = BulletinRules.model_validate({"small_unit": 1, "bands": [{"label": "好", "min_pct": 50}, {"label": "差", "min_pct": 0}]})


def known(ds: Dataset) -> tuple[Any, ...]:
    return NOTICE, independent.plants(ds), independent.rows(ds.events), ds.as_of


# -- the funnel


@CALM
@given(histories(), DAYS)
def test_the_funnel_is_the_one_counted_by_hand(whole: Dataset, day: dt.date) -> None:
    ds = whole.at(day)
    frame = funnel(ds)
    found = {r["item"]: (r["n"], r["n_staying"]) for r in frame.to_dict("records") if pd.notna(r["n"]) and r["n"]}
    assert found == independent_progress.funnel(*known(ds))
    apart = frame[(frame["kind"] == "apart") & ~frame["item"].isin(["failed", "unclear", "status_unread", "not_reported"])]
    assert (frame["of_staying"] == frame["of_listed"] - apart["n"].sum()).all()


@CALM
@given(histories(), DAYS)
def test_groups_of_the_funnel_add_up(whole: Dataset, day: dt.date) -> None:
    ds = whole.at(day)
    counts = ["n", "of_listed", "n_staying", "of_staying"]
    wanted = funnel(ds).set_index("item")[counts].astype("Int64").fillna(0)  # null where nothing came of any plant
    for by in ("unit", "industry", "roster"):
        summed = funnel(ds, by).groupby("item")[counts].sum().reindex(wanted.index, fill_value=0).astype("Int64")
        assert summed.equals(wanted)


def test_a_unit_without_plants_has_rows_but_no_rate() -> None:
    rows = funnel(dataset(plants=[plant()]), "unit").query("unit == 'xiongan'")
    assert rows["n"].sum() == 0
    assert rows[["pct", "pct_staying"]].isna().all(axis=None)


def test_every_row_names_its_clause_or_that_the_notice_has_none() -> None:
    shown = bulletin_tables.funnel(dataset(plants=[plant()])).frame.set_index("item")["clause"]
    assert shown["已通过评估"] == "二（二）3"
    assert shown["停产"] == "通知未列，按上报状态"


def test_a_roster_that_is_not_the_one_announced_is_counted_as_it_is_and_said_so() -> None:
    shown = bulletin_tables.funnel(dataset(plants=[plant("a"), plant("b", roster="key_industry")]), "roster")
    assert "446 家（强制类 403 家、重点行业 43 家），所选数据中列入名单 2 家" in shown.note
    assert shown.frame.loc[shown.frame["item"] == "列入名单", "n"].tolist() == [1, 1]


# -- the pace


@CALM
@given(histories(), DAYS)
def test_the_pace_is_the_one_drawn_by_hand(whole: Dataset, day: dt.date) -> None:
    ds = whole.at(day)
    notice, plants, events, _ = known(ds)
    states = independent.milestone_states(notice, plants, events, day)
    wanted: dict[tuple[str, str], list[float]] = {}
    for p in plants:
        for m in (m for m in notice["milestones"] if m["scope"] == "plant"):
            share = independent_progress.expected(notice, p, m, day)
            state = states[p["plant_id"], m["id"]]
            if share is not None and state not in ("left", "not_applicable", "not_reported", "applies_unknown"):
                sums = wanted.setdefault((p["unit"], m["id"]), [0, 0, 0])
                sums[:] = [sums[0] + 1, sums[1] + (state in independent_progress.DONE), sums[2] + share]
    found = pace(ds).query("n > 0")
    assert {(r.unit, r.milestone): [r.n, r.done, pytest.approx(r.expected)] for r in found.itertuples()} == wanted
    assert found["distance"].tolist() == pytest.approx((found["done"] - found["expected"]).tolist())


def test_half_way_between_two_deadlines_half_of_the_plants_are_expected() -> None:
    ds = dataset(dt.date(2022, 6, 16), plants=[plant("a"), plant("b")], events=[event("a", "assessed", "2022-06-16")])
    row = pace(ds, "roster").set_index("milestone").loc["assessed"]
    assert row[["n", "done", "expected", "distance"]].tolist() == [2, 1, 1, 0]
    assert row[["done_pct", "expected_pct", "distance_pct", "clause"]].tolist() == [50, 50, 0, "二（二）3"]


def test_an_own_deadline_before_the_steps_that_lead_there_is_drawn_from_the_last_of_those_due_before_it() -> None:
    ds = dataset(dt.date(2022, 6, 16), plants=[plant("a", own_deadline=dt.date(2022, 7, 1)), plant("b")])
    row = pace(ds, "roster").set_index("milestone").loc["accepted"]
    assert row["expected"] == 0.5, "between 2022-06-01, when a's assessment was to be applied for, and its own day"


def test_nothing_is_expected_before_the_list_and_all_after_the_end() -> None:
    whole = dataset(dt.date(2023, 3, 1), plants=[plant()])
    assert pace(whole.at(dt.date(2021, 12, 1)))["expected"].sum() == 0
    assert pace(whole).query("n > 0")["expected_pct"].eq(100).all()


def test_a_plant_with_an_own_deadline_has_a_line_of_its_own() -> None:
    ds = dataset(dt.date(2022, 11, 30), plants=[plant(own_deadline="2022-12-31")])
    assert pace(ds).set_index(["unit", "milestone"]).loc[("shijiazhuang", "accepted"), "expected"] == pytest.approx(29 / 60)


def test_the_curve_meets_the_pace_on_its_day_and_ends_there() -> None:
    events = [event("a", "assessed", "2022-06-10"), event("b", "assessed", "2022-07-05")]
    ds = dataset(dt.date(2022, 6, 16), plants=[plant("a"), plant("b")], events=events)
    curve = s_curve(ds, ["assessed"]).set_index("date")
    assert curve["expected"].is_monotonic_increasing
    assert curve.loc["2022-06-16", ["done", "expected", "n"]].tolist() == [1, 1, 2]
    assert curve.loc["2022-06-09", "done"] == 0
    assert curve.loc[curve.index > "2022-06-16", "done"].isna().all()
    assert curve["expected"].iloc[-1] == 2


def test_without_plants_there_are_tables_without_a_rate() -> None:
    nobody = dataset(dt.date(2022, 6, 16))
    assert pace(nobody)["n"].sum() == 0
    assert pace(nobody)["expected_pct"].isna().all()
    assert s_curve(nobody)["expected"].sum() == 0
    assert set(bulletin(nobody)["group"]) == {"none"}
    assert funnel(nobody)["pct"].isna().all()


# -- the bulletin


@CALM
@given(histories(), DAYS)
def test_the_bulletins_counts_and_ranks_are_those_made_by_hand(whole: Dataset, day: dt.date) -> None:
    ds = whole.at(day)
    frame = bulletin(ds, rules=RULES)
    assert sorted(frame["unit"]) == sorted(PROGRAMME.units if ds.plants["unit"].nunique() != 1 else set(ds.plants["unit"]))
    counts = {r.unit: (r.due, r.done) for r in frame.itertuples() if pd.notna(r.due) and r.due}
    assert counts == independent_progress.due(*known(ds))
    ranked = frame[frame["group"] == "ranked"]
    for row in ranked.itertuples():
        better = {u: d / n for u, (n, d) in counts.items() if u in set(ranked["unit"]) and d * row.due > row.done * n}
        assert row.rank == len(better) + 1 if len(ranked) > 1 else pd.isna(row.rank)
        assert row.band == ("好" if row.done * 2 >= row.due else "差")
    assert (ranked["plants"] > RULES.small_unit).all()
    assert frame.loc[frame["group"] != "ranked", ["rank", "band"]].isna().all(axis=None)
    unknown = independent_progress.open_nodes(*known(ds))
    assert frame.loc[(frame["group"] != "ranked") & frame["unit"].map(lambda u: unknown[u] > 0), "pct"].isna().all()
    ends = {u: (d, d + unknown[u], n + unknown[u]) for u, (n, d) in counts.items() if u in set(ranked["unit"])}
    for unit, (low, high, n) in ends.items():  # however what nobody knows turns out, place and band stay
        assert (low * 2 >= n) == (high * 2 >= n)
        others = [end for other, end in ends.items() if other != unit and (unknown[unit] or unknown[other])]
        assert all(high * m < least * n or low * m > most * n for least, most, m in others)
    sure = frame[frame["unit"].map(lambda u: not unknown[u]) & (frame["plants"].fillna(0) > RULES.small_unit)]
    assert set(sure["group"]) <= {"ranked"}


def _units() -> list[dict[str, Any]]:
    """Two units of four plants, one of three."""
    homes = {"shijiazhuang": "abcd", "tangshan": "efgh", "dingzhou": "ijk"}
    return [plant(i, unit=unit) for unit, ids in homes.items() for i in ids]


def _notified(ids: str, day: str = "2021-12-25") -> list[dict[str, Any]]:
    return [event(i, "notified", day) for i in ids]


def test_equal_rates_share_a_rank_and_three_plants_stand_apart() -> None:
    ds = dataset(dt.date(2022, 1, 5), plants=_units(), events=_notified("abcefgijk"))
    frame = bulletin(ds)
    assert frame[["unit", "group", "rank", "pct"]].head(3).to_numpy().tolist()[:2] == [
        ["shijiazhuang", "ranked", 1, 75.0],
        ["tangshan", "ranked", 1, 75.0],
    ]
    small = frame[frame["unit"] == "dingzhou"].iloc[0]
    assert (small["group"], small["pct"], small["due"]) == ("small", 100.0, 3)
    assert pd.isna(small["rank"])
    assert set(frame["clause"]) == {"二（二）1"}
    assert frame.loc[frame["unit"] == "xiongan", "group"].tolist() == ["none"]


def test_without_an_earlier_snapshot_the_change_is_said_to_be_missing() -> None:
    ds = dataset(dt.date(2022, 1, 5), plants=_units(), events=_notified("abc"))
    changes = ["pct_change", "rank_before", "accepted_change", "overdue_change"]
    assert bulletin(ds)[changes].isna().all(axis=None)
    shown = bulletin_tables.bulletin(ds)
    assert not {*changes} & shown.columns.keys()
    assert "没有上期数据" in shown.note
    assert "工作台约定，不是正式标准" in shown.note


def test_the_change_is_counted_from_the_earlier_day() -> None:
    events = [*_notified("abc"), *_notified("d", "2022-01-10"), *_notified("efgh")]
    ds = dataset(dt.date(2022, 1, 15), plants=_units(), events=events)
    row = bulletin(ds, ds.at(dt.date(2022, 1, 5))).set_index("unit").loc["shijiazhuang"]
    assert row[["rank", "rank_before", "pct_change", "overdue_change", "accepted_change"]].tolist() == [1, 2, 25, -1, 0]
    shown = bulletin_tables.bulletin(ds, ds.at(dt.date(2022, 1, 5)))
    assert "pct_change" in shown.columns
    assert "没有上期数据" not in shown.note


def test_one_milestone_can_be_ranked_before_it_is_due() -> None:
    ds = dataset(dt.date(2022, 6, 1), plants=_units(), events=[event("a", "assessed", "2022-05-20")])
    row = bulletin(ds, milestone="assessed").set_index("unit").loc["shijiazhuang"]
    assert row[["due", "done", "pct", "rank"]].tolist() == [4, 1, 25, 1]


def test_how_complete_the_data_are_stands_beside_each_rank() -> None:
    ds = dataset(plants=_units(), measurements=[measurement("a", "demo_brewing", "b1", "before", 1.0)])
    assert bulletin(ds).set_index("unit").loc["tangshan", "given_pct"] == 0  # four plants owe, none of them answered
    assert {"given_pct", "errors", "plants", "due"} <= set(bulletin_tables.bulletin(ds).columns)


def test_before_the_notice_nobody_is_ranked_and_nobody_lags() -> None:
    ds = dataset(dt.date(2021, 11, 1), plants=_units())
    assert set(bulletin(ds)["group"]) == {"none"}
    assert laggards(ds).empty
    assert bulletin(ds)["clause"].unique().tolist() == [""]


def test_laggards_are_named_with_days_the_longest_first() -> None:
    plants = [plant("a"), plant("b"), plant("c", status="closed"), plant("d", unit="tangshan")]
    steps = [m.id for m in PROGRAMME.plant_milestones()]
    events = [event("a", m, "2021-12-24") for m in steps if m not in ("assessed", "accepted")]
    ds = dataset(dt.date(2022, 7, 11), plants=plants, events=[*events, event("d", "notified", "2021-12-24")])
    frame = laggards(ds)
    assert frame[["plant_id", "n_overdue", "days"]].to_numpy().tolist() == [["b", 7, 193], ["a", 1, 10], ["d", 6, 161]]
    assert frame.loc[1, ["milestones", "clause"]].tolist() == ["完成评估", "二（二）3"]
    assert frame.loc[1, "deadline"] == pd.Timestamp("2022-07-01")


def test_where_the_deadlines_day_is_late_already_it_counts_a_day_earlier() -> None:
    strict = PROGRAMME.model_copy(update={"deadline_inclusive": False})
    ds = replace(dataset(dt.date(2022, 7, 1), plants=_units()), programme=strict)
    assert bulletin(ds)["due"].sum() > bulletin(replace(ds, programme=PROGRAMME))["due"].sum()
    assert pace(ds).query("milestone == 'assessed' and n > 0")["expected_pct"].eq(100).all()


def test_bands_that_do_not_reach_down_to_zero_are_refused() -> None:
    good = independent.read("conventions.yaml")
    assert parse_definition(good, Conventions, "conventions.yaml").bulletin.small_unit == 3
    bad = {**good, "bulletin": {"small_unit": 3, "bands": [{"label": "好", "min_pct": 50}]}}
    with pytest.raises(DefinitionError, match="最后一档为 0"):
        parse_definition(bad, Conventions, "conventions.yaml")


def test_the_samples_bulletin_is_the_one_counted_by_hand(ds: Dataset) -> None:
    frame = bulletin(ds)
    assert {r.unit: (r.due, r.done) for r in frame.itertuples() if r.due} == independent_progress.due(*known(ds))
    found = {r["item"]: (r["n"], r["n_staying"]) for r in funnel(ds).to_dict("records") if r["n"]}
    assert found == independent_progress.funnel(*known(ds))
