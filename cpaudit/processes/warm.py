"""What a warm parent has loaded before it forks, without a thread; what makes a forked process its own."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import random
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from cpaudit.startup import skip_iri_grammar

if TYPE_CHECKING:
    from collections.abc import Callable

#: What every page needs besides Polars.
LIBRARIES = (
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "narwhals",
    "plotly.graph_objects",
    "IPython.core.interactiveshell",
    "cpaudit.views",
    "cpaudit.render.web.html",
    "cpaudit.render.notebook.show",
)
_PR_SET_PDEATHSIG = 1
#: The settings of PyArrow's allocator (of both names that it is built with) and of Polars', which tidy up in threads.
_ALLOCATORS = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "JE_ARROW_PRIVATE_MALLOC_CONF": "background_thread:false",
    # The rest is what Polars itself asks for; it is loaded too late to be heard here.
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:500,muzzy_decay_ms:1000,background_thread:false",
}
#: What Polars would have started at its import, to be started in each forked process.
_held_back: list[Callable[[], Any]] = []


def can_fork() -> bool:
    """Return whether processes can be forked here: macOS's frameworks and Windows don't allow it, nor who says CPAUDIT_PLAIN."""
    return sys.platform == "linux" and not os.environ.get("CPAUDIT_PLAIN")


def without_threads() -> None:
    """Have the libraries start no thread in this process, so that it may fork; :func:`settle` starts what is held back.

    Call it before any of them is imported. A thread doesn't survive a fork, what it held stays locked, and Python 3.12 and
    newer warn of it. Polars is imported here, its thread held back; a build of Polars that starts otherwise is left to the
    forked processes to import, which takes each a third of a second.
    """
    for name, value in _ALLOCATORS.items():
        os.environ[name] = ",".join(filter(None, (value, os.environ.get(name))))
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        runtime: Any = importlib.import_module("_polars_runtime_32._polars_runtime")
        start = runtime.__register_startup_deps
    except (ImportError, AttributeError):
        return
    runtime.__register_startup_deps = lambda *given: _held_back.append(partial(start, *given))
    try:
        importlib.import_module("polars")
    finally:
        runtime.__register_startup_deps = start


def preload(*more: str) -> None:
    """Import :data:`LIBRARIES` and ``more``, and keep the garbage collector from touching (copying) their pages later.

    Nothing of Polars is used before a fork: its threads start at the first query, and a child would wait for them for ever.
    """
    skip_iri_grammar()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in (*LIBRARIES, *more):
        importlib.import_module(name)
    freeze()


def freeze() -> None:
    """Keep the garbage collector from touching (copying) what is there: forked processes share it."""
    gc.collect()
    gc.freeze()


def plain_texts() -> None:
    """Keep texts of new tables as Python objects: a quarter less work where the tables looked at are small.

    Not for kernels that live on: touching an object copies the memory that they share with their parent.
    """
    import pandas as pd

    pd.set_option("mode.string_storage", "python")


def die_with(parent: int) -> None:
    """Have this process killed when the thread that started it ends; ``parent`` is that thread's process id."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before that
        os._exit(1)


def settle(parent: int) -> None:
    """Make a forked process its own: it dies with ``parent`` (a process id), draws random numbers of its own, has Polars."""
    die_with(parent)
    while _held_back:
        _held_back.pop()()
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
