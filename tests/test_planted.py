"""Every mistake that the sample programme plants is found at its cell, and nothing else is called a mistake."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from cpaudit.dataset import Dataset
from cpaudit.loaders.problems import catalogue


def _where(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[k] if isinstance(row[k], str) else "" for k in ("code", "file", "sheet", "cell"))


def test_all_planted_mistakes_are_found_and_no_others(raw: Path, ds: Dataset) -> None:
    planted = json.loads((raw / "truth.json").read_text(encoding="utf-8"))["planted"]
    wanted, found = Counter(map(_where, planted)), Counter(map(_where, ds.problems.to_dict("records")))
    assert not wanted - found
    serious = Counter({k: n for k, n in (found - wanted).items() if catalogue()[str(k[0])].severity != "note"})
    assert not serious
    assert len({p["code"] for p in planted}) > 25


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
