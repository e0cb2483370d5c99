"""A notebook in a workspace's reports/ is a kind of report, with the parameters that it declares, in every format."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

import cpaudit as cp
from cpaudit import reports, snapshots
from cpaudit.cli import run
from cpaudit.errors import DefinitionError, UsageError
from cpaudit.reference import shipped
from tests.support.notebooks import write

pytestmark = pytest.mark.together
Told = pytest.CaptureFixture[str]
FIRST = "import cpaudit as cp\ncp.open().labelled('plants')[['行业']].head(1)"
PARAMETERS = """as_of = ""
programme = ""
warehouse = ""
river = "示例河"  # 河流
top: int = 2  # 列出几家
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with two reports of its own and a snapshot of three plants."""
    home = tmp_path_factory.mktemp("reports") / "office"
    assert run(["init", str(home)]) == 0
    write(
        home / "reports" / "沿河.ipynb",
        "#: # 沿河企业情况\n\n本节说明口径。\n\n## 分工\n\n| 单位 | 负责 |\n| --- | --- |\n| 水处 | 巡查 |\n| 县局 | 整改 |",
        "import cpaudit as cp\nds = cp.open(as_of, warehouse=warehouse, programme=programme)",
        "print(f'{river}共 {len(ds.plants)} 家')",
        "ds.labelled('plants')[['企业名称', '行业']].head(top)",
        parameters=PARAMETERS,
    )
    write(home / "reports" / "broken.ipynb", "1", parameters="x = [1]")
    ds = cp.example()
    few = ds.reduced(ds.plants["plant_id"][:3])
    with cp.project(home):
        frames = few.tables()
        snapshots.write(home / "warehouse", ds.programme.id, ds.as_of, frames, demonstration=True, program_version="0")
        yield home


def test_help_lists_the_kind_and_its_parameters(office: Path, capsys: Told) -> None:
    capsys.readouterr()
    assert run(["--project", str(office), "report", "--help"]) == 0
    told = "".join(capsys.readouterr().out.split())
    assert "沿河沿河企业情况（工作区）：--paramriver=…（河流），--paramtop=…（列出几家）" in told
    assert "broken.ipynb的参数x的值应为一个文字、数字" in told
    assert run(["--project", "-", "report", "--help"]) == 0
    assert "沿河" not in capsys.readouterr().out


def test_it_is_made_in_every_format_with_index_and_manifest(office: Path, capsys: Told) -> None:
    out = office / "output" / "reports"
    capsys.readouterr()
    asked = ["--project", str(office), "report", "--kind", "沿河", "--param", "river=云河", "--out", str(out)]
    assert run([*asked, "--format", "html,docx,pdf,xlsx", "--jobs", "1"]) == 0, capsys.readouterr().err
    stem = "沿河企业情况_云河_2022-11-15"
    made = {p.name for p in out.iterdir()}
    assert {f"{stem}.{ending}" for ending in ("html", "docx", "pdf", "xlsx", "ipynb")} <= made
    page = (out / f"{stem}.html").read_text(encoding="utf-8")
    for said in ("云河共 3 家", "本节说明口径。", "示范数据", "<h2", "企业名称", "水处"):
        assert said in page
    paper = docx.Document(str(out / f"{stem}.docx"))
    assert ["单位", "负责", "水处", "巡查", "县局", "整改"] in [
        [c.text for row in t.rows for c in row.cells] for t in paper.tables
    ]
    assert "沿河企业情况，云河" in (out / "index.html").read_text(encoding="utf-8")
    entry = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"][0]
    assert (entry["kind"], entry["parameters"]["river"], entry["parameters"]["top"]) == ("沿河", "云河", 2)
    assert entry["program"]["definitions"]
    # Nothing has changed: it isn't made again; with another parameter it is another report beside it.
    assert run([*asked, "--format", "html,docx,pdf,xlsx", "--jobs", "1"]) == 0
    assert "没有变化" in capsys.readouterr().out
    assert zipfile.is_zipfile(next(out.glob("*.zip")))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"top": "很多"}, "参数 top（列出几家）应为整数"),
        ({"tops": "1"}, "没有名为“tops”的参数；可另外给出的参数：river（河流）、top（列出几家）"),
    ],
)
def test_a_wrong_parameter_is_told_before_anything_runs(office: Path, given: dict[str, str], told: str) -> None:
    order = reports.Order(warehouse=office / "warehouse", out=office / "none", kind="沿河", parameters=given)
    with cp.project(office), pytest.raises(UsageError, match=told):
        reports.run(order)
    assert not (office / "none").exists()


def test_a_notebook_that_can_t_be_a_kind_says_why_when_it_is_asked_for(office: Path) -> None:
    with cp.project(office), pytest.raises(DefinitionError, match=r"broken\.ipynb 的参数 x 的值"):
        reports.find_kind("broken")


def test_a_shipped_report_is_copied_with_sections_left_out_and_reordered(office: Path, tmp_path: Path) -> None:
    home = tmp_path / "mine"
    assert run(["init", str(home)]) == 0
    book = json.loads((shipped("notebooks") / "reports" / "city.ipynb").read_text(encoding="utf-8"))
    sections = [c for c in book["cells"] if "page.section(" in "".join(c["source"])]
    rest = [c for c in book["cells"] if c not in sections]
    kept = [sections[1], sections[0]]  # 进度, then 总体情况
    kept[0]["source"], kept[1]["source"] = 'cp.show(page.section("进度"))', 'cp.show(page.section("总体情况"), header=False)'
    book["cells"] = [*rest, *kept]
    (home / "reports" / "city.ipynb").write_text(json.dumps(book, ensure_ascii=False), encoding="utf-8")
    with cp.project(home):
        kind = reports.find_kind("市级工作报告")
        assert (kind.subject, kind.own is not None) == ("unit", True)
        unit = cp.example().plants["unit"].iloc[0]
        name = cp.programme.units()[unit].name
        order = reports.Order(warehouse=office / "warehouse", out=tmp_path / "out", subjects=[name], jobs=1, kind="city")
        (outcome,) = reports.run(order)
    assert outcome.status == "ok", outcome.error
    page = next((tmp_path / "out").glob("清洁生产审核报告_*.html")).read_text(encoding="utf-8")
    assert page.index(">进度</h2>") < page.index(">总体情况</h2>")
    assert ">方案与效益</h2>" not in page


def test_another_machine_makes_it_with_the_definitions_that_were_sent(office: Path, tmp_path: Path) -> None:
    from cpaudit.reports.engines.cluster import make_there, pack
    from cpaudit.reports.plan import plan

    home = tmp_path / "sent"
    assert run(["init", str(home)]) == 0
    (home / "definitions/industries.yaml").write_text(
        "industries: {" + ", ".join(f"{id}: {{label: 改称{id}}}" for id in cp.programme.industries()) + "}\n", encoding="utf-8"
    )
    write(
        home / "reports" / "trades.ipynb",
        "import cpaudit as cp\ncp.open().labelled('plants')[['行业']].head(1)",
        parameters="x = 1",
    )
    with cp.project(home):
        (task,) = plan(reports.Order(warehouse=office / "warehouse", out=tmp_path / "out", kind="trades", engine="dask"))
        parcel = pack(office / "warehouse", cp.example().as_of, task.programme)
    cp.project(None)  # that machine has no workspace, and stands in no folder of ours
    made = make_there(task, parcel)
    assert made.error == ""
    assert "改称" in made.files["html"].decode()


def test_a_report_of_years_ago_is_made_with_the_definitions_of_its_day(tmp_path: Path, capsys: Told) -> None:
    home = tmp_path / "then"
    assert run(["init", str(home)]) == 0
    wording = home / "definitions/industries.yaml"
    trades = cp.programme.industries()

    def called(word: str) -> None:
        wording.write_text("industries: {" + ", ".join(f"{id}: {{label: {word}{id}}}" for id in trades) + "}\n", encoding="utf-8")

    called("旧称")
    write(
        home / "reports" / "trades.ipynb",
        "import cpaudit as cp\ncp.open().labelled('plants')[['行业']].head(1)",
        parameters="x = 1",
    )
    ds = cp.example()
    frames = ds.reduced(ds.plants["plant_id"][:1]).tables()
    with cp.project(home):
        snapshots.write(home / "warehouse", ds.programme.id, ds.as_of, frames, demonstration=True, program_version="0")
    called("新称")
    for which, word in {"now": "新称", "then": "旧称"}.items():
        out = tmp_path / which
        asked = ["--project", str(home), "report", "--kind", "trades", "--out", str(out), "--jobs", "1", "--definitions", which]
        assert run(asked) == 0, capsys.readouterr().err
        assert word in next(out.glob("trades_*.html")).read_text(encoding="utf-8")
    capsys.readouterr()


# -- what a notebook calls itself and declares


def _own(home: Path, name: str, *cells: str, parameters: str = "") -> Path:
    """A report of one's own beside those of the module, in a workspace of its own with the same snapshot."""
    path = home / "reports" / f"{name}.ipynb"
    write(path, *cells, parameters=f'as_of = ""\nprogramme = ""\nwarehouse = ""\n{parameters}')
    return path


