"""``make quick``: the tests that a change touches, the nearest first, for about a minute.

What a change touches is read from the imports: a test is as near to a changed module as its chain of imports is short. A file
that isn't Python is near to whatever names it. Tests marked ``slow`` or ``browser``, or of all that is written of the sample,
run if they or what they import directly has changed, and last.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import grimp
import pytest

from tests.support.paths import ROOT

BEGAN = time.monotonic()
SECONDS = 50  # after that no test starts
NEAR = 1
FIXTURE = 4
#: Fixtures that take a minute by themselves.
DEAR = {"written", "part", "executed"}
ALWAYS = "tests.house.test_house"


def git(*arguments: str) -> list[str]:
    run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in run.stdout.split("\0" if "-z" in arguments else "\n") if line]


def changed() -> list[str]:
    """What differs from main's last common commit, and on main from the last commit; new files too."""
    base = git("merge-base", "HEAD", "main")[0] if git("branch", "--list", "main") else "HEAD"
    return sorted({*git("diff", "-z", "--name-only", base), *git("ls-files", "-z", "--others", "--exclude-standard")})


def module(path: Path) -> str:
    name = ".".join(path.with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports() -> dict[str, set[str]]:
    """Module → the modules that import it."""
    graph = grimp.build_graph("cpaudit", "tests", cache_dir=None)
    found = {m: set(graph.find_modules_that_directly_import(m)) for m in graph.modules}
    for command in graph.find_children("cpaudit.cli"):  # by name, see there
        found[command].add("cpaudit.cli")
    return found


def naming(file: str, modules: dict[str, set[str]]) -> set[str]:
    """The modules whose source names a file, or where none does, its folder."""
    paths = ((m, ROOT / m.replace(".", "/")) for m in modules)
    texts = {m: q.read_text("utf-8") for m, p in paths for q in (p.with_suffix(".py"), p / "__init__.py") if q.is_file()}
    for name in (Path(file).name, f'"{Path(file).stem}"', f'"{Path(file).parent.name}"'):
        if found := {m for m, text in texts.items() if name in text}:
            return found
    return set()


def distances(files: list[str]) -> dict[str, int]:
    """Test module → how many imports lie between it and the nearest change."""
    importers = imports()
    start = {m for f in files if f.endswith(".py") and (m := module(Path(f))) in importers}
    start |= {m for f in files if not f.endswith(".py") for m in naming(f, importers)}
    far = dict.fromkeys(start, 0)
    waiting = deque(start)
    while waiting:
        at = waiting.popleft()
        for nearer in importers[at] - far.keys():
            far[nearer] = far[at] + 1
            waiting.append(nearer)
    for conftest in (m for m in importers if m.endswith(".conftest") and m in far):  # whose fixtures a test may use, or not
        for test in importers.keys() - far.keys():
            if test.startswith(conftest.removesuffix("conftest")):
                far[test] = far[conftest] + FIXTURE
    return {m: n for m, n in far.items() if m.rpartition(".")[2].startswith("test_")} | {ALWAYS: far.get(ALWAYS, FIXTURE)}


class Nearest:
    """Orders the tests by distance, leaves out slow ones that are far, and starts none after the time is over."""

    def __init__(self, far: dict[str, int]) -> None:
        self.far, self.until = far, BEGAN + SECONDS
        self.left, self.over, self.failed = 0, False, 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        def slow(item: pytest.Item) -> bool:
            dear = DEAR.intersection(getattr(item, "fixturenames", ()))
            return bool(dear) or any(item.get_closest_marker(mark) for mark in ("slow", "browser"))

        def distance(item: pytest.Item) -> int:
            return self.far[module(Path(item.nodeid.partition("::")[0]))]

        kept = [i for i in items if not slow(i) or distance(i) <= NEAR]
        config.hook.pytest_deselected(items=[i for i in items if i not in set(kept)])
        items[:] = sorted(kept, key=lambda i: (slow(i), distance(i)))

    def pytest_runtestloop(self, session: pytest.Session) -> None:
        self.left = len(session.items)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.left -= report.when == "teardown"
        self.failed += report.failed

    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        if nextitem and time.monotonic() > self.until:
            self.over = True
            item.session.shouldstop = f"{SECONDS} seconds are over; the {self.left - 1} farthest tests didn't run: make test"


def main() -> int:
    files = changed()
    if not files:
        print("Nothing has changed.")
        return 0
    far = distances(files)
    chosen = [f"{m.replace('.', '/')}.py" for m in sorted(far, key=lambda m: far[m])]
    print(f"{len(files)} files changed; {len(chosen)} test files depend on them.")
    nearest = Nearest(far)
    code = pytest.main(chosen, plugins=[nearest])
    return int(nearest.failed > 0) if nearest.over else int(code)


if __name__ == "__main__":
    sys.exit(main())
