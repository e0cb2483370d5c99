"""What offices send, whatever it is: each file is read or said, damage costs no other file, archives and PDFs are opened."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cpaudit
from cpaudit.errors import ReadError
from cpaudit.loaders.opening import archives, worker, workers
from tests.support.printed import UP, pdf
from tests.support.workbooks import DONE, LISTED, NAME_A, NAME_B, PROGRESS, ROSTER, A, B, book, load

SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def returned(path: Path) -> Path:
    return book(path, {"进度": [PROGRESS, DONE]})


OTHER = "石家庄市乙.xlsx"


def beside(folder: Path) -> None:
    """Another return, which the damage of the first must not cost anything."""
    book(folder / OTHER, {"进度": [PROGRESS, [NAME_B, B, "2021-12-26", None, None, None, "正常推进"]]})


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    return load(folder).frames


def states(found: dict[str, pd.DataFrame]) -> dict[str, str]:
    return dict(zip(found["sources"]["path"], found["sources"]["read"], strict=True))


def notified(found: dict[str, pd.DataFrame]) -> list[tuple[str, str]]:
    return list(zip(found["events"]["plant_id"], found["events"]["file"], strict=True))


def said(found: dict[str, pd.DataFrame], file: str) -> str:
    """The one sentence about a file that isn't read, the same among the problems and the sources."""
    about = found["problems"][(found["problems"]["file"] == file) & found["problems"]["code"].str.startswith("file_")]
    [message] = about["message"]
    source = found["sources"].set_index("path").loc[file]
    assert source["read"] == "no"
    assert source["reason"] == f"{message}。"
    assert file in message
    return str(message)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            info = zipfile.ZipInfo(name)
            info.filename = info.orig_filename = name  # backslashes as they are
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part, compresslevel=1 if len(part) > 1_000_000 else None)
    return path


# -- damage stays in its file


def flipped(content: bytes, *places: int) -> bytes:
    changed = bytearray(content)
    for place in places:
        changed[place % len(changed)] ^= 0x40
    return bytes(changed)


def old_workbook(path: Path) -> Path:
    import xlwt

    made = xlwt.Workbook()
    sheet = made.add_sheet("进度")
    for r, row in enumerate([PROGRESS, DONE]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    made.save(str(path))
    return path


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_flipped_bits_in_an_old_workbook_cost_no_other_file(tmp_path: Path, share: float) -> None:
    beside(tmp_path)
    path = old_workbook(tmp_path / "石家庄市.xls")
    content = path.read_bytes()
    path.write_bytes(flipped(content, *range(int(len(content) * share), int(len(content) * share) + 60, 7)))
    found = frames(tmp_path)
    assert (B, OTHER) in notified(found)
    assert states(found)["石家庄市.xls"] == "yes" or "重新导出" in said(found, "石家庄市.xls")


STRINGS = (
    b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    b' count="%s" uniqueCount="%s"><si><t>x</t></si></sst>'
)


@pytest.mark.parametrize("count", [b"4294967295", b"18446744073709551615", b"-1", b"2000000000", b"x"])
def test_a_false_count_of_texts_costs_no_other_file(tmp_path: Path, count: bytes) -> None:
    beside(tmp_path)
    path = returned(tmp_path / "石家庄市.xlsx")
    content = parts(path)
    content["xl/sharedStrings.xml"] = STRINGS % (count, count)
    relation = b'<Relationship Id="rIdS" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
    rels = "xl/_rels/workbook.xml.rels"
    content[rels] = content[rels].replace(b"</Relationships>", relation + b' Target="sharedStrings.xml"/></Relationships>')
    packed(path, content)
    found = frames(tmp_path)
    assert (B, OTHER) in notified(found)
    assert states(found)["石家庄市.xlsx"] == "yes" or "石家庄市.xlsx 已损坏" in said(found, "石家庄市.xlsx")


def comment(content: dict[str, bytes]) -> None:
    content[SHEET] = content[SHEET].replace(b"<sheetData>", b"<!--" + b" " * 150_000_000 + b"--><sheetData>")


def attribute(content: dict[str, bytes]) -> None:
    content[SHEET] = content[SHEET].replace(b"<sheetData>", b'<sheetData x="' + b"y" * 110_000_000 + b'">')


def many_sheets(content: dict[str, bytes]) -> None:
    sheets = b"".join(b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n + 9) for n in range(3000))
    part = "xl/workbook.xml"
    relations = b'<sheets xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    content[part] = content[part].replace(b"<sheets>", relations + sheets)


