"""A process forked from the warm parent has everything loaded, computes, and never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import os, sys, time
from cpaudit import warm
warm.preload()
me = os.getpid()
child = os.fork()
if not child:
    warm.settle(me)
    import polars
    assert polars.DataFrame({"a": [3, 1, 2]}).lazy().sort("a").collect()["a"].to_list() == [1, 2, 3]
    print(os.getpid(), flush=True)
    time.sleep(600)
time.sleep(600)
"""


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.slow
def test_a_forked_process_computes_and_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert alive(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 120
    while alive(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(child)
