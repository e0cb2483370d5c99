"""Plain cells are passed by quickly; what a sheet's XML says beside them is found all the same."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import IO
from unittest.mock import patch
from xml.parsers import expat

from hypothesis import given
from hypothesis import strategies as st

from cpaudit.loaders.opening.books import looks, markup, plain_cells, streams
from cpaudit.loaders.opening.books.runs import Run
from tests.support.examples import examples
from tests.support.workbooks import book

LOOKS = looks.Styles({"2": "0%", "13": "0.0%"}, frozenset(("21",)))
RICH = {0: (Run("甲"), Run("1", level=1))}
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="x"><cols><col min="2" max="3" hidden="1"/></cols><sheetData>'


def whole(part: IO[bytes], *_: object) -> Iterator[bytes]:
    yield part.read()


def outcome(xml: bytes) -> tuple[object, ...]:
    """What is found in a sheet's XML, or how it fails."""
    try:
        return astuple(markup.marks(io.BytesIO(xml), LOOKS, RICH))
    except (streams.Forbidden, ValueError, LookupError, expat.ExpatError) as error:
        return (type(error),)


def both(xml: bytes, chunk: int = 1 << 20) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """The outcome when plain cells are cut out, and when the parser sees all."""
    with patch.object(plain_cells, "_CHUNK", chunk):
        short = outcome(xml)
    with patch.object(markup, "cut", whole):
        return short, outcome(xml)


TEXTS = st.sampled_from(
    [
        "",
        "0",
        "12.5",
        " ",
        "甲公司",
        "&lt;",
        "a&#10;b",
        "&#30002;甲&#65288;&amp;",
        "&#0;",
        "&#55300;",
        "&#65534;",
        "&nbsp;",
        "#DIV/0!",
        "<![CDATA[<c r=]]>",
        "\x01",
        "\ufffe",
        "]]>",
        ">",
    ]
)
VALUES = TEXTS.map("<v>{}</v>".format)
RUNS = TEXTS.map("<is><r><t>1</t></r><r><rPr><strike/></rPr><t>{}</t></r></is>".format)
INLINE = RUNS | TEXTS.map("<is><t>{}</t></is>".format) | TEXTS.map('<is><t xml:space="preserve">{}</t></is>'.format)
FORMULAS = st.sampled_from(["<f>A1*2</f>", "<f/>", '<f t="shared" si="0"/>', "<f>A1</f><v></v>", "<f>A1</f><v>3</v>"])
INSIDE = st.sampled_from(["", "<!-- <c r='Z9'><v>1</v></c> -->", "<?x <v>?>", "<v/>"]) | VALUES | VALUES | INLINE | FORMULAS
ADDRESSES = [' r="A{}"', ' r="B{}"', ' r="C{}"', ' r="AB{}"', ' r="b{}"', ' r="XFD{}"', ""]
STYLES = ["", "", ' s="1"', ' s="2"', ' s="13"', ' s="21"']
KINDS = ["", "", ' t="n"', ' t="s"', ' t="e"', ' t="str"', ' t="b"', ' t="inlineStr"']
ODD = ['<c r="D{}" s="2"/>', '<x:c r="E{}"><x:v>1</x:v></x:c>', '<c s="2" r="F{}"><v>1</v></c>', "\n", "<c/>"]
USUAL = st.builds("<c{}{}{}>{}</c>".format, st.sampled_from(ADDRESSES), st.sampled_from(STYLES), st.sampled_from(KINDS), INSIDE)
CELLS = USUAL | USUAL | st.sampled_from(ODD)
DAMAGE = [b"", b"<", b">", b'"', b"&", b"\xff", b"\x00", b"</row>", b"</c>", b"<c>", b"<!DOCTYPE x>"]
ROWS = st.builds(
    lambda number, attributes, cells: f"<row{attributes}>{''.join(cells)}</row>".replace("{}", str(number)),
    st.integers(1, 40),
    st.sampled_from([' r="{}"', ' r="{}"', ' r="{}" spans="1:8" hidden="1"', ' hidden="true"', ""]),
    st.lists(CELLS, max_size=6),
)
SHEETS = st.builds(
    lambda rows, end: HEAD + "".join(rows).encode() + end,
    st.lists(ROWS, max_size=8),
    st.sampled_from([b"</sheetData></worksheet>"] * 5 + [b"", b"</sheetData></worksheet><!-- x -->"]),
)


@examples(50)
@given(xml=SHEETS, chunk=st.sampled_from([7, 60, 200, 1 << 20]))
def test_passing_plain_cells_by_changes_nothing_that_is_found(xml: bytes, chunk: int) -> None:
    short, full = both(xml, chunk)
    assert short == full


@examples(50)
@given(xml=SHEETS, data=st.data())
def test_nor_in_damaged_sheets(xml: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(xml) - 1))
    strange = data.draw(st.sampled_from(DAMAGE))
    xml = xml[:at] + strange + xml[at + data.draw(st.integers(0, 3)) :]
    short, full = both(xml, 100)
    assert short == full


def test_most_cells_are_passed_by(tmp_path: Path) -> None:
    """Else the cutting would be for nothing, and no other test would tell."""
    path = book(tmp_path / "x.xlsx", {"x": [[f"示例{n}", n, n / 3, True] for n in range(100)]})
    found = plain_cells.PlainCells()
    with zipfile.ZipFile(path) as archive, archive.open("xl/worksheets/sheet1.xml") as part:
        left = b"".join(plain_cells.cut(part, frozenset(), found))
    assert (found.rows, found.columns) == (100, set("ABCD"))
    assert left.count(b"<c ") < 5
