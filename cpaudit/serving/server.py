"""The dashboards' service: Voila with our pages, kernels, gate and doors, and nothing else of Jupyter's."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import durable, startup
from cpaudit.errors import UsageError
from cpaudit.errors.absent import require
from cpaudit.serving import journal
from cpaudit.serving.configuration import configuration, connection_limits
from cpaudit.serving.definitions import dashboards, home
from cpaudit.serving.doors import loopback
from cpaudit.serving.doors.access import SECRET_VARIABLE, TokenDoor, door_for
from cpaudit.serving.doors.openness import listened_at, reached_under
from cpaudit.serving.service import Service
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

#: A socket's path has 103 bytes at most (macOS), of which a kernel's own part takes 65.
_LONGEST_TEMPORARY = 38
#: What every system with sockets that are files has.
_SHORT = "/tmp"  # noqa: S108 - a folder of its own is made in it
_KERNEL = r"(?P<kernel_id>[0-9a-f-]{36})"


def serve(
    port: int = 8866,
    warehouse: str | Path | None = None,
    *,
    programme: str = "",
    address: str = "127.0.0.1",
    access: str | Path | None = None,
    token: str = "",
    base_url: str = "/",
    health: int | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the dashboards until interrupted; ``ready`` gets the link once they can be opened.

    Without ``access`` the service listens on this machine only, and the link holds a token (``token``, else a new one);
    with an access file (see docs) it believes the proxy in front of it and gives each user the units listed there.
    ``programme`` '' shows the only one of the warehouse. ``health`` is a port on this machine only where programs of its
    operator learn how the service is (see docs).
    Each open page has a kernel of its own, which ends with the page, with the service, or after minutes without a viewer.

    Raises:
        UsageError: a port is taken; ``address`` is not of this machine while there is no ``access``; there is ``access``
            but no secret of the proxy (or a weak one) in the environment; ``address`` is no address; there are several
            programmes, and nobody says which.
        SnapshotError: the warehouse has no snapshot.
        DefinitionError: dashboards.yaml, service.yaml or the access file is wrong.
    """
    from cpaudit import snapshots

    startup.leave_working_folder()
    require("service", "voila", "ipywidgets", "anywidget", "prometheus_client", "psutil")
    address, base_url = listened_at(address), reached_under(base_url)
    temporary = _room_for_sockets()
    door = door_for(address, None if access is None else Path(access), token)
    os.environ.pop(SECRET_VARIABLE, None)  # no kernel has a use for it
    place = Path(warehouse or snapshots.default_warehouse()).resolve()
    programme = snapshots.meant(place, programme)
    snapshots.read(place, None, programme)
    _check_port(address, port)
    if health is not None:
        if health == port:
            raise UsageError(f"--health 和 --port 不能是同一个端口（{port}），请换一个。")
        _check_port(loopback.ADDRESS, health, "--health")
    listed = dashboards()
    settings()
    os.environ.update({snapshots.WAREHOUSE_VARIABLE: str(place), snapshots.PROGRAMME_VARIABLE: programme})
    # Voila looks for its templates there; the variable comes before every other place.
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(home()), os.environ.get("JUPYTER_PATH")]))
    startup.skip_iri_grammar()
    os.environ.pop("PYTHONSTARTUP", None)
    with durable.scratch(temporary) as folder:
        os.environ["IPYTHONDIR"] = str(folder)  # nobody's own profile, whose scripts each kernel would run
        service = Service(listed, door, place, programme, folder, port)
        app = _application(service, address, base_url, health)
        link = f"http://{f'[{address}]' if ':' in address else address}:{port}{app.base_url}"
        link += f"?token={door.token}" if isinstance(door, TokenDoor) else ""
        journal.install()
        service.when_started(link, ready or _announce)
        app.start()


def _announce(link: str) -> None:
    """Show the link, on standard output only: it may hold the token, and the log is standard error."""
    with contextlib.suppress(OSError):  # no room for it: whoever started the service knows where it is
        print(f"看板已启动：{link}  （按 Ctrl+C 停止）", flush=True)


def _room_for_sockets() -> str:
    """Return where kernels' sockets can be reached: a path that is too long, as macOS has by itself, would have every page fail.

    Raises:
        UsageError: there is no such place.
    """
    place = tempfile.gettempdir()
    for short in (place, _SHORT):
        if sys.platform == "win32" or (len(os.fsencode(short)) <= _LONGEST_TEMPORARY and os.access(short, os.W_OK | os.X_OK)):
            return short
    raise UsageError(
        f"临时目录 {place} 的路径太长（最多 {_LONGEST_TEMPORARY} 个字节），看板的内核无法启动；请把 TMPDIR 设为较短的目录。"
    )


def _check_port(address: str, port: int, option: str = "--port") -> None:
    import socket

    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except (OSError, OverflowError):
            raise UsageError(f"端口 {port} 不能使用（可能已被占用），请用 {option} 换一个。") from None


def _application(service: Service, address: str, base_url: str, health: int | None) -> Any:
    """Return Voila, configured and initialized, with our addresses only; at the port ``health`` what its operator asks."""
    from jupyter_events import EventLogger
    from voila.app import Voila

    from cpaudit.serving.doors import connections
    from cpaudit.serving.health import answering

    class Dashboards(Voila):  # type: ignore[misc]
        """Voila that shows the listed notebooks, and no folder, file or other notebook."""

        name = "voila"

        @property
        def data_dir(self) -> str:
            from jupyter_core.paths import jupyter_path

            # Voila takes the first folder of its name, but ours holds the template only.
            return next(p for p in jupyter_path("voila") if (Path(p) / "themes").is_dir())

        def init_settings(self) -> dict[str, Any]:
            from cpaudit.serving.doors.gate import FROM_PAGE

            made: dict[str, Any] = super().init_settings()
            self.kernel_manager.allowed_message_types = sorted(FROM_PAGE)
            self.event_logger = EventLogger()  # one for all kernels, instead of one for each
            return {**made, "cpaudit": service, "allow_unauthenticated_access": True}

        def listen(self) -> None:
            # What Voila's own listening leaves at an hour and at a hundred megabytes.
            self.app.listen = connections.Server(self.app, door=service.door, **connection_limits()).listen
            if health is not None:
                answering(service).open_at(health)
            super().listen()

        def init_handlers(self) -> list[Any]:
            return _addresses(service, self.server_url)

        def stop(self) -> None:
            service.nursery.stop()
            super().stop()

    service.app = Dashboards(config=configuration(service, address, base_url))
    service.app.initialize([])
    return service.app


def _addresses(service: Service, base: str) -> list[Any]:
    """Return every address that is answered, and by what."""
    from cpaudit.serving import handlers, sockets

    common = {"voila_configuration": service.app.voila_configuration}
    pages = [(base, service.listed[0]), *((f"{base}{d.id}", d) for d in service.listed)]
    return [
        *((address, handlers.PageHandler, {"dashboard": d, **common}) for address, d in pages),
        (rf"{base}s/(?P<version>[0-9a-f]+)/(?P<name>.+)", handlers.AssetHandler),
        (rf"{base}api/kernels/{_KERNEL}", sockets.KernelHandler, common),
        (rf"{base}api/kernels/{_KERNEL}/channels", sockets.SocketHandler),
        (rf"{base}state/{_KERNEL}", sockets.StateHandler, common),
        (rf"{base}voila/api/shutdown/{_KERNEL}", sockets.CloseHandler, common),
        (".*", handlers.NotFound, common),
    ]
