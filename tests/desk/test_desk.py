"""What the notebooks 00, 08 and 09 call: pages that say what loaders, analyses and definitions say; sentences, no tracebacks."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import pandas as pd
import pytest

import cpaudit as cp
from cpaudit import indicators, snapshots
from cpaudit.analysis import attainment, progress
from cpaudit.analysis.across import substitution
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.desk.places import example
from cpaudit.errors import CpauditError
from cpaudit.programme import load_programme
from cpaudit.programme.checker import check
from cpaudit.reference import root
from cpaudit.views.page import Caveat, Page, Table
from cpaudit.views.pages.programme_review import programme_review
from cpaudit.views.pages.programme_trial import programme_trial
from tests.support.builders import dataset, measurement, plant
from tests.support.notebook_lint import code
from tests.support.once import AS_OF
from tests.support.paths import NOTEBOOKS

PRESENT = root() / "programmes" / "hebei-2021-2.yaml"


@pytest.fixture
def sample_snapshot(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(snapshots.WAREHOUSE_VARIABLE, str(warehouse))


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(snapshots.WAREHOUSE_VARIABLE, str(tmp_path / "nothing"))


def table(page: Page, id: str) -> pd.DataFrame:
    return next(b.frame for b in page.blocks if isinstance(b, Table) and b.id == id)


def sentences(page: Page) -> str:
    return "\n".join(b.text for b in page.blocks if isinstance(b, Caveat))


# -- the notebooks


@pytest.mark.parametrize("name", ["00_start", "08_indicator_system", "09_programme"])
@pytest.mark.parametrize("data", ["sample_snapshot", "nothing"])
def test_the_notebook_runs_as_it_stands(
    name: str, data: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cpaudit.render.notebook import show as shown

    request.getfixturevalue(data)
    texts: list[str] = []
    monkeypatch.setattr(shown, "_publish", lambda content, *_, **__: texts.append(content["text/html"]))
    known: dict[str, Any] = {}
    for cell in code(json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))):
        exec(cell, known)
    assert "<h1>" in texts[1]
    assert ("还没有快照" in "".join(texts)) == (data == "nothing")


def test_the_first_notebook_links_to_every_other_one() -> None:
    notebook = json.loads((NOTEBOOKS / "00_start.ipynb").read_text(encoding="utf-8"))
    linked = re.findall(r"\]\(([^)]+\.ipynb)\)", "".join("".join(c["source"]) for c in notebook["cells"]))
    assert sorted(linked) == sorted(
        p.relative_to(NOTEBOOKS).as_posix()
        for p in NOTEBOOKS.rglob("*.ipynb")
        if p.name != "00_start.ipynb" and p.parent.name != "templates"
    )


@pytest.mark.slow
def test_without_a_snapshot_a_notebook_stops_at_one_sentence(nothing: None) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(NOTEBOOKS / "04_plant.ipynb", nbformat.NO_CONVERT)
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, shutdown_kernel="immediate", timeout=120).execute()
    (error,) = [o for c in notebook.cells for o in c.get("outputs", ()) if o["output_type"] == "error"]
    assert len(error["traceback"]) == 1
    assert "没有快照" in error["traceback"][0]


def test_an_error_that_the_user_can_mend_shows_its_sentence_alone() -> None:
    assert CpauditError("这里错了，请改。")._render_traceback_() == ["这里错了，请改。"]


# -- 00 start here


@pytest.fixture(scope="module")
def returned(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A roster and one unit's return."""
    folder = tmp_path_factory.mktemp("returned")
    shutil.copytree(raw / "名单", folder / "名单")
    (folder / "上报").mkdir()
    shutil.copy(raw / "上报" / "石家庄市.xlsx", folder / "上报")
    return folder


def test_the_start_page_says_what_a_folder_held_and_marks_what_goes_back(returned: Path, tmp_path: Path, nothing: None) -> None:
    from cpaudit import loaders
    from cpaudit.desk import places

    before = {p: p.read_bytes() for p in returned.rglob("*") if p.is_file()}
    page = cp.start(str(returned), "2022-11-15", marked=str(tmp_path / "退回"))
    found = loaders.read([returned], programme="hebei-2021-2", as_of=AS_OF)
    figures = page.key_figures()
    rows = found.understood()
    data = rows[rows["kind"] == "data"]
    assert figures["files_read"] == len(found.frames["sources"]) == 3
    assert figures["rows_understood"] == (data["left_out"] == "").sum()
    assert figures["plants_read"] == len(found.frames["plants"])
    assert table(page, "sources")["rows_read"].sum() == found.frames["sources"]["rows_read"].sum()
    assert table(page, "understood")["data"].sum() == len(data)
    assert table(page, "problems_by_unit")["error"].sum() == figures["errors_found"]
    assert "没有存为快照" in str(page.blocks)
    assert not snapshots.dates(snapshots.default_warehouse())
    back = table(page, "to_send_back")
    assert set(back["path"]) == set(found.frames["problems"].query("severity != 'note'")["file"])
    for written in back["written"]:
        assert len(openpyxl.load_workbook(places.existing(written)).sheetnames) > 1
    assert {p: p.read_bytes() for p in returned.rglob("*") if p.is_file()} == before


