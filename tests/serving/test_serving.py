"""Dashboards without a browser: which there are, what the widget answers, what the export leaves behind."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from cpaudit import Selection, serving, views
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError, DefinitionError, SnapshotError, UsageError
from cpaudit.serving import definitions, server, session
from tests.support.builders import dataset, event, plant

ENTRY = "  - {id: %s, title: 进度, notebook: 01_progress.ipynb, order: %d}\n"


@pytest.fixture
def small() -> Dataset:
    plants = [plant(f"p{i}", unit="tangshan" if i % 3 == 0 else "shijiazhuang") for i in range(6)]
    return dataset(plants=plants, events=[event("p0", "notified", "2022-01-05", unit="tangshan")])


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dashboards.yaml"
    path.write_text("dashboards:\n" + text, encoding="utf-8")
    return path


def test_the_shipped_dashboards_have_their_notebooks() -> None:
    assert serving.dashboards()[0].id == "progress"


def test_dashboards_come_in_the_order_that_the_file_gives(tmp_path: Path) -> None:
    found = serving.dashboards(_file(tmp_path, ENTRY % ("b", 2) + ENTRY % ("a", 1)))
    assert [d.id for d in found] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY % ("a", 1) + ENTRY % ("a", 2), "出现了两次"),
        ("  - {id: a, title: 进度, notebook: none.ipynb, order: 1}\n", "none.ipynb 不存在"),
        ("  - {id: a, titel: 进度, notebook: 01_progress.ipynb, order: 1}\n", "titel"),
        ("  - {id: ../a, title: 进度, notebook: 01_progress.ipynb, order: 1}\n", "id"),
    ],
)
def test_a_wrong_list_of_dashboards_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(says)) as caught:
        serving.dashboards(_file(tmp_path, text))
    assert "dashboards.yaml" in str(caught.value)


def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpaudit.snapshots.read", lambda *place: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"端口 {port} 不能使用"):
            serving.serve(port, tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="kernels are spoken to through sockets of the file system")
def test_where_no_kernel_could_be_reached_the_service_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", f"/tmp/{'x' * 60}")
    assert server._room_for_sockets() == "/tmp"  # macOS's own temporary folder is too long
    monkeypatch.setattr(server, "_SHORT", "/nowhere")
    with pytest.raises(UsageError, match="TMPDIR"):
        serving.serve(1, tmp_path)


def test_without_a_snapshot_the_service_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="cpaudit load"):
        serving.serve(0, tmp_path / "none")


def test_the_service_does_not_build_the_iri_grammar() -> None:
    code = (
        "import sys; from cpaudit.startup import skip_iri_grammar; skip_iri_grammar(); import nbformat, voila.app; "
        "nbformat.validate(nbformat.v4.new_notebook()); print('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_widget_shows_what_the_page_computes_for_the_choice(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.render.widgets.page import explore

    monkeypatch.delenv("QUERY_STRING", raising=False)
    explorer = explore("progress", small)
    assert _listed(explorer.view.html) == "6"
    assert explorer.view.query == ""
    explorer.filters.selects["unit"].value = "tangshan"
    assert (
        _listed(explorer.view.html)
        == str(views.progress_page(small, Selection.of(unit="tangshan")).key_figures()["listed"])
        == "2"
    )
    assert explorer.view.query == "unit=tangshan"
    assert explorer.view.busy == ""
    explorer.filters.reset.click()
    assert _listed(explorer.view.html) == "6"


def test_the_widget_starts_with_the_link_s_selection(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.render.widgets.page import explore

    monkeypatch.setenv("QUERY_STRING", "unit=tangshan&as_of=2022-03-01&theme=dark")
    explorer = explore("progress", small)
    assert explorer.selection == Selection.of(unit="tangshan", as_of="2022-03-01")
    assert explorer.view.message == ""
    assert _listed(explorer.view.html) == "2"


@pytest.mark.parametrize(
    "query", ["unit=atlantis", "as_of=gestern", "as_of=2099-01-01", "as_of=0001-01-01", "roster=%3Cscript%3E"]
)
def test_a_wrong_link_shows_all_and_why(small: Dataset, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    from cpaudit.render.widgets.page import explore

    monkeypatch.setenv("QUERY_STRING", query)
    explorer = explore("progress", small)
    assert "链接" in explorer.view.message
    assert _listed(explorer.view.html) == "6"


def test_a_page_that_fails_leaves_the_last_one_with_a_sentence(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.render.web import html
    from cpaudit.render.widgets import page as widgets

    monkeypatch.delenv("QUERY_STRING", raising=False)
    explorer = widgets.explore("progress", small)
    before = explorer.view.html

    def fail(page: object) -> str:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(html, "blocks_html", fail)
    explorer.filters.selects["unit"].value = "tangshan"
    assert explorer.view.html == before
    assert explorer.view.message.startswith("这一页未能生成")
    assert "secret" not in explorer.view.message


def test_a_unit_or_trade_shows_at_once_what_would_be_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.render.widgets import page as widgets

    monkeypatch.delenv("QUERY_STRING", raising=False)
    monkeypatch.setattr(session, "_held", [])
    plants = [plant("p0", unit="tangshan"), plant("p1"), plant("p2", industry="cement")]
    live, served = dataset(plants=plants), dataset(plants=plants)
    session.hold(served)
    ready = session.foresee(["progress", "benefits"])
    assert len(ready) == 2 * (1 + 2 + 2), "all, two units, two trades"
    served = replace(served)  # the kernel's own, which has computed nothing yet
    session.hold(served)
    session.hold_pages(ready)
    explorer = {page: (widgets.explore(page, live), widgets.explore(page, served)) for page in ("progress", "benefits")}
    for page, (computed, shown) in explorer.items():
        for selection in (Selection.of(unit="tangshan"), Selection.of(industry="cement")):
            computed.select(selection)
            with monkeypatch.context() as blocked:
                blocked.setitem(views.PAGES, page, replace(views.PAGES[page], build=_never))
                shown.select(selection)
            assert shown.view.message == ""
            assert shown.view.html == computed.view.html


def _never(*_what: object, **_more: object) -> object:
    raise AssertionError("computed again")


def test_an_unknown_page_is_refused_with_the_known_ones(small: Dataset) -> None:
    from cpaudit.render.widgets.page import explore

    with pytest.raises(UsageError, match="progress"):
        explore("nonsense", small)


@pytest.fixture(scope="module")
def city() -> Dataset:
    """Three plants of one unit and trade, whose dashboards are soon exported."""
    return dataset(
        plants=[plant(f"p{i}", unit="tangshan") for i in range(3)],
        events=[event("p0", "notified", "2022-01-05", unit="tangshan")],
    )


@pytest.fixture(scope="module")
def exported(city: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's dashboards, without its plants. Read only."""
    folder = tmp_path_factory.mktemp("exported") / "out"
    assert serving.export(city, folder, plants=False)[0] == folder / "index.html"
    return folder


