"""Makes this Python look to the package as if it ran on Windows, where ``CPAUDIT_PLAIN`` is set: what isn't there is gone.

Python imports it by itself at its start, in every child too, as its folder stands on ``PYTHONPATH``. What the package asks of
``os``, ``sys``, ``signal``, ``socket`` and ``select`` is answered as on Windows: no fork, no POSIX signals, no Unix sockets, no
symbolic links, no POSIX locks. Other libraries see the system as it is. A file that this process has open can't be replaced or
deleted, by anybody.
"""

import builtins
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import types
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_MISSING = (_HERE / "missing.txt").read_text(encoding="utf-8").split()
_ANSWERS = {("os", "name"): "nt", ("sys", "platform"): "win32", ("os", "symlink"): None}


def _asks(depth: int = 2) -> bool:
    """Whether it is the package that asks."""
    return sys._getframe(depth).f_globals.get("__name__", "").partition(".")[0] == "cpaudit"


def _without(module: types.ModuleType) -> None:
    name = module.__name__
    missing = {each.partition(".")[2] for each in _MISSING if each.startswith(f"{name}.")}
    answers = {each: value for (of, each), value in _ANSWERS.items() if of == name and value is not None}
    missing |= {each for (of, each), value in _ANSWERS.items() if of == name and value is None}
    watched = missing | answers.keys()

    class Plain(types.ModuleType):
        def __getattribute__(self, wanted: str) -> object:
            if wanted in watched and _asks():
                if wanted in answers:
                    return answers[wanted]
                raise AttributeError(f"module {name!r} has no attribute {wanted!r} on Windows")
            return types.ModuleType.__getattribute__(self, wanted)

    module.__class__ = Plain


def _without_modules() -> None:
    missing = {each for each in _MISSING if "." not in each}
    real = builtins.__import__

    def found(name: str, globals: object = None, *given: object, **more: object) -> object:
        if name in missing and isinstance(globals, dict) and globals.get("__name__", "").partition(".")[0] == "cpaudit":
            raise ModuleNotFoundError(f"No module named {name!r} on Windows", name=name)
        return real(name, globals, *given, **more)  # type: ignore[arg-type]

    builtins.__import__ = found  # type: ignore[assignment]


def _open_here() -> set[str]:
    """The files and folders that this process has open."""
    found = set()
    for each in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{each}"))
        except OSError:
            continue
    return found


def _in_use(path: object) -> None:
    """Refuse what Windows refuses: to move or delete what is open."""
    place = os.path.realpath(os.fspath(path))  # type: ignore[call-overload]
    if any(each == place or each.startswith(f"{place}/") for each in _open_here()):
        raise PermissionError(13, "The process cannot access the file because it is being used by another process", str(path))


def _guarded() -> None:
    replace, rename, unlink, rmdir = os.replace, os.rename, os.unlink, os.rmdir

    def moved(real: object) -> object:
        def move(source: object, target: object, **more: object) -> None:
            if not more and os.fspath(source) != os.fspath(target):  # type: ignore[call-overload]
                _in_use(source)
                if os.path.isdir(target):  # type: ignore[arg-type]
                    raise PermissionError(13, "Access is denied", str(target))
                if os.path.lexists(target):  # type: ignore[arg-type]
                    _in_use(target)
            real(source, target, **more)  # type: ignore[operator]

        return move

    def gone(real: object) -> object:
        def remove(path: object, **more: object) -> None:
            if not more:
                _in_use(path)
            real(path, **more)  # type: ignore[operator]

        return remove

    os.replace, os.rename = moved(replace), moved(rename)  # type: ignore[assignment]
    os.unlink = os.remove = gone(unlink)  # type: ignore[assignment]
    os.rmdir = gone(rmdir)  # type: ignore[assignment]
    shutil._use_fd_functions = False  # type: ignore[attr-defined]


def take_away() -> None:
    """Take it away, once."""
    if hasattr(subprocess, "CREATE_NEW_PROCESS_GROUP"):
        return
    subprocess.CREATE_NEW_PROCESS_GROUP = 0  # type: ignore[attr-defined]
    for module in (os, sys, signal, socket, select):
        _without(module)
    _without_modules()
    _guarded()
    others = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each and each != str(_HERE)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_HERE), *others])


if os.environ.get("CPAUDIT_PLAIN"):
    take_away()