def test_marked_copies_never_land_among_the_returns_or_on_one_another(returned: Path, tmp_path: Path, nothing: None) -> None:
    page = cp.start(str(returned), "2022-11-15", marked=str(returned / "退回"))
    assert "以免下次当作报表读取" in sentences(page)
    assert not (returned / "退回").exists()
    cp.start(str(returned / "名单"), "2022-11-15", marked=str(tmp_path))
    (mine, *_) = sorted(tmp_path.rglob("*_已标注.*"))
    mine.write_bytes(b"filled in by hand")
    mine.with_name(f"{mine.stem}2{mine.suffix}").symlink_to(tmp_path / "elsewhere")
    cp.start(str(returned / "名单"), "2022-11-15", marked=str(tmp_path))
    assert mine.read_bytes() == b"filled in by hand"
    assert not (tmp_path / "elsewhere").exists()
    assert mine.with_name(f"{mine.stem}3{mine.suffix}").exists()


def test_saving_puts_the_snapshot_in_force_that_the_page_then_shows(returned: Path, nothing: None) -> None:
    page = cp.start(str(returned), "2022-11-15", save=True)
    ds = Dataset.open()
    assert page.stamp is not None
    assert page.stamp.version == ds.version
    assert page.key_figures()["snapshot_plants"] == len(ds.plants)


def test_the_start_page_without_a_folder_shows_the_newest_snapshot(sample_snapshot: None, ds: Dataset) -> None:
    page = cp.start()
    figures = page.key_figures()
    assert figures["snapshot_measurements"] == len(ds.measurements)
    assert figures["snapshot_errors"] == (ds.problems["severity"] == "error").sum()
    back = table(page, "to_send_back")
    counted = ds.problems[ds.problems["file"].isin(back["path"])]
    assert back["warning"].sum() == (counted["severity"] == "warning").sum()


@pytest.mark.parametrize(("folder", "as_of", "said"), [("没有这里", "", "找不到"), (".", "去年", "不是日期")])
def test_what_is_wrong_with_the_parameters_is_a_sentence(folder: str, as_of: str, said: str, nothing: None) -> None:
    assert said in sentences(cp.start(folder, as_of))


# -- 08 a new indicator system


def test_the_example_is_read_as_a_draft_with_doubts_and_nothing_is_written(sample_snapshot: None, tmp_path: Path) -> None:
    before = sorted(p for p in example("").rglob("*"))
    page = cp.new_system()
    assert page.key_figures()["indicators"] == 16
    assert page.key_figures()["doubts"]
    assert sorted(p for p in example("").rglob("*")) == before
    cp.new_system(drafts=str(tmp_path))
    written = {p.suffix for p in tmp_path.iterdir()}
    assert written == {".yaml", ".html"}
    text = next(tmp_path.glob("*.yaml")).read_text(encoding="utf-8")
    assert "status: draft" in text
    assert "存疑" in text
    assert "已存在，未覆盖" in sentences(cp.new_system(drafts=str(tmp_path)))
    again = cp.new_system(str(next(tmp_path.glob("*.yaml"))))
    assert "征求意见稿或草案" in sentences(again)


def test_a_faulty_definition_is_named_line_by_line_and_cannot_be_tried(sample_snapshot: None, tmp_path: Path) -> None:
    text = (root() / "indicator_systems" / "demo_cement.yaml").read_text(encoding="utf-8")
    file = tmp_path / "demo_cement.yaml"
    file.write_text(text.replace("limiting: true", "limitting: true", 1), encoding="utf-8")
    (row,) = table(cp.new_system(str(file)), "findings").to_dict("records")
    assert row["line"] == text[: text.index("limiting: true")].count("\n") + 1
    assert "limitting" in row["field"]
    assert "1 处错误" in sentences(cp.try_system(str(file)))


