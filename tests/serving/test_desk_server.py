"""The analyst's desk ends when it is asked to, whatever its orderly end waits for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HANGING = """
import signal, time
from cpaudit.serving.lab import server
server._SECONDS_TO_END = 0.5
signal.signal(signal.SIGTERM, lambda *_: time.sleep(600))
server._end_in_time(signal.SIGTERM)
print("ready", flush=True)
time.sleep(600)
"""


def test_an_end_that_hangs_is_cut_short() -> None:
    with subprocess.Popen([sys.executable, "-P", "-c", HANGING], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(120) == 0


STARTING = """
import logging, sys
from pathlib import Path
from cpaudit.serving.lab import server
from jupyter_server.serverapp import ServerApp

def started(self):
    secret = self.identity_provider.token
    log = logging.getLogger("somebody's extension")
    try:
        raise RuntimeError(secret)
    except RuntimeError:
        self.log.exception("failed at %s", secret)
        log.exception("failed at %s" % secret)
    print(secret, flush=True)

ServerApp.start = started
server.serve_lab(Path(sys.argv[1]), Path(sys.argv[1]), port=0, ready=lambda address: None)
"""


def test_the_log_holds_no_token_even_of_what_fails_while_the_desk_starts(tmp_path: Path) -> None:
    own = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-P", "-c", STARTING, str(tmp_path)], capture_output=True, text=True, check=True, env=own, timeout=300
    )
    token = run.stdout.strip()
    assert len(token) > 20
    assert token not in run.stderr
    assert "RuntimeError" in run.stderr, "that something failed is said"
