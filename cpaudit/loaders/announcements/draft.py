"""A section as the draft of an indicator system's file, with every doubt beside what it is about, and the rows of its review."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.announcements import levels
from cpaudit.loaders.announcements.weights import Convention, Weight, Weights, settle
from cpaudit.loaders.announcements.words import category_of, narrow, one_line, words
from cpaudit.vocabulary import CATEGORIES

if TYPE_CHECKING:
    from cpaudit.loaders.announcements.levels import Reading
    from cpaudit.loaders.announcements.sections import PrintedGroup, Row, Section
    from cpaudit.loaders.announcements.words import Role
    from cpaudit.loaders.opening.papers.printed import Announcement

#: How a doubt begins, in the file's notes and comments. A file that still has one can't be confirmed.
DOUBT = "存疑："
_TO_FILL = "待填写"


@dataclass(slots=True)
class DraftGroup:
    """A group as the file says it (without its indicators), its indicators, and what is doubtful of the group itself."""

    fields: dict[str, Any]
    indicators: list[dict[str, Any]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """One system's draft: ``fields`` are those before the groups; ``review`` has a row per indicator (:func:`review_row`)."""

    id: str
    fields: dict[str, Any]
    groups: list[DraftGroup]
    review: list[dict[str, str]]
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def doubtful(self) -> int:
        """How many doubts there are."""
        own = sum(len(g.doubts) for g in self.groups)
        return len(self.doubts) + own + sum(bool(r["doubt"]) for r in self.review)


def draft(section: Section, found: Announcement, system_id: str, *, several: bool) -> Draft:
    """Return the draft of one section of a file; ``several``: the file has more than one, so titles name the process."""
    explained = _explained(section)
    declared: Convention | None = words().weight_conventions.get(section.head.get("weights", ""))
    weights = settle(section, declared, frozenset(explained))
    made = Draft(system_id, {}, [], [], [*section.doubts, *weights.doubts], section.notes)
    used: set[str] = set()
    names: list[str] = []
    for n, group in enumerate(section.groups):
        if not group.rows:
            made.doubts.append(f"{group.place}“{group.name}”下没有指标，未录入")
            continue
        target = _group(made, group, weights, n)
        for k, row in enumerate(group.rows):
            reading = levels.read(row.levels, _unit(row), frozenset(explained))
            weight = weights.indicators[n][k] if weights.convention != "none" else Weight()
            fields, marks = _indicator(section, row, reading, weight, f"{target.fields['id']}_i{k + 1}", names)
            used |= reading.parameters | weight.parameters
            target.indicators.append(fields)
            made.review.append(review_row(target.fields, weights.groups[n], row, reading, weight, marks))
        used |= weights.groups[n].parameters
    if section.unused:
        made.doubts.append("表中有几行未录入：" + "；".join(section.unused))
    made.fields = _head(made, section, found, weights.convention, several=several)
    if used:
        made.fields["parameters"] = [_parameter(letter, explained) for letter in sorted(used)]
    return made


def review_row(
    group: dict[str, Any], group_weight: Weight, row: Row, reading: Reading, weight: Weight, marks: list[str]
) -> dict[str, str]:
    """Return what a person compares, side by side: the printed cells and what they were read as.

    Keys: place, group, category, group_weight, group_weight_read, name, marks; unit, unit_read, weight, weight_read,
    level_1 … level_3, read_1 … read_3; doubt ('' where none).
    """
    said = {f"level_{n}": one_line(c.text) for n, c in enumerate(row.levels, start=1)}
    seen = {f"read_{n}": text for n, text in enumerate(reading.shown, start=1)}
    doubts = [*row.doubts, *reading.doubts, *weight.doubts]
    return {
        "place": row.place,
        "group": group["name"],
        "category": CATEGORIES.get(group.get("category", ""), ""),
        "group_weight": group_weight.shown,
        "group_weight_read": _weight_text(group_weight),
        "name": row.name,
        "marks": "、".join(marks),
        "unit": row.printed("unit"),
        "unit_read": reading.unit,
        "weight": row.printed("weight"),
        "weight_read": _weight_text(weight),
        **said,
        **seen,
        "doubt": "；".join(doubts),
    }


def _weight_text(weight: Weight) -> str:
    """What a weight was read as; '' where it was not."""
    if weight.definition is None:
        return ""
    return f"{weight.fixed.normalize():f}" if weight.fixed is not None else weight.shown


# -- the whole


def _head(made: Draft, section: Section, found: Announcement, convention: Convention, *, several: bool) -> dict[str, Any]:
    head, pattern = section.head, words().patterns
    title = head.get("title") or next((one_line(t) for t in found.lines if re.search(pattern.title, narrow(t))), "")
    number = head.get("number") or next((m[1] for t in found.lines if (m := re.search(pattern.number, narrow(t)))), "")
    caption = re.match(pattern.process, narrow(one_line(section.caption)))
    process = head.get("process") or (caption[1].strip() if caption else "")
    for what, value in (("标题", title), ("文号", number), ("工序（适用范围）", process)):
        if not value:
            made.doubts.append(f"没有读到{what}，请填写")
    if convention != "none":
        made.doubts.append("级别规则（level_rules）取通行写法，未从正文读取，请对照正文的级别判定条款")
    title = title or _TO_FILL
    named = f"{title}（{process}）" if several and process and process not in title else title
    seen = f"{found.name}（{section.label}{'，' + one_line(section.caption) if section.caption else ''}；sha256 {found.sha256}）"
    rules = {
        "I": {"min_index": 85, "limiting": 1},
        "II": {"min_index": 85, "limiting": 2},
        "III": {"min_index": 100, "limiting": 3},
    }
    return {
        "id": made.id,
        "title": named,
        "process": process or _TO_FILL,
        "status": "draft",
        "document": {"title": title, **({"number": number} if number else {}), "seen_at": [seen]},
        "weights": convention,
        **({"level_rules": rules} if convention != "none" else {}),
    }


