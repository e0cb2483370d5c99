"""Reports as Word, PDF and workbook: what an office opens, prints and passes on."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import string
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pandas as pd
import pdfplumber
import plotly.graph_objects as go
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from pdfminer.pdftypes import resolve1

from cpaudit import views
from cpaudit.analysis import attainment, progress
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError
from cpaudit.render.formats import FORMATS
from cpaudit.render.paper import images, pdf
from cpaudit.render.paper.images import Painter, Picture, painter
from cpaudit.render.paper.outline import UPRIGHT, captioned, ems, grid, outline
from cpaudit.render.stationery import typesetting
from cpaudit.selection import Selection
from cpaudit.views.page import Caveat, Column, Figure, Heading, KeyFigure, KeyFigures, Page, Stamp, Table, Text
from tests.support.examples import examples

pytestmark = pytest.mark.together

DAY = dt.date(2022, 11, 15)
STAMP = Stamp(DAY, "批次", "文号", "abc123", 2, demonstration=True)
HOSTILE = "#let x = 1 $y$ *粗* _斜_ @引 \\n `代` [框] <img src=x onerror=alert(1)> // 注 = 题 &amp; \"'"


def figure(id: str, title: str) -> Figure:
    drawn = go.Figure(
        go.Bar(x=[1], y=[2]), {"title": {"text": title, "font": {"size": 60}}, "font": {"family": "Noto Sans CJK SC"}}
    )
    return Figure(id, f"图题{title}", drawn, f"替代文字{title}", 1, "图注", 240)


def a_table(id: str, rows: int, name: str = "企业") -> Table:
    frame = pd.DataFrame(
        {
            "name": [f"{name}{i}" for i in range(rows)],
            "code": [f"9113010000000000{i:02}" for i in range(rows)],
            "n": range(rows),
            "amount": [i + 0.25 for i in range(rows)],
            "day": pd.to_datetime([f"2022-11-{1 + i % 28:02}" for i in range(rows)]),
        }
    )
    cols = {"name": Column("企业名称"), "code": Column("信用代码"), "n": Column("数", "integer", "家")}
    cols |= {"amount": Column("投资", "number", "万元", 2), "day": Column("日期", "date")}
    return Table(id, f"表题{id}", frame, cols, "表注", places=tuple(("上报/甲.xlsx", "进度", f"A{i}") for i in range(rows)))


def a_page(name: str = "企业", rows: int = 3) -> Page:
    blocks = [
        Heading("总体情况"), Caveat("示范数据：虚构。"), Text(f"第一段 3 家。\n\n{name}"),
        KeyFigures((KeyFigure("a", "列入", 3), KeyFigure("b", "验收", 1, of=3), KeyFigure("c", "投资", None, "万元"))),
        Heading("分项", 3), figure("f", "石家庄"), a_table("t", rows, name),
        Table("e", "空表", pd.DataFrame({"x": []}), {"x": Column("甲")}, empty="没有。"),
        Heading("附表"), a_table("long", 60),
    ]  # fmt: skip
    return Page("p", f"报告{name}", "副题", STAMP, tuple(blocks))


@pytest.fixture(scope="module")
def brush() -> Iterator[Painter]:
    with painter() as made:
        yield made


@pytest.fixture(scope="module")
def page(ds: Dataset) -> Page:
    """The report of a small unit."""
    return views.city_report(ds, "定州市", ds.at(dt.date(2022, 10, 31)))


@pytest.fixture(scope="module")
def pictures(brush: Painter, page: Page) -> dict[str, Picture]:
    return brush.draw(page)


@pytest.fixture(scope="module")
def files(page: Page, pictures: dict[str, Picture], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report in every format, and the Word document as LibreOffice prints it."""
    folder = tmp_path_factory.mktemp("office")
    for format in FORMATS.values():
        (folder / f"report{format.suffix}").write_bytes(format.write(page, pictures))
        (folder / f"again{format.suffix}").write_bytes(format.write(page, pictures))
    office = shutil.which("soffice")
    assert office, "LibreOffice is needed to see what a Word document looks like"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    printed = folder / "printed"
    command = [office, "--headless", profile, "--convert-to", "pdf", "--outdir", str(printed), str(folder / "report.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return {name: folder / f"report.{name}" for name in FORMATS} | {"printed": printed / "report.pdf"}


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def text_of(path: Path) -> str:
    with pdfplumber.open(path) as book:
        return squeezed("".join(p.extract_text() or "" for p in book.pages))


# -- figures


def test_chinese_in_pictures_is_chinese_and_no_row_of_squares(brush: Painter) -> None:
    drawn = brush.figures([figure(c, c) for c in ("石", "家", "庄", "\U000f1234")])
    assert len({p.png for p in drawn.values()}) == 4  # squares would all look alike
    assert all(p.png.startswith(b"\x89PNG") and p.svg.startswith("<svg") for p in drawn.values())
    assert "石" in drawn["石"].svg


def test_the_same_figure_gives_the_same_picture(brush: Painter) -> None:
    one, other = (brush.figures([figure("a", "石家庄"), figure("b", "唐山")]) for _ in range(2))
    assert one == other
    assert brush.figures([]) == {}
    assert brush.figures([figure("a", "石家庄")], png=False)["a"].png == b""


def test_a_missing_browser_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPAUDIT_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(CpauditError, match=r"^环境变量 CPAUDIT_CHROMIUM 所指的 /nowhere/chromium.*。$"):
        images.browser()
    monkeypatch.setenv("CPAUDIT_CHROMIUM", "")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CpauditError, match=r"^没有找到 Chromium 浏览器.*。$"), painter():
        pass


# -- all formats


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_same_page_gives_the_same_bytes(files: Mapping[str, Path], name: str) -> None:
    assert files[name].read_bytes() == files[name].with_name(f"again.{name}").read_bytes()


def test_a_document_without_pictures_tells_figures_by_their_text() -> None:
    for name in ("docx", "pdf"):
        assert FORMATS[name].write(a_page(), {})
    document = docx.Document(io.BytesIO(FORMATS["docx"].write(a_page(), {})))
    assert "图1　图题石家庄。替代文字石家庄" in [p.text for p in document.paragraphs]


def test_what_is_counted_is_numbered_and_empty_tables_are_not() -> None:
    labels = [item.label for item in outline(a_page()) if item.label]
    assert labels == ["图1", "表1", "附表1"]
    headings = [item.block.text for item in outline(a_page()) if isinstance(item.block, Heading)]
    assert headings == ["一、总体情况", "（一）分项", "附表"]


@examples(10)
@given(
    st.lists(st.tuples(st.text(max_size=80), st.integers(0, 10**9), st.dates()), min_size=1, max_size=6),
    st.integers(1, 9),
    st.floats(200, 700),
)
def test_columns_share_the_whole_width(rows: list[tuple[str, int, dt.date]], n: int, width: float) -> None:
    cells = {f"{k}{i}": [r[at] for r in rows] for i in range(n) for at, k in enumerate("tnd")}
    kinds = {"t": Column("文字"), "n": Column("数", "integer"), "d": Column("日期", "date")}
    made = grid(Table("x", "x", pd.DataFrame(cells), {name: kinds[name[0]] for name in cells}), width)
    assert sum(made.widths) == pytest.approx(1)
    assert min(made.widths) > 0
    assert len(made.rows) == len(rows)


# -- Word


def test_a_table_too_wide_for_the_paper_comes_in_parts_with_its_first_column() -> None:
    names = [f"n{i}" for i in range(20)]
    frame = pd.DataFrame({"who": ["石家庄市", "唐山市"], **{n: [1234567.25, 1.5] for n in names}})
    columns = {"who": Column("上报单位")} | {n: Column(f"项目{n}", "number", "t/a", 2) for n in names}
    wide = Table("w", "效益", frame, columns, "表注")
    parts = captioned(wide, "表7", UPRIGHT)
    assert [caption for caption, _ in parts] == ["表7　效益"] + ["表7（续）　效益"] * (len(parts) - 1)
    assert [n for _, part in parts for n in part.columns if n != "who"] == names
    assert all(next(iter(part.columns)) == "who" for _, part in parts)
    assert [part.note for _, part in parts] == [""] * (len(parts) - 1) + ["表注"]
    for _, part in parts:
        made = grid(part, UPRIGHT)
        assert all(share * UPRIGHT / made.size > ems("1,234,567.25") for share in made.widths[1:])
    assert captioned(a_table("t", 3), "表1", UPRIGHT)[0][0] == "表1　表题t"


def test_long_texts_get_a_smaller_text_and_low_tables_stay_on_one_page() -> None:
    short = a_table("t", 14)
    assert (grid(short, UPRIGHT).size, grid(short, UPRIGHT).whole) == (10.5, True)
    reasons = pd.DataFrame(
        {"name": ["河北示例水泥集团有限公司"] * 6, "level": ["Ⅱ级"] * 6, "why": ["资源能源消耗指标未达到Ⅰ级；" * 6] * 6}
    )
    columns = {"name": Column("企业名称"), "level": Column("级别", "level"), "why": Column("理由")}
    columns |= {f"x{i}": Column(f"审核前级别{i}", "level") for i in range(4)}
    long = Table("r", "原因", reasons.assign(**{f"x{i}": "未达Ⅲ级" for i in range(4)}), columns)
    assert grid(long, UPRIGHT).size < 10.5
    assert not grid(a_table("t", 60), UPRIGHT).whole


def test_word_has_real_styles_numbered_captions_and_an_annex_across(files: Mapping[str, Path], page: Page) -> None:
    document = docx.Document(str(files["docx"]))
    by_style: dict[str, list[str]] = {}
    for p in document.paragraphs:
        by_style.setdefault(p.style.name, []).append(p.text)
    assert by_style["Title"] == ["定州市清洁生产审核工作报告"]
    headings = [b.text for b in page.blocks if isinstance(b, Heading) and b.level == 2]
    assert [h.partition("、")[2] or h for h in by_style["Heading 1"]] == headings
    shown = [b for b in page.blocks if isinstance(b, Figure) or (isinstance(b, Table) and len(b.frame))]
    assert len(by_style["Caption"]) == len(shown)
    assert by_style["Caption"][0].startswith("表1　")
    assert any(c.startswith("附表1　企业清单") for c in by_style["Caption"])
    assert [s.orientation for s in document.sections] == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE]
    assert document.sections[0].left_margin.mm == pytest.approx(28, abs=0.1)
    assert document.core_properties.title == "定州市清洁生产审核工作报告"
    assert document.core_properties.created.date() == DAY
    assert document.core_properties.language == "zh-CN"


