"""A warm parent: what every page needs is imported once, and processes that are forked from it start with it."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import random
import signal
import sys

from cpaudit.startup import skip_iri_grammar

#: Imported, never used before a fork: Polars starts its threads at the first query, and a child would wait for them for ever.
LIBRARIES = (
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "polars",
    "narwhals",
    "plotly.graph_objects",
    "IPython.core.interactiveshell",
    "cpaudit.views",
    "cpaudit.render.web.html",
    "cpaudit.render.notebook.show",
)
_PR_SET_PDEATHSIG = 1


def can_fork() -> bool:
    """Return whether processes can be forked here: macOS's frameworks and Windows don't allow it."""
    return sys.platform == "linux"


def preload(*more: str) -> None:
    """Import :data:`LIBRARIES` and ``more``, and keep the garbage collector from touching (copying) their pages later."""
    skip_iri_grammar()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in (*LIBRARIES, *more):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def plain_texts() -> None:
    """Keep texts of new tables as Python objects: a quarter less work where the tables looked at are small.

    Not for kernels that live on: touching an object copies the memory that they share with their parent.
    """
    import pandas as pd

    pd.set_option("mode.string_storage", "python")


def settle(parent: int) -> None:
    """Make a forked process its own: it dies with ``parent`` (a process id), and draws random numbers of its own."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before that
        os._exit(1)
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
