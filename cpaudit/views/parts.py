"""What pages share: the stamp, caveats, key figures and ways to write numbers, so that no two pages differ in them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment, completeness
from cpaudit.dataset import dated, shelf
from cpaudit.dataset.cuts import picked
from cpaudit.dataset.search import nearest
from cpaudit.errors import UsageError
from cpaudit.errors.arguments import dataset_of
from cpaudit.fields import codes
from cpaudit.labels import day_said
from cpaudit.programme import industries, units
from cpaudit.programme.conventions import conventions
from cpaudit.selection import Selection, selection_of
from cpaudit.views import readings
from cpaudit.views.directory import directory
from cpaudit.views.measured import in_own_words
from cpaudit.views.page import Block, Caveat, Page, Stamp
from cpaudit.vocabulary import LEVEL_CHOICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from cpaudit.dataset import Dataset


def small_unit() -> int:
    """Return up to how many plants a group is never ranked: one more or less would turn the order (conventions.yaml)."""
    return conventions().bulletin.small_unit


# -- writing numbers


def day_text(day: dt.date | pd.Timestamp) -> str:
    """Return a date as prose has it.

    >>> day_text(dt.date(2022, 11, 5))
    '2022年11月5日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def share(part: float, whole: float) -> str:
    """Return a share as text; over nothing it is a dash.

    >>> share(1, 3), share(0, 0)
    ('33.3%', '—')
    """
    return f"{part / whole:.1%}" if whole else "—"


def rate(part: int, whole: int, unit: str = "家") -> str:
    """Return a share as text; of few (conventions.yaml) the two numbers, since one more or less would turn the percentage.

    >>> rate(2, 3), rate(20, 30), rate(1, 2, "条")
    ('3 家中 2 家', '66.7%', '2 条中 1 条')
    """
    return share(part, whole) if whole > small_unit() or not whole else f"{whole} {unit}中 {part} {unit}"


def most() -> float:
    """Return above which share (%) of unknown a rate says too little to be told (conventions.yaml)."""
    return conventions().bulletin.max_silent_pct


def hangs(judged: int, cannot_judge: int) -> bool:
    """Whether a rate of those who can be judged says little: too many can't be, who might turn it (conventions.yaml).

    >>> hangs(45, 5), hangs(45, 6), hangs(0, 0)
    (False, True, False)
    """
    return cannot_judge > conventions().bulletin.max_silent_pct / 100 * (judged + cannot_judge)


def percent(value: float | None) -> str:
    """Return a percentage (0..100) as text; a dash where it is missing."""
    import pandas as pd

    return "—" if value is None or pd.isna(value) else f"{value:.1f}%"


def digits(value: float) -> str:
    """Return a number with the digits that it was given with, never as a power of ten.

    >>> digits(0.15), digits(12.0), digits(1234567.5), digits(0.00002)
    ('0.15', '12', '1,234,567.5', '0.00002')
    """
    return f"{Decimal(f'{value:.12g}'):,f}"


def decimals(values: Iterable[float]) -> int:
    """Return with how few decimals numbers that nobody has defined can all be read, at most two.

    >>> decimals([1, 2.0]), decimals([1, 2.5]), decimals([16997.329999999998, 0.1])
    (0, 1, 2)
    """
    said = [round(value, 2) for value in values]
    return next((places for places in range(2) if all(value == round(value, places) for value in said)), 2)


def number(value: Any) -> float | None:
    """Return a cell as a number, None where it is missing."""
    import pandas as pd

    return None if pd.isna(value) else float(value)


