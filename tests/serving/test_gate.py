"""What a page's socket lets through: the messages of its own widgets, whole and once; nothing that runs code."""

from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.serving.doors import gate
from cpaudit.serving.doors.gate import Gate, Refused, put_together
from cpaudit.serving.sockets import SocketHandler
from tests.support.messages import frame

WIDGET = "w" * 32


@pytest.fixture
def door() -> Gate:
    made = Gate()
    made.widgets.add(WIDGET)
    return made


def message(method: str, comm: str = WIDGET, **more: Any) -> bytes:
    return frame("comm_msg", {"comm_id": comm, "data": {"method": method, **more}})


def test_a_page_may_ask_for_its_widgets_and_change_them(door: Gate) -> None:
    door.admit(frame("kernel_info_request"))
    door.admit(frame("comm_info_request", {"target_name": "jupyter.widget"}))
    door.admit(frame("comm_open", {"comm_id": "c1", "target_name": "jupyter.widget.control", "data": {}}))
    door.admit(message("request_states", "c1"))
    parts = door.admit(message("update", state={"value": "tangshan"}))
    assert json.loads(parts[3])["data"]["state"] == {"value": "tangshan"}
    door.admit(frame("comm_close", {"comm_id": "c1"}))
    with pytest.raises(Refused, match="doesn't have"):
        door.admit(message("request_states", "c1"))


@pytest.mark.parametrize(
    "kind",
    [
        "execute_request",
        "inspect_request",
        "complete_request",
        "is_complete_request",
        "history_request",
        "input_reply",
        "shutdown_request",
        "interrupt_request",
        "debug_request",
        "connect_request",
        "create_subshell_request",
        "usage_request",
        "",
        "Execute_Request",
        "execute_request ",
    ],
)
@pytest.mark.parametrize("channel", ["shell", "control", "stdin", "iopub"])
def test_nothing_that_runs_reads_or_ends_passes(door: Gate, kind: str, channel: str) -> None:
    with pytest.raises(Refused):
        door.admit(frame(kind, {"code": "1/0"}, channel))


@pytest.mark.parametrize("channel", ["control", "stdin", "iopub", "", "SHELL"])
def test_even_an_allowed_message_passes_on_the_widgets_channel_only(door: Gate, channel: str) -> None:
    with pytest.raises(Refused):
        door.admit(frame("kernel_info_request", channel=channel))


