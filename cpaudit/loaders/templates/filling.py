"""Empty workbooks for units to fill in, from the layouts, fields and indicator systems that the loader reads them with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit.errors import UsageError
from cpaudit.fields import UNREAD, Field, tables
from cpaudit.indicators import find_system, systems
from cpaudit.loaders.sheets.forms import forms
from cpaudit.loaders.sheets.layouts import Layout, layouts
from cpaudit.loaders.tables.asked import asked
from cpaudit.loaders.templates.sheets import Column, Form, write
from cpaudit.programme import Programme, industries, load_programme, units
from cpaudit.programme.units import county_names, divisions_of
from cpaudit.vocabulary import LEVELS, VERIFICATIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pandas as pd

    from cpaudit.indicators import Indicator, IndicatorSystem
    from cpaudit.loaders.tables.asked import Asked

#: The tables that units fill in.
KINDS = ("roster", "progress", "measurements", "options", "unit_work")
#: Where the field of a layout's column is looked for, after the layout's own table.
_ELSEWHERE = ("plants", "status_history")
_SAME = {"name_of_plant": ("plants", "name")}
_RESULTS = ("passed", "failed")
#: What stands as 一级指标 of what benchmarks and weights depend on.
_PARAMETER = "企业情况"
#: What stands for a benchmark that isn't the same for every plant.
_VARYING = "因企业而异"


def find_kind(text: str) -> Layout:
    """Return the layout that units fill in, by its id or label.

    >>> find_kind("进度表").id
    'progress'

    Raises:
        UsageError: there is none of that name; the sentence lists all.
    """
    wanted = text.strip()
    for kind in KINDS:
        if wanted in (kind, layouts()[kind].label):
            return layouts()[kind]
    known = "、".join(f"{layouts()[k].label}（{k}）" for k in KINDS)
    raise UsageError(f"没有叫“{text}”的表式；可选：{known}。")


def make(
    kind: str,
    *,
    programme: str,
    unit: str | None = None,
    chosen: Collection[str] = (),
    plants: pd.DataFrame | None = None,
    demonstration: bool = False,
) -> bytes:
    """Return the empty workbook of a kind of table.

    ``unit`` (an id) narrows the counties; ``chosen`` are the indicator systems (ids) whose indicators stand in the rows of
    ``measurements``; ``plants`` (columns as in ``plants``) are filled in where the kind has a row per plant, and are offered
    by name elsewhere; ``demonstration`` says that they are invented.

    Raises:
        UsageError: there is no such kind, programme or indicator system.
    """
    notice = load_programme(programme)
    layout = forms(notice).get(find_kind(kind).id)
    if layout is None:
        raise UsageError(f"{notice.title}没有要用{find_kind(kind).label}报送的事项，请换一种表式。")
    found = [] if plants is None else [{str(k): v for k, v in p.items()} for p in plants.to_dict("records")]
    # An office chooses among what it is asked for; invented systems are offered where the form is about what is invented too.
    invented = demonstration or any(_usable(s).status == "demonstration" for s in chosen)
    columns = [_column(layout, name, unit, notice, invented) for name in layout.columns if name not in layout.unprinted]
    titles = [f"{units()[unit].name if unit else ''}{layout.label}", notice.title]
    if demonstration and found:
        titles.append("示范数据，企业均为虚构")
    form = Form(layout, layout.label, titles, columns, _some_day(notice))
    if layout.id == "roster":
        return write(_rosters(form, found))
    if layout.id == "progress":
        form.rows = [_plant(columns, plant, at, {}) for at, plant in enumerate(found, start=1)]
    elif layout.id == "unit_work":
        form.rows = [{"milestone": m.label} for m in notice.milestones if m.scope == "unit"]
    else:
        _offer(form, [str(p["name"]) for p in found])
    if layout.id == "measurements":
        _indicators(form, [_usable(s) for s in chosen], found)
    return write([form])


def _some_day(programme: Programme) -> str:
    """Return a day as one writes it: one that the notice names, so that nobody takes it for another year's."""
    days = sorted(day for m in programme.milestones for day in m.deadline.dates())
    return str(next(iter([*days, *filter(None, [programme.document.published])]), "年-月-日（如六月一日写 06-01）"))


