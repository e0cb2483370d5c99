"""Batches side by side, held against plain lists of what was put in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import cpaudit as cp
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.programme import load_programme
from cpaudit.views.tables import batches as tables
from tests.support import builders as b
from tests.support.silent import texts

FINAL = dt.date(2022, 11, 30)
batches = cp.analysis.batches


def batch(its: str, plants: dict[str, str], listed: str, as_of: str = "2023-03-01", **more: Any) -> Dataset:
    """A batch of plants by what came of them: a date (accepted), failed, stopped, nothing more, ? (unclear), - (silent)."""
    events: list[Any] = []
    rows = []
    for name, came in plants.items():
        rows.append(b.plant(name, listed_on=listed, status="suspended" if came == "stopped" else "active", **more))
        if came != "-":
            events.append(b.event(name, "notified", listed))
        if came[:1] == "2":
            events.append(b.event(name, "accepted", came))
        elif came in ("failed", "?"):
            events.append(b.event(name, "accepted", "2022-10-01", result="failed" if came == "failed" else "unread"))
    ds = b.dataset(plants=rows, events=events, as_of=dt.date.fromisoformat(as_of))
    silent = ds.returns["plant_id"].isin([name for name, came in plants.items() if came == "-"])
    sent = ds.returns.assign(state=ds.returns["state"].mask(silent, "nothing"))
    return replace(ds, returns=sent, programme=load_programme("hebei-2021-2").model_copy(update={"id": its}))


OLD = {"a": "2022-11-01", "b": "failed", "c": "", "d": "stopped", "e": "?", "f": "-"}
NEW = {"a": "", "b": "2023-01-05", "c": "", "g": "", "x": ""}


@pytest.fixture(scope="module")
def old() -> Dataset:
    return batch("one", OLD, "2021-12-20", reasons="toxic")


@pytest.fixture(scope="module")
def new() -> Dataset:
    return batch("two", NEW, "2022-01-20")


def test_what_came_of_each_plant_in_each_batch(old: Dataset, new: Dataset) -> None:
    found = batches.plants(new, old)
    assert found["batch"].tolist() == ["one"] * 6 + ["two"] * 5
    assert dict(zip(found["plant_id"][:6], found["outcome"][:6], strict=True)) == {
        "a": "accepted", "b": "failed", "c": "overdue", "d": "left", "e": "unclear", "f": "not_reported",
    }  # fmt: skip


def flow(frame: Any) -> dict[str, tuple[int, int]]:
    return {row.outcome: (row.n, row.again) for row in frame.itertuples()}


def test_who_is_listed_again_after_what(old: Dataset, new: Dataset) -> None:
    assert flow(batches.flows(new, old)) == {
        "accepted": (1, 1), "failed": (1, 1), "overdue": (1, 1), "left": (1, 0), "unclear": (1, 0), "not_reported": (1, 0),
        "first": (2, 2),
    }  # fmt: skip
    third = batch("three", {"d": "", "x": "", "y": ""}, "2022-02-20")
    later = batches.flows(old, new, third)
    assert flow(later[later["next_batch"] == "three"])["earlier"] == (1, 1)
    assert flow(later[later["next_batch"] == "three"])["first"] == (1, 1)


def test_who_was_never_audited_though_listed(old: Dataset, new: Dataset) -> None:
    found = batches.unaudited(old, new).set_index("plant_id")
    assert sorted(found.index) == ["c", "d", "e", "f", "g", "x"]
    assert found.loc["c", ["times", "batch"]].tolist() == [2, "two"]
    assert sorted(found.index[found["doubtful"]]) == ["e", "f"]


def by_hand(plants: Iterable[str], distance: int, as_of: dt.date) -> tuple[int, int, int]:
    on = FINAL - dt.timedelta(distance)
    kept = [] if on > as_of else [came for came in plants if came != "stopped"]
    known = [came for came in kept if came not in ("?", "-")]
    return len(known), sum(came[:1] == "2" and dt.date.fromisoformat(came) <= on for came in known), len(kept) - len(known)


@pytest.mark.parametrize("as_of", ["2022-10-15", "2022-11-30", "2023-03-01"])
def test_at_like_distances_from_the_deadline(as_of: str) -> None:
    plants = OLD | {"h": "2022-06-01", "i": "2022-12-15"}
    plants = {name: came for name, came in plants.items() if came[:1] != "2" or came <= as_of}
    found = batches.at_distance(batch("one", plants, "2021-12-20", as_of))
    expected = {d: by_hand(plants.values(), d, dt.date.fromisoformat(as_of)) for d in batches.DISTANCES}
    told = {row.days_before: (row.n, row.done, row.unknown) for row in found.itertuples()}
    assert told == {d: e for d, e in expected.items() if e[0] + e[2]}


def test_one_programme_twice_is_refused(old: Dataset) -> None:
    with pytest.raises(UsageError, match="批次 one 给了两次"):
        batches.plants(old, old)
    with pytest.raises(UsageError, match="至少给一个批次"):
        batches.flows()


@pytest.mark.parametrize("by", tables.WAYS)
def test_every_way_is_a_table_with_words_for_people(by: str, old: Dataset, new: Dataset) -> None:
    shown = tables.compared((old, new), by)
    assert len(shown.frame) > 0
    text = shown.frame[list(shown.columns)].to_string(header=False)
    assert not any(code in text for code in ("accepted", "overdue", "not_reported", "under_way", "shijiazhuang"))
    assert not any(code in text for code in ("mandatory", "True", "False"))


@pytest.mark.parametrize("by", ["unit", "industry"])
def test_batches_that_end_with_different_steps_share_no_step_s_name(by: str, old: Dataset, new: Dataset) -> None:
    heads = [column.label for column in tables.compared((old, new), by).columns.values()]
    assert "已完成审核" in heads
    assert not any("验收" in head for head in heads)


def test_batches_of_other_places_are_no_next_lists_of_each_other(old: Dataset, new: Dataset) -> None:
    there = batch("there", {"q": ""}, "2022-01-05", unit="wuhan")
    there = replace(there, programme=there.programme.model_copy(update={"units": ("wuhan",)}))
    assert batches.flows(old, there).empty
    assert "没有共同的上报单位" in tables.compared((old, there), "flow").empty
    through = batches.flows(old, there, new)
    assert set(zip(through["batch"], through["next_batch"], strict=True)) == {("one", "two")}


def test_any_number_of_batches_can_be_drawn(new: Dataset) -> None:
    from cpaudit.views.figures.batches import at_distance

    others = [batch(f"more{n}", {f"m{n}{at}": "2022-06-01" for at in range(4)}, f"2022-02-0{n + 1}") for n in range(6)]
    drawn = at_distance([new, *others])
    assert len(drawn.figure.data) == 7  # type: ignore[union-attr]


def test_units_and_trades_over_the_years_stand_batch_after_batch(new: Dataset) -> None:
    told = batch("one", OLD | {"e": "", "f": ""}, "2021-12-20")
    found = batches.groups(new, told, by="unit")
    mine = found[found["unit"] == "shijiazhuang"]
    assert list(zip(mine["batch"], mine["year"], strict=True)) == [("one", 2021), ("two", 2022)]
    first, second = (100 * done / n for done, n in ((1, 6), (1, 5)))
    assert mine["change_pct"].isna().tolist() == [True, False]
    assert mine["change_pct"].iloc[1] == pytest.approx(second - first)


def test_a_cohort_is_a_way_to_group_everywhere() -> None:
    first = {"a": "2022-11-01", "b": ""}
    ds = batch("hebei-2021-2", first, "2021-12-20")
    title = load_programme("hebei-2018").title
    ds = replace(ds, plants=ds.plants.assign(cohort=[title, None]))
    ways: list[Any] = [
        cp.analysis.progress.summary,
        cp.analysis.funnel.funnel,
        cp.analysis.pace.pace,
        cp.analysis.benefits.totals,
    ]
    for way in (*ways, cp.analysis.attainment.summary, cp.analysis.handover.results, cp.analysis.plausibility.summary):
        assert set(way(ds, "cohort")["cohort"]) <= {"hebei-2018", "hebei-2021-2"}, way
    shown = cp.analysis.progress.summary(ds, "首次列入批次").set_index("cohort")
    assert shown["accepted"].to_dict() == {"hebei-2018": 1, "hebei-2021-2": 0}
    from cpaudit.views.tables.base import progress as progress_table

    assert set(progress_table(ds, "cohort").frame["cohort"]) == {title, load_programme("hebei-2021-2").title}


COHORTS = {"said": "hebei-2018", "blank": None, "unread": None}


@pytest.mark.parametrize(("choice", "blank"), [("unsaid", "（未填）"), ("this_batch", load_programme("hebei-2021-2").title)])
def test_who_was_listed_first_is_said_only_where_the_list_or_the_programmes_reading_does(choice: str, blank: str) -> None:
    """A plant of which nobody understood it isn't among those that this batch listed first, nor one whose list is silent."""
    ds = batch("hebei-2021-2", dict.fromkeys(COHORTS, ""), "2021-12-20")
    rules = ds.programme.interpretations
    rules = rules.model_copy(update={"first_listed": rules.first_listed.model_copy(update={"choice": choice})})
    notes = ds.plants["plant_id"].map({"unread": "stricter_level;cohort"})
    plants = ds.plants.assign(cohort=ds.plants["plant_id"].map(COHORTS), unread_fields=notes)
    ds = replace(ds, programme=ds.programme.model_copy(update={"interpretations": rules}), plants=plants)
    from cpaudit.views.tables import base, bulletin
    from cpaudit.views.tables.batches import compared

    expected = {load_programme("hebei-2018").title: 1, blank: 1, "未读懂": 1}
    for made in (base.progress(ds, "cohort"), compared((ds,), "cohort")):
        assert made.frame.set_index("cohort")["listed"].to_dict() == expected
    tables = (base.progress, base.attainment, base.benefits, bulletin.funnel, bulletin.pace)
    for made in (*(each(ds, "cohort") for each in tables), compared((ds,), "cohort")):
        assert set(made.frame["cohort"]) <= set(expected)
        assert f"空着的企业 1 家，工作台取为{rules.first_listed.meaning}" in made.note
    whole, each = (cp.analysis.benefits.totals(ds, by)["options"].sum() for by in (None, "cohort"))
    assert whole == each
    shown = batches.plants(ds).set_index("plant_id")["first_batch"]
    assert (shown["unread"], pd.isna(shown["blank"])) == ("unread", choice == "unsaid")
    from cpaudit.views.tables.history import carry_over

    later = replace(ds, plants=ds.plants.assign(status="rolled_over"))
    carried = carry_over(later).frame.set_index("name")["cohort"]
    assert sorted(carried) == sorted(
        ["hebei-2018", "未读懂", "hebei-2021-2" if choice == "this_batch" else f"{ds.programme.title}或更早"]
    )


