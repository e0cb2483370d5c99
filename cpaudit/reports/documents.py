"""Office formats from executed notebooks: one browser here draws the figures while other reports still run."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cpaudit.errors import CpauditError, UsageError
from cpaudit.errors.absent import require
from cpaudit.render.formats import FORMATS
from cpaudit.reports.tasks import Made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cpaudit.render.paper.images import Picture
    from cpaudit.render.stationery.chosen import Stationery

#: What every report has: the page and the executed notebook that it was made from.
ALWAYS = ("html", "ipynb")
#: What the warm parent loads before it writes documents.
MODULES = (*filter(find_spec, ("docx", "typst", "xlsxwriter")), *(f"cpaudit.render.paper.{name}" for name in FORMATS))


def find_formats(names: Sequence[str]) -> tuple[str, ...]:
    """Return the formats asked for besides :data:`ALWAYS`, each once.

    Raises:
        UsageError: there is none of that name.
        CpauditError: one shows figures and there is no browser to draw them.
    """
    for name in names:
        if name not in FORMATS and name not in ALWAYS:
            raise UsageError(f"没有“{name}”这种格式；可选 {'、'.join(('html', *FORMATS))}，用逗号隔开。")
    wanted = tuple(name for name in FORMATS if name in names)
    if any(FORMATS[name].needs_images for name in wanted):
        from cpaudit.render.paper.images import browser

        browser()
    if "pdf" in wanted:
        require("print", "typst")
    return wanted


def write(notebook: bytes, formats: Sequence[str], images: Mapping[str, Picture], on: Stationery) -> dict[str, bytes]:
    """Return an executed notebook's page in ``formats``, on the stationery chosen."""
    from cpaudit.render.notebook import stored

    page = stored.page_of(json.loads(notebook))
    return {name: FORMATS[name].write(page, images, on) for name in formats}


@contextmanager
def converter(
    formats: Sequence[str], on: Stationery, call: Callable[..., Future[dict[str, bytes]]] | None
) -> Iterator[Callable[[Made], Future[Made]]]:
    """Give a function that adds ``formats`` to what a report left; ``call`` runs :func:`write` elsewhere, None right here."""
    from contextlib import nullcontext

    from cpaudit.render.notebook import stored
    from cpaudit.render.paper.images import painter

    drawn = [FORMATS[name] for name in formats if FORMATS[name].needs_images]
    with painter() if drawn else nullcontext() as brush, ThreadPoolExecutor(4, "documents") as threads:

        def convert(made: Made) -> Made:
            notebook, missing = made.files["ipynb"], [name for name in formats if name not in made.files]
            try:
                images: dict[str, Any] = {}
                if brush and any(FORMATS[name].needs_images for name in missing):
                    page = stored.page_of(json.loads(notebook))
                    images = brush.draw(page, png=any(FORMATS[name].needs_png for name in missing))
                files = call(write, notebook, missing, images, on).result() if call else write(notebook, missing, images, on)
            except CpauditError as error:
                return Made(failed=notebook, error=str(error))
            except Exception as error:  # of one document; the others go on
                said = str(error).strip().partition("\n")[0]
                return Made(failed=notebook, error=f"文档没有生成（{type(error).__name__}：{said}），请检查后重新生成。")
            return replace(made, files=made.files | files)

        try:
            yield lambda made: threads.submit(convert, made)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
