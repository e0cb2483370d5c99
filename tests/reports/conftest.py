"""The small programme of the reports' tests, and one batch made from it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from cpaudit import reports
from cpaudit.dataset import Dataset
from tests.support.once import once
from tests.support.reports import FAILING, ODD, UNITS, Batch, altered, elsewhere, write_warehouse


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three plants in two units. Read only."""
    return once(tmp_path_factory, "small", write_warehouse)


@pytest.fixture(scope="session")
def batch(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Two reports that are made, one of which had failed before, and a third that fails. Read only."""

    def make(place: Path) -> None:
        folder = place / "报告"
        folder.mkdir(parents=True)
        (folder / "清洁生产审核报告_唐山市_2022-07-01_失败.ipynb").write_text("{}")
        book = altered(place, ODD, f'assert unit != "{FAILING}", "<img src=x onerror=alert(1)>"')
        steps: list[str] = []
        with elsewhere(place / "desk"):
            outcomes = reports.run(
                reports.Order(subjects=["石家庄", "130200", FAILING], warehouse=small, out=folder, notebook=book),
                lambda o, done, total: steps.append(f"{o.name} {o.status} {done}/{total}"),
            )
        assert {tuple(s.split()[:2]) for s in steps} == {(UNITS[0], "ok"), (UNITS[1], "ok"), (FAILING, "failed")}
        assert [s.split()[2] for s in steps] == ["1/3", "2/3", "3/3"]
        assert [*reports.outcome_table(outcomes).frame["status"]] == ["完成", "完成", "失败"]
        made = Batch(folder, book, {o.name: o for o in outcomes})
        (place / "batch.pickle").write_bytes(pickle.dumps(made))

    made: Batch = pickle.loads((once(tmp_path_factory, "batch", make) / "batch.pickle").read_bytes())
    return made


@pytest.fixture(scope="session")
def small_ds(small: Path) -> Dataset:
    return Dataset.open(small)
