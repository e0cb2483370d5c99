"""The folder that the desk opens: the checkout's notebooks themselves, or copies of those in the wheel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import durable, workspace
from cpaudit.errors import CpauditError
from cpaudit.reference import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where copies go when no folder is named.
DEFAULT = Path("notebooks")
_CHECKPOINTS = ".ipynb_checkpoints"


def prepare(folder: Path | None = None) -> tuple[Path, int]:
    """Return the folder to open and how many notebooks were copied into it.

    In a checkout ``folder`` None is the repository's ``notebooks``. Any other folder gets a copy of each shipped
    notebook and template that it doesn't hold yet; a file that is there already stays as it is.

    Raises:
        CpauditError: the folder can't be written.
    """
    source = shipped("notebooks")
    target = (folder or (DEFAULT if _packaged(source) else source)).resolve()
    if target == source:
        return target, 0
    copied = 0
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path in _notebooks(source):
            copy = target / path.relative_to(source)
            if not (copy.exists() or copy.is_symlink()):
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
                copied += 1
    except OSError as error:
        raise CpauditError(f"笔记本无法写入 {target}（{durable.reason(error)}），请换一个目录或检查写入权限。") from error
    return target, copied


def first(folder: Path) -> str:
    """Return the notebook that the desk opens on: the first by name, '' where there is none."""
    return next((path.name for path in sorted(folder.glob("*.ipynb"))), "")


def opened(folder: Path) -> tuple[Path, str, dict[str, str]]:
    """Return the folder that the desk serves, the notebook that it opens on, and where questions, reports … lie below it.

    Of a workspace's notebooks that is the whole workspace, where its places lie inside it.
    """
    start = first(folder)
    home = workspace.current()
    if home is None or folder.resolve() != home.place("notebooks").resolve():
        return folder, start, {}
    places = {"questions": "notebooks", "reports": "reports", "dashboards": "dashboards"}
    found = {name: home.place(what).resolve() for name, what in places.items()}
    if not all(place.is_relative_to(home.folder) for place in found.values()):
        return folder, start, {}
    below = {name: place.relative_to(home.folder).as_posix() for name, place in found.items()}
    below["templates"] = f"{below['questions']}/templates"
    return home.folder, f"{below['questions']}/{start}" if start else "", below


def in_checkout(folder: Path) -> bool:
    """Return whether ``folder`` holds the repository's own notebooks, which are kept without results."""
    source = shipped("notebooks")
    return folder == source and not _packaged(source)


def without_results(model: dict[str, Any], **_: Any) -> None:
    """Take out of a notebook about to be saved what a run left in it, so that git sees only what was written by hand."""
    if model.get("type") != "notebook":
        return
    book = model["content"]
    book["metadata"].pop("widgets", None)
    book["metadata"]["language_info"] = {"name": "python"}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            cell["metadata"].pop("execution", None)


def _packaged(source: Path) -> bool:
    return source.name.startswith("_")


def _notebooks(source: Path) -> Iterator[Path]:
    return (path for path in sorted(source.rglob("*.ipynb")) if _CHECKPOINTS not in path.parts)