def entities(content: dict[str, bytes]) -> None:
    nested = b'<!DOCTYPE x [<!ENTITY a "aaaa">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (b"" if n == 1 else b"%d" % (n - 1)) * 10) for n in range(1, 10)
    )
    content[SHEET] = nested + b"]>" + re.sub(rb"^<\?xml[^>]*>", b"", content[SHEET])


def text(content: dict[str, bytes]) -> None:
    cell = b'<c r="B2" t="inlineStr"><is><t>' + b"z" * 250_000_000 + b"</t></is></c>"
    content[SHEET] = re.sub(rb'<c r="B2".*?</c>', cell, content[SHEET])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gets one second of the processor, not ten."""
    monkeypatch.setattr(worker, "SECONDS", 1)


@pytest.mark.parametrize("way", [comment, attribute], ids=lambda way: way.__name__)
def test_what_takes_too_long_is_one_sentence_and_the_rest_is_read(
    impatient: None, tmp_path: Path, way: Callable[[dict[str, bytes]], None]
) -> None:
    assert "仍未完成，已停止" in bombed(tmp_path, way)


@pytest.mark.parametrize("way", [many_sheets, entities, text], ids=lambda way: way.__name__)
def test_a_bomb_is_one_sentence_and_the_rest_is_read(tmp_path: Path, way: Callable[[dict[str, bytes]], None]) -> None:
    bombed(tmp_path, way)


def bombed(tmp_path: Path, way: Callable[[dict[str, bytes]], None]) -> str:
    """What is said of a bomb; the file beside it is read."""
    beside(tmp_path)
    content = parts(returned(tmp_path / "石家庄市.xlsx"))
    way(content)
    assert packed(tmp_path / "石家庄市.xlsx", content).stat().st_size < 2_000_000
    found = frames(tmp_path)
    assert (B, OTHER) in notified(found)
    return said(found, "石家庄市.xlsx")


def test_sixty_thousand_entries_that_overlap_are_one_sentence(tmp_path: Path) -> None:
    beside(tmp_path)
    path = returned(tmp_path / "石家庄市.xlsx")
    content = path.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    size, start = struct.unpack_from("<II", content, end + 12)
    first = content[start : start + 46 + sum(struct.unpack_from("<3H", content, start + 28))]
    directory = content[start : start + size] + first * 60_000
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 60_000, 60_000, len(directory), start, 0)
    path.write_bytes(content[:start] + directory + tail)
    found = frames(tmp_path)
    assert (B, OTHER) in notified(found)
    assert "重新导出" in said(found, "石家庄市.xlsx")


def test_a_process_that_dies_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the process that opens a file, the next file is read."""
    from cpaudit.loaders.opening.files import Source

    path = returned(tmp_path / "石家庄市.xlsx")
    asked = workers._Worker.ask

    def killed(self: Any, question: Any) -> Any:
        self._process.kill()
        self._process.wait()
        return asked(self, question)

    with monkeypatch.context() as patched:
        patched.setattr(workers._Worker, "ask", killed)
        with pytest.raises(ReadError, match="读取时被系统中止"):
            workers.read(Source(path, path.name))
    assert [grid.sheet for grid in workers.read(Source(path, path.name))] == ["进度"]


def test_the_process_that_opens_files_lasts_however_large_the_one_that_asks_is(tmp_path: Path) -> None:
    from cpaudit.loaders.opening.files import Source

    path = returned(tmp_path / "石家庄市.xlsx")
    held = bytearray(b"x" * 500_000_000)
    workers.close()
    used = set()
    for _ in range(3):
        workers.read(Source(path, path.name))
        used.update(worker._process.pid for worker in workers._idle)
    assert len(held) > 0
    assert len(used) == 1


# -- no sheet vanishes


