"""The sample's old workbooks are real ones: what was written is read by software that shares nothing with ours."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from cpaudit.sample.workbooks import xls

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
VALUE = TEXT | st.floats(allow_nan=False, allow_infinity=False) | st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31))
ROWS = st.lists(st.lists(VALUE, min_size=3, max_size=3), min_size=1, max_size=12)


@given(ROWS, st.integers(1, 300))
def test_what_was_written_is_read(rows: list[list[str | float | dt.date]], times: int) -> None:
    long = [
        ["标题", "", ""],
        ["甲", "乙", "丙"],
        *([f"{at}{v}" if isinstance(v, str) else v for v in row] for at in range(times) for row in rows),
    ]
    made = xls.workbook([("第一张", 1, long), ("第二张", 0, rows)])
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    assert book.sheet_names == ["第一张", "第二张"]
    assert book.get_sheet_by_name("第一张").to_python()[1:] == [list(row) for row in long[1:]]
    assert book.get_sheet_by_name("第二张").to_python() == rows


def test_more_than_such_a_file_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="65537 rows"):
        xls.workbook([("a", 0, [["x"]] * 65537)])
