"""Returns that a second hand spoils, which knows neither the first nor the reader: how much is found, how much is made up."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from cpaudit import loaders
from cpaudit.sample.workbooks.tables import build
from cpaudit.sample.world import plants_of
from tests.support.disorder import Files, spoiled
from tests.support.places import Held, held
from tests.support.workbooks import book

DAY = dt.date(2022, 11, 15)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Held:
    folder = tmp_path_factory.mktemp("spoiled")
    files: Files = {}
    for sheet in build(plants_of(77, 150), DAY, 77):
        file = sheet.file.replace(".csv", ".xlsx").replace(".xls", ".xlsx").replace(".xlsxx", ".xlsx")
        rows = [[*line] for line in sheet.grid()]
        files.setdefault(file, {})[sheet.name or "Sheet1"] = rows
    truth = spoiled(files, 7)
    for file, sheets in files.items():
        book(folder / file, sheets)
    told = loaders.read([folder], programme="hebei-2021-2", as_of=DAY).frames["problems"].fillna("")
    told = told[told["code"] != "roster_size"]  # fewer plants than the notice has: so it is meant
    problems: list[dict[str, Any]] = told.to_dict("records")
    return held(truth, problems)


def test_nearly_all_that_a_second_hand_spoils_is_found(account: Held) -> None:
    assert account.recall >= 0.95, Counter(p["kind"] for p in account.missed)


def test_nearly_all_that_is_told_was_spoiled(account: Held) -> None:
    assert account.precision >= 0.95, [(p["file"], p["cell"], p["message"]) for p in account.extra]
