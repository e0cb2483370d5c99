"""The what-if sliders as an analyst meets them: by keyboard, with a screen reader's labels, every move painted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cpaudit.dataset import Dataset
from cpaudit.views.pages.what_if import WhatIf
from tests.support.browser import watch
from tests.support.what_if_page import opened, repaints, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def plant(ds: Dataset) -> str:
    """A plant of the sample that isn't at level I after the audit."""
    rows = ds.measurements[(ds.measurements["system"] == "demo_cement") & (ds.measurements["period"] == "after")]
    for plant_id in rows["plant_id"].unique():
        subject = WhatIf(ds, plant_id)
        if (subject.evaluate(subject.reported).level or 1) > 1:
            return str(plant_id)
    raise AssertionError


@pytest.fixture(scope="module")
def address(warehouse: Path, plant: str) -> Iterator[str]:
    with served(warehouse, plant) as url:
        yield url


def settled(page: Page) -> None:
    page.wait_for_function("!document.querySelector('.cp-wi').hasAttribute('aria-busy')")


def test_the_sliders_move_by_keyboard_and_what_they_come_to_is_shown(address: str, ds: Dataset, plant: str, page: Page) -> None:
    seen = watch(page)
    opened(page, address)
    subject = WhatIf(ds, plant)
    sliders = page.get_by_role("slider")
    assert sliders.count() == len(subject.controls)
    first = page.get_by_role("slider", name=subject.controls[0].name)
    first.focus()
    page.keyboard.press("Home")
    settled(page)
    values = list(subject.reported)
    values[0] = subject.controls[0].start
    worst = subject.evaluate(values)
    assert first.get_attribute("aria-valuetext").startswith(f"{subject.controls[0].start:g} ")  # type: ignore[union-attr]
    assert "未达Ⅲ级，实测值" in first.get_attribute("aria-valuetext")  # type: ignore[operator]
    assert worst.processes[0].points is not None
    shown = page.locator(".cp-wi-index dd").all_inner_texts()
    assert [text.split("／")[0].strip() for text in shown] == [f"{y:.2f}" for y in worst.processes[0].points]
    page.get_by_role("button", name="恢复实测值").click()
    settled(page)
    assert page.get_by_role("button", name="恢复实测值").is_disabled()
    page.get_by_role("button", name="达到下一级的最省路").click()
    settled(page)
    found = subject.way_up(subject.reported)
    assert found
    level = subject.evaluate(found).level
    assert page.locator(".cp-wi-level .cp-wi-badge").inner_text() == {1: "Ⅰ级", 2: "Ⅱ级", 3: "Ⅲ级"}[level or 0]
    assert len(repaints(page, 12)) == 12
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [e for e in seen.errors if "Failed to load resource" not in e] == []
