"""Any notice as data: whatever steps, deadlines, lists and targets it has are taken as written, checked and reckoned with."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cpaudit import loaders
from cpaudit.analysis import attainment, carry_over, funnel, handover, progress
from cpaudit.analysis.across import limits
from cpaudit.dataset import Dataset
from cpaudit.indicators import find_system
from cpaudit.loaders.templates.filling import make
from cpaudit.programme import Programme, load_programme
from cpaudit.programme.checker import check
from cpaudit.programme.places import places
from cpaudit.views import benchmarking_page
from tests.support import independent_programme as plain
from tests.support.builders import credit_code, dataset, event, measurement, option, plant, returned

AS_OF = dt.date(2024, 9, 1)
LAST = {"final": True}
STEP = {"actor": "企业", "scope": "plant", "clause": "一", "duty": "办理"}


def notice(**more: Any) -> dict[str, Any]:
    """A small notice of its own: two steps of no role, one list of unknown size."""
    return {
        "id": "made", "title": "自定批次",
        "document": {"number": "未见", "title": "自定的通知", "issuers": ["某厅"], "published": None},
        "rosters": [{"id": "listed_one", "label": "甲类", "size": None, "clause": "附件"}],
        "units": ["wuhan", "huangshi"], "deadline_inclusive": True, "due_soon_days": 30,
        "milestones": [
            STEP | {"id": "begun", "label": "启动", "deadline": {"days_after_listing": 60}},
            STEP | {"id": "ended", "label": "完成审核", "deadline": {"months_after_listing": 12}, "after": ["begun"]} | LAST,
        ],
        "targets": [], "handovers": [], "duties": [], "summary": {"clause": "无", "contents": []},
    } | more  # fmt: skip


def under(made: dict[str, Any], plants: list[dict[str, Any]], as_of: dt.date = AS_OF, **rows: Any) -> Dataset:
    """A data set of a made notice."""
    told = [returned(p["plant_id"], milestones=";".join(m["id"] for m in made["milestones"])) for p in plants]
    return replace(dataset(as_of, plants=plants, returns=told, **rows), programme=Programme.model_validate(made))


def written(folder: Path, made: dict[str, Any]) -> Path:
    path = folder / "made.yaml"
    path.write_text(yaml.safe_dump(made, allow_unicode=True), encoding="utf-8")
    return path


# -- what is written


def test_words_that_one_naturally_writes_are_understood(tmp_path: Path) -> None:
    made = notice(
        targets=[
            {"id": "t", "label": "搬迁企业达到一级", "clause": "一", "applies_to": {"list": "relocation"},
             "requires": {"kind": "overall", "level": 1}},
            {"id": "c", "label": "完成干熄焦", "clause": "一", "applies_to": {"industries": ["steel"]},
             "requires": {"kind": "technology", "technology": "干熄焦"}},
        ],
        units=["futian", "nanshan", "dapeng"],
    )  # fmt: skip
    made["milestones"][0]["deadline"] = {"date": None, "days_after_listing": None}
    made["milestones"].append(STEP | {"id": "q", "label": "季报", "scope": "unit", "deadline": {"every": "quarter_end"}})
    found = check(written(tmp_path, made))
    assert not [f for f in found if f.severity == "error"], found
    assert {"milestones.0.deadline", "targets.0.applies_to.list"} <= {f.field for f in found if f.severity == "warning"}
    read = Programme.model_validate(made)
    assert read.units == ("shenzhen_futian", "shenzhen_nanshan", "shenzhen_dapeng")
    assert [t.requires.kind for t in read.targets] == ["overall", "measure"]


FAULTS = [
    (("milestones", 0, "deadline"), {"date": "2024-01-01", "none": "及时"}, "milestones.0.deadline", "只须写一种"),
    (("milestones", 1, "deadline"), {"after": "nobody", "days": 5}, "", "nobody"),
    (("milestones", 1, "deadline"), {"after": "begun"}, "milestones.1.deadline", "同时填写"),
    (("milestones", 1, "deadline"), {"every": "month"}, "", "定期"),
    (("milestones", 0, "deadline"), {"by": "roster", "other": {"none": "及时"}}, "milestones.0.deadline", "other"),
    (("milestones", 0, "deadline"), {"days_after_listing": 4_000_000}, "milestones.0.deadline.days_after_listing", "不大于"),
    (("milestones", 0, "role"), "audit", "milestones.0.role", "取值"),
    (("units",), ["atlantis"], "units.0", "atlantis"),
    (("rosters", 0, "size"), 0, "rosters.0.size", "不小于 1"),
]
TARGET_FAULTS = [
    ({"all": [{"industries": ["zement"]}]}, {"kind": "text", "text": "x"}, "targets.0.applies_to.all.0.industries", "zement"),
    ({"not": {"attributes": {"pool": True}}}, {"kind": "text", "text": "x"}, "targets.0.applies_to.not.attributes", "pool"),
    ({"all_plants": True}, {"kind": "change", "of": {"category": "pollutant"}}, "targets.0.requires", "pct"),
    ({"all_plants": True}, {"kind": "measure"}, "targets.0.requires", "name"),
    ({"all_plants": True}, {"kind": "overall", "level": 2, "pct": 5}, "targets.0.requires", "不能写 pct"),
    ({"all_plants": True}, {"kind": "measure", "name": "x", "evidence": "column"}, "targets.0.requires.column", "没有编号"),
]


@pytest.mark.parametrize(("place", "value", "field", "said"), FAULTS)
def test_a_fault_is_named_with_its_place(tmp_path: Path, place: tuple[Any, ...], value: Any, field: str, said: str) -> None:
    made = json.loads(json.dumps(notice()))
    at: Any = made
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    found = [f for f in check(written(tmp_path, made)) if f.severity == "error"]
    assert any(f.field == field and said in f.message for f in found), found


@pytest.mark.parametrize(("who", "what", "field", "said"), TARGET_FAULTS)
def test_a_fault_of_a_target_is_named_with_its_path(tmp_path: Path, who: Any, what: Any, field: str, said: str) -> None:
    made = notice(targets=[{"id": "t", "label": "目标", "clause": "一", "applies_to": who, "requires": what}])
    found = [f for f in check(written(tmp_path, made)) if f.severity == "error"]
    assert any(f.field == field and said in f.message for f in found), found


# -- deadlines

days = st.dates(dt.date(2023, 1, 1), dt.date(2024, 8, 31))
simple = st.one_of(
    st.builds(lambda d: {"date": d}, days),
    st.builds(lambda n: {"days_after_listing": n}, st.integers(0, 400)),
    st.builds(lambda n: {"months_after_listing": n}, st.integers(1, 30)),
    st.just({"none": "及时"}),
    st.builds(lambda n: {"after": "begun", "months": n}, st.integers(1, 20)),
    st.builds(lambda n: {"after": "begun", "days": n}, st.integers(0, 400)),
    st.just({"every": "quarter"}),
    st.builds(lambda n: {"every": "month", "day": n}, st.integers(1, 31)),
    st.builds(lambda m, n: {"every": "year", "month": m, "day": n}, st.integers(1, 12), st.integers(1, 28)),
)
rules = st.one_of(
    simple,
    st.builds(lambda r: {"column": "审核期限", "else": r}, simple),
    st.just({"column": "审核期限"}),
    st.builds(lambda a, b: {"by": "roster", "mandatory": a, "else": b}, simple, simple),
    st.builds(lambda a: {"by": "industry", "cement": a}, simple),
)


@given(rules, st.none() | days, st.none() | days, st.none() | days, st.none() | days, st.sampled_from(["mandatory", "key"]))
def test_every_form_of_deadline_is_the_one_worked_out_by_hand(
    rule: dict[str, Any], listed: Any, own: Any, begun: Any, mid: Any, roster: str
) -> None:
    made = notice()
    made["milestones"][0]["deadline"] = {"none": "及时"}
    made["milestones"].insert(1, STEP | {"id": "mid", "label": "中期报送", "deadline": rule})
    said = {"审核期限": own.isoformat()} if own else {}
    one = plant(listed_on=listed, roster=roster, industry="cement", unit="wuhan", attributes=json.dumps(said) if said else None)
    events = [event("p1", step, day.isoformat()) for step, day in (("begun", begun), ("mid", mid)) if day]
    ds = under(made, [one], events=events)
    found = progress.deadlines(ds).set_index("milestone").loc["mid"]
    told = {"listed_on": listed, "roster": roster, "industry": "cement", "own": {"审核期限": own} if own else {}}
    expected = plain.deadline(rule, told, {"begun": begun, "mid": mid}, "mid", AS_OF)
    assert (None if found["deadline"] != found["deadline"] else found["deadline"].date()) == expected
    state = progress.milestone_states(ds).set_index("milestone").loc["mid", "state"]
    assert state != "overdue" or (expected is not None and expected < AS_OF)
    if expected is None:
        in_time = "done_on_time" if found["basis"] == "none" else "done_unknown"  # one that exists, and nobody knows the day
        assert state in ("not_due", in_time), state


def test_what_has_no_deadline_is_never_overdue_and_in_no_list_of_what_is_due() -> None:
    made = notice()
    for step in made["milestones"]:
        step["deadline"] = {"none": "及时"}
    ds = under(made, [plant(unit="wuhan", roster="listed_one")], dt.date(2090, 1, 1))
    assert not progress.milestone_states(ds)["overdue"].any()
    assert progress.to_do(ds).empty
    assert set(progress.deadlines(ds)["basis"]) == {"none"}


def test_a_quarter_without_a_return_is_late_and_one_with_it_is_done_until_the_next() -> None:
    made = notice()
    made["milestones"].append(STEP | {"id": "q", "label": "季报", "scope": "unit", "deadline": {"every": "quarter"}})
    made["document"]["published"] = "2024-04-15"
    plants, came = [plant(unit="wuhan", roster="listed_one")], [returned(None, "unit_work", unit="wuhan", milestones="q")]

    def state(day: str, *done: str) -> tuple[str, str]:
        events = [event(None, "q", one, unit="wuhan") for one in done]
        ds = under(made, plants, dt.date.fromisoformat(day), events=events)
        ds = replace(ds, returns=type(ds.returns)(dataset(plants=plants, returns=came).returns))
        row = progress.unit_states(ds).set_index("unit").loc["wuhan"]
        return str(row["deadline"].date()), row["state"]

    assert state("2024-05-20") == ("2024-06-30", "not_due")
    assert state("2024-07-01") == ("2024-06-30", "overdue")
    assert state("2024-06-29", "2024-06-28") == ("2024-06-30", "done_on_time")
    assert state("2024-07-05", "2024-06-28") == ("2024-09-30", "not_due")
    assert state("2024-10-05", "2024-06-28") == ("2024-09-30", "overdue")


# -- steps that a notice has, and those that it hasn't


def test_a_programme_shows_its_own_steps_and_no_others() -> None:
    ds = under(notice(), [plant(unit="wuhan", roster="listed_one")], events=[event("p1", "begun", "2024-03-01")])
    row = progress.summary(ds).iloc[0]
    assert (row["begun"], row["accepted"]) == (1, 0)
    assert not {"notified", "registered", "assessed", "implemented", "failed"} & set(row.index)
    assert progress.plants(ds)["stage"].tolist() == ["begun"]
    assert funnel.funnel(ds).query("kind == 'stage'")["item"].tolist() == ["listed", "begun", "accepted"]
    assert set(handover.results_of(ds)) & {"assessment_failed", "acceptance_failed", "not_assessed"} == set()
    assert set(handover.lists_of(ds).lists) == {"carry_over"}


def test_the_notice_says_who_goes_onto_the_next_list() -> None:
    plants = [plant("p1", unit="wuhan", listed_on="2022-01-01"), plant("p2", unit="wuhan", status="deferred")]
    ruled = notice(consequences={"clause": "结果通知", "rolls_over": ["overdue"]})
    both = [carry_over.carry_over(under(made, plants))["plant_id"].tolist() for made in (notice(), ruled)]
    assert both == [["p1", "p2"], ["p1"]]


# -- whom a target binds

plants_ = st.fixed_dictionaries(
    {
        "industry": st.sampled_from(["cement", "steel", "leather"]), "roster": st.sampled_from(["a", "b", None]),
        "unit": st.sampled_from(["wuhan", "huangshi"]), "county": st.sampled_from(["420102", None]),
        "reasons": st.sampled_from(["energy;toxic", "energy", None]), "hazardous_waste_t": st.sampled_from([5.0, 500.0, None]),
        "own": st.sampled_from([{}, {"moved": True}, {"moved": False, "size": 7.0}]),
    }
)  # fmt: skip
simple_conditions = st.sampled_from(
    [
        {"industries": ["cement", "steel"]}, {"rosters": ["a"]}, {"units": ["wuhan"]}, {"counties": ["420102"]},
        {"reasons": ["toxic"]}, {"hazardous_waste_t_min": 100.0}, {"attributes": {"moved": True}}, {"all_plants": True},
        {"attributes": {"size": {"min": 5, "max": 9}}}, {"rosters": ["b"], "industries": ["leather"]}, {"other_industries": True},
    ]
)  # fmt: skip


def combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(inner, several.map(lambda x: {"all": x}), several.map(lambda x: {"any": x}), inner.map(lambda x: {"not": x}))


conditions = combined(combined(simple_conditions))


@given(conditions, plants_)
def test_whom_a_target_binds_is_worked_out_by_hand_and_what_nobody_knows_is_neither(rule: Any, one: Any) -> None:
    made = notice(
        attributes=[{"id": "moved", "label": "搬迁"}, {"id": "size", "label": "规模", "type": "number"}],
        targets=[{"id": "t", "label": "目标", "clause": "一", "applies_to": rule, "requires": {"kind": "text", "text": "…"}}],
    )
    read = Programme.model_validate(made)
    bound = {t.id: sure for t, sure in read.bound({**one, "attributes": one["own"], "unread_fields": None})}
    expected = plain.binds(rule, one, set(read._named))
    assert bound == {True: {"t": True}, None: {"t": False}, False: {}}[expected]


# -- what a target asks


def verdict(requires: dict[str, Any], as_of: dt.date = AS_OF, *, options: Any = (), values: Any = (), **fields: Any) -> str:
    target = {"id": "t", "label": "目标", "clause": "一", "applies_to": {"all_plants": True}, "requires": requires}
    made = notice(
        targets=[target], attributes=[{"id": "cod", "label": "COD总量", "type": "number"}, {"id": "dry", "label": "干熄焦"}]
    )
    ds = under(made, [plant(unit="wuhan", **fields)], as_of, options=list(options), measurements=list(values))
    return str(attainment.targets(ds)["verdict"].iloc[0])


def both(indicator: str, before: float | None, after: float | None, system: str = "demo_cement") -> list[dict[str, Any]]:
    return [measurement("p1", system, indicator, p, v) for p, v in (("before", before), ("after", after))]


@pytest.mark.parametrize("pct", [-5, 5])
@pytest.mark.parametrize(("before", "after"), [(100, 95), (100, 95.1), (100, 105), (100, None), (None, 90), (0, 0), (0.2, 0.19)])
def test_a_change_is_asked_of_one_indicator(pct: float, before: Any, after: Any) -> None:
    found = verdict(
        {"kind": "change", "of": {"indicator": "clinker_energy"}, "pct": pct},
        values=both("clinker_energy", before, after), industry="cement",
    )  # fmt: skip
    assert found == plain.changed(pct, before, after)


def test_a_change_of_a_category_is_asked_of_each_of_its_indicators() -> None:
    asked = {"kind": "change", "of": {"category": "pollutant"}, "pct": -5}
    falls = [i.id for i in find_system("demo_cement").indicators() if i.id in ("particulate", "so2", "nox")]
    all_ = [row for i in falls for row in both(i, 1.0, 0.9)]
    assert verdict(asked, values=all_, industry="cement") == "attained"
    assert verdict(asked, values=[*all_[:-2], *both(falls[-1], 1.0, 0.97)], industry="cement") == "not_attained"
    assert verdict(asked, values=[*all_[:-2], *both(falls[-1], 1.0, None)], industry="cement") == "cannot_judge"


@pytest.mark.parametrize(
    ("cut", "total", "expected"), [(5, 100, "attained"), (4, 100, "not_attained"), (9, None, "cannot_judge")]
)
def test_a_change_of_a_yearly_total_is_what_options_cut_of_it(cut: float, total: Any, expected: str) -> None:
    asked = {"kind": "change", "of": {"benefit": "cod_t", "base": "cod"}, "pct": -5}
    own = json.dumps({"cod": total}) if total else None
    assert verdict(asked, options=[option("p1", "ZG-1", cod_t=cut)], attributes=own) == expected


STATES = [[], ["implemented"], ["planned"], ["unread"], ["planned", "implemented"], ["dropped"]]


@pytest.mark.parametrize("states", STATES)
def test_a_measure_is_done_where_an_option_shows_it(states: list[str]) -> None:
    options = [option("p1", f"ZG-{n}", name="焦炉干熄焦改造", status=s) for n, s in enumerate(states)]
    found = verdict({"kind": "measure", "name": "干熄焦", "evidence": "option"}, options=[option("p1", "WD-9"), *options])
    assert found == plain.done("干熄焦", options)


@pytest.mark.parametrize(
    ("said", "expected"), [(True, "attained"), (False, "not_attained"), (None, "cannot_judge"), ("unread", "cannot_judge")]
)
def test_a_measure_is_done_where_a_column_of_the_list_says_so(said: Any, expected: str) -> None:
    own = None if said is None else json.dumps({"dry": said})
    assert verdict({"kind": "measure", "name": "干熄焦", "evidence": "column"}, attributes=own) == expected


def test_what_cannot_be_computed_is_left_to_people_with_the_notices_sentence() -> None:
    made = {"id": "t", "label": "目标", "clause": "一", "applies_to": {"all_plants": True}}
    made["requires"] = {"kind": "text", "text": "清洁生产水平处于同行业前列"}
    ds = under(notice(targets=[made]), [plant(unit="wuhan")])
    found = attainment.targets(ds).iloc[0]
    assert found["verdict"] == "cannot_judge"
    assert "同行业前列" in found["reason"]


@pytest.mark.parametrize("value", [60, 61, 63, 66, 70, 72, 73, None])
@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize(("indicator", "limits"), [("e6", [61, None, 72]), ("e7", [61, 64, 72])])
def test_a_limit_of_energy_is_met_level_by_level_and_a_dash_cannot_be_reached(
    value: Any, level: int, indicator: str, limits: list[float | None]
) -> None:
    system = find_system("gb_21256_2025")
    rows = [measurement("p1", system.id, p.id, "after", 0.0) for p in system.parameters]
    for i in system.indicators():
        state = {} if i.id == indicator else {"state": "not_applicable"}
        rows.append(measurement("p1", system.id, i.id, "after", value if i.id == indicator else None, **state))
    found = verdict({"kind": "energy_limit", "level": level}, dt.date(2026, 8, 1), values=rows, industry="steel")
    assert found == plain.within(level, limits, value)


def test_a_limit_counts_from_its_day_on_and_is_no_part_of_a_level() -> None:
    asked, rows = {"kind": "energy_limit", "level": 3}, []
    system = find_system("gb_16780_2021")
    for i in system.indicators():
        state = {} if i.id == "e5" else {"state": "not_applicable"}
        rows.append(measurement("p1", system.id, i.id, "after", 30.0 if i.id == "e5" else None, **state))
    assert [verdict(asked, dt.date(2022, 11, day), values=rows, industry="cement") for day in (1, 2)] == ["attained", "attained"]
    assert verdict(asked, dt.date(2022, 10, 31), values=rows, industry="cement") == "cannot_judge"
    level = verdict({"kind": "overall", "level": 3}, dt.date(2022, 11, 1), values=rows, industry="cement")
    assert level == "cannot_judge"
    ds = under(notice(), [plant(unit="wuhan", industry="cement")], dt.date(2022, 11, 1), measurements=rows)
    found = attainment.energy_limits(ds)
    assert found[["indicator_name", "value", "level"]].values.tolist() == [["水泥制备工段电耗", 30.0, 3]]
    page = "".join(map(str, benchmarking_page(ds).blocks[-1].frame["place"]))
    assert page == "3级（限额值）"


def test_named_indicators_are_asked_by_name_or_id() -> None:
    for name in ("clinker_energy", "可比熟料综合能耗"):
        asked = {"kind": "indicators", "indicators": [name], "level": 2}
        found = [verdict(asked, values=both("clinker_energy", 200, v), industry="cement") for v in (108, 108.5, None)]
        assert found == ["attained", "not_attained", "cannot_judge"]


# -- what ships


@pytest.mark.parametrize("programme", ["hebei-2018", "hebei-2021-2", "hubei-2026", "shenzhen-2024-1"])
def test_what_ships_passes_its_own_checker_and_says_what_it_rests_on(programme: str) -> None:
    from cpaudit.reference import root

    found = check(root() / "programmes" / f"{programme}.yaml")
    assert not [f for f in found if f.severity != "note"], found
    read = load_programme(programme)
    assert read.status == "official" or (read.status == "secondary" and read.sources)


def test_every_county_of_the_country_is_called_as_the_states_codes_call_it() -> None:
    from stdnum import numdb

    known = numdb.get("cn/loc")
    for place in places().values():
        if place.code:
            info = {k: v for _, props in known.info(place.code) for k, v in props.items()}
            assert info["county"].rpartition("]")[2] == place.name, place
    names = [p.id for p in places().values()]
    assert len(names) == len(set(names))


# -- a fourth notice, with what the shipped ones don't have, through its own empty forms


def test_columns_of_a_lists_own_are_asked_for_read_back_and_what_is_not_understood_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = notice(
        rosters=[{"id": "a", "label": "甲类", "clause": "一"}, {"id": "b", "label": "乙类", "size": 2, "clause": "二"}],
        attributes=[{"id": "moved", "label": "列入搬迁"}, {"id": "size", "label": "产能", "type": "number", "unit": "t/a"}],
        targets=[{"id": "t", "label": "搬迁企业", "clause": "三", "applies_to": {"attributes": {"moved": True}},
                  "requires": {"kind": "text", "text": "…"}}],
    )  # fmt: skip
    made["milestones"][0]["deadline"] = {"column": "启动期限", "else": {"by": "roster", "a": {"days_after_listing": 30}}}
    made["milestones"][1]["deadline"] = {"after": "begun", "months": 6}
    own = Programme.model_validate(made)
    for module in ("cpaudit.loaders.loading", "cpaudit.loaders.templates.filling"):
        monkeypatch.setattr(f"{module}.load_programme", lambda _: own)
    book = openpyxl.load_workbook(io.BytesIO(make("roster", programme="made")))
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if any(c.value == "企业名称" for c in row))
    at = {cell.value: cell.column for cell in header}
    assert {"列入搬迁", "产能", "启动期限"} <= set(at)
    assert not {"排污许可管理类别", "评估层级", "从严级别"} & set(at)
    sheet.protection.sheet = False
    sheet.cell(header[0].row - 1, 1).value = "名单公布日期：2024-01-10"
    said = [("甲类", "是", 120, "2024-03-31"), ("乙类", "大概", None, None), ("甲类", None, 5, None)]
    for n, (kind, moved, size, day) in enumerate(said, start=1):
        row = {
            "市": "武汉市",
            "企业名称": f"示例{'甲乙丙'[n - 1]}水泥有限公司",
            "统一社会信用代码": credit_code(n),
            "所属行业": "水泥",
        }
        for name, value in (row | {"名单类别": kind, "列入搬迁": moved, "产能": size, "启动期限": day}).items():
            sheet.cell(header[0].row + n, at[name]).value = value
    for title in list(sheet.iter_rows(max_row=header[0].row - 1)):
        if str(title[0].value).startswith("名单类别"):
            title[0].value = None
    path = tmp_path / "名单.xlsx"
    book.save(path)
    found = loaders.read([path], programme="made", as_of=AS_OF)
    told = found.frames["problems"]
    assert [m for m in told["message"] if "列入搬迁" in m and "大概" in m], told["message"].tolist()
    ds = replace(dataset(AS_OF), programme=own, plants=found.frames["plants"])
    days = progress.deadlines(ds).set_index(["plant_id", "milestone"])
    assert [str(day)[:10] for day in days.xs("begun", level=1)["deadline"]] == ["2024-03-31", "NaT", "2024-02-09"]
    assert days.xs("begun", level=1)["basis"].tolist() == ["column", "unknown", "listing"]
    assert days.xs("ended", level=1)["deadline"].isna().all()
    bound = {ds.plants["plant_id"].tolist().index(p) for p in attainment.targets(ds)["plant_id"]}
    assert bound == {0, 1, 2}  # bound, and two of whom nobody knows
    reasons = attainment.targets(ds)["reason"].tolist()
    assert ["不明" in r for r in reasons] == [False, True, True]


# -- what nobody knows yet, and what is not the notice's


def test_a_clause_that_is_not_filled_in_is_cited_nowhere_and_one_of_a_report_is_none_of_the_notice() -> None:
    from cpaudit.views.tables.base import progress_basis
    from cpaudit.views.tables.bulletin import funnel as funnel_table

    def said(*clauses: str) -> str:
        made = notice()
        made["milestones"] = [m | {"clause": c} for m, c in zip(made["milestones"], clauses, strict=True)]
        return progress_basis(under(made, [plant(unit="wuhan")]))

    assert "未填" not in said("未填", "未填") + said("未填", "二（一）")
    assert said("未填", "二（一）").startswith("依据：通知二（一）。")
    assert said("报道", "报道").startswith("依据：报道。")
    made = notice()
    made["milestones"] = [m | {"clause": "未填"} for m in made["milestones"]]
    shown = funnel_table(under(made, [plant(unit="wuhan")])).frame.set_index("item")["clause"]
    assert shown["已完成启动" if "已完成启动" in shown else "已启动"] == ""


def test_a_trade_that_nothing_knows_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    asked = {
        "id": "t",
        "label": "目标",
        "clause": "一",
        "applies_to": {"industries": ["x"]},
        "requires": {"kind": "overall", "level": 1},
    }
    found = [f for f in check(written(tmp_path, notice(targets=[asked]))) if f.severity == "error"]
    assert [("没有编号为“x”的行业" in str(f), "cement" in str(f), "industries.yaml" in str(f)) for f in found] == [(True,) * 3]


def test_no_one_day_is_said_of_plants_whose_deadlines_differ() -> None:
    from cpaudit.views.tables.annexes import milestones

    days = ["2024-03-01", "2024-05-01"]
    plants = [plant(f"p{n}", unit="wuhan", listed_on=day) for n, day in enumerate(days)]
    table = milestones(under(notice(), plants))
    assert table.frame["deadline"].isna().all()
    assert "启动、完成审核的期限各企业不同" in table.note
    assert "多数" not in table.note
    alike = milestones(under(notice(), [plant("p1", unit="wuhan", listed_on=days[0])]))
    assert [str(day)[:10] for day in alike.frame["deadline"]] == ["2024-04-30", "2025-03-01"]
    assert "各企业不同" not in alike.note


def test_the_curve_has_every_stage_of_a_notice_without_an_assessment() -> None:
    from cpaudit.views.figures.overview import curve

    made = notice()
    first = STEP | {"id": "notified", "label": "告知企业", "deadline": {"months_after_listing": 1}}
    made["milestones"] = [first, *made["milestones"]]
    drawn = curve(under(made, [plant(unit="wuhan")], events=[event("p1", "begun", "2024-03-01")]))
    assert [trace.name for trace in drawn.figure.data] == ["告知企业", "启动", "完成审核"]


def test_a_unit_is_looked_for_among_those_of_its_own_notice() -> None:
    from cpaudit.errors import UsageError

    ds = under(notice(), [plant(unit="wuhan")])
    assert len(ds.select(unit="武汉").plants) == 1
    for foreign in ("石家庄市", "乌有市"):
        with pytest.raises(UsageError) as told:
            ds.select(unit=foreign)
        assert str(told.value).splitlines() == [f"没有叫“{foreign}”的上报单位，请从下列中选择：", "武汉市、黄石市"]


def test_an_empty_form_asks_for_what_the_notice_asks_for_and_shows_days_of_its_own_years() -> None:
    def cells(programme: str) -> str:
        book = openpyxl.load_workbook(io.BytesIO(make("roster", programme=programme)))
        said = [c for ws in book for row in ws.iter_rows() for c in row if c.value is not None]
        return "\n".join([str(c.value) for c in said] + [c.comment.text for c in said if c.comment])

    shown = cells("hubei-2026")
    assert "日期写成 2026-06-30 的样子" in shown
    assert "2022" not in shown
    assert not [heading for heading in ("主管部门", "评估层级", "从严级别", "排污许可管理类别") if heading in shown]
    assert "主管部门" in cells("hebei-2021-2")


def test_the_notices_own_columns_are_columns_for_people_too() -> None:
    made = notice(attributes=[
        {"id": "moved", "label": "列入搬迁", "type": "flag"}, {"id": "size", "label": "规模", "type": "number", "unit": "万吨"},
    ])  # fmt: skip
    plants = [plant("p1", unit="wuhan", attributes=json.dumps({"moved": True, "size": 7.5})), plant("p2", unit="wuhan")]
    shown = under(made, plants).labelled("plants")
    assert shown["列入搬迁"].fillna("").tolist() == ["是", ""]
    assert shown["规模（万吨）"].iloc[0] == 7.5
    assert not any("JSON" in name or name == "名单自有的栏" for name in shown)


# -- what follows


PILOT = [{"id": "pilot", "label": "列入通过验收的试点", "type": "flag"}]


def piloted() -> Dataset:
    """Four plants late at their last step: in a pilot, not in one, nobody said, and one that stopped, in a pilot."""
    own = [json.dumps({"pilot": True}), json.dumps({"pilot": False}), None, json.dumps({"pilot": True})]
    plants = [plant(f"p{n}", unit="wuhan", listed_on="2022-01-01", attributes=said) for n, said in enumerate(own)]
    plants[3] |= {"status": "suspended", "status_since": "2023-01-01"}
    rule = {"label": "通过验收的试点项目所含企业", "applies_to": {"attributes": {"pilot": True}}}
    return under(notice(attributes=PILOT, consequences={"clause": "五", "counts_as_audited": [rule]}), plants)


def test_a_plant_inside_a_pilot_counts_as_audited_and_goes_onto_no_next_list() -> None:
    from cpaudit.analysis.across import batches
    from cpaudit.views.tables.history import carry_over as shown

    ds = piloted()
    assert carry_over.carry_over(ds)["plant_id"].tolist() == ["p1"]
    assert carry_over.undecided(ds).tolist() == [False, False, True, False]
    assert batches.plants(ds)["outcome"].tolist() == ["counted", "overdue", "unclear", "counted"]
    assert batches.unaudited(ds)["plant_id"].tolist() == ["p1", "p2"]
    assert batches.at_distance(ds, days=[-1])[["n", "done", "unknown"]].values.tolist() == [[2, 0, 0]]
    assert "通过验收的试点项目所含企业）2 家不转入，另有 1 家是否算作不明" in shown(ds).note


def test_what_counts_as_audited_by_people_alone_is_said_and_changes_nothing(tmp_path: Path) -> None:
    made = notice(consequences={"clause": "五", "counts_as_audited": ["通过验收的试点项目所含企业"]})
    assert [f.severity for f in check(written(tmp_path, made)) if "试点" in str(f)] == ["note"]
    ds = under(made, [plant("p1", unit="wuhan", listed_on="2022-01-01")])
    assert carry_over.carry_over(ds)["plant_id"].tolist() == ["p1"]
    from cpaudit.views.tables.history import carry_over as shown

    assert "须由人核对" in shown(ds).note


@pytest.mark.parametrize(
    ("ruled", "years", "due"),
    [(None, 5, "2028-05-20"), ({"toxic": 3, "energy": 2}, 2, "2025-05-20"), ({"energy": 4}, 4, "2027-05-20"), ({}, None, None)],
)
def test_who_is_due_again_goes_by_the_notice_and_else_by_the_convention(ruled: Any, years: Any, due: Any) -> None:
    from cpaudit.analysis.across import batches
    from cpaudit.views.tables.batches import compared

    said = {} if ruled is None else {"consequences": {"clause": "五", "repeat_years": ruled}}
    said_of = {"p1": "energy;toxic", "p2": None, "p3": "toxic"}
    plants = [plant(name, unit="wuhan", reasons=reasons) for name, reasons in said_of.items()]
    made = [event(p, "ended", "2023-05-20") for p in ("p1", "p2")]
    ds = under(notice(**said), plants, events=made)
    found = batches.repeats(ds)
    if years is None:
        assert found.empty
        return
    assert found["plant_id"].tolist() == ["p1"]
    assert (found["years"].item(), str(found["due_on"].item())[:10], found["again"].item()) == (years, due, False)
    assert found["days"].item() == (dt.date.fromisoformat(due) - AS_OF).days
    assert compared((ds,), "repeat").frame["ruled"].tolist() == ["工作台的约定" if ruled is None else "通知"]


def test_the_letter_of_the_next_list_says_what_the_notice_rules_and_who_else_is_told() -> None:
    from cpaudit.render.paper.letter import letter as document
    from cpaudit.views.tables.handover import letter

    plants = [plant("p1", unit="wuhan", listed_on="2022-01-01")]
    rules = {"clause": "结果通知", "rolls_over": ["failed", "overdue"], "told": ["省发展改革委", "各市生态环境局"]}
    note = letter(under(notice(consequences=rules), plants), "carry_over")
    assert note.paragraphs[0].startswith("按照结果通知，未通过")
    assert "通知对此未作规定" not in str(note)
    assert note.copies == ("省发展改革委", "各市生态环境局")
    with zipfile.ZipFile(io.BytesIO(document(note))) as file:
        assert "抄送：省发展改革委、各市生态环境局" in re.sub("<[^>]+>", "", file.read("word/document.xml").decode())
    plain_ = letter(under(notice(), plants), "carry_over")
    assert "通知对此未作规定" in plain_.paragraphs[0]
    assert plain_.copies == ()


def of_cement(plant_id: str, before: float | None, after: float | None) -> list[dict[str, Any]]:
    """What a cement plant reports of its grinding (limits 26, 29, 33), and of nothing else."""
    rows, system = [], find_system("gb_16780_2021")
    for i in system.indicators():
        for period, value in (("before", before), ("after", after)):
            here = i.id == "e5" and value is not None
            state = {} if here else {"state": "not_applicable" if i.id != "e5" else "missing"}
            rows.append(measurement(plant_id, system.id, i.id, period, value if here else None, **state))
    return rows


def test_the_reason_of_high_energy_use_is_judged_by_the_limits_in_force() -> None:
    told: dict[str, tuple[Any, Any, Any]] = {  # reasons, before, after
        "still": ("energy", 50.0, 48.0), "better": ("toxic;energy", 50.0, 24.0), "silent": ("energy", 50.0, None),
        "unlisted": ("toxic", 60.0, 60.0), "fine": ("toxic", 24.0, 24.0), "unsaid": (None, 60.0, 60.0),
    }  # fmt: skip
    plants = [plant(name, unit="wuhan", industry="cement", reasons=reasons) for name, (reasons, _, _) in told.items()]
    rows = [row for name, (_, before, after) in told.items() for row in of_cement(name, before, after)]
    ds = under(notice(), plants, dt.date(2022, 11, 15), measurements=rows)
    found = limits.reason(ds)
    assert {row.plant_id: (row.listed, row.before, row.after) for row in found.itertuples()} == {
        "still": ("yes", "over", "over"), "better": ("yes", "over", "within"), "silent": ("yes", "over", "unknown"),
        "unlisted": ("no", "over", "over"), "unsaid": ("unknown", "over", "over"),
    }  # fmt: skip
    page = benchmarking_page(ds)
    shown = next(block for block in page.blocks if getattr(block, "id", "") == "energy_reason")
    assert set(shown.frame["after"]) == {"超过限额", "在限额以内", "不能判断"}
    said = "".join(str(getattr(block, "text", "")) for block in page.blocks)
    assert "因综合能耗高列入的 3 家企业中，审核后仍超过限额的 1 家，在限额以内的 1 家，不能判断的 1 家" in said
    assert "没有因此列入而审核后超过限额的 1 家" in said


@pytest.mark.parametrize(
    ("ruled", "cause"), [(None, "failed"), (["overdue"], "overdue"), (["failed"], "failed"), (["deferred"], "")]
)
def test_a_plant_that_failed_and_is_late_goes_by_the_cause_that_the_notice_names(ruled: Any, cause: str) -> None:
    made = notice() if ruled is None else notice(consequences={"clause": "五", "rolls_over": ruled})
    made["milestones"] = [made["milestones"][0], made["milestones"][1] | {"has_result": True}]
    failed = event("p1", "ended", "2022-11-01", result="failed")
    ds = under(made, [plant("p1", unit="wuhan", listed_on="2022-01-01")], events=[failed])
    assert carry_over.reasons(ds).tolist() == [cause]


def test_every_word_of_the_file_is_explained_in_chinese_to_editors_and_stands_on_the_page() -> None:
    from docs import hooks

    schema = Programme.model_json_schema()
    parts = {"": schema, **{name: part for name, part in schema["$defs"].items() if "properties" in part}}
    told = [(of, name, about) for of, part in parts.items() for name, about in part["properties"].items()]
    bare = [(of, name) for of, name, about in told if not about.get("description")]
    assert bare == []
    page = hooks.on_page_markdown("<!-- table: programme_fields -->")
    shown = set(re.findall(r"^\| `(\w+)`", page, re.M))
    inner = {"term", "meaning", "max_weight_pct", "choice"}  # of single interpretations, told with each of them
    assert {name for part in parts.values() for name in part["properties"]} - inner <= shown