@pytest.fixture
def other(office: Path, tmp_path: Path) -> Path:
    home = tmp_path / "other" / "office"
    assert run(["init", str(home)]) == 0
    (home / "warehouse").rmdir() if not any((home / "warehouse").iterdir()) else None
    (home / "cpaudit.toml").write_text(f"[places]\nwarehouse = {str(office / 'warehouse')!r}\n", encoding="utf-8")
    return home


SHOWS = "import cpaudit as cp\nprint('第一份')"


@pytest.mark.parametrize(
    "heading",
    [
        "../../away",
        "/tmp/away",
        "进度/达标：都好吗？",
        "C:\\away",
        "..",
        ".hidden",
        "长" * 999,
        "a\x00b\x1b[31m",
        "=1+1\u202e",
        "  ",
    ],
)
def test_a_heading_leads_no_file_out_of_the_folder(other: Path, tmp_path: Path, heading: str, capsys: Told) -> None:
    _own(other, "mine", f"#: # {heading}\n\n文字", SHOWS)
    before, out = set(tmp_path.rglob("*")), tmp_path / "deep" / "er" / "out"
    capsys.readouterr()
    assert run(["--project", str(other), "report", "--kind", "mine", "--out", str(out), "--jobs", "1"]) == 0, capsys.readouterr()
    assert not list(Path("/tmp").glob("away*"))
    new = {p for p in tmp_path.rglob("*") if p.is_file()} - before
    assert all(p.is_relative_to(out) for p in new)
    (page,) = (p for p in out.glob("*.html") if p.name != "index.html")
    assert page.name.isprintable()
    assert "第一份" in page.read_text(encoding="utf-8")
    listed = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]
    assert [entry["files"]["html"]["name"] for entry in listed] == [page.name]


