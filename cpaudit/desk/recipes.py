"""Recipes for work at set times: the files that ship, with the places of this machine in them where a workspace says them."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from cpaudit import workspace
from cpaudit.errors import UsageError
from cpaudit.reference import shipped

#: What each does; the order of the list.
RECIPES = {
    "cron": "每天由 cron 运行的脚本",
    "systemd": "每天由 systemd 运行的服务和定时器",
    "airflow": "Airflow 的任务（DAG）",
}
#: The places that the files name, each of which stands alone or between double quotes.
_PROGRAMS, _HOME, _OUT = "/srv/cpaudit/.venv/bin", "/srv/cpaudit", "/srv/www/reports"


def files(name: str) -> dict[str, str]:
    """Return the files of a recipe as they ship: name → text.

    Raises:
        UsageError: there is no such recipe.
    """
    if name not in RECIPES:
        raise UsageError(f"没有名为“{name}”的定时任务样例，可选 {'、'.join(RECIPES)}。")
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((shipped("data/recipes") / name).iterdir())}


def here(name: str) -> dict[str, str]:
    """Return the files of a recipe for the workspace in force and the Python that runs; without a workspace as they ship.

    Raises:
        UsageError: there is no such recipe; a path has what no such file can hold.
    """
    home = workspace.current()
    if home is None or sys.platform == "win32":  # none of them runs there
        return files(name)
    return placed(name, home.folder, Path(sysconfig.get_path("scripts")), home.place("output") / "reports")


def placed(name: str, home: Path, programs: Path, out: Path) -> dict[str, str]:
    """Return the files of a recipe with these places in the stead of those that they name.

    Raises:
        UsageError: there is no such recipe; a path has what no such file can hold.
    """
    places = {_PROGRAMS: str(programs), _HOME: str(home), _OUT: str(out)}
    for place in places.values():
        if any(ord(character) < ord(" ") for character in place) or ":" in str(programs):
            raise UsageError(f"路径 {place!r} 中有换行、制表符或冒号，不能写进定时任务；请换一个目录。")
    found = {}
    for file, text in files(name).items():
        lines = [_line(line, places, Path(file).suffix) for line in text.splitlines(keepends=True)]
        found[file] = "".join(lines)
    return found


def _line(line: str, places: dict[str, str], kind: str) -> str:
    told = line.lstrip().startswith("#")
    for number, stands in enumerate(places):
        line = line.replace(stands, f"\0{number}\0")  # no place is looked for inside another
    for number, place in enumerate(places.values()):
        line = line.replace(f"\0{number}\0", place if told else _escaped(place, kind, quoted='"' in line))
    return line


def _escaped(place: str, kind: str, *, quoted: bool) -> str:
    """Return a path as it stands in a file of a kind, between double quotes or (systemd's WorkingDirectory) without."""
    marks = {".sh": '\\"$`', ".py": '\\"', ".service": '\\"'}.get(kind, "") if quoted else ""
    for mark in marks:  # the backslash first
        place = place.replace(mark, f"\\{mark}")
    if kind == ".service":
        place = place.replace("%", "%%")
        place = place.replace("$", "$$") if quoted else place
    return place
