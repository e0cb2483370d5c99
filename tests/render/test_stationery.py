"""The office's own paper: templates of every make are followed or refused in one sentence; nothing in them fetches or runs."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pdfplumber
import pytest
from docx.oxml.ns import qn

from cpaudit.errors import UsageError
from cpaudit.render.paper import docx as word
from cpaudit.render.paper import letter, pdf
from cpaudit.render.stationery import chosen, house, letterhead, sections
from cpaudit.render.stationery.chosen import Stationery
from cpaudit.views.page import Caveat, Column, Heading, KeyFigure, KeyFigures, Page, Stamp, Table, Text
from cpaudit.views.tables.handover import Letter
from tests.support import stationery as made
from tests.support.stationery import (
    body,
    field,
    header,
    paragraph,
    picture,
    reference,
    related,
    said,
    settings,
    styles,
    with_part,
)

STAMP = Stamp(dt.date(2022, 11, 15), "第二批", "冀环科宣函〔2021〕1080号", "abc123", 446, True)
NOTE = Letter(
    "关于示例事项的函", "〔待填：发文字号〕", "示例执法部门", ("现将有关情况函告如下。", "专此函告。"),
    ("清单一（3 家）", "清单二（2 家）"), ("示例省生态环境厅", "示例省工信厅"), "〔待填：成文日期〕", "示范数据：虚构。",
    ("示例市政府",),
)  # fmt: skip


def page(*, formal: bool = False, rows: int = 3) -> Page:
    wide = {f"c{n}": Column(f"列{n}") for n in range(4)}
    frame = pd.DataFrame({name: ["文字"] * rows for name in wide})
    blocks = (
        Text("示例省生态环境厅：", "to"),
        Heading("总体情况"),
        Caveat("示范数据，均为虚构。"),
        Text("全省列入名单的企业共 446 家。"),
        KeyFigures((KeyFigure("listed", "列入名单", 446),)),
        Heading("进度", 3),
        Table("t", "进度表", frame, wide, note="说明"),
        Text("示例市生态环境局\n\n2022年11月15日", "signed"),
        Heading("附表"),
        Table("a", "企业清单", frame, wide),
    )
    return Page("p", "关于示例审核的通报", "副题", STAMP, blocks, formal=formal)


def on(content: bytes, tmp_path: Path) -> Stationery:
    """The stationery that somebody names on the command line."""
    (tmp_path / "模板.docx").write_bytes(content)
    return chosen.current(tmp_path / "模板.docx")


def written(content: bytes, tmp_path: Path) -> Any:
    return docx.Document(io.BytesIO(word.write(page(), {}, on(content, tmp_path))))


def under(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stationery:
    """The stationery of an office whose templates hold this letterhead."""
    (tmp_path / "templates").mkdir(exist_ok=True)
    (tmp_path / "templates" / "letterhead.docx").write_bytes(content)
    monkeypatch.setattr("cpaudit.workspace.place", lambda what: tmp_path / what)
    return chosen.current()


def text(document: Any) -> list[str]:
    """Every paragraph of the document, tables included, in order."""
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p"))]


# -- the house's own


def test_with_the_shipped_templates_papers_are_the_same_to_the_byte(tmp_path: Path) -> None:
    assert word.write(page(), {}, on(house.reference(), tmp_path)) == word.write(page(), {})


def test_every_look_is_from_a_named_style() -> None:
    document = docx.Document(io.BytesIO(word.write(page(), {})))
    for run in document.element.body.iter(qn("w:r")):
        assert run.find(qn("w:rPr")) is None, "".join(run.itertext())
    for form in document.element.body.iter(qn("w:pPr")):
        assert {child.tag for child in form} <= {qn("w:pStyle"), qn("w:keepNext"), qn("w:sectPr")}
    names = {s.name for s in document.styles}
    used = {p.style.name for p in document.paragraphs} | {
        p.style.name for t in document.tables for row in t.rows for c in row.cells for p in c.paragraphs
    }
    assert used <= names
    assert {"公文正文", "表格文字", "表头", "注释", "数据来源", "警示", "主送机关", "发文机关署名", "成文日期"} <= used
    assert document.tables[1].style.name == "公文表格"


def test_a_document_holds_nothing_that_a_library_left_in_it() -> None:
    names = made.files(word.write(page(), {})).keys()
    assert not [n for n in names if "thumbnail" in n or "docProps/app" in n or "theme" in n or "customXml" in n]
    assert len(word.write(page(), {})) < 20_000


# -- a reference document is followed

THEME = '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Office"><a:themeElements/></a:theme>'
LOCALISED = [
    styles('<w:name w:val="heading 1"/>', '<w:name w:val="标题 1"/>'),
    styles('<w:name w:val="Normal"/>', '<w:name w:val="正文"/>'),
]
WPS_IDS = [
    styles('"Heading1"', '"2"'),
    styles('"Normal"', '"1"'),
    styles('<w:name w:val="1"/>', '<w:name w:val="Normal"/>'),
    styles('"Title"', '"a3"'),
    styles('<w:name w:val="a3"/>', '<w:name w:val="Title"/>'),
]


def without_own(parts: dict[str, bytes]) -> None:
    """As an office's program writes it: only what is built in and was used."""
    kept = re.sub(rb"<w:style (?=[^>]*w:customStyle)(?:(?!</w:style>).)*</w:style>", b"", parts["word/styles.xml"], flags=re.S)
    parts["word/styles.xml"] = kept


