"""JupyterLab as our desk: its settings come from here alone, it listens on this machine, and asks for nothing outside."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import durable, startup
from cpaudit.errors import CpauditError, UsageError
from cpaudit.errors.absent import require
from cpaudit.serving import journal
from cpaudit.serving.lab import folder as notebooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from traitlets.config import Config

_ADDRESS = "127.0.0.1"
_HERE = Path(__file__).parent
#: The server waits five seconds for a kernel that has been asked to end.
_SECONDS_TO_END = 30
#: The server interrupts a kernel before it ends it; one that is still starting has nothing to say to that.
_KERNEL = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from cpaudit.serving.lab.kernel import main; main()"
#: Unix sockets, which nobody else can reach; their paths must be short.
_LONGEST_SOCKET = 60
#: A notebook or a result from elsewhere may name a picture, a style, a frame of another host: asking for it would tell that
#: host who reads what. JupyterLab itself makes code from texts (its settings' schemas) and writes scripts into its page.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}


def serve_lab(
    folder: Path,
    warehouse: Path,
    *,
    programme: str = "",
    port: int = 8888,
    open_browser: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve JupyterLab over ``folder`` until interrupted; ``ready`` gets the address, which holds the access token.

    A taken ``port`` gives way to one of the next. What the user sets in JupyterLab is kept in a folder of our own:
    ``~/.jupyter`` is neither read nor written.

    Raises:
        UsageError: no free port; there are several programmes, and nobody says which.
        CpauditError: the folder of its settings can't be written.
    """
    from cpaudit import snapshots

    startup.leave_working_folder()
    require("lab", "jupyterlab")
    home = _own_settings()
    warehouse = warehouse.resolve()
    os.environ.update(
        {snapshots.WAREHOUSE_VARIABLE: str(warehouse), snapshots.PROGRAMME_VARIABLE: snapshots.meant(warehouse, programme)}
    )
    os.environ.update(startup.TOLD)  # which workspace is in force: kernels are this process's children
    os.environ.update(JUPYTER_NO_CONFIG="1", JUPYTER_CONFIG_DIR=str(home))
    startup.skip_iri_grammar()
    from jupyter_server.serverapp import ServerApp
    from jupyterlab import commands
    from tornado.ioloop import IOLoop

    # JupyterLab asks yarn where it would fetch packages from if it built something, and yarn runs the program that a
    # .yarnrc.yml names in any folder above the installation, a project's with its .venv say.
    commands._yarn_config = lambda _logger: {"yarn config": {}, "npm config": {}}
    server = ServerApp.instance(config=_configuration(folder, home, port, open_browser))
    server.log.addFilter(_nothing_of_the_routine)
    journal.install()
    try:
        server.initialize(argv=[], find_extensions=False)
    except SystemExit:
        raise UsageError(f"端口 {port} 起没有可用的端口，请用 --port 换一个。") from None
    journal.install()  # the server has put its own handlers beside, which write whole texts, an address with its token too
    for number in (signal.SIGINT, signal.SIGTERM):
        _end_in_time(number)
    address = f"http://{_ADDRESS}:{server.port}{server.default_url}?token={server.identity_provider.token}"
    IOLoop.current().add_callback(ready or _announce, address)
    server.start()


def _end_in_time(number: signal.Signals) -> None:
    """Have the desk end soon after a signal even where its orderly end hangs on a kernel or a browser; kernels end with it."""
    orderly = signal.getsignal(number)

    def stop(*received: Any) -> None:
        last = threading.Timer(_SECONDS_TO_END, os._exit, (0,))
        last.daemon = True
        last.start()
        if callable(orderly):
            orderly(*received)

    signal.signal(number, stop)


def _announce(address: str) -> None:
    print(f"JupyterLab 已启动：{address}  （按 Ctrl+C 停止）", flush=True)


def _nothing_of_the_routine(record: logging.LogRecord) -> bool:
    """Let errors through; jupyter_server calls it critical that it starts and stops, in English."""
    return record.levelno < logging.CRITICAL


def _own_settings() -> Path:
    from platformdirs import user_config_path

    home = user_config_path("cpaudit", appauthor=False) / "lab"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CpauditError(f"设置目录 {home} 无法写入（{durable.reason(error)}），请检查写入权限。") from error
    return home


def _configuration(folder: Path, home: Path, port: int, open_browser: bool) -> Config:
    from jupyter_core.paths import ENV_JUPYTER_PATH, jupyter_runtime_dir
    from jupyterlab.handlers.announcements import NeverCheckForUpdate
    from traitlets.config import Config

    folder, start, places = notebooks.opened(folder)
    config = Config()
    server = config.ServerApp
    server.jpserver_extensions = {"jupyterlab": True, "jupyter_server_terminals": True}
    server.ip, server.port, server.open_browser = _ADDRESS, port, open_browser
    server.root_dir = str(folder)
    server.default_url = f"/lab/tree/{start}" if start else "/lab"
    server.kernel_spec_manager_class = kernel_specs()
    server.allow_root = True  # this machine only, and with a token
    server.answer_yes = True  # Ctrl+C means it
    config.Application.log_level = "ERROR"
    for browsing in ("WebPDFExporter", "QtPDFExporter", "QtPNGExporter"):  # a browser without our policy would open the notebook
        config[browsing].enabled = False
    config.TemplateExporter.extra_template_basedirs = []  # its own is the working folder, whose conf.json may run anything
    # Nothing is ever built here: no server to ask whether something should be.
    server.tornado_settings = {
        "page_config_data": {"buildAvailable": False, "buildCheck": False, **({"cpauditPlaces": places} if places else {})},
        "headers": {"Content-Security-Policy": "; ".join(f"{key} {value}" for key, value in _POLICY.items())},
    }
    config.IdentityProvider.token = secrets.token_hex(24)
    if notebooks.in_checkout(folder):
        config.ContentsManager.pre_save_hook = notebooks.without_results
    if os.name == "posix" and len(os.fsencode(jupyter_runtime_dir())) < _LONGEST_SOCKET:
        config.KernelManager.transport = "ipc"
    lab = config.LabApp
    lab.app_settings_dir = str(_HERE / "settings")
    lab.user_settings_dir = str(home / "settings")
    lab.workspaces_dir = str(home / "workspaces" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:12])
    lab.labextensions_path = [str(Path(ENV_JUPYTER_PATH[0]) / "labextensions")]
    lab.extra_labextensions_path = [str(_HERE / "labextensions")]
    lab.news_url = None
    lab.check_for_updates_class = NeverCheckForUpdate
    lab.extension_manager = "readonly"
    return config


def kernel_specs() -> Any:
    """Return a manager that knows one kernel, ours in this very interpreter, whatever else the machine has."""
    from ipykernel.kernelspec import RESOURCES
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager, NoSuchKernel

    class OneKernel(KernelSpecManager):
        """Offers our kernel under the name that notebooks carry."""

        def findkernel_specs(self) -> dict[str, str]:
            return {NATIVE_KERNEL_NAME: RESOURCES}

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            if kernel_name != NATIVE_KERNEL_NAME:
                raise NoSuchKernel(kernel_name)
            return KernelSpec(
                argv=[*startup.interpreter(_KERNEL), "-f", "{connection_file}"],
                display_name="Python 3 (ipykernel)",
                language="python",
                resource_dir=RESOURCES,
            )

    return OneKernel