def upper_case(content: dict[str, bytes]) -> None:
    content["xl/Worksheets/SHEET1.XML"] = content.pop(SHEET)


def backslashes(content: dict[str, bytes]) -> None:
    for name in [*content]:
        content[name.replace("/", "\\")] = content.pop(name)


def leading_slash(content: dict[str, bytes]) -> None:
    for name in [*content]:
        content[f"/{name}"] = content.pop(name)


def wide(content: dict[str, bytes]) -> None:
    content[SHEET] = content[SHEET].decode().encode("utf-16")


def wide_without_mark(content: dict[str, bytes]) -> None:
    content[SHEET] = ("<?xml version='1.0' encoding='UTF-16'?>" + content[SHEET].decode()).encode("utf-16-be")


def wide_workbook(content: dict[str, bytes]) -> None:
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        content[name] = content[name].decode().encode("utf-16")


def sections(content: dict[str, bytes]) -> None:
    content[SHEET] = re.sub(rb"<(t|v)>([^<&]*)</", rb"<\1><![CDATA[\2]]></", content[SHEET])


def strict(content: dict[str, bytes]) -> None:
    ours, theirs = b"http://schemas.openxmlformats.org", b"http://purl.oclc.org/ooxml"
    for name, old in content.items():
        part = old.replace(ours + b"/spreadsheetml/2006/main", theirs + b"/spreadsheetml/main")
        content[name] = part.replace(ours + b"/officeDocument/2006/relationships", theirs + b"/officeDocument/relationships")


def prefixed(content: dict[str, bytes]) -> None:
    content[SHEET] = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", content[SHEET]).replace(b"xmlns=", b"xmlns:x=")


def odd_target(content: dict[str, bytes]) -> None:
    rels = "xl/_rels/workbook.xml.rels"
    content[rels] = content[rels].replace(b"/xl/worksheets/sheet1.xml", b"..\\xl\\.\\worksheets\\sheet1.xml")


@pytest.mark.parametrize(
    "way",
    [upper_case, backslashes, leading_slash, wide, wide_without_mark, wide_workbook, sections, strict, prefixed, odd_target],
    ids=lambda way: way.__name__,
)
def test_a_sheet_written_in_an_unusual_way_is_read(tmp_path: Path, way: Callable[[dict[str, bytes]], None]) -> None:
    content = parts(returned(tmp_path / "石家庄市.xlsx"))
    way(content)
    packed(tmp_path / "石家庄市.xlsx", content)
    assert notified(frames(tmp_path)) == [(A, "石家庄市.xlsx")]


def no_part(content: dict[str, bytes]) -> None:
    del content[SHEET]


def no_relations(content: dict[str, bytes]) -> None:
    del content["xl/_rels/workbook.xml.rels"]


def unknown_relation(content: dict[str, bytes]) -> None:
    content["xl/workbook.xml"] = content["xl/workbook.xml"].replace(b'r:id="rId1"', b'r:id="rId77"')


def two_bodies(content: dict[str, bytes]) -> None:
    again = b'</sheetData><sheetData><row r="9"><c r="A9"><v>1</v></c></row></sheetData>'
    content[SHEET] = content[SHEET].replace(b"</sheetData>", again)


def cut_short(content: dict[str, bytes]) -> None:
    content[SHEET] = content[SHEET][: len(content[SHEET]) // 2]


def cell_again(content: dict[str, bytes]) -> None:
    content[SHEET] = re.sub(rb'(<c r="C2".*?</c>)', rb'\1<c r="C2"><v>44000</v></c>', content[SHEET])


def formula_again(content: dict[str, bytes]) -> None:
    content[SHEET] = re.sub(rb'(<c r="C2".*?</c>)', rb'\1<c r="C2" t="e"><f>1/0</f><v>#N/A</v></c>', content[SHEET])


def row_again(content: dict[str, bytes]) -> None:
    again = b'<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="G2"><v>1</v></c></row></sheetData>'
    content[SHEET] = content[SHEET].replace(b"</sheetData>", again)


def far_again(content: dict[str, bytes]) -> None:
    """The same cell so far below that the sheet is read in several pieces."""
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(3, 40_000))
    content[SHEET] = content[SHEET].replace(b"</sheetData>", rows + b'<row r="2"><c r="G2"><v>1</v></c></row></sheetData>')


