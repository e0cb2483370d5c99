"""One's own tables as office workbooks: what is printed, how numbers look, where it comes from."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

import cpaudit as cp
from cpaudit import cli
from cpaudit.analysis import progress
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError, UsageError


def sheet(path: Path) -> Any:
    return openpyxl.load_workbook(path).active


def footer(path: Path) -> str:
    """The foot of the first sheet as it stands in the file."""
    with zipfile.ZipFile(path) as archive:
        return unescape(re.findall(r"<oddFooter>(.*?)</oddFooter>", archive.read("xl/worksheets/sheet1.xml").decode())[0])


def printed(cell: Any) -> str:
    """A number as its format prints it."""
    decimals = len(cell.number_format.partition(".")[2])
    return f"{cell.value:,.{decimals}f}"


def test_a_workbook_is_titled_dated_and_ready_to_print(ds: Dataset, tmp_path: Path) -> None:
    path = cp.xlsx(progress.summary(ds, "unit"), tmp_path / "进度.xlsx", title="各单位进度（截至月底）", ds=ds)
    found = sheet(path)
    assert found.title == "各单位进度"
    assert found["A1"].value == "各单位进度（截至月底）"
    foot = footer(path)
    for where in (found["A2"].value, foot):
        assert all(said in where for said in ("冀环科宣函", "2022-11-15", ds.version, "示范数据"))
    assert "&P" in found.oddFooter.right.text
    assert re.match(r'&L&8&"-,Regular"2021年', foot), "digits right after a size would be more of the size"
    assert [cell.value for cell in found[3]][:3] == ["上报单位", "列入名单（家）", "正常推进（家）"]
    assert found.sheet_properties.pageSetUpPr.fitToPage
    assert (found.page_setup.fitToWidth or 1, found.page_setup.fitToHeight) == (1, 0)  # one page wide, as high as it takes
    assert found.print_title_rows == "$3:$3"
    assert found.freeze_panes
    assert found.auto_filter.ref.startswith("A3:")


def test_a_frame_that_says_nothing_of_its_source_is_not_given_one(tmp_path: Path) -> None:
    found = sheet(cp.xlsx(pd.DataFrame({"a": [1]}), tmp_path / "a.xlsx", title="甲"))
    assert "未注明" in found["A2"].value
    assert "未注明" in found.oddFooter.left.text


def test_a_frame_made_by_labelled_remembers_its_source(ds: Dataset, tmp_path: Path) -> None:
    part = ds.labelled("plants").query("行业 == '水泥'")
    assert "示范数据" in sheet(cp.xlsx(part, tmp_path / "a.xlsx", title="水泥"))["A2"].value


def test_numbers_print_with_the_digits_that_their_column_has(ds: Dataset, tmp_path: Path) -> None:
    own = pd.DataFrame({"自己的": [95.2380952380952, 1.0], "整数": [3.0, 4.0], "accepted_pct": [95.2380952380952, 50.0]})
    found = sheet(cp.xlsx(own, tmp_path / "a.xlsx", title="甲"))
    assert [printed(cell) for cell in found[4]] == ["95.24", "3", "95.2"]
    assert found["A4"].value == pytest.approx(95.2380952380952)  # the cell holds all of it
    assert found["B4"].value == 3
    measured = ds.labelled("measurements")
    odd = measured[measured["实测值"].sub(measured["实测值"].round(2)).abs() > 0].head(3)
    shown = sheet(cp.xlsx(odd, tmp_path / "b.xlsx", title="实测"))
    heads = [cell.value for cell in shown[3]]
    values = [shown.cell(row, heads.index("实测值") + 1) for row in (4, 5, 6)]
    assert [(c.value, c.number_format) for c in values] == [(v, "General") for v in odd["实测值"]]


def test_an_index_of_groups_becomes_columns(ds: Dataset, tmp_path: Path) -> None:
    grouped = ds.labelled("plants").groupby(["上报单位", "行业"]).size().rename("企业数")
    found = sheet(cp.xlsx(grouped, tmp_path / "a.xlsx", title="甲", ds=ds))
    assert [cell.value for cell in found[3]] == ["上报单位", "行业", "企业数"]
    assert sum(found.cell(row, 3).value for row in range(4, 4 + len(grouped))) == len(ds.plants)


def test_dates_flags_levels_and_gaps_are_written_as_people_read_them(tmp_path: Path) -> None:
    own = pd.DataFrame(
        {
            "done_on": pd.to_datetime(["2022-06-01", None]),
            "demonstration": [True, False],
            "level_after": pd.array([2, None], dtype="Int64"),
            "时刻": pd.to_datetime(["2022-06-01 08:30", "2022-06-01 00:00"]),
            "公式": ["=1+1", "-"],
        }
    )
    found = sheet(cp.xlsx(own, tmp_path / "a.xlsx", title="甲"))
    assert [found["A4"].number_format, found["A5"].value] == ["yyyy-mm-dd", None]
    assert [found["B4"].value, found["B5"].value] == ["是", "否"]
    assert [found["C4"].value, found["C5"].value] == ["Ⅱ级", None]
    assert found["D4"].value == "2022-06-01 08:30:00"
    assert (found["E4"].value, found["E4"].data_type) == ("=1+1", "s")


def test_a_wrong_ending_and_a_wrong_place_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"“a.xls”应以 .xlsx 结尾"):
        cp.xlsx(pd.DataFrame({"a": [1]}), tmp_path / "a.xls", title="甲")
    (tmp_path / "file").touch()
    with pytest.raises(CpauditError, match="无法写入"):
        cp.xlsx(pd.DataFrame({"a": [1]}), tmp_path / "file" / "a.xlsx", title="甲")


def test_commands_write_the_same_workbooks(warehouse: Path, ds: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "核对.xlsx"
    run = CliRunner().invoke(
        cli.commands(), ["reconcile", "--warehouse", str(warehouse), "--format", "xlsx", "--out", str(out)], standalone_mode=False
    )
    assert run.exception is None
    book = openpyxl.load_workbook(out)
    assert len(book.sheetnames) == 2
    assert all(name.startswith("线上线下核对") for name in book.sheetnames)
    for found in book:
        assert ds.version in found["A2"].value
        assert "示范数据" in found.oddFooter.left.text
