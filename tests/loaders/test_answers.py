"""Answers: only what is understood counts; another word, or a blank where an answer is due, is unread and told at its cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cpaudit import loaders
from cpaudit.analysis import benefits, bulletin, carry_over, completeness, forecast, funnel, handover, pace, progress, reconcile
from cpaudit.analysis.across import work_summary
from cpaudit.analysis.attainment import plants as verdicts
from cpaudit.dataset import Dataset
from cpaudit.errors import DefinitionError
from cpaudit.loaders.cells.answers import Answers
from cpaudit.reference import parse_definition, read_yaml
from tests.support.builders import credit_code, snapshot_of
from tests.support.paths import REFERENCE
from tests.support.workbooks import AS_OF, MEASURED, NAME_A, NAME_B, OPTIONS, ROSTER, A, B, book, roster

STEPS = [
    "企业名称",
    "统一社会信用代码",
    "告知书送达日期",
    "完成评估日期",
    "评估结果",
    "评估得分",
    "完成验收日期",
    "验收结果",
    "目前状态",
]
EXPORT = ["数据状态", "企业名称", "统一社会信用代码", "登录填报时间", "完成评估时间", "评估结果", "完成验收时间", "验收结果"]
DAY = "2022-10-01"


def accepted(result: Any, day: Any = DAY, status: Any = "正常推进") -> list[Any]:
    """The row of a plant whose acceptance ended so."""
    return [NAME_A, A, "2021-12-28", "2022-06-20", "通过", 80, day, result, status]


def opened(folder: Path, **sheets: list[list[Any]]) -> Dataset:
    """What a load of these sheets of a city, beside a roster of two plants, puts in force."""
    roster(folder)
    book(folder / "石家庄市.xlsx", sheets)
    loaders.load([folder], as_of=AS_OF, warehouse=folder / "w")
    return Dataset.open(folder / "w")


def state(ds: Dataset, milestone: str = "accepted", plant: str = A) -> str:
    states = progress.milestone_states(ds).set_index(["plant_id", "milestone"])["state"]
    return str(states[plant, milestone])


def problems(ds: Dataset) -> list[tuple[str, str]]:
    """Severity and cell of what was told."""
    return list(zip(ds.problems["severity"], ds.problems["cell"], strict=True))


# -- results


PASSED = [
    "通过",
    "已通过",
    "通 过",
    " 通过 ",
    "合格",
    "验收合格",
    "通过验收",
    "验收通过",
    "已经通过",
    "通过。",
    "通过（2022-10-01）",
    "２０２２．１０．１通过",
]
FAILED = [
    *(
        "未通过",
        "未 通过",
        "未　通过",
        "未\n通过",
        "未\u200b通过",
        "不通过",
        "未予通过",
        "不予通过",
        "没有通过",
        "未能通过",
        "未获通过",
    ),
    *("不合格", "未合格", "验收未通过", "未通过验收", "未通过（材料不全）", "不合格(缺监测报告)"),
]
UNREAD = [
    *(
        "暂不通过",
        "暂未通过",
        "尚未通过",
        "待定",
        "整改",
        "整改中",
        "退回",
        "取消",
        "待通过",
        "拟通过",
        "基本通过",
        "原则通过",
        "原则上通过",
    ),
    *(
        "有条件通过",
        "通过（整改后）",
        "整改后通过",
        "通过？",
        "通过?",
        "通过/未通过",
        "通过、未通过",
        "通过\n未通过",
        "未通过（复核后通过）",
    ),
    *(
        "通过（2022-10-02）",
        "通过2022.13.1",
        "通过评估",
        "评估合格",
        "√",
        "×",
        "✗",
        "是",
        "否",
        "Y",
        "N",
        "优秀",
        "良好",
        "完成",
        "已验收",
    ),
    *(
        0,
        1,
        True,
        85,
        dt.date(2022, 10, 1),
        "未",
        "不",
        "过",
        "通",
        "非通过",
        "未未通过",
        "免于通过",
        "同意",
        "passed",
        "unread",
        "结果不明",
    ),
]
BLANK = [None, "", " ", "——", "/", "－", "无", "\u3000"]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A programme where plant after plant gave one of the answers above, each in a row of its own."""
    folder = tmp_path_factory.mktemp("answered")
    named = [(f"示例{n:03}化工有限公司", credit_code(n)) for n in range(100, 100 + len(EVERY))]
    listed = [[n, "石家庄市", "长安区", *plant, "化工"] for n, plant in enumerate(named, start=1)]
    book(folder / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *listed]})
    rows = [[*plant, *accepted(said)[2:]] for plant, said in zip(named, EVERY, strict=True)]
    book(folder / "石家庄市.xlsx", {"进度表": [STEPS, *rows]})
    loaders.load([folder], as_of=AS_OF, warehouse=folder / "w")
    return Dataset.open(folder / "w")


