"""Any frame as an office workbook: what its columns are called and how their numbers are written says the field dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import labels
from cpaudit.errors import UsageError
from cpaudit.errors.arguments import frame_of, path_of, text_of
from cpaudit.render import tabular
from cpaudit.render.paper import xlsx as office
from cpaudit.views.tables.own import table

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import pandas as pd

    from cpaudit.dataset import Dataset

_UNSAID = "数据来源、日期未注明"


def xlsx(
    frame: pd.DataFrame | pd.Series, path: str | os.PathLike[str], *, title: str, ds: Dataset | None = None, note: str = ""
) -> Path:
    """把任意一张表存成可打印的 Excel 工作簿，版式与报告附表相同，返回写入的路径。

    Codes become labels and columns get Chinese headings as :func:`cpaudit.labelled` does; an index that has a name becomes
    the first columns. Numbers are shown as the field dictionary says, others with at most two decimals (the cells hold the
    whole value). ``title`` stands on top and names the sheet; ``note`` below the rows.

    Under the title and at the foot of every printed page stand programme, document, date, snapshot and 示范数据: of ``ds``,
    else of the frame if it was made by ``labelled(frame, ds)`` or ``ds.labelled``; else it says that they aren't known.

    >>> import tempfile
    >>> import cpaudit as cp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     xlsx(cp.example().plants.head(3), f"{folder}/名单.xlsx", title="前三家").name
    '名单.xlsx'

    A frame without rows is a sheet that says 没有记录.

    Raises:
        UsageError: ``frame`` is no table of pandas, ``ds`` no data set, a title or note no text, or the path doesn't end in
            ``.xlsx``.
        CpauditError: the place can't be written.
    """
    frame_of(frame, "请给一张表，如 progress.plants(ds)")
    target = path_of(path, "文件名（第二个参数）", "名单.xlsx")
    text_of(title, "标题（title）")
    text_of(note, "说明（note）")
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"文件名“{target.name}”应以 .xlsx 结尾。")
    whole, about = table("frame", frame, title, ds, note)
    tabular.write_whole(target, office.workbook(whole, source=labels.origin(about) if about else _UNSAID))
    return target
