"""A folder of reports that others may write into: what lies there is sent, replaced or removed only if it is a report."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from cpaudit.cli import run
from cpaudit.errors import ReportError
from cpaudit.reports.folder import Folder
from cpaudit.reports.tasks import Made, Task

STEM = "清洁生产审核报告_唐山市_2022-07-01"
ABOUT = {"kind": "city", "as_of": "2022-07-01", "snapshots": [], "program": {"version": "1"}}
TASK = Task(STEM, "唐山市", "{}", "city.ipynb", {}, "", "0" * 12, ABOUT, 1)
MADE = Made({"html": b"page", "ipynb": b"{}"}, facts={"key_figures": {}, "demonstration": True})


def make(path: Path, key: str) -> None:
    folder = Folder(path)
    folder.put(TASK, key, MADE)
    folder.close("all.zip")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Files of whoever makes the reports, beside their folder."""
    (tmp_path / "mine").mkdir()
    for name in ("kept.pdf", "secret.html", "notes.txt"):
        (tmp_path / "mine" / name).write_text(name)
    return tmp_path / "mine"


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("stem", [STEM, "x", "../mine/secret"])
def test_a_manifest_that_names_other_files_has_none_of_them_removed_or_sent(
    mine: Path, tmp_path: Path, stem: str, absolute: bool
) -> None:
    out = tmp_path / "out"
    make(out, "before")
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    entry = said["reports"].pop()
    for kind, name in (("pdf", "kept.pdf"), ("html", "secret.html")):
        place = str(mine / name) if absolute else f"../mine/{name}"
        digest = hashlib.sha256(name.encode()).hexdigest()
        said["reports"].append(entry | {"stem": stem, "files": {kind: {"name": place, "sha256": digest, "bytes": 1}}})
    (out / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    make(out, "after")
    assert sorted(p.name for p in mine.iterdir()) == ["kept.pdf", "notes.txt", "secret.html"]
    assert not [name for name in zipfile.ZipFile(out / "all.zip").namelist() if "mine" in name]
    assert "secret" not in (out / "index.html").read_text(encoding="utf-8")


def _planted(out: Path, *way: str | int, value: object) -> None:
    """Have the manifest say something else of its only report."""
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    inside = said["reports"][0]
    for step in way[:-1]:
        inside = inside[step]
    inside[way[-1]] = value
    (out / "manifest.json").write_text(json.dumps(said), encoding="utf-8")


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("as_of",), "<script>alert(1)</script>"),
        (("as_of",), "20220701"),
        (("as_of",), 7),
        (("kind",), "../city"),
        (("kind",), ["city"]),
        (("status",), "signed"),
        (("error",), {}),
        (("name",), ["唐山市"]),
        (("snapshot",), None),
        (("stem",), 3),
        (("key_figures",), {"listed": "<b>"}),
        (("key_figures",), {"listed": float("nan")}),
        (("key_figures",), []),
        (("demonstration",), "no"),
        (("files",), ["html"]),
        (("files", "html"), "x.html"),
        (("files", "html", "name"), ["x"]),
    ],
)
def test_an_entry_that_no_run_can_have_written_is_not_shown_and_stops_nothing(
    tmp_path: Path, way: tuple[str, ...], value: object
) -> None:
    out = tmp_path / "out"
    make(out, "before")
    _planted(out, *way, value=value)
    folder = Folder(out)
    folder.put(replace(TASK, stem="清洁生产审核报告_定州市_2022-07-01", name="定州市"), "another", MADE)
    folder.close("all.zip")
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in index
    assert "<b>" not in index
    assert index.count("<tr data-unit=") == 1


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "[]", "{}", '{"format": 1, "reports": 3}', "\ud800", "", '{"format": 1, "reports": [[1]]}']
)
def test_a_manifest_that_is_none_stops_no_report(tmp_path: Path, content: str) -> None:
    out = tmp_path / "out"
    make(out, "before")
    (out / "manifest.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    make(out, "after")
    assert len(json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]) == 1


def test_a_pipe_in_place_of_the_manifest_is_not_waited_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, "before")
    (out / "manifest.json").unlink()
    os.mkfifo(out / "manifest.json")
    make(out, "after")
    assert (out / "manifest.json").is_file()


def test_links_that_lie_there_lead_no_answer_elsewhere_and_nothing_out(mine: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, "before")
    for name in (f"{STEM}.html", "index.html", "manifest.json"):
        (out / f".writing-{name}").symlink_to(mine / "notes.txt")
    (out / "assets" / "more.css").symlink_to(mine / "secret.html")
    make(out, "after")
    assert (mine / "notes.txt").read_text() == "notes.txt"
    assert not (out / "index.html").is_symlink()
    assert "assets/more.css" not in zipfile.ZipFile(out / "all.zip").namelist()


def test_a_link_in_place_of_a_folder_is_told_and_not_written_through(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "assets").symlink_to(mine)
    with pytest.raises(ReportError, match="链接"):
        make(tmp_path / "out", "first")
    assert sorted(p.name for p in mine.iterdir()) == ["kept.pdf", "notes.txt", "secret.html"]


def test_a_disk_that_is_full_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").write_bytes(b"x" * 1000)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cpaudit.render.web.html.write_assets", full)
    with pytest.raises(ReportError, match="磁盘空间不足"):
        Folder(tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".lock"]


def test_a_report_takes_no_other_programme_s_place(warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two notices may have data of one day, and units in common."""
    stem = "清洁生产审核报告_唐山市_2022-11-15"
    about = ABOUT | {"as_of": "2022-11-15"}
    folder = Folder(tmp_path / "out")
    folder.put(replace(TASK, stem=stem, about=about, parameters={"programme": "hebei-2018", "unit": "唐山市"}), "key", MADE)
    folder.close()
    there = ["report", "--unit", "唐山市", "--warehouse", str(warehouse), "--out", str(tmp_path / "out")]
    assert run(there) == 2
    assert "已有批次 hebei-2018 的" in capsys.readouterr().err
    assert (tmp_path / "out" / f"{stem}.html").read_bytes() == b"page"
