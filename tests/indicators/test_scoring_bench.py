"""What the benchmark compares: three ways to score give the same lowest and highest level of every plant."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cpaudit.bench import scoring
from cpaudit.dataset import Dataset
from cpaudit.indicators import score


def test_a_file_scored_by_hand_has_both_ends_as_the_engine_gives_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_SMALL", 4000)
    path = scoring._file(tmp_path / "small.parquet", 4000)
    ends = scoring._ends(score(pl.scan_parquet(path)))
    pairs = (ends["level"] * 5 + ends["highest"]).value_counts().reindex(range(25), fill_value=0)
    assert scoring._dense(path) == pairs.tolist()
    assert (ends["highest"] <= ends["level"]).all()
    assert (ends["highest"] < ends["level"]).any()


def test_plants_scored_group_by_group_have_both_ends_as_the_engine_gives_them(ds: Dataset) -> None:
    plants = ds.measurements["plant_id"].drop_duplicates()[::12]
    mine = ds.measurements[ds.measurements["plant_id"].isin(plants)].reset_index(drop=True)
    ours = scoring._ends(score(mine))
    assert scoring._naive(mine)[["level", "highest"]].to_numpy().tolist() == ours.to_numpy().tolist()
    assert (ours["highest"] < ours["level"]).any()
