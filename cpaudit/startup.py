"""What a program does before others' code comes in: no module is taken from the working folder, one slow import is spared.

Whoever starts a command stands in some folder, often one that others write to. A ``json.py`` or ``comm.py`` there would be
run in our place, because Python looks first where a program is started: with ``-m``, with ``-c``, and for each empty entry of
``PYTHONPATH``.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The folder that the running package lies in.
HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is slow to import

#: What every child is told besides: which workspace is in force here.
TOLD: dict[str, str] = {}


def leave_working_folder() -> None:
    """Take the working folder out of this process's search path, and out of what its children inherit.

    An absolute entry of ``PYTHONPATH`` stays: somebody has named that folder on purpose. The package's own folder moves to
    the end, where it hides nothing.
    """
    if os.environ.get("PYTHONPATH"):
        os.environ["PYTHONPATH"] = _named()
    named = _named().split(os.pathsep)
    try:
        here = os.getcwd()  # noqa: PTH109
    except FileNotFoundError:  # the folder has been removed: nothing can be found in it
        here = ""
    library = os.path.dirname(os.__file__)  # noqa: PTH120
    ahead = sys.path.index(library) if library in sys.path else len(sys.path)

    def opened(at: int, entry: str) -> bool:
        # Behind the standard library stand entries that installed packages have made, some of them no paths.
        return not entry or (at < ahead and (not os.path.isabs(entry) or (entry == here and entry not in named)))  # noqa: PTH117

    sys.path[:] = [entry for at, entry in enumerate(sys.path) if not opened(at, entry)]
    if HOME not in sys.path:
        sys.path.append(HOME)


def environment() -> dict[str, str]:
    """Return what a child has in its environment, so that it takes no module from the working folder either.

    Nor what somebody has Python run for them whenever they start one by hand: IPython's kernels would.
    """
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": _named(), "PYTHONSTARTUP": "", **TOLD}


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs ``module`` in a process of its own; give it :func:`environment` as well.

    The package that runs here is found there too, wherever it was imported from, after everything else: ``PYTHONPATH``
    would put its folder, a checkout perhaps, before the standard library.
    """
    run = f"import runpy; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
    return [*interpreter(run), *arguments]


def interpreter(code: str) -> list[str]:
    """Return the command that runs a line of Python with the running package at hand, and nothing of the working folder."""
    return [sys.executable, "-P", "-c", f"import sys; {HOME!r} in sys.path or sys.path.append({HOME!r}); {code}"]


def apart() -> dict[str, Any]:
    """Return how a child is started that an interrupt at the terminal doesn't reach: it is for the one who asks."""
    if sys.platform == "win32":
        import subprocess

        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


@contextmanager
def elsewhere() -> Iterator[None]:
    """Stand in this Python's own folder while a program is started that isn't ours.

    Browsers take relative paths of their own libraries from where they are started: Chromium's loader of Vulkan drivers a
    list of libraries to be run.
    """
    try:
        before = os.getcwd()  # noqa: PTH109
    except FileNotFoundError:  # the folder has been removed: there is none to go back to
        before = sys.prefix
    os.chdir(sys.prefix)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def children_leave_working_folder() -> Iterator[None]:
    """Have children that a library starts, with this process's environment, take no module from the working folder."""
    before = {name: os.environ.get(name) for name in environment()}
    os.environ.update(environment())
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def skip_iri_grammar() -> None:
    """Keep jsonschema from building a grammar at import (0.9 s) that checks one format (``iri``) no notebook uses.

    Call it before nbformat, papermill or Voila is imported; None makes the import of the grammar fail, which jsonschema allows.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _named() -> str:
    """Return ``PYTHONPATH`` without the entries that mean the folder one happens to stand in."""
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if os.path.isabs(entry))  # noqa: PTH117