def test_the_export_has_a_page_per_dashboard_and_the_same_bytes_again(city: Dataset, exported: Path, tmp_path: Path) -> None:
    assert _listed((exported / "index.html").read_text(encoding="utf-8")) == "3"
    assert (exported / "data" / "progress" / "tangshan" / "brewing.js").is_file()
    assert not (exported / "data" / "plants").exists()
    serving.export(city, tmp_path / "again", plants=False)
    assert _files(tmp_path / "again") == _files(exported)


def test_several_processes_make_the_same_files_as_one(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit.serving.static import contents, workers

    boards = contents.boards(plants=False)[:1]
    tasks = contents.tasks(small, boards, plants=False)[:2]
    alone = workers.run(small, boards, tasks, 1, None)
    monkeypatch.setattr(workers, "_FEW", 0)
    assert workers.run(small, boards, tasks, 2, None) == alone


def test_an_export_removes_what_an_earlier_one_left_and_nothing_else(tmp_path: Path) -> None:
    from cpaudit.serving.static import folder

    target, outside = tmp_path / "out", tmp_path / "outside.txt"
    outside.write_text("x", encoding="utf-8")
    folder.put({"index.html": b"1", "data/a/b.js": b"2", "data/c.js": b"3"}, target)
    (target / "data" / "c.js").write_text("changed by hand", encoding="utf-8")
    (target / "note.txt").write_text("of the reader", encoding="utf-8")
    manifest = (target / folder.MANIFEST).read_text(encoding="utf-8")
    digest = hashlib.sha256(b"x").hexdigest()
    manifest = manifest.replace('"files": {', f'"files": {{"../outside.txt": "{digest}",')
    (target / folder.MANIFEST).write_text(manifest, encoding="utf-8")
    folder.put({"index.html": b"4"}, target)
    assert outside.exists()
    assert sorted(_files(target)) == ["data/c.js", "index.html", "manifest.json", "note.txt"]
    assert _files(target)["index.html"] == b"4"


def test_an_export_writes_and_removes_nothing_through_a_link(tmp_path: Path) -> None:
    """Who may write into a shared folder would choose what is overwritten elsewhere."""
    from cpaudit.serving.static import folder

    target, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    folder.put({"index.html": b"1", "data/c.js": b"2"}, target)
    (target / "data").rename(outside / "data")
    (target / "data").symlink_to(outside / "data")
    folder.put({"index.html": b"3"}, target)
    assert (outside / "data" / "c.js").read_bytes() == b"2"
    with pytest.raises(OSError, match="链接"):
        folder.put({"index.html": b"4", "data/c.js": b"5"}, target)
    assert (outside / "data" / "c.js").read_bytes() == b"2"
    assert (target / "index.html").read_bytes() == b"3"


def test_an_export_that_fails_leaves_the_earlier_one_whole(
    city: Dataset, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    before = _files(tmp_path)
    write, written = Path.write_bytes, []

    def full_after_three(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_after_three)
    with pytest.raises(CpauditError, match="磁盘空间不足"):
        serving.export(city, tmp_path, plants=False)
    assert _files(tmp_path) == before


def test_there_is_nothing_to_export_without_plants(tmp_path: Path) -> None:
    with pytest.raises(CpauditError, match="没有企业名单"):
        serving.export(dataset(plants=[]), tmp_path)


def _files(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: content for name, content in found.items() if name != ".lock"}


def test_nothing_that_a_dashboard_loads_names_another_host() -> None:
    from cpaudit.render.widgets import page as widgets

    assets = Path(widgets.__file__).parents[1] / "assets"
    files = [p for folder in (definitions.home() / "voila", definitions.home() / "static", assets) for p in folder.rglob("*")]
    files = [p for p in files if p.is_file()]
    assert len(files) > 8
    for path in files:
        # The names of XML vocabularies look like addresses, but nothing is fetched from them.
        text = re.sub(r"http://(schemas\.openxmlformats|www\.w3)\.org/", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"https?://(?!127\.0\.0\.1)|//[a-z0-9.-]+\.(com|net|org)", text), path


def _listed(html: str) -> str:
    found = re.search(r'data-key="listed" data-value="(\d+)"', html)
    assert found
    return found[1]
