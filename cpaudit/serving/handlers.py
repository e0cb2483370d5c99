"""What the service answers: pages, their files, and one page in Chinese for all that doesn't exist or fails."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from typing import TYPE_CHECKING, Any, NoReturn

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler
from voila.handler import BaseVoilaHandler

from cpaudit.serving.doors.access import TokenDoor, Viewer
from cpaudit.serving.processes.kernels import Full
from cpaudit.serving.renderer import render
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from cpaudit.serving.doors.allowance import Account
    from cpaudit.serving.service import Service

_log = logging.getLogger(__name__)
_YEAR_S = 31536000
MONTH_DAYS = 30
#: Whoever asks too much waits so long for being told so: a flood takes its time elsewhere.
WAIT_S = 1.0
#: What is sent in one go; a reader who doesn't take so much in the time for slow ones is cut off.
_PIECE = 64 * 1024


class Ours(BaseVoilaHandler):  # type: ignore[misc]
    """Knows the viewer; every answer has the headers that keep a page to itself, every failure is a page in Chinese."""

    service: Service
    nonce = ""
    #: What an answer takes, as so many requests.
    cost = 1

    def initialize(self, **more: Any) -> None:
        """Know the service."""
        super().initialize(**more)
        self.service = self.settings["cpaudit"]

    def set_default_headers(self) -> None:
        """Set them before anything can fail."""
        self.nonce = self.nonce or secrets.token_urlsafe(16)
        self.clear_header("Server")
        for name, value in security_headers(self.nonce).items():
            self.set_header(name, value)

    async def prepare(self) -> None:
        """Let in who is known."""
        self.current_user = self.viewer = self.find_viewer()
        await self.count(self.cost if self.viewer else 1)
        if self.viewer is None:
            raise HTTPError(403, reason="Forbidden")

    @property
    def browser(self) -> str:
        """The cookie that binds kernels to a browser, '' without one."""
        found = self.get_signed_cookie(self.service.cookie, max_age_days=MONTH_DAYS)
        return found.decode() if found else ""

    def find_viewer(self) -> Viewer | None:
        """Return whom the door takes this request for."""
        return self.service.door.who(self.request.remote_ip or "", self.request.headers, bool(self.browser))

    async def count(self, cost: int = 1) -> None:
        """Count the request as its viewer's, as so many.

        Raises:
            _Told: there are too many.
        """
        self.account = self.service.account(self.viewer, self.request.remote_ip or "")
        # A page may wait for its turn; what is small and comes in a flood is told so.
        if not (await self.account.in_turn(cost) if cost > 1 else self.account.requests.take(1)):
            await asyncio.sleep(WAIT_S)
            self.set_header("Connection", "close")
            raise _Told(429, "请求过于频繁，请等几秒再打开。")

    def remember(self) -> str:
        """Give the browser its cookie; return its value."""
        value = self.browser or secrets.token_urlsafe(24)
        secure = self.request.headers.get("X-Forwarded-Proto", self.request.protocol) == "https"
        self.set_signed_cookie(
            self.service.cookie, value, expires_days=None, httponly=True, samesite="Lax", secure=secure, path=self.base_url
        )
        return value

    def write_error(self, status_code: int, **more: Any) -> None:
        """Answer with a page that says what is wrong and what to do."""
        error = (more.get("exc_info") or (None, None))[1]
        message = error.log_message if isinstance(error, _Told) else ""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        if status_code == 503:
            self.set_header("Retry-After", "60")
        page = self.settings["voila_jinja2_env"].get_template("error.html")
        names = {"prefix": self.service.prefix, "base_url": self.base_url}
        self.finish(page.render(status_code=status_code, message=message, **names))

    def log_exception(self, typ: Any, value: Any, trace: Any) -> None:
        """Keep the log for what went wrong here, not for wrong addresses."""
        if not isinstance(value, HTTPError | StreamClosedError):
            _log.error("%s %s", self.request.method, self.request.path, exc_info=(typ, value, trace))


class _Told(HTTPError):
    """A failure whose ``log_message`` is a sentence for the viewer."""


def security_headers(nonce: str) -> dict[str, str]:
    """Return the headers of every answer.

    The policy allows this host only, and scripts that it serves or that carry the page's nonce; no text is ever run as code.
    ``blob:`` is how a widget's own module gets into the page, inline styles are how plotly and Jupyter place what they draw.
    """
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' blob: 'nonce-{nonce}'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{key} {value}" for key, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


async def send(handler: RequestHandler, content: bytes, account: Account) -> None:
    """Send as fast as it is taken, and no faster than its reader's share.

    Raises:
        StreamClosedError: the reader has gone, takes too little, or has asked for far more than is sent to anybody.
    """
    for at in range(0, len(content), _PIECE):
        piece = content[at : at + _PIECE]
        if not await account.in_time(len(piece)):
            cut_off(handler)
        handler.write(piece)
        try:
            await asyncio.wait_for(handler.flush(), settings().slow_s)
        except TimeoutError:
            cut_off(handler)


def cut_off(handler: RequestHandler) -> NoReturn:
    """End a connection without another word.

    Raises:
        StreamClosedError: always.
    """
    handler.request.connection.stream.close()  # type: ignore[union-attr]
    raise StreamClosedError


class PageHandler(Ours):
    """A dashboard: its head at once, then cell by cell as the kernel works."""

    cost = 10

    def initialize(self, *, dashboard: Any, **more: Any) -> None:  # type: ignore[override]
        """Take the dashboard of this address."""
        super().initialize(**more)
        self.dashboard = dashboard

    async def prepare(self) -> None:
        """Let in who is known, or has the link's token."""
        if self.embedded_elsewhere():
            raise HTTPError(403, reason="Forbidden")
        door, token = self.service.door, self.get_query_argument("token", "")
        if isinstance(door, TokenDoor) and token and door.knows(token):
            # The link's token becomes a cookie, and doesn't stay in the address, the history, or a copied link.
            self.viewer = None
            await self.count()
            self.remember()
            rest = "&".join(p for p in self.request.query.split("&") if not p.startswith("token="))
            self.redirect(self.request.path + (f"?{rest}" if rest else ""))
            return
        await super().prepare()

    def embedded_elsewhere(self) -> bool:
        """Return whether another site has the browser fetch the page as a picture, a frame: it would take its reader's places.

        Browsers say so themselves, and send the name and password of a reader who is logged in along with it.
        """
        site, use = (self.request.headers.get(f"Sec-Fetch-{name}", "") for name in ("Site", "Dest"))
        return site not in ("", "none", "same-origin") and use != "document"

    async def get(self) -> None:
        """Answer with the page, as it is made."""
        assert self.viewer
        kernels = self.service.kernels
        try:
            self.session = kernels.admit(self.viewer, self.remember(), self.account)
        except Full as full:
            raise _Told(503, full.args[0]) from None
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")  # nginx passes on what there is
        made = render(self.service, self.dashboard, self.session, self.request.query, self.nonce)
        try:
            async with contextlib.aclosing(made):
                async for piece in made:
                    await send(self, piece.encode(), self.account)
                    self.session.touch()
            self.session.finish()
        except StreamClosedError:
            self.session.failed = self.session.gone = True
        except BaseException:
            self.session.failed = True
            raise
        finally:
            if self.session.failed:
                await kernels.close(self.session)

    def on_connection_close(self) -> None:
        """Whoever leaves before the page is there needs no kernel."""
        super().on_connection_close()
        if session := getattr(self, "session", None):
            session.failed = session.gone = True


