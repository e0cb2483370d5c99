"""The log of a service: one viewer can't fill it, nor hide in it what else is said."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpaudit.serving import journal


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is written from here on; everything else about logging is as before afterwards."""
    root, said = logging.getLogger(), io.StringIO()
    before = root.handlers[:]
    known = [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    was = [(each, each.handlers[:], each.propagate, each.level) for each in known]
    journal.install(said)
    yield said
    root.handlers[:] = before
    logging.captureWarnings(False)
    for each, handlers, propagate, level in was:
        each.handlers[:], each.propagate, each.level = handlers, propagate, level


def test_the_same_said_a_thousand_times_is_written_a_few_times_and_hides_nothing_else(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, now = logging.getLogger("cpaudit.serving"), 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)

    def refuse(times: int) -> None:
        for _ in range(times):
            ours.warning("refused")

    refuse(1000)
    ours.error("the access file can't be read")
    lines = log.getvalue().splitlines()
    assert sum("refused" in line for line in lines) == 20
    assert "一分钟内同样的不再记" in lines[19]
    assert "the access file" in lines[-1]
    now += 61
    refuse(1)
    assert log.getvalue().splitlines()[-1].endswith("（此前有 980 次没有记）")


def test_journald_is_told_the_level_at_the_beginning_of_each_line_and_nothing_else_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        found = (tmp_path / "journal").stat()
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        journal.install(stream)
        logging.getLogger("cpaudit.serving").error("the access file\n<0>is broken")
        logging.getLogger("cpaudit.serving").warning("refused")
        stream.seek(0)
        assert stream.read().splitlines() == ["<3>cpaudit.serving: the access file <0>is broken", "<4>cpaudit.serving: refused"]
    journal.install(log)  # which isn't what systemd has connected
    logging.getLogger("cpaudit.serving").error("again")
    assert "ERROR cpaudit.serving: again" in log.getvalue()
    assert "<3>" not in log.getvalue()
