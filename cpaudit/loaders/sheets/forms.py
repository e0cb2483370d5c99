"""The layouts of one programme: its milestones, rosters and own columns in the places that the layouts leave for them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from cpaudit.loaders.sheets.layouts import Heading, Layout, keep, layouts, layouts_of
from cpaudit.programme.milestones import ROLES
from cpaudit.workspace.caches import forgotten

if TYPE_CHECKING:
    from cpaudit.programme import Milestone, Programme

_KNOWN: set[str] = set()
forgotten(_KNOWN.clear)
_OF_A_STEP = ("event", "result", "score")


def forms(programme: Programme) -> dict[str, Layout]:
    """Return the layouts that a programme's tables come in: id → layout.

    Columns of steps stand for the programme's milestones of that role; the units' own form (进度表) has one for each milestone,
    the roster one for each column of the notice's own. A layout that needs a step which the programme doesn't have isn't there.

    >>> from cpaudit.programme import load_programme
    >>> forms(load_programme("hebei-2021-2"))["progress"].columns["event:accepted"].headings[0]
    '完成验收日期'
    """
    form = form_of(programme)
    if form not in _KNOWN:
        made = {id: _adapted(layout, programme, form) for id, layout in layouts().items()}
        keep(form, {id: layout for id, layout in made.items() if layout})
        _KNOWN.add(form)
    return layouts_of(form)


def form_of(programme: Programme) -> str:
    """Return what tells a programme's layouts from others': a hash of what they are made of."""
    asked = programme.model_dump(mode="json", include={"id", "milestones", "rosters", "attributes", "targets"})
    return f"{programme.id}-{hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]}"


def _adapted(layout: Layout, programme: Programme, form: str) -> Layout | None:
    steps = {ROLES[m.role].usual: m for m in programme.plant_milestones() if m.role}
    columns: dict[str, Heading] = {}
    for name, heading in layout.columns.items():
        kind, _, usual = name.partition(":")
        if kind not in _OF_A_STEP:
            columns[name] = heading
        elif layout.id == "progress":  # has all of them, where the first one stands
            if kind == "event" and not any(c.startswith("event:") for c in columns):
                columns |= _steps(layout, programme)
        elif (m := steps.get(usual)) and (kind == "event" or m.has_result):
            columns[f"{kind}:{m.id}"] = heading
    required = tuple(_renamed(name, steps) for name in layout.required)
    if layout.id == "progress":
        first = programme.with_role("notification")
        lead = [first] if first and first.scope == "plant" else []
        required = ("name", *dict.fromkeys(f"event:{m.id}" for m in (*lead, programme.final)), "status")
    if any(name not in columns for name in required) or (layout.id == "unit_work" and not _of_units(programme)):
        return None
    title = layout.title
    if title.roster:
        title = title.model_copy(update={"roster": {r.label: r.id for r in programme.rosters}})
        columns |= _own(programme, columns)
        if "roster" in columns:
            note = f"{'或'.join(r.label for r in programme.rosters)}；留空的以工作表名、标题、文件名为准"
            columns["roster"] = columns["roster"].model_copy(update={"note": note})
    if "own_deadline" in columns and layout.id == "progress":
        words = (f"单独确定的{programme.final.noun}期限", *columns["own_deadline"].headings)
        columns["own_deadline"] = columns["own_deadline"].model_copy(update={"headings": tuple(dict.fromkeys(words))})
    made = {"columns": columns, "required": required, "title": title, "form": form}
    return layout.model_copy(update=made | {"unprinted": tuple(c for c in columns if not programme.asks(c))})


def _renamed(name: str, steps: dict[str, Milestone]) -> str:
    kind, _, usual = name.partition(":")
    return f"{kind}:{steps[usual].id}" if kind in _OF_A_STEP and usual in steps else name


def _steps(layout: Layout, programme: Programme) -> dict[str, Heading]:
    """Return the columns of every milestone in the units' form; the words of the layout for its role are read too."""
    found: dict[str, Heading] = {}
    for m in programme.plant_milestones():
        usual = ROLES[m.role].usual if m.role else ""
        wanted: dict[str, tuple[str, ...]] = {"event": (m.date_heading, f"{m.label}日期", f"{m.label}时间")}
        if m.has_result:
            wanted["result"] = (f"{m.noun}结果", f"{m.label}结果")
            wanted["score"] = (f"{m.noun}得分", f"{m.label}得分")
        for kind, words in wanted.items():
            known = layout.columns.get(f"{kind}:{usual}") or Heading(headings=())
            said = tuple(dict.fromkeys((*words, *known.headings)))
            field = known.field or ("events.score" if kind == "score" else "")
            found[f"{kind}:{m.id}"] = known.model_copy(update={"headings": said, "field": field})
    return found


def _own(programme: Programme, columns: dict[str, Heading]) -> dict[str, Heading]:
    """Return the rosters' own columns: attributes, and the days that deadlines are read from."""
    found = {
        f"attribute:{a.id}": Heading(headings=(a.label, *a.aliases), note="填是或否" if a.type == "flag" else "")
        for a in programme.columns
    }
    days = [c for m in programme.milestones for c in m.deadline.columns() if programme.own_column(c)]
    if days and "own_deadline" not in columns:
        found["own_deadline"] = Heading(headings=tuple(dict.fromkeys(days)))
    return found


def _of_units(programme: Programme) -> bool:
    return any(m.scope == "unit" for m in programme.milestones)