def test_word_tables_repeat_their_header_and_rows_do_not_split(files: Mapping[str, Path], page: Page) -> None:
    document = docx.Document(str(files["docx"]))
    tables = [b for b in page.blocks if isinstance(b, Table) and len(b.frame)]
    made = [t for t in document.tables if t._tbl.xpath("./w:tr/w:trPr/w:tblHeader")]
    assert [len(t.rows) - 1 for t in made] == [min(len(b.frame), b.limit or len(b.frame)) for b in tables]
    assert all(r._tr.xpath("./w:trPr/w:cantSplit") for t in document.tables for r in t.rows)


def test_word_fonts_are_the_official_ones_with_stand_ins_by_name(files: Mapping[str, Path]) -> None:
    document = docx.Document(str(files["docx"]))
    names = ("Title", "Heading 1", "Normal")
    fonts = {s.name: s.element.rPr.rFonts.get(qn("w:eastAsia")) for s in document.styles if s.name in names}
    assert fonts == {"Title": "方正小标宋简体", "Heading 1": "黑体", "Normal": "仿宋"}
    assert document.styles["公文正文"].font.name is None  # as Normal has it
    table = next(p for p in document.part.package.iter_parts() if str(p.partname) == "/word/fontTable.xml")
    assert b"SimHei" in table.blob
    assert document.styles["公文正文"].base_style.paragraph_format.line_spacing.pt == 28


