"""What a page says to its kernel and asks about it: only its own viewer may, and every message passes the gate."""

from __future__ import annotations

import asyncio
import json
import logging
import zlib
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamBufferFullError
from tornado.web import HTTPError
from tornado.websocket import WebSocketProtocol13
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from cpaudit.serving.doors import gate
from cpaudit.serving.handlers import MONTH_DAYS, WAIT_S, Ours
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from cpaudit.serving.processes.kernels import Session
    from cpaudit.serving.service import Service

_log = logging.getLogger(__name__)
#: A connection to a kernel costs the service as much as so many requests.
_CONNECTING = 5


class _OfKernel(Ours):
    """Answers about a kernel to the viewer whose page it is; to others there is no such kernel."""

    def session(self, kernel_id: str) -> Session:
        """Return the session of a kernel of this viewer."""
        found = self.service.kernels.session_of(kernel_id, self.viewer, self.browser)
        if found is None:
            raise HTTPError(404)
        return found

    def answer(self, content: Any) -> None:
        """Answer with JSON."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(content, default=str))


class KernelHandler(_OfKernel):
    """What the widgets' software asks first: whether its kernel is there."""

    async def get(self, kernel_id: str) -> None:
        """Answer the question."""
        kernels = self.service.kernels
        if not kernels.alive(self.session(kernel_id)):
            raise HTTPError(404)
        self.answer(kernels.kernel_model(kernel_id))  # type: ignore[no-untyped-call]


class StateHandler(_OfKernel):
    """What a page asks every few seconds: does its kernel live, is there a newer snapshot than the one it shows?"""

    async def get(self, kernel_id: str) -> None:
        """Answer the question; ``why`` is what its viewer should know of a page that was cut off or ended."""
        if why := self.service.kernels.why(kernel_id, self.viewer, self.browser):
            self.answer({"alive": False, "newer": False, "why": why})
            return
        session = self.session(kernel_id)
        newest = self.service.newest
        newer = bool(newest and session.version and newest != session.version)
        self.answer({"alive": self.service.kernels.alive(session), "newer": newer, "why": session.said})


class CloseHandler(_OfKernel):
    """A page that is being left says so; its kernel ends now instead of after a while."""

    async def post(self, kernel_id: str) -> None:
        """End the kernel, if the page itself asks."""
        origin = self.request.headers.get("Origin")
        if origin and origin.partition("://")[2] != self.request.host:
            raise HTTPError(403)
        await self.service.kernels.close(self.session(kernel_id))
        self.set_status(204)


class _Counted(WebSocketProtocol13):
    """Counts the frames that no message comes of: Tornado answers or gathers them itself and never asks whether to go on."""

    handler: SocketHandler

    async def _receive_frame(self) -> None:
        heard = self.handler.heard
        try:
            await super()._receive_frame()
        except zlib.error:  # said to be packed, and nothing that can be unpacked
            self.handler.refuse(gate.Refused("can't be unpacked"))
        if self.handler.heard == heard:
            self.handler.on_frame()


