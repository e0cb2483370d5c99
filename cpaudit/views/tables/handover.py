"""The hand-over lists as tables ready to show, and the cover note of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit import labels
from cpaudit.analysis import attainment, progress
from cpaudit.analysis import handover as analysis
from cpaudit.analysis.basis import deciding, statuses
from cpaudit.analysis.basis.milestones import grid
from cpaudit.fields import codes
from cpaudit.labels import worded
from cpaudit.programme.document import by_clauses, of_notice
from cpaudit.views import parts, readings, unheard
from cpaudit.views.columns import columns
from cpaudit.views.measured import label, told
from cpaudit.views.page import Caveat, Column, Table
from cpaudit.views.tables.base import demonstration_note, judged, table
from cpaudit.vocabulary import LEVELS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.analysis.basis.lists import Listing
    from cpaudit.dataset import Dataset

#: What a draft leaves to the office that sends it.
EMPTY = "〔待填：{}〕"


@dataclass(frozen=True, slots=True)
class Letter:
    """A cover note: an official letter in its usual parts; ``badge`` stands on top where the data are invented."""

    title: str
    number: str
    to: str
    paragraphs: tuple[str, ...]
    attachments: tuple[str, ...]
    signers: tuple[str, ...]
    date: str
    badge: str
    copies: tuple[str, ...] = ()


#: Lists whose letters count no verdicts.
_UNJUDGED = ("enforcement", "carry_over")


def listing(ds: Dataset, list_id: str) -> Table:
    """Return one list with its headings, codes turned into labels, its own note below."""
    known = analysis.lists_of(ds)
    what = known.lists[list_id]
    frame = _labels(ds, analysis.listing(ds, list_id))
    frame.insert(0, "no", range(1, len(frame) + 1))
    cols = columns(no="order")
    cols |= {c: Column(h.label, h.type, h.unit, 2) for c in what.columns if (h := known.columns[c])}
    note = what.note + held_back(ds, list_id) + f"依据：{analysis.receiver(ds, list_id)[1]}。" + _readings(ds, what)
    note += demonstration_note(ds)
    return table(list_id, what.title, frame, cols, note, unheard.none(ds, "没有须列入的企业。"))


def waiting(ds: Dataset, list_id: str) -> Table:
    """Return the plants that a list leaves out because of them nobody knows (待核实), each with the reason."""
    import numpy as np

    found, silent = grid(ds), statuses.untold(ds)
    steps = [m.label for m in ds.programme.plant_milestones()]
    rows = np.flatnonzero(analysis.waiting(ds, list_id))
    frame = ds.plants.iloc[rows][["name", "uscc", "unit", "county"]].reset_index(drop=True)
    unsure = _unsure(ds, list_id)
    doubts = deciding.said(ds, deciding.at_milestones(ds).query("serious"), deciding.at_values(ds).query("serious"))
    frame["reason"] = [
        _why(found.state[at].tolist(), steps, bool(silent[at]), bool(unsure[at]), doubts[at]) for at in rows.tolist()
    ]
    return table(
        f"{list_id}_waiting",
        "待核实",
        worded(frame, ds),
        columns("name", "uscc", "unit", "county", "reason"),
        "",
        "没有待核实的企业。",
    )


def _unsure(ds: Dataset, list_id: str) -> np.ndarray:
    """Of which plants nobody knows whether what a list says of their permit applies to them."""
    import numpy as np

    found = grid(ds)
    step = ds.programme.with_role("permit")
    if step is None or "permit_written" not in analysis.lists_of(ds).lists[list_id].columns:
        return np.zeros(len(found.state), bool)
    return np.asarray(found.state[:, found.of(step.id)] == "applies_unknown")


def _why(states: list[str], milestones: list[str], silent: bool, unsure: bool, doubt: str | float) -> str:
    if silent:
        return "没有进度的报表和导出，无法判断"
    said = ("unclear", "not_reported", "late_unknown", *(["applies_unknown"] if unsure else []))
    each = {word: [m for m, state in zip(milestones, states, strict=True) if state == word] for word in said}
    told = [f"{'、'.join(names)}{progress.STATES[word]}" for word, names in each.items() if names]
    told += [f"存疑：{doubt}"] if isinstance(doubt, str) else []
    return "；".join(told) or "企业状态未读懂"


def held_back(ds: Dataset, list_id: str) -> str:
    """Say how many plants a list holds back; '' where none."""
    import numpy as np

    where, silent, unsure = analysis.waiting(ds, list_id), statuses.untold(ds), _unsure(ds, list_id)
    state = grid(ds).state
    kinds = {
        "结果不明": (state == "unclear").any(axis=1),
        "未报送": silent | (state == "not_reported").any(axis=1),
        "状态未读懂": statuses.unread(ds),
        "是否逾期不明": (state == "late_unknown").any(axis=1) & ~statuses.unread(ds),
        "是否适用不明": unsure,
    }
    kinds["存疑"] = ~np.logical_or.reduce(list(kinds.values()))
    why = [kind for kind, which in kinds.items() if (where & which).any()]
    return f"另有 {int(where.sum())} 家{'或'.join(why)}，核实后再列。" if why else ""


def _rests(ds: Dataset, what: Listing) -> tuple[tuple[Caveat, ...], tuple[Caveat, ...]]:
    """Return how the notice is read where a list, or what its letter counts, rests on it: who is late, who attains."""
    late = what.rows == "enforcement" or "late_days" in what.columns
    judged = "verdict" in what.columns or what.rows not in _UNJUDGED
    return readings.of_deadlines(ds) if late else (), readings.of_verdicts(ds) if judged else ()


def _readings(ds: Dataset, what: Listing) -> str:
    late, judged = _rests(ds, what)
    return readings.note((*late, *judged))


def _brief(ds: Dataset, what: Listing) -> str:
    """Name the readings in a letter, which is one page; the list that goes with it tells them."""
    (late, judged), terms = _rests(ds, what), ds.programme.interpretations
    enforced = what.rows == "enforcement"
    open_ = [terms.holidays.term] if enforced and late else [terms.clear_improvement.term] if judged and not enforced else []
    return f"“{open_[0]}”等取法见附注。" if open_ else ""


def _labels(ds: Dataset, frame: pd.DataFrame) -> pd.DataFrame:
    milestones = {m.id: m.label for m in ds.programme.milestones}
    maps: dict[str, dict[Any, str]] = {
        "roster": {r.id: r.label for r in ds.programme.rosters},
        "authority": codes("plants", "authority"),
        "assessor": codes("plants", "assessor"),
        "permit_class": codes("plants", "permit_class"),
        "permit_written": progress.STATES,
        "energy_before": LEVELS,
        "energy_after": LEVELS,
        "verdict": attainment.VERDICTS,
        "result": analysis.results_of(ds),
        "carried": labels.reasons_of(ds.programme),
        "last_milestone": milestones,
    }
    frame = worded(frame, ds, **maps)
    if "verdict" in frame:
        frame["verdict"] = judged(ds, frame)
    if "first_batch" in frame:
        frame["first_batch"] = frame["first_batch"].replace({ds.programme.id: ds.programme.title})
    return frame


def source(ds: Dataset, unit: str = "") -> str:
    """Return the line that says where a list comes from."""
    where = [parts.unit_name(unit)] if unit else []
    return "　".join([*where, labels.origin(labels.source(ds))])


def letter(ds: Dataset, list_id: str, unit: str = "") -> Letter:
    """Return the cover note of a list; what only the sender knows is marked. ``unit``: a part of the list, '' for all."""
    what = analysis.lists_of(ds).lists[list_id]
    to, clause = analysis.receiver(ds, list_id)
    document = ds.programme.document
    holes = {"programme": ds.programme.title, "cited": document.cited}
    cited = clause.removeprefix("通知")
    holes["clause"] = clause_text(cited) if of_notice(cited) else ""
    opening, follows = what.letter.opening, ds.programme.consequences
    if what.letter.ruled and follows.rolls_over is not None:
        called = labels.reasons_of(ds.programme)
        opening = what.letter.ruled
        holes |= {"rule": by_clauses(follows.clause), "causes": "、".join(called[cause] for cause in follows.rolls_over)}
    n = len(analysis.listing(ds, list_id))
    *counts, last = _counts(ds, what.rows, n)
    brief, counted = _brief(ds, what), what.rows not in _UNJUDGED
    scope = f"（{parts.unit_name(unit)}）" if unit else ""
    waits = analysis.held(ds, list_id)
    notes = f"说明：{what.note}{f'另有 {waits} 家待核实，暂未列入。' if waits else ''}"
    return Letter(
        title=what.letter.title.format(**holes) + scope,
        number=EMPTY.format("发文字号"),
        to=to,
        paragraphs=(
            opening.format(**holes),
            *counts,
            last + (brief if counted else ""),
            ("" if counted else brief) + notes,
            what.letter.closing,
        ),
        attachments=(f"{what.title}（{n} 家，xlsx、csv 各一份）",),
        signers=document.issuers,
        date=EMPTY.format("成文日期"),
        badge="示范数据：企业、数值均为虚构，本件仅供演示，不得作为正式文件使用。" if ds.demonstration else "",
        copies=follows.told if what.rows == "carry_over" else (),
    )


def clause_text(clause: str) -> str:
    """Return a clause as a letter names it.

    >>> clause_text("四（三）"), clause_text("二（二）5"), clause_text("附件1")
    ('第四部分第（三）项', '第二部分第（二）项第5点', '附件1')
    """
    found = re.fullmatch(r"([一二三四五六七八九十]+)(（.+?）)?(\d+)?", clause)
    if not found:
        return clause
    part, item, point = found.groups()
    return f"第{part}部分" + (f"第{item}项" if item else "") + (f"第{point}点" if point else "")


def _counts(ds: Dataset, rows: str, n: int) -> tuple[str, ...]:
    day = parts.day_text(ds.as_of)
    if ds.plants.empty:
        return (f"截至{day}，没有列入名单的企业。",)
    results = parts.only(analysis.results(ds))
    said = "；".join(f"{label} {results[key]} 家" for key, label in analysis.results_of(ds).items() if results[key])
    whole = f"截至{day}，列入名单的企业 {results['plants']} 家，其中：{said}。"
    if rows in _UNJUDGED and not n:
        return (whole, f"可以判断的企业中，没有须{'移交' if rows == 'enforcement' else '转入下一批'}的。")
    if rows == "enforcement":
        judged = "" if "failed" not in progress.said(ds) else f"{label('failed', ds)}、"
        return (whole, f"有{judged}逾期未完成事项须移交的企业 {n} 家，逐家事项和依据见附件。")
    if rows == "carry_over":
        return (whole, f"{told('carried', n, '的企业')}，原因见附件。")
    if not ds.programme.targets:
        return (whole,)
    marks = parts.only(attainment.summary(ds))
    verdicts = (
        f"未退出的，{told('judged', marks['judged'], '的')}，{told('attained', marks['attained'])}、"
        f"{told('not_attained', marks['not_attained'])}；{told('cannot_judge', marks['cannot_judge'], '的')}。"
    )
    said = readings.unchecked(attainment.unofficial(ds), "体系或参数")
    return (whole, verdicts + (f"对标{said}，移交前须重新判定。" if said else ""))
