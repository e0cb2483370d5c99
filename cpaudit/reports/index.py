"""The list of the reports that lie in a folder, with the key figures that their own pages show."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from cpaudit.programme import units
from cpaudit.render.html import document
from cpaudit.render.tabular import write_whole
from cpaudit.reports.html import ReportFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cpaudit.reports.outcomes import Outcome

_NAME = re.compile(r"清洁生产审核报告_(?P<unit>[^_]+)_(?P<as_of>\d{4}-\d\d-\d\d)(?P<failed>_失败)?\.(?P<kind>html|ipynb)")
_TITLE = "清洁生产审核报告目录"
#: The index shows results of indicator systems too; whether those are checked stands in each report.
_NOTE = "达标的判定依据、所用评价指标体系是否经过核对，见各报告“达标情况”一节。"
_HEADINGS = (
    "上报单位",
    "数据日期",
    "状态",
    "列入名单（家）",
    "通过验收（家，占名单）",
    "有逾期（家）",
    "达标（家，占已判定）",
    "快照版本",
    "文件",
)


def write_index(folder: Path, outcomes: Sequence[Outcome] = ()) -> Path:
    """Write ``index.html`` over every report in ``folder``, newest date first, units in official order.

    Reports of earlier runs are listed too; ``outcomes`` adds why a report of this run failed.
    """
    order = [u.name for u in units().values()]
    reasons = {o.unit: o.error for o in outcomes if o.status == "failed"}
    found = []
    for path in folder.iterdir():
        name = _NAME.fullmatch(path.name)
        if name and name["unit"] in order and (name["kind"] == "html" or name["failed"]):
            found.append((name["as_of"], order.index(name["unit"]), bool(name["failed"]), path))
    found.sort(key=lambda entry: entry[1:3])
    found.sort(key=lambda entry: entry[0], reverse=True)

    demonstration, lines = False, []
    for as_of, at, failed, path in found:
        facts = ReportFacts("" if failed else path.read_text(encoding="utf-8"))
        demonstration |= facts.badge
        lines.append(_line(order[at], as_of, path, None if failed else facts, reasons.pop(order[at], "") if failed else ""))
    # A report that failed without leaving a notebook has no file to find.
    lines += [_line(unit, "", None, None, reason) for unit, reason in reasons.items()]

    head = "".join(f'<th scope="col"{_number(at)}>{h}</th>' for at, h in enumerate(_HEADINGS))
    badge = '<li class="cp-badge">示范数据</li>' if demonstration else ""
    body = (
        f'<header class="cp-header">\n<h1>{_TITLE}</h1>\n'
        f'<ul class="cp-stamp">{badge}<li>报告 {len(found)} 份</li></ul>\n</header>\n'
        f'<div class="cp-table"><div class="cp-scroll" role="region" aria-label="{_TITLE}" tabindex="0"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody></table></div>\n"
        f'<p class="cp-note">{_NOTE}</p></div>\n'
    )
    target = folder / "index.html"
    write_whole(target, document(_TITLE, body).encode())
    return target


def _line(unit: str, as_of: str, path: Path | None, facts: ReportFacts | None, reason: str) -> str:
    if facts is not None and path is not None:
        own = facts.key_figures
        key_figures = [
            _count(own.get("listed")),
            _share(own, "accepted", "listed"),
            _count(own.get("overdue")),
            _share(own, "attained", "judged"),
        ]
        files = f"{_link(path.name, '报告')}　{_link(path.with_suffix('.ipynb').name, '笔记本')}"
        cells = [as_of, "完成", *key_figures, escape(facts.stamp.get("快照版本", "—")), files]
    else:
        files = _link(path.name, "失败的笔记本") if path else "—"
        why = f'<br><span class="cp-note">{escape(reason)}</span>' if reason else ""
        cells = [as_of or "—", f"<strong>失败</strong>{why}", "—", "—", "—", "—", "—", files]
    rest = "".join(f"<td{_number(at)}>{cell}</td>" for at, cell in enumerate(cells, start=1))
    return f'<tr data-unit="{escape(unit)}"><th scope="row">{escape(unit)}</th>{rest}</tr>\n'


def _share(key_figures: dict[str, float | None], part: str, whole: str) -> str:
    some, every = key_figures.get(part), key_figures.get(whole)
    share = f"（{some / every:.1%}）" if some is not None and every else ""
    return _count(some) + share


def _count(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def _link(name: str, text: str) -> str:
    return f'<a href="{quote(name)}">{text}</a>'


def _number(at: int) -> str:
    return ' class="cp-num"' if 3 <= at <= 6 else ""