class SocketHandler(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """A page's connection to its kernel; every message passes the gate."""

    service: Service
    page: Session
    connection: Any = None
    #: Whether the page counts it: whoever leaves before it is open was never there.
    counted = False
    #: How many messages came.
    heard = 0

    #: None while it opens: until the kernel has answered, nobody reads a page's answers to pings.
    ping_interval = ping_timeout = 0.0

    def get_compression_options(self) -> dict[str, Any]:
        """States of widgets are large and compress well."""
        return {"compression_level": 1}

    def set_default_headers(self) -> None:
        """Tell nobody which software answers."""
        super().set_default_headers()
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Find the session, before anything is said."""
        self.service = service = self.settings["cpaudit"]
        cookie = self.get_signed_cookie(service.cookie, max_age_days=MONTH_DAYS)
        self.browser = cookie.decode() if cookie else ""
        viewer = service.door.who(self.request.remote_ip or "", self.request.headers, bool(self.browser))
        self.current_user = self._jupyter_current_user = viewer
        account = service.account(viewer, self.request.remote_ip or "")
        if account.barred() or not account.requests.take(_CONNECTING):
            await asyncio.sleep(WAIT_S)
            raise HTTPError(429)
        session = service.kernels.session_of(self.path_kwargs["kernel_id"], viewer, self.browser)
        if session is None or self.request.method != "GET":
            raise HTTPError(404)
        self.page = session

    def write_error(self, status_code: int, **_more: Any) -> None:
        """Browsers show no page for a socket."""
        self.finish()

    def log_exception(self, typ: Any, value: Any, trace: Any) -> None:
        """Keep the log for what went wrong here; never the request itself, which names whose it is."""
        if not isinstance(value, HTTPError):
            _log.error("socket", exc_info=(typ, value, trace))

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Speak the one protocol that the gate reads."""
        return gate.PROTOCOL if gate.PROTOCOL in subprotocols else None

    async def open(self, kernel_id: str) -> None:
        """Connect page and kernel; a page has one connection, or two while it comes back."""
        self.page.connections += 1
        self.service.sockets.add(self)
        self.counted = True
        self.page.connected_once = True
        if self.selected_subprotocol != gate.PROTOCOL or self.page.connections > 2:
            self.close(1008, "refused")
            return
        self.page.touch()
        self.page.said = ""
        self.page.asked = True
        # Not Jupyter's own way to open, whose pings take these seconds for milliseconds.
        await self.connection.connect()
        if self.ws_connection is not None:
            # A page that doesn't listen is found out within the time that slow ones are given.
            self.ws_connection.params.ping_interval = self.ws_connection.params.ping_timeout = settings().slow_s / 2
            self.ws_connection.start_pinging()

    def on_message(self, ws_message: str | bytes) -> None:
        """Pass a page's message on, or end the connection."""
        self.heard += 1
        if self.ws_connection is None:  # ended, and what was on its way still comes
            return
        if not self.service.allows(self.page.viewer):
            self.close(1008, "refused")
            return
        try:
            parts = self.page.gate.admit(ws_message)
        except gate.Refused as reason:
            self.refuse(reason)
            return
        self.page.touch()
        self.page.asked = True
        if self.connection is not None:
            super().on_message(gate.put_together(parts))

    def get_websocket_protocol(self) -> _Counted | None:
        """Read frames with an eye on their number."""
        usual = super().get_websocket_protocol()
        return _Counted(self, False, usual.params) if usual else None

    def on_frame(self) -> None:
        """Count a frame like any message."""
        if self.ws_connection is not None and (excess := self.page.account.charge(1)):
            self.refuse(gate.TooMuch(excess))

    def refuse(self, reason: gate.Refused) -> None:
        """End the connection without listening to the rest."""
        _log.warning("refused: %s", reason)
        if isinstance(reason, gate.TooMuch):
            self.page.account.bar()
            self.page.said = "操作过于频繁，连接已断开。请稍等几秒，再刷新页面。"
        stream = self.ws_connection.stream
        self.close(1008, "refused")
        stream.close()

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Pass a kernel's message on, or leave it out."""
        if isinstance(message, bytes) and not self.page.gate.release(message):
            return None
        if self.ws_connection is None or self.ws_connection.is_closing():  # its kernel still answers what a lost page asked
            return None
        if excess := self.page.account.told(len(message)):
            self.refuse(gate.TooMuch(excess))
            return None
        try:
            return super().write_message(message, binary)
        except StreamBufferFullError:
            self.refuse(gate.Refused("takes nothing of what it asked for"))
            return None

    def on_close(self) -> None:
        """Count who is left."""
        if self.counted:
            self.service.sockets.discard(self)
            self.page.connections -= 1
            self.page.touch()
        if self.connection is not None:
            super().on_close()
