"""What many tests share: the sample programme, its snapshot and its data set, made once per run."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from cpaudit import startup
from cpaudit.dataset import Dataset
from cpaudit.processes import warm
from cpaudit.views import theme
from tests.support.examples import examples
from tests.support.once import AS_OF, once

settings.register_profile("house", examples(25))
settings.load_profile("house")

#: As the product does: nbformat, which many tests import, would build grammars for seconds in every worker.
startup.skip_iri_grammar()
#: As commands, reports and exports do; dashboards, notebooks and some tests keep texts as pandas does by itself.
warm.plain_texts()
#: Workers and the hundreds of processes that tests start find modules compiled, whatever the shell says about that.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

#: What tests write needn't outlive a power cut: waiting for the disk, eighteen times in each load, would take minutes of a run.
os.fsync = lambda _: None

#: Tests that mostly wait for servers, browsers and other processes, and those of many seconds.
_LONG = ("slow", "browser", "together")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return twice as many workers as there are cores: tests wait half of the time."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Put the quick ones first; where several workers run, spread the long ones over the first half, as they leave cores idle.

    The tests of a module stay on one worker, so that what it makes for them (a page, a server, a browser) is made once; its
    slow ones go where there is room, unless they share what is dear to start.
    """
    if os.environ.get("CPAUDIT_PLAIN"):
        items[:] = [item for item in items if not item.get_closest_marker("posix")]
    units: dict[str, list[pytest.Item]] = {}
    for item in items:
        module = item.nodeid.partition("::")[0]
        shared = item.get_closest_marker("browser") or item.get_closest_marker("together")
        alone = item.get_closest_marker("xdist_group") or (item.get_closest_marker("slow") and not shared)
        if not alone:
            item.add_marker(pytest.mark.xdist_group(module))
        units.setdefault(item.nodeid if alone else module, []).append(item)
    long = [unit for unit in units.values() if any(unit[0].get_closest_marker(mark) for mark in _LONG)]
    quick = [unit for unit in units.values() if unit not in long]
    spread = 0.5 if hasattr(config, "workerinput") else 0
    places = [(n / len(quick), unit) for n, unit in enumerate(quick)]
    places += [(spread * n / len(long) if spread else 1, unit) for n, unit in enumerate(long)]
    items[:] = [item for _, unit in sorted(places, key=lambda place: place[0]) for item in unit]
    yield
    if getattr(config.option, "loadgroup", False):
        _name_groups(items)


def _name_groups(items: list[pytest.Item]) -> None:
    """Put the group behind the name by which xdist knows a test, where it hasn't: how 3.8 does so, pytest 9.2 ignores."""
    from _pytest.nodeid import NodeId

    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark and not item.nodeid.endswith(behind := f"@{mark.args[0]}"):
            item._id = NodeId.parse(item.nodeid + behind)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Iterator[None]:
    """Look for doctests in the package alone: here there are none, and to look takes each worker a second."""
    from _pytest.doctest import DoctestModule

    return [each for each in (yield) if not isinstance(each, DoctestModule)]  # type: ignore[return-value]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare what is there for good, the libraries and the tests, from being gone through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _figures_are_valid() -> Iterator[None]:
    """Figures are built unchecked, as checking takes longer than the page: every one that a test builds is checked here."""
    build, templates = theme.figure, list[Any]()

    def checked(*traces: Any, **layout: Any) -> Any:
        import plotly.graph_objects as go

        built = build(*traces, **layout)
        told = built.to_dict()
        if (template := told["layout"]["template"]) in templates:  # to check it takes half of the time
            del told["layout"]["template"]
        go.Figure(told)  # a ValueError says what is wrong
        if template not in templates:
            templates.append(template)
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

    def make(folder: Path) -> None:
        loaders.load([raw], warehouse=folder, programme="hebei-2021-2", as_of=AS_OF)

    return once(tmp_path_factory, "warehouse", make)


@pytest.fixture(scope="session")
def ds(warehouse: Path) -> Dataset:
    """The sample programme's data set."""
    return Dataset.open(warehouse)


@pytest.fixture(scope="session")
def executed(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], dict[str, Any]]:
    """Give a notebook of the gallery as it is when users have run it on the sample; all are run once per run of the tests."""
    from docs.pictures import notebooks, run

    def make(folder: Path) -> None:
        folder.mkdir()
        for path, book in run(notebooks(), warehouse).items():
            (folder / path.name).write_text(json.dumps(book), encoding="utf-8")

    folder = once(tmp_path_factory, "executed", make)
    return lambda path: json.loads((folder / path.name).read_text("utf-8"))


@pytest.fixture(scope="session")
def written(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything written of a part of the sample where something of each kind never came, beside its warehouse. Read only."""
    from tests.support.written import shelve, write

    return once(tmp_path_factory, "written", lambda folder: write(shelve(folder / "warehouse", demonstration=True), folder))


@pytest.fixture(scope="session")
def part(written: Path) -> Dataset:
    """The data set that :func:`written` was made of."""
    return Dataset.open(written / "warehouse")