EVERY = [*PASSED, *FAILED, *UNREAD, *BLANK]


def test_only_a_word_that_is_understood_passes_or_fails_a_plant_any_other_is_told_at_its_cell(answered: Dataset) -> None:
    """What isn't understood, and a blank, is neither passed nor failed nor late."""
    states = ["done_on_time"] * len(PASSED) + ["failed"] * len(FAILED) + ["unclear"] * len([*UNREAD, *BLANK])
    plants = [credit_code(n) for n in range(100, 100 + len(EVERY))]
    wanted = dict(zip(zip(plants, EVERY, strict=True), states, strict=True))
    for then in (answered, answered.assuming_nothing_more(dt.date(2030, 1, 1))):
        found = progress.milestone_states(then).set_index(["plant_id", "milestone"])["state"]
        assert {(plant, said): found[plant, "accepted"] for plant, said in wanted} == wanted
    first = 2 + len(PASSED) + len(FAILED)
    assert sorted(problems(answered)) == sorted(("error", f"H{row}") for row in range(first, 2 + len(EVERY)))


@pytest.mark.parametrize("error", ["=1/0", "=NA()", "=VLOOKUP(A2,B:C,2,0)"])
def test_a_formula_without_a_result_is_no_result(tmp_path: Path, error: str) -> None:
    ds = opened(tmp_path, 进度表=[STEPS, accepted(error)])
    assert (state(ds), problems(ds)) == ("unclear", [("error", "H2")])


@pytest.mark.parametrize("day", ["2022年10月", "10月1日", "已完成", "待定", "2022-02-30", "2023-10-01", "是"])
def test_a_date_that_is_not_understood_leaves_its_step_unclear(tmp_path: Path, day: str) -> None:
    ds = opened(tmp_path, 进度表=[STEPS, accepted("通过", day), [NAME_B, B, "计划12月送达", *[None] * 5, "正常推进"]])
    assert (state(ds), state(ds, "notified", B)) == ("unclear", "unclear")
    assert problems(ds) == [("error", "G2"), ("error", "C3")]


@pytest.mark.parametrize("day", BLANK)
def test_without_a_date_and_a_result_a_step_was_not_reported(tmp_path: Path, day: Any) -> None:
    ds = opened(tmp_path, 进度表=[STEPS, accepted(None, day)])
    assert state(ds) == "due_soon"
    assert problems(ds) == []


@pytest.mark.parametrize(("result", "score"), [("通过", None), ("未通过", None), ("待定", None), (None, 82)])
def test_a_result_or_score_without_a_date_leaves_the_step_unclear(tmp_path: Path, result: Any, score: Any) -> None:
    row = [NAME_A, A, "2021-12-28", None, result, score, None, None, "正常推进"]
    ds = opened(tmp_path, 进度表=[STEPS, row])
    assert state(ds, "assessed") == "unclear"
    assert problems(ds) == [("error", "E2" if result else "F2")]


def test_a_table_without_a_column_of_results_passes_nobody(tmp_path: Path) -> None:
    without = [[cell for n, cell in enumerate(row) if n not in (4, 5, 7)] for row in ([*STEPS], accepted("通过"))]
    ds = opened(tmp_path, 进度表=without)
    assert (state(ds, "assessed"), state(ds)) == ("unclear", "unclear")
    assert problems(ds) == [("error", "D1"), ("error", "E1")]


def test_a_heading_that_says_passed_says_what_its_dates_mean(tmp_path: Path) -> None:
    heads = [*STEPS[:3], "通过评估日期", "通过验收日期", "目前状态"]
    ds = opened(tmp_path, 进度表=[heads, [NAME_A, A, "2021-12-28", "2022-06-20", DAY, "正常推进"]])
    assert (state(ds, "assessed"), state(ds)) == ("done_on_time", "done_on_time")
    assert problems(ds) == []


