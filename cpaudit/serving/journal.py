"""What a service writes into its log: what happened and where in the program; no names, no values, no tokens."""

from __future__ import annotations

import logging
import math
import os
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import IO

from cpaudit.visible import visible

#: Loggers whose texts we wrote and looked through; of others' records only their fixed part is kept.
_OURS = "cpaudit"
#: Jupyter's loggers pass on everything and leave it to their handlers, which go, to drop what is routine: ten lines a message.
_LEAST = logging.WARNING
#: Whoever makes the program say the same again and again fills no disk with it, and hides nothing else that it says.
_MOST_A_MINUTE = 20
_MINUTE_S = 60.0
#: Levels as syslog numbers them.
_PRIORITY = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4}
#: How much was said since the start by level, also what wasn't written.
COUNTED: Counter[str] = Counter()


class _Formatter(logging.Formatter):
    def __init__(self, *, journald: bool) -> None:
        super().__init__()
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        # journald reads the level from the beginning of a line, and keeps the time itself.
        begin = f"<{_PRIORITY.get(record.levelno, 4)}>" if self._journald else f"{self.formatTime(record)} {record.levelname} "
        said = f"{begin}{record.name}: {_said(record)}"
        error = record.exc_info[1] if record.exc_info else None
        note = getattr(record, "note", "")
        return " ".join(visible(said).splitlines()) + (f" — {where(error)}" if error else "") + note


class _Repeated(logging.Filter):
    """Lets each place in the program speak so many times a minute, and says where something was left out."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written."""
        COUNTED[record.levelname.lower()] += 1
        place, now = (record.pathname, record.lineno), time.monotonic()
        since, count = self._said.get(place, (-math.inf, 0))
        if now - since >= _MINUTE_S:
            if count > _MOST_A_MINUTE:
                record.note = f"（此前有 {count - _MOST_A_MINUTE} 次没有记）"
            since, count = now, 0
        elif count == _MOST_A_MINUTE - 1:
            record.note = "（一分钟内同样的不再记）"
        self._said[place] = since, count + 1
        return count < _MOST_A_MINUTE


def _no_event(record: logging.LogRecord) -> bool:
    """Return whether something happened: not where a kernel's socket was closed while something of it was on its way."""
    return not str(record.msg).startswith("Got events for closed stream")


class _Handler(logging.StreamHandler[IO[str]]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Go on: a log that can't be written, on a full disk say, has nobody to tell, and the record may hold values."""


def install(stream: IO[str] | None = None) -> None:
    """Have all logging of this process go through here, to ``stream`` or standard error."""
    handler = _Handler(stream)
    handler.setFormatter(_Formatter(journald=_to_journald(stream or sys.stderr)))
    handler.setLevel(_LEAST)
    handler.addFilter(_no_event)
    handler.addFilter(_Repeated())
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    for known in logging.Logger.manager.loggerDict.values():
        if isinstance(known, logging.Logger):
            known.handlers.clear()
            known.propagate = True
            if known.level < _LEAST:
                known.setLevel(logging.NOTSET)


def _to_journald(stream: IO[str]) -> bool:
    """Return whether systemd has connected this stream to its journal: it names device and file of what it connected."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def where(error: BaseException) -> str:
    """Return the kind of an error and the lines that it came through, without what it says: that may hold names and values.

    >>> try: {}["唐山示例厂"]
    ... except KeyError as error: where(error).partition(" ")[0]
    'KeyError'
    """
    lines = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{type(error).__name__} {' '.join(lines)}".strip() + (f" ← {where(cause)}" if cause else "")


def _said(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] == _OURS:
        return record.getMessage()
    # A text without arguments may have been put together before: nothing says what of it is fixed.
    fixed = record.msg if record.args and isinstance(record.msg, str) else ""
    return f"{fixed} ({Path(record.pathname).name}:{record.lineno})".strip()
