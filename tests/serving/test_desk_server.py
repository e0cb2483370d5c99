"""The analyst's desk ends when it is asked to, whatever its orderly end waits for."""

from __future__ import annotations

import subprocess
import sys

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
