"""Reports the usual way, to be compared with: papermill in a process pool, a kernel each, then nbconvert."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path


def report(unit: str, warehouse: str, folder: str, how: str) -> None:
    """Execute the city report's notebook and turn it into HTML, with nbconvert or (``equal``) as cpaudit does."""
    import papermill

    from cpaudit.reference import shipped
    from cpaudit.render.notebook import stored
    from cpaudit.reports.html import report_document

    executed = Path(folder) / f"{unit}.ipynb"
    source = shipped("notebooks") / "reports" / "city.ipynb"
    papermill.execute_notebook(str(source), str(executed), {"unit": unit, "warehouse": warehouse}, progress_bar=False)
    if how == "equal":
        html = report_document(stored.page_of(json.loads(executed.read_text(encoding="utf-8"))), executed.name)
    else:
        from nbconvert import HTMLExporter

        html, _ = HTMLExporter().from_filename(str(executed))  # type: ignore[no-untyped-call]
    executed.with_suffix(".html").write_text(html, encoding="utf-8")


def main(warehouse: str, folder: str, how: str, jobs: int) -> None:
    """Print the seconds that all units take."""
    from cpaudit.programme import load_programme, units

    names = [units()[unit].name for unit in load_programme("hebei-2021-2").units]

    start = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(partial(report, warehouse=warehouse, folder=folder, how=how), names))
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
