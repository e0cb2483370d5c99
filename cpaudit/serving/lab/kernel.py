"""The kernel of a notebook on the desk: it loads what every page needs while nobody waits for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cpaudit.processes import warm
from cpaudit.serving.lab.beside import find_beside
from cpaudit.startup import skip_iri_grammar

#: Seconds after which the libraries are loaded: the notebook has its kernel by then, its reader hasn't run a cell yet.
_IDLE = 0.2


def main() -> None:
    """Run the kernel until its server ends, which ipykernel watches."""
    skip_iri_grammar()
    from ipykernel.kernelapp import IPKernelApp
    from tornado.ioloop import IOLoop

    app: Any = IPKernelApp.instance(ignore_cwd=True)
    app.initialize()
    find_beside(Path.cwd())  # Jupyter starts a kernel in its notebook's folder
    # In the kernel's own loop: a cell that comes meanwhile waits for what it needs anyway.
    IOLoop.current().call_later(_IDLE, warm.preload, "polars", "cpaudit.render.widgets.page")
    app.start()
