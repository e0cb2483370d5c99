"""Which notebooks are dashboards, and where they lie: in a checkout or in the wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from cpaudit.errors import DefinitionError
from cpaudit.reference import Definition, read_definition, shipped, shown

#: The tag of the cells that only analysts need: they run and show in JupyterLab, not in a dashboard.
ANALYST = "analyst"


class Dashboard(Definition):
    """One dashboard; ``id`` is its address, ``notebook`` a path inside the notebooks' folder, ``readers`` for whom it is."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    notebook: str
    order: int
    readers: str = ""


class _Dashboards(Definition):
    dashboards: tuple[Dashboard, ...] = Field(min_length=1)


def home() -> Path:
    """Return the folder of dashboards.yaml, the Voila configuration and its template."""
    return shipped("dashboards")


def notebooks() -> Path:
    """Return the folder of the notebooks."""
    return shipped("notebooks")


def dashboards(path: Path | None = None) -> tuple[Dashboard, ...]:
    """Return the dashboards in their order, the start page first; ``path`` None reads the shipped dashboards.yaml.

    Raises:
        DefinitionError: the file is wrong, names one id twice, or a notebook that doesn't exist.
    """
    path = path or home() / "dashboards.yaml"
    found = sorted(read_definition(path, _Dashboards).dashboards, key=lambda d: d.order)
    ids = [d.id for d in found]
    for dashboard in found:
        if ids.count(dashboard.id) > 1:
            raise DefinitionError(f"{shown(path)}：看板编号 {dashboard.id} 出现了两次，请改名。")
        if not (notebooks() / dashboard.notebook).is_file():
            raise DefinitionError(f"{shown(path)}：看板 {dashboard.id} 的笔记本 {dashboard.notebook} 不存在，请检查文件名。")
    return tuple(found)


def shown_part(notebook: Path) -> Any:
    """Return the notebook (nbformat's) without the cells that are tagged for analysts."""
    import nbformat

    book = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    book.cells = [cell for cell in book.cells if ANALYST not in cell.metadata.get("tags", ())]
    return book