def test_what_a_return_leaves_unclear_the_export_does_not_settle(tmp_path: Path) -> None:
    export = [0, NAME_A, A, "2022-01-10", "2022-06-20", "通过", DAY, "通过"]
    ds = opened(tmp_path, 进度表=[STEPS, accepted("待定")], 系统导出=[EXPORT, export])
    assert state(ds) == "unclear"
    found = reconcile.items(ds).set_index(["milestone", "field"])["state"]
    assert found["accepted", "date"] == "same"
    assert found["accepted", "result"] == "unread"
    assert reconcile.agreement(ds, "plant")["unread"].tolist() == [1]


def test_a_date_that_one_side_did_not_write_readably_is_not_only_the_others(tmp_path: Path) -> None:
    export = [0, NAME_A, A, "2022-01-10", "2022-06-20", "通过", DAY, "通过"]
    ds = opened(tmp_path, 进度表=[STEPS, accepted("通过", "10月1日")], 系统导出=[EXPORT, export])
    assert reconcile.items(ds).set_index(["milestone", "field"])["state"]["accepted", "date"] == "unread"


# -- what depends on it


def unclear(folder: Path, status: str = "正常推进") -> Dataset:
    return opened(
        folder,
        进度表=[
            STEPS,
            accepted("待定", status=status),
            [NAME_B, B, "2021-12-28", "2022-06-20", "通过", 75, DAY, "通过", "正常推进"],
        ],
    )


def test_what_is_unclear_counts_for_nobody_and_against_nobody(tmp_path: Path) -> None:
    ds = unclear(tmp_path)
    late = ds.assuming_nothing_more(dt.date(2023, 3, 1))
    row = progress.summary(late).iloc[0]
    assert (row["accepted"], row["failed"], row["unclear"]) == (1, 0, 1)
    items = funnel.funnel(late).set_index("item")["n"]
    assert (items["accepted"], items["failed"], items["unclear"]) == (1, 0, 1)
    final = pace.pace(late).query("milestone == 'accepted' and unit == 'shijiazhuang'").iloc[0]
    assert (final["n"], final["done"]) == (1, 1)
    both = bulletin.bulletin(late, milestone="accepted").set_index("unit").loc["shijiazhuang"]
    assert (both["due"], both["done"], both["unclear"]) == (1, 1, 1)
    assert A not in forecast.forecast(ds, unchecked=True).dropna(subset="chance_pct")["plant_id"].tolist()
    assert (bulletin.laggards(late)["milestones"].str.contains("完成验收")).sum() == 0
    doing = progress.to_do(late).query("milestone == 'accepted'")
    assert doing[["state", "n_plants"]].to_numpy().tolist() == [["unclear", 1]]


def test_hand_over_and_publication_hold_back_what_is_unclear(tmp_path: Path) -> None:
    ds = unclear(tmp_path)
    assert handover.listing(ds, "results")["plant_id"].tolist() == [B]
    assert handover.held(ds, "results") == 1
    late = snapshot_of(ds, dt.date(2023, 3, 1))
    steps = handover.listing(late, "enforcement").set_index("plant_id")["steps"].to_dict()
    assert "accepted" not in steps.get(A, "")
    assert handover.results(ds).iloc[0][["plants", "accepted", "unclear"]].tolist() == [2, 1, 1]
    assert (carry_over.reasons(late) == "").all()
    assert carry_over.undecided(late).tolist() == [True, False]
    facts = work_summary.facts(ds)
    assert (facts["accepted"]["passed"], facts["accepted"]["failed"], facts["accepted"]["unclear"]) == (1, 0, 1)
    assert facts["undecided"] == 1


# -- status


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("已停产", "suspended"),
        ("停 产", "suspended"),
        ("关停", "closed"),
        ("已关闭", "closed"),
        ("已搬迁", "relocated"),
        ("正常生产", "active"),
    ],
)
def test_well_known_other_words_for_a_status_are_understood(tmp_path: Path, said: str, meant: str) -> None:
    ds = opened(tmp_path, 进度表=[STEPS, accepted("通过", status=said)])
    assert ds.plants.set_index("plant_id")["status"][A] == meant
    assert problems(ds) == []


