"""Hand back: the file that was sent, with each problem marked on its cell and all of them listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit import loaders
from cpaudit.loaders.handback import marks, plain
from cpaudit.loaders.handback.listing import Problem
from cpaudit.loaders.opening import files
from cpaudit.loaders.opening import opener as opening

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd

__all__ = ["Checked", "check"]

_ANSWER = "红色须改正，黄色请核对，蓝色知道即可。改正后可直接报送本文件：读取时略过本表和批注。"
_ALONE = "没有名单可对照，未检查企业是否在名单之内、名称和代码是否与名单一致。"
_OTHER_FORMAT = "原文件的格式不能带批注（或结构不规范），这是按读到的内容另存的工作簿；请在原文件中改正。"


@dataclass(frozen=True)
class Checked:
    """A checked file: the workbook to hand back, its extension, its problems (columns as in ``problems``), what else to say."""

    content: bytes
    suffix: str
    problems: pd.DataFrame
    remarks: tuple[str, ...]


def check(
    path: Path, *, programme: str, as_of: dt.date, plants: pd.DataFrame | None = None, decisions: Path | None = None
) -> Checked:
    """Read one file with all checks and return it with the problems marked; nothing is written.

    ``plants`` (columns as in ``plants``) are the roster that rows are matched with. Without it, and unless the file is a
    roster itself, the rows are checked against one another alone, which ``remarks`` says. ``decisions``: a file of them, used
    with ``plants``. A workbook is edited part by part
    and keeps what it has; of another file, or one built as no standard says, a workbook is made from the cells read.

    Raises:
        ReadError: the file can't be opened, in one sentence.
        UsageError: there is no such programme.
    """
    import pandas as pd

    known = pd.DataFrame() if plants is None else plants
    found = loaders.read([path], programme=programme, as_of=as_of, known=known, decisions=decisions)
    frame = found.frames["problems"].reset_index(drop=True)
    is_roster = "roster" in str(found.frames["sources"]["layout"].iloc[0]).split(";")
    remarks = [] if len(known) or is_roster else [_ALONE]
    problems = _problems(frame, found.frames["plants"])
    content, suffix = path.read_bytes(), path.suffix.lower()
    try:
        marked = marks.mark(content, problems, [_ANSWER, *remarks])
        suffix = suffix if suffix in (".xlsx", ".xlsm") else ".xlsx"  # many an .xls is an .xlsx renamed
    except Exception:  # Unfit, or built as no standard says: its cells were read all the same
        remarks.append(_OTHER_FORMAT)
        bare, names = plain.workbook(opening.read(files.Source(path, path.name)), path.stem)
        renamed = [p._replace(sheet=names.get(p.sheet, p.sheet)) for p in problems]
        marked, suffix = marks.mark(bare, renamed, remarks), ".xlsx"
    return Checked(marked, suffix, frame, tuple(remarks))


def _problems(frame: pd.DataFrame, plants: pd.DataFrame) -> list[Problem]:
    names = dict(zip(plants["plant_id"], plants["name"], strict=True))
    columns = ["severity", "sheet", "cell", "plant_id", "value", "message", "hint"]
    rows = frame[columns].astype(object).where(frame[columns].notna(), "").itertuples(index=False, name=None)
    return [Problem(s, sheet, cell, names.get(plant, ""), *texts) for s, sheet, cell, plant, *texts in rows]
