"""A city report opened from the disk, as whoever gets it by mail opens it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from cpaudit import reports, views
from cpaudit.dataset import Dataset
from cpaudit.programme import find_unit
from tests.support.browser import all_drawn, key_figures, watch

pytestmark = pytest.mark.browser
UNIT = "唐山市"


@pytest.fixture(scope="module")
def folder(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports") / "报告 一"
    (outcome,) = reports.run(reports.Order(subjects=[UNIT], warehouse=small_warehouse, out=out))
    assert outcome.status == "ok", outcome.error
    return out


def test_a_report_draws_all_its_figures_from_a_folder_without_any_server(folder: Path, small_warehouse: Path, page: Page) -> None:
    seen = watch(page)
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="网页", exact=True).click()
    expected = views.city_report(Dataset.open(small_warehouse), find_unit(UNIT).id)
    assert page.locator("h1").inner_text() == expected.title
    assert all_drawn(page) == sum(type(b).__name__ == "Figure" for b in expected.blocks)
    assert seen.errors == []
    assert {u.partition(":")[0] for u in seen.urls} <= {"file", "data", "blob"}
    shown = {key: float(value) if value else None for key, value in key_figures(page).items()}
    assert shown == pytest.approx(expected.key_figures())
    assert page.evaluate("globalThis.hacked") is None


def test_a_report_links_back_to_the_index_and_jumps_to_its_sections(folder: Path, page: Page) -> None:
    page.goto(next(folder.glob("清洁*.html")).as_uri())
    for link in page.locator(".cp-toc a").all():
        assert page.locator(str(link.get_attribute("href"))).count() == 1
    page.get_by_role("link", name="报告目录").click()
    assert page.locator("h1").inner_text() == "清洁生产审核报告目录"


def test_documents_come_later_from_the_notebook_that_is_there(folder: Path, small_warehouse: Path) -> None:
    before = {p.name: p.read_bytes() for p in folder.glob("*唐山*")}
    (outcome,) = reports.run(
        reports.Order(subjects=[UNIT], warehouse=small_warehouse, out=folder, formats=["docx", "pdf", "xlsx"])
    )
    assert outcome.error == ""
    assert {kind: outcome.files[kind].read_bytes()[:2] for kind in ("docx", "pdf", "xlsx")} == {
        "docx": b"PK",
        "pdf": b"%P",
        "xlsx": b"PK",
    }
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert (folder / "index.html").read_text(encoding="utf-8").count(f"{quote(UNIT)}_") == 5
