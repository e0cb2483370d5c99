"""A dashboard's notebook, run in a kernel and rendered cell by cell, through Voila's renderer."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any

import nbformat
from voila.execute import VoilaExecutor
from voila.notebook_renderer import NotebookRenderer

from cpaudit.render.notebook.outputs import WIDGET, drawn
from cpaudit.serving.definitions import explored, heading, notebooks, shown_part
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from cpaudit.serving.definitions import Dashboard
    from cpaudit.serving.processes.kernels import Session
    from cpaudit.serving.service import Service

_log = logging.getLogger(__name__)
#: A page that is not there yet shows a sign of life so often; proxies cut silent connections.
_BEAT_S = 5.0
#: What stands where a notebook shows nothing.
_NOTHING = '<p class="cp-caveat">这个笔记本没有显示任何内容。</p>\n'
#: How IPython writes a traceback.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"^File (\S+?\.py):(\d+)", re.MULTILINE)


async def render(service: Service, dashboard: Dashboard, session: Session, query: str, nonce: str) -> AsyncGenerator[str, None]:
    """Yield the page piece by piece: its head before there is a kernel, signs of life where a cell takes long."""
    renderer = _Renderer(service, dashboard, session, query, nonce)
    await renderer.initialize()
    pieces: asyncio.Queue[str | None] = asyncio.Queue()

    async def fill() -> None:
        try:
            async for piece, _ in renderer.generate_content_generator(None, None):
                await pieces.put(piece)
        except Exception:
            if not session.gone:
                _log.exception("page %s", dashboard.id)
            session.failed = True
            await pieces.put(renderer.failure())
        finally:
            renderer.end_turn()
            await pieces.put(None)

    work = asyncio.create_task(fill())
    try:
        while True:
            try:
                piece = await asyncio.wait_for(pieces.get(), _BEAT_S)
            except TimeoutError:
                yield f'<script nonce="{nonce}">window.voila_heartbeat();</script>\n'
                continue
            # Templates make many small pieces: what is there is sent together.
            together = []
            while piece is not None:
                together.append(piece)
                if pieces.empty():
                    break
                piece = pieces.get_nowait()
            if together:
                yield "".join(together)
            if piece is None:
                return
    finally:
        work.cancel()


class _Ended(Exception):
    """The session was ended before it had a kernel."""


class _Renderer(NotebookRenderer):  # type: ignore[misc]
    """Takes its kernel from ours; a first cell, which no reader sees, tells the kernel whose it is and what was opened."""

    def __init__(self, service: Service, dashboard: Dashboard, session: Session, query: str, nonce: str) -> None:
        app = service.app
        super().__init__(
            voila_configuration=app.voila_configuration,
            traitlet_config=app.config,
            notebook_path=dashboard.notebook,
            template_paths=app.template_paths,
            config_manager=app.config_manager,
            contents_manager=app.contents_manager,
            base_url=app.base_url,
            kernel_spec_manager=app.kernel_spec_manager,
            page_config=service.page_config,
        )
        self._service, self._session, self._nonce = service, session, nonce
        # Voila's and nbclient's words about a kernel that was ended because its reader left say nothing to anybody.
        self.log = logging.Logger("traitlets")
        self.log.parent = logging.getLogger("traitlets")
        self.log.addFilter(lambda _record: not session.gone)
        units = session.viewer.units
        told = f"{query!r}, {None if units is None else list(units)!r}"
        self._opening = f"from cpaudit.serving import session; print(session.begin({told}))"
        self._dashboard = dashboard
        self._cell_s = settings().cell_s
        self._in_turn = False
        self._last = ""

    async def initialize(self, **_more: Any) -> None:
        """Read what readers see of the notebook and put the opening before it."""
        self.cwd = ""
        self.notebook = shown_part(notebooks() / self._dashboard.notebook)
        self.notebook.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python"}
        if self._dashboard.own and not explored(self.notebook):
            head = heading(self._dashboard.title)
            self.notebook.cells.insert(0, nbformat.v4.new_code_cell(head))  # type: ignore[no-untyped-call]
        self._last = next((c.source for c in reversed(self.notebook.cells) if c.cell_type == "code"), "")
        self.notebook.cells.insert(0, nbformat.v4.new_code_cell(self._opening))  # type: ignore[no-untyped-call]
        self.exporter = self._service.exporter
        page = {"id": self._dashboard.id, "title": self._dashboard.title, "nonce": self._nonce}
        self.resources = {
            "base_url": self.base_url,
            "metadata": {"name": self._dashboard.id},
            "cpaudit": {**self._service.for_template(), **page},
        }

    def end_turn(self) -> None:
        """Let the viewer's next page be made."""
        if self._in_turn:
            self._in_turn = False
            self._session.account.turn.release()

    def failure(self) -> str:
        """Return what a page shows whose making failed for no reason that a reader can mend."""
        return (
            '<p class="cp-caveat cp-bad cp-failed" role="alert">这一页未能生成。请稍后刷新；'
            "若仍不行，请联系维护人员查看服务日志。</p>\n"
            f'<script nonce="{self._nonce}">window.voila_finish();</script>\n'
        )

    async def _jinja_kernel_start(self, nb: Any, kernel_id: Any, kernel_future: Any) -> str:
        await self._session.account.turn.acquire()
        self._in_turn = True
        kernel = await self._service.kernels.take()
        if self._session not in self._service.kernels.sessions:  # its viewer's rights went while it waited
            await self._service.kernels.end(kernel)
            raise _Ended
        self._service.kernels.give(self._session, kernel)
        # On a busy machine a cell's output may come long after its answer: a page without it would be empty.
        waits = {"timeout": self._cell_s, "iopub_timeout": self._cell_s}
        self.executor = VoilaExecutor(nb, km=kernel.manager, config=self.traitlet_config, show_tracebacks=True, **waits)
        self.executor.log, self.executor.kc = self.log, kernel.client
        self.kernel_started = True
        return kernel.id

    async def _jinja_cell_generator(self, nb: Any, kernel_id: Any) -> AsyncIterator[Any]:
        seen: set[str] = set()
        shown = False
        async for cell in super()._jinja_cell_generator(nb, kernel_id):
            outputs = cell.get("outputs", [])
            if self._session.gone:
                return
            if any(o["output_type"] == "error" for o in outputs):
                self._session.failed = True
                _log.error("page %s: %s", self._dashboard.id, " ".join(_kind_and_places(o) for o in outputs))
            elif cell.source == self._opening:
                self._session.version = "".join(o.get("text", "") for o in outputs).strip()
                cell.outputs = []
            states = self.executor.widget_state
            self._session.gate.widgets.update(states)
            new = [s for key, s in states.items() if key not in seen and s.get("_anywidget_id", "").endswith("PageView")]
            seen.update(states)
            # What the cell's widget will show is shown before the widgets' software is there.
            cell.metadata["early"] = "".join(s.get("html", "") for s in new)
            if self._dashboard.own and cell.cell_type == "code" and cell.source != self._opening:
                # Whatever one's own notebook shows is drawn as our pages are; widgets and errors have their own ways.
                cell.metadata["drawn"] = drawn(outputs)
                cell.outputs = [o for o in outputs if o["output_type"] == "error" or WIDGET in o.get("data", {})]
                shown = shown or bool(cell.metadata["drawn"] or cell.outputs)
                if cell is nb.cells[-1] or cell.source == self._last:
                    cell.metadata["drawn"] = cell.metadata["drawn"] or ("" if shown else _NOTHING)
            yield cell
            if cell.source == self._opening and self._session.failed:
                return  # without data there is nothing more to say than why

    async def _cleanup_resources(self) -> None:
        """The service keeps its connection: the kernel's end closes it."""


def _kind_and_places(output: Any) -> str:
    """Return of a failed cell what helps to mend it: the kind of error and the places, not what they held."""
    if output["output_type"] != "error":
        return ""
    text = _COLOURS.sub("", "\n".join(output["traceback"]))
    places = [f"{name.replace(chr(92), '/').rpartition('/')[2]}:{line}" for name, line in _PLACE.findall(text)]
    return " ".join([output["ename"], *places])
