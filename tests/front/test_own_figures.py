"""One's own figures and tables: numbers alike, nothing where there is nothing, and no source that their author didn't give."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd

import cpaudit as cp
from cpaudit.dataset import Dataset
from cpaudit.render.web.html import page_document
from cpaudit.views.page import Figure, Table


def test_a_frame_of_nothing_is_a_sheet_that_says_so(tmp_path: Path) -> None:
    for at, frame in enumerate((pd.DataFrame(), pd.DataFrame({"甲": []}), pd.Series(dtype=float))):
        book = openpyxl.load_workbook(cp.xlsx(frame, tmp_path / f"{at}.xlsx", title="空表")).active
        assert "没有记录。" in [cell.value for row in book.iter_rows() for cell in row]


def test_numbers_of_one_figure_have_the_same_decimals() -> None:
    drawn = cp.bars(pd.Series({"衡水市": 16997.329999999998, "辛集市": 2.0, "定州市": float("nan")}), unit="万元")
    assert list(drawn.data[0].text) == ["16,997.33", "2.00", ""]
    assert list(drawn.data[0].x) == [16997.329999999998, 2, None]
    texts = [n.text for n in cp.tile_map(pd.Series({"石家庄": 1.5, "唐山": 2}), unit="万元").layout.annotations]
    assert {"<b>石家庄</b><br>1.5 万元", "<b>唐山</b><br>2.0 万元"} <= set(texts)
    for empty in (pd.DataFrame(), pd.DataFrame({"甲": []}), pd.Series([float("nan")])):
        assert [n.text for n in cp.bars(empty).layout.annotations] == ["没有数据"]


def test_ones_own_figure_says_only_what_its_author_says_of_it(ds: Dataset) -> None:
    drawn = cp.bars(pd.Series({"甲": 3}))
    bare, told = (
        b for b in cp.page("页", ds, ("图", drawn), ("图", drawn, "n＝3 家；来源：自己的调查。")).blocks if isinstance(b, Figure)
    )
    assert (bare.note, told.note) == ("", "n＝3 家；来源：自己的调查。")
    text = page_document(cp.page("页", ds, ("图", drawn)))
    assert "n＝" not in text
    assert "来源：各单位上报表" not in text
    (table,) = (b for b in cp.page("页", ds, ("表", pd.DataFrame({"甲": [1]}), "自己数的。")).blocks if isinstance(b, Table))
    assert table.note == "自己数的。"
