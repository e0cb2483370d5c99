"""Hand back: a unit gets its own workbook, complete, with each problem coloured, noted and listed."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import posixpath
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from cpaudit import loaders
from cpaudit.cli import run
from cpaudit.loaders import handback
from cpaudit.loaders.handback import marks
from cpaudit.loaders.handback.cells import ORDER
from cpaudit.loaders.handback.listing import Problem
from cpaudit.loaders.handback.package import Unfit
from cpaudit.loaders.opening.grids import address
from tests.support.examples import examples
from tests.support.workbooks import AS_OF, LISTED, NAME_A, NAME_B, PROGRESS, ROSTER, A, B, book

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RED, YELLOW, BLUE = "FFFFC7C7", "FFFFEB9B", "FFDDEBF8"
WRONG_CODE = B[:-1] + ("0" if B[-1] != "0" else "1")


def picture() -> io.BytesIO:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + parts)


def rich(path: Path) -> None:
    """A progress table as an official makes it, with everything that a workbook can have, and four mistakes."""
    workbook = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet, other = workbook.add_worksheet("进度"), workbook.add_worksheet("it's 说明")
    head = workbook.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
    cell = workbook.add_format({"num_format": "yyyy-mm-dd", "bg_color": "#FFF2CC", "border": 1, "font_color": "#203864"})
    sheet.merge_range(0, 0, 0, 6, "石家庄市进度表", head)
    for column, heading in enumerate(PROGRESS):
        sheet.write_string(1, column, heading, head)
    sheet.write_row(2, 0, [NAME_A, A, "2021-12-25", "2022-13-40", "", "", "正常推进"], cell)
    sheet.write_row(3, 0, [NAME_B, WRONG_CODE, "2021-12-26", "2022-01-10", "2022-01-11"], cell)
    sheet.write_string(3, 6, "停产了", cell)
    sheet.write_string(4, 0, "示例丙厂", cell)
    sheet.write_string(4, 6, "正常推进", cell)
    sheet.write_formula(4, 2, "=1/0", cell, "#DIV/0!")
    other.write_formula("B1", "=COUNTA(进度!C3:C5)", None, 3)
    sheet.write_comment("D3", "请核对原件", {"author": "张三", "x_scale": 1.2})
    sheet.write_comment("A5", "新企业", {"author": "张三"})
    sheet.insert_textbox("I2", "填报注意事项", {"width": 200, "height": 60})
    sheet.insert_image("I8", "stamp.png", {"image_data": picture()})
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "=进度!$C$3:$C$5"})
    sheet.insert_chart("I12", chart)
    sheet.data_validation("G3:G100", {"validate": "list", "source": ["正常推进", "停产", "搬迁"]})
    sheet.conditional_format("C3:C9", {"type": "no_blanks", "format": workbook.add_format({"italic": True})})
    sheet.autofilter("A2:G5")
    sheet.freeze_panes(2, 1)
    sheet.set_column("A:B", 26)
    sheet.set_row(7, 15, None, {"hidden": True})
    sheet.set_landscape()
    sheet.repeat_rows(1)
    sheet.set_header("&C内部资料")
    sheet.set_h_pagebreaks([20])
    sheet.protect("secret", {"sort": True})
    other.write_string("A1", "说明文字")
    workbook.define_name("填报区", "=进度!$A$3:$G$5")
    workbook.close()


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "石家庄市进度.xlsx"
    rich(path)
    return path


def check(path: Path, **options: Any) -> handback.Checked:
    return handback.check(path, programme="hebei-2021-2", as_of=AS_OF, **options)


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def colours(content: bytes, sheet: str = "进度") -> dict[str, str]:
    marked = {RED, YELLOW, BLUE}
    return {c.coordinate: c.fill.fgColor.rgb for row in opened(content)[sheet] for c in row if c.fill.fgColor.rgb in marked}


def notes(content: bytes, sheet: str = "进度") -> dict[str, str]:
    return {c.coordinate: c.comment.text for row in opened(content)[sheet] for c in row if c.comment}


def faults(content: bytes) -> list[str]:
    """What Excel would repair or refuse: children out of order, dangling relations, undeclared parts, ids used twice."""
    found, files = [], parts(content)
    types = etree.fromstring(files["[Content_Types].xml"])
    declared = {t.get("PartName", "").lstrip("/") for t in types} | {"[Content_Types].xml"}
    extensions = {t.get("Extension", "").lower() for t in types}
    found += [f"undeclared {n}" for n in files if n not in declared and n.rpartition(".")[2].lower() not in extensions]
    found += [f"declared, not there: {n}" for n in declared if n and n not in files]
    for name, xml in files.items():
        if name.endswith(".rels"):
            home = posixpath.dirname(posixpath.dirname(name))
            ids = [r.get("Id") for r in etree.fromstring(xml)]
            found += [f"{name}: id twice"] * (len(ids) != len(set(ids)))
            for relation in etree.fromstring(xml):
                target = posixpath.normpath(posixpath.join("/", home, relation.get("Target"))).lstrip("/")
                if relation.get("TargetMode") != "External" and target not in files:
                    found.append(f"{name}: no {target}")
        elif name.startswith("xl/worksheets/") and name.endswith(".xml"):
            root = etree.fromstring(xml)
            rank = [ORDER.index(etree.QName(child).localname) for child in root]
            found += [f"{name}: order"] * (rank != sorted(rank))
            rows = [int(r.get("r")) for r in root.iter(f"{MAIN}row")]
            found += [f"{name}: rows"] * (rows != sorted(set(rows)))
            for row in root.iter(f"{MAIN}row"):
                columns = [openpyxl.utils.cell.coordinate_to_tuple(c.get("r"))[1] for c in row.iter(f"{MAIN}c")]
                found += [f"{name}: cells of row {row.get('r')}"] * (columns != sorted(set(columns)))
            used = {int(c.get("s", 0)) for c in root.iter(f"{MAIN}c")}
            styles = etree.fromstring(files["xl/styles.xml"]).find(f"{MAIN}cellXfs")
            found += [f"{name}: style"] * (max(used, default=0) >= len(styles))
            links = [e.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id") for e in root]
            rels = files.get(f"xl/worksheets/_rels/{posixpath.basename(name)}.rels", b"<x/>")
            known = {r.get("Id") for r in etree.fromstring(rels)}
            found += [f"{name}: relation {i}" for i in links if i and i not in known]
    for count in etree.fromstring(files["xl/styles.xml"]):
        if count.get("count"):
            found += [f"styles: {count.tag}"] * (int(count.get("count")) != len(count))
    shapes = [i for n, x in files.items() if n.endswith(".vml") for i in x.decode().split('id="_x0000_s')[1:]]
    ids = [s.partition('"')[0] for s in shapes]
    return found + ["shape id twice"] * (len(ids) != len(set(ids)))


# -- what is marked


def test_each_problem_is_coloured_by_its_severity(sent: Path) -> None:
    expected = {"D3": RED, "B4": RED, "G4": RED, "C5": RED, "B5": YELLOW}
    assert colours(check(sent).content) == expected


def test_a_note_says_in_chinese_what_is_wrong_and_what_to_do(sent: Path) -> None:
    said = notes(check(sent).content)["B4"]
    assert "错误：信用代码" in said
    assert "校验码不符" in said
    assert "办法：请对照营业执照逐位核对" in said


def test_a_note_that_stood_there_is_kept_and_ours_follows(sent: Path) -> None:
    said = notes(check(sent).content)
    assert said["A5"] == "新企业"
    assert said["D3"].startswith("请核对原件\n【检查 1】错误：“登录系统填报”填写的“2022-13-40”不是有效日期")
    assert opened(check(sent).content)["进度"]["D3"].comment.author == "张三"


def test_a_marked_cell_keeps_its_format_and_border_but_for_the_fill(sent: Path) -> None:
    before, after = openpyxl.load_workbook(sent)["进度"]["B4"], opened(check(sent).content)["进度"]["B4"]
    for look in ("number_format", "border", "font", "alignment", "protection", "value"):
        assert repr(getattr(before, look)) == repr(getattr(after, look))


def test_the_list_names_each_problem_and_leads_to_its_cell(sent: Path) -> None:
    checked = check(sent)
    sheet = opened(checked.content)["问题清单"]
    rows = list(sheet.iter_rows(values_only=True))
    header = next(i for i, row in enumerate(rows) if row[0] == "序号")
    listed = [(row[1], row[2], row[3] or "") for row in rows[header + 1 :]]
    labels = {"error": "错误", "warning": "疑问", "note": "提示"}
    columns = checked.problems[["severity", "sheet", "cell"]].itertuples(index=False, name=None)
    assert sorted(listed) == sorted((labels[s], name, cell) for s, name, cell in columns)
    assert [row[0] for row in listed] == sorted((row[0] for row in listed), key=list(labels.values()).index)
    links = {link.ref: link.location for link in sheet._hyperlinks} or {
        c.coordinate: c.hyperlink.location for row in sheet for c in row if c.hyperlink
    }
    assert set(links.values()) == {f"'进度'!{cell}" for _, _, cell in listed if cell}
    assert sheet.freeze_panes == f"A{header + 2}"
    assert sheet.auto_filter.ref == f"A{header + 1}:H{header + 1 + len(listed)}"


def test_a_problem_of_the_whole_sheet_stands_in_the_list_alone(tmp_path: Path) -> None:
    path = tmp_path / "石家庄市.xlsx"
    book(path, {"草稿": [["甲", "乙"], ["1", "2"]]})
    content = check(path).content
    assert colours(content, "草稿") == {}
    assert "草稿" in {row[2] for row in opened(content)["问题清单"].iter_rows(values_only=True)}


def test_a_cell_inside_a_merged_area_is_marked_where_it_shows(sent: Path) -> None:
    problem = Problem("error", "进度", "C1", "", "x", "错", "改")
    assert colours(marks.mark(sent.read_bytes(), [problem], [])) == {"A1": RED}


def test_no_text_of_a_file_becomes_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "石家庄市.xlsx"
    evil = '=HYPERLINK("http://example.invalid","x")'
    workbook = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet = workbook.add_worksheet("进度")
    sheet.write_row(0, 0, PROGRESS)
    sheet.write_row(1, 0, [NAME_A, A, evil, "+1+1", "@x", "-2+3", evil])
    workbook.close()
    content = check(path).content
    assert evil in {c.value for row in opened(content)["问题清单"] for c in row}
    before = parts(path.read_bytes())
    changed = [xml for name, xml in parts(content).items() if before.get(name) != xml]
    assert not any(b"<f>" in xml or b"<f " in xml for xml in changed)


# -- what is kept


def test_nothing_else_of_the_workbook_is_touched(sent: Path) -> None:
    before, after = parts(sent.read_bytes()), parts(check(sent).content)
    changed = {name for name, xml in before.items() if after.get(name) != xml}
    assert changed == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml",
    }  # fmt: skip
    assert set(after) - set(before) == {"xl/worksheets/sheet3.xml"}
    assert any(name.startswith("xl/charts/") for name in before)
    assert b"txBody" in before["xl/drawings/drawing1.xml"]


def test_a_marked_sheet_differs_in_nothing_but_the_style_of_the_marked_cells(sent: Path) -> None:
    def bare(content: bytes) -> bytes:
        root = etree.fromstring(parts(content)["xl/worksheets/sheet1.xml"])
        for cell in root.iter(f"{MAIN}c"):
            if cell.get("r") in ("D3", "B4", "G4", "C5", "B5"):
                cell.attrib.pop("s", None)
        for cell in [c for c in root.iter(f"{MAIN}c") if c.get("r") == "B5"]:
            cell.getparent().remove(cell)  # it wasn't there
        for row in root.iter(f"{MAIN}row"):
            row.attrib.pop("spans", None)
        return etree.tostring(root, method="c14n")

    assert bare(sent.read_bytes()) == bare(check(sent).content)


def test_excel_finds_nothing_to_repair(sent: Path) -> None:
    assert faults(sent.read_bytes()) == []
    assert faults(check(sent).content) == []


def test_macros_stay_in_their_workbook(tmp_path: Path) -> None:
    path = tmp_path / "石家庄市.xlsm"
    project = tmp_path / "vbaProject.bin"
    project.write_bytes(b"macro")
    workbook = xlsxwriter.Workbook(str(path))
    workbook.add_vba_project(str(project))
    sheet = workbook.add_worksheet("进度")
    sheet.write_row(0, 0, PROGRESS)
    sheet.write_row(1, 0, [NAME_A, "1", "2021-12-25", "", "", "", "正常推进"])
    workbook.close()
    checked = check(path)
    assert checked.suffix == ".xlsm"
    assert parts(checked.content)["xl/vbaProject.bin"] == b"macro"
    assert "macroEnabled" in parts(checked.content)["[Content_Types].xml"].decode()
    assert colours(checked.content) == {"B2": RED}


def test_notes_of_other_programs_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "石家庄市.xlsx"
    book(path, {"进度": [PROGRESS, [NAME_A, A, "2022-13-40", None, None, None, "正常推进"]]})
    workbook = openpyxl.load_workbook(path)
    workbook["进度"]["A2"].comment = Comment("老批注", "李四")
    workbook["进度"]["C2"].comment = Comment("核对中", "李四")
    workbook.save(path)
    content = check(path).content
    assert notes(content)["A2"] == "老批注"
    assert notes(content)["C2"].startswith("核对中\n【检查 1】")
    assert faults(content) == []


@pytest.mark.parametrize("name", ["it's", "../../x", "a&b<c>", "=1+1", "'引号'"])
def test_a_sheet_of_any_name_is_marked_and_linked(tmp_path: Path, name: str) -> None:
    path = tmp_path / "石家庄市.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(PROGRESS)
    workbook.active.append([NAME_A, A, "2022-13-40", None, None, None, "正常推进"])
    workbook.save(path)
    files = parts(path.read_bytes())
    root = etree.fromstring(files["xl/workbook.xml"])
    root.find(f"{MAIN}sheets")[0].set("name", name)
    files["xl/workbook.xml"] = etree.tostring(root)
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in files.items():
            archive.writestr(part, content)
    content = check(path).content
    listed = etree.fromstring(parts(content)["xl/worksheets/sheet2.xml"])
    (link,) = listed.iter(f"{MAIN}hyperlink")
    assert link.get("location") == "'" + name.replace("'", "''") + "'!C2"
    assert faults(content) == []


# -- again


def test_checking_the_answer_again_doubles_nothing(sent: Path, tmp_path: Path) -> None:
    once = check(sent).content
    again = tmp_path / "石家庄市进度_已标注.xlsx"
    again.write_bytes(once)
    assert parts(check(again).content) == parts(once)


def test_what_was_put_right_loses_its_mark_and_gets_its_fill_back(sent: Path, tmp_path: Path) -> None:
    workbook = opened(check(sent).content)
    sheet = workbook["进度"]
    sheet["D3"], sheet["B4"] = dt.date(2022, 1, 5), B
    corrected = tmp_path / "石家庄市进度（改）.xlsx"
    workbook.save(corrected)
    content = check(corrected).content
    assert set(colours(content)) == {"G4", "B5", "C5"}  # openpyxl doesn't keep what C5's formula showed: a problem of its own
    sheet = opened(content)["进度"]
    assert sheet["D3"].comment.text == "请核对原件"
    assert sheet["B4"].comment is None
    assert sheet["B4"].fill.fgColor.rgb == sheet["D3"].fill.fgColor.rgb == "FFFFF2CC"
    assert opened(content).sheetnames.count("问题清单") == 1
    assert faults(content) == []


def test_marks_move_with_their_rows(sent: Path, tmp_path: Path) -> None:
    content = check(sent).content
    # what Excel does when a row is put in above: cells and notes move on, the list doesn't
    files = parts(content)
    for name in ("xl/worksheets/sheet1.xml", "xl/comments1.xml"):
        root = etree.fromstring(files[name])
        for element in [*root.iter(f"{MAIN}row"), *root.iter(f"{MAIN}c"), *root.iter(f"{MAIN}comment")]:
            key = "ref" if element.get("ref") else "r"
            head, digits = element.get(key).rstrip("0123456789"), element.get(key).lstrip("ABCDEFG")
            if int(digits) > 2:
                element.set(key, f"{head}{int(digits) + 1}")
        files[name] = etree.tostring(root)
    moved = tmp_path / "石家庄市进度.moved.xlsx"
    with zipfile.ZipFile(moved, "w") as archive:
        for name, xml in files.items():
            archive.writestr(name, xml)
    assert set(colours(check(moved).content)) == {"D4", "B5", "G5", "C6", "B6"}


def test_a_colour_that_someone_gave_a_marked_cell_stays(sent: Path, tmp_path: Path) -> None:
    workbook = opened(check(sent).content)
    sheet = workbook["进度"]
    sheet["B4"] = B
    sheet["B4"].fill = PatternFill("solid", fgColor="FF00B050")
    corrected = tmp_path / "石家庄市进度（改）.xlsx"
    workbook.save(corrected)
    assert opened(check(corrected).content)["进度"]["B4"].fill.fgColor.rgb == "FF00B050"


def test_a_marked_file_is_read_like_the_one_that_was_sent(sent: Path, tmp_path: Path) -> None:
    def read(path: Path) -> dict[str, pd.DataFrame]:
        return loaders.read([path], programme="hebei-2021-2", as_of=AS_OF, known=pd.DataFrame()).frames

    marked = tmp_path / "back" / sent.name
    marked.parent.mkdir()
    marked.write_bytes(check(sent).content)
    for name, frame in read(sent).items():
        drop = ["sha256"] if name == "sources" else []
        pd.testing.assert_frame_equal(read(marked)[name].drop(columns=drop), frame.drop(columns=drop))


# -- other formats, other files


ROWS = [PROGRESS, [NAME_A, A, "2021-12-25", "2022-13-40", "", "", "正常推进"]]


def test_a_csv_file_comes_back_as_a_workbook_and_the_reason_is_said(tmp_path: Path) -> None:
    path = tmp_path / "石家庄市.csv"
    out = io.StringIO()
    csv.writer(out).writerows([*ROWS, ["=1+1", "00123", "\x07", "", "", "", "正常推进"]])
    path.write_bytes(out.getvalue().encode("gb18030"))
    checked = check(path)
    assert checked.suffix == ".xlsx"
    assert any("原文件的格式不能带批注" in remark for remark in checked.remarks)
    workbook = opened(checked.content)
    assert workbook["石家庄市"]["D2"].fill.fgColor.rgb == RED
    assert (workbook["石家庄市"]["A3"].value, workbook["石家庄市"]["B3"].value) == ("=1+1", "00123")
    assert workbook["石家庄市"]["A3"].data_type == "s"
    assert faults(checked.content) == []


def test_an_old_xls_file_comes_back_as_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "石家庄市.xls"
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("进度", cell_overwrite_ok=True)
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    workbook.add_sheet("空")
    sheet.write(1, 2, dt.date(2021, 12, 25), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    workbook.save(str(path))
    checked = check(path)
    assert colours(checked.content) == {"D2": RED}
    assert opened(checked.content)["进度"]["C2"].value == dt.datetime(2021, 12, 25)


def test_a_workbook_that_is_called_xls_is_edited_all_the_same(sent: Path) -> None:
    renamed = sent.rename(sent.with_suffix(".xls"))
    checked = check(renamed)
    assert checked.suffix == ".xlsx"
    assert "xl/charts/chart1.xml" in parts(checked.content)


def test_a_part_with_a_document_type_is_not_expanded(sent: Path) -> None:
    files = parts(sent.read_bytes())
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    files["xl/comments1.xml"] = files["xl/comments1.xml"].replace(b"<comments", bomb + b"<comments", 1)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, xml in files.items():
            archive.writestr(name, xml)
    with pytest.raises(Unfit):
        marks.mark(content.getvalue(), [], [])


def test_a_workbook_that_cannot_be_edited_comes_back_as_its_cells(sent: Path) -> None:
    files = parts(sent.read_bytes()) | {"xl/drawings/vmlDrawing1.vml": b"torn"}
    with zipfile.ZipFile(sent, "w") as archive:
        for name, xml in files.items():
            archive.writestr(name, xml)
    checked = check(sent)
    assert any("结构不规范" in remark for remark in checked.remarks)
    assert {"D3": RED, "B4": RED}.items() <= colours(checked.content).items()
    assert faults(checked.content) == []


def test_a_workbook_without_styles_rows_or_notes_can_be_marked(tmp_path: Path) -> None:
    files = parts(marked_book({}))
    del files["xl/styles.xml"]
    types = etree.fromstring(files["[Content_Types].xml"])
    types.remove(next(t for t in types if t.get("PartName") == "/xl/styles.xml"))
    files["[Content_Types].xml"] = etree.tostring(types)
    rels = etree.fromstring(files["xl/_rels/workbook.xml.rels"])
    for relation in [r for r in rels if r.get("Type").endswith("/styles")]:
        rels.remove(relation)
    files["xl/_rels/workbook.xml.rels"] = etree.tostring(rels)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, xml in files.items():
            archive.writestr(name, xml)
    marked = marks.mark(content.getvalue(), [Problem("warning", "表", "C9", "", "", "空", "补")], [])
    assert colours(marked, "表") == {"C9": YELLOW}
    assert faults(marked) == []


def marked_book(cells: dict[str, Any]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = "表"
    for at, value in cells.items():
        workbook.active[at] = value
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


SPOTS = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda at: address(*at))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
PROBLEMS = st.builds(Problem, st.sampled_from(["error", "warning", "note"]), st.just("表"), SPOTS, TEXTS, TEXTS, TEXTS, TEXTS)


@examples(4)
@given(
    cells=st.dictionaries(SPOTS, st.integers(-999, 999), max_size=8),
    first=st.lists(PROBLEMS, max_size=8),
    then=st.lists(PROBLEMS, max_size=8),
)
def test_whatever_is_marked_values_stay_and_the_last_check_counts(
    cells: dict[str, int], first: list[Problem], then: list[Problem]
) -> None:
    content = marks.mark(marks.mark(marked_book(cells), first, []), then, ["一句话。"])
    assert faults(content) == []
    assert set(colours(content, "表")) == {p.cell for p in then} == set(notes(content, "表"))
    assert {c.coordinate: c.value for row in opened(content)["表"] for c in row if c.value is not None} == cells
    assert parts(marks.mark(content, then, ["一句话。"])) == parts(content)


# -- the command


def cli(*arguments: str | Path) -> int:
    return run(["check", *map(str, arguments), "--as-of", AS_OF.isoformat()])


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(tmp_path / "没有快照"))


@pytest.mark.usefixtures("nowhere")
def test_the_marked_file_stands_beside_and_the_original_is_untouched(sent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = hashlib.sha256(sent.read_bytes()).hexdigest()
    assert cli(sent) == cli(sent) == 1
    said = capsys.readouterr().out
    assert "没有名单可对照" in said
    assert "其中错误 5 处" in said
    assert hashlib.sha256(sent.read_bytes()).hexdigest() == before
    # a second answer isn't written over the first, which may have been corrected by hand
    assert {p.name for p in sent.parent.iterdir()} == {sent.name, "石家庄市进度_已标注.xlsx", "石家庄市进度_已标注2.xlsx"}


@pytest.mark.parametrize("there", [True, False])
def test_a_warehouse_without_a_snapshot_is_a_wrong_call_that_says_what_else_can_be_done(
    sent: Path, tmp_path: Path, there: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "空"
    if there:
        empty.mkdir()
    before = sorted(sent.parent.iterdir())
    assert cli(sent, "--warehouse", empty) == 2
    said = capsys.readouterr().err
    assert str(empty) in said
    assert "--roster" in said
    assert "cpaudit load" not in said
    assert sorted(sent.parent.iterdir()) == before


@pytest.mark.usefixtures("nowhere")
def test_a_file_without_problems_ends_with_0_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "石家庄市.xlsx"
    book(path, {"进度": [PROGRESS, [NAME_A, A, "2021-12-25", "2022-01-10", None, None, "正常推进"]]})
    out = tmp_path / "结果.xlsx"
    assert cli(path, "--out", out) == 0
    assert "没有发现问题" in capsys.readouterr().out
    assert openpyxl.load_workbook(out)["问题清单"]["A2"].value == "没有发现问题。"


def test_plants_are_held_against_the_roster_given(sent: Path, tmp_path: Path) -> None:
    roster = tmp_path / "名单.xlsx"
    book(roster, {"名单": [["强制类企业名单"], ROSTER, *LISTED]})
    out = tmp_path / "结果.xlsx"
    assert cli(sent, "--roster", roster, "--out", out) == 1
    marked = notes(out.read_bytes())
    assert "示例丙厂”不在名单之内" in marked["A5"]
    assert "名单" not in [s for s in openpyxl.load_workbook(out).sheetnames if s != "问题清单"]


def test_plants_are_held_against_the_newest_snapshot(warehouse: Path, sent: Path, tmp_path: Path) -> None:
    out = tmp_path / "结果.xlsx"
    assert cli(sent, "--warehouse", warehouse, "--out", out) == 1
    assert {"A3", "A4", "A5"} <= set(notes(out.read_bytes()))


def test_a_roster_is_checked_without_another(tmp_path: Path) -> None:
    path = tmp_path / "名单.xlsx"
    book(path, {"名单": [["强制类企业名单（共3家）"], ROSTER, *LISTED, LISTED[0]]})
    checked = check(path, plants=pd.DataFrame())
    assert checked.remarks == ()
    assert {"plant_duplicate", "roster_total"} <= set(checked.problems["code"])
    assert colours(checked.content, "名单") == {"A1": YELLOW, "D5": BLUE}


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("out", ["石家庄市进度.xlsx", "结果.csv", "结果.xls"])
def test_an_output_that_would_harm_is_refused(sent: Path, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sent.read_bytes()
    assert cli(sent, "--out", sent.parent / out) == 2
    assert capsys.readouterr().err.endswith("。\n")
    assert sent.read_bytes() == before
    assert [p.name for p in sent.parent.iterdir()] == [sent.name]


@pytest.mark.usefixtures("nowhere")
def test_a_file_that_is_none_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    for path, code in ((tmp_path / "无.xlsx", 3), (tmp_path, 3), (tmp_path / "坏.xlsx", 3)):
        assert cli(path) == code
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert error.endswith("。\n")


def test_a_units_file_alone_shows_what_the_whole_load_shows_of_it(raw: Path, warehouse: Path) -> None:
    from cpaudit import snapshots

    frames = snapshots.read(warehouse)[1]
    path = raw / "上报" / "石家庄市.xlsx"
    columns = ["severity", "code", "sheet", "cell", "plant_id", "message"]
    whole = frames["problems"][frames["problems"]["file"] == f"上报/{path.name}"]
    alone = check(path, plants=frames["plants"]).problems
    # What another file says differently can only be seen with that file, and who the peers are depends on whose files there
    # are: so does what else is said of a cell's row, as a value that isn't adopted is compared no further.
    others = {"online_offline_differ", "value_scale", "value_slip", "amount_slip"}
    rows = [f.assign(row=f["cell"].str.extract(r"(\d+)", expand=False)) for f in (alone, whole)]
    by_peers = {(r.sheet, r.row) for f in rows for r in f[f["code"].isin(others)].itertuples()}
    alone, whole = (f.loc[[(r.sheet, r.row) not in by_peers for r in f.itertuples()], columns] for f in rows)
    assert len(whole)
    pd.testing.assert_frame_equal(*(f.sort_values(columns).reset_index(drop=True) for f in (alone, whole)))