@pytest.mark.parametrize(
    "said", ["半停产", "拟停产", "部分停产", "停产？", "正常/停产", "推进", "未读懂", "unread", "1", "无法联系", "停产整治"]
)
def test_another_word_for_a_status_is_unread_and_an_error(tmp_path: Path, said: str) -> None:
    ds = opened(tmp_path, 进度表=[STEPS, accepted(None, None, said)])
    assert ds.plants.set_index("plant_id")["status"][A] == "unread"
    assert problems(ds) == [("error", "I2")]


@pytest.mark.parametrize("said", BLANK)
def test_a_blank_status_of_a_returned_row_is_unread_and_asked_for(tmp_path: Path, said: Any) -> None:
    ds = opened(tmp_path, 进度表=[STEPS, accepted(None, None, said)])
    assert ds.plants.set_index("plant_id")["status"][A] == "unread"
    assert problems(ds) == [("warning", "I2")]


def test_whoever_may_have_left_is_neither_late_nor_left(tmp_path: Path) -> None:
    ds = snapshot_of(opened(tmp_path, 进度表=[STEPS, accepted(None, None, "不详")]), dt.date(2023, 3, 1))
    assert state(ds) == "late_unknown"
    row = progress.summary(ds.reduced([A])).iloc[0]
    assert row[["active", "left", "status_unread", "unclear"]].tolist() == [0, 0, 1, 0]
    assert pd.isna(row["overdue"]), "whether it is late nobody knows"
    assert A not in handover.listing(ds, "enforcement")["plant_id"].tolist()
    assert carry_over.undecided(ds).tolist() == [True, True], "the other sent nothing"
    assert A not in carry_over.carry_over(ds)["plant_id"].tolist()


# -- options


def option(number: Any, kind: Any, status: Any = "已实施", amount: float = 10) -> list[Any]:
    return [NAME_B, B, number, f"方案{number}", kind, status, amount]


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("无/低费", "no_low_cost"),
        ("无低费", "no_low_cost"),
        ("低费方案", "no_low_cost"),
        ("高费方案", "medium_high_cost"),
        ("中高费", "medium_high_cost"),
    ],
)
def test_usual_words_for_a_class_are_understood(tmp_path: Path, kind: str, meant: str) -> None:
    ds = opened(tmp_path, 方案=[OPTIONS, option(1, kind)])
    assert ds.options["class"].tolist() == [meant]
    assert problems(ds) == []


@pytest.mark.parametrize("kind", ["低费/高费", "中低费", "重点", "A", "未读懂", "高费?", 1])
def test_another_word_for_a_class_is_unread_even_beside_a_number_that_would_say_it(tmp_path: Path, kind: Any) -> None:
    ds = opened(tmp_path, 方案=[OPTIONS, option("ZG1", kind)])
    assert ds.options["class"].tolist() == ["unread"]
    assert problems(ds) == [("error", "E2")]


@pytest.mark.parametrize("kind", BLANK)
def test_a_blank_class_is_unread_unless_the_form_numbers_it(tmp_path: Path, kind: Any) -> None:
    ds = opened(tmp_path, 方案=[OPTIONS, option(1, kind), option("ZG2", kind), option("wd-3", kind), option("ZGB4", kind)])
    assert ds.options["class"].tolist() == ["unread", "medium_high_cost", "no_low_cost", "unread"]
    assert problems(ds) == [("warning", "E2"), ("note", "E3"), ("note", "E4"), ("warning", "E5")]


def test_a_class_that_contradicts_its_number_is_asked_about(tmp_path: Path) -> None:
    ds = opened(tmp_path, 方案=[OPTIONS, option("ZG1", "无/低费"), option("WD2", "无/低费")])
    assert ds.options["class"].tolist() == ["no_low_cost", "no_low_cost"]
    assert problems(ds) == [("warning", "E2")]


@pytest.mark.parametrize(
    ("said", "meant"), [("已完成", "implemented"), ("正在实施", "under_way"), ("计划实施", "planned"), ("放弃实施", "dropped")]
)
def test_usual_words_for_how_far_an_option_is_are_understood(tmp_path: Path, said: str, meant: str) -> None:
    ds = opened(tmp_path, 方案=[OPTIONS, option("WD1", "无/低费", said)])
    assert ds.options["status"].tolist() == [meant]
    assert problems(ds) == []