def test_word_figures_are_pictures_with_alternative_text_and_pages_are_numbered(files: Mapping[str, Path], page: Page) -> None:
    document = docx.Document(str(files["docx"]))
    alts = [e.get("descr") for e in document.element.body.iter(qn("wp:docPr"))]
    assert alts == [b.alt for b in page.blocks if isinstance(b, Figure)]
    assert "示范数据" in document.sections[0].header.paragraphs[0].text
    assert 'w:instr="PAGE"' in document.sections[0].footer.paragraphs[0]._p.xml


def test_word_as_it_is_printed_holds_every_sentence_table_and_figure(files: Mapping[str, Path], page: Page) -> None:
    whole = text_of(files["printed"])
    for block in page.blocks:
        if isinstance(block, Text):
            for line in filter(None, block.text.split("\n")):
                assert squeezed(line)[:12] in whole, line
    for table in (b for b in page.blocks if isinstance(b, Table) and b.id == "all_plants"):
        assert all(squeezed(name) in whole for name in table.frame["uscc"].dropna())
    with pdfplumber.open(files["printed"]) as book:
        assert sum(len(p.images) for p in book.pages) == sum(isinstance(b, Figure) for b in page.blocks)
        assert {p.width > p.height for p in book.pages} == {False, True}


# -- PDF


