"""The floor under reports: pages computed and rendered in warm forked processes, with nothing written and no notebook run."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from cpaudit.processes import warm
from cpaudit.reports.engines.forks import definitions


def main(kind: str, warehouse: Path, jobs: int, count: int) -> None:
    """Print the seconds that ``count`` pages take in ``jobs`` processes, each of which reads the snapshot once."""
    warm.without_threads()
    warm.preload()
    definitions()
    start = time.perf_counter()
    me, children = os.getpid(), []
    for at in range(jobs):
        child = os.fork()
        if not child:
            warm.settle(me)
            _pages(kind, warehouse, slice(at, count, jobs))
            os._exit(0)
        children.append(child)
    if any(os.waitpid(child, 0)[1] for child in children):
        sys.exit("a floor's process failed")
    print(time.perf_counter() - start)


def _pages(kind: str, warehouse: Path, part: slice) -> None:
    from cpaudit import views
    from cpaudit.dataset import Dataset
    from cpaudit.render.web.html import page_document

    ds = Dataset.open(warehouse)
    if kind == "plant":
        for plant in ds.plants["plant_id"].tolist()[part]:
            page_document(views.plant_file(ds, plant))
    else:
        before = ds.before(warehouse)
        for unit in ds.programme.units[part]:
            page_document(views.city_report(ds, unit, before))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
