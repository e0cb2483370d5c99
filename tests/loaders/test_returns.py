"""The ledger of returns: what came of what is owed, and that nothing is said of those of whom nothing came."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import docx
import pytest

from cpaudit import cli, loaders, snapshots
from cpaudit.analysis import bulletin, handover, milestones, progress, returns
from cpaudit.dataset import Dataset
from cpaudit.errors import DefinitionError
from cpaudit.programme import load_programme
from cpaudit.programme.model import Programme
from cpaudit.reference import parse_definition, read_yaml, root
from cpaudit.snapshots import content
from tests.support.builders import credit_code, snapshot_of
from tests.support.workbooks import AS_OF, DONE, LISTED, MEASURED, NAME_A, NAME_B, OPTIONS, PROGRESS, ROSTER, A, B, book

NAME_C, NAME_D = "示例丙钢铁有限公司", "示例丁酿造有限公司"
#: Two plants in 石家庄, one each in 唐山 and 秦皇岛.
LIST = [*LISTED, [3, "唐山市", None, NAME_C, credit_code(3), "钢铁"], [4, "秦皇岛市", None, NAME_D, credit_code(4), "酿造"]]
WORK = [["工作事项", "上报日期", "上报文号"], ["许可落实情况上报", "2022-02-20", "函1"], ["审核结果上报", None, None]]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """石家庄 reported one of its two plants, 唐山 sent a .doc that nobody can read, 秦皇岛 sent nothing."""
    folder = tmp_path_factory.mktemp("books")
    book(folder / "raw/名单.xlsx", {"名单": [["强制类企业名单　名单公布日期：2021年12月20日"], ROSTER, *LIST]})
    values = [NAME_B, B, "demo_cement", "1号线", "可比熟料综合能耗", "kgce/t", 100.0, None]
    book(folder / "raw/石家庄市.xlsx", {"进度": [PROGRESS, DONE], "辖区工作": WORK, "指标实测": [MEASURED, values]})
    (folder / "raw/唐山市进度表.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    (folder / "out").mkdir()
    loaders.load([folder / "raw"], as_of=AS_OF, warehouse=folder / "warehouse")
    return folder


@pytest.fixture(scope="module")
def ds(books: Path) -> Dataset:
    """What those books say."""
    return Dataset.open(books / "warehouse")


def states(ds: Dataset) -> dict[tuple[str, str], str]:
    frame = returns.ledger(ds).fillna({"period": ""})
    return {(r.unit, f"{r.kind}{r.period}"): r.state for r in frame.itertuples()}


def test_the_ledger_tells_received_partly_unread_and_nothing(ds: Dataset) -> None:
    found = states(ds)
    assert found["shijiazhuang", "progress"] == "partly"
    assert found["shijiazhuang", "unit_work"] == "received"
    assert found["shijiazhuang", "options"] == "nothing"
    assert found["tangshan", "progress"] == "unread"  # the file's name says what it would have been
    assert found["tangshan", "options"] == "nothing"
    assert {unit for unit, _ in found} == {"shijiazhuang", "tangshan", "qinhuangdao"}  # of which the roster lists plants
    assert {state for (unit, _), state in found.items() if unit == "qinhuangdao"} == {"nothing"}
    assert returns.ledger(ds).set_index(["unit", "kind"]).loc[("tangshan", "progress"), "sources"] == "唐山市进度表.doc"


def test_what_is_missing_is_named_plant_by_plant_once_it_is_due(ds: Dataset) -> None:
    frame = returns.lacking(ds)
    mine = frame[frame["unit"] == "shijiazhuang"].fillna({"period": "", "name": ""})
    told = list(mine[["kind", "period", "name", "came"]].itertuples(index=False, name=None))
    assert ("progress", "", NAME_B, "nothing") in told
    assert ("measurements", "after", NAME_B, "blank") in told  # its row came, the cell of that period is empty
    assert ("measurements", "before", NAME_B, "blank") not in told
    assert not frame["name"].eq(NAME_A).where(frame["kind"].eq("progress"), False).any()
    early = returns.ledger(snapshot_of(ds, dt.date(2022, 5, 1)))
    assert set(early.loc[early["kind"].eq("options"), "state"]) == {"not_due"}


def test_a_blank_cell_is_not_done_and_a_missing_row_is_not_reported(ds: Dataset) -> None:
    found = milestones.milestone_states(ds).set_index(["name", "milestone"])["state"]
    assert found[NAME_A, "registered"] == "overdue"
    assert found[NAME_A, "implemented"] == "not_reported"  # the table has no column for it
    assert set(found[NAME_B]) <= {"not_reported", "not_applicable", "applies_unknown"}
    assert set(found[NAME_D]) <= {"not_reported", "not_applicable", "applies_unknown"}
    own = milestones.unit_states(ds).set_index(["unit", "milestone"])["state"]
    assert own["shijiazhuang", "permit_reported"] == "done_on_time"
    assert own["shijiazhuang", "summary_sent"] == "not_reported"  # its table doesn't list it
    assert own["qinhuangdao", "permit_reported"] == "not_reported"
    assert set(own["xinji"]) == {"not_applicable"}  # no plant of it is on the roster


def test_who_sent_nothing_is_not_late_ranked_or_handed_to_anybody(ds: Dataset) -> None:
    assert set(bulletin.laggards(ds)["name"]) == {NAME_A}
    frame = bulletin.bulletin(ds).set_index("unit")
    assert frame.loc["qinhuangdao", ["rank", "band", "due", "accepted", "overdue", "worst_overdue_days"]].isna().all()
    assert frame.loc["qinhuangdao", "group"] == "silent"
    assert set(handover.listing(ds, "enforcement")["name"]) <= {NAME_A}
    assert ds.plants["name"][handover.waiting(ds, "enforcement")].tolist() == [NAME_A, NAME_B, NAME_C, NAME_D]
    assert NAME_B not in set(handover.listing(ds, "results")["name"])
    row = progress.summary(ds, "unit").set_index("unit").loc["qinhuangdao"]
    assert row[progress.said(ds)].isna().all()
    assert (row["listed"], row["not_reported"]) == (1, 1)


def test_the_command_asks_for_what_is_missing(ds: Dataset, books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--warehouse", str(books / "warehouse")]
    assert cli.run(["returns", *at, "--unit", "秦皇岛市", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["state"] for row in told] == ["未报送"] * len(ds.programme.owed)
    assert cli.run(["returns", *at, "--by", "plant", "--format", "csv", "--out", str(books / "out/缺.csv")]) == 0
    assert (books / "out/缺.csv").read_text(encoding="utf-8-sig").count(NAME_D) == 4
    assert cli.run(["returns", *at, "--remind", str(books / "out/催报")]) == 0
    assert {p.name for p in (books / "out/催报").iterdir()} == {
        f"催报-{unit}{kind}" for unit in ("石家庄市", "唐山市", "秦皇岛市") for kind in (".xlsx", "-函.docx")
    }
    note = docx.Document(str(books / "out/催报/催报-唐山市-函.docx"))
    letter = "".join("".join(p.text for p in note.paragraphs).split())
    assert "进度表1家（1家可能在收到而未能读取的文件中）" in letter
    assert "不计为完成，也不计为逾期" in letter


def test_a_snapshot_from_before_the_ledger_still_opens(ds: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = tuple(name for name in content.TABLES if name != "returns")
    with monkeypatch.context() as patch:
        patch.setattr(content, "TABLES", older)
        patch.setattr(content, "FORMAT", 1)
        snapshots.write(
            tmp_path, "hebei-2021-2", AS_OF, {name: getattr(ds, name) for name in older}, demonstration=False, program_version="0"
        )
    found = Dataset.open(tmp_path)
    assert states(found)["shijiazhuang", "progress"] == "partly"
    assert set(bulletin.laggards(found)["name"]) == {NAME_A}
    assert set(milestones.milestone_states(found).set_index("name")["state"][NAME_D]) <= {
        "not_reported",
        "not_applicable",
        "applies_unknown",
    }


def test_a_programme_may_leave_its_returns_out_and_may_not_mistake_them() -> None:
    said = read_yaml(root() / "programmes/hebei-2021-2.yaml")
    bare = {key: value for key, value in said.items() if key != "returns"}
    usual = parse_definition(bare, Programme, "批次").owed
    assert {owed.kind for owed in usual} == {"progress", "unit_work", "measurements", "options"}
    assert load_programme("hebei-2021-2").owed != usual
    for wrong, why in (
        ({"kind": "progress", "with": "nowhere"}, "nowhere"),
        ({"kind": "measurements"}, "period"),
        ({"kind": "options", "with": "final", "due": "2022-06-01"}, "只能填写一个"),
        ({"kind": "绩效"}, "不在允许的取值之内"),
    ):
        with pytest.raises(DefinitionError, match=why):
            parse_definition(bare | {"returns": [wrong]}, Programme, "批次")


EXPORT = ["数据状态", "企业名称", "统一社会信用代码", "登录填报时间", "完成评估时间", "评估结果", "完成验收时间"]


def only_exported(folder: Path, sheets: dict[str, list[list[object]]]) -> loaders.Loaded:
    """石家庄 sent these; the export has both of its plants and the one of 唐山."""
    book(folder / "raw/名单.xlsx", {"名单": [["强制类企业名单　名单公布日期：2021年12月20日"], ROSTER, *LIST]})
    plants = [(NAME_A, A), (NAME_B, B), (NAME_C, credit_code(3))]
    rows = [[0, name, code, "2022-01-10", "2022-06-20", "通过", None] for name, code in plants]
    book(folder / "raw/系统导出.xlsx", {"导出": [EXPORT, *rows]})
    if sheets:
        book(folder / "raw/石家庄市.xlsx", sheets)
    return loaders.load([folder / "raw"], as_of=AS_OF, warehouse=folder / "warehouse")


@pytest.mark.parametrize("sent", [{}, {"辖区工作": WORK}])
def test_a_unit_that_only_an_export_tells_of_is_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sent: dict[str, list[list[object]]]
) -> None:
    problems = only_exported(tmp_path, sent).frames["problems"]
    asked = problems[problems["code"] == "unit_export_only"]
    assert asked["unit"].tolist() == ["shijiazhuang", "tangshan"]
    assert asked["severity"].eq("warning").all()
    said = "石家庄市没有报来进度表，2 家企业"
    assert said in asked["message"].iloc[0]
    assert cli.run(["returns", "--warehouse", str(tmp_path / "warehouse")]) == 0
    assert said in capsys.readouterr().err
    assert cli.run(["load", str(tmp_path / "raw"), "--as-of", AS_OF.isoformat(), "--dry-run"]) in (0, 1)
    assert said in capsys.readouterr().out


def test_a_plant_that_a_return_leaves_out_and_only_an_export_tells_of_is_asked_about(tmp_path: Path) -> None:
    problems = only_exported(tmp_path, {"进度": [PROGRESS, DONE]}).frames["problems"]
    asked = problems[problems["code"].isin(["unit_export_only", "plants_export_only"])]
    assert dict(zip(asked["unit"], asked["code"], strict=True)) == {
        "shijiazhuang": "plants_export_only",
        "tangshan": "unit_export_only",
    }
    assert NAME_B in asked["message"].iloc[0]
    assert NAME_A not in asked["message"].iloc[0]


@pytest.mark.parametrize("cells", [[None] * 5, ["", " ", "/", None, None]])
def test_a_row_that_holds_a_name_alone_came_and_was_not_filled_in(tmp_path: Path, cells: list[str | None]) -> None:
    only_exported(tmp_path, {"进度": [PROGRESS, DONE, [NAME_B, B, *cells]], "方案": [OPTIONS, [NAME_B, B, *[None] * 5]]})
    ds = Dataset.open(tmp_path / "warehouse")
    came = ds.returns.set_index(["kind", "plant_id"])["state"]
    assert (came["progress", B], came["progress", A]) == ("blank", "received")
    assert (came["options", B], came["options", A]) == ("blank", "nothing")
    found = returns.ledger(ds).query("unit == 'shijiazhuang' and kind == 'progress'").iloc[0]
    assert (found["owed"], found["received"], found["blank"], found["nothing"]) == (2, 1, 1, 0)
    assert not ds.problems["code"].eq("plants_export_only").any()


def test_a_name_alone_and_a_row_filled_in_elsewhere_is_one_that_came(tmp_path: Path) -> None:
    bare = [NAME_A, A, *[None] * 5]
    only_exported(tmp_path, {"进度": [PROGRESS, bare], "进度2": [PROGRESS, DONE]})
    came = Dataset.open(tmp_path / "warehouse").returns.set_index(["kind", "plant_id"])["state"]
    assert came["progress", A] == "received"
