"""Commands as a shell starts them, each in a process of its own, which is forked from one that has the libraries loaded."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO

_PARENT = """
import json, os, socket, sys
import pandas, rich.table
import cpaudit.loaders.loading, cpaudit.views.tables.base
from cpaudit.cli import commands
commands()
asking = socket.socket(fileno=int(sys.argv[1]))
while True:
    said, streams, _, _ = socket.recv_fds(asking, 1 << 20, 3)
    if not said:
        break
    child = os.fork()
    if child:
        for each in streams:
            os.close(each)
        asking.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        continue
    code = 99
    try:
        asked = json.loads(said)
        asking.close()
        for at, each in enumerate(streams):
            os.dup2(each, at)
            os.close(each)
        for each in asked["close"]:
            os.close(each)
        os.chdir(asked["cwd"])
        os.umask(asked["umask"])
        os.environ.clear()
        os.environ.update(asked["env"])

        def stream(number, mode, **more):  # as a new interpreter would make them
            try:
                os.fstat(number)
            except OSError:
                return None
            return open(number, mode, encoding="utf-8", closefd=False, **more)

        sys.stdin, sys.stdout, sys.stderr = stream(0, "r"), stream(1, "w"), stream(2, "w", buffering=1)
        sys.argv = ["cpaudit", *asked["arguments"]]
        from cpaudit.cli import main
        main(asked["arguments"])
    except SystemExit as ended:
        code = ended.code or 0
        try:
            for each in (sys.stdout, sys.stderr):
                each is None or each.flush()
        except OSError:
            code = 120
    finally:
        os._exit(code)
"""


@cache
def _parent() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    given = [sys.executable, "-P", "-c", _PARENT, str(theirs.fileno())]
    process = subprocess.Popen(given, pass_fds=[theirs.fileno()], cwd="/")
    theirs.close()
    atexit.register(lambda: (ours.close(), process.wait()))
    return ours


def run(
    arguments: Sequence[str],
    *,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    close: Sequence[int] = (),
    cwd: Path | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run ``cpaudit`` with these arguments; what goes to no file given is kept, streams in ``close`` are shut."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error, Path(os.devnull).open("rb") as nothing:
        os.umask(umask := os.umask(0))
        asked = {
            "arguments": list(arguments),
            "close": list(close),
            "cwd": str(cwd or Path.cwd()),
            "umask": umask,
            "env": {**os.environ, **environment},
        }
        streams = [each if isinstance(each, int) else each.fileno() for each in (nothing, stdout or out, stderr or error)]
        socket.send_fds(_parent(), [json.dumps(asked).encode()], streams)
        code = int(_parent().recv(64))
        said = []
        for kept in (out, error):
            kept.seek(0)
            said.append(kept.read().decode())
    return subprocess.CompletedProcess(list(arguments), code, *said)
