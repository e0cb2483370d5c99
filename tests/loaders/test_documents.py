"""Word tables are read as they are seen: through content controls, text boxes and changes; nothing shifts, nothing vanishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import opener
from cpaudit.loaders.opening.files import Source
from tests.support.documents import cell, control, document, paragraph, row, run, table, text_box
from tests.support.workbooks import DONE, NAME_A, NAME_B, OPTIONS, PROGRESS, A, B, load, option, told

OTHER = [NAME_B, B, "2021-12-26", None, None, None, "正常推进"]
DATE, PROMPT = "<w:date w:fullDate='2021-12-25T00:00:00Z'/>", "<w:showingPlcHdr/>"
LIST = "<w:dropDownList><w:listItem w:displayText='停产' w:value='1'/></w:dropDownList>"
SECTION = "<w15:repeatingSection xmlns:w15='x'/>"
STRIKE, VANISH, UP = "<w:strike/>", "<w:vanish/>", "<w:vertAlign w:val='superscript'/>"
BY = "w:id='1' w:author='x' w:date='2022-01-01T00:00:00Z'"


def send(folder: Path, *blocks: str, **more: Any) -> Any:
    document(folder / "石家庄市.docx", *blocks, **more)
    return load(folder)


def notified(found: Any) -> list[str]:
    return sorted(found.frames["events"]["plant_id"])


def invested(found: Any) -> float | None:
    [amount] = found.frames["options"]["investment_wan_yuan"]
    return None if pd.isna(amount) else amount


def amount(*content: str) -> str:
    """A table of one option whose investment is a cell's content."""
    return table(OPTIONS, row(*option(1), cell(paragraph(*content))))


def looking(look: str) -> str:
    """The row of the first plant, all its text of one look."""
    return row(*(cell(paragraph(run(v or "", look))) for v in DONE))


def changed(element: str, text: str) -> str:
    """The row of the first plant, all its text in a tracked change."""
    return row(*(cell(paragraph(f"<w:{element} {BY}><w:r><w:{text}>{v or ''}</w:{text}></w:r></w:{element}>")) for v in DONE))


def dated(at: int, wrapped: str) -> str:
    """The row of the first plant with one cell replaced."""
    return row(*DONE[:at], wrapped, *DONE[at + 1 :])


IN_CONTROLS = {
    "a date picker around a cell": table(PROGRESS, dated(2, control(cell("2021-12-25"), DATE)), OTHER),
    "one around blank cells": table(PROGRESS, dated(3, control(cell())), OTHER),
    "a control around each cell": table(PROGRESS, row(*(control(cell(*([v] if v else []))) for v in DONE)), OTHER),
    "a control in a cell, around its paragraph": table(
        PROGRESS, dated(2, "<w:tc>" + control(paragraph("2021-12-25")) + "</w:tc>"), OTHER
    ),
    "a control in a paragraph, around its run": table(
        PROGRESS, dated(2, cell(paragraph(control(run("2021-12-25"), DATE)))), OTHER
    ),
    "a drop-down list": table(PROGRESS, dated(6, cell("<w:p>" + control(run("正常推进"), LIST) + "</w:p>")), OTHER),
    "a control around a row": table(PROGRESS, control(row(*DONE)), OTHER),
    "a repeating section": table(PROGRESS, control(control(row(*DONE)) + control(row(*OTHER)), SECTION)),
    "controls in controls": control(table(PROGRESS, control(control(row(control(control(cell(NAME_A))), *DONE[1:]))), OTHER)),
    "a control around the table": control(table(PROGRESS, DONE, OTHER)),
    "a control around title and table": control(paragraph("石家庄市进度表") + table(PROGRESS, DONE, OTHER)),
    "custom XML around a row": table(PROGRESS, f"<w:customXml w:element='x'>{row(*DONE)}</w:customXml>", OTHER),
    "a link around a run": table(PROGRESS, dated(0, cell(f"<w:p><w:hyperlink>{run(NAME_A)}</w:hyperlink></w:p>")), OTHER),
    "a table in a text box": text_box(table(PROGRESS, DONE, OTHER)),
    "text in a text box in a cell": table(PROGRESS, dated(2, cell(text_box(paragraph("2021-12-25")))), OTHER),
    "a table of one cell in a cell": table(PROGRESS, dated(2, cell(table([["2021-12-25"]][0]), paragraph())), OTHER),
    "the table in a table for layout": table(row(cell(paragraph("石家庄市"), table(PROGRESS, DONE, OTHER), paragraph()))),
    "inserted text": table(PROGRESS, dated(2, cell(f"<w:p><w:ins {BY}>{run('2021-12-25')}</w:ins></w:p>")), OTHER),
    "an inserted row": table(PROGRESS, row(*DONE, properties=f"<w:ins {BY}/>"), OTHER),
    "moved here": table(PROGRESS, dated(2, cell(f"<w:p><w:moveTo {BY}>{run('2021-12-25')}</w:moveTo></w:p>")), OTHER),
}


