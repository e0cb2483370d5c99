"""Nothing on a path that a user takes needs POSIX: what does is asked for where processes can be forked, or behind a question."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "cpaudit"
#: What Windows hasn't, of os, signal, socket, select and selectors, and whole modules.
MISSING = set((ROOT / "tests/support/plain/missing.txt").read_text(encoding="utf-8").split())
#: Run only where processes can be forked (``warm.can_fork``), which is Linux: ways that are quicker, never the only ones.
FORKED = {
    "processes/link.py", "processes/parent.py", "processes/pool.py", "processes/warm.py", "serving/processes/child.py",
    "serving/processes/forked.py", "serving/processes/nursery.py", "serving/processes/turns.py", "reports/tasks.py",
}  # fmt: skip
#: What a function that has asked what there is mentions.
ASKED = ("sys.platform", "os.name", "hasattr(os", "hasattr(signal", "except ImportError")
#: How children are started on POSIX alone.
STARTED = {"pass_fds", "preexec_fn", "start_new_session", "umask", "user", "group", "extra_groups", "process_group"}


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith("bench/"):  # which the wheel leaves out
            yield name, path.read_text(encoding="utf-8")


def needs(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """What in a piece of code Windows hasn't, and where."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if f"{module}.{name}" in MISSING:
                yield node, f"{module}.{name}"
            case ast.ImportFrom(module=str(module)) if module in MISSING:
                yield node, module
            case ast.ImportFrom(module=str(module), names=names):
                yield from ((node, f"{module}.{each.name}") for each in names if f"{module}.{each.name}" in MISSING)
            case ast.Import(names=names):
                yield from ((node, each.name) for each in names if each.name in MISSING)
            case ast.Call(keywords=keywords):
                yield from ((node, f"{each.arg}=") for each in keywords if each.arg in STARTED and "Popen" in ast.dump(node.func))


def unasked(name: str, source: str) -> list[str]:
    """What a module needs of POSIX without having asked whether it is there; nothing may be needed to import it."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(node): f for f in functions for node in ast.walk(f)}  # the innermost comes last
    found = []
    for node, what in needs(tree):
        function = inside.get(id(node))
        if function is None:
            told = "\n".join(ast.unparse(each) for each in tree.body if any(child is node for child in ast.walk(each)))
        elif name in FORKED:
            continue
        else:
            told = ast.unparse(function)
        if not any(word in told for word in ASKED):
            found.append(f"{name}: {what}")
    return found


def test_nothing_that_a_user_does_needs_what_windows_has_not() -> None:
    assert [each for name, source in modules() for each in unasked(name, source)] == []


@pytest.mark.parametrize(
    "source",
    [
        "import os\ndef f():\n    os.fork()",
        "import fcntl",
        "def f():\n    import resource",
        "from signal import SIGKILL",
        "import os\nx = os.getuid()",
        "import subprocess\ndef f():\n    subprocess.Popen([], start_new_session=True)",
    ],
)
def test_what_is_missing_there_is_found_wherever_it_stands(source: str) -> None:
    assert unasked("x.py", source)


def test_what_runs_only_in_forked_processes_is_there() -> None:
    assert {name for name, _ in modules()} >= FORKED


def text_files(tree: ast.AST) -> Iterator[str]:
    """Calls that open text without saying its encoding, which differs from machine to machine."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        said = {each.arg for each in node.keywords}
        first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        if name == "read_text" and not node.args and "encoding" not in said:
            yield f"{ast.unparse(node)}"
        if name == "write_text":
            yield f"{ast.unparse(node)}: its line ends differ, write bytes"
        if name == "open" and isinstance(first, str) and first in ("r", "w", "a", "x") and "encoding" not in said:
            yield ast.unparse(node)


def test_texts_are_read_and_written_alike_everywhere() -> None:
    #: What a system of Linux's alone tells, and a list for pip.
    free = {"serving/processes/child.py", "serving/processes/turns.py", "desk/bundling.py"}
    assert {
        name: list(found) for name, source in modules() if name not in free and (found := [*text_files(ast.parse(source))])
    } == {}


def test_every_file_that_ships_has_a_name_that_every_system_takes() -> None:
    names = [p.relative_to(ROOT) for folder in ("cpaudit", "data", "notebooks", "dashboards") for p in (ROOT / folder).rglob("*")]
    names = [p for p in names if "__pycache__" not in p.parts and p.parts[:2] != ("data", "warehouse")]
    reserved = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
    shown = [Path(p) for p in names]
    assert [p for p in shown if Path(p.name).stem.lower() in reserved or any(c in '<>:"\\|?*' for c in p.name)] == []
    assert [p for p in shown if p.name[-1] in ". "] == []
    folded: dict[str, Path] = {}
    assert [p for p in shown if folded.setdefault(p.as_posix().lower(), p) != p] == []
    assert [p for p in shown if len(p.as_posix()) > 120] == []