def test_pdf_has_embedded_chinese_fonts_outline_language_and_tags(files: Mapping[str, Path], page: Page) -> None:
    with pdfplumber.open(files["pdf"]) as book:
        doc, said = book.doc, book.metadata
        titles = [title for level, title, *_ in doc.get_outlines() if level == 1]
        objects = [resolve1(doc.getobj(n)) for n in doc.xrefs[0].get_objids()]
    fonts = [o for o in objects if isinstance(o, dict) and "FontDescriptor" in o]
    assert fonts
    assert all({"FontFile2", "FontFile3"} & resolve1(font["FontDescriptor"]).keys() for font in fonts), fonts
    assert all("ToUnicode" in o for o in objects if isinstance(o, dict) and "DescendantFonts" in o)
    assert said["Title"] == "定州市清洁生产审核工作报告"
    assert said["CreationDate"].startswith("D:20221115")
    assert doc.catalog["MarkInfo"]["Marked"] is True
    assert re.fullmatch(rb"zh(-CN)?", doc.catalog["Lang"], re.I)
    headings = [b.text for b in page.blocks if isinstance(b, Heading) and b.level == 2]
    assert [t.partition("、")[2] or t for t in titles] == headings


def test_pdf_is_accessible_by_the_standard_and_a_rare_character_costs_only_that_claim(files: Mapping[str, Path]) -> None:
    assert b"pdfuaid" in files["pdf"].read_bytes()
    rare = pdf.write(Page("p", "题", "", None, (Text("甲\U0002a6d6\x07乙"),)), {})
    assert b"pdfuaid" not in rare
    with pdfplumber.open(io.BytesIO(rare)) as book:
        assert "甲" in book.pages[0].extract_text()


def test_pdf_text_can_be_taken_out_and_the_annex_lies_across(files: Mapping[str, Path], page: Page) -> None:
    whole = text_of(files["pdf"])
    for block in page.blocks:
        if isinstance(block, Text):
            for line in filter(None, block.text.split("\n")):
                assert squeezed(line)[:12] in whole, line
    for b in page.blocks:
        if isinstance(b, Figure):
            assert squeezed(b.title)[:10] in whole
    with pdfplumber.open(files["pdf"]) as book:
        assert {p.width > p.height for p in book.pages} == {False, True}


def test_pdf_tables_repeat_their_header_on_every_page() -> None:
    made = pdf.write(a_page(), {})
    with pdfplumber.open(io.BytesIO(made)) as book:
        across = [p.extract_text() for p in book.pages if p.width > p.height]
    assert len(across) > 1
    assert all("信用代码" in text for text in across)


def test_pdf_figures_carry_their_alternative_text(brush: Painter) -> None:
    one = Page("p", "题", "", STAMP, (Heading("甲"), figure("f", "石家庄")))
    made = pdf.write(one, brush.draw(one, png=False))
    assert "替代文字石家庄".encode("utf-16-be") in made or b"/Alt" in made


