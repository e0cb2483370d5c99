"""The dashboards' service: Voila with our pages, on this machine only, and nothing else of the notebooks' folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit.errors import CpauditError, UsageError
from cpaudit.serving.definitions import Dashboard, dashboards, home, notebooks
from cpaudit.startup import skip_iri_grammar

if TYPE_CHECKING:
    from collections.abc import Callable

_ADDRESS = "127.0.0.1"


def serve(
    port: int = 8866,
    warehouse: str | Path | None = None,
    open_browser: bool = False,
    *,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the dashboards on 127.0.0.1 until interrupted; ``ready`` gets the address once they can be opened.

    Each viewer gets a kernel of its own, which ends with the page, with the service, or after minutes without a viewer.

    Raises:
        UsageError: the port is taken.
        SnapshotError: the warehouse has no snapshot.
        DefinitionError: dashboards.yaml is wrong.
    """
    from cpaudit import snapshots

    place = Path(warehouse or snapshots.default_warehouse()).resolve()
    snapshots.read(place)
    _check_port(port)
    listed = dashboards()
    os.environ[snapshots.WAREHOUSE_VARIABLE] = str(place)
    # Voila looks for its templates there; the variable comes before every other place.
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(home()), os.environ.get("JUPYTER_PATH")]))
    skip_iri_grammar()
    with tempfile.TemporaryDirectory(prefix="cpaudit-") as folder:
        assets = Path(folder) / "assets"
        version = _write_assets(assets)
        app = _application(listed, assets)
        app.initialize([])
        app.voila_configuration.config.VoilaConfiguration.resources = {"cpaudit": _for_template(listed, version)}
        _when_started(f"http://{_ADDRESS}:{port}/", open_browser, ready or _announce)
        app.port = port
        app.start()


def _announce(address: str) -> None:
    print(f"看板已启动：{address}  （按 Ctrl+C 停止）", flush=True)


def _check_port(port: int) -> None:
    import socket

    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_ADDRESS, port))
        except (OSError, OverflowError):
            raise UsageError(f"端口 {port} 不能使用（可能已被占用），请用 --port 换一个。") from None


def _write_assets(folder: Path) -> str:
    """Put together what the pages load; return a version that changes with any of it."""
    import shutil

    from cpaudit.render import html

    html.write_assets(folder)
    for source in (home() / "static").iterdir():
        shutil.copyfile(source, folder / source.name)
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _for_template(listed: tuple[Dashboard, ...], version: str) -> dict[str, Any]:
    """What the template needs: menu, titles by notebook name, and the errors whose text is meant for readers."""
    names = {d.id: Path(d.notebook).stem for d in listed}
    return {
        "version": version,
        "menu": [{"id": d.id, "title": d.title, "name": names[d.id]} for d in listed],
        "titles": {names[d.id]: d.title for d in listed},
        "errors": sorted(_error_names(CpauditError)),
    }


def _error_names(kind: type[CpauditError]) -> set[str]:
    return {kind.__name__}.union(*(_error_names(sub) for sub in kind.__subclasses__()))


def _when_started(address: str, open_browser: bool, ready: Callable[[str], None]) -> None:
    from tornado.ioloop import IOLoop

    def started() -> None:
        ready(address)
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    IOLoop.current().add_callback(started)


def _application(listed: tuple[Dashboard, ...], assets: Path) -> Any:
    from jupyter_core.paths import jupyter_path
    from tornado.web import HTTPError, StaticFileHandler
    from traitlets.config import Config
    from voila.app import Voila
    from voila.handler import BaseVoilaHandler
    from voila.tornado.handler import TornadoVoilaHandler

    class NotFound(BaseVoilaHandler):  # type: ignore[misc]
        """Answers every other address with our page."""

        def get(self) -> None:
            raise HTTPError(404)

    class Dashboards(Voila):  # type: ignore[misc]
        """Voila that shows the listed notebooks, and no folder, file or other notebook."""

        name = "voila"

        @property
        def data_dir(self) -> str:
            # Voila takes the first folder of its name, but ours holds the template only.
            return next(p for p in jupyter_path("voila") if (Path(p) / "themes").is_dir())

        def init_handlers(self) -> list[Any]:
            base = self.server_url
            common = {
                "template_paths": self.template_paths,
                "config": self.config,
                "voila_configuration": self.voila_configuration,
            }
            # Voila's last rule shows its one notebook at every address; before it stand the parts a page needs.
            parts = [h for h in super().init_handlers()[:-1] if "/voila/files/" not in h[0]]
            pages = [
                (address, TornadoVoilaHandler, {"notebook_path": entry.notebook, **common})
                for address, entry in [(base, listed[0]), *((f"{base}{d.id}", d) for d in listed)]
            ]
            rest = [
                (f"{base}assets/(.*)", StaticFileHandler, {"path": str(assets)}),
                (".*", NotFound, {"voila_configuration": self.voila_configuration}),
            ]
            return [*parts, *pages, *rest]

    config = Config()
    config.Voila.ip = _ADDRESS
    config.Voila.port_retries = 0
    config.Voila.open_browser = False
    config.Voila.root_dir = str(notebooks())
    config.Voila.notebook_path = str(notebooks() / listed[0].notebook)
    config.Voila.config_file_paths = [str(home())]
    config.Voila.log_level = "ERROR"
    config.Voila.tornado_settings = {"compress_response": True}
    if os.name == "posix":
        config.KernelManager.transport = "ipc"  # no ports: what a kernel says stays with this user
    # The template decides what a failed cell shows; it needs to know which error it was.
    config.VoilaConfiguration.show_tracebacks = True
    return Dashboards(config=config)
