"""Hostile files: refused in one sentence, or read in bounded time and memory; and no cell of ours starts a formula."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import opener as opening
from cpaudit.loaders.opening.files import Source, fault
from cpaudit.loaders.opening.folders import found as find
from cpaudit.render import tabular
from cpaudit.render.paper import xlsx
from cpaudit.views.page import Column, Table
from tests.support.workbooks import DONE, PROGRESS, A, book, load, rewrite, roster, sent, told

SHEET = "xl/worksheets/sheet1.xml"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return book(tmp_path / "石家庄市.xlsx", {"进度": [PROGRESS, DONE]})


def refusal(path: Path) -> str:
    """The one sentence with which a file is refused."""
    source = Source(path, path.name)
    sentence = fault(source)
    if sentence is None:
        with pytest.raises(ReadError) as caught:
            opening.read(source)
        sentence = str(caught.value)
    assert path.name in sentence
    assert "\n" not in sentence
    assert sentence.endswith("。")
    return sentence


def test_a_part_that_unfolds_to_more_than_it_says_is_refused(workbook: Path) -> None:
    rewrite(workbook, rb"</sheetData>", b"</sheetData>" + b" " * 3_000_000)
    content = workbook.read_bytes()
    with zipfile.ZipFile(workbook) as archive:
        size = archive.getinfo(SHEET).file_size
    workbook.write_bytes(content.replace(struct.pack("<I", size), struct.pack("<I", 1000)))
    assert "损坏" in refusal(workbook)


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
def test_entities_are_not_even_declared(workbook: Path, part: str) -> None:
    rewrite(workbook, rb"^(<\?xml[^>]*>)?", BOMB, part)
    assert "文档类型声明" in refusal(workbook)


def test_entities_in_a_word_document_stay_as_they_are(tmp_path: Path) -> None:
    import docx

    path = tmp_path / "石家庄市.docx"
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = "MARK"
    document.save(str(path))
    rewrite(path, rb"^<\?xml[^>]*>", BOMB.replace(b'"aaaaaaaaaa"', b'SYSTEM "/etc/hostname"'), "word/document.xml")
    rewrite(path, rb"MARK", b"&a;&b;", "word/document.xml")
    [grid] = opening.read(Source(path, path.name))
    assert grid.rows == [[""]]


def test_a_million_formatted_but_empty_rows_are_read(workbook: Path) -> None:
    rows = b"".join(b'<row r="%d" s="1" customFormat="1"/>' % n for n in range(3, 1_048_577))
    rewrite(workbook, rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"')
    rewrite(workbook, rb"</sheetData>", rows + b"</sheetData>")
    [grid] = opening.read(Source(workbook, workbook.name))
    assert len(grid.rows) == 2


def test_sixteen_thousand_columns_are_read(tmp_path: Path) -> None:
    found = sent(tmp_path, 进度=[[*PROGRESS, *[None] * 16_376, "远处"], DONE])
    assert told(found) == [("column_empty", "XFD1")]


@pytest.mark.parametrize("cell", ["A1048576", "XFD1048576"])
def test_a_cell_far_out_is_refused_before_the_grid_is_made(workbook: Path, cell: str) -> None:
    row = b'<row r="1048576"><c r="%s"><v>1</v></c></row>' % cell.encode()
    rewrite(workbook, rb"</sheetData>", row + b"</sheetData>")
    sentence = refusal(workbook)
    assert "工作表“进度”" in sentence
    assert "万格的上限" in sentence


def test_a_cell_that_lies_far_from_the_row_it_is_written_in_is_refused_too(workbook: Path) -> None:
    rewrite(workbook, rb"</row></sheetData>", b'<c r="XFD1048576"><v>1</v></c></row></sheetData>')
    assert "XFD1048576" in refusal(workbook)


def test_a_csv_of_nothing_but_commas_is_refused_before_its_cells_are_made(tmp_path: Path) -> None:
    path = tmp_path / "逗号.csv"
    path.write_bytes(b"," * 6_000_000)
    assert "万格的上限" in refusal(path)


def test_merged_cells_over_the_whole_sheet_are_not_unfolded(workbook: Path) -> None:
    merged = b"<mergeCells>" + b'<mergeCell ref="A2:XFD1048576"/>' * 1000 + b"</mergeCells>"
    rewrite(workbook, rb"</sheetData>", b"</sheetData>" + merged)
    assert load(workbook.parent).frames["events"]["plant_id"].tolist() == [A]


def test_a_sheet_may_be_called_like_a_path(workbook: Path) -> None:
    rewrite(workbook, "进度".encode(), b"../../x", "xl/workbook.xml")
    assert load(workbook.parent).frames["events"]["sheet"].tolist() == ["../../x"]


def test_links_to_other_workbooks_are_not_followed(workbook: Path) -> None:
    link = b'<Relationship Id="rId99" Type="x" Target="file:///etc/passwd" TargetMode="External"/></Relationships>'
    rewrite(workbook, rb"</Relationships>", link, "xl/_rels/workbook.xml.rels")
    rewrite(workbook, rb'<c r="A2"[^>]*>.*?</c>', '<c r="A2" t="str"><f>[1]x!A1</f><v>示例甲化工有限公司</v></c>'.encode())
    assert load(workbook.parent).frames["events"]["plant_id"].tolist() == [A]


def test_a_link_that_leads_out_of_the_folder_is_refused(workbook: Path, tmp_path: Path) -> None:
    inside = tmp_path / "in"
    roster(inside)
    (inside / "链接.xlsx").symlink_to(workbook)
    (inside / "环.xlsx").symlink_to(inside / "环.xlsx")
    (inside / "外").symlink_to(tmp_path)
    (inside / "同.xlsx").symlink_to(inside / "名单.xlsx")
    with find([inside]) as there:
        assert {s.path.resolve().name for s in there.sources} == {"名单.xlsx"}
        said = {u.source.name: u.why for u in there.unread}
    assert set(said) == {"外", "环.xlsx", "链接.xlsx", "名单.xlsx"}
    assert [name for name, why in said.items() if "链接，" in why or "的链接" in why or "失效" in why] == [
        "外",
        "环.xlsx",
        "链接.xlsx",
    ]
    assert "只读取一次" in said["名单.xlsx"]


def test_a_pipe_called_like_a_workbook_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道.xlsx")
    with find([tmp_path]) as there:
        assert there.sources == []
        [unread] = there.unread
    assert "管道.xlsx 不是普通文件" in unread.why


@pytest.mark.parametrize("name", ["说明.xls", "说明.xlsx", "说明.et"])
def test_an_ole_file_that_is_no_workbook_says_so(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le") + bytes(600))
    assert ("WPS" if name.endswith(".et") else "旧版 Word") in refusal(path)


def test_an_archive_that_is_no_workbook_says_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "图.xlsx", "w") as archive:
        archive.writestr("照片.jpg", b"x")
    assert "压缩包" in refusal(tmp_path / "图.xlsx")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["上报/雄安新区.xlsx", "上报/承德市.xls"])
def test_a_file_cut_short_is_refused(raw: Path, tmp_path: Path, name: str, share: float) -> None:
    content = (raw / name).read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(content[: int(len(content) * share)])
    refusal(path)


# -- what we write


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=cmd|' /C calc'!A0", "＝1+1", "－x", "﹦1"]


def _table(texts: list[str]) -> Table:
    frame = pd.DataFrame({"text": texts, "number": [-1.5] * len(texts)})
    return Table("t", "=标题", frame, {"text": Column("文字"), "number": Column("数", "number")})


def test_no_cell_of_our_csv_starts_a_formula() -> None:
    table = _table([*FORMULAS, "-3.5", "-", "示例"])
    back = pd.read_csv(io.BytesIO(tabular.to_csv(table)), dtype=str, keep_default_na=False)
    assert back["文字"].tolist() == [*(f"'{text}" for text in FORMULAS), "-3.5", "-", "示例"]
    assert set(back["数"]) == {"-1.5"}


def test_no_cell_of_our_workbooks_is_a_formula() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.workbook(_table(FORMULAS), source=""))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s", "n"}
    assert [row[0].value for row in sheet.iter_rows(min_row=4)][:4] == FORMULAS[:4]
