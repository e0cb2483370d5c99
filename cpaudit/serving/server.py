"""The dashboards' service: Voila with our pages, kernels, gate and doors, and nothing else of Jupyter's."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit.errors import CpauditError, UsageError
from cpaudit.serving.access import Door, ProxyDoor, TokenDoor
from cpaudit.serving.configuration import configuration
from cpaudit.serving.definitions import Dashboard, dashboards, home, notebooks
from cpaudit.serving.settings import settings
from cpaudit.startup import skip_iri_grammar

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.serving.kernels import Kernels

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_KERNEL = r"(?P<kernel_id>[0-9a-f-]{36})"
_log = logging.getLogger(__name__)


def serve(
    port: int = 8866,
    warehouse: str | Path | None = None,
    open_browser: bool = False,
    *,
    address: str = "127.0.0.1",
    access: str | Path | None = None,
    token: str = "",
    base_url: str = "/",
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the dashboards until interrupted; ``ready`` gets the link once they can be opened.

    Without ``access`` the service listens on this machine only, and the link holds a token (``token``, else a new one);
    with an access file (see docs) it believes the proxy in front of it and gives each user the units listed there.
    Each open page has a kernel of its own, which ends with the page, with the service, or after minutes without a viewer.

    Raises:
        UsageError: the port is taken, or ``address`` is not of this machine while there is no ``access``.
        SnapshotError: the warehouse has no snapshot.
        DefinitionError: dashboards.yaml, service.yaml or the access file is wrong.
    """
    from cpaudit import snapshots

    place = Path(warehouse or snapshots.default_warehouse()).resolve()
    snapshots.read(place)
    if access is None and address not in _LOOPBACK:
        raise UsageError(f"没有权限文件时看板只能在本机打开；要用 {address} 对外服务，请用 --access 给出权限文件。")
    _check_port(address, port)
    listed = dashboards()
    settings()
    door: Door = TokenDoor(token) if access is None else ProxyDoor(Path(access))
    os.environ[snapshots.WAREHOUSE_VARIABLE] = str(place)
    # Voila looks for its templates there; the variable comes before every other place.
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(home()), os.environ.get("JUPYTER_PATH")]))
    skip_iri_grammar()
    with tempfile.TemporaryDirectory(prefix="cpaudit-") as folder:
        service = Service(listed, door, place, Path(folder), port)
        app = service.application(address, "/" + base_url.strip("/") + "/" if base_url.strip("/") else "/")
        link = f"http://{address}:{port}{app.base_url}"
        link += f"?token={door.token}" if isinstance(door, TokenDoor) else ""
        service.when_started(link, open_browser, ready or _announce)
        app.start()


def _announce(link: str) -> None:
    print(f"看板已启动：{link}  （按 Ctrl+C 停止）", flush=True)


def _check_port(address: str, port: int) -> None:
    import socket

    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except (OSError, OverflowError):
            raise UsageError(f"端口 {port} 不能使用（可能已被占用），请用 --port 换一个。") from None


