"""Definitions that ship, and those of the workspace laid over them: which stands over which, and how they are put together."""

from __future__ import annotations

import csv
import functools
import io
from pathlib import Path
from typing import Any

from cpaudit import workspace
from cpaudit.errors import DefinitionError
from cpaudit.workspace import caches
from cpaudit.workspace.current import content, files

_PACKAGE = Path(__file__).resolve().parent.parent
#: Folders whose files are whole definitions: one of the same name stands for the one that ships.
WHOLE = ("programmes", "indicator_systems", "energy_limits", "layouts", "holidays")
#: What tells the rows of a table from each other.
KEYS = {
    "units.csv": ("unit",),
    "divisions.csv": ("code", "name", "valid_from"),
    "places.csv": ("id",),
    "provinces.csv": ("code",),
    "county_slips.csv": ("unit", "written"),
}


@functools.cache
def shipped(folder: str) -> Path:
    """Return a folder or file that ships with the package: in a checkout ``folder`` itself, in the wheel ``_<its last part>``."""
    packaged = _PACKAGE / f"_{Path(folder).name}"
    return packaged if packaged.exists() else _PACKAGE.parent / folder


def root() -> Path:
    """Return the folder of the reference data that ships."""
    return shipped("data/reference")


@caches.cache
def own() -> dict[str, Path]:
    """Return the workspace's definition files: name as it would be among those that ship → file.

    Raises:
        DefinitionError: a file there is called as no definition is, so that it would count for nothing.
    """
    folder = workspace.definitions()
    found = files(folder) if folder else {}
    for name, path in found.items():
        if not known(name):
            raise DefinitionError(f"{path} 不会起作用：{reason(name)}。")
    return found


def known(name: str) -> bool:
    """Return whether a definition file can be called so: as one that ships, or anything.yaml in a folder of whole ones."""
    folder, _, last = name.rpartition("/")
    return (
        name == PROVENANCE or (folder in WHOLE and last.endswith(".yaml")) or (folder not in WHOLE and (root() / name).is_file())
    )


#: What ``cpaudit definitions copy`` notes of the shipped files that were copied.
PROVENANCE = "copied.yaml"


def reason(name: str) -> str:
    """Return why a file of that name counts for nothing, and what it could be called."""
    folder, _, last = name.rpartition("/")
    if folder in WHOLE:
        return f"文件名应以 .yaml 结尾，请改名为 {Path(last).stem}.yaml"
    beside = sorted(p.name for p in (root() / folder).glob("*.*")) if (root() / folder).is_dir() else []
    choice = f"可用的文件名：{'、'.join(beside)}" if beside else f"可用的子目录：{'、'.join([*WHOLE, 'sample'])}"
    return f"没有叫 {name} 的定义，请改名，不是定义文件的请移出该目录；{choice}"


def over(path: Path) -> Path | None:
    """Return the workspace's file that is laid over a dictionary or table that ships, None where there is none."""
    mine = own()
    if not mine or not path.is_relative_to(root()):
        return None
    name = path.relative_to(root()).as_posix()
    return None if name.partition("/")[0] in WHOLE else mine.get(name)


def laid_over(shipped: Any, mine: Any, where: str) -> Any:
    """Return what ships with one's own laid over it: dictionaries by key, at every depth; anything else is replaced.

    Raises:
        DefinitionError: one's own is no dictionary; an empty file is one that says nothing.
    """
    if mine is None:
        return shipped
    if not isinstance(mine, dict):
        raise DefinitionError(f"{where}：内容应为一组“键: 值”，与原来的定义同样的写法。")
    return _merged(shipped, mine)


def _merged(under: Any, above: Any) -> Any:
    if not (isinstance(under, dict) and isinstance(above, dict)):
        return above
    return under | {key: _merged(under[key], value) if key in under else value for key, value in above.items()}


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table that ships, those of the workspace put in their place or added behind."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        found, columns = list(reader), list(reader.fieldnames or ())
    mine = over(path)
    return found if mine is None else _replaced(found, own_rows(mine, path.name, columns), KEYS[path.name])


def _replaced(found: list[dict[str, str]], mine: list[dict[str, str]], key: tuple[str, ...]) -> list[dict[str, str]]:
    places = {tuple(row[k] for k in key): at for at, row in enumerate(found)}
    for row in mine:
        at = places.get(tuple(row[k] for k in key))
        if at is None:
            found.append(row)
        else:
            found[at] = row
    return found


def own_rows(mine: Path, name: str, columns: list[str]) -> list[dict[str, str]]:
    """Return the rows of a table of the workspace.

    Raises:
        DefinitionError: other columns than the table that ships has, a row that is too long or short, one twice.
    """
    where = f"定义文件 {mine}"
    try:
        text = content(mine).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionError(f"{where} 不是 UTF-8 编码，请另存为“CSV UTF-8”。") from None
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, line) for line in reader if any(cell.strip() for cell in line)]
    except csv.Error:
        raise DefinitionError(f"{where} 不是合法的 CSV，请检查引号。") from None
    if not lines:
        return []
    (_, heading), *body = lines
    if sorted(heading) != sorted(columns):
        raise DefinitionError(f"{where} 的列应为 {'、'.join(columns)}，现为 {'、'.join(heading)}，请改正第一行。")
    found, seen = [], dict[tuple[str, ...], int]()
    for number, line in body:
        if len(line) != len(heading):
            raise DefinitionError(f"{where} 第 {number} 行有 {len(line)} 格，应为 {len(heading)} 格，请改正。")
        row = {column: cell.strip() for column, cell in zip(heading, line, strict=True)}
        if not row[KEYS[name][0]]:
            raise DefinitionError(f"{where} 第 {number} 行没有 {KEYS[name][0]}，请填写。")
        at = tuple(row[k] for k in KEYS[name])
        if at in seen:
            raise DefinitionError(f"{where} 第 {number} 行与第 {seen[at]} 行是同一项（{'、'.join(at)}），请删去一行。")
        seen[at] = number
        found.append({column: row[column] for column in columns})
    return found
