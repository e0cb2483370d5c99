"""A check of one file: it is read with all checks, and what is handed back is made in a process with bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit import loaders
from cpaudit.errors import ReadError
from cpaudit.loaders.handback import answers
from cpaudit.loaders.handback.listing import Problem
from cpaudit.loaders.handback.marks import severities
from cpaudit.loaders.opening import files, workers
from cpaudit.loaders.opening.worker import Bounds

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd

#: What making the answer may take. A workbook that is edited is held as trees, which are larger than the cells read.
_BOUNDS = Bounds(seconds=60, memory=2_000_000_000)
_ANSWER = "红色须改正，黄色请核对，蓝色知道即可。改正后可直接报送本文件：读取时略过本表和批注。"
_ALONE = "没有名单可对照，未检查企业是否在名单之内、名称和代码是否与名单一致。"
_OTHER_FORMAT = "原文件的格式不能带批注（或结构不规范），这是按读到的内容另存的工作簿；请在原文件中改正。"
_LISTED_ONLY = "原文件的内容过于庞大，不能加批注，也不能另存为带批注的工作簿；这里只列出问题和所在的单元格，请在原文件中改正。"
_EMPTY_SHEET = "原表未附"


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
    and keeps what it has; of another file, or one built as no standard says, a workbook is made from the cells read, and of one
    that is too large for that, of the list alone.

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
    labels = severities()
    suffix = path.suffix.lower() if path.suffix.lower() in (".xlsx", ".xlsm") else ".xlsx"  # many an .xls is an .xlsx renamed
    here = path.absolute()
    try:
        marked = workers.run(path.name, _BOUNDS, answers.marked, here, problems, [_ANSWER, *remarks], labels)
    except ReadError:  # made to be large or slow: it has ended the process
        marked = None
    if marked is None:
        suffix, remarks = ".xlsx", [*remarks, _OTHER_FORMAT]
        try:
            source = files.Source(here, path.name)
            marked = workers.run(path.name, _BOUNDS, answers.anew, source, problems, remarks, labels)
        except ReadError:
            remarks = [*remarks[:-1], _LISTED_ONLY]
            marked = answers.listed(_EMPTY_SHEET, problems, remarks, labels)
    return Checked(marked, suffix, frame, tuple(remarks))


def _problems(frame: pd.DataFrame, plants: pd.DataFrame) -> list[Problem]:
    names = dict(zip(plants["plant_id"], plants["name"], strict=True))
    columns = ["severity", "sheet", "cell", "plant_id", "value", "message", "hint"]
    rows = frame[columns].astype(object).where(frame[columns].notna(), "").itertuples(index=False, name=None)
    return [Problem(s, sheet, cell, names.get(plant, ""), *texts) for s, sheet, cell, plant, *texts in rows]
