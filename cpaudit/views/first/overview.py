"""The first page's five answers, in office words: how far we are, what changed, who won't make it, what is wrong, what to do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from cpaudit.analysis import attainment, pace, progress
from cpaudit.analysis.across.moves import moves, next_deadline
from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.milestones import AHEAD, grid
from cpaudit.dataset import dated, previous, remembered
from cpaudit.dataset.cuts import unpicked
from cpaudit.errors import SnapshotError
from cpaudit.labels.lists import named
from cpaudit.views import measured, parts, unheard
from cpaudit.views.answers import Answer, Answers, Link

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone

#: So many units or plants are named in a sentence.
_NAMED = 3


def of_progress(ds: Dataset) -> Answers:
    """Return the five answers for the plants of a data set, under one sentence that says it all."""
    standing, told = _standing(ds)
    return Answers(told, (standing, _changed(ds), _in_doubt(ds), _data(ds), _to_do(ds)))


def last(ds: Dataset) -> tuple[Dataset | None, str]:
    """Return these plants at the snapshot before, None where there is none; and why it can't be read."""
    try:
        return previous(ds), ""
    except SnapshotError as error:
        return None, f"上期的快照不能读取，无从比较：{error}"


# -- 1: against the deadline that comes next


def _standing(ds: Dataset) -> tuple[Answer, str]:
    day, late = parts.day_text(ds.as_of), int(progress.counts(ds)["overdue"].sum())
    question = "进度赶得上吗"
    if unheard.all_silent(ds):
        said = f"截至{day}，{unheard.silence(ds)}"
        return Answer("standing", question, said, tone="warn"), said
    behind = f"{measured.told('overdue', late, '的企业')}" if late else "没有企业逾期" + unheard.aside(ds).rstrip("。")
    if not (coming := next_deadline(ds)):
        text = f"各节点的期限都已过，或没有还要办理的企业；{behind}。"
        return Answer("standing", question, text, tone="bad" if late else "good"), f"截至{day}，{text}"
    step, deadline = coming
    row = _pace(ds, step)
    n, done, distance = int(row["n"]), int(row["done"]), round(float(row["distance"]))
    left = (deadline.date() - ds.as_of).days
    share = f"，占 {done / n:.1%}" if n > parts.small_unit() else ""
    against = f"比匀速推进{'慢' if distance < 0 else '快'} {abs(distance)} 家" if distance else "与匀速推进持平"
    days = f"还有 {left} 天" if left else "今天到期"
    text = (
        f"下一个期限是 {parts.day_text(deadline)}的“{step.label}”，{days}：应完成 {n:,} 家，已完成 {done:,} 家{share}，"
        f"尚差 {n - done:,} 家，{against}。{behind}。"
    )
    tone: Literal["good", "bad"] = "bad" if distance < 0 or late else "good"
    lead = f"截至{day}，距“{step.label}”期限{days}，{n:,} 家中已完成 {done:,} 家{share}，{against}；{behind}。"
    links = (Link(measured.told("overdue", late, "的企业"), table="overdue"),) if late else ()
    return Answer("standing", question, text, tone=tone, links=links), lead


def _pace(ds: Dataset, step: Milestone) -> pd.Series:
    frame = pace.pace(ds)
    found: pd.Series = frame.loc[frame["milestone"] == step.id, ["n", "done", "distance"]].sum()
    return found


# -- 2: since the last snapshot


def _changed(ds: Dataset) -> Answer:
    question, (before, fault) = "比上期变了什么", last(ds)
    if before is None:
        text = fault or "没有更早的快照可比；下一期报表读取后，这里显示增减。"
        return Answer("changed", question, text, tone="warn" if fault else "plain")
    coming, moved = next_deadline(ds), moves(ds, before)
    step = coming[0] if coming else ds.programme.final
    done = moved[(moved["kind"] == "done") & (moved["milestone"] == step.id)]
    late, settled = (moved[moved["kind"] == kind].drop_duplicates("plant_id") for kind in ("overdue", "caught_up"))
    still = _still(ds, before, step, done) if len(done) else []
    said = [f"“{step.label}”{f' ▲ {len(done)} 家{_where(ds, done)}' if len(done) else '没有增加'}"]
    said += [f"新出现逾期的 ▲ {len(late)} 家{_where(ds, late)}" if len(late) else "没有新出现逾期的企业"]
    said += [f"逾期已消除的 ▼ {len(settled)} 家"] if len(settled) else []
    said += [f"{_some(still)}没有进展"] if still else []
    text = f"与上期（{parts.day_text(before.as_of)}）相比，{'；'.join(said)}。"
    text += "两期都报送而明确的节点才比较。" if unheard.some(ds) or unheard.some(before) else ""
    links = [*_links(ds, done), *_links(ds, late), *(Link(unit, unit=id) for id, unit in still)]
    return Answer("changed", question, text, tone="bad" if len(late) > len(done) else "plain", links=_once(links))