def cell_again_without_address(content: dict[str, bytes]) -> None:
    content[SHEET] = re.sub(rb'<c r="D2"[^>]*?/>', b"", content[SHEET])
    content[SHEET] = re.sub(rb'(<c r="C2".*?</c>)', rb'\1<c><v>5</v></c><c r="D2"><v>6</v></c>', content[SHEET])


def same_name(content: dict[str, bytes]) -> None:
    content["xl/workbook.xml"] = content["xl/workbook.xml"].replace("方案".encode(), "进度".encode())


@pytest.mark.parametrize(
    "way",
    [
        *(no_part, no_relations, unknown_relation, two_bodies, cut_short, same_name),
        *(cell_again, formula_again, row_again, far_again, cell_again_without_address),
    ],
    ids=lambda way: way.__name__,
)
def test_a_sheet_that_cannot_be_read_is_an_error(tmp_path: Path, way: Callable[[dict[str, bytes]], None]) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, DONE], "方案": [["说明"]]})
    content = parts(path)
    way(content)
    packed(path, content)
    told = frames(tmp_path)["problems"]
    errors = told[(told["severity"] == "error") & told["code"].isin(["sheet_unread", "file_unopened"])]
    assert errors["file"].tolist() == ["石家庄市.xlsx"]


# -- every file in the folder is read or said


def test_every_file_of_a_folder_is_read_or_said(tmp_path: Path) -> None:
    sent = tmp_path / "报送"
    returned(sent / "上报" / "深" / "更深" / "石家庄市.xlsx")
    (sent / "唐山市.et2").write_bytes(b"x")
    (sent / "无后缀").write_bytes(b"x")
    (sent / "空.xlsx").write_bytes(b"")
    os.mkfifo(sent / "管道.csv")
    other = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(sent)  # a socket's path must be short
    other.bind("插口")
    os.chdir(here)
    (sent / "断.xlsx").symlink_to(sent / "没有")
    (sent / "外.docx").symlink_to("/etc/hostname")
    (sent / ".git").mkdir()
    (sent / ".git" / "石家庄市.xlsx").write_bytes(b"x")
    (sent / "Thumbs.db").write_bytes(b"x")
    found = frames(sent)
    other.close()
    assert states(found) == {
        "名单.xlsx": "yes",
        "上报/深/更深/石家庄市.xlsx": "yes",
        **dict.fromkeys(["唐山市.et2", "无后缀", "空.xlsx", "管道.csv", "插口", "断.xlsx", "外.docx", ".git", "Thumbs.db"], "no"),
    }
    for name, state in states(found).items():
        if state == "no":
            said(found, name)


def test_a_folder_that_may_not_be_entered_is_said_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    returned(tmp_path / "上报" / "石家庄市.xlsx")
    shut = tmp_path / "锁"
    shut.mkdir()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != shut and access(path, mode))  # root may enter all
    found = frames(tmp_path)
    assert notified(found) == [(A, "上报/石家庄市.xlsx")]
    assert "请检查目录权限" in said(found, "锁")