@pytest.mark.parametrize("body", IN_CONTROLS.values(), ids=IN_CONTROLS)
@pytest.mark.parametrize("strict", [False, True])
def test_what_stands_in_the_table_is_read_where_it_stands(tmp_path: Path, body: str, strict: bool) -> None:
    found = send(tmp_path, body, strict=strict)
    assert notified(found) == sorted([A, B])
    assert {code for code, _ in told(found)} == set()
    assert set(found.frames["events"]["date"].dt.strftime("%m-%d")) == {"12-25", "12-26"}
    assert found.frames["plants"]["status"].tolist() == ["active", "active"]


@pytest.mark.parametrize("around", ["run", "paragraph", "cell"])
def test_a_control_that_still_shows_its_prompt_is_blank_and_shifts_nothing(tmp_path: Path, around: str) -> None:
    prompt = run("单击此处输入日期。")
    wrapped = {
        "run": cell(f"<w:p>{control(prompt, PROMPT)}</w:p>"),
        "paragraph": f"<w:tc>{control(f'<w:p>{prompt}</w:p>', PROMPT)}</w:tc>",
        "cell": control(cell(f"<w:p>{prompt}</w:p>"), PROMPT),
    }[around]
    found = send(tmp_path, table(PROGRESS, dated(3, wrapped), OTHER))
    assert (notified(found), told(found)) == (sorted([A, B]), [])


GONE_ROWS = {
    "deleted, the change not accepted": row(*DONE, properties=f"<w:del {BY}/>"),
    "each text deleted": changed("del", "delText"),
    "struck out": looking(STRIKE),
    "struck out twice": looking("<w:dstrike/>"),
    "hidden text": looking(VANISH),
    "a hidden row": row(*DONE, properties="<w:hidden/>"),
    "moved away": changed("moveFrom", "t"),
    "a style that strikes": looking("<w:rStyle w:val='gone'/>"),
    "the name alone": row(cell(f"<w:p>{run(NAME_A, STRIKE)}</w:p>"), *DONE[1:]),
}
STYLES = (
    "<w:style w:type='character' w:styleId='base'><w:rPr><w:strike/></w:rPr></w:style>"
    "<w:style w:type='character' w:styleId='gone'><w:basedOn w:val='base'/></w:style>"
)


@pytest.mark.parametrize("gone", GONE_ROWS.values(), ids=GONE_ROWS)
def test_a_row_that_no_longer_counts_is_said(tmp_path: Path, gone: str) -> None:
    found = send(tmp_path, table(PROGRESS, gone, OTHER), styles=STYLES)
    assert (notified(found), told(found)) == ([B], [("row_left_out", "A2")])
    assert NAME_A in found.frames["problems"]["message"][0]


EQ, ODD = "<m:r><m:t>{}</m:t></m:r>", {"number_text"}
VALUES: dict[str, tuple[str, float | None, set[str]]] = {
    "a correction": (amount(run("12.5", STRIKE), run("13")), 13, {"text_left_out"}),
    "a tracked correction": (
        amount(f"<w:del {BY}><w:r><w:delText>12.5</w:delText></w:r></w:del>", f"<w:ins {BY}>{run('13')}</w:ins>"),
        13,
        {"text_left_out"},
    ),
    "hidden text": (amount(run("13"), run("5", VANISH)), 13, {"text_left_out"}),
    "a strike that is off": (amount(run("13", "<w:strike w:val='0'/>")), 13, set()),
    "a raised note": (amount("13", run("1", UP)), 13, {"mark_left_out"}),
    "a raised word": (amount("13", run("注1", UP)), 13, {"text_left_out"}),
    "text raised by hand": (amount("13", run("1", "<w:position w:val='6'/>")), 13, {"mark_left_out"}),
    "a footnote": (amount("13", "<w:r><w:footnoteReference w:id='2'/></w:r>"), 13, {"text_left_out"}),
    "a power": (amount("10", run("3", UP)), None, {"number_text"}),
    "two lines": (amount(run("12.5") + "<w:r><w:br/></w:r>" + run("13")), None, {"number_text", "number_unit"}),
    "a tab": (amount(run("12") + "<w:r><w:tab/></w:r>" + run("5")), None, {"number_text"}),
    "a fraction": (
        amount(f"<m:oMath><m:f><m:num>{EQ.format(1)}</m:num><m:den>{EQ.format(2)}</m:den></m:f></m:oMath>"),
        None,
        ODD,
    ),
    "a root": (amount(f"<m:oMath><m:rad><m:e>{EQ.format(16)}</m:e></m:rad></m:oMath>"), None, ODD),
    "a power in an equation": (
        amount(f"<m:oMath><m:sSup><m:e>{EQ.format(10)}</m:e><m:sup>{EQ.format(3)}</m:sup></m:sSup></m:oMath>"),
        None,
        {"number_text"},
    ),
    "an index in an equation": (
        amount(f"<m:oMath><m:sSub><m:e>{EQ.format(13)}</m:e><m:sub>{EQ.format(1)}</m:sub></m:sSub></m:oMath>"),
        None,
        {"number_text"},
    ),
    "a number in an equation": (amount(f"<m:oMath>{EQ.format(13)}</m:oMath>"), 13, set()),
    "a symbol": (amount("<w:r><w:sym w:font='Wingdings' w:char='F0FC'/></w:r>"), None, {"number_text"}),
    "a field's result": (amount("<w:r><w:fldChar/><w:instrText>=1+1</w:instrText></w:r>", "13"), 13, set()),
    "a reading above": (
        amount(f"<w:r><w:ruby><w:rt>{run('9')}</w:rt><w:rubyBase>{run('13')}</w:rubyBase></w:ruby></w:r>"),
        13,
        set(),
    ),
}


