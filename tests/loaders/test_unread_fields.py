"""A plant's own deadline, stricter level or waste that nobody could read: told at its cell, and nothing goes by a default."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cpaudit import loaders, views
from cpaudit.analysis import attainment, progress, returns
from cpaudit.dataset import Dataset
from cpaudit.programme import load_programme
from cpaudit.views.report.work_summary import work_summary_page
from tests.support.builders import credit_code
from tests.support.silent import texts
from tests.support.workbooks import AS_OF, NAME_B, ROSTER, B, book, measured
from tests.support.workbooks import MEASURED as MEASURED_HEAD

HEAD = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成验收日期", "验收结果", "目前状态", "单独确定的验收期限"]
#: The notice's last day for acceptance has passed.
LATE = dt.date(2023, 6, 1)


def opened(folder: Path, as_of: dt.date = AS_OF, *, plant: dict[str, Any] | None = None, **files: list[list[Any]]) -> Dataset:
    """A load of a roster with one plant, with more of its columns, and what its city sent."""
    more = plant or {}
    row = [1, "石家庄市", "长安区", NAME_B, B, "水泥", *more.values()]
    book(folder / "名单.xlsx", {"名单": [["强制类企业名单"], [*ROSTER, *more], row]})
    for name, rows in files.items():
        book(folder / f"石家庄市{name}.xlsx", {name: rows})
    loaders.load([folder], as_of=as_of, warehouse=folder / "w")
    return Dataset.open(folder / "w")


def returned(deadline: Any, day: Any = None) -> list[Any]:
    return [NAME_B, B, "2021-12-28", day, "通过" if day else None, "正常推进", deadline]


def accepted(ds: Dataset) -> str:
    states = progress.milestone_states(ds).set_index("milestone")["state"]
    return str(states["accepted"])


def kept(ds: Dataset) -> str:
    [said] = ds.plants["unread_fields"].fillna("")
    return str(said)


def test_a_deadline_that_is_not_read_makes_no_plant_late(tmp_path: Path) -> None:
    for n, written in enumerate(["另行确定", "2022-13-01", "2023.6", "约2023-06-30", "#REF!"]):
        ds = opened(tmp_path / str(n), LATE, 进度=[HEAD, returned(written)])
        assert (accepted(ds), kept(ds)) == ("late_unknown", "own_deadline"), written
        assert ds.problems.loc[ds.problems["cell"] == "G2", "severity"].tolist() == ["error"]
        due = returns.ledger(ds)
        assert not due.empty


@pytest.mark.parametrize(
    ("written", "state"),
    [(None, "overdue"), ("无", "overdue"), ("/", "overdue"), ("2023-06-30", "due_soon"), ("2023-01-31", "overdue")],
)
def test_one_that_is_read_or_not_given_counts(tmp_path: Path, written: Any, state: str) -> None:
    ds = opened(tmp_path, LATE, 进度=[HEAD, returned(written)])
    assert (accepted(ds), kept(ds)) == (state, "")


def test_two_returns_that_set_different_deadlines_set_none(tmp_path: Path) -> None:
    other = {"进度": [HEAD, returned("2023-06-30")], "进度2": [HEAD, returned("2023-12-30")]}
    ds = opened(tmp_path, LATE, **other)
    assert (accepted(ds), kept(ds)) == ("late_unknown", "own_deadline")
    assert ds.problems["code"].tolist().count("contradiction") == 2


def test_a_heading_that_only_nearly_says_so_sets_none(tmp_path: Path) -> None:
    ds = opened(tmp_path, LATE, 进度=[[*HEAD[:-1], "单独确定的验收期艰"], returned("2023-06-30")])
    assert (accepted(ds), kept(ds)) == ("late_unknown", "own_deadline")


def test_a_plant_that_was_accepted_stays_so_but_nobody_says_in_time(tmp_path: Path) -> None:
    ds = opened(tmp_path, LATE, 进度=[HEAD, returned("另行确定", "2022-06-01")])
    assert accepted(ds) == "done_unknown"
    assert progress.summary(ds)["accepted"].tolist() == [1]
    for page in (views.plant_file(ds, ds.plants["plant_id"][0]), work_summary_page(ds, ds.plants["unit"][0])):
        text = "\n".join(texts(page))
        assert "是否按期不明" in text
        assert not re.search("完成验收[^；\n]*按期完成|已验收 1 家（均在期限之内）", text)


# -- a stricter level and the waste, on the roster


def verdict(ds: Dataset) -> list[tuple[str, str]]:
    """Verdict and reason of each target that binds the plant."""
    found: pd.DataFrame = attainment.targets(ds)
    return list(found[["verdict", "reason"]].itertuples(index=False, name=None))


LEVELS: dict[Any, int | None] = {
    **dict.fromkeys(["国内先进", "Ⅰ级或Ⅱ级", "另定", "0", "4", "Ⅰ级?", "从严"]),
    **{"Ⅰ级": 1, "2": 2, 2: 2, "三级": 3, "II级": 2},
}


def test_a_stricter_level_that_is_not_read_is_told_and_kept_as_unread(tmp_path: Path) -> None:
    rows = [
        [n, "石家庄市", "长安区", f"示例{sign}化工有限公司", credit_code(n + 10), "化工", written]
        for n, (sign, written) in enumerate(zip("甲乙丙丁戊己庚辛壬癸子丑", [*LEVELS, "无"], strict=False))
    ]
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], [*ROSTER, "从严级别"], *rows]})
    found = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    plants, problems = found["plants"], found["problems"]
    assert len(plants) == len(rows)
    assert [None if pd.isna(level) else level for level in plants["stricter_level"]] == list(LEVELS.values())[: len(rows)]
    unread = [f"G{n}" for n, level in enumerate(LEVELS.values(), start=3) if level is None]
    assert problems.loc[problems["severity"] == "error", "cell"].tolist() == unread
    assert plants.loc[plants["unread_fields"].eq("stricter_level"), "cell"].str.replace("A", "G").tolist() == unread


@pytest.mark.parametrize("written", ["约120", "≥100", "120 kg/d", "见附表", 13912345678])
def test_waste_that_is_not_read_leaves_its_target_open(tmp_path: Path, written: Any) -> None:
    head = "年产危废能力（吨）"
    ds = opened(tmp_path, plant={head: written}, 指标实测=[MEASURED_HEAD, measured("可比熟料综合能耗", "kgce/t", 105, 100)])
    without = opened(
        tmp_path / "b", plant={head: None}, 指标实测=[MEASURED_HEAD, measured("可比熟料综合能耗", "kgce/t", 105, 100)]
    )
    assert (kept(ds), kept(without)) == ("hazardous_waste_t", "")
    assert {v for v, reason in verdict(ds) if "年产危废能力填写了而未读懂" in reason} == {"cannot_judge"}
    assert not any("未读懂" in reason for _, reason in verdict(without))
    assert attainment.plants(ds)["verdict"].tolist() == ["cannot_judge"]


# -- the batch that listed a plant first

#: What stands in the column → what it means: a batch as it is written, nothing, or unread (an error at its cell).
FIRST: dict[Any, str] = {
    **{word: word for word in ("hebei-2018", "2018年第一批", "第二批", "2020批次", load_programme("hebei-2018").title)},
    **dict.fromkeys(["本批次", "本批"], "hebei-2021-2"),
    **dict.fromkeys([None, "/", "无", " "], ""),
    **dict.fromkeys(["是", "待查", "同去年", "？", "#N/A", 7], "unread"),
}


def test_a_batch_that_is_not_read_is_told_and_its_plant_is_not_among_those_listed_first(tmp_path: Path) -> None:
    rows = [
        [n, "石家庄市", "长安区", f"示例{sign}化工有限公司", credit_code(n + 30), "化工", written]
        for n, (sign, written) in enumerate(zip("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午", FIRST, strict=False))
    ]
    assert len(rows) == len(FIRST)
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], [*ROSTER, "首次列入批次"], *rows]})
    loaders.load([tmp_path], as_of=AS_OF, warehouse=tmp_path / "w")
    ds = Dataset.open(tmp_path / "w")
    assert ds.plants["cohort"].fillna("").tolist() == ["" if of == "unread" else of for of in FIRST.values()]
    asked = [f"G{n}" for n, of in enumerate(FIRST.values(), start=3) if of == "unread"]
    assert ds.problems.loc[ds.problems["severity"] == "error", "cell"].tolist() == asked
    by = progress.summary(ds, "cohort").set_index("cohort")["listed"]
    assert by["unread"] == len(asked)
    assert by["hebei-2021-2"] == sum(of in ("", "hebei-2021-2") for of in FIRST.values())
    assert by["hebei-2018"] == 2  # by its number and by its title


def test_two_lists_that_name_different_batches_say_none(tmp_path: Path) -> None:
    for n, said in enumerate(["2018年第一批", "2020年第一批"]):
        row = [1, "石家庄市", "长安区", NAME_B, B, "水泥", said]
        book(tmp_path / f"名单{n}.xlsx", {"名单": [["强制类企业名单"], [*ROSTER, "首次列入批次"], row]})
    found = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["plants"]
    assert (found["cohort"].isna().tolist(), found["unread_fields"].tolist()) == ([True], ["cohort"])