FOLLOWED: dict[str, list[Callable[[dict[str, bytes]], object]]] = {
    "localised names": LOCALISED,
    "ids of another program": WPS_IDS,
    "second names": [styles('<w:name w:val="heading 1"/>', '<w:name w:val="一级"/><w:aliases w:val="章,标题 1"/>')],
    "only built-in styles": [without_own],
    "a theme": [
        with_part("word/theme/theme1.xml", THEME.encode(), "application/vnd.openxmlformats-officedocument.theme+xml"),
        related("theme", "theme/theme1.xml"),
    ],
    "a header with a picture": [
        header(paragraph("示例局", picture())),
        related("image", "media/image1.png", id="rIdPic", part="header7"),
        with_part("word/media/image1.png", made.PNG, "image/png"),
    ],
    "a first page of its own": [
        header(paragraph("首页"), "first"),
        said("word/document.xml", "</w:sectPr></w:body>", "<w:titlePg/></w:sectPr></w:body>"),
    ],
    "odd and even pages": [settings("<w:evenAndOddHeaders/>"), header(paragraph("双页"), "even")],
    "protected": [settings('<w:documentProtection w:edit="readOnly" w:enforcement="1"/>')],
    "made from a template": [
        settings('<w:attachedTemplate r:id="rId1" xmlns:r="' + made.REL + '"/>'),
        related("attachedTemplate", "file:///C:/Users/x/Normal.dotm", outside=True, id="rId1", part="settings"),
    ],
    "data for a merged letter": [settings('<w:mailMerge><w:mainDocumentType w:val="formLetters"/></w:mailMerge>')],
    "a template's kind": [said("[Content_Types].xml", "document.main+xml", "template.main+xml")],
    "a link in the header": [
        header('<w:p><w:hyperlink r:id="rIdL"><w:r><w:t>示例局网站</w:t></w:r></w:hyperlink></w:p>'),
        related("hyperlink", "http://example.invalid/", outside=True, id="rIdL", part="header7"),
    ],
    "whatever in its text": [
        body('<w:p><w:ins w:id="1" w:author="x"><w:r><w:t>修订</w:t></w:r></w:ins></w:p>' + paragraph(field("INCLUDEPICTURE x"))),
        related("oleObject", "embeddings/o.bin"),
        with_part("word/embeddings/o.bin", b"\xd0\xcf\x11\xe0"),
        with_part("word/comments.xml", b"<c/>"),
        related("comments", "comments.xml", id="rId91"),
    ],
}


