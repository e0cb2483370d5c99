"""Contacts are read nowhere: a person's name, telephone or mail reaches no table, no problem, no file that a command writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cpaudit import loaders
from cpaudit.cli import run
from tests.support.workbooks import LISTED, OPTIONS, PROGRESS, ROSTER, A, B, book, load, loaders_read, option, told

FIRM, OTHER = LISTED[0][3], LISTED[1][3]
PERSON, SECOND = "张保密", "李机密"
PHONES, MAIL = ("13912345678", "139-8765-4321", "0311-88887777"), "baomi@example.com"
SECRETS = (PERSON, SECOND, "12345678", "87654321", "8765-4321", "88887777", "baomi")


@pytest.mark.parametrize(
    "behind",
    [
        *(f" {PHONES[0]}", PHONES[0], f"{PERSON}{PHONES[0]}", f" {PERSON} {PHONES[1]}", f"（联系人：{PERSON} {PHONES[0]}）"),
        *(
            f"（{PERSON}，{PHONES[2]}）",
            f"/{PERSON}/{PHONES[0]}",
            f" 电话：{PHONES[2]}",
            f"联系人：{PERSON}",
            f"（负责人{PERSON}）",
        ),
        *(
            f" 负责人 {PERSON}",
            f" {MAIL}",
            f"；{PERSON}；１３９１２３４５６７８",
            f"{PERSON}({PHONES[0]})",
            f"\n{PERSON}\n{PHONES[0]}",
        ),
    ],
)
def test_contacts_behind_a_rosters_name_are_left_out_and_that_is_said(tmp_path: Path, behind: str) -> None:
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, [*LISTED[0][:3], FIRM + behind, *LISTED[0][4:]]]})
    found = loaders_read(tmp_path)
    assert found.frames["plants"]["name"].tolist() == [FIRM]
    assert ("name_contacts", "D3") in told(found)
    assert not leaked(found)


@pytest.mark.parametrize("behind", ["张保密", " 张保密", "　李机密", "、张保密", " 张某", "/李某", "，张保密"])
def test_a_name_behind_a_firms_is_no_part_of_it_though_no_number_stands_by(tmp_path: Path, behind: str) -> None:
    sheets = {"进度": [PROGRESS, [f"{OTHER}{behind}", None, "2021-12-25", None, None, None, "正常推进"]]}
    book(tmp_path / "石家庄市.xlsx", sheets)
    book(
        tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, [*LISTED[0][:3], FIRM + behind, *LISTED[0][4:]], LISTED[1]]}
    )
    found = loaders_read(tmp_path)
    assert sorted(found.frames["plants"]["name"]) == sorted([FIRM, OTHER])
    assert ("name_contacts", "D3") in told(found)
    assert found.frames["events"]["plant_id"].tolist() == [B]
    assert not any(name in frame.to_csv() for frame in found.frames.values() for name in ("保密", "机密", "张某", "李某"))


def leaked(found: loaders.Loaded) -> list[str]:
    text = "".join(frame.to_csv() for frame in found.frames.values())
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize(
    "name",
    [
        *("示例手机配件厂", "石家庄联络通讯有限公司", "示例水泥厂长安分厂", "示例化工（河北）有限公司"),
        *("示例公司负责人培训中心", "示例化工有限公司保定基地", "示例139厂"),
        *("示例化工有限公司石家庄", "示例公司唐山焦化", "示例集团马头庄", "示例公司高新区", "示例公司金属镁", "示例公司白灰窑"),
    ],
)
def test_a_firm_named_after_telephones_keeps_its_name(tmp_path: Path, name: str) -> None:
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, [*LISTED[0][:3], name, *LISTED[0][4:]]]})
    found = loaders_read(tmp_path)
    assert found.frames["plants"]["name"].tolist() == [name]
    assert "name_contacts" not in {code for code, _ in told(found)}


def planted(folder: Path) -> Path:
    """Write a roster and a return with contacts wherever offices write them."""
    sent = folder / "报送"
    name = f"{FIRM} {PERSON} {PHONES[0]}"
    heads = [*ROSTER, "联系人", "联系人2", f"电话（{PHONES[2]}）"]
    people = [PERSON, SECOND, PHONES[1]]
    rows = [[*LISTED[0][:3], name, *LISTED[0][4:], *people], [*LISTED[1], *people]]
    book(sent / "名单.xlsx", {"名单": [[f"强制类企业名单（联系人：{PERSON} {PHONES[0]}）"], heads, *rows]})
    progress = [
        [f"进度表 填表人：{PERSON} 电话：{PHONES[0]}"],
        [*PROGRESS, "企业联系人", f"备注（问{PHONES[0]}）", "邮箱"],
        [name, A, f"{PHONES[1]}", None, f"见 {MAIL}", None, f"停产，联系人：{PERSON}", SECOND, f"{PERSON}：{PHONES[0]}", MAIL],
        [f"{OTHER}（{SECOND} {PHONES[1]}）", None, "2021-12-25", None, None, None, "正常推进", SECOND, None, MAIL],
        [f"示例无名厂 联系人：{SECOND} {PHONES[0]}", None, "2021-12-25", None, None, None, "正常推进", None, None, None],
        [f"填表人：{PERSON}", None, f"联系电话：{PHONES[2]}"],
    ]
    options = [
        OPTIONS,
        option(1, f"12（问{PHONES[0]}）"),
        [*option(2, 5)[:3], f"改造（联系人：{PERSON} {PHONES[1]}）", *option(2, 5)[4:]],
    ]
    book(
        sent / "石家庄市.xlsx",
        {"进度": progress, "方案": options, "通讯录": [["姓名", "电话"], [PERSON, PHONES[0]], [SECOND, MAIL]]},
    )
    return sent


def content(path: Path) -> str:
    """What a file says; a table's columns are compressed."""
    return pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_bytes().decode("utf-8", "ignore")


def test_contacts_stand_in_no_table_and_no_problem(tmp_path: Path) -> None:
    found = load(planted(tmp_path), listed=False)
    assert leaked(found) == []
    assert sorted(found.frames["plants"]["uscc"]) == sorted([A, B])
    assert found.frames["events"]["plant_id"].nunique() == 2


def test_contacts_stand_in_nothing_that_a_command_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sent, house = planted(tmp_path), ["--warehouse", str(tmp_path / "库")]
    orders = [["load", str(sent), "--programme", "hebei-2021-2", "--as-of", "2022-11-15"]]
    orders += [["problems", "--format", kind, "--out", str(tmp_path / f"问题.{kind}")] for kind in ("csv", "json")]
    orders += [["report", "--unit", "石家庄市", "--out", str(tmp_path / "报告")]]
    for order in orders:
        run([*order, *house])
    written = [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".js" and sent not in p.parents]
    text = {p: content(p) for p in written} | {Path("屏幕"): "".join(capsys.readouterr())}
    assert {".html", ".csv", ".json", ".parquet"} <= {p.suffix for p in written}
    assert [(p.name, secret) for p, said in text.items() for secret in SECRETS if secret in said] == []