def _explained(section: Section) -> dict[str, str]:
    """Return the letters that the notes explain: letter → meaning."""
    return {m[1]: m[2] for note in section.notes for m in re.finditer(words().patterns.explains, narrow(note))}


def _parameter(letter: str, explained: dict[str, str]) -> dict[str, Any]:
    if letter in explained:
        return {"id": letter, "name": explained[letter], "source": "表注"}
    return {"id": letter, "name": letter, "note": f"{DOUBT}表注没有说明 {letter} 的含义，请补写名称和单位"}


# -- groups and indicators


def _group(made: Draft, group: PrintedGroup, weights: Weights, n: int) -> DraftGroup:
    said = [r.said("category") for r in group.rows if r.said("category")]
    labels = {narrow(label): c for c, label in CATEGORIES.items()}
    category = labels.get(said[0]) if len(set(said)) == 1 else None if said else category_of(group.name)
    target = DraftGroup({"id": f"g{len(made.groups) + 1}", "name": group.name})
    if category:
        target.fields["category"] = category
    else:
        some = "、".join(f"{c}（{label}）" for c, label in CATEGORIES.items())
        target.doubts.append(f"“{group.name}”属于哪一类看不出，请填写 category：{some}")
    if "〔" in group.name:
        target.doubts.append(f"一级指标名称“{group.name}”中有不能读成文字的内容")
    if group.name == "（未分组）":
        target.doubts.append("这些指标没有一级指标名称")
    if weights.convention != "none" and weights.groups[n].definition is not None:
        target.fields["weight"] = weights.groups[n].definition
    if any(w in group.name for w in words().bonus_words):
        target.fields["bonus"] = True
    target.doubts += weights.group_doubts[n]
    made.groups.append(target)
    return target


def _unit(row: Row) -> str:
    said = re.sub(r"\s+", "", row.said("unit"))
    return "" if said in words().blanks else said


def _indicator(
    section: Section, row: Row, reading: Reading, weight: Weight, own_id: str, names: list[str]
) -> tuple[dict[str, Any], list[str]]:
    name, limiting = _limiting(section, row)
    if name in names:
        row.doubts.append("与前面的指标同名，请改成可以区分的名称")
    names.append(name)
    row.name = name
    hazardous = _flag(row, "hazardous_waste", any(w in name for w in words().hazardous_words))
    if hazardous and not row.said("hazardous_waste") and any(w in name for w in words().hazardous_unless):
        row.doubts.append("名称提到危险废物，但有“不含”等字样，请核对是否涉及危险废物")
    remark = row.printed("remark")
    if "〔" in f"{name}{row.said('unit')}{remark}":
        row.doubts.append("名称、单位或备注中有不能读成文字的内容")
    doubts = [*row.doubts, *reading.doubts, *weight.doubts]
    note = [DOUBT + "；".join(doubts)] if doubts else []
    said: dict[str, Any] = {
        "id": own_id,
        "name": name,
        "unit": reading.unit,
        "weight": weight.definition,
        "limiting": limiting,
        "hazardous_waste": hazardous,
        "answer": "" if reading.answer == "number" else reading.answer,
        "comparator": reading.comparator,
        "baselines": reading.baselines,
        "texts": reading.texts,
        "blank": reading.blank,
        "source": row.place,
        "note": "。".join([*note, *([f"备注：{remark}"] if remark else [])]),
    }
    marks = [word for word, on in (("限定性", limiting), ("危险废物", hazardous)) if on]
    return {k: v for k, v in said.items() if v is not None and v is not False and v not in ("", {})}, marks


def _limiting(section: Section, row: Row) -> tuple[str, bool]:
    """Return the name without its marks, and whether they make the indicator a limiting one."""
    name, found = row.name, False
    for word in words().limiting_words:
        if word in name:
            name, found = name.replace(word, ""), True
    marks = "".join(words().limiting_marks)
    if set(name) & set(marks):
        bare = name.strip(marks + " ")
        # A mark inside, as in 炉渣*（干基）, stands for the whole name; a product's a*b would too, hence the doubt.
        if set(bare) & set(marks):
            row.doubts.append("限定性记号在名称中间，请核对")
            bare = bare.translate({ord(m): None for m in marks})
        name, found = bare, True
        notes = [n for n in section.notes if set(narrow(n)) & set(marks)]
        if notes and not any(words().limiting_note in n for n in notes):
            row.doubts.append("表注对 * 另有说明，请核对是否限定性指标")
    if row.bold and any(words().limiting_note in n and any(w in n for w in words().bold_words) for n in section.notes):
        found = True
    if trailing := re.search(r"(?<=[\u4e00-\u9fff）])[⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉ⁽⁾]+$", name):
        row.doubts.append(f"名称后有注号 {trailing[0]}，请把表注要点写入 note")
        name = name[: trailing.start()]
    return name.strip(), _flag(row, "limiting", found)


def _flag(row: Row, role: Role, otherwise: bool) -> bool:
    """Return what a yes-or-no column says; an empty one leaves the answer to the marks and words."""
    said = row.said(role)
    if said in words().true:
        return True
    if said and said not in words().false:
        row.doubts.append(f"“{said}”不是“是”或“否”")
    return otherwise if not said else False
