"""A programme drafted from a notice's main points is sound, is read, and says what is still to be filled in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cpaudit.cli import run
from cpaudit.desk.drafting import deadline
from cpaudit.errors import UsageError
from cpaudit.programme.checker import check

GIVEN = [
    *("--title", "湖北省2027年强制性清洁生产审核", "--issuer", "湖北省生态环境厅", "--roster", "强制类=20", "--roster", "双有"),
    *("--step", "告知企业=名单公布后10日内", "--step", "完成评估=2027年6月30日前", "--step", "方案实施完成=完成评估后一年内"),
    *("--step", "通过验收=列：验收截止日期", "--unit-step", "报送进展=每月25日"),
]


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("where", [["--province", "湖北"], ["--unit", "武汉市", "--unit", "黄石", "--unit", "420500"]])
def test_a_notice_s_main_points_make_a_sound_file(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["programmes", "new", "hubei-2027", *GIVEN, *where]) == 0
    told = capsys.readouterr().out
    assert ("hubei-2027.yaml：" in told, "5 条的出处（条款）还是“未填”" in told) == (True, True)
    made = yaml.safe_load(Path("hubei-2027.yaml").read_text(encoding="utf-8"))
    assert [f for f in check(Path("hubei-2027.yaml")) if f.severity == "error"] == []
    assert [(m["id"], m.get("role")) for m in made["milestones"]] == [
        ("notified", "notification"), ("assessed", "assessment"), ("implemented", "implementation"),
        ("accepted", "acceptance"), ("step_5", None),
    ]  # fmt: skip
    assert made["milestones"][2]["deadline"] == {"after": "assessed", "months": 12}
    assert [m["label"] for m in made["milestones"] if m.get("final")] == ["通过验收"]
    assert [(r["label"], r["size"]) for r in made["rosters"]] == [("强制类", 20), ("双有", None)]
    assert ("wuhan" in made["units"], len(made["units"]) > 2 or where[0] == "--unit") == (True, True)
    assert made["status"] == "draft"
    assert [m["actor"] for m in made["milestones"]] == ["生态环境部门", "企业", "企业", "企业", "上报单位"]
    assert not [m for m in made["milestones"] if m["duty"] == m["label"]]
    assert made["milestones"][2]["duty"] == "自“完成评估”完成之日起 12 个月内方案实施完成"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("2027-06-30", "2027-06-30"), ("2027年6月30日前", "2027-06-30"), ("2027/6/30之前", "2027-06-30"),
        ("10日内", {"days_after_listing": 10}), ("名单公布后一个月内", {"months_after_listing": 1}),
        ("两年内", {"months_after_listing": 24}), ("每季度末", {"every": "quarter"}), ("每月底前", {"every": "month"}),
        ("每月5日前", {"every": "month", "day": 5}), ("每年3月15日前", {"every": "year", "month": 3, "day": 15}),
        ("2026年9月底前", "2026-09-30"), ("2028年2月末", "2028-02-29"), ("2022年底前", "2022-12-31"),
        ("自名单发布之日起2个月内", {"months_after_listing": 2}), ("通知印发之日起十五日内", {"days_after_listing": 15}),
        ("名单公布后半年内", {"months_after_listing": 6}), ("评估后三十天内", {"after": "assessed", "days": 30}),
        ("及时", {"none": "及时"}), ("列:截止日", {"column": "截止日"}), ("评估之日起30日内", {"after": "assessed", "days": 30}),
    ],
)  # fmt: skip
def test_a_deadline_in_the_notice_s_words(said: str, written: object) -> None:
    found = deadline(said, {"评估": "assessed"})
    assert (str(found["date"]) if "date" in found else found) == written


@pytest.mark.parametrize(
    "said",
    [
        *("", "10个工作日内", "明年", "2027年6月", "2027年13月底", "2027-13-01", "评估前10日", "第二季度", "0x10日内", "3-5日内"),
        *("0000年底", "0000年2月底", "9" * 5000 + "日内", "评估后" + "9" * 5000 + "个月内"),
    ],
)
def test_a_deadline_that_is_not_understood_is_asked_about_and_not_guessed(said: str) -> None:
    with pytest.raises(UsageError, match="没有读懂期限"):
        deadline(said, {"评估": "assessed"})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--unit", "武汉市", "--unit", "乌有市"], "没有认出上报单位“乌有市”"),
        (["--province", "湖"], "没有叫“湖”的省份"),
        (["--province", "湖北", "--step", "完成评估"], "写作“节点=期限”"),
        (["--province", "湖北", "--step", "完成评估=2028-01-01"], "写了两次"),
        (["--province", "湖北", "--roster", "双超=很多"], "写作“名单”或“名单=家数”"),
        (["--province", "湖北", "--roster", f"双超={'9' * 5000}"], "写作“名单”或“名单=家数”"),
        ([], "缺少选项 --province"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(
    wrong: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["programmes", "new", "hubei-2027", *GIVEN, *wrong]) == 2
    assert told in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["Hubei", "湖北", "../x", "2027-01-01", ""])
def test_an_id_that_could_be_no_file_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["programmes", "new", name, *GIVEN, "--province", "湖北"]) == 2
    assert "批次编号" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_a_deadline_counted_from_a_step_that_is_not_there_says_so() -> None:
    with pytest.raises(UsageError, match="前面没有叫这个名称的企业节点（前面已有：评估）"):
        deadline("验收后3个月内", {"评估": "assessed"})


def test_every_issuer_is_kept_and_a_province_has_all_its_units() -> None:
    assert run(["programmes", "new", "hebei-2027", *GIVEN, "--issuer", "湖北省发展改革委", "--province", "河北"]) == 0
    made = yaml.safe_load(Path("hebei-2027.yaml").read_text(encoding="utf-8"))
    assert made["document"]["issuers"] == ["湖北省生态环境厅", "湖北省发展改革委"]
    assert (len(made["units"]), made["units"][-1]) == (14, "xiongan")


def test_a_file_that_is_there_is_kept() -> None:
    Path("hubei-2027.yaml").write_text("mine")
    assert run(["programmes", "new", "hubei-2027", *GIVEN, "--province", "湖北"]) == 2
    assert Path("hubei-2027.yaml").read_text() == "mine"


def test_at_a_terminal_what_is_lacking_is_asked_for_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ["批次", "甲厅、乙委", "某函〔2027〕1号", "去年", "2027-01-05", "火星", "湖北省", "强制类=多", "强制类", ""]
    said += ["通过验收", "通过验收=某天", "通过验收=2027-12-31", "", "报送进展=每季度末", ""]
    asked = iter(said)
    monkeypatch.setattr("cpaudit.cli.programmes.sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("cpaudit.cli.programmes.click.prompt", lambda *_, **__: next(asked))
    assert run(["programmes", "new", "hubei-2027"]) == 0
    assert next(asked, "all asked") == "all asked"
    told = capsys.readouterr().err
    assert all(word in told for word in ("“去年”不是日期", "没有叫“火星”的省份", "强制类=多", "节点=期限", "没有读懂期限“某天”"))
    made = yaml.safe_load(Path("hubei-2027.yaml").read_text(encoding="utf-8"))
    assert (made["document"]["issuers"], made["document"]["number"]) == (["甲厅", "乙委"], "某函〔2027〕1号")
    assert [(m["label"], m["scope"]) for m in made["milestones"]] == [("通过验收", "plant"), ("报送进展", "unit")]
    assert [f for f in check(Path("hubei-2027.yaml")) if f.severity == "error"] == []
