"""What nobody sees on a page of a PDF isn't read, what is seen is: ink, clipping, layers, strokes across it, pages turned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.printed import Drawn, pdf, written
from tests.support.workbooks import NAME_A, NAME_B, PROGRESS, A, B, load, told

HEAD = [*PROGRESS[:-1], "目前状态"]
ROWS = [HEAD, [NAME_A, A, "2021-12-25", "", "", "", "正常推进"], [NAME_B, B, "2021-12-26", "", "", "", "正常推进"]]
#: Where the first cell for a date that is left blank stands (the left lower corner of what is written).
LEFT, LOW = 40 + 96 * 3 + 3, 560 - 26 - 11
DAY = "2022-03-01"

STATES = "/ExtGState<</G0<</ca 0/CA 0>>/G1<</ca 0.04>>/G5<</ca 0.5>>/G9<</ca 1>>>>"
LAYERS = "/OCProperties<</OCGs[1 0 R 2 0 R]/D<</OFF[2 0 R]>>>>"


def events(found: Any) -> list[tuple[str, str]]:
    return sorted(found.frames["events"][["plant_id", "milestone"]].itertuples(index=False, name=None))


def with_a_day(folder: Path, before: str, after: str = "", **more: str) -> Any:
    """Read a printed table into which a date is drawn, other operators before it."""
    drawn = Drawn(f"{written(LEFT, LOW, DAY, before)} {after}")
    pdf(folder / "石家庄市.pdf", [ROWS, drawn], **more)
    return load(folder)


UNSEEN = {
    "no ink": "3 Tr",
    "only for clipping": "7 Tr",
    "all shines through": "/G0 gs",
    "nearly all shines through": "/G1 gs",
    "cut off": "0 0 20 20 re W n",
    "cut off by and by": "0 0 842 595 re W n 0 0 60 595 re W* n",
    "cut off by a triangle": "0 0 m 90 0 l 0 90 l h W n",
    "white outlines": "1 1 1 RG 1 Tr",
    "white": "1 g",
    "white, filled and stroked": "1 g 1 G 2 Tr",
}
SEEN = {
    "ink": "0 Tr",
    "half shines through": "/G5 gs",
    "nothing shines through": "/G0 gs /G9 gs",
    "cut off around it": "0 0 842 595 re W n",
    "cut off and all again": "q 0 0 20 20 re W n Q",
    "outlines": "1 Tr",
    "white in black outlines": "1 g 2 Tr",
    "no ink, and ink again": "3 Tr 0 Tr",
}


@pytest.mark.parametrize("before", UNSEEN.values(), ids=UNSEEN)
def test_what_is_drawn_so_that_nobody_sees_it_is_not_read_and_said(tmp_path: Path, before: str) -> None:
    found = with_a_day(tmp_path, before, names=STATES)
    assert events(found) == [(A, "notified"), (B, "notified")]
    assert told(found) == [("text_left_out", "D2")]


@pytest.mark.parametrize("before", SEEN.values(), ids=SEEN)
def test_what_is_seen_is_read(tmp_path: Path, before: str) -> None:
    found = with_a_day(tmp_path, before, names=STATES)
    assert (A, "registered") in events(found)
    assert told(found) == []


@pytest.mark.parametrize(("layer", "read"), [("L1", True), ("L2", False)])
def test_a_layer_that_is_off_is_not_read_and_said(tmp_path: Path, layer: str, read: bool) -> None:
    names = "/Properties<</L1 1 0 R/L2 2 0 R>>"
    found = with_a_day(tmp_path, f"/OC /{layer} BDC", "EMC", names=names, catalog=LAYERS)
    assert ((A, "registered") in events(found)) is read
    assert told(found) == ([] if read else [("text_left_out", "D2")])


def test_a_form_goes_on_in_the_state_it_is_called_in(tmp_path: Path) -> None:
    """Text that a drawing within the page writes is as unseen as the page has it."""
    found = with_a_day(tmp_path, "q 3 Tr Q 3 Tr")
    assert told(found) == [("text_left_out", "D2")]


BLANKED = (LEFT - 1, LOW - 3, 60, 12)
COVERED = {
    "by white": "1 g {} {} {} {} re f",
    "by grey": ".5 g {} {} {} {} re f",
    "by red": "1 0 0 rg {} {} {} {} re f",
    "by a picture": "{2} 0 0 {3} {0} {1} cm BI /W 1 /H 1 /BPC 8 /CS /G ID 0 EI",
    "by a form": "1 g {} {} {} {} re f*",
}


@pytest.mark.parametrize("over", COVERED.values(), ids=COVERED)
def test_what_something_is_laid_over_is_not_read(tmp_path: Path, over: str) -> None:
    found = with_a_day(tmp_path, "", f"q {over.format(*BLANKED)} Q")
    assert (A, "registered") not in events(found)
    assert ("text_left_out", "D2") in told(found)


@pytest.mark.parametrize("box", ["/CropBox[0 0 320 595]", "/CropBox[400 0 842 595]", "/CropBox[0 540 842 595]"])
def test_what_is_outside_of_the_part_of_a_page_that_is_shown_is_not_read(tmp_path: Path, box: str) -> None:
    found = with_a_day(tmp_path, "", page=box)
    assert (A, "registered") not in events(found)
    assert not found.frames["problems"].empty


LOW_SIGNS = {
    "one point": "BT /F 1 Tf {} {} Td <{}> Tj ET",
    "by the page's measure": "BT /F 9 Tf .05 0 0 .05 {} {} Tm <{}> Tj ET",
    "a hair wide": "BT /F 9 Tf 1 Tz {} {} Td <{}> Tj ET",
}


@pytest.mark.parametrize("drawn", LOW_SIGNS.values(), ids=LOW_SIGNS)
def test_signs_too_low_or_too_narrow_to_be_read_are_not(tmp_path: Path, drawn: str) -> None:
    pdf(tmp_path / "石家庄市.pdf", [ROWS, Drawn(drawn.format(LEFT, LOW, DAY.encode("utf-16-be").hex()))])
    found = load(tmp_path)
    assert events(found) == [(A, "notified"), (B, "notified")]
    assert told(found) == [("text_left_out", "D2")]


MARKERS = {
    "clear": "/G5 gs 1 1 0 rg {} {} {} {} re f",
    "mixed": "/GM gs 1 1 0 rg {} {} {} {} re f",
    "behind": "",
}


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS)
def test_what_a_marker_is_drawn_over_is_read(tmp_path: Path, marker: str) -> None:
    names = STATES.replace("/G0", "/GM<</BM/Multiply>>/G0")
    behind = "" if marker else "q 1 1 0 rg {} {} {} {} re f Q".format(*BLANKED)
    found = with_a_day(tmp_path, behind, f"q {marker.format(*BLANKED)} Q" if marker else "", names=names)
    assert ((A, "registered") in events(found), told(found)) == (True, [])


# -- strokes across text

RIGHT, HIGH = LEFT + 48, LOW + 8
ACROSS = {
    "upwards": f"{LEFT} {LOW} m {RIGHT} {HIGH} l S",
    "downwards": f"{LEFT} {HIGH} m {RIGHT} {LOW} l S",
    "crossed": f"{LEFT} {LOW} m {RIGHT} {HIGH} l S {LEFT} {HIGH} m {RIGHT} {LOW} l S",
    "a thick one": f"{LEFT} {LOW} m {RIGHT} {HIGH} l {RIGHT} {HIGH + 2} l {LEFT} {LOW + 2} l h f",
    "through the whole cell": f"{LEFT - 3} {LOW - 15} m {LEFT + 93} {LOW + 11} l S",
    "nearly level": f"{LEFT} {LOW + 2} m {RIGHT} {LOW + 5} l S",
}
ACROSS |= {
    "in waves": f"{LEFT} {LOW + 3} m {LEFT + 12} {LOW + 6} l {LEFT + 24} {LOW + 1} l {RIGHT} {LOW + 6} l S",
    "in a level and a slanted piece": f"{LEFT} {LOW + 3} m {LEFT + 24} {LOW + 3} l {RIGHT} {LOW + 7} l S",
}
BESIDE = {
    "below": f"{LEFT} {LOW - 14} m {RIGHT} {LOW - 4} l S",
    "in another cell": f"{LEFT + 96} {LOW} m {RIGHT + 96} {HIGH} l S",
    "the corner": f"{LEFT + 70} {LOW - 14} m {LEFT + 92} {HIGH} l S",
    "a level rule below": f"{LEFT} {LOW - 3} m {RIGHT} {LOW - 3} l S",
    "a triangle far off": "300 100 m 350 150 l 400 100 l h f",
}


@pytest.mark.parametrize("stroke", ACROSS.values(), ids=ACROSS)
def test_a_stroke_across_a_value_strikes_it_out(tmp_path: Path, stroke: str) -> None:
    found = with_a_day(tmp_path, "", stroke)
    assert events(found) == [(A, "notified"), (B, "notified")]
    assert told(found) == [("text_left_out", "D2")]


@pytest.mark.parametrize("stroke", BESIDE.values(), ids=BESIDE)
def test_a_stroke_beside_a_value_strikes_nothing_out(tmp_path: Path, stroke: str) -> None:
    found = with_a_day(tmp_path, "", stroke)
    assert (A, "registered") in events(found)
    assert told(found) == []


def test_a_heading_parted_by_a_stroke_is_a_heading(tmp_path: Path) -> None:
    rows = [["", *row] for row in ROWS]
    parted = f"{written(45, 560 - 22, '项')} {written(118, 560 - 9, '栏')} 40 560 m 136 {560 - 26} l S"
    pdf(tmp_path / "石家庄市.pdf", [rows, Drawn(parted)])
    found = load(tmp_path)
    assert events(found) == [(A, "notified"), (B, "notified")]
    assert told(found) == [("column_empty", "A1")]


def test_a_row_crossed_out_is_no_row(tmp_path: Path) -> None:
    top, bottom, end = 560 - 26, 560 - 52, 40 + 96 * 7
    cross = Drawn(f"40 {top} m {end} {bottom} l S 40 {bottom} m {end} {top} l S")
    pdf(tmp_path / "石家庄市.pdf", [ROWS, cross])
    found = load(tmp_path)
    assert events(found) == [(B, "notified")]
    assert ("row_left_out", "A2") in told(found)


@pytest.mark.parametrize(("flags", "read"), [("", False), ("/F 4", False), ("/F 2", True)])
def test_a_mark_that_strikes_out_does_where_it_is_shown(tmp_path: Path, flags: str, read: bool) -> None:
    mark = f"/Annots[<</Type/Annot/Subtype/StrikeOut/Rect[{LEFT} {LOW - 1} {RIGHT} {HIGH + 1}]{flags}>>]"
    found = with_a_day(tmp_path, "", page=mark)
    assert ((A, "registered") in events(found)) is read


MARKED = {
    "to be blacked": "/Subtype/Redact",
    "a line": f"/Subtype/Line/L[{LEFT} {LOW + 3} {RIGHT} {LOW + 3}]",
    "a slanted line": f"/Subtype/Line/L[{LEFT} {LOW} {RIGHT} {HIGH}]",
    "ink": f"/Subtype/Ink/InkList[[{LEFT} {LOW + 2} {LEFT + 20} {LOW + 5} {RIGHT} {LOW + 2}]]",
}


@pytest.mark.parametrize("kind", MARKED.values(), ids=MARKED)
def test_a_line_drawn_over_a_page_strikes_out(tmp_path: Path, kind: str) -> None:
    mark = f"/Annots[<</Type/Annot{kind}/Rect[{LEFT} {LOW - 1} {RIGHT} {HIGH + 1}]>>]"
    found = with_a_day(tmp_path, "", page=mark)
    assert events(found) == [(A, "notified"), (B, "notified")]
    assert told(found) == [("text_left_out", "D2")]


@pytest.mark.parametrize("kind", ["/Subtype/Highlight", "/Subtype/Underline", "/Subtype/Link", "/Subtype/Widget/FT/Tx/T(a)"])
def test_other_marks_change_nothing(tmp_path: Path, kind: str) -> None:
    mark = f"/Annots[<</Type/Annot{kind}/Rect[{LEFT} {LOW - 1} {RIGHT} {HIGH + 1}]>>]"
    found = with_a_day(tmp_path, "", page=mark)
    assert ((A, "registered") in events(found), told(found)) == (True, [])


FILLED = {
    "a field": "/Subtype/Widget/FT/Tx/T(a)/V(2022-03-01)",
    "a field in another alphabet": "/Subtype/Widget/FT/Tx/T(a)/V<FEFF5DF25B8C6210>",
    "a ticked box": "/Subtype/Widget/FT/Btn/T(a)/V/Yes",
    "a box of text": "/Subtype/FreeText/Contents(2022-03-01)",
    "a field over a text": "/Subtype/Widget/FT/Tx/T(a)/V(no)",
}


@pytest.mark.parametrize("kind", FILLED.values(), ids=FILLED)
def test_what_is_filled_in_over_a_page_is_said(tmp_path: Path, kind: str) -> None:
    mark = f"/Annots[<</Type/Annot{kind}/Rect[{LEFT} {LOW - 1} {RIGHT} {HIGH + 1}]>>]"
    pdf(tmp_path / "石家庄市.pdf", [ROWS], page=mark)
    found = load(tmp_path)
    assert events(found) == [(A, "notified"), (B, "notified")]
    assert told(found) == [("text_left_out", "D2")]


# -- beyond the rules, and pages turned


def test_a_text_that_runs_out_of_the_table_costs_its_row(tmp_path: Path) -> None:
    rows = [ROWS[0], [*ROWS[1][:6], "正常推进（已完成全部审核工作）"], ROWS[2]]
    pdf(tmp_path / "石家庄市.pdf", [rows])
    found = load(tmp_path)
    assert events(found) == [(B, "notified")]
    assert told(found) == [("row_over_rules", "A2")]


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("drawn", [True, False])
def test_a_page_that_is_turned_is_read(tmp_path: Path, turn: int, drawn: bool) -> None:
    """By the page's own angle, or by its content as well, so that it stands upright."""
    ways = {90: "0 1 -1 0 595 0 cm", 180: "-1 0 0 -1 842 595 cm", 270: "0 -1 1 0 0 842 cm"}
    before = Drawn(f"{ways[turn]}") if drawn else Drawn("")
    box = "/MediaBox[0 0 595 842]" if drawn and turn != 180 else ""
    pdf(tmp_path / "石家庄市.pdf", [before, ROWS], page=f"{box}/Rotate {turn}")
    found = load(tmp_path)
    assert (events(found), told(found)) == ([(A, "notified"), (B, "notified")], [])


def test_a_scan_with_the_text_that_a_program_took_it_for_is_a_scan(tmp_path: Path) -> None:
    rows = [[NAME_A, A, "2021-12-25"]]
    text = Drawn(" ".join(written(50, 500 - 20 * at, said, "3 Tr") for at, said in enumerate(rows[0])))
    picture = "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>"
    inline = Drawn("q 842 0 0 595 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q".encode("ascii", "replace").decode())
    assert picture
    pdf(tmp_path / "石家庄市.pdf", [inline, text])
    found = load(tmp_path)
    assert [code for code, _ in told(found) if code != "unit_nothing_read"] == ["file_unread"]
    assert "扫描" in found.frames["problems"]["message"].str.cat()