def test_a_system_in_place_of_itself_changes_no_level(ds: Dataset) -> None:
    for system_id in ("demo_cement", "demo_brewing"):
        system = indicators.find_system(system_id)
        found = substitution.substitute(ds, system, system)
        assert set(found.matches["use"]) == {"taken"}
        assert found.levels["present"].equals(found.levels["new"])
        scores = indicators.score(ds.measurements[ds.measurements["system"] == system_id])
        assert sorted(found.levels["present"].dropna()) == sorted(scores["level"].dropna())


def test_values_are_taken_only_where_they_mean_the_same(sample_snapshot: None) -> None:
    page = cp.try_system()
    use = table(page, "matches").set_index("name")["use"]
    assert use["可比熟料综合能耗"] == "采用"
    assert use["单位产品新鲜水用量"] == "换算后采用（×1000）"
    assert use["替代燃料热值替代率"] == "现行体系没有这一项"
    present = indicators.find_system("demo_cement")
    first = present.groups[0]
    words = first.indicators[1].model_copy(update={"texts": first.indicators[1].texts.model_copy(update={"I": "另一种装备"})})
    kind = first.indicators[0].model_copy(update={"unit": "kWh"})
    new = present.model_copy(update={"groups": (first.model_copy(update={"indicators": (kind, words)}), *present.groups[1:])})
    rows = [measurement("p1", "demo_cement", i.id, "after", 1.0) for i in present.indicators()]
    found = substitution.substitute(dataset(plants=[plant("p1", industry="cement")], measurements=rows), new, present)
    assert list(found.matches["use"][:3]) == ["unit", "texts", "taken"]


def test_a_day_before_the_snapshot_has_no_values_to_try_a_system_on(sample_snapshot: None) -> None:
    assert "2022-06-01 的情况由 2022-11-15 的快照倒推" in sentences(cp.try_system(as_of="2022-06-01"))


def test_the_levels_of_the_trial_are_those_of_the_scoring(sample_snapshot: None, ds: Dataset) -> None:
    """The figures against a translation by hand: names looked up, water turned from t/t into kg/t."""
    page = cp.try_system()
    figures = page.key_figures()
    shown = table(page, "trial_plants")
    assert figures["units_tried"] == len(shown)
    scores = indicators.score(ds.measurements[ds.measurements["system"] == "demo_cement"])
    last = scores[scores["period"] == "after"]
    names = {1: "Ⅰ级", 2: "Ⅱ级", 3: "Ⅲ级", 4: "未达Ⅲ级"}
    assert sorted(shown["present"]) == sorted("无法判定" if pd.isna(k) else names[k] for k in last["level"])
    order = {"Ⅰ级": 1, "Ⅱ级": 2, "Ⅲ级": 3, "未达Ⅲ级": 4}
    worse = (shown["new"].map(order) > shown["present"].map(order)) & (shown["best"].map(order) > shown["present"].map(order))
    worse = worse.sum()
    assert figures["level_worse"] == worse > 0
    flows = table(page, "flows").set_index("present")
    assert flows.to_numpy().sum() == len(shown)


@pytest.mark.parametrize(
    ("file", "replaces", "said"),
    [("没有.docx", "", "找不到"), ("examples", "", "文件夹"), ("", "atlantis", "没有编号为"), ("04_plant.ipynb", "", "04_plant")],
)
def test_a_file_that_cannot_be_tried_is_a_sentence(file: str, replaces: str, said: str, sample_snapshot: None) -> None:
    assert said in sentences(cp.try_system(file, replaces=replaces))


# -- 09 a new programme


def test_the_example_programme_has_no_errors_and_a_step_of_its_own_that_the_units_form_asks_for(sample_snapshot: None) -> None:
    page = cp.new_programme()
    assert page.key_figures()["errors"] == 0
    assert "中期核查" not in "".join(table(page, "findings")["message"])
    changes = table(page, "compared_节点和期限").set_index("label")["change"]
    assert (changes["中期核查"], changes["告知书送达"], changes["完成验收"]) == ("新增", "不变", "改动")


