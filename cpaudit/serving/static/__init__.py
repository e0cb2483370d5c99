"""The dashboards as plain files, opened without any service: every selection of unit and trade computed beforehand."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.errors import CpauditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cpaudit.dataset import Dataset


def export(
    ds: Dataset,
    folder: str | Path,
    *,
    plants: bool = True,
    jobs: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    failed: Callable[[str, str], None] | None = None,
) -> list[Path]:
    """Write every dashboard of dashboards.yaml into ``folder``, the first as index.html; return the pages, the first one first.

    Each page shows the whole programme; what else can be chosen lies compressed under ``data/``, so do the files of the
    plants unless ``plants`` is False (the dashboard of one plant is left out then). ``jobs`` processes compute them (None:
    one per processor, at most 4). ``progress`` hears what is done, how many are, of how many; ``failed`` the title of a page of
    the workspace that couldn't be made, and why: the sentence stands in its place, the others are whole.

    The same snapshot gives the same bytes. Everything is made before the first file of ``folder`` is touched, each file is
    replaced in one step, the start page last; of an earlier export what no longer belongs is removed, nothing else.

    Raises:
        CpauditError: ``folder`` cannot be written, or the data set has no plants.
    """
    from cpaudit.serving.static import contents, documents, workers
    from cpaudit.serving.static import folder as place

    if ds.plants.empty:
        raise CpauditError("快照中没有企业名单，没有可以导出的看板；请先用 cpaudit load 读取名单。")
    target = Path(folder)
    with _refused(target):
        place.ready(target)
    boards = contents.boards(plants, ds)
    parts = workers.run(ds, boards, contents.tasks(ds, boards, plants), jobs, progress)
    files = documents.files(ds, boards, parts, plants)
    with _refused(target):
        place.put(files, target)
    for board in boards:
        if board.fault and failed:
            failed(board.title, board.fault)
    return [target / board.file for board in boards]


@contextmanager
def _refused(target: Path) -> Iterator[None]:
    """Say in a sentence why the folder can't be written."""
    from cpaudit import durable

    try:
        yield
    except durable.Busy as error:
        raise CpauditError(f"另一个程序正在写入 {target}，请等它结束后再导出。") from error
    except OSError as error:
        raise CpauditError(f"看板无法写入 {target}（{durable.reason(error)}），请换一个目录或检查写入权限和磁盘空间。") from error


__all__ = ["export"]
