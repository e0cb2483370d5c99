"""A notebook in a workspace's dashboards/ is a page of the service and of the export, whatever it shows."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

import cpaudit as cp
from cpaudit import serving, snapshots
from cpaudit.cli import run
from cpaudit.errors import DefinitionError
from cpaudit.render.notebook import outputs, stored
from cpaudit.serving.definitions import explored
from cpaudit.serving.static import contents
from tests.support.notebooks import write
from tests.support.service import running

pytestmark = pytest.mark.together
LISTED = """dashboards:
  - {id: river, title: 沿河企业, notebook: river.ipynb, order: 6, readers: 水处}
  - {id: broken, title: 坏的一页, notebook: broken.ipynb, order: 7}
  - {id: mixed, title: 筛选和补充, notebook: mixed.ipynb, order: 8}
"""
SHOWN = ("示范数据", "只看沿河的。", "共 3 家&lt;b&gt;", "<td>", "图一", "附页的一段。", "<p>留</p>")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with three pages of its own and a snapshot of three plants."""
    home = tmp_path_factory.mktemp("pages") / "office"
    assert run(["init", str(home)]) == 0
    (home / "cpaudit.toml").write_text('title = "示例省<审核>"\n', encoding="utf-8")
    pages = home / "dashboards"
    (pages / "dashboards.yaml").write_text(LISTED, encoding="utf-8")
    write(
        pages / "river.ipynb", "#: ## 口径\n\n只看沿河的。",
        "import cpaudit as cp\nds = cp.open()\nprint('共', len(ds.plants), '家<b>')",
        "ds.plants[['name', 'unit']].head(1)", "import plotly.express as px\npx.bar(x=['甲'], y=[1], title='图一')",
        "cp.page('附页', ds, '附页的一段。')",
        "from IPython.display import HTML\nHTML('<p onclick=x()>留<script>bad()</script></p>')",
    )  # fmt: skip
    write(pages / "broken.ipynb", "print('之前')", "1 / 0", "print('之后')")
    write(pages / "mixed.ipynb", "import cpaudit as cp\nds = cp.open()\ncp.explore('progress', ds)", "print('补充的话')")
    ds = cp.example()
    few = ds.reduced(ds.plants["plant_id"][:3])
    frames = {**few.tables(), "sources": few.sources, "problems": few.problems}
    with cp.project(home):
        snapshots.write(home / "warehouse", ds.programme.id, ds.as_of, frames, demonstration=True, program_version="0")
        yield home


def test_the_export_holds_them_and_names_the_one_that_failed(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["--project", str(office), "dashboards", "export", str(tmp_path / "out"), "--no-plants", "--jobs", "1"]) == 1
    told = capsys.readouterr().err
    assert "看板“坏的一页”未能生成：第 2 格出错（ZeroDivisionError" in told
    assert "沿河企业" not in told
    names = ("river", "broken", "mixed", "index")
    river, broken, mixed, start = ((tmp_path / "out" / f"{name}.html").read_text("utf-8") for name in names)
    for said in ("<h1>沿河企业</h1>", *SHOWN):
        assert said in river, said
    assert "bad()" not in river
    assert "onclick" not in river
    assert '<select id="cp-unit"' not in river, "it explores nothing, so there is nothing to choose"
    assert ("之前" in broken, "这一页未能生成" in broken, "之后" in broken) == (True, True, False)
    assert '<select id="cp-unit"' in mixed
    assert re.search("不随上面的筛选变化.*补充的话", mixed, re.S)
    for page in (river, broken, mixed, start):
        assert 'href="river.html"' in page
        assert "示例省&lt;审核&gt;" in page
    assert "这一页未能生成" not in start


def test_the_service_shows_them_and_the_others_stay_whole(office: Path, tmp_path: Path) -> None:
    prelude = f"import cpaudit; cpaudit.project({str(office)!r})"
    with running(office / "warehouse", tmp_path / "log", prelude=prelude) as service:

        def page(name: str) -> str:
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            return str(opener.open(f"{service.url}{name}?token=test-token", timeout=240).read().decode())

        river, broken, start = page("river"), page("broken"), page("progress")
    for said in ("沿河企业", "示例省&lt;审核&gt;", *SHOWN):
        assert said in river, said
    assert ("bad()" in river, "onclick=x" in river) == (False, False)
    assert "这一页未能生成" in broken
    assert "ZeroDivisionError" not in broken, "readers see no code"
    assert "这一页未能生成" not in start


def test_a_list_that_names_what_is_not_there_is_told(office: Path, tmp_path: Path) -> None:
    home = tmp_path / "other"
    assert run(["init", str(home)]) == 0
    for notebook, told in {"away.ipynb": "不存在", "../notebooks/a.ipynb": "应放在 dashboards 目录中"}.items():
        text = f"dashboards: [{{id: a, title: 甲, notebook: {notebook}, order: 9}}]"
        (home / "dashboards/dashboards.yaml").write_text(text, encoding="utf-8")
        with cp.project(home), pytest.raises(DefinitionError, match=told):
            serving.dashboards()


