"""A file that can't be read: one clear Chinese sentence each, and the rest of what was sent is loaded."""

from __future__ import annotations

import datetime as dt
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.errors import ReadError
from cpaudit.loaders import load

AS_OF = dt.date(2022, 11, 15)
ROSTER = "名单/附件1 强制类企业名单.xlsx"
RETURN = "上报/石家庄市.xlsx"


@pytest.fixture
def sent(raw: Path, tmp_path: Path) -> Path:
    """A small part of what was sent: a roster and one return."""
    for name in (ROSTER, RETURN):
        target = tmp_path / "sent" / name
        target.parent.mkdir(parents=True)
        shutil.copy(raw / name, target)
    return tmp_path / "sent"


def corrupted(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def damaged_inside(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<broken")


def no_workbook(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n" + bytes(1000))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def password_protected(path: Path) -> None:
    # What Office writes: an OLE file whose directory holds the stream EncryptedPackage.
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(478)
    entry = "EncryptedPackage".encode("utf-16-le").ljust(128, b"\0")
    path.write_bytes(header + bytes(512) + entry + bytes(1024))


def two_hundred_megabytes(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(200_000_000)


def unfolding(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part in range(6):
            archive.writestr(f"xl/worksheets/sheet{part}.xml", bytes(100_000_000))


def web_page(path: Path) -> None:
    path.write_text("<html><table><tr><td>企业名称</td></tr></table></html>", encoding="utf-8")


WAYS: dict[Callable[[Path], None], str] = {
    corrupted: "损坏",
    damaged_inside: "损坏",
    no_workbook: "图片",
    empty: "空文件",
    directory: "文件夹",
    password_protected: "密码",
    two_hundred_megabytes: "200 MB",
    unfolding: "展开后",
    web_page: "网页",
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_one_sentence_and_the_rest_is_loaded(
    way: Callable[[Path], None], sent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = tmp_path / "warehouse"
    way(sent / RETURN)
    assert run(["load", str(sent), "--as-of", str(AS_OF), "--warehouse", str(warehouse)]) == 1
    capsys.readouterr()

    ds = Dataset.open(warehouse)
    assert len(ds.plants)
    told = ds.problems[(ds.problems["file"] == RETURN) & (ds.problems["code"] != "unit_nothing_read")]
    [sentence] = told["message"]
    assert RETURN in sentence
    assert WAYS[way] in sentence
    assert told["severity"].tolist() in (["error"], ["warning"])
    sources = ds.sources.set_index("path")
    assert sources.loc[RETURN, ["read", "unit"]].tolist() == ["no", "shijiazhuang"]
    assert sentence in sources.loc[RETURN, "reason"]
    assert sources.loc[ROSTER, "read"] == "yes"
    assert "unit_nothing_read" in set(ds.problems["code"])


def test_nothing_is_written_where_the_roster_cannot_be_read(
    sent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = tmp_path / "warehouse"
    load([sent], as_of=AS_OF, warehouse=warehouse)
    before = {p: p.read_bytes() for p in warehouse.rglob("*") if p.is_file()}
    corrupted(sent / ROSTER)
    capsys.readouterr()
    assert run(["load", str(sent), "--as-of", str(AS_OF), "--warehouse", str(warehouse)]) == 3
    error = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("读取：")]
    assert ROSTER in error[0]
    assert "没有读到企业名单" in error[1]
    assert {p: p.read_bytes() for p in warehouse.rglob("*") if p.is_file()} == before


def test_every_bad_file_is_named_at_once(sent: Path, tmp_path: Path) -> None:
    empty(sent / ROSTER)
    corrupted(sent / RETURN)
    with pytest.raises(ReadError) as caught:
        load([sent], as_of=AS_OF, warehouse=tmp_path / "warehouse")
    assert len(str(caught.value).splitlines()) == 2
    assert not (tmp_path / "warehouse").exists()


def test_a_path_that_does_not_exist_and_a_folder_without_workbooks(tmp_path: Path) -> None:
    for path in (tmp_path / "没有这个文件.xlsx", tmp_path):
        with pytest.raises(ReadError, match="请检查路径"):
            load([path], as_of=AS_OF, warehouse=tmp_path / "warehouse")


def test_returns_without_a_roster_say_so(sent: Path, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="名单"):
        load([sent / RETURN], as_of=AS_OF, warehouse=tmp_path / "warehouse")
