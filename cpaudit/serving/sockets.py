"""What a page says to its kernel and asks about it: only its own viewer may, and every message passes the gate."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from cpaudit.serving import gate
from cpaudit.serving.handlers import MONTH_DAYS, Ours

if TYPE_CHECKING:
    from cpaudit.serving.kernels import Session
    from cpaudit.serving.service import Service

_log = logging.getLogger(__name__)


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
        """Answer the question."""
        session = self.session(kernel_id)
        newest = self.service.newest
        newer = bool(newest and session.version and newest != session.version)
        self.answer({"alive": self.service.kernels.alive(session), "newer": newer})


class CloseHandler(_OfKernel):
    """A page that is being left says so; its kernel ends now instead of after a while."""

    async def post(self, kernel_id: str) -> None:
        """End the kernel, if the page itself asks."""
        origin = self.request.headers.get("Origin")
        if origin and origin.partition("://")[2] != self.request.host:
            raise HTTPError(403)
        await self.service.kernels.close(self.session(kernel_id))
        self.set_status(204)


class SocketHandler(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """A page's connection to its kernel; every message passes the gate."""

    service: Service

    ping_interval = ping_timeout = 30.0

    def get_compression_options(self) -> dict[str, Any]:
        """States of widgets are large and compress well."""
        return {"compression_level": 1}

    async def prepare(self) -> None:
        """Find the session, before anything is said."""
        self.service = service = self.settings["cpaudit"]
        cookie = self.get_signed_cookie(service.cookie, max_age_days=MONTH_DAYS)
        self.browser = cookie.decode() if cookie else ""
        viewer = service.door.who(self.request.remote_ip or "", self.request.headers, bool(self.browser))
        self.current_user = self._jupyter_current_user = viewer
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
        if self.selected_subprotocol != gate.PROTOCOL or self.page.connections > 2:
            self.close(1008, "refused")
            return
        self.page.touch()
        # Not Jupyter's own way to open, whose pings take these seconds for milliseconds.
        await self.connection.connect()

    def on_message(self, ws_message: str | bytes) -> None:
        """Pass a page's message on, or end the connection."""
        if not self.service.allows(self.page.viewer):
            self.close(1008, "refused")
            return
        try:
            parts = self.page.gate.admit(ws_message)
        except gate.Refused as reason:
            _log.warning("refused: %s", reason)
            self.close(1008, "refused")
            return
        self.page.touch()
        if self.connection is not None:
            super().on_message(gate.put_together(parts))

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Pass a kernel's message on, or leave it out."""
        if isinstance(message, bytes) and not self.page.gate.release(message):
            return None
        return super().write_message(message, binary)

    def on_close(self) -> None:
        """Count who is left."""
        self.page.connections -= 1
        self.service.sockets.discard(self)
        self.page.touch()
        if self.connection is not None:
            super().on_close()