def test_one_s_own_stands_for_a_shipped_one_of_the_same_id(office: Path, tmp_path: Path) -> None:
    home = tmp_path / "other"
    assert run(["init", str(home)]) == 0
    write(home / "dashboards/mine.ipynb", "1")
    (home / "dashboards/dashboards.yaml").write_text(
        "dashboards: [{id: units, title: 我们的单位, notebook: mine.ipynb, order: 1}]", encoding="utf-8"
    )
    shipped = [d.id for d in serving.dashboards(Path("dashboards/dashboards.yaml").resolve())]
    with cp.project(home):
        found = {d.id: d.title for d in serving.dashboards()}
    assert found["units"] == "我们的单位"
    assert sorted(found) == sorted(shipped)


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=http://x onerror=bad()>",
        "<svg onload=bad()><a>x</a></svg>",
        "<iframe srcdoc='<script>bad()</script>'></iframe>",
        "<table style='position:fixed' onmouseover=bad()><tr><td>1</td></tr></table>",
        "<a href='javascript:bad()'>x</a>",
        "<form action=http://x><button>bad()</button></form>",
        "<style>@import url(http://x)</style>",
        "<x><script>bad()</script></x>",
    ],
)
def test_what_calls_itself_html_runs_and_loads_nothing(hostile: str) -> None:
    made = outputs.drawn([{"output_type": "display_data", "data": {"text/html": hostile}, "metadata": {}}])
    assert re.findall(r"bad|http|javascript|style|src=|on\w+=|href", made) == []


def test_one_s_own_notebook_has_its_way_with_nobody_else_s_page(office: Path, tmp_path: Path) -> None:
    """One that works on the tables it is given, in place, and one that is never done: their own pages, and no other, show it."""
    home = tmp_path / "other"
    assert run(["init", str(home)]) == 0
    changes = "p = cp.open().plants\np['name'] = '改过的名'\np['unit'] = 'baoding'\np.drop(p.index[1:], inplace=True)\nlen(p)"
    write(home / "dashboards/changes.ipynb", "import cpaudit as cp", changes)
    write(home / "dashboards/endless.ipynb", "import time\ntime.sleep(10**6)")
    (home / "dashboards/dashboards.yaml").write_text(
        "dashboards:\n  - {id: changes, title: 改, notebook: changes.ipynb, order: 1}\n"
        "  - {id: endless, title: 无尽, notebook: endless.ipynb, order: 2}\n",
        encoding="utf-8",
    )
    ds = cp.example()
    unit = ds.plants["unit"].iloc[0]
    prelude = f"import cpaudit; cpaudit.project({str(home)!r})"
    with running(office / "warehouse", tmp_path / "log", prelude=prelude) as service:

        def page(name: str) -> str:
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            return str(opener.open(f"{service.url}{name}token=test-token", timeout=100).read().decode())

        assert "<pre" in page("changes?"), "its own page shows it"
        for link in ("progress?", f"progress?unit={unit}&", "units?", "attainment?"):
            shown = page(link)
            assert 'data-key="listed" data-value="3"' in shown or "3 家" in shown, link
            assert "改过的名" not in shown
            assert "未能生成" not in shown


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": f"<table><tr><td colspan={'9' * 5000}>留下</td></tr></table>"},
        {"text/html": "<td colspan=²>留下</td>"},
        {"text/html": "\ud800留下"},
        {"text/plain": "\ud800留下"},
        {"text/markdown": "\ud800留下"},
        {"application/vnd.plotly.v1+json": {"data": 5}},
        {"application/vnd.plotly.v1+json": []},
        {"application/vnd.plotly.v1+json": {"data": [], "layout": {"height": "x"}}},
        {stored.MEDIA: {"is": "Page"}},
        {stored.MEDIA: {"is": "不存在"}},
        {stored.MEDIA: 5},
        {},
    ],
    ids=range(12),
)
def test_whatever_a_cell_shows_is_drawn_or_told(data: dict[str, object]) -> None:
    made = outputs.drawn([{"output_type": "display_data", "data": data, "metadata": {}}])
    made.encode()
    assert "留下" in made or "不能显示" in made or data == {}


def test_a_notebook_that_is_none_costs_no_other_page(office: Path, tmp_path: Path) -> None:
    home = tmp_path / "other"
    assert run(["init", str(home)]) == 0
    cell = {"cell_type": "code", "source": "1", "metadata": {"tags": None}, "outputs": [], "execution_count": None}
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    texts = {"none": "{", "empty": "", "list": "[]", "deep": "[" * 99_999, "tags": json.dumps(whole)}
    for name, text in texts.items():
        (home / f"dashboards/{name}.ipynb").write_text(text, encoding="utf-8")
    listed = "".join(f"  - {{id: {name}, title: {name}, notebook: {name}.ipynb, order: 9}}\n" for name in texts)
    (home / "dashboards/dashboards.yaml").write_text(f"dashboards:\n{listed}", encoding="utf-8")
    with cp.project(home):
        boards = contents.boards(plants=False, ds=cp.example())
    told = {board.id: board.fault for board in boards if board.id in texts}
    assert all(told[name] for name in texts), told
    assert len(boards) > len(texts) + 2
    for nested in (f"x = {'-' * 5000}1", f"x = a{'.b' * 5000}", "x = 1\0"):
        assert explored(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(nested)])) == ""  # type: ignore[no-untyped-call]


def test_no_page_takes_the_place_of_the_start_page(office: Path, tmp_path: Path) -> None:
    home = tmp_path / "other"
    assert run(["init", str(home)]) == 0
    write(home / "dashboards/mine.ipynb", "1")
    text = "dashboards: [{id: index, title: 甲, notebook: mine.ipynb, order: 9}]"
    (home / "dashboards/dashboards.yaml").write_text(text, encoding="utf-8")
    with cp.project(home), pytest.raises(DefinitionError, match="不能是 index"):
        serving.dashboards()