@pytest.mark.parametrize(("body", "meant", "codes"), VALUES.values(), ids=VALUES)
def test_a_value_is_read_as_it_is_seen(tmp_path: Path, body: str, meant: float | None, codes: set[str]) -> None:
    found = send(tmp_path, body)
    assert invested(found) == meant
    assert {code for code, _ in told(found)} <= codes
    assert bool(told(found)) == bool(codes)
    assert {at for _, at in told(found)} <= {"G2"}


def test_merged_cells_stand_once_and_shift_nothing(tmp_path: Path) -> None:
    down, more = "<w:vMerge w:val='restart'/>", "<w:vMerge/>"
    first = row(cell(NAME_B, properties=down), cell(B, properties=down), *option(1, 10)[2:])
    second = row(cell(properties=more), cell(properties=more), *option(2, 20)[2:])
    found = send(tmp_path, table(row(cell("石家庄市", properties="<w:gridSpan w:val='7'/>")), OPTIONS, first, second))
    assert found.frames["options"]["plant_id"].tolist() == [B, B]
    assert told(found) == []


def test_text_that_a_merged_cell_covers_is_said(tmp_path: Path) -> None:
    first = row(cell(NAME_B, properties="<w:vMerge w:val='restart'/>"), *option(1, 10)[1:])
    second = row(cell(NAME_A, properties="<w:vMerge/>"), *option(2, 20)[1:])
    found = send(tmp_path, table(OPTIONS, first, second))
    assert ("text_left_out", "A3") in told(found)


def test_a_table_deleted_whole_is_said(tmp_path: Path) -> None:
    gone = f"<w:del {BY}/>"
    found = send(tmp_path, table(*(row(*r, properties=gone) for r in (PROGRESS, DONE))))
    assert told(found) == [("sheet_left_out", "")]


def test_a_text_box_is_read_once(tmp_path: Path) -> None:
    path = document(tmp_path / "x.docx", table(row(cell("甲"), cell(text_box(paragraph("乙"))))))
    assert opener.read(Source(path, path.name))[0].rows == [["甲", "乙"]]


def test_a_document_inside_the_document_is_not_passed_over(tmp_path: Path) -> None:
    path = document(tmp_path / "x.docx", table(PROGRESS, DONE), "<w:altChunk/>")
    with pytest.raises(ReadError, match="内嵌"):
        opener.read(Source(path, path.name))


@pytest.mark.parametrize(
    "title",
    [
        paragraph(run("单位：元", STRIKE)),
        paragraph("方案表", run("（单位：元）", STRIKE)),
        paragraph(run("单位：元", VANISH)),
        paragraph(f"<w:del {BY}><w:r><w:delText>单位：元</w:delText></w:r></w:del>"),
        paragraph(run("单位：元", "<w:dstrike/>")) + paragraph("方案表"),
    ],
)
def test_what_is_struck_in_a_title_governs_nothing_and_is_said(tmp_path: Path, title: str) -> None:
    found = send(tmp_path, title, table(OPTIONS, option(1, 12.5)))
    assert invested(found) == 12.5
    assert ("text_left_out", "A1") in told(found)


def test_a_footnote_in_a_title_is_no_matter(tmp_path: Path) -> None:
    found = send(tmp_path, paragraph("方案表", "<w:r><w:footnoteReference w:id='2'/></w:r>"), table(OPTIONS, option(1, 12.5)))
    assert "text_left_out" not in dict(told(found))