def _rosters(form: Form, plants: list[dict[str, Any]]) -> list[Form]:
    """Return a sheet per list, since what stands above a roster holds for all its rows; one to choose for, if none is known."""
    kinds = {label: [p for p in plants if p["roster"] == code] for label, code in form.layout.title.roster.items()}
    forms = []
    called = {code: label for label, code in form.layout.title.roster.items()}
    for label, mine in ({k: v for k, v in kinds.items() if v} or {next(iter(kinds)): []}).items():
        days = {f"{p['listed_on']:%Y-%m-%d}" for p in mine if p["listed_on"] == p["listed_on"]}
        above = [f"名单类别：{label}", f"{form.layout.title.listed_on}：{days.pop() if len(days) == 1 else ''}"]
        rows = [_plant(form.columns, plant, at, called) for at, plant in enumerate(mine, start=1)]
        sheet = f"{form.sheet}（{label}）" if mine else form.sheet
        forms.append(replace(form, sheet=sheet, titles=[*form.titles, *above], rows=rows))
    return forms


def _column(layout: Layout, name: str, unit: str | None, programme: Programme, invented: bool) -> Column:
    """Return a column as the field dictionary defines it."""
    heading, (kind, _, step) = layout.columns[name], name.partition(":")
    table, key = {"event": ("events", "date"), "score": ("events", "score"), "result": ("events", "result")}.get(kind, ("", ""))
    found = tables()[table].columns[key] if table else _attribute(step, programme) or _field(layout, kind)
    results = tuple(found.codes[r] for r in _RESULTS) if kind == "result" else ()  # type: ignore[index]
    choices = results or _choices(name, found, unit, programme, invented)
    clause = next((m.duty for m in programme.milestones if kind == "event" and m.id == step), "")
    return Column(
        name,
        heading.headings[0],
        "uscc" if name == "uscc" else "answer" if kind == "value" else found.type,
        choices,
        open=found.type == "codes" or name == "system",
        required=found.required and not table,
        note="；".join(filter(None, (heading.note, found.note if not step else "", clause))),
        unit=found.unit,
    )


def _attribute(id: str, programme: Programme) -> Field | None:
    """Return what a column of the programme's own holds; None for any other."""
    own = next((a for a in programme.columns if a.id == id), None)
    if own is None:
        return None
    yes_no = {"true": "是", "false": "否"} if own.type == "flag" else None
    return Field(label=own.label, type="text" if own.type == "flag" else own.type, codes=yes_no, unit=own.unit or None)


def _field(layout: Layout, name: str) -> Field:
    if name in _SAME:
        table, name = _SAME[name]
        return tables()[table].columns[name]
    for table in (layout.table, *_ELSEWHERE):
        if name in tables()[table].columns:
            return tables()[table].columns[name]
    return Field(label=name, type="integer" if name == "seq" else "text")


def _choices(name: str, found: Field, unit: str | None, programme: Programme, invented: bool) -> tuple[str, ...]:
    if name == "stricter_level":
        return tuple(LEVELS[k] for k in (1, 2, 3))
    if name == "roster":
        return tuple(r.label for r in programme.rosters)
    match found.codes:
        case dict():
            return tuple(label for code, label in found.codes.items() if code != UNREAD)
        case "units":
            return tuple(units()[u].name for u in ([unit] if unit else programme.units))
        case "counties":
            mine = [d for u in ([unit] if unit else programme.units) for d in divisions_of(u) if d.status == "in_use"]
            return tuple(dict.fromkeys(d.name for d in mine if d.level != "city"))
        case "industries":
            return tuple(i.label for i in industries().values())
        case "systems":
            return tuple(s.title for s in systems().values() if not s.stub and (invented or s.status != "demonstration"))
        case "milestones":
            return tuple(m.label for m in programme.milestones if m.scope == "unit")
    return ()