@pytest.mark.parametrize(
    "content",
    [
        {"comm_id": "x", "target_name": "jupyter.widget", "data": {}},
        {"comm_id": "x", "target_name": "os.system", "data": {}},
        {"comm_id": "x", "target_name": "jupyter.widget.control", "target_module": "os"},
        {"comm_id": WIDGET, "target_name": "jupyter.widget.control"},
        {"comm_id": 5, "target_name": "jupyter.widget.control"},
        {"target_name": "jupyter.widget.control"},
    ],
)
def test_a_page_can_not_make_objects_in_the_kernel(door: Gate, content: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        door.admit(frame("comm_open", content))


def test_messages_to_other_comms_or_of_other_kinds_do_not_pass(door: Gate) -> None:
    for bad in (
        message("update", "elsewhere"),
        message("exec"),
        message("request_states"),
        frame("comm_msg", {"comm_id": WIDGET}),
        frame("comm_msg", {"comm_id": WIDGET, "data": "update"}),
        frame("comm_close", {"comm_id": "elsewhere"}),
    ):
        with pytest.raises(Refused):
            door.admit(bad)


def test_two_readers_of_a_message_can_not_differ(door: Gate) -> None:
    double = b'{"msg_type": "execute_request", "msg_type": "kernel_info_request", "msg_id": "1", "session": "s"}'
    parts = door.admit(put_together([double, b"{}", b"{}", b"{}"]))
    assert parts[0].count(b"msg_type") == 1
    assert json.loads(parts[0])["msg_type"] == "kernel_info_request"


@pytest.mark.parametrize("odd", [{"date": "2022-99-99T00:00:00Z"}, {"subshell_id": "another"}, {"username": ["x"]}])
def test_what_a_kernel_would_stumble_over_in_a_header_does_not_reach_it(door: Gate, odd: dict[str, Any]) -> None:
    """It would write a line into the log for each of forty messages a second, for as long as the page likes."""
    (key, value), *_ = odd.items()
    assert json.loads(door.admit(frame("kernel_info_request", **odd))[0]).get(key) != value
    head = json.dumps({"msg_type": "kernel_info_request", "msg_id": "1", "session": "s"}).encode()
    _, parent, metadata, _ = door.admit(put_together([head, json.dumps(odd).encode(), json.dumps(odd).encode(), b"{}"]))
    assert json.loads(parent) == {}
    assert key not in json.loads(metadata)


@pytest.mark.parametrize("name", ["msg_id", "session"])
@pytest.mark.parametrize("odd", [None, 1, "\ud800", "x" * 200])
def test_a_message_without_a_usable_name_does_not_pass(door: Gate, name: str, odd: object) -> None:
    with pytest.raises(Refused):
        door.admit(frame("kernel_info_request", **{name: odd}))


def test_a_page_opens_only_so_many_comms(door: Gate) -> None:
    """Each is kept by the gate and by the kernel for as long as the page is open."""

    def open_one(comm: int) -> None:
        door.admit(frame("comm_open", {"comm_id": str(comm), "target_name": "jupyter.widget.control", "data": {}}))

    for comm in range(50):  # a page that loads its widgets again and again
        open_one(comm)
        door.admit(frame("comm_close", {"comm_id": str(comm)}))
    for comm in range(16):
        open_one(comm)
    with pytest.raises(Refused, match="more comms"):
        open_one(16)


@given(st.binary(max_size=200) | st.text(max_size=50))
def test_whatever_is_no_message_is_refused_and_breaks_nothing(noise: bytes | str) -> None:
    with pytest.raises(Refused):
        Gate().admit(noise)


@given(st.lists(st.binary(max_size=30), min_size=4, max_size=8), st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_frame_passes_only_as_what_it_says(parts: list[bytes], at: int, byte: int) -> None:
    damaged = bytearray(put_together(parts))
    damaged[at % len(damaged)] = byte
    with pytest.raises(Refused):
        Gate().admit(bytes(damaged))


def test_a_flood_is_cut_off(door: Gate) -> None:
    for _ in range(100):
        door.admit(message("update", state={}))

    def flood() -> None:
        for _ in range(1000):
            door.admit(message("update", state={}))

    with pytest.raises(Refused, match="too many"):
        flood()


def test_code_tracebacks_and_printed_text_never_reach_the_page(door: Gate) -> None:
    for kind in ("execute_input", "error", "stream", "display_data", "execute_result", "inspect_reply"):
        assert not door.release(frame(kind, {"code": "secret"}, "iopub"))
    for kind in ("status", "comm_msg", "kernel_info_reply", "comm_info_reply"):
        assert door.release(frame(kind, {}, "iopub"))


def test_widgets_that_the_kernel_opens_later_are_the_page_s_until_they_are_closed(door: Gate) -> None:
    assert door.release(frame("comm_open", {"comm_id": "later", "target_name": "jupyter.widget"}, "iopub"))
    door.admit(message("update", "later", state={}))
    door.release(frame("comm_close", {"comm_id": "later"}, "iopub"))
    with pytest.raises(Refused):
        door.admit(message("update", "later", state={}))


def test_what_a_kernel_answers_to_a_page_that_has_gone_is_no_event(door: Gate) -> None:
    """A page may ask much, listen to nothing and be cut off: each answer would be three errors in the log."""
    handler = SocketHandler.__new__(SocketHandler)
    handler.page, handler.ws_connection = SimpleNamespace(gate=door), None  # type: ignore[assignment]
    assert handler.write_message(frame("status", {}, "iopub"), binary=True) is None


def test_the_frame_is_the_one_that_jupyter_reads() -> None:
    from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

    parts = [b'{"a":1}', b"{}", b"{}", b'{"c":2}', b"buffer"]
    assert put_together(parts) == serialize_msg_to_ws_v1(parts, "shell")
    assert deserialize_msg_from_ws_v1(put_together(parts)) == ("shell", parts)
    assert gate.PROTOCOL == "v1.kernel.websocket.jupyter.org"


ODD = ([], ["kernel_info_request"], {}, {"comm_msg": 1}, None, 1, 1.5, True, ["comm_open"] * 1000)


@pytest.mark.parametrize("odd", ODD)
def test_what_should_be_a_word_and_is_none_is_refused_and_breaks_nothing(door: Gate, odd: object) -> None:
    door.admit(frame("comm_open", {"comm_id": "c1", "target_name": "jupyter.widget.control", "data": {}}))
    for bad in (
        frame("", msg_type=odd),
        message(odd),  # type: ignore[arg-type]
        message(odd, "c1"),  # type: ignore[arg-type]
        frame("comm_open", {"comm_id": "x", "target_name": odd}),
        frame("comm_open", {"comm_id": odd, "target_name": "jupyter.widget.control"}),
        frame("comm_msg", {"comm_id": odd, "data": {"method": "update"}}),
        frame("comm_msg", {"comm_id": WIDGET, "data": odd}),
        frame("comm_close", {"comm_id": odd}),
    ):
        with pytest.raises(Refused):
            door.admit(bad)


@pytest.mark.parametrize(
    "part", [b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"a": ' + b"1" * 5_000 + b"}", b'{"a": "\\ud800"}']
)
@pytest.mark.parametrize("place", range(4))
def test_json_that_is_hard_to_read_or_to_write_breaks_nothing(door: Gate, part: bytes, place: int) -> None:
    parts = [b'{"msg_type": "kernel_info_request"}', b"{}", b"{}", b"{}"]
    parts[place] = part
    with contextlib.suppress(Refused):
        door.admit(put_together(parts))


def test_a_refusal_repeats_nothing_of_what_was_sent(door: Gate) -> None:
    secret = "唐山示例厂"
    for bad in (
        frame(secret),
        frame("kernel_info_request", channel=secret),
        frame("comm_open", {"comm_id": "x", "target_name": secret}),
        message(secret),
        message("update", secret),
        secret,
    ):
        with pytest.raises(Refused) as caught:
            door.admit(bad)
        assert secret not in repr(caught.value)
