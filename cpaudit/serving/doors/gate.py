"""What passes between a viewer's page and its kernel: messages of widgets that are on the page, and nothing else."""

from __future__ import annotations

import itertools
import json
from typing import Any

from cpaudit.serving.doors.allowance import Account

#: The only protocol spoken: one frame holds channel, header, parent, metadata, content and buffers behind a table of offsets.
PROTOCOL = "v1.kernel.websocket.jupyter.org"
_VERSION = "5.3"
#: From a page: never anything that runs, inspects or completes code, answers an input, reads history or ends a kernel.
FROM_PAGE = frozenset({"kernel_info_request", "comm_info_request", "comm_open", "comm_msg", "comm_close"})
#: From a kernel: no code, no output of cells (the page has it already), no traceback.
FROM_KERNEL = frozenset({"status", "kernel_info_reply", "comm_info_reply", "comm_open", "comm_msg", "comm_close"})
#: The only target that a page opens itself: it asks for the state of the widgets there are.
_CONTROL = "jupyter.widget.control"
_WIDGET_METHODS = frozenset({"update", "custom", "request_state"})
_PARTS = 5
#: A page has one such comm at a time, for as long as its widgets load.
_MOST_CONTROLS = 16
_LONGEST_WORD = 128


class Refused(Exception):
    """A message that no page of ours sends."""


class TooMuch(Refused):
    """One message more than its viewer may send now."""


class Gate:
    """The gate of one kernel: knows its widgets, and the account of its viewer, which all of that viewer's gates share."""

    def __init__(self, account: Account | None = None) -> None:
        self.widgets: set[str] = set()
        self._controls: set[str] = set()
        self._account = account or Account()
        self._passed = itertools.count()

    def admit(self, frame: str | bytes) -> list[bytes]:
        """Return header, parent, metadata, content and buffers of a page's message, written anew, so that no two readers differ.

        Raises:
            TooMuch: its viewer says too much; nobody has looked into the message.
            Refused: it may not pass.
        """
        if excess := self._account.charge(len(frame)):
            raise TooMuch(excess)
        channel, parts = _take_apart(frame)
        if channel != "shell":
            raise Refused("another channel")
        header, _, metadata, content = (_mapping(part) for part in parts[:4])
        kind = header.get("msg_type")
        if not isinstance(kind, str) or kind not in FROM_PAGE:
            raise Refused("a message of another kind")
        if kind.startswith("comm_") and kind != "comm_info_request":
            self._check_comm(kind, content)
        # Anything else in a header is for the kernel to stumble over, or to be sent elsewhere in it.
        header = {"msg_id": _word(header, "msg_id"), "session": _word(header, "session"), "msg_type": kind}
        header |= {"username": "", "version": _VERSION}
        # A kernel complains at length of a message that it has seen before: none comes twice.
        metadata = {key: _word(metadata, key) for key in ("version",) if key in metadata} | {"passed": next(self._passed)}
        return [*(json.dumps(each).encode() for each in (header, {}, metadata, content)), *parts[4:]]

    def release(self, frame: bytes) -> bool:
        """Return whether a kernel's message may go to the page; widgets that it opens or closes are noted."""
        _, parts = _take_apart(frame)
        kind = json.loads(parts[0]).get("msg_type")
        if kind == "comm_open":
            self.widgets.add(json.loads(parts[3])["comm_id"])
        elif kind == "comm_close":
            comm = json.loads(parts[3])["comm_id"]
            self.widgets.discard(comm)
            self._controls.discard(comm)
        return kind in FROM_KERNEL

    def _check_comm(self, kind: str, content: dict[str, Any]) -> None:
        comm = _word(content, "comm_id")
        if kind == "comm_open":
            if content.get("target_name") != _CONTROL or content.get("target_module") or comm in self.widgets:
                raise Refused("another comm target")
            if len(self._controls) >= _MOST_CONTROLS:
                raise Refused("more comms than a page opens")
            self._controls.add(comm)
            return
        if comm not in self.widgets | self._controls:
            raise Refused("a comm that the page doesn't have")
        if kind == "comm_msg":
            data = content.get("data")
            method = data.get("method") if isinstance(data, dict) else None
            allowed = {"request_states"} if comm in self._controls else _WIDGET_METHODS
            if not isinstance(method, str) or method not in allowed:
                raise Refused("a widget message of another kind")
        else:
            self._controls.discard(comm)


def put_together(parts: list[bytes], channel: str = "shell") -> bytes:
    """Return the frame of a message's parts."""
    pieces = [channel.encode(), *parts]
    at = 8 * (len(pieces) + 2)
    offsets = [at]
    for piece in pieces:
        at += len(piece)
        offsets.append(at)
    return b"".join(n.to_bytes(8, "little") for n in (len(offsets), *offsets)) + b"".join(pieces)


def _take_apart(frame: str | bytes) -> tuple[str, list[bytes]]:
    """Return channel and parts.

    Raises:
        Refused: the frame is text, or its offsets don't fit it.
    """
    if isinstance(frame, str):
        raise Refused("text instead of a frame")
    count = int.from_bytes(frame[:8], "little")
    if not _PARTS < count <= 64 or len(frame) < 8 * (count + 1):
        raise Refused("no table of offsets")
    offsets = [int.from_bytes(frame[8 * (i + 1) : 8 * (i + 2)], "little") for i in range(count)]
    if offsets[0] != 8 * (count + 1) or offsets[-1] != len(frame) or offsets != sorted(offsets):
        raise Refused("offsets that don't fit")
    try:
        channel = frame[offsets[0] : offsets[1]].decode()
    except UnicodeDecodeError:
        raise Refused("a channel that is no text") from None
    return channel, [frame[a:b] for a, b in itertools.pairwise(offsets[1:])]


def _mapping(part: bytes) -> dict[str, Any]:
    try:
        found = json.loads(part)
    except (ValueError, RecursionError):
        raise Refused("no JSON") from None
    if not isinstance(found, dict):
        raise Refused("no JSON object")
    return found


def _word(of: dict[str, Any], key: str) -> str:
    """Return what a page's software has made up as a name for something.

    Raises:
        Refused: it is none.
    """
    found = of.get(key)
    if not isinstance(found, str) or not found.isascii() or len(found) > _LONGEST_WORD:
        raise Refused("a name that is none")
    return found
