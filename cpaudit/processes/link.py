"""How a warm parent is started and spoken to: small messages over one socket, what is large in a file that goes along.

==========  =======================================================================================================
it gets     ``call, number, seconds, niceness, adopt`` with a file (function, args, kwargs): run it in a forked process, which
            is killed after ``seconds`` (None: never). ``adopt`` ("module:function" or None) is given the result, in the parent:
            what it keeps is there for all that are forked later, what it returns takes the result's place.
            ``retire``: end after the last call. ``alive``: say so
it says     ``ready`` once; ``started, number, pid``; ``ended, number, code`` with a file (whether it went well, result or
            error), without one where the process died; ``alive`` when asked
==========  =======================================================================================================
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
from typing import TYPE_CHECKING, Any

from cpaudit import startup

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST = 1 << 16


class Link:
    """One end of the socket. A file is a descriptor without a name on any disk; sending closes it on this side."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end

    def fileno(self) -> int:
        """Return the socket's number."""
        return self.socket.fileno()

    def send(self, *message: Any, file: int | None = None) -> None:
        """Send a message.

        Raises:
            OSError: the other side has gone, or takes nothing and this side doesn't wait (BlockingIOError).
        """
        try:
            socket.send_fds(self.socket, [pickle.dumps(message)], [] if file is None else [file])
        finally:
            if file is not None:
                os.close(file)

    def receive(self) -> tuple[tuple[Any, ...], int | None]:
        """Return a message and its file.

        Raises:
            EOFError: the other side has gone.
            OSError: so too; or there is nothing and this side doesn't wait (BlockingIOError).
        """
        content, files, _, _ = socket.recv_fds(self.socket, _LARGEST, 1, socket.MSG_CMSG_CLOEXEC)
        if not content:
            raise EOFError
        return pickle.loads(content), files[0] if files else None  # noqa: S301 - from our own process

    def close(self) -> None:
        """Have nothing more to do with it."""
        self.socket.close()


def packed(value: Any) -> int:
    """Return a file with a value in it."""
    return filled(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


def filled(content: bytes) -> int:
    """Return a file with a pickle in it."""
    file = os.memfd_create("cpaudit")
    with open(file, "wb", closefd=False) as writer:
        writer.write(content)
    return file


def unpacked(file: int) -> Any:
    """Return the value that is in a file, and close it."""
    with open(file, "rb") as reader:
        reader.seek(0)
        return pickle.load(reader)  # noqa: S301 - written by a process of ours


def launch(
    prepare: str, *arguments: str, die_with: int = 0, environment: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen[bytes], Link]:
    """Start a warm parent that runs ``prepare`` ("module:function") with ``arguments`` before it is ready.

    It ends when this end of the link does. With ``die_with``, this process's id, also where it is frozen then; only where the
    thread that starts it lives as long as the process. Ctrl-C at the terminal reaches this process alone, which decides.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = startup.command("cpaudit.processes.parent", str(theirs.fileno()), str(die_with), prepare, *arguments)
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            env={**os.environ, **startup.environment(), **(environment or {})},
        )
    return process, Link(ours)
