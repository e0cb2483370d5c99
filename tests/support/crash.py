"""Writers of snapshots in processes of their own, to be killed, starved of disk or raced; used by test_snapshots.

The kill test alone, many times over:
``CPAUDIT_KILLS=200 .venv/bin/python -m pytest tests/snapshots/test_snapshots.py -k killed``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pandas as pd

from cpaudit import snapshots
from cpaudit.errors import SnapshotError
from cpaudit.fields import TABLES, tables
from cpaudit.snapshots import Manifest

AS_OF = dt.date(2022, 7, 1)
#: A server that has the libraries loaded makes each process in milliseconds.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["polars", "pandas", "pydantic", "cpaudit.snapshots", "tests.support.crash"])
#: By what alone steps of a kind differ: batch, day, draft, version, table, number.
_NAMES = re.compile(r"hebei-[0-9-]+|\d{4}-\d\d-\d\d|\.writing-\w+(?:-\w+)?|\b[0-9a-f]{12}\b|\w+(?=\.parquet)|\b\d+\b")
#: What the interpreter announces before it asks the system to change something on the disk.
_STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "fcntl.flock"}


def frames(n: int) -> dict[str, pd.DataFrame]:
    """Small tables that all carry the number ``n``, so that a mix of two would show."""
    return dict(_frames(n))


@lru_cache(10)
def _frames(n: int, rows: int = 20) -> dict[str, pd.DataFrame]:
    found = {}
    for name in TABLES:
        texts = [column for column, f in tables()[name].columns.items() if f.type == "text"]
        found[name] = tables()[name].coerce([dict.fromkeys(texts, f"{n}/{row}") for row in range(rows)])
    return found


def number(found: dict[str, pd.DataFrame]) -> int:
    """The number that all tables carry."""
    said = {str(v).partition("/")[0] for f in found.values() for v in f.dropna(axis="columns", how="all").to_numpy().ravel()}
    assert len(said) == 1, f"a mix of {said}"
    return int(said.pop())


def write(warehouse: Path, n: int, day: dt.date = AS_OF) -> Manifest:
    return snapshots.write(warehouse, "hebei-2021-2", day, frames(n), demonstration=True, program_version="0")


def start(job: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    """Start ``job(connection, *arguments)`` in a process of its own."""
    mine, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=job, args=(its, *arguments))
    process.start()
    its.close()
    return process, mine


def telling(kinds: list[str]) -> list[int]:
    """Return one step of each kind, spread over all the work: dying at others that are alike tells nothing more."""
    every = list(dict.fromkeys(kinds))
    alike = [[at for at, kind in enumerate(kinds) if kind == one] for one in every]
    return [places[n * len(places) // len(every)] for n, places in enumerate(alike)]


# -- what the processes do


def write_forever(told: Connection, warehouse: Path, first: int) -> None:
    """Write one new snapshot after the other, telling the number of each before."""
    for n in itertools.count(first):
        told.send(n)
        write(warehouse, n)


def write_some(told: Connection, warehouse: Path, numbers: range) -> None:
    for n in numbers:
        write(warehouse, n)
    told.send("done")


def write_until_step(told: Connection, warehouse: Path, n: int, step: int, how: signal.Signals) -> None:
    """Write one snapshot, and kill (or halt) oneself right before the step-th change on the disk."""
    content = frames(n)
    with _stopped_before(step, warehouse, how):
        snapshots.write(warehouse, "hebei-2021-2", AS_OF, content, demonstration=True, program_version="0")
    told.send("done")


def remove_until_step(told: Connection, warehouse: Path, step: int) -> None:
    """Remove a snapshot, and kill oneself right before the step-th change on the disk."""
    with _stopped_before(step, warehouse, signal.SIGKILL):
        snapshots.remove(warehouse, AS_OF)
    told.send("done")


def migrate_until_step(told: Connection, warehouse: Path, step: int) -> None:
    """Write a snapshot where old ones lie beside the shelves, and kill oneself right before the step-th change on the disk."""
    content = frames(9)
    with _stopped_before(step, warehouse, signal.SIGKILL) as kinds:
        snapshots.write(warehouse, "hebei-2021-2", AS_OF, content, demonstration=True, program_version="0")
    told.send(kinds)


def prune_until_step(told: Connection, warehouse: Path, step: int) -> None:
    """Prune to one day, and kill oneself right before the step-th change on the disk."""
    gone = snapshots.superfluous(warehouse, 1)
    with _stopped_before(step, warehouse, signal.SIGKILL) as kinds:
        snapshots.prune(warehouse, gone)
    told.send(kinds)


def back_up_until_step(told: Connection, warehouse: Path, file: Path, step: int) -> None:
    """Write a backup, and kill oneself right before the step-th change beside the file."""
    with _stopped_before(step, file.parent, signal.SIGKILL) as kinds:
        snapshots.backup(warehouse, file, "decisions.csv")
    told.send(kinds)


def restore_until_step(told: Connection, warehouse: Path, file: Path, step: int) -> None:
    """Restore a backup, and kill oneself right before the step-th change on the disk."""
    with _stopped_before(step, warehouse, signal.SIGKILL) as kinds:
        snapshots.restore(file, warehouse, "decisions.csv")
    told.send(kinds)


@contextmanager
def _stopped_before(step: int, warehouse: Path, how: signal.Signals) -> Iterator[list[str]]:
    """Give the kinds of the steps taken: what is done, and to what, whatever day, version or table it is of."""
    kinds: list[str] = []
    home = str(warehouse)
    armed = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if armed and event in _STEPS and (event == "fcntl.flock" or home in str(arguments[0])):
            if len(kinds) == step:
                os.kill(os.getpid(), how)
            kinds.append(_NAMES.sub("_", f"{event} {arguments}".replace(home, "")))

    sys.addaudithook(hook)
    yield kinds
    armed = False


def write_with_little_room(told: Connection, warehouse: Path, n: int, most: int) -> None:
    """Write one snapshot where no file may be longer than ``most`` bytes; tell how it ended."""
    content = frames(n)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        snapshots.write(warehouse, "hebei-2021-2", AS_OF, content, demonstration=True, program_version="0")
        told.send("done")
    except SnapshotError as error:
        told.send(str(error))
