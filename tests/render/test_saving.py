"""One page as one file that can be sent: nothing is linked, figures are there, an ending that is no format is told."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import cpaudit as cp
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError, UsageError
from cpaudit.views.page import Page


@pytest.fixture
def page(ds: Dataset) -> Page:
    return cp.page(
        "一页", ds, "说明", ("图", cp.bars(pd.Series({"甲": 3.0, "乙": 5.0}), unit="家")), ("表", pd.DataFrame({"a": [1]}))
    )


def test_the_web_page_carries_all_that_it_needs_and_draws_its_figures(page: Page, tmp_path: Path) -> None:
    text = cp.save(page, tmp_path / "一页.html").read_text(encoding="utf-8")
    head, _, rest = text.partition("<script>")
    assert not re.findall(r"""(?:src|href)="(?!data:|#)[^"]*\.(?:js|css)""", head), "a file beside it would not be sent"
    assert "plotly.js v" in rest
    assert "cp.draw(document)" in rest
    assert 'class="cp-figure' in head


@pytest.mark.browser
def test_word_and_pdf_hold_the_figures_as_pictures(page: Page, tmp_path: Path) -> None:
    import docx

    made = docx.Document(str(cp.save(page, tmp_path / "一页.docx")))
    assert len(made.inline_shapes) == 1
    assert cp.save(page, tmp_path / "一页.PDF").read_bytes().startswith(b"%PDF-")


def test_the_workbook_holds_the_tables(page: Page, tmp_path: Path) -> None:
    assert "a" in [c.value for row in openpyxl.load_workbook(cp.save(page, tmp_path / "一页.xlsx")).worksheets[-1] for c in row]


@pytest.mark.parametrize("name", ["一页", "一页.htm", "一页.png"])
def test_an_ending_that_is_no_format_is_told_with_those_that_are(page: Page, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.html、\.docx、\.pdf、\.xlsx"):
        cp.save(page, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [None, 3, "a\0b{}", "{}/x", "loop{}", "名" * 300 + "{}", "{}"])
@pytest.mark.parametrize("ending", [".html", ".xlsx"])
def test_a_place_where_nothing_can_be_written_is_one_sentence(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: object, ending: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"loop{ending}").symlink_to(f"loop{ending}")
    (tmp_path / ending).write_text("一个文件", encoding="utf-8")
    where = name.format(ending) if isinstance(name, str) else name
    for write in (cp.save, lambda page, path: cp.xlsx(pd.DataFrame({"a": [1]}), path, title="一张表")):
        with pytest.raises(CpauditError, match=r"^[^\n]*。$"):
            write(page, where)
    assert (tmp_path / ending).read_text(encoding="utf-8") == "一个文件"


@pytest.mark.parametrize("what", [pd.DataFrame({"a": [1]}), "一页", None])
def test_what_is_no_page_is_told(tmp_path: Path, what: object) -> None:
    with pytest.raises(UsageError, match="不是一页"):
        cp.save(what, tmp_path / "一页.html")  # type: ignore[arg-type]