def only(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the one row of a summary as plain values (whole numbers stay whole, one that nobody knows is None)."""
    return records(frame.head(1))[0]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values."""
    import pandas as pd

    return [{str(k): None if v is pd.NA else v for k, v in row.items()} for row in frame.to_dict("records")]


# -- words


def unit_name(unit_id: str) -> str:
    """Return a unit's full name."""
    return units()[unit_id].name


def industry_name(industry_id: str) -> str:
    """Return a trade's label."""
    return industries()[industry_id].label


def selection_choices(ds: Dataset) -> dict[str, list[tuple[str, str]]]:
    """Return what readers can choose: the keys of a link → (label, value), '' for all; only what the data set holds."""
    plants = ds.plants
    return {
        "unit": [("全部单位", ""), *((unit_name(u), u) for u in ds.programme.units)],
        "industry": [("全部行业", ""), *((i.label, k) for k, i in industries().items() if (plants["industry"] == k).any())],
        "roster": [("全部名单", ""), *((r.label, r.id) for r in ds.programme.rosters)],
        "level": [("全部级别", ""), *((label, key) for key, label in LEVEL_CHOICES.items())],
        "status": [("全部状态", ""), *((x, k) for k, x in codes("plants", "status").items() if (plants["status"] == k).any())],
    }


def selected_names(ds: Dataset, selection: Selection) -> list[str]:
    """Return what a selection says, in words, for subtitles: 石家庄市、水泥 …; nothing where all is shown."""
    states = codes("plants", "status")
    names = [unit_name(u) for u in selection.units] + [industry_name(i) for i in selection.industries]
    names += [r.label for r in ds.programme.rosters if r.id in selection.rosters]
    names += [f"审核后{LEVEL_CHOICES[x]}" for x in selection.levels] + [states[s] for s in selection.statuses]
    return names + ([f"搜索“{selection.search}”"] if selection.search else [])


#: So many plants are offered where several are meant.
_CHOICES = 12


def find_plant(ds: Dataset, text: str) -> str:
    """Find the one plant meant by a code, a name or a part of a name.

    Raises:
        UsageError: none or several are meant; its last line lists them, or those of the nearest names.
    """
    plants, wanted = ds.plants, text.strip()
    exact = plants[(plants["plant_id"] == wanted) | (plants["uscc"] == wanted) | (plants["name"] == wanted)]
    found = exact if len(exact) else plants[plants["name"].str.contains(wanted, regex=False)]
    if len(found) == 1:
        return str(found["plant_id"].iloc[0])
    if found.empty:
        if near := nearest(plants, wanted):
            raise UsageError.among(f"名单中没有“{text}”，写法相近的有 {len(near)} 家", near)
        raise UsageError(f"名单中没有“{text}”，请填写企业名称或统一社会信用代码。")
    some = [*found["name"].head(_CHOICES), *(["……"] if len(found) > _CHOICES else [])]
    raise UsageError.among(f"“{text}”对应 {len(found)} 家企业，请写全称或代码", some)


# -- pages


def page_of(
    id: str,
    title: str,
    ds: Dataset,
    selection: Selection | None,
    build: Callable[[Dataset], list[Block]],
    *,
    many: str = "",
    of_values: bool = False,
    shown_in_title: tuple[str, ...] = (),
) -> Page:
    """Return the page that ``build`` makes of the plants that the selection shows; a sentence where there are none.

    ``many`` says what the page is about where it needs more than one plant to say anything ('' for pages that don't);
    ``of_values``: all rests on values, options or problems, of which an earlier day than the snapshot's has none;
    names ``shown_in_title`` are left out of the subtitle.
    """
    dataset_of(ds)
    chosen = selection_of(selection)
    if chosen.levels and (told := dated.undated(day := ds.select(as_of=chosen.as_of))):
        refused = Caveat(f"{told}也不能按级别筛选，请去掉级别或改看 {day.snapshot_day}。")
        return Page(id, title, ds.programme.title, stamp(day), (*demonstration(day), refused))
    shown = ds.select(chosen)
    names = [n for n in selected_names(ds, chosen) if n not in shown_in_title]
    blocks: list[Block] = [*opening(shown)]
    if outside := _outside(ds, chosen):
        blocks.append(Caveat(outside, "plain"))
    if shown.plants.empty:
        blocks += [] if outside else [Caveat(_nothing(ds, chosen), "plain")]
    elif not (of_values and dated.undated(shown)):
        if many and len(shown.plants) == 1:
            only_one = shown.plants["name"].iloc[0]
            blocks.append(Caveat(f"所选范围只有 1 家企业（{only_one}），{many}没有意义，可看“一企一档”。", "plain"))
        blocks += build(shown)
    listed = directory(ds.select(as_of=chosen.as_of), shown.plants["plant_id"])
    return Page(id, title, "　".join([ds.programme.title, *names]), stamp(shown, complete=True), in_own_words(blocks, ds), listed)


def nobody(ds: Dataset) -> str:
    """Return what is said of a part in which no plant is, whoever is on the roster; '' of a whole."""
    return "所给的数据中没有企业：没有一家符合 ds.select(…) 所写的条件，请放宽条件。" if picked(ds) else ""


def _outside(ds: Dataset, selection: Selection) -> str:
    """Return that units are asked for which whoever looks may not see: their plants are not missing, they are others'."""
    mine = shelf.seen(ds)
    others = [unit_name(unit) for unit in selection.units if mine is not None and unit not in mine]
    return f"{'、'.join(others)}不在您能看的单位之内，这里没有其数据；请在“辖区”中另选，或点“恢复全部”。" if others else ""


def _nothing(ds: Dataset, selection: Selection) -> str:
    if ds.plants.empty:
        return nobody(ds) or "快照中没有企业名单，请先用 cpaudit load 读取名单。"
    if selection == Selection(as_of=selection.as_of, units=selection.units) and len(selection.units) == 1:
        return f"{unit_name(selection.units[0])}没有企业列入名单。"
    return "没有符合条件的企业，请放宽筛选条件或点“恢复全部”。"


def source_note(ds: Dataset, n: int, of: str = "家企业") -> str:
    """Return what stands below every figure: how many, of which day, and where from."""
    demo = "；示范数据" if ds.demonstration else ""
    day = day_said(day_text(ds.as_of), ds.snapshot_day and day_text(ds.snapshot_day))
    return f"n＝{n:,} {of}；数据日期 {day}，来源：各单位上报表和系统导出，快照 {ds.version}{demo}。"


# -- blocks


def stamp(ds: Dataset, *, complete: bool = False) -> Stamp:
    """Return where and when the page's numbers come from, and (``complete``) how many of the answers required are there."""
    complete = complete and not dated.undated(ds)
    owed = (*completeness.answered(ds), *completeness.with_values(ds)) if complete else (0, 0, 0, 0)
    about = ds.programme.title, ds.programme.document.reference, ds.version
    return Stamp(ds.as_of, *about, len(ds.plants), ds.demonstration, *owed, ds.snapshot_day)


def opening(ds: Dataset) -> tuple[Caveat, ...]:
    """Return what stands above everything: that the data are invented, that they are older than the day, or not of it."""
    return (*demonstration(ds), *(Caveat(text) for text in (dated.behind(ds), dated.undated(ds)) if text))


def left_out(ds: Dataset) -> list[Block]:
    """Return the sentence in the place of a section that rests on values or options; nothing where it can be written."""
    return [Caveat(text, "plain") for text in (dated.left_out(ds),) if text]


def demonstration(ds: Dataset) -> tuple[Caveat, ...]:
    """Return the caveat that the data are invented; nothing for real data."""
    text = "示范数据：企业、数值均为虚构，仅用于演示，不代表任何真实企业或单位的情况。"
    return (Caveat(text),) if ds.demonstration else ()


def interpretations(ds: Dataset) -> tuple[Caveat, ...]:
    """Return what a reader of levels and verdicts must know: unofficial systems, and terms that the notice leaves open."""
    used = attainment.unofficial(ds) if len(ds.plants) and not dated.undated(ds) else ()
    said = readings.unchecked(used, "评价指标体系或参数")
    found = [Caveat(f"级别和达标结论{said}，不作为正式结论，导入正式文本后须重新判定。")] if said else []
    return (*found, *readings.of_verdicts(ds))
