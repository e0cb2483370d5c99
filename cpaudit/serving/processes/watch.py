"""Looks after the kernels once a second: what each viewer has used, who stands back for whom, and which will never be done."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

from cpaudit.serving.processes import turns
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from cpaudit.serving.processes.kernels import Kernels, Session

EVERY_S = 1.0


async def look(kernels: Kernels) -> None:
    """Count the time that the kernels took, let those of heavy users stand back, end those that are never done."""
    for session in kernels.sessions:
        session.count()
    for session in list(kernels.sessions):
        process = session.kernel.process if session.kernel else None
        if process is None:
            continue
        turns.stand_back(process.pid, session.account.niceness)
        if session.complete and await _never_done(session):
            limit = settings().cell_s
            await kernels.close(session, f"计算超过了 {limit} 秒的时限，已停止。请刷新页面，换一个较小的筛选范围。")
    held = {session.account for session in kernels.sessions}
    kernels.accounts.forget(held)
    if kernels.groups:
        kernels.groups.drop(held)


async def _never_done(session: Session) -> bool:
    """Ask a kernel that was told something, behind all that, for a sign of life; return whether it owes one for too long."""
    assert session.kernel
    client = session.kernel.client
    if session.question is None:
        if session.asked:
            session.asked = False
            session.question = client.kernel_info(), time.monotonic()
        return False
    question, since = session.question
    while True:
        try:
            answer = await client.get_shell_msg(timeout=0)
        except queue.Empty:
            return time.monotonic() - since > settings().cell_s
        if answer["parent_header"].get("msg_id") == question:
            session.question = None
            return False