@pytest.mark.parametrize(
    "said", ["未实施", "基本完成", "部分实施", "已实施？", "100%", "√", "已实施/拟实施", "2022-06", "unread", *BLANK]
)
def test_an_option_of_which_nobody_knows_how_far_it_is_is_counted_apart(tmp_path: Path, said: Any) -> None:
    ds = opened(
        tmp_path,
        方案=[OPTIONS, option("WD1", "无/低费", said, 7), option("WD2", "无/低费", "已实施", 5), option(3, None, "已实施", 2)],
    )
    assert ds.options["status"].tolist() == ["unread", "implemented", "implemented"]
    assert problems(ds)[0][1] == "F2"
    total = benefits.totals(ds).iloc[0]
    assert total[["options", "no_low_cost", "medium_high_cost", "unread", "investment_wan_yuan"]].tolist() == [2, 1, 0, 1, 7]
    by_status = benefits.by_status(ds).set_index(["class", "status"])["options"].to_dict()
    assert by_status == {("no_low_cost", "implemented"): 1, ("no_low_cost", "unread"): 1, ("unread", "implemented"): 1}
    assert benefits.totals(ds, "class")["options"].sum() == total["options"]


def test_a_table_without_the_columns_says_so_once(tmp_path: Path) -> None:
    rows = [[cell for n, cell in enumerate(row) if n not in (4, 5)] for row in (OPTIONS, option(1, ""), option(2, ""))]
    ds = opened(tmp_path, 方案=rows)
    assert set(ds.options["class"]) == set(ds.options["status"]) == {"unread"}
    assert problems(ds) == [("warning", "A1"), ("warning", "A1")]


# -- measurements


def test_a_value_that_is_not_understood_is_unread_and_not_called_missing(tmp_path: Path) -> None:
    from cpaudit.indicators import systems
    from cpaudit.programme import industries

    system = next(s for s in systems().values() if not s.stub and s.id in industries()["chemicals"].systems)
    numbers = [i for i in system.indicators() if i.quantitative][:3]
    rows = [
        [NAME_A, A, system.title, "", i.name, i.unit, "约12", said]
        for i, said in zip(numbers, ("见附件", "达标", None), strict=True)
    ]
    ds = opened(tmp_path, 指标=[MEASURED, *rows])
    states = ds.measurements.set_index(["indicator", "period"])["state"]
    assert [states[i.id, "before"] for i in numbers] == ["unread"] * 3
    assert [states[i.id, "after"] for i in numbers] == ["unread", "unread", "missing"]
    assert ds.measurements["value"].isna().all()
    assert verdicts(ds).set_index("plant_id")["verdict"][A] == "cannot_judge"
    row = completeness.completeness(ds).set_index("unit").loc["shijiazhuang"]
    assert (row["with_before"], row["answers_given"]) == (0, 0)


# -- the words are data


def test_unread_can_be_written_by_nobody_and_offered_to_nobody(tmp_path: Path) -> None:
    from cpaudit.loaders.templates import filling as templates

    for kind in ("progress", "options"):
        content = templates.make(kind, programme="hebei-2021-2", unit="shijiazhuang", plants=pd.DataFrame(), chosen=[])
        path = tmp_path / f"{kind}.xlsx"
        path.write_bytes(content)
        for sheet in openpyxl.load_workbook(path):
            assert not any(word in str(cell.value) for row in sheet for cell in row for word in ("未读懂", "结果不明"))
            assert not any("未读懂" in str(v.formula1) for v in sheet.data_validations.dataValidation)


@pytest.mark.parametrize(
    ("where", "change"),
    [
        (("results",), {"passsed": ["通过"]}),
        (("results",), {"negated": ["通过"]}),
        (("results",), {"passed": [""]}),
        (("codes", "plants.status"), {"gone": ["停业"]}),
        (("codes", "plants.status"), {"closed": ["停产"]}),
        (("codes", "plants.status"), {"unread": ["不详"]}),
        (("codes",), {"plants.nothing": {"active": ["正常"]}}),
        (("prefixes", "options.class"), {"XX": "free"}),
    ],
)
def test_a_word_without_a_meaning_or_with_two_is_refused(where: tuple[str, ...], change: dict[str, Any]) -> None:
    content = read_yaml(REFERENCE / "answers.yaml")
    parse_definition(content, Answers, "answers.yaml")
    part = content
    for key in where:
        part = part[key]
    part.update(change)
    with pytest.raises(DefinitionError, match=r"answers\.yaml"):
        parse_definition(content, Answers, "answers.yaml")