ZIP = b"PK\x03\x04"
UNREAD: dict[str, tuple[bytes, str]] = {
    "石家庄市.doc": (OLE + bytes(600), "另存为 .docx"),
    "石家庄市.wps": (OLE + bytes(600), "用 WPS 打开"),
    "石家庄市.ofd": (ZIP, "OFD"),
    "石家庄市.ett": (ZIP, "模板"),
    "石家庄市.jpg": (b"\xff\xd8\xff\xe0", "图片"),
    "石家庄市.PNG": (b"\x89PNG", "图片"),
    "石家庄市.rar": (b"Rar!", "解压"),
    "石家庄市.7z": (b"7z\xbc\xaf", "解压"),
    "石家庄市.html": (b"<html>", "网页"),
    "石家庄市.txt": ("石家庄市报送说明：已完成".encode(), "是文字，不是表格"),
    "石家庄市.xlsx.bak": (ZIP, "备份"),
    "石家庄市.ods": (ZIP, "另存为 .xlsx"),
    "~$石家庄市.xlsx": (b"x", "临时文件"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_read_says_how_to_get_a_readable_copy(tmp_path: Path, name: str) -> None:
    content, way_out = UNREAD[name]
    (tmp_path / name).write_bytes(content)
    found = frames(tmp_path)
    assert way_out in said(found, name)
    assert found["sources"].set_index("path").loc[name, "unit"] == "shijiazhuang"
    nothing = found["problems"][found["problems"]["code"] == "unit_nothing_read"]
    assert nothing["unit"].tolist() == ([] if name.startswith("~$") else ["shijiazhuang"])


@pytest.mark.parametrize("suffix", [".txt", ".jpg", ".ofd", ".ett", ".html", ".bak"])
def test_a_workbook_under_a_suffix_that_no_workbook_has_is_said(tmp_path: Path, suffix: str) -> None:
    returned(tmp_path / "石家庄市.xlsx").rename(tmp_path / f"石家庄市{suffix}")
    found = frames(tmp_path)
    said(found, f"石家庄市{suffix}")
    assert "没有可读的报表" in found["problems"]["message"].iloc[-1]


@pytest.mark.parametrize("suffix", [".xls", ".xlsm", ".et", ".docx", ".csv", ".pdf", ".zip"])
def test_a_wrong_suffix_goes_by_the_content(tmp_path: Path, suffix: str) -> None:
    returned(tmp_path / "石家庄市.xlsx").rename(tmp_path / f"石家庄市{suffix}")
    assert notified(frames(tmp_path)) == [(A, f"石家庄市{suffix}")]


@pytest.mark.parametrize(("suffix", "separator"), [(".txt", "\t"), (".tsv", "\t"), (".txt", ","), (".TXT", "\t"), (".tsv", ",")])
def test_a_text_that_is_a_table_is_read(tmp_path: Path, suffix: str, separator: str) -> None:
    rows = [separator.join(value or "" for value in row) for row in (PROGRESS, DONE)]
    (tmp_path / f"石家庄市{suffix}").write_text("\n".join(rows), encoding="gbk")
    assert notified(frames(tmp_path)) == [(A, f"石家庄市{suffix}")]


@pytest.mark.parametrize("content", [b"<html><table></table></html>", b"\xef\xbb\xbf  <table>", b"MIME-Version: 1.0\n"])
def test_a_web_page_called_a_workbook_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "石家庄市.xls").write_bytes(content)
    assert "是网页" in said(frames(tmp_path), "石家庄市.xls")


# -- archives


def archive(path: Path, name: str, content: bytes | None = None) -> Path:
    """An archive of one return."""
    inside = content or returned(path.parent / "x.xlsx").read_bytes()
    (path.parent / "x.xlsx").unlink(missing_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, inside)
    return path


def test_an_archive_is_opened_like_a_folder(tmp_path: Path) -> None:
    archive(tmp_path / "包.zip", "上报/石家庄市.xlsx")
    found = frames(tmp_path)
    assert notified(found) == [(A, "包.zip/上报/石家庄市.xlsx")]
    assert states(found) == {"名单.xlsx": "yes", "包.zip": "yes", "包.zip/上报/石家庄市.xlsx": "yes"}
    assert found["sources"].set_index("path").loc["包.zip/上报/石家庄市.xlsx", "unit"] == "shijiazhuang"
    assert found["sources"]["sha256"].str.len().tolist() == [64] * 3


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a//b.csv", "../out.csv", "\x1b[2J.csv", "x" * 300 + ".csv"])
def test_a_file_called_as_no_file_is_costs_no_other(tmp_path: Path, name: str) -> None:
    (tmp_path / "raw").mkdir()
    path = archive(tmp_path / "raw" / "包.zip", "石家庄市.xlsx")
    odd = zipfile.ZipInfo()
    odd.filename = name
    with zipfile.ZipFile(path, "a") as made:
        made.writestr(odd, b"x")
    assert notified(frames(tmp_path / "raw")) == [(A, "包.zip/石家庄市.xlsx")]
    assert [p.name for p in tmp_path.iterdir()] == ["raw"]


@pytest.mark.parametrize("way", ["gbk", "gbk called utf-8", "gbk taken for cp437", "backslashes", "utf-8 not said"])
def test_names_in_an_archive_are_read_as_they_were_meant(tmp_path: Path, way: str) -> None:
    path, name = tmp_path / "包.zip", "上报/石家庄市.xlsx"
    written, said_utf8 = {
        "gbk": (name.encode("gbk"), False),
        "gbk called utf-8": (name.encode("gbk"), True),
        "gbk taken for cp437": (name.encode("gbk").decode("cp437").encode(), True),
        "backslashes": (name.replace("/", "\\").encode("gbk"), False),
        "utf-8 not said": (name.encode(), False),
    }[way]
    placeholder = b"a" * len(written)
    content = archive(path, placeholder.decode()).read_bytes().replace(placeholder, written)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(signature) + at
        content = content[:place] + struct.pack("<H", 0x800 * said_utf8) + content[place + 2 :]
    path.write_bytes(content)
    assert notified(frames(tmp_path)) == [(A, f"包.zip/{name}")]


def test_an_archive_within_an_archive_is_opened_once(tmp_path: Path) -> None:
    inner = archive(tmp_path / "内.zip", "石家庄市.xlsx").read_bytes()
    middle = archive(tmp_path / "中.zip", "内.zip", content=inner).read_bytes()
    archive(tmp_path / "外.zip", "中.zip", content=middle)
    (tmp_path / "中.zip").unlink()
    found = frames(tmp_path)
    assert notified(found) == [(A, "内.zip/石家庄市.xlsx")]
    assert "解压后再报送" in said(found, "外.zip/中.zip/内.zip")


def test_files_in_an_archive_that_cannot_be_read_are_said_each(tmp_path: Path) -> None:
    good = returned(tmp_path / "x.xlsx").read_bytes()
    (tmp_path / "x.xlsx").unlink()
    path = packed(
        tmp_path / "包.zip",
        {"石家庄市.xlsx": good, "唐山市.doc": OLE + bytes(600), "__MACOSX/._a.xlsx": b"x", "保定市.xlsx": good},
    )
    content = path.read_bytes()
    place = content.rindex(b"PK\x01\x02")  # the last one is encrypted
    path.write_bytes(content[: place + 8] + b"\x01\x00" + content[place + 10 :])
    found = frames(tmp_path)
    assert notified(found) == [(A, "包.zip/石家庄市.xlsx")]
    assert "旧版 Word" in said(found, "包.zip/唐山市.doc")
    assert "设有解压密码" in said(found, "包.zip/保定市.xlsx")
    assert "临时文件" in said(found, "包.zip/__MACOSX/._a.xlsx")


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for n in range(3):
            target.writestr(f"{n}.xlsx", bytes(150_000_000))
    return made.getvalue()


def too_many() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for n in range(600):
            target.writestr(f"{n}.jpg", b"")
    return made.getvalue()


def outside() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        target.writestr("../../../逃.md", b"x")
        target.writestr("/etc/逃.md", b"x")
    return made.getvalue()


def unknown_method() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as target:
        target.writestr("石家庄市.xlsx", bytes(100))
    return made.getvalue()


@pytest.mark.parametrize(
    "make", [bomb, too_many, outside, unknown_method, lambda: b"PK\x03\x04", lambda: b"PK\x05\x06" + bytes(18)]
)
def test_a_hostile_or_damaged_archive_costs_no_other_file(
    tmp_path: Path, make: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MOST_FILES", 500)  # 5,000 for all
    beside(tmp_path / "sent")
    (tmp_path / "sent" / "包.zip").write_bytes(make())
    found = frames(tmp_path / "sent")
    assert notified(found) == [(B, OTHER)]
    about = found["problems"]["file"].fillna("")
    assert about.str.startswith("包.zip").any()
    assert not list(tmp_path.glob("*逃*"))


# -- PDFs with ruled tables


def cells(row: list[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in row]


def test_a_roster_published_as_pdf_is_read_over_its_pages(tmp_path: Path) -> None:
    pages = [["强制类企业名单", [ROSTER, cells(LISTED[0])], "1"], [[cells(LISTED[1])], "2"]]
    pdf(tmp_path / "名单.pdf", *pages)
    returned(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path, listed=False).frames
    assert found["plants"]["name"].tolist() == [NAME_A, NAME_B]
    assert found["plants"]["uscc"].tolist() == [A, B]
    assert notified(found) == [(A, "石家庄市.xlsx")]


def test_a_return_as_pdf_is_read(tmp_path: Path) -> None:
    pdf(tmp_path / "石家庄市.pdf", ["石家庄市进度表", [PROGRESS, cells(DONE)]])
    assert notified(frames(tmp_path)) == [(A, "石家庄市.pdf")]


def test_merged_cells_of_a_pdf_stand_once(tmp_path: Path) -> None:
    second = [UP, *cells(LISTED[1])[1:]]
    first = ["1", *cells(LISTED[0])[1:]]
    pdf(tmp_path / "名单.pdf", ["强制类企业名单", [ROSTER, first, second]])
    assert load(tmp_path, listed=False).frames["plants"]["name"].tolist() == [NAME_A, NAME_B]


def test_a_scan_and_a_pdf_without_a_table_say_so(tmp_path: Path) -> None:
    pdf(tmp_path / "石家庄市.pdf", ["石家庄市的报告，没有表格。"])
    pdf(tmp_path / "唐山市.pdf", [])
    found = frames(tmp_path)
    assert "没有画出框线的表格" in said(found, "石家庄市.pdf")
    assert "扫描件" in said(found, "唐山市.pdf")


@pytest.mark.parametrize("content", [b"%PDF-1.4\nxx", b"%PDF", b"not at all", b"%PDF-1.7" + bytes(5000)])
def test_a_damaged_pdf_costs_no_other_file(tmp_path: Path, content: bytes) -> None:
    beside(tmp_path)
    (tmp_path / "石家庄市.pdf").write_bytes(content)
    found = frames(tmp_path)
    assert notified(found) == [(B, OTHER)]
    said(found, "石家庄市.pdf")


# -- where text is written as China's old systems write it


@pytest.fixture(scope="module")
def old_locale(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a system whose names of files are GBK (the locale of GB18030 takes twenty times as long to make)."""
    places = tmp_path_factory.mktemp("locales")
    localedef = shutil.which("localedef")
    made = localedef and subprocess.run(
        [localedef, "-i", "zh_CN", "-f", "GBK", str(places / "zh_CN.GBK")], check=False, capture_output=True
    )
    if not made or not (places / "zh_CN.GBK").is_dir():
        pytest.skip("this system can make no locale of old")
    try:
        os.fsencode(sys.prefix).decode("gbk")
    except UnicodeDecodeError:
        pytest.skip("in that locale Python itself can't read where it is installed here")
    return {**os.environ, "LOCPATH": str(places), "LC_ALL": "zh_CN.GBK"}


def test_files_with_chinese_names_are_read_in_a_locale_of_old(tmp_path: Path, old_locale: dict[str, str]) -> None:
    name = "名单（强制性审核）.csv".encode("gbk")
    (tmp_path / "in").mkdir()
    with open(os.fsencode(tmp_path / "in") + b"/" + name, "w", encoding="utf-8") as file:  # noqa: PTH123 - bytes
        file.write("企业名称,市,县,所属行业\n示例厂,石家庄市,正定县,水泥\n")
    command = [sys.executable, "-P", "-m", "cpaudit", "load", "in", "--as-of", "2022-11-15", "--warehouse", "w"]
    # Python reads the .pth of an editable install in the locale's letters: the checkout's own path may have others.
    (tmp_path / "code").symlink_to(Path(cpaudit.__file__).parents[1])
    asked = {**old_locale, "PYTHONPATH": str(tmp_path / "code")}
    done = subprocess.run(command, cwd=tmp_path, env=asked, check=False, capture_output=True)
    assert "已损坏" not in done.stderr.decode("utf-8", "replace")
    assert done.returncode == 1  # no credit code
    assert (tmp_path / "w" / "hebei-2021-2" / "2022-11-15" / "current").is_file()
