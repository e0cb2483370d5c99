"""A workspace found on the way up is one's own and whole, or it is told; what its definitions say leads no file elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cpaudit.cli import run
from cpaudit.errors import CpauditError
from cpaudit.render.folder import write_folder
from cpaudit.serving.static import folder as export

Told = pytest.CaptureFixture[str]
#: Somebody else's words for totals: without a word about it, sums would be read as plants.
THEIRS = "totals: [共]\n"


pytestmark = pytest.mark.usefixtures("nowhere")


def told(capsys: Told, *arguments: str, code: int) -> str:
    capsys.readouterr()
    assert run(list(arguments)) == code, capsys.readouterr()
    return capsys.readouterr().err


def test_a_folder_that_anybody_may_write_to_is_no_workspace_of_one_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    """One's own settings there, and definitions put beside them by whoever passes."""
    shared, mine = tmp_path / "shared", tmp_path / "shared" / "mine"
    mine.mkdir(parents=True)
    (shared / "cpaudit.toml").touch()
    (shared / "definitions").mkdir()
    (shared / "definitions" / "headings.yaml").write_text(THEIRS, encoding="utf-8")
    monkeypatch.chdir(mine)
    told(capsys, "definitions", "list", code=0)
    for mode in (0o777, 0o1777):
        shared.chmod(mode)
        assert "人人可写" in told(capsys, "definitions", "list", code=2)
        told(capsys, "--project", str(shared), "definitions", "list", code=0)
        told(capsys, "--project", "-", "systems", "list", code=0)


def test_a_link_of_somebody_else_to_settings_of_one_s_own_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    """Where the link lies there the definitions are looked for: any file of one's own will do as settings."""
    theirs, empty = tmp_path / "theirs", tmp_path / "empty"
    (theirs / "sub").mkdir(parents=True)
    empty.touch()
    (theirs / "cpaudit.toml").symlink_to(empty)
    monkeypatch.chdir(theirs / "sub")
    told(capsys, "definitions", "list", code=0)
    real = Path.lstat

    def of_another(path: Path) -> os.stat_result:
        found = real(path)
        return os.stat_result((*found[:4], found.st_uid + 4711, *found[5:])) if path.name == "cpaudit.toml" else found

    monkeypatch.setattr(Path, "lstat", of_another)
    assert "其他用户" in told(capsys, "definitions", "list", code=2)


@pytest.mark.parametrize(
    "put",
    [
        lambda file: file.symlink_to("not-there"),
        lambda file: file.symlink_to(file.name),
        lambda file: file.mkdir(),
        os.mkfifo,
    ],
    ids=["link to nothing", "ring", "folder", "pipe"],
)
def test_settings_that_cannot_be_read_are_told_and_nothing_else_is_taken_for_them(
    office: Path, put: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    inner = office / "notebooks" / "inner"
    inner.mkdir()
    put(inner / "cpaudit.toml")
    monkeypatch.chdir(inner)
    assert "不是可以读取的文件" in told(capsys, "definitions", "list", code=2)


def _elsewhere(office: Path, target: str) -> Path:
    folder = office / "definitions"
    folder.rename(office / "kept")
    folder.symlink_to(target)
    return folder


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda office: _elsewhere(office, "not-mounted"), "所指的目录不在"),
        (lambda office: (_elsewhere(office, "x").unlink(), (office / "definitions").touch()), "不是目录"),
        (lambda office: (office / "cpaudit.toml").write_text('[places]\ndefinitions = "defs"\n'), "places.definitions"),
        (lambda office: (office / "cpaudit.toml").write_text('[places]\ndefinitions = "/proc"\n'), "/proc"),
        (lambda office: (office / "cpaudit.toml").write_text('[places]\nwarehouse = "~nobody-here/x"\n'), "不是本机的用户"),
        (lambda office: (office / "definitions" / "more").symlink_to(office / "reports"), "指向另一个目录的链接"),
    ],
    ids=["not mounted", "a file", "misspelt", "no definitions", "no user", "linked folder"],
)
def test_definitions_that_cannot_be_reached_are_told_and_never_left_out_in_silence(
    office: Path, put: Callable[[Path], object], said: str, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    put(office)
    monkeypatch.chdir(office)
    assert said in told(capsys, "systems", "list", code=3)


@pytest.mark.parametrize("put", [os.mkfifo, lambda file: file.symlink_to("not-there")], ids=["pipe", "link"])
def test_a_list_of_dashboards_that_cannot_be_read_is_told(office: Path, put: Callable[[Path], None], capsys: Told) -> None:
    listed = office / "dashboards" / "dashboards.yaml"
    listed.unlink()
    put(listed)
    capsys.readouterr()
    assert run(["--project", str(office), "definitions", "check"]) == 1
    assert "不是可以读取的文件" in capsys.readouterr().out


def test_nothing_is_copied_or_kept_through_a_link(office: Path, tmp_path: Path, capsys: Told) -> None:
    """A workspace that somebody sent may have links: what they lead to is none of a definition's business."""
    mine, folder = tmp_path / "mine.txt", tmp_path / "folder"
    mine.write_text("mine", encoding="utf-8")
    folder.mkdir()
    kept = office / "definitions" / ".shipped"
    kept.mkdir()
    (kept / "units.csv").symlink_to(mine)
    (office / "definitions" / "holidays" / ".gitkeep").unlink()
    (office / "definitions" / "holidays").rmdir()
    (office / "definitions" / "holidays").symlink_to(folder)
    for asked in (["upgrade", "--accept"], ["definitions", "copy", "units.csv"], ["definitions", "copy", "holidays/2022.yaml"]):
        assert "链接" in told(capsys, "--project", str(office), *asked, code=3)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("units.csv", "../../x,示例县,示例,,city,,\n"),
        ("units.csv", "yunxi,/tmp/示例县,示例,,city,,\n"),
        ("units.csv", "yunxi,..\\示例县,示例,,city,,\n"),
        ("units.csv", "yunxi,示例县,.示例,,city,,\n"),
        ("industries.yaml", "  ../../x: {label: 甲, codes: ['3079']}\n"),
        ("handover.yaml", "lists:\n  energy_supervision: {file: ../../x}\n"),
    ],
)
def test_a_name_that_leads_elsewhere_is_no_definition(office: Path, file: str, line: str, capsys: Told) -> None:
    with (office / "definitions" / file).open("a", encoding="utf-8") as there:
        there.write(line)
    capsys.readouterr()
    assert run(["--project", str(office), "definitions", "check"]) == 1
    assert "不能作" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["../x.csv", "/tmp/x.csv", "a/../../x.csv", ".x", "", "a\\..\\x.csv"])
def test_whoever_writes_several_files_writes_none_elsewhere(tmp_path: Path, name: str) -> None:
    home = tmp_path / "in" / "out"
    with pytest.raises(CpauditError, match="不能作文件名"):
        write_folder(home, {"a.csv": b"x", name: b"x"})
    if ".." in name or name.startswith("/"):  # an export has folders
        with pytest.raises(OSError, match="不能作文件名"):
            export.put({"index.html": b"x", name: b"x"}, home)
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.name != ".lock"] == []
