"""What a data set can say of its day, and the sentences for what it can't: values without a day, data older than the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import workspace
from cpaudit.errors import UsageError
from cpaudit.errors.arguments import dataset_of

if TYPE_CHECKING:
    import datetime as dt

    from cpaudit.dataset.data import Dataset


def undated(ds: Dataset) -> str:
    """Return why values, options and what follows from them are left out; '' where the snapshot's day is not later.

    A value has no day of its own: it belongs to its snapshot's, and an earlier day is only seen by winding that one back.
    """
    dataset_of(ds)
    if not ds.snapshot_day or ds.as_of >= ds.snapshot_day:
        return ""
    return (
        f"{ds.as_of} 的情况由 {ds.snapshot_day} 的快照按事项日期倒推；实测值、方案、数据问题和报送台账没有自己的日期，"
        f"只说明 {ds.snapshot_day} 的情况，{ds.as_of} 的级别、达标情况、效益、数据质量和报送情况无从说明，未列出。"
    )


def left_out(ds: Dataset, what: str = "本节") -> str:
    """Return the sentence in the place of a section that rests on values or options; '' where the section can be written."""
    return f"{what}只有 {ds.snapshot_day} 的数据，{ds.as_of} 的情况无从说明，未列出。" if undated(ds) else ""


def wound_back(ds: Dataset) -> str:
    """Return that an earlier day than the snapshot's is looked at; '' where it isn't."""
    return f"{ds.as_of} 的情况由 {ds.snapshot_day} 的快照按事项日期倒推。" if undated(ds) else ""


def other_definitions(ds: Dataset) -> str:
    """Return that the snapshot was read with other definitions than are in force now; '' where it wasn't."""
    if ds.read_with is None or ds.read_with == workspace.digest():
        return ""
    then = f"工作区当时的定义（{ds.read_with}）" if ds.read_with else "程序自带的定义"
    now = f"工作区现行的定义（{workspace.digest()}）" if workspace.digest() else "程序自带的定义"
    return f"{ds.snapshot_day} 的快照是用{then}读取的，现按{now}分析；要按现行定义读取，请重新 cpaudit load。"


def require_same_definitions(digest: str) -> None:
    """Refuse a data set that was opened under other definitions than are in force: its tables and answers would not agree.

    Raises:
        UsageError: that is so.
    """
    if digest != workspace.digest():
        raise UsageError("这份数据是在另一套定义（工作区）下打开的，不能按现在的定义分析；请重新打开数据。")


def by(ds: Dataset) -> str:
    """Return how a sentence of the ledger of returns begins: with the day whose ledger it is where that is a later one."""
    return f"按 {ds.snapshot_day} 的快照，" if undated(ds) else ""


def require_kept(whole: Dataset, day: dt.date) -> None:
    """Refuse a day whose events are gone: of what was cut loose on an earlier day than its snapshot's, later ones.

    Raises:
        UsageError: that is so.
    """
    if whole.snapshot_day and whole.as_of < min(day, whole.snapshot_day):
        raise UsageError(f"这份数据只保留到 {whole.as_of} 的记录，不能看 {day} 的情况；请用 cp.open() 打开快照后再按日期截取。")


def require_listed(whole: Dataset, day: dt.date) -> None:
    """Refuse a day on which none of a snapshot's plants had been listed yet.

    Raises:
        UsageError: that is so.
    """
    listed = whole.plants["listed_on"]
    if not whole.snapshot_day or day >= whole.snapshot_day or not len(listed) or listed.isna().any():
        return
    if day < (first := listed.min().date()):
        raise UsageError(f"{day} 还没有企业列入名单，最早的于 {first} 列入；请改看 {first} 或以后的日期。")


def require_values(ds: Dataset) -> None:
    """Refuse what rests on values and options where these say nothing of the day.

    Raises:
        UsageError: the day is earlier than the snapshot's.
    """
    if undated(ds):
        raise UsageError(
            f"{ds.as_of} 的情况由 {ds.snapshot_day} 的快照倒推：实测值、方案、数据问题和报送台账没有自己的日期，"
            f"只说明快照当日的情况，{ds.as_of} 的级别、达标情况、效益、数据质量和报送情况无从说明；请改看 {ds.snapshot_day}。"
        )


def days_behind(ds: Dataset) -> int:
    """Return how many days the data are older than the day looked at."""
    return max((ds.as_of - ds.snapshot_day).days, 0) if ds.snapshot_day else 0


def behind(ds: Dataset) -> str:
    """Return what must be known where the data are older than the day; '' where they aren't."""
    days = days_behind(ds)
    if not days:
        return ""
    return (
        f"数据为 {ds.snapshot_day} 的快照，比 {ds.as_of} 早 {days} 天，其间的进展不在其中：以下假定此后没有新的进展，"
        "显示为未完成、逾期的，可能已在其间完成，须核实。"
    )


def require_current(ds: Dataset) -> None:
    """Refuse what may only be handed on by data of the day itself.

    Raises:
        UsageError: the data are older than the day, or of a later one: what is doubtful has no day of its own, and an earlier
            day's list would hold what nobody had been able to check.
    """
    if undated(ds):
        raise UsageError(
            f"{ds.as_of} 的情况由 {ds.snapshot_day} 的快照倒推，数据问题没有自己的日期，不能开列 {ds.as_of} 的移交清单；"
            f"请改看 {ds.snapshot_day}。"
        )
    if days_behind(ds):
        raise UsageError(
            f"数据只到 {ds.snapshot_day}，不能开列 {ds.as_of} 的移交清单：其间的进展不在数据中；请改看 {ds.snapshot_day}，"
            "或先用 cpaudit load 读取更新的报表。"
        )


def day(ds: Dataset) -> str:
    """Return the day as titles name it, with the day of the data where that is another."""
    if days_behind(ds):
        return f"{ds.as_of}，假定 {ds.snapshot_day} 以后没有新的进展"
    return f"{ds.as_of}，由 {ds.snapshot_day} 的快照倒推" if undated(ds) else str(ds.as_of)
