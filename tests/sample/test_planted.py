"""What the sample plants is found where it stands, what is only spelled in another way is left alone, and rows can be traced."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cpaudit import loaders, sample
from cpaudit.dataset import Dataset
from tests.support.places import held


@pytest.fixture(scope="module")
def truth(raw: Path) -> dict[str, Any]:
    return json.loads((raw / "truth.json").read_text(encoding="utf-8"))


def told(ds: Dataset) -> list[dict[str, Any]]:
    return ds.problems.fillna("").to_dict("records")  # type: ignore[return-value]


def test_what_is_planted_is_found_and_little_else_is_told(truth: dict[str, Any], ds: Dataset) -> None:
    found = held(truth, told(ds))
    assert len({p["kind"] for p in found.found}) > 40
    assert found.recall >= 0.95, Counter(p["kind"] for p in found.missed)
    assert found.precision >= 0.95, [p["message"] for p in found.extra]


@pytest.mark.parametrize(("plants", "seed", "as_of"), [(60, 7, dt.date(2022, 11, 15)), (42, 11, dt.date(2022, 3, 1))])
def test_so_it_is_in_other_samples(tmp_path: Path, plants: int, seed: int, as_of: dt.date) -> None:
    truth = sample.write(tmp_path, plants=plants, seed=seed, as_of=as_of)
    frame = loaders.read([tmp_path], programme="hebei-2021-2", as_of=as_of).frames["problems"]
    found = held(truth, frame.fillna("").to_dict("records"))  # type: ignore[arg-type]
    assert "roster_size" in {p["kind"] for p in found.found}
    assert found.recall >= 0.95, Counter(p["kind"] for p in found.missed)
    assert found.precision >= 0.95, [p["message"] for p in found.extra]


def test_nothing_is_said_of_what_is_only_spelled_in_another_way(truth: dict[str, Any], ds: Dataset) -> None:
    alone = {
        (file, sheet, cell)
        for file, sheets in truth["left_alone"].items()
        for sheet, cells in sheets.items()
        for cell in cells.split()
    }
    assert len(alone) > 200
    loud = [p for p in told(ds) if p["severity"] in ("error", "warning")]
    assert [p for p in loud if (p["file"], p["sheet"], p["cell"]) in alone] == []


def test_every_problem_says_what_is_wrong_and_what_to_do(ds: Dataset) -> None:
    for row in ds.problems.itertuples():
        assert "{" not in row.message + row.hint
        assert row.hint.startswith(("请", "可填", "如需", "无需", "缺少"))


def test_every_accepted_row_can_be_traced_to_its_cell(ds: Dataset) -> None:
    files = set(ds.sources["path"])
    for name in ("plants", "events", "measurements", "options", "status_history"):
        frame = getattr(ds, name)
        assert len(frame)
        assert set(frame["file"]) <= files
        assert frame["cell"].str.fullmatch(r"[A-Z]+[1-9]\d*").all()


def test_the_sample_calls_itself_a_demonstration(ds: Dataset) -> None:
    assert ds.demonstration
    assert len(ds.plants) == 446
    assert ds.plants["unit"].nunique() == 14
