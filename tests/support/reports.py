"""Two units' reports, a third that fails, and what a batch of them leaves."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from cpaudit import reports, snapshots
from cpaudit.fields import TABLES
from tests.support import builders as b
from tests.support.paths import NOTEBOOKS

UNITS = ["石家庄市", "唐山市"]
FAILING = "秦皇岛市"
AS_OF = dt.date(2022, 7, 1)
CITY = NOTEBOOKS / "reports" / "city.ipynb"
#: What a notebook may do besides showing a page: both ways to run one must record it alike.
ODD = """import sys, asyncio
from IPython.display import display, clear_output
print("一"); print("二", end=""); print("错", file=sys.stderr)
shown = display("旧", display_id=True); shown.update("新")
clear_output(wait=True); print("清")
await asyncio.sleep(0)
!echo 外部
try: input()
except Exception as error: print(type(error).__name__)
[{*"甲乙丙丁"}, __name__, sys.stdout.isatty()]"""


def write_warehouse(folder: Path) -> Path:
    """A snapshot of three plants in two units."""
    ds = b.dataset(
        AS_OF,
        plants=[b.plant("p1"), b.plant("p2"), b.plant("p3", unit="tangshan", county="130202")],
        events=[
            b.event("p1", "notified", "2021-12-25"),
            b.event("p1", "accepted", "2022-06-20"),
            b.event("p3", "notified", "2022-01-20", unit="tangshan"),
        ],
        options=[b.option("p1", "WD1"), b.option("p1", "ZG1")],
    )
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(folder, "hebei-2021-2", AS_OF, frames, demonstration=True, program_version="0")
    return folder


@contextmanager
def elsewhere(desk: Path) -> Iterator[None]:
    """A desk where everything is different: another python3 kernel, a profile that raises, a folder that hides pandas."""
    spec = desk / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["false", "{connection_file}"], "display_name": "other", "language": "python"}))
    startup = desk / "ipython" / "profile_default" / "startup" / "00.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("import os; os._exit(1)")
    (desk / "pandas.py").write_text("raise RuntimeError")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk)
        patch.setenv("JUPYTER_PATH", str(desk / "jupyter"))
        patch.setenv("IPYTHONDIR", str(desk / "ipython"))
        yield


@dataclass(frozen=True)
class Batch:
    folder: Path
    book: Path
    outcomes: dict[str, reports.Outcome]


def altered(folder: Path, *lines: str) -> Path:
    """A copy of the report notebook with more cells after its parameters."""
    book = nbformat.read(CITY, nbformat.NO_CONVERT)
    book.cells[2:2] = [nbformat.v4.new_code_cell(line, id=f"more-{at}") for at, line in enumerate(lines)]
    path = folder / "altered.ipynb"
    nbformat.write(book, path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def figures_sorted(document: str) -> str:
    """HTML with the keys of its figures' JSON in order: that of a figure's properties means nothing."""
    figure = re.compile(r'(?<=>)\{"data":.*?(?=</script>)')
    return figure.sub(lambda found: json.dumps(json.loads(found[0]), sort_keys=True), document)
