"""Every mistake that the sample programme plants is found at its cell, and nothing else is called a mistake."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from cpaudit import loaders, sample
from cpaudit.dataset import Dataset
from cpaudit.loaders.problems import catalogue


def _where(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[k] if isinstance(row[k], str) else "" for k in ("code", "file", "sheet", "cell"))


def _compare(planted: list[dict[str, object]], problems: list[dict[str, object]]) -> set[str]:
    wanted, found = Counter(map(_where, planted)), Counter(map(_where, problems))
    assert not wanted - found
    serious = Counter({k: n for k, n in (found - wanted).items() if catalogue()[str(k[0])].severity != "note"})
    assert not serious
    return {str(p["code"]) for p in planted}


def test_all_planted_mistakes_are_found_and_no_others(raw: Path, ds: Dataset) -> None:
    planted = json.loads((raw / "truth.json").read_text(encoding="utf-8"))["planted"]
    assert len(_compare(planted, ds.problems.to_dict("records"))) > 40


@pytest.mark.parametrize(("plants", "seed", "as_of"), [(60, 7, dt.date(2022, 11, 15)), (42, 11, dt.date(2022, 3, 1))])
def test_so_it_is_in_other_samples(tmp_path: Path, plants: int, seed: int, as_of: dt.date) -> None:
    planted = sample.write(tmp_path, plants=plants, seed=seed, as_of=as_of)["planted"]
    found = loaders.read([tmp_path], programme="hebei-2021-2", as_of=as_of).frames["problems"]
    assert "roster_size" in _compare(planted, found.to_dict("records"))


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
