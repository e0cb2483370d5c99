"""The progress dashboard as plain files: a page for the whole programme and one per unit, opened without any service."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.selection import Selection

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_PAGE = "progress"
_INDEX = "index.html"
_HEAD = (
    "<style>.cp .cp-switch{display:flex;flex-wrap:wrap;gap:8px;align-items:center;padding:12px 0}"
    ".cp .cp-switch select{font:inherit;padding:4px 8px}@media print{.cp .cp-switch{display:none}}</style>\n"
)


def export(ds: Dataset, folder: str | Path) -> list[Path]:
    """Write the progress page of the whole programme (index.html) and of each unit into ``folder``; return the pages.

    The pages share one ``assets`` folder and switch among each other. Everything is made before the first file of
    ``folder`` is touched, and each file is replaced in one step, so readers never meet half a page.

    Raises:
        UsageError: ``folder`` cannot be written.
    """
    from cpaudit.render import html

    target = Path(folder)
    names = _names(ds)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=target) as draft:
            html.write_assets(Path(draft) / "assets")
            for name, unit in names.items():
                (Path(draft) / name).write_text(_document(ds, name, unit, names), encoding="utf-8")
            (target / "assets").mkdir(exist_ok=True)
            for source in sorted((Path(draft) / "assets").iterdir()):
                source.replace(target / "assets" / source.name)
            # The index comes last: what it leads to is there already.
            for name in reversed(names):
                (Path(draft) / name).replace(target / name)
    except OSError as error:
        raise UsageError(f"看板无法写入 {target}（{error.strerror or error}），请换一个目录或检查写入权限和磁盘空间。") from error
    return [target / name for name in names]


def _names(ds: Dataset) -> dict[str, str]:
    """File name → unit id, '' for the whole programme, which comes first."""
    return {_INDEX: "", **{f"{unit}.html": unit for unit in ds.programme.units}}


def _document(ds: Dataset, name: str, unit: str, names: dict[str, str]) -> str:
    from cpaudit import views
    from cpaudit.render import html

    page = views.PAGES[_PAGE].build(ds, Selection(units=(unit,) if unit else ()))
    body = _switch(name, names) + html.header_html(page) + html.contents_html(page) + html.blocks_html(page)
    return html.document(page.title, body, head=_HEAD)


def _switch(current: str, names: dict[str, str]) -> str:
    from cpaudit.programme import units

    known = units()
    options = "".join(
        f'<option value="{name}"{" selected" if name == current else ""}>{escape(known[unit].name if unit else "全省")}</option>'
        for name, unit in names.items()
    )
    return (
        '<nav class="cp-switch" aria-label="切换辖区"><label for="cp-unit">辖区</label>'
        f'<select id="cp-unit" autocomplete="off" onchange="location.href = this.value">{options}</select></nav>\n'
    )