class AssetHandler(RequestHandler):
    """A file of the pages: compressed beforehand, kept by browsers for good, since its address changes with it."""

    def set_default_headers(self) -> None:
        """A file runs nothing and is nobody's secret."""
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    async def get(self, version: str, name: str) -> None:
        """Answer with the file, in its asker's turn."""
        service: Service = self.settings["cpaudit"]
        address = self.request.remote_ip or ""
        account = service.account(service.door.who(address, self.request.headers, False), address)
        with contextlib.suppress(StreamClosedError):  # the reader has gone, or was cut off: nobody is there to be told
            if not await account.for_file():
                cut_off(self)
            await self.answer(service, account, version, name)

    async def answer(self, service: Service, account: Account, version: str, name: str) -> None:
        """Answer with the file, no faster than it is taken."""
        asset = service.assets.get(name)
        if asset is None:
            raise HTTPError(404)
        current = version == service.assets.version
        self.set_header("Content-Type", asset.type)
        self.set_header("Cache-Control", f"public, max-age={_YEAR_S}, immutable" if current else "no-cache")
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("ETag", asset.etag)
        if self.check_etag_header():
            self.set_status(304)
            return
        packed = asset.packed if "gzip" in self.request.headers.get("Accept-Encoding", "") else None
        if packed is not None:
            self.set_header("Content-Encoding", "gzip")
        content = packed if packed is not None else asset.content
        self.set_header("Content-Length", str(len(content)))
        if self.request.method == "GET":
            await send(self, content, account)
        self.finish()

    head = get

    def compute_etag(self) -> str | None:
        """The file has its own already."""
        return None

    def write_error(self, status_code: int, **_more: Any) -> None:
        """Browsers show no page for a file."""
        self.finish()

    def log_exception(self, *_what: Any) -> None:
        """A wrong address is no event."""


class NotFound(Ours):
    """Answers every other address, and every method, with one page, to known and unknown viewers alike."""

    async def prepare(self) -> None:
        """There is nothing here."""
        self.viewer = self.find_viewer()
        await self.count()
        raise HTTPError(404)
