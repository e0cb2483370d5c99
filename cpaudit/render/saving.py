"""One page as one file that can be sent: which format, its ending says."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import path_of
from cpaudit.render import tabular
from cpaudit.render.formats import FORMATS
from cpaudit.render.web import html
from cpaudit.views.page import Page

if TYPE_CHECKING:
    import os
    from pathlib import Path


def save(page: Page, path: str | os.PathLike[str]) -> Path:
    """把一页存成一个可以单独发送、离线打开的文件，返回写入的路径；格式看扩展名：html、docx、pdf、xlsx。

    ``.html`` carries figures that move, styles and scripts itself (about 5 MB); ``.docx`` and ``.pdf`` hold figures as
    pictures, which a browser on this machine draws, on the workspace's templates where there are some; ``.xlsx`` holds the tables
    alone.

    >>> import tempfile
    >>> import cpaudit as cp
    >>> page = cp.views.returns_page(cp.example(), cp.Selection.of(unit="辛集"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(page, f"{folder}/辛集.html").name
    '辛集.html'

    Raises:
        UsageError: it is no page, or the ending is none of these.
        UsageError: a template can't be used.
        CpauditError: the place can't be written, or there is no browser to draw the figures.
    """
    if not isinstance(page, Page):
        raise UsageError("要存的不是一页；请给 cp.page(…)、cp.views 里的页或企业的 page()，一张表请用 cp.xlsx。")
    target = path_of(path, "文件名（第二个参数）", "一页.html")
    ending = target.suffix.lower().removeprefix(".")
    if ending not in ("html", *FORMATS):
        raise UsageError(f"文件名“{target.name}”应以 {'、'.join(f'.{name}' for name in ('html', *FORMATS))} 结尾。")
    tabular.write_whole(target, html.whole_document(page).encode() if ending == "html" else _written(page, ending))
    return target


def _written(page: Page, ending: str) -> bytes:
    from cpaudit.render.paper.images import painter
    from cpaudit.render.stationery import chosen

    made, on = FORMATS[ending], chosen.current()
    with painter() if made.needs_images else nullcontext() as brush:
        return made.write(page, brush.draw(page, png=made.needs_png) if brush else {}, on)
