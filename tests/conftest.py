"""What many tests share: the sample programme, its snapshot and its data set, made once per run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from cpaudit.dataset import Dataset
from cpaudit.views import theme
from tests.support.once import AS_OF, once

# No property is timed: a machine that others load takes as long as it takes.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _figures_are_valid() -> Iterator[None]:
    """Figures are built unchecked, as checking takes longer than the page: every one that a test builds is checked here."""
    build = theme.figure

    def checked(*traces: Any, **layout: Any) -> Any:
        import plotly.graph_objects as go

        built = build(*traces, **layout)
        go.Figure(built.to_dict())  # a ValueError says what is wrong
        return built

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(theme, "figure", checked)
        yield


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of the sample programme, as a province gets them. Read only."""
    from cpaudit import sample

    return once(tmp_path_factory, "raw", lambda folder: sample.write(folder, as_of=AS_OF))


@pytest.fixture(scope="session")
def warehouse(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the sample's snapshot. Read only."""
    from cpaudit import loaders

    return once(
        tmp_path_factory,
        "warehouse",
        lambda folder: loaders.load([raw], warehouse=folder, programme="hebei-2021-2", as_of=AS_OF),
    )


@pytest.fixture(scope="session")
def ds(warehouse: Path) -> Dataset:
    """The sample programme's data set."""
    return Dataset.open(warehouse)


@pytest.fixture(scope="session")
def executed(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], dict[str, Any]]:
    """Run a notebook on the sample as users do, once per run of the tests; return it as it is then."""
    from docs.pictures import run

    def ran(path: Path) -> dict[str, Any]:
        def make(folder: Path) -> None:
            folder.mkdir()
            (folder / path.name).write_text(json.dumps(run(path, warehouse)), encoding="utf-8")

        found = json.loads((once(tmp_path_factory, f"run-{path.parent.name}-{path.stem}", make) / path.name).read_text("utf-8"))
        return found  # type: ignore[no-any-return]

    return ran