def _still(ds: Dataset, before: Dataset, step: Milestone, done: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the units (id, name) of which no plant has done the step since, though some had it to do and said so."""
    import numpy as np

    if ds.plants["unit"].nunique() < 2:
        return []
    found, at = grid(ds), grid(ds).of(step.id)
    open_ = set(ds.plants["unit"][np.isin(found.state[:, at], AHEAD) | found.overdue[:, at]])
    told = set(before.plants["unit"][~statuses.untold(before)])
    return [(u, parts.unit_name(u)) for u in ds.programme.units if u in (open_ & told) - set(done["unit"])]


# -- 3: who won't make it


def _in_doubt(ds: Dataset) -> Answer:
    from cpaudit.analysis.forecast import together

    question, coming = "谁可能完不成", next_deadline(ds)
    if not coming or unheard.all_silent(ds):
        return Answer("in_doubt", question, "没有还要推算的期限。" if coming is None else unheard.silence(ds))
    step = coming[0]
    found = _chances(unpicked(ds), step.id)
    frame = found[found["plant_id"].isin(ds.plants["plant_id"])]
    state = grid(ds).state[:, grid(ds).of(step.id)]
    known = ds.plants["plant_id"][(state != "not_reported") & (state != "unclear")]
    open_ = frame[frame["days_left"].ge(0) & frame["plant_id"].isin(known)]
    given = open_[open_["chance_pct"].notna()]
    links = list(_links(ds, open_))
    where = _where(ds, open_)
    expected = None if given.empty else together(given, _checked(unpicked(ds), step.id))
    if expected is None:
        reason = open_["reason"].mode()
        why = str(reason.iloc[0]) if len(reason) else "没有可以推算的企业。"
        why = why.removesuffix("，不作推算。").rstrip("。")
        text = f"尚未“{step.label}”的 {len(open_)} 家{where}。其中谁不能按期，不作推算：{why}。"
        return Answer("in_doubt", question, text, tone="warn", links=_once(links))
    few, many = expected.n - math.ceil(expected.upper), expected.n - math.floor(expected.lower)
    rest = f"；另有 {len(open_) - len(given)} 家无从推算" if len(open_) > len(given) else ""
    worst = given.sort_values("chance_pct", kind="stable").head(_NAMED)
    text = (
        f"推算（不是结论）：尚未“{step.label}”的 {len(open_)} 家{where}中，"
        f"约 {expected.n - round(expected.expected)} 家（{few}—{many} 家）不能按期{rest}；"
        f"把握最小的是{'、'.join(worst['name'])}。"
    )
    links += [Link(name, plant=id) for id, name in zip(worst["plant_id"], worst["name"], strict=True)]
    return Answer("in_doubt", question, text, tone="warn", links=_once(links))


@remembered
def _chances(ds: Dataset, milestone: str) -> pd.DataFrame:
    from cpaudit.analysis.forecast import forecast

    return forecast(ds, milestone)


@remembered
def _checked(ds: Dataset, milestone: str) -> pd.DataFrame:
    from cpaudit.analysis.forecast import checks, lead

    days = lead(_chances(ds, milestone))
    assert days is not None  # a chance was given
    return checks(ds, milestone, days)


# -- 4: what is wrong with the data


def _data(ds: Dataset) -> Answer:
    question = "数据可靠吗"
    if told := dated.left_out(ds, "数据质量"):
        return Answer("data", question, told)
    counted = progress.counts(ds)
    quiet, unclear = ds.plants[counted["not_reported"]], int(counted["unclear"].sum())
    errors = ds.problems[ds.problems["severity"] == "error"]
    said = [f"{measured.told('not_reported', len(quiet), '的企业')}{_where(ds, quiet)}"] if len(quiet) else []
    said += [f"报来的文件中有错误 {len(errors)} 处{_where(ds, errors)}"] if len(errors) else []
    said += [measured.told("unclear", unclear, "的企业")] if unclear else []
    blocked = ""
    if ds.programme.targets:
        row = parts.only(attainment.summary(ds))
        unknown, judged = int(row["cannot_judge"]), int(row["plants"]) - int(row["left"])
        blocked = f"达标与否，{judged} 家中{measured.told('cannot_judge', unknown)}。" if unknown else "达标与否都能判定。"
    text = f"{'；'.join(said)}。" if said else "没有未报送的企业，报来的文件中没有错误。"
    links = _once([*_links(ds, quiet), *_links(ds, errors)])
    return Answer("data", question, text + blocked, tone="warn" if said else "good", links=links)


# -- 5: what to do now


def _to_do(ds: Dataset) -> Answer:
    """Return the five actions that move most plants, each with the list that it is done from."""
    found, plants, coming, counted = grid(ds), ds.plants, next_deadline(ds), progress.counts(ds)
    many = plants["unit"].nunique() > 1
    lists: list[tuple[int, str, str, Any]] = []

    def add(verb: str, mine: Any, what: str, table: str) -> None:
        if len(mine):
            lists.append((len(mine), f"{verb}{what} {len(mine)} 家{_where(ds, mine)}", table, mine))

    if coming:
        step, deadline = coming
        at = found.of(step.id)
        soon = plants[found.state[:, at] == "due_soon"]
        add("催办", soon, f"“{step.label}”于{parts.day_text(deadline)}到期的企业", "to_do")
    for verb, id in (("督办", "overdue"), ("督促整改", "failed"), ("催报", "not_reported"), ("核实", "unclear")):
        if id in counted:
            there = "overdue" if id == "overdue" else "by_unit" if many else "unfinished"
            add(verb, plants[counted[id]], f"{measured.label(id, ds)}的企业", there)
    if not dated.undated(ds):
        errors = ds.problems[(ds.problems["severity"] == "error") & ds.problems["plant_id"].notna()]
        faulty = plants[plants["plant_id"].isin(errors["plant_id"])]
        add("退改", faulty, "报表有错误的企业", "by_unit" if many else "by_industry")
    most = sorted(lists, key=lambda one: -one[0])[:5]
    points = tuple(text for _, text, _, _ in most)
    links = [Link(text.split("（")[0], table=table) for _, text, table, _ in most]
    links += [link for *_, mine in most for link in _links(ds, mine)]
    text = "" if points else unheard.none(ds, "没有要办的事项。")
    return Answer("to_do", "现在做什么", text, points=points, links=_once(links))


# -- words


def _where(ds: Dataset, rows: pd.DataFrame) -> str:
    """Say in brackets of which units the rows are, within one unit of which counties: all of them, or those with most.

    Ties are named in full; nothing is said where there is one only to be of, or where nobody stands out.
    """
    by, names = ("unit", named("units")) if ds.plants["unit"].nunique() > 1 else ("county", named("counties"))
    if by not in rows or not rows[by].notna().any() or ds.plants[by].nunique() < 2:
        return ""
    order = {unit: at for at, unit in enumerate(ds.programme.units)}
    counts = sorted(rows[by].value_counts().sort_index().items(), key=lambda one: (-one[1], order.get(str(one[0]), 0)))
    least = counts[min(_NAMED, len(counts)) - 1][1]
    shown = [one for one in counts if one[1] >= least]
    if len(shown) > _NAMED + 1:
        shown = [one for one in counts if one[1] > least]
    what = "家" if "name" in rows else "处"
    said = "、".join(f"{names.get(id, id)} {n} {what}" for id, n in shown)
    return f"（{said}{'最多' if len(counts) > len(shown) else ''}）" if said else ""


def _links(ds: Dataset, rows: pd.DataFrame) -> Iterable[Link]:
    """Yield a link for each unit among the rows, where a page shows several."""
    if ds.plants["unit"].nunique() > 1 and "unit" in rows:
        yield from (Link(parts.unit_name(u), unit=u) for u in ds.programme.units if (rows["unit"] == u).any())


def _some(pairs: list[tuple[str, str]]) -> str:
    names = [name for _, name in pairs]
    return "、".join(names[: _NAMED + 1]) + (f" 等 {len(names)} 个单位" if len(names) > _NAMED + 1 else "")


def _once(links: Iterable[Link]) -> tuple[Link, ...]:
    return tuple({link.text: link for link in links if link.text}.values())
