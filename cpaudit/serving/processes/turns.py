"""Kernels take turns: the CPU time that a process used, how far it stands back, and a control group for each viewer."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpaudit.serving.doors.allowance import Account

_PROC = Path("/proc")
_GROUPS = Path("/sys/fs/cgroup")
#: The service answers everybody: it comes before each of those whom it answers.
_SERVICE_WEIGHT, _VIEWER_WEIGHT = "1000", "100"


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and all its threads; 0 where the process has gone or the system doesn't tell."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stand_back(pid: int, niceness: int) -> None:
    """Set the niceness of a process: of each thread, and of its session, which Linux may weigh first.

    Without the right to become less nice again, a process stays as it is; new ones begin afresh.
    """
    try:
        threads = [int(task.name) for task in (_PROC / str(pid) / "task").iterdir()]
    except OSError:  # it has gone, or this isn't Linux
        return
    for thread in threads:
        with contextlib.suppress(PermissionError, ProcessLookupError):
            if os.getpriority(os.PRIO_PROCESS, thread) != niceness:
                os.setpriority(os.PRIO_PROCESS, thread, niceness)
    session = _PROC / str(pid) / "autogroup"
    with contextlib.suppress(OSError):  # no such grouping here, or asked too often: a second later again
        if not session.read_text().strip().endswith(f" nice {niceness}"):
            session.write_text(str(niceness))


class Groups:
    """A control group per viewer below the service's own, so that ten kernels of one weigh as much as one of another."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._numbers: dict[Account, int] = {}
        self._last = 0

    @classmethod
    def own(cls, root: Path = _GROUPS, told: Path = _PROC / "self" / "cgroup") -> Groups | None:
        """Take over the service's own group; None where the system hasn't left it to the service alone.

        That is so in a unit of systemd's with ``Delegate=cpu`` and in a container with its own writable groups. A group that
        holds other processes too (a terminal's) is not ours to divide: niceness alone has to do there.
        """
        try:
            path = next(line[3:] for line in told.read_text().splitlines() if line.startswith("0::"))
            home = root / path.lstrip("/")
            if "cpu" not in (home / "cgroup.controllers").read_text().split():
                return None
            if (home / "cgroup.procs").read_text().split() != [str(os.getpid())]:
                return None
            service = home / "service"
            service.mkdir(exist_ok=True)
            (service / "cgroup.procs").write_text(str(os.getpid()))
            (home / "cgroup.subtree_control").write_text("+cpu")
            (service / "cpu.weight").write_text(_SERVICE_WEIGHT)
        except (OSError, StopIteration):
            return None
        return cls(home)

    def put(self, pid: int, account: Account) -> None:
        """Move a kernel to the group of its viewer."""
        if account not in self._numbers:
            self._last += 1
            self._numbers[account] = self._last
        group = self._home / f"viewer-{self._numbers[account]}"
        with contextlib.suppress(OSError):  # the kernel has ended, or the system took the group back: niceness is left
            group.mkdir(exist_ok=True)
            (group / "cpu.weight").write_text(_VIEWER_WEIGHT)
            (group / "cgroup.procs").write_text(str(pid))

    def drop(self, held: set[Account]) -> None:
        """Remove the groups of viewers who have no kernel."""
        for account, number in list(self._numbers.items()):
            if account not in held:
                with contextlib.suppress(OSError):  # a kernel is still ending: the next time
                    (self._home / f"viewer-{number}").rmdir()
                    del self._numbers[account]