def test_a_share_is_told_only_of_enough_plants_of_which_enough_is_known(old: Dataset) -> None:
    """Of two plants, and where a third is silent, how many finished is told, and no percentage."""
    few = batch("few", {"a": "2022-11-01", "b": ""}, "2021-12-20")
    many = batch("many", dict.fromkeys("abcdefghij", "2022-11-01") | {"k": ""}, "2022-01-20")
    for ds, sure in ((few, False), (old, False), (many, True)):
        assert batches.at_distance(ds)["done_pct"].notna().any() == sure
        rows = batches.groups(ds, by="unit").set_index("unit")
        assert rows["accepted_pct"].notna().any() == sure
    assert rows.loc["shijiazhuang", ["listed", "accepted"]].tolist() == [11, 10]
    text = "\n".join(texts(cp.compare(few, old)))
    assert "%" not in text.replace("10%", "")
    assert "企业太少，或未报送、结果不明的太多" in text
    again = batches.flows(few, many).set_index("outcome")
    assert again.loc["first", "again_pct"] == 100
    assert pd.isna(again.loc["accepted", "again_pct"])


def test_a_plant_whose_status_nobody_understands_may_have_left() -> None:
    ds = batch("one", dict.fromkeys("abcde", ""), "2021-12-20", "2022-10-15")
    unread = replace(ds, plants=ds.plants.assign(status=ds.plants["status"].mask(ds.plants["plant_id"] == "a", "unread")))
    assert batches.at_distance(unread)[["n", "unknown"]].drop_duplicates().to_numpy().tolist() == [[4, 1]]


def test_nobody_says_which_list_came_first_where_none_has_a_day(old: Dataset, new: Dataset) -> None:
    nowhere = replace(new, plants=new.plants.assign(listed_on=pd.NaT))
    document = new.programme.document.model_copy(update={"published": dt.date(2022, 1, 10)})
    by_notice = batches.flows(old, replace(nowhere, programme=new.programme.model_copy(update={"document": document})))
    with pytest.raises(UsageError, match="没有名单公布日期和印发日期"):
        batches.flows(old, nowhere)
    assert len(by_notice) > 0
    assert "两个以上的批次" not in "\n".join(texts(cp.compare(old, nowhere)))


def test_of_whom_it_is_not_known_stands_last_and_no_title_says_that_they_did_not_finish(old: Dataset, new: Dataset) -> None:
    shown = tables.compared((old, new), "unaudited")
    assert shown.title == "没有批次说明已完成审核的企业"
    assert shown.frame["doubtful"].tolist() == ["否"] * 4 + ["是"] * 2