class Service:
    """What the handlers share: who is let in, the files, the kernels, and the newest snapshot's version."""

    def __init__(self, listed: tuple[Dashboard, ...], door: Door, warehouse: Path, folder: Path, port: int) -> None:
        from cpaudit.serving.assets import Assets
        from cpaudit.serving.nursery import Nursery

        self.listed, self.door, self.warehouse, self.port = listed, door, warehouse, port
        self.assets = Assets(folder / "assets")
        self.nursery = Nursery([notebooks() / d.notebook for d in listed])
        # Cookies know no ports: two services on one machine must not take each other's.
        self.cookie = f"cpaudit-{port}"
        self.newest = ""
        self.app: Any = None

    @property
    def kernels(self) -> Kernels:
        """The kernels and sessions."""
        found: Kernels = self.app.kernel_manager
        return found

    @property
    def prefix(self) -> str:
        """The address of the files, with their version."""
        return f"{self.app.base_url}s/{self.assets.version}/"

    @cached_property
    def exporter(self) -> Any:
        """What turns cells into HTML; its templates are compiled once."""
        from voila.exporter import VoilaExporter

        app = self.app
        made = VoilaExporter(
            template_paths=app.template_paths,
            template_name=app.voila_configuration.template,
            config=app.config,
            contents_manager=app.contents_manager,
            base_url=app.base_url,
            default_preprocessors=[],  # outputs are as our kernels made them
        )
        made.exclude_input = made.exclude_output_prompt = made.exclude_input_prompt = True
        return made

    def for_template(self) -> dict[str, Any]:
        """What the template needs: menu, addresses, and the errors whose text is meant for readers."""
        menu = [{"id": d.id, "title": d.title, "readers": d.readers} for d in self.listed]
        return {"prefix": self.prefix, "menu": menu, "errors": sorted(_error_names(CpauditError))}

    @cached_property
    def page_config(self) -> dict[str, Any]:
        """What Voila's software reads of a page: where its files are."""
        from voila.utils import get_page_config

        config: dict[str, Any] = get_page_config(
            base_url=self.app.base_url,
            settings=self.app.app.settings,
            log=self.app.log,
            voila_configuration=self.app.voila_configuration,
        )
        prefix = self.prefix.rstrip("/")
        # Jupyter's own would be fetched from another host as soon as a text holds a formula; pages of ours hold none.
        config["fullMathjaxUrl"] = f"{prefix}/no-formulas.js"
        return {**config, "fullStaticUrl": f"{prefix}/static", "fullLabextensionsUrl": f"{prefix}/labextensions"}

    def when_started(self, link: str, open_browser: bool, ready: Callable[[str], None]) -> None:
        """Have the warm parent, the spare kernels and the checks start with the event loop."""
        from tornado.ioloop import IOLoop, PeriodicCallback

        from cpaudit import snapshots

        async def started() -> None:
            self.kernels.nursery = self.nursery
            self.newest = snapshots.newest(self.warehouse)
            self.nursery.start(self._stamp())
            # What the first viewer would wait for otherwise.
            _ = self.exporter.template, self.page_config
            self._packing = asyncio.create_task(asyncio.to_thread(self.assets.pack))
            self.kernels.fill()
            PeriodicCallback(self.check, settings().check_s * 1000).start()
            ready(link)
            if open_browser:
                import webbrowser

                webbrowser.open(link)

        IOLoop.current().add_callback(started)

    def check(self) -> None:
        """See what is new: a snapshot, the program's own files; take kernels back."""
        from cpaudit import snapshots

        self.newest = snapshots.newest(self.warehouse)
        self.nursery.renew(self._stamp())
        self.kernels.fill()
        task = asyncio.ensure_future(self.kernels.sweep(self._still_allowed))
        task.add_done_callback(_report)

    def _stamp(self) -> object:
        return self.newest, _code_stamp()

    def _still_allowed(self, viewer: Any) -> bool:
        return not isinstance(self.door, ProxyDoor) or self.door.viewer(viewer.name) == viewer

    def application(self, address: str, base_url: str) -> Any:
        """Return Voila, configured and initialized, with our addresses only."""
        from jupyter_events import EventLogger
        from voila.app import Voila

        service = self

        class Dashboards(Voila):  # type: ignore[misc]
            """Voila that shows the listed notebooks, and no folder, file or other notebook."""

            name = "voila"

            @property
            def data_dir(self) -> str:
                from jupyter_core.paths import jupyter_path

                # Voila takes the first folder of its name, but ours holds the template only.
                return next(p for p in jupyter_path("voila") if (Path(p) / "themes").is_dir())

            def init_settings(self) -> dict[str, Any]:
                from cpaudit.serving.gate import FROM_PAGE

                made: dict[str, Any] = super().init_settings()
                self.kernel_manager.allowed_message_types = sorted(FROM_PAGE)
                self.event_logger = EventLogger()  # one for all kernels, instead of one for each
                return {**made, "cpaudit": service, "allow_unauthenticated_access": True}

            def init_handlers(self) -> list[Any]:
                return service.addresses(self.server_url)

            def stop(self) -> None:
                service.nursery.stop()
                super().stop()

        self.app = Dashboards(config=configuration(self, address, base_url))
        self.app.initialize([])
        return self.app

    def addresses(self, base: str) -> list[Any]:
        """Return every address that is answered, and by what."""
        from cpaudit.serving import handlers, sockets

        common = {"voila_configuration": self.app.voila_configuration}
        pages = [(base, self.listed[0]), *((f"{base}{d.id}", d) for d in self.listed)]
        return [
            *((address, handlers.PageHandler, {"dashboard": d, **common}) for address, d in pages),
            (rf"{base}s/(?P<version>[0-9a-f]+)/(?P<name>.+)", handlers.AssetHandler),
            (rf"{base}api/kernels/{_KERNEL}", sockets.KernelHandler, common),
            (rf"{base}api/kernels/{_KERNEL}/channels", sockets.SocketHandler),
            (rf"{base}state/{_KERNEL}", sockets.StateHandler, common),
            (rf"{base}voila/api/shutdown/{_KERNEL}", sockets.CloseHandler, common),
            (".*", handlers.NotFound, common),
        ]


def _report(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("sweep", exc_info=error)


def _error_names(kind: type[CpauditError]) -> set[str]:
    return {kind.__name__}.union(*(_error_names(sub) for sub in kind.__subclasses__()))


def _code_stamp() -> str:
    """Return what changes with any file that a warm parent has read: the package, its definitions, the notebooks."""
    from cpaudit.reference import root

    stamp = hashlib.sha256()
    for folder in (Path(__file__).parent.parent, root(), notebooks(), home()):
        for parent, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                if not name.endswith(".pyc"):
                    path = os.path.join(parent, name)  # noqa: PTH118 - some five hundred files, every few seconds
                    try:
                        stamp.update(f"{path} {os.stat(path).st_mtime_ns}\n".encode())  # noqa: PTH116
                    except OSError:
                        continue
    return stamp.hexdigest()
