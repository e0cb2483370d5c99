"""A notice's definition file, drafted from short answers: its name, its lists, its units, its steps and when each is due."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from pydantic import TypeAdapter, ValidationError

from cpaudit.errors import DefinitionError, UsageError
from cpaudit.programme.deadlines import Deadline
from cpaudit.programme.document import UNFILLED
from cpaudit.programme.milestones import ROLES, Role
from cpaudit.programme.places import places, provinces, resolve
from cpaudit.programme.units import units
from cpaudit.reference import read_yaml, root
from cpaudit.selection import parse_date
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How a notice says from when: the day of its list.
_LISTED = r"(?:名单|本?通知)?(?:公布|印发|发布|下发)?(?:之日起|之后|后)?"
#: What the sentence says → how a deadline is written. The first that fits the whole text counts.
_SAID: tuple[tuple[str, Any], ...] = (
    (r"每季度?(?:末|底)?前?", lambda m: {"every": "quarter"}),
    (r"每月(?:末|底)?前?", lambda m: {"every": "month"}),
    (r"每月(\d{1,2})[日号]前?", lambda m: {"every": "month", "day": int(m[1])}),
    (r"每年(\d{1,2})月(\d{1,2})[日号]前?", lambda m: {"every": "year", "month": int(m[1]), "day": int(m[2])}),
    (r"(\d{4})年年?底(?:之?前)?", lambda m: {"date": dt.date(int(m[1]), 12, 31)}),
    (r"(\d{4})年(0?[1-9]|1[0-2])月[底末](?:之?前)?", lambda m: {"date": _last_day(int(m[1]), int(m[2]))}),
    (rf"{_LISTED}(\d+)[日天](?:之?内)?", lambda m: {"days_after_listing": int(m[1])}),
    (rf"{_LISTED}(\d+)个月(?:之?内)?", lambda m: {"months_after_listing": int(m[1])}),
    (rf"{_LISTED}(\d+)年(?:之?内)?", lambda m: {"months_after_listing": 12 * int(m[1])}),
    (r"列[:：](.+)", lambda m: {"column": m[1].strip()}),
    (r"(?:及时|适时|尽快|不定期|无|没有)", lambda m: {"none": m[0]}),
)
#: What stands above the draft.
_HEAD = """# 由 cpaudit programmes new 起草。请对照通知原文逐条核对：填写 document 和各处的 clause（条款），
# 补上达标要求（targets）和后果（consequences），写法见 docs/next-programme.md；核对完把 status 改为 secondary 或 official。
"""
#: More figures than any day, month or year has: read as no number.
_LONG = re.compile(r"\d{9,}")
_NUMERALS = str.maketrans("一二两三四五六七八九", "1223456789")
#: Who does a plant's steps that the plant doesn't do itself.
_ACTORS = {"notification": "生态环境部门", "permit": "排污许可证发证部门"}
_AFTER = re.compile(r"(?:之日起|之后|后)(\d+)(个月|年|[日天])(?:之?内)?")


class Step(NamedTuple):
    """A step as asked for: its label, its deadline in the notice's words, and whether plants or the units do it."""

    label: str
    due: str
    scope: str = "plant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is known of a notice: ``issuer`` one or several, parted by 、; ``rosters`` label → how many plants (None: not said).

    The units are named (``units``), or all of a ``province``.
    """

    id: str
    title: str
    number: str = "未见"
    issuer: str
    published: str = ""
    rosters: dict[str, int | None]
    units: Sequence[str] = ()
    province: str = ""
    steps: Sequence[Step]


def draft(given: Answers) -> str:
    """Return the definition file as text; what the notice says beyond the answers is left to be added.

    >>> text = draft(Answers(id="hubei-2027", title="湖北省2027年强制性清洁生产审核", issuer="湖北省生态环境厅",
    ...     rosters={"强制性": 20}, units=["武汉市"], steps=[Step("完成评估", "2027-06-30"), Step("通过验收", "2027-12-31")]))
    >>> "role: acceptance" in text, "date: 2027-12-31" in text
    (True, True)

    Raises:
        UsageError: a unit or province that isn't known, a deadline that isn't understood, no step of plants.
    """
    import yaml

    if not re.fullmatch(r"[a-z][a-z0-9-]*", given.id):
        raise UsageError(f"批次编号“{given.id}”须以小写英文字母开头，只用小写字母、数字和连字符，如 hubei-2027-1。")
    steps = _steps(given.steps)
    content = {
        "id": given.id,
        "title": given.title,
        "document": {
            "number": given.number,
            "title": given.title,
            "issuers": [name.strip() for name in re.split("[、,，;；]", given.issuer) if name.strip()],
            "published": parse_date(given.published) if given.published else None,
        },
        "status": "draft",
        "rosters": [
            {"id": f"list_{n}", "label": label, "size": size, "clause": UNFILLED}
            for n, (label, size) in enumerate(given.rosters.items(), 1)
        ],
        "units": reporting_units(given.units, given.province),
        "deadline_inclusive": True,
        "due_soon_days": 30,
        "milestones": steps,
        "targets": [],
        "summary": {"clause": "无", "contents": []},
    }
    return _HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def deadline(said: str, steps: dict[str, str] | None = None) -> dict[str, Any]:
    """Return how a deadline in the notice's words is written; ``steps``: label → id of the steps before it.

    >>> deadline("2027年6月30日前"), deadline("名单公布后10日内"), deadline("1年内")
    ({'date': datetime.date(2027, 6, 30)}, {'days_after_listing': 10}, {'months_after_listing': 12})
    >>> deadline("完成评估后12个月内", {"完成评估": "assessed"}), deadline("每季度末"), deadline("及时")
    ({'after': 'assessed', 'months': 12}, {'every': 'quarter'}, {'none': '及时'})

    Raises:
        UsageError: it isn't understood.
    """
    text = re.sub(r"^(?:在|于|自)|\s", "", _figures(said.strip()))
    text = _LONG.sub("?", text)
    for label, step in sorted((steps or {}).items(), key=lambda one: -len(one[0])):
        if text.startswith(head := _figures(label)) and (length := _AFTER.fullmatch(text[len(head) :])):
            count = int(length[1]) * (12 if length[2] == "年" else 1)
            return {"after": step, "days" if length[2] in "日天" else "months": count}
    for pattern, made in _SAID:
        if match := re.fullmatch(pattern, text):
            with suppress(ValueError):  # no year, no month
                return dict(made(match))
    if (named := re.match(r"(.+?)(?=之日起|之后|后)", text)) and _AFTER.fullmatch(text[named.end() :]):
        there = f"（前面已有：{'、'.join(steps)}）" if steps else ""
        raise UsageError(f"期限“{said}”从“{named[1]}”起算，而前面没有叫这个名称的企业节点{there}；请先写那个节点。")
    try:
        return {"date": parse_date(re.sub(r"(?:之?前|以前|止)$", "", text))}
    except UsageError:
        raise UsageError(
            f"没有读懂期限“{said}”；可写 2027-06-30、名单公布后10日内、1年内、完成评估后12个月内、每季度末、每月25日、"
            "每年3月15日、列：验收截止日期（名单里各企业自己的日期）或 及时（没有期限）。"
        ) from None


def _figures(text: str) -> str:
    """Return the text with its small Chinese numbers in digits; half a year is six months."""
    text = text.replace("半年", "6个月").translate(_NUMERALS)
    return re.sub(r"([1-9]?)十([1-9]?)", lambda m: str(10 * int(m[1] or 1) + int(m[2] or 0)), text)


def _last_day(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def role_of(label: str) -> str | None:
    """Return which kind of step one is by its name, None where nothing in it says so.

    >>> role_of("完成评估"), role_of("提出验收申请"), role_of("邀请专家")
    ('assessment', 'acceptance_application', None)
    """
    found = [(len(word), role) for role, words in _words().items() for word in words if word in label]
    return max(found)[1] if found else None


@cache
def _words() -> dict[str, tuple[str, ...]]:
    found = read_yaml(root() / "step_words.yaml")
    try:
        return TypeAdapter(dict[Role, tuple[str, ...]]).validate_python(found)  # type: ignore[return-value]
    except ValidationError as error:
        said = f"节点类别只有 {'、'.join(get_args(Role))}"
        raise DefinitionError(f"data/reference/step_words.yaml 有误：{said}。") from error


def _steps(given: Sequence[Step]) -> list[dict[str, Any]]:
    """Return the milestones; the last one of plants closes the audit."""
    if not (plants := [n for n, step in enumerate(given) if step.scope == "plant"]):
        raise UsageError("至少要有一个由企业完成的节点，如 --step 通过验收=2027-12-31。")
    made: list[dict[str, Any]] = []
    known: dict[str, str] = {}
    for n, step in enumerate(given):
        role = role_of(step.label)
        role = None if role in {m.get("role") for m in made} else role
        key = ROLES[role].usual if role else f"step_{n + 1}"
        if step.label in known:
            raise UsageError(f"节点“{step.label}”写了两次，请删去一个或改用不同的名称。")
        plant = step.scope == "plant"
        milestone: dict[str, Any] = {"id": key, "label": step.label, **({"role": role} if role else {})}
        due = deadline(step.due, known)
        actor = "上报单位" if not plant else _ACTORS.get(str(role), "企业")
        milestone |= {"actor": actor, "scope": step.scope, "deadline": due}
        if plant and role in ("assessment", "acceptance"):
            milestone["has_result"] = True
        if n == plants[-1]:
            milestone["final"] = True
        made.append({**milestone, "clause": UNFILLED, "duty": _duty(due, step.label, known)})
        if plant:
            known[step.label] = key
    return made


def _duty(due: dict[str, Any], label: str, known: dict[str, str]) -> str:
    """Return what is to be done by when in one sentence, in which the notice's own words may take its place."""
    if "none" in due:
        return f"{due['none']}{label}"
    said = Deadline.model_validate(due).said({id: name for name, id in known.items()})
    return f"{said}{label}" if said.endswith(("前", "内")) else f"{label}：以{said}为期限"