@examples(7)
@given(st.text(string.punctuation + "aZ09石", min_size=1, max_size=20))
def test_pdf_shows_any_name_literally(name: str) -> None:
    made = pdf.write(Page("p", "题", "", None, (Text(f"甲{name}乙"),)), {})
    with pdfplumber.open(io.BytesIO(made)) as book:
        assert f"甲{name}乙" in squeezed(book.pages[0].extract_text())


def test_a_hostile_name_is_shown_as_it_is_in_every_format() -> None:
    page = a_page(HOSTILE)
    assert squeezed(HOSTILE.replace('"', "”")[:30]) in squeezed(_pdf_text(page).replace('"', "”"))
    document = docx.Document(io.BytesIO(FORMATS["docx"].write(page, {})))
    assert HOSTILE in [p.text for p in document.paragraphs]
    assert document.tables[1].rows[1].cells[0].text == f"{HOSTILE}0"
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"].write(page, {})))
    assert book.worksheets[1]["A4"].value == f"{HOSTILE}0"


def _pdf_text(page: Page) -> str:
    with pdfplumber.open(io.BytesIO(pdf.write(page, {}))) as book:
        return "".join(p.extract_text() for p in book.pages)


def test_no_chinese_font_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import typst

    class None_:
        def families(self) -> list[str]:
            return ["DejaVu Sans"]

    monkeypatch.setattr(typst, "Fonts", None_)
    typesetting.fonts.cache_clear()
    try:
        with pytest.raises(CpauditError, match=r"没有中文字体.*。$"):
            pdf.write(a_page(), {})
    finally:
        typesetting.fonts.cache_clear()


# -- workbook


def test_the_workbook_has_a_cover_and_a_sheet_per_table(files: Mapping[str, Path], page: Page, ds: Dataset) -> None:
    book = openpyxl.load_workbook(files["xlsx"])
    tables = [b for b in page.blocks if isinstance(b, Table) and len(b.frame)]
    assert len(book.worksheets) == 1 + len(tables)
    cover = {c.value for row in book["封面"].iter_rows() for c in row}
    assert {"定州市清洁生产审核工作报告（附表）", "2022-11-15", ds.version, "示范数据，企业、数值均为虚构"} <= cover
    for sheet, table in zip(book.worksheets[1:], tables, strict=True):
        assert sheet["A1"].value == table.title
        assert [c.value for c in sheet[3]][: len(table.columns)] == [c.heading for c in table.columns.values()]
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.print_area
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0


def test_the_workbooks_totals_are_those_of_the_analyses(files: Mapping[str, Path], ds: Dataset) -> None:
    book = openpyxl.load_workbook(files["xlsx"])
    mine = ds.select(Selection.of(unit="定州"))

    def rows(title: str) -> list[dict[str, Any]]:
        sheet = next(s for s in book.worksheets if title in s.title)
        head = [c.value for c in sheet[3]]
        return [
            dict(zip(head, (c.value for c in row), strict=True)) for row in sheet.iter_rows(min_row=4) if row[1].value is not None
        ]

    plants = rows("企业清单")
    assert len(plants) == len(mine.plants)
    row = progress.summary(mine).iloc[0]
    assert sum(p["验收日期"] is not None for p in plants) == row["accepted"]
    assert sum(p["结论"] == "达标" for p in plants) == attainment.summary(mine).iloc[0]["attained"]
    assert all(isinstance(p["统一社会信用代码"], str) for p in plants if p["统一社会信用代码"])
    assert all(isinstance(p["验收日期"], dt.datetime | None) for p in plants)
    assert all(re.search(r"\.(xlsx?|csv)( .*)? [A-Z]+\d+$", p["出处"]) for p in plants)
    changed = {r["项目"]: r for r in rows("与上期比较")}
    assert changed["已验收（家）"]["本期（2022-11-15）"] == row["accepted"]


def test_no_cell_of_the_workbook_is_a_formula() -> None:
    made = FORMATS["xlsx"].write(a_page("=1+1"), {})
    for sheet in openpyxl.load_workbook(io.BytesIO(made)).worksheets:
        assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"]
