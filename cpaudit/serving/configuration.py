"""How Voila and Jupyter are set up for the dashboards."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from cpaudit.serving.definitions import home, notebooks
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from cpaudit.serving.service import Service

_LARGEST_HEADERS = 32 * 1024
#: No request of ours has a body; a browser's last word on leaving has an empty one. What is sent in pieces of a byte is read
#: before anybody asks whose it is.
_LARGEST_BODY = 0
_log = logging.getLogger(__name__)


def configuration(service: Service, address: str, base_url: str) -> Any:
    """Return the configuration of Voila and of the kernels."""
    from traitlets.config import Config

    from cpaudit.serving.processes import provisioner
    from cpaudit.serving.processes.kernels import Kernels

    config = Config()
    config.Voila.ip = address
    config.Voila.port = service.port
    config.Voila.port_retries = 0
    config.Voila.base_url = base_url
    config.Voila.open_browser = False
    config.Voila.root_dir = str(notebooks())
    config.Voila.notebook_path = str(notebooks() / service.listed[0].notebook)
    config.Voila.config_file_paths = [str(home())]
    config.Voila.log_level = "ERROR"
    config.Voila.cookie_secret = service.door.cookie_secret
    config.Voila.tornado_settings = {
        "compress_response": True,
        "websocket_max_message_size": settings().message_kb * 1024,
        "log_function": _log_request,
    }
    config.VoilaConfiguration.multi_kernel_manager_class = Kernels
    # A kernel that died is not replaced by an empty one behind its page's back.
    config.KernelManager.autorestart = False
    if os.name == "posix":
        config.KernelManager.transport = "ipc"  # no ports: what a kernel says stays with this user
    # The template decides what a failed cell shows; it needs to know which error it was.
    config.VoilaConfiguration.show_tracebacks = True
    provisioner.register(config)
    return config


def connection_limits() -> dict[str, Any]:
    """Return what a connection may take: how long for its headers, its body, and its next request; how large they may be."""
    slow = settings().slow_s
    return {
        "idle_connection_timeout": slow,
        "body_timeout": slow,
        "max_header_size": _LARGEST_HEADERS,
        "max_body_size": _LARGEST_BODY,
    }


def _log_request(handler: Any) -> None:
    handler.settings["cpaudit"].answers[str(handler.get_status())] += 1
    if handler.get_status() >= 500 and handler.get_status() != 503:
        _log.error("%s %s %s", handler.get_status(), handler.request.method, handler.request.path)