@pytest.mark.parametrize("kind", FOLLOWED)
def test_a_reference_document_of_any_make_is_followed_and_brings_nothing_along(kind: str, tmp_path: Path) -> None:
    blue = '<w:color w:val="1F3864"/>'
    content = reference(
        *FOLLOWED[kind], said("word/styles.xml", 'w:eastAsia="黑体" w:cs="黑体"/>', f'w:eastAsia="黑体" w:cs="黑体"/>{blue}')
    )
    out = word.write(page(), {}, on(content, tmp_path))
    document = docx.Document(io.BytesIO(out))
    (first,) = [p for p in document.paragraphs if p.text == "一、总体情况"]
    assert first.style.element.rPr.find(qn("w:color")).get(qn("w:val")) == "1F3864"
    whole = b"".join(made.files(out).values())
    for forbidden in (
        b"External",
        b"INCLUDEPICTURE",
        b"attachedTemplate",
        b"oleObject",
        b"mailMerge",
        b"Protection",
        b"example.invalid",
    ):
        assert forbidden not in whole, forbidden
    for section in document.sections:
        headers = [section.header] + ([section.first_page_header] if section.different_first_page_header_footer else [])
        headers += [section.even_page_header] if document.settings.odd_and_even_pages_header_footer else []
        assert all("示范数据" in "".join(p.text for p in h.paragraphs) for h in headers)
    assert len(re.findall("示范数据", "".join(p.text for p in document.sections[0].header.paragraphs))) == 1


def test_header_footer_and_margins_are_the_offices_and_tables_keep_within_them(tmp_path: Path) -> None:
    narrow = said("word/document.xml", 'w:right="1474"', 'w:right="4000"')
    document = written(reference(header(paragraph("示例市生态环境局")), narrow), tmp_path)
    assert "示例市生态环境局" in [p.text for p in document.sections[0].header.paragraphs]
    room = sections.room(document.sections[0]._sectPr) * 20
    assert document.sections[0].right_margin.twips == 4000
    (first, *_) = [t for t in document.tables if t._tbl.xpath(".//w:tblHeader")]
    assert int(first._tbl.tblPr.find(qn("w:tblW")).get(qn("w:w"))) == pytest.approx(room, abs=10)


def test_of_several_sections_papers_have_the_last_upright_and_the_last_across(tmp_path: Path) -> None:
    margins = '<w:pgMar w:left="1" w:right="1" w:top="1" w:bottom="1"/>'
    cover = f'<w:p><w:pPr><w:sectPr><w:pgSz w:w="8000" w:h="9000"/>{margins}</w:sectPr></w:pPr></w:p>'
    document = written(reference(body(cover)), tmp_path)
    assert [round(s.page_width.mm) for s in document.sections] == [210, 297]
    only_across = reference(said("word/document.xml", 'w:w="11906" w:h="16838"', 'w:w="16838" w:h="11906" w:orient="landscape"'))
    assert [round(s.page_width.mm) for s in written(only_across, tmp_path).sections] == [210, 297]


def test_styles_that_a_template_lacks_follow_its_own_text(tmp_path: Path) -> None:
    song = styles(
        'w:eastAsia="仿宋" w:cs="Times New Roman"/><w:sz w:val="32"/>', 'w:eastAsia="宋体" w:cs="宋体"/><w:sz w:val="28"/>'
    )
    document = written(reference(without_own, song), tmp_path)
    own = document.styles["公文正文"]
    assert own.base_style.name == "Normal"
    assert own.element.rPr.find(qn("w:rFonts")) is None
    assert own.base_style.font.size.pt == 14


def test_what_a_reference_document_lacks_is_named(tmp_path: Path) -> None:
    gone = [styles('"heading 1"', '"别的"'), styles('w:name w:val="Title"', 'w:name w:val="另一个"')]
    with pytest.raises(UsageError, match=r"模板\.docx 中没有样式“标题”（Title）、“标题 1”（heading 1）.*cpaudit letterhead.*。$"):
        on(reference(*gone), tmp_path)


# -- what is refused, in either template