def reporting_units(wanted: Sequence[str], province: str) -> list[str]:
    """Return the ids of the units: those named, else the cities (counties, in a municipality) of the province.

    >>> reporting_units([], "河北")[-1]
    'xiongan'

    Raises:
        UsageError: one isn't known.
    """
    if wanted:
        named = [text.strip() for text in wanted if text.strip()]
        own = {name: unit.id for unit in units().values() for name in (unit.id, unit.name, unit.short_name, unit.code)}
        found = {name: own[name] for name in named} if own.keys() >= set(named) else resolve(named)
        if unknown := [name for name in named if name not in found]:
            raise UsageError(f"没有认出上报单位“{unknown[0]}”；请写市、区县的全称、拼音编号或行政区划代码。")
        return list(dict.fromkeys(found[name] for name in named))
    codes = {name: code for code, name in provinces().items()}
    here = [code for name, code in codes.items() if province and name.startswith(province)]
    if len(here) != 1:
        raise UsageError.among(f"没有叫“{province}”的省份", codes)
    inside = [unit.id for unit in units().values() if unit.code.startswith(here[0])]
    if inside:  # units.csv is one province's table; a new area in it has no code of its own
        inside = [unit.id for unit in units().values() if unit.code.startswith(here[0]) or not unit.code]
    all_places = [place for place in places().values() if place.code.startswith(here[0])]
    return inside or [place.id for place in all_places if place.level == "city"] or [place.id for place in all_places]
