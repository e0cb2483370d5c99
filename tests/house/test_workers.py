"""What a module makes for its tests (a service, a browser, a sample) is made once: its tests stay on one worker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.paths import ROOT


def test_a_worker_knows_each_test_by_its_module_at_the_end(request: pytest.FixtureRequest) -> None:
    """By what stands behind the @, xdist puts tests together; where that is lost, each worker starts every service anew."""
    if "PYTEST_XDIST_WORKER" in os.environ and request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith(f"@{Path(__file__).relative_to(ROOT).as_posix()}")


def test_the_whole_suite_is_run_with_such_groups() -> None:
    assert "--dist loadgroup" in (ROOT / "Makefile").read_text(encoding="utf-8")
