"""Messages of a page to its kernel, as they go over its socket."""

from __future__ import annotations

import json
from typing import Any

from cpaudit.serving.doors.gate import put_together


def frame(kind: str, content: dict[str, Any] | None = None, channel: str = "shell", **header: Any) -> bytes:
    head = {"msg_id": "1", "msg_type": kind, "session": "s", "username": "", "version": "5.2", **header}
    return put_together([json.dumps(part).encode() for part in (head, {}, {"version": "1.0.0"}, content or {})], channel)