def test_a_new_notice_is_held_against_the_programme_whose_data_there_are(
    sample_snapshot: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "河北省" in cp.new_programme(str(PRESENT)).subtitle
    monkeypatch.setattr(snapshots, "meant", lambda _: "hubei-2026")
    assert "湖北省" in cp.new_programme(str(PRESENT)).subtitle
    assert "河北省" in cp.new_programme().subtitle
    assert "河北省" in cp.new_programme(str(PRESENT), present="hebei-2021-2").subtitle


def test_a_programme_beside_itself_differs_in_nothing_and_changes_nothing(ds: Dataset) -> None:
    present = load_programme("hebei-2021-2")
    assert programme_review("x.yaml", [], present, present).key_figures()["changes"] == 0
    page = programme_trial(ds, present.model_copy())
    assert page.key_figures()["verdicts_changed"] == 0
    assert (table(page, "trial_progress")["difference"] == 0).all()


def test_the_trial_shows_what_the_analyses_find_under_the_new_programme(sample_snapshot: None, ds: Dataset) -> None:
    from cpaudit.programme import Programme
    from cpaudit.reference import read_definition

    new = read_definition(example("demo-2023-1.yaml"), Programme)
    then = replace(ds, programme=new)
    page = cp.try_programme()
    counts = table(page, "trial_attainment").set_index("label")
    assert counts.at["达标", "new"] == attainment.summary(then)["attained"].iloc[0]
    assert counts.at["达标", "present"] == attainment.summary(ds)["attained"].iloc[0]
    moved = attainment.plants(ds)["verdict"] != attainment.plants(then)["verdict"]
    staying = ~attainment.plants(ds)["left"]
    assert page.key_figures()["verdicts_changed"] == len(table(page, "trial_verdicts")) == (moved & staying).sum() > 0
    overdue = table(page, "trial_progress").set_index("label").at["有逾期", "new"]
    assert overdue == progress.summary(then)["overdue"].iloc[0]


FAULTS = [
    ("size: 403", "size: vier", "rosters.0.size", "整数"),
    ("label: 强制类", "lable: 强制类", "rosters.0.lable", "没有这个字段"),
    ("units: [shijiazhuang", "units: [atlantis", "units.0", "atlantis"),
    ("size: 43", "size: 0", "rosters.1.size", "不小于 1"),
    ("industries: [coal_power, cement]", "industries: [coal_power, zement]", "targets.0.applies_to.industries", "zement"),
    ("applies_to: {other_industries: true}", "applies_to: {}", "targets.3.applies_to", "一个条件"),
    ("final: true", "final: false", "", "final"),
    ("deadline: {date: 2022-07-01}", "deadline: {date: 2022-05-01}", "milestones.7.deadline", "早于其前置节点"),
    ("permit_classes: [key, simplified]", "permit_classes: [kee]", "milestones.3.permit_classes", "kee"),
    ("clause: 附件1", "clause: ''", "rosters.0.clause", "出处"),
    ("due_soon_days: 30", "due_soon_days: 30\ndue_soon_days: 31", "due_soon_days", "写了两次"),
]


@pytest.fixture
def faulty(tmp_path: Path) -> Any:
    def write(old: str, new: str) -> Path:
        text = PRESENT.read_text(encoding="utf-8")
        assert old in text
        file = tmp_path / "hebei-2021-2.yaml"
        file.write_text(text.replace("after: [registered]", "after: []").replace(old, new, 1), encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(("old", "new", "key", "said"), FAULTS, ids=[f[2] for f in FAULTS])
def test_every_fault_of_a_programme_names_file_line_and_key(old: str, new: str, key: str, said: str, faulty: Any) -> None:
    file = faulty(old, new)
    found = [f for f in check(file) if f.field == key and said in f.message]
    assert found, check(file)
    assert found[0].file.endswith("hebei-2021-2.yaml")
    assert found[0].line
    assert key in set(table(cp.new_programme(str(file)), "findings")["field"])


def test_the_shipped_programme_has_nothing_to_mend() -> None:
    assert [f for f in check(PRESENT) if f.severity != "note"] == []


def test_the_command_says_what_the_page_says_and_fails_only_on_errors(faulty: Any, capsys: Any) -> None:
    assert run(["programmes", "check", str(example("demo-2023-1.yaml"))]) == 0
    assert "错误" not in capsys.readouterr().out
    assert run(["programmes", "check", str(faulty("size: 403", "size: vier"))]) == 1
    assert re.search(r"第 \d+ 行：错误：字段 rosters.0.size", capsys.readouterr().out)


def test_a_faulty_programme_cannot_be_tried(faulty: Any, sample_snapshot: None) -> None:
    assert "改正后才能试行" in sentences(cp.try_programme(str(faulty("size: 403", "size: vier"))))
    assert "不是 .yaml" in sentences(cp.new_programme("04_plant.ipynb"))