RAW: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "an old document": ("旧版文档", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "a text file": ("不是 Word 文档", lambda _: "标题".encode()),
    "an empty file": ("不是 Word 文档", lambda _: b""),
    "half a file": ("已损坏", lambda c: c[: len(c) // 2]),
}
ADDRESS = "http://example.invalid/a.png"
WORD = "vnd.openxmlformats-officedocument.wordprocessingml.document.main"
LINKED = f'<w:p><w:r><w:pict><v:shape><v:imagedata src="{ADDRESS}"/></v:shape></w:pict></w:r></w:p>'
OBJECT = '<w:p><w:r><w:object><o:OLEObject r:id="rIdO"/></w:object></w:r></w:p>'
ENTITY = {"word/styles.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}
REFUSED: dict[str, tuple[str, list[Callable[[dict[str, bytes]], object]]]] = {
    "a workbook": ("不是 Word 文档", [said("[Content_Types].xml", "wordprocessingml", "spreadsheetml")]),
    "macros": ("含有宏", [with_part("word/vbaProject.bin", b"x", "application/vnd.ms-office.vbaProject")]),
    "a kind with macros": ("含有宏", [said("[Content_Types].xml", WORD, "vnd.ms-word.document.macroEnabled.main")]),
    "the strict form": (
        "Strict",
        [said("_rels/.rels", made.REL, "http://purl.oclc.org/ooxml/officeDocument/relationships")],
    ),
    "a document type": ("已损坏", [lambda p: p.update(ENTITY)]),
    "broken XML": ("已损坏", [lambda p: p.update({"word/styles.xml": b"<w:styles"})]),
    "a picture from outside": (
        "外部的图片",
        [header(paragraph(picture(how="link"))), related("image", ADDRESS, outside=True, id="rIdPic", part="header7")],
    ),
    "a picture by its address": ("外部的图片", [header(LINKED)]),
    "no picture at all": (
        "不能识别的图片",
        [
            header(paragraph(picture())),
            related("image", "media/x.png", id="rIdPic", part="header7"),
            with_part("word/media/x.png", b"<svg/>"),
        ],
    ),
    "an embedded object": (
        "嵌入的对象",
        [
            header(OBJECT),
            related("oleObject", "embeddings/o.bin", id="rIdO", part="header7"),
            with_part("word/embeddings/o.bin", b"x"),
        ],
    ),
    "a reference to nothing": ("失效的内容", [header(paragraph(picture("rId404")))]),
    "a field that fetches": ("域 INCLUDEPICTURE", [header(paragraph(field(" INCLUDE", f"PICTURE {ADDRESS}")))]),
    "a field behind a field": ("域 DDEAUTO", [header(paragraph(field("PAGE", "") + field(" ddeauto c cmd")))]),
    "a field in a field": (
        "域 LINK",
        [header(paragraph(field("PAGE</w:instrText></w:r>" + field("LINK x") + "<w:r><w:instrText>")))],
    ),
    "a simple field": ("域 INCLUDETEXT", [header('<w:p><w:fldSimple w:instr="includetext x"/></w:p>')]),
    "a field of the day": ("域 DATE", [header(paragraph(field(" DATE \\@ yyyy")))]),
}


@pytest.mark.parametrize("kind", [*RAW, *REFUSED])
def test_what_no_paper_may_hold_is_refused_in_one_sentence(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for load, whole in ((on, house.reference()), (lambda c, p: under(c, p, monkeypatch), house.letterhead())):
        sentence, content = (
            (RAW[kind][0], RAW[kind][1](whole)) if kind in RAW else (REFUSED[kind][0], made.changed(whole, *REFUSED[kind][1]))
        )
        with pytest.raises(UsageError, match=sentence) as told:
            load(content, tmp_path)
        assert re.fullmatch(r"模板 \S+\.docx .*。", str(told.value))
        assert str(told.value).count("。") == 1


def test_an_archive_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (70 << 20))
    with pytest.raises(UsageError, match="已损坏"):
        on(out.getvalue(), tmp_path)
    with pytest.raises(UsageError, match="找不到模板"):
        chosen.current(tmp_path / "没有.docx")


def test_changes_that_nobody_decided_on_are_refused_in_a_letterhead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = body('<w:p><w:del w:id="1" w:author="x"><w:r><w:delText>旧</w:delText></w:r></w:del></w:p>')
    with pytest.raises(UsageError, match="修订"):
        under(made.letterhead(change), tmp_path, monkeypatch)


# -- a letterhead is filled


def test_a_letter_has_every_part_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = under(made.letterhead(said("word/document.xml", "〔待填：发文机关〕", "示例局")), tmp_path, monkeypatch)
    document = docx.Document(io.BytesIO(letter.letter(NOTE, paper)))
    lines = text(document)
    assert lines == [
        "示范数据：虚构。", "〔待填：发文机关〕文件", "〔待填：发文字号〕", "", "关于示例事项的函", "示例执法部门：",
        "现将有关情况函告如下。", "专此函告。", "", "附件：1. 清单一（3家）", "　　　2. 清单二（2家）", "", "",
        "示例省生态环境厅　　示例省工信厅", "〔待填：成文日期〕", "抄送：示例市政府。", "",
    ]  # fmt: skip
    styled = dict(zip(lines, (p.style.name for p in document.paragraphs), strict=False))
    assert styled["现将有关情况函告如下。"] == styled["专此函告。"] == "公文正文"
    assert styled["示例执法部门："] == "主送机关"


def test_a_formal_page_goes_under_the_letterhead_others_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = under(house.letterhead(), tmp_path, monkeypatch)
    lines = text(docx.Document(io.BytesIO(word.write(page(formal=True), {}, paper))))
    order = [
        "关于示例审核的通报",
        "副题",
        "示例省生态环境厅：",
        "一、总体情况",
        "全省列入名单的企业共446家。",
        "示例市生态环境局",
        "2022年11月15日",
        "附表",
    ]
    assert [line for line in lines if line in order] == order
    assert "抄送：〔待填：抄送机关，没有的删去〕。" in lines
    assert not [line for line in lines if line.startswith("附件：")]
    assert "文件" not in "".join(text(docx.Document(io.BytesIO(word.write(page(), {}, paper)))))


NAMES = {name: spelling for name, others in letterhead.BOOKMARKS.items() for spelling in others}


def test_bookmarks_go_by_any_of_their_names_and_may_be_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    english = [
        said("word/document.xml", f'w:name="{name}"', f'w:name="{others[0].upper()}"')
        for name, others in letterhead.BOOKMARKS.items()
        if name in ("标题", "主送", "正文", "署名", "成文日期", "发文字号")
    ]
    mark = '<w:bookmarkStart w:id="7" w:name="文号"/><w:bookmarkEnd w:id="7"/>'
    paper = under(made.letterhead(*english, header(paragraph(mark, "函"))), tmp_path, monkeypatch)
    document = docx.Document(io.BytesIO(letter.letter(NOTE, paper)))
    assert "示例执法部门：" in text(document)
    assert document.sections[0].header.paragraphs[0].text == "〔待填：发文字号〕函"


def test_the_text_looks_as_the_letterheads_text_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An office formats its letterhead by hand: what stands at the bookmark is what is written there."""
    look = '<w:rPr><w:rFonts w:eastAsia="仿宋_GB2312"/><w:sz w:val="30"/></w:rPr>'
    old, new = '<w:r><w:t xml:space="preserve">〔待填：正文〕', f'<w:r>{look}<w:t xml:space="preserve">〔待填：正文〕'
    paper = under(made.letterhead(said("word/document.xml", old, new)), tmp_path, monkeypatch)
    document = docx.Document(io.BytesIO(letter.letter(NOTE, paper)))
    (said_,) = [p for p in document.paragraphs if p.text == "专此函告。"]
    assert said_.runs[0].font.size.pt == 15


def test_a_bookmark_over_several_runs_or_lines_is_filled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = '<w:r><w:t xml:space="preserve">〔待填：标题〕</w:t></w:r>'
    cut = "<w:r><w:t>题</w:t></w:r><w:r><w:t>目</w:t></w:r></w:p><w:p><w:r><w:t>第二行</w:t></w:r>"
    lines = text(
        docx.Document(
            io.BytesIO(letter.letter(NOTE, under(made.letterhead(said("word/document.xml", old, cut)), tmp_path, monkeypatch)))
        )
    )
    assert lines.count("关于示例事项的函") == 1
    assert not [line for line in lines if "题目" in line or "第二行" in line]


@pytest.mark.parametrize("name", letterhead.REQUIRED)
def test_a_letterhead_without_a_place_for_a_part_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=rf"letterhead\.docx 中没有书签“{name}”.*“插入—书签”.*。$"):
        under(made.letterhead(said("word/document.xml", f'w:name="{name}"', 'w:name="别的"')), tmp_path, monkeypatch)


def test_hostile_words_stay_text_in_a_letterhead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<w:p>&amp;\x01</w:p>"
    note = Letter(hostile, hostile, hostile, (hostile,), (hostile,), (hostile,), hostile, hostile, (hostile,))
    lines = text(docx.Document(io.BytesIO(letter.letter(note, under(house.letterhead(), tmp_path, monkeypatch)))))
    assert "<w:p>&amp;</w:p>" in lines


# -- page.typ and logo.svg


def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> Path:
    home = tmp_path / "templates"
    home.mkdir(exist_ok=True)
    for name, content in files.items():
        (home / name.replace("_", ".")).write_text(content, encoding="utf-8")
    monkeypatch.setattr("cpaudit.workspace.place", lambda what: tmp_path / what)
    return home


def words(content: bytes) -> str:
    with pdfplumber.open(io.BytesIO(content)) as book:
        return "".join(p.extract_text() for p in book.pages)


def test_an_offices_page_is_laid_over_the_houses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = '#let office = "示例市文件"\n#let footer(data) = [页脚]\n#let header(data) = [#read("话.txt")]'
    folder(tmp_path, monkeypatch, page_typ=own, 话_txt="页眉的话")
    paper = chosen.current()
    said_ = words(pdf.write(page(formal=True), {}, paper))
    for part in (
        "示例市文件",
        "〔待填：发文字号〕",
        "关于示例审核的通报",
        "示例省生态环境厅：",
        "示例市生态环境局",
        "2022年11月15日",
        "抄送：",
        "页脚",
        "页眉的话",
    ):
        assert part in said_, part
    assert "示例市文件" not in words(pdf.write(page(), {}, paper))
    assert {name for name, _ in paper.hashes} == {"page.typ", "话.txt"}


def test_the_shipped_page_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, monkeypatch, page_typ=chosen.shipped()["page.typ"].decode())
    assert pdf.write(page(), {}, chosen.current()) == pdf.write(page(), {})


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("#let footer(data) = [#read(\"../secret.txt\")]", "secret"),
        ("#let footer(data) = [#read(\"/../../secret.txt\")]", "secret"),
        ("#let footer(data) = [#read(\"link.txt\")]", "link"),
        ("#let footer(data) = [#read(\".hidden.txt\")]", "hidden"),
        ('#import "@preview/cetz:0.3.0": *', "网上的 Typst 程序包"),
        ('#import ("@" + "preview/cetz:0.3.0"): *', "不能排版"),
        ("#let footer(data) = undefined-name", "undefined-name"),
        ("#let footer(data) = [", "不能排版"),
        ("#let setup(data) = [没有正文]", "不能排版"),
    ],
)  # fmt: skip
def test_a_page_reads_its_own_folder_and_no_network(
    source: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder(tmp_path, monkeypatch, page_typ=source)
    (tmp_path / "secret.txt").write_text("机密")
    (home / ".hidden.txt").write_text("机密")
    (home / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(UsageError, match=rf"模板 \S+page\.typ .*{re.escape(told)}.*。$"):
        chosen.current()


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">{}</svg>'


def test_the_logo_stands_in_the_header_of_word_and_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, monkeypatch, logo_svg=LOGO.format('<rect width="40" height="20" fill="#c00"/>'))
    paper = chosen.current()
    document = docx.Document(io.BytesIO(word.write(page(), {}, paper)))
    assert all(s.header._element.xpath(".//pic:pic") for s in document.sections)
    with pdfplumber.open(io.BytesIO(pdf.write(page(), {}, paper))) as book:
        assert any(r["non_stroking_color"] not in (None, (0,), (1,)) and r["top"] < 100 for r in book.pages[0].rects)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        '<image xlink:href="http://example.invalid/a.png" width="1" height="1"/>',
        '<image href="file:///etc/passwd" width="1" height="1"/>',
        '<use xlink:href="other.svg#a"/>',
        "<style>@import url(http://example.invalid/a.css);</style>",
        '<rect width="9" height="9" style="fill:url(http://example.invalid/#a)"/>',
        '<rect width="9" height="9" onload="x()"/>',
        "<foreignObject/>",
    ],
)
def test_a_logo_that_leads_elsewhere_is_refused(inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, monkeypatch, logo_svg=LOGO.format(inside))
    with pytest.raises(UsageError, match=r"logo\.svg 含有脚本或指向外部的内容.*。$"):
        chosen.current()
    folder(tmp_path, monkeypatch, logo_svg="不是图")
    with pytest.raises(UsageError, match=r"logo\.svg 不是 SVG"):
        chosen.current()