def test_a_report_takes_no_other_kind_s_place(other: Path, tmp_path: Path, capsys: Told) -> None:
    _own(other, "first", "#: # 月报", SHOWS)
    _own(other, "second", "#: # 月报", "print('第二份')")
    _own(other, "false", "#: # 全省清洁生产审核报告", "print('冒充')")
    out = tmp_path / "out"
    asked = ["--project", str(other), "report", "--out", str(out), "--jobs", "1", "--kind"]
    assert (run([*asked, "first"]), run([*asked, "province"])) == (0, 0)
    before = {p.name: p.read_bytes() for p in out.glob("*.html")}
    capsys.readouterr()
    for kind in ("second", "false"):
        assert run([*asked, kind]) == 2
        assert "已有另一种报告" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in out.glob("*.html")} == before
    assert run([*asked, "first", "--force"]) == 0, "its own place is its own"


def test_values_that_names_leave_out_keep_two_reports_apart(other: Path, tmp_path: Path, capsys: Told) -> None:
    _own(other, "mine", "#: # 月报", "print(what)", parameters='what = ""\n')
    for value in ("a/b", "ab", "a b"):
        asked = ["--kind", "mine", "--param", f"what={value}", "--out", str(tmp_path / "out"), "--jobs", "1"]
        assert run(["--project", str(other), "report", *asked]) == 0, capsys.readouterr()
    assert len(list((tmp_path / "out").glob("月报*.html"))) == 3


@pytest.mark.parametrize(
    "declared",
    [
        "_x = 1", "__base__ = 1", "model_config = 1", "model_fields = 'a'", "x = {[]: 1}", f"x = {'-' * 3000}1",
        f"x = a{'.b' * 5000}", f"x = {'1+' * 9000}1", "x = '\\ud800'", "x = f'{1}'", "x = b'a'", "x: int = 'a'", "x = 1\0",
    ],
    ids=range(13),
)  # fmt: skip
def test_a_cell_of_parameters_may_say_anything_and_costs_no_other_kind(other: Path, declared: str, capsys: Told) -> None:
    _own(other, "mine", "#: # 我的", SHOWS, parameters=declared)
    _own(other, "good", "#: # 好的", SHOWS)
    capsys.readouterr()
    assert run(["--project", str(other), "report", "--help"]) == 0
    assert run(["--project", str(other), "report", "--kind", "mine"]) == 3
    assert "mine.ipynb" in capsys.readouterr().err
    assert run(["--project", str(other), "definitions", "check"]) == 1
    with cp.project(other):
        assert reports.find_kind("good").label == "好的"


def test_any_name_that_python_takes_can_be_declared(other: Path, capsys: Told) -> None:
    """But for those that begin as the program's own do."""
    from pydantic import BaseModel

    names = [name for name in dir(BaseModel) if not name.startswith(("_", "model_"))]
    _own(other, "mine", "#: # 我的", SHOWS, parameters="".join(f"{name} = 1\n" for name in [*names, "self", "cls", "warehouse"]))
    with cp.project(other):
        assert reports.check("mine", **dict.fromkeys(names, 2), as_of="", programme="hebei-2021-2", self=1, cls=1, warehouse="")
