"""A process forked from the warm parent has everything loaded, computes, and never outlives its parent; that has one thread."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cpaudit.analysis import progress
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError
from cpaudit.processes.pool import ForkingPool
from tests.support.reports import AS_OF, write_warehouse

PARENT = """
import os, sys, time
from cpaudit.processes import warm
warm.without_threads()
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


@pytest.mark.slow
@pytest.mark.parametrize("what", ["reports.engines.forks", "serving.processes.forked", "serving.static.workers"])
def test_a_warm_parent_has_one_thread_whatever_it_holds(what: str, tmp_path: Path) -> None:
    """Newer Pythons warn before a fork with threads, and what a thread holds stays locked in the child."""
    ds = Dataset.open(write_warehouse(tmp_path / "w"), AS_OF)
    expected = progress.summary(ds)
    pool = ForkingPool(2, None, f"cpaudit.{what}:prepare", work="")
    try:
        assert pool.hand_down("cpaudit.serving.session:hold_rehearsed", copy.copy, (ds, {})).result() == []
        opened = pool.submit(Dataset.open, str(tmp_path / "w"), AS_OF).result()
        assert pool.submit(progress.summary, opened).result().equals(expected), "its children compute"
        assert pool.pid
        names = [task.read_text().strip() for task in Path(f"/proc/{pool.pid}/task").glob("*/comm")]
        assert len(names) == 1, names
    finally:
        pool.shutdown(wait=False)


def test_a_pool_passes_on_results_of_any_size_errors_and_deaths() -> None:
    pool = ForkingPool(2, None, "gc:collect", work="试算")
    try:
        assert pool.submit(bytes, 5_000_000).result() == bytes(5_000_000)
        assert [pool.submit(len, b"x" * at).result() for at in (0, 5_000_000)] == [0, 5_000_000]
        with pytest.raises(ValueError, match="invalid literal"):
            pool.submit(int, "x").result()
        with pytest.raises(CpauditError, match=r"^试算的进程意外结束（退出码 3），请检查内存是否够用后重试。$"):
            pool.submit(os._exit, 3).result()
        with pytest.raises(CpauditError, match="收到信号 9"):
            pool.submit(signal.raise_signal, signal.SIGKILL).result()
        waiting = [pool.submit(time.sleep, 600) for _ in range(9)]
        assert pool.pid
        os.kill(pool.pid, signal.SIGKILL)
        for future in [*waiting, pool.submit(int)]:
            with pytest.raises(CpauditError, match="母进程"):
                future.result(120)
    finally:
        pool.shutdown(wait=False)


def test_a_call_that_outlasts_its_limit_is_killed_and_the_others_go_on() -> None:
    pool = ForkingPool(2, -9.5, "gc:collect", work="试算")
    try:
        late, other = pool.submit(time.sleep, 600), pool.submit(int, "7")
        assert other.result(120) == 7
        with pytest.raises(CpauditError, match="收到信号 9"):
            late.result(120)
    finally:
        pool.shutdown(wait=False)