def _plant(columns: list[Column], plant: dict[str, Any], at: int, rosters: dict[str, str]) -> dict[str, Any]:
    """Return a plant's row: what a roster says of it; its state and dates are for the unit to fill in."""
    row: dict[str, Any] = {"seq": at}
    for column in columns:
        value = plant.get(column.name)
        if value is None or value != value or column.name in ("status", "status_since", "own_deadline"):  # noqa: PLR0124
            continue
        row[column.name] = rosters.get(value, value) if column.name == "roster" else _shown(column.name, value)
    return row


def _shown(name: str, value: Any) -> Any:
    if name == "stricter_level":
        return LEVELS[int(value)]
    lists = {
        "unit": {str(value): units()[str(value)].name} if name == "unit" else {},
        "county": county_names(),
        "industry": {i: trade.label for i, trade in industries().items()},
    }
    codes = lists.get(name) or tables()["plants"].columns[name].codes
    if not isinstance(codes, dict):
        return value
    return "、".join(codes.get(code, code) for code in str(value).split(";"))


def _offer(form: Form, names: list[str]) -> None:
    """Let the plants' names be chosen from a list; others may still be written."""
    at = next(i for i, c in enumerate(form.columns) if c.name in ("name_of_plant", "name"))
    form.columns[at] = replace(form.columns[at], choices=tuple(names), open=True)


def _usable(system_id: str) -> IndicatorSystem:
    found = find_system(system_id)
    if found.stub:
        raise UsageError(f"体系“{found.title}”（{system_id}）只有名称，尚未录入指标，不能出表；可选的见 cpaudit systems list。")
    return found


def _indicators(form: Form, chosen: list[IndicatorSystem], plants: list[dict[str, Any]]) -> None:
    """Put the indicators of systems into the rows, in their order, with their benchmarks beside."""
    if not chosen:
        return
    statuses = "、".join(dict.fromkeys(VERIFICATIONS[s.status] for s in chosen if s.status != "official"))
    group, limiting, *baselines = form.layout.beside
    beside = [("group", group), ("limiting", limiting)]
    beside += [(f"baseline:{k}", f"{h}（{statuses}）" if statuses else h) for k, h in enumerate(baselines, start=1)]
    at = next(i for i, c in enumerate(form.columns) if c.type == "answer")
    form.columns[at:at] = [Column(name, heading, "beside", note="供参考，不用填写") for name, heading in beside]
    if statuses:
        form.remarks.append(f"所列基准值：{statuses}，不得用于正式判定。")
    for plant in plants or [{}]:
        for system in chosen:
            trade = industries().get(str(plant.get("industry")))
            if plant and (trade is None or system.id not in trade.systems):
                continue
            about = {"name": plant.get("name"), "uscc": plant.get("uscc"), "system": system.title, "process": system.process}
            for title, one, beside_ in _inputs(system):
                form.rows.append({**about, "group": title, "indicator": one.name, "unit_of_measure": one.unit or None, **beside_})
                form.asked.append(one)


def _inputs(system: IndicatorSystem) -> Iterator[tuple[str, Asked, dict[str, Any]]]:
    """Yield (heading, what is asked, what stands beside): the parameters first, then indicators or their parts."""
    every = asked(system.id)
    for parameter in system.parameters:
        yield _PARAMETER, every[parameter.id], {}
    for group in system.groups:
        for indicator in group.indicators:
            for one in indicator.inputs():
                yield group.name, every[one.id], _benchmarks(indicator) if indicator.answer != "conditions" else {}


def _benchmarks(indicator: Indicator) -> dict[str, Any]:
    row: dict[str, Any] = {"limiting": "限定性" if indicator.limiting else None}
    for level, said in enumerate((indicator.texts.I, indicator.texts.II, indicator.texts.III), start=1):
        words = {"number": _benchmark(indicator, level), "yes_no": "是", "level": LEVELS[level]}
        row[f"baseline:{level}"] = _VARYING if indicator.variants else said or words[indicator.answer]
    return row


def _benchmark(indicator: Indicator, level: int) -> str | None:
    found = indicator.baselines.benchmark(level)
    if found is None:
        return None
    if found.range:
        return f"{'' if found.min is None else found.min}～{'' if found.max is None else found.max}"
    sign = {"<=": "≤", ">=": "≥"}.get(indicator.comparator, indicator.comparator)
    return _VARYING if found.parameters else f"{sign}{float(found.value):g}"
