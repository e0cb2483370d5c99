"""A folder of one's own: what is in it counts for every command that is run there, and for nothing anywhere else."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cpaudit as cp
from cpaudit import snapshots, workspace
from cpaudit.cli import run
from cpaudit.errors import CpauditError, DefinitionError, UsageError
from cpaudit.indicators import systems
from cpaudit.loaders.sheets.layouts import layouts
from cpaudit.programme import industries, load_programme, units
from tests.support.workspaces import NOTICE

Told = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("nowhere")


def said(capsys: Told, *arguments: str, code: int = 0) -> str:
    assert run(list(arguments)) == code, capsys.readouterr().err
    return capsys.readouterr().out


def test_a_new_workspace_explains_itself_and_nothing_is_overwritten(tmp_path: Path, capsys: Told) -> None:
    assert run(["init", "office"]) == 0
    there = {p.relative_to("office").parts[0] for p in Path("office").rglob("*")}
    assert there >= {
        *("cpaudit.toml", "definitions", "incoming", "warehouse", "output", "notebooks", "dashboards", "reports", "templates"),
        ".gitignore",
    }
    Path("office/cpaudit.toml").write_text("title = 'mine'\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["init", "office"]) == 2
    assert "未写入" in (told := capsys.readouterr().err) or "没有写入任何内容" in told
    assert Path("office/cpaudit.toml").read_text(encoding="utf-8") == "title = 'mine'\n"


def test_one_is_made_where_the_environment_names_none_that_there_is(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setenv("CPAUDIT_PROJECT", "office")
    assert run(["systems", "list"]) == 2
    assert "office 不是工作区" in capsys.readouterr().err
    assert run(["init", "office"]) == 0
    assert run(["systems", "list"]) == 0


def test_each_key_that_the_file_explains_is_one_that_is_understood(office: Path) -> None:
    """The lines that are switched off say what holds anyhow: switched on they change nothing."""
    from cpaudit.workspace.settings import Places, Settings, read

    lines = (office / "cpaudit.toml").read_text(encoding="utf-8")
    (office / "cpaudit.toml").write_text(re.sub(r"^# (\w+ = )", r"\1", lines, flags=re.M), encoding="utf-8")
    found = read(office / "cpaudit.toml")
    assert found.places == Places()
    explained = set(re.findall(r"^# (\w+) = ", lines, re.M))
    assert explained == {*Settings.model_fields, *Places.model_fields} - {"places"}


def test_a_programme_a_unit_and_a_system_of_one_s_own_go_the_whole_way(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.chdir(office / "notebooks")  # inside, somewhere
    new = ["programmes", "new", "yunhe-2027", *NOTICE, "--unit", "示例云河县", "--unit", "yunshan"]
    said(capsys, *new, "--out", str(office / "definitions/programmes/yunhe-2027.yaml"))
    (office / "cpaudit.toml").write_text('programme = "yunhe-2027"\n', encoding="utf-8")
    assert "yunhe-2027.yaml" in said(capsys, "definitions", "check")
    assert "pottery_2027" in said(capsys, "systems", "list", "--format", "csv")
    monkeypatch.setattr("cpaudit.selection.today", lambda: dt.date(2027, 3, 1))
    said(capsys, "sample", str(office / "incoming"), "--plants", "60", "--as-of", "2027-03-01")
    assert list((office / "incoming").rglob("*.xlsx"))
    assert run(["load", "--as-of", "2027-03-01"]) in (0, 1)
    assert "企业 60 家" in capsys.readouterr().out
    rows = json.loads(said(capsys, "progress", "--format", "json"))
    assert {row["unit"]: row["listed"] for row in rows} == {"示例云河县": 30, "示例云山县": 30}
    # Nobody outside knows of any of it.
    monkeypatch.chdir(office.parent)
    assert run(["progress"]) == 2
    assert "示例云河县" not in said(capsys, "--project", "-", "systems", "list")
    assert "示例云山县" in said(capsys, "--project", "office", "progress")
    assert "示例云山县" in said(capsys, "progress", "--project", str(office))


def test_an_alias_of_a_heading_is_read_only_where_it_is_laid_over(office: Path) -> None:
    from cpaudit.fields import field
    from cpaudit.loaders.sheets.headings import meaning

    assert meaning("roster", "窑口名称") is None
    with cp.project(office):
        assert meaning("roster", "窑口名称") is not None
        assert field("plants", "name").label == "企业名称", "what isn't said stays as it ships"
    assert meaning("roster", "窑口名称") is None


def test_two_workspaces_in_one_process_know_nothing_of_each_other(office: Path, tmp_path: Path, capsys: Told) -> None:
    said(capsys, "init", "other")
    (tmp_path / "other/definitions/industries.yaml").write_text("industries:\n  cement: {label: 水泥窑}\n", encoding="utf-8")
    before = (len(units()), len(systems()), industries()["cement"].label)
    with cp.project(office):
        assert ("yunhe" in units(), "pottery_2027" in systems(), "pottery" in industries()) == (True, True, True)
        ds = cp.example()
        assert ds.memo("x", lambda: 1) == 1
        with cp.project(tmp_path / "other"):
            assert not {"pottery", "pottery_2027", "yunhe"} & {*industries(), *systems(), *units()}
            assert (industries()["cement"].label, industries()["cement"].codes) == ("水泥窑", ("3011",))
            with pytest.raises(UsageError, match="另一套定义"):
                ds.memo("y", lambda: 2)
        assert industries()["cement"].label == "水泥"
        assert "pottery" in industries()
    assert (len(units()), len(systems()), industries()["cement"].label) == before


def test_labels_that_modules_hold_follow_the_workspace(office: Path) -> None:
    from cpaudit.analysis.attainment import VERDICTS
    from cpaudit.views.theme import ADVANCES

    before = dict(VERDICTS), dict(ADVANCES)
    mine = "measures: {overdue: {label: 超期}, open_overdue: {label: 有超期}}\n"
    (office / "definitions/measures.yaml").write_text(mine, encoding="utf-8")
    with cp.project(office):
        assert ADVANCES["overdue"] == "有超期"
    assert (dict(VERDICTS), dict(ADVANCES)) == before


def test_option_before_environment_before_workspace_before_default(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert snapshots.default_warehouse() == Path("data/warehouse")
    monkeypatch.chdir(office)
    with workspace.using():
        assert snapshots.default_warehouse() == office / "warehouse"
        assert snapshots.meant(office / "warehouse") == ""
    (office / "cpaudit.toml").write_text('programme = "hebei-2018"\n[places]\nwarehouse = "../far"\n', encoding="utf-8")
    with workspace.using():
        assert snapshots.default_warehouse().resolve() == tmp_path / "far"
        assert snapshots.meant(tmp_path) == "hebei-2018"
        monkeypatch.setenv("CPAUDIT_PROGRAMME", "hubei-2026")
        monkeypatch.setenv("CPAUDIT_WAREHOUSE", "/by/environment")
        assert (snapshots.meant(tmp_path), snapshots.default_warehouse()) == ("hubei-2026", Path("/by/environment"))
        assert snapshots.meant(tmp_path, "hebei-2021-2") == "hebei-2021-2"
    monkeypatch.setenv("CPAUDIT_PROJECT", "-")
    with workspace.using() as none:
        assert none is None
    with workspace.using(str(office)) as named:
        assert named is not None
        assert named.folder == office


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("programe = 'x'", "键 programe 没有这个字段"),
        ("programme = 5", "键 programme 应为文本"),
        ("[places]\nwarehouse = ['a']", "键 places.warehouse 应为文本"),
        ("[places]\nwarehuose = 'a'", "键 places.warehuose 没有这个字段"),
        ("[places]\nwarehouse = ''", "键 places.warehouse 应为路径"),
        ("places = 3", "键 places 应为一组"),
        ("programme = ", "不是合法的 TOML"),
        ("a = " + "[" * 5000, "不是合法的 TOML|过深的嵌套"),
        (b"programme = '\xd6\xd0'", "不是 UTF-8 编码"),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_file_and_key(office: Path, text: str | bytes, told: str, capsys: Told) -> None:
    (office / "cpaudit.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DefinitionError, match=told) as caught:
        cp.project(office)
    assert "cpaudit.toml" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert run(["--project", str(office), "systems", "list"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("fieds.yaml", "tables: {}", "没有叫 fieds.yaml 的定义"),
        ("programmes/a.yml", "id: a", "应以 .yaml 结尾"),
        ("units.csv", "unit,name\na,b\n", "的列应为 unit、name"),
        ("units.csv", "unit,name,short_name,code,kind,grid_row,grid_column\na,b\n", "第 2 行有 2 格，应为 7 格"),
        ("units.csv", "unit,name,short_name,code,kind,grid_row,grid_column\na,b,b,,city,x,1\n", "应为整数"),
        (
            "units.csv",
            "unit,name,short_name,code,kind,grid_row,grid_column\na,b,b,,city,,\na,c,c,,city,,\n",
            "第 3 行与第 2 行是同一项",
        ),
        ("industries.yaml", "- a", "内容应为一组"),
        ("industries.yaml", "industries: {pottery: {label: 陶, kodes: []}}", "第 1 行"),
        ("industries.yaml", "industries: {cement: {label: 甲}}\nindustries: {}", "写了两次"),
        ("industries.yaml", "industries: [", "不是合法的 YAML"),
        (
            "layouts/mine.yaml",
            "id: other\nlabel: 甲\ntable: plants\nrequired: [name]\ncolumns: {name: {headings: [名]}}",
            "应与文件名一致",
        ),
    ],
)
def test_a_definition_that_can_t_count_is_told_and_never_passed_over(
    office: Path, name: str, text: str, told: str, capsys: Told
) -> None:
    (office / "definitions" / name).write_text(text, encoding="utf-8")
    assert run(["--project", str(office), "definitions", "check"]) == 1
    assert re.search(told, capsys.readouterr().out)
    with cp.project(office), pytest.raises(CpauditError, match=told):
        (units(), industries(), layouts())


def test_where_each_definition_comes_from(office: Path, capsys: Told) -> None:
    mine = "industries: {cement: {label: 水泥窑}, new: {label: 新}}\n"
    (office / "definitions/industries.yaml").write_text(mine, encoding="utf-8")
    said(capsys, "--project", "office", "definitions", "copy", "hebei-2018")
    rows = {r["name"]: r for r in json.loads(said(capsys, "--project", "office", "definitions", "list", "--format", "json"))}
    assert rows["programmes/hebei-2018.yaml"]["origin"] == "工作区"
    assert rows["programmes/hebei-2018.yaml"]["replaces"] == "hebei-2018"
    assert rows["programmes/hebei-2021-2.yaml"]["origin"] == "程序自带"
    assert (rows["industries.yaml"]["replaces"], rows["industries.yaml"]["adds"]) == (
        "industries.cement.label",
        "industries.new.label",
    )
    assert rows["units.csv"]["adds"] == "yunhe、yunshan"
    assert rows["indicator_systems/pottery_2027.yaml"]["adds"] == "pottery_2027"


def test_what_changed_in_what_is_replaced_is_told_after_an_upgrade(office: Path, capsys: Told) -> None:
    said(capsys, "--project", "office", "definitions", "copy", "hebei-2018")
    assert "fields.yaml：取代时没有留底" in said(capsys, "--project", "office", "upgrade")
    assert "没有变化" in said(capsys, "--project", "office", "upgrade")
    kept = office / "definitions/.shipped/programmes/hebei-2018.yaml"
    kept.write_text(
        kept.read_text(encoding="utf-8").replace("size: 615", "size: 600"), encoding="utf-8"
    )  # as an older program had it
    told = said(capsys, "--project", "office", "upgrade", code=1)
    assert "programmes/hebei-2018.yaml 的 rosters.key.size：原为 600，现为 615" in told
    said(capsys, "--project", "office", "upgrade", "--accept")
    assert "没有变化" in said(capsys, "--project", "office", "upgrade")


def test_a_snapshot_keeps_the_definitions_that_it_was_read_with(office: Path, tmp_path: Path, sixty: Path, capsys: Told) -> None:
    manifest, frames = snapshots.read(sixty / "warehouse")

    def write(at: str) -> snapshots.Manifest:
        return snapshots.write(
            tmp_path / at,
            manifest.programme,
            manifest.as_of,
            frames,
            demonstration=True,
            program_version=manifest.program_version,
        )

    plain = write("plain")
    assert (plain.version, plain.definitions) == (manifest.version, ""), "without a workspace a snapshot is as it ever was"
    with cp.project(office):
        mine = write("mine")
    assert mine.version != plain.version
    kept = snapshots.definitions(tmp_path / "mine")
    there = {name: (office / "definitions" / name).read_text(encoding="utf-8") for name in kept}
    assert kept == there
    assert {"units.csv", "industries.yaml", "indicator_systems/pottery_2027.yaml"} <= set(kept)
    # Seen with other definitions than it was read with, which is said; changed ones are found out.
    assert run(["progress", "--warehouse", str(tmp_path / "mine")]) == 0
    assert f"当时的定义（{mine.definitions}）读取的" in capsys.readouterr().err
    said(capsys, "warehouse", "backup", str(tmp_path / "all.zip"), "--warehouse", str(tmp_path / "mine"))
    said(capsys, "warehouse", "restore", str(tmp_path / "all.zip"), "--warehouse", str(tmp_path / "again"))
    assert snapshots.definitions(tmp_path / "again") == kept
    file = next((tmp_path / "mine").rglob("definitions.json"))
    file.write_text(file.read_text(encoding="utf-8").replace("陶艺", "陶器"), encoding="utf-8")
    with pytest.raises(CpauditError, match=r"definitions\.json 与写入时不一致"):
        snapshots.read(tmp_path / "mine")


def test_another_user_s_file_upwards_is_not_taken(office: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.chdir(office / "notebooks")
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    monkeypatch.setattr("cpaudit.workspace.finding._ours", lambda file: False)
    assert run(["systems", "list"]) == 2
    assert "其他用户的文件" in capsys.readouterr().err
    said(capsys, "--project", "..", "systems", "list")
    said(capsys, "--project", "-", "systems", "list")


def test_children_see_the_workspace_and_nothing_in_it_is_run(office: Path, tmp_path: Path) -> None:
    """A process of its own, as kernels and workers are: told where the workspace is, wherever it stands."""
    from cpaudit import startup

    for name in ("cpaudit.py", "definitions/units.py", "sitecustomize.py", "definitions/__init__.py", "tomllib.py", "yaml.py"):
        (office / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    code = "import cpaudit; from cpaudit.programme import units; print(units()['yunhe'].name)"
    with cp.project(office):
        command, told = startup.interpreter(code), {**os.environ, **startup.environment()}
    done = subprocess.run(command, cwd="/", env=told, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "示例云河县", done.stderr
    inside = subprocess.run(
        [sys.executable, "-P", "-m", "cpaudit", "systems", "list"], cwd=office, capture_output=True, text=True, check=False
    )
    assert "pottery_2027" in inside.stdout
    assert not (tmp_path / "ran").exists()


def test_the_sample_is_made_where_there_are_other_units_and_trades(office: Path, tmp_path: Path, capsys: Told) -> None:
    said(capsys, "--project", "office", "sample", "made", "--plants", "60")
    assert not list(Path("made").rglob("*云河*")), "the sample's programme has no such unit"
    from cpaudit.bench.made import sample_history

    with cp.project(office):
        ds = sample_history(1, dt.date(2022, 11, 15))
    assert set(ds.plants["unit"]) == set(load_programme("hebei-2021-2").units)


def test_each_definition_that_ships_can_be_laid_over_and_has_a_reader() -> None:
    from cpaudit.desk.checking import READERS
    from cpaudit.reference import WHOLE, root

    there = {p.relative_to(root()).as_posix() for p in root().rglob("*") if p.suffix in (".yaml", ".csv")}
    assert set(READERS) == {name for name in there if name.partition("/")[0] not in WHOLE}
