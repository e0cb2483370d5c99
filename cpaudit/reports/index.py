"""The list of the reports in a folder: status, links in every format, key figures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cpaudit import workspace
from cpaudit.labels import measure_of
from cpaudit.labels.lists import named
from cpaudit.measures import measures
from cpaudit.programme import load_programme, programme_ids
from cpaudit.render.web.html import document
from cpaudit.reports.kinds import kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.programme import Programme
    from cpaudit.reports.kinds import Kind

_TITLE = "清洁生产审核报告目录"
#: The index shows results of indicator systems too; whether those are checked stands in each report.
_NOTE = "达标的判定依据、所用评价指标体系是否经过核对，见各报告“达标情况”一节。"
#: The order of the links.
_FORMATS = ("html", "docx", "pdf", "xlsx", "ipynb")
_HEADINGS = ("报告", "数据日期", "状态", "listed", "accepted", "overdue", "attained", "快照版本", "文件")
_LINKS = {"html": "网页", "docx": "Word", "pdf": "PDF", "xlsx": "附表", "ipynb": "笔记本", "failed": "失败的笔记本"}


def index_page(entries: Sequence[dict[str, Any]], archive: str = "") -> str:
    """Return ``index.html`` over a manifest's entries: newest date first, kinds in their order, units in official order.

    ``archive`` is the name of the ZIP of all files, '' where there is none.
    """
    order = {name: at for at, name in enumerate(named("units").values())}
    every = kinds()
    place = {id: at for at, id in enumerate(every)}
    rows = sorted(entries, key=lambda e: (place.get(e["kind"], len(place)), order.get(e["name"], 0), e["stem"]))
    rows.sort(key=lambda e: e["as_of"], reverse=True)
    programme = _programme(entries)
    head = "".join(_head(at, h, programme) for at, h in enumerate(_HEADINGS))
    badge = '<li class="cp-badge">示范数据</li>' if any(e.get("demonstration") for e in entries) else ""
    failed = sum(e["status"] == "failed" for e in entries)
    counts = f"<li>报告 {len(entries) - failed} 份</li>" + (f"<li>失败 {failed} 份</li>" if failed else "")
    whole = f'<p class="cp-note">{_link(archive, "全部文件（压缩包）")}</p>\n' if archive else ""
    body = (
        f'<header class="cp-header">\n<h1>{_title()}</h1>\n<ul class="cp-stamp">{badge}{counts}</ul>\n</header>\n{whole}'
        f'<div class="cp-table"><div class="cp-scroll" role="region" aria-label="{_TITLE}" tabindex="0"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(_line(row, every) for row in rows)}</tbody></table></div>\n"
        f'<p class="cp-note">{_NOTE}</p></div>\n'
    )
    return document(_TITLE, body)


def _title() -> str:
    """Return the heading, below what the workspace calls itself."""
    home = workspace.current()
    return f"{escape(home.settings.title)} {_TITLE}" if home and home.settings.title.strip() else _TITLE


def _programme(entries: Sequence[dict[str, Any]]) -> Programme | None:
    """Return the programme that all reports are of, in whose words the headings are; None where they are of several."""
    names = {str(e["parameters"].get("programme", "")) for e in entries}
    return load_programme(names.pop()) if len(names) == 1 and names <= set(programme_ids()) else None


def _head(at: int, word: str, programme: Programme | None) -> str:
    """Return a heading: a plain word, or a measure's, with the share that stands beside its numbers."""
    if word not in measures():
        return f'<th scope="col">{word}</th>'
    known = measure_of(programme, word)
    of = {"accepted": "，占名单", "attained": f"，占{measures()['judged'].label}的"}.get(word, "")
    said = f'data-measure="{word}" title="{escape(known.definition)}"'
    return f'<th scope="col"{_number(at)} {said}>{known.label}（{known.unit}{of}）</th>'


def _line(entry: dict[str, Any], every: dict[str, Kind]) -> str:
    kind = every.get(entry["kind"])  # one of the workspace's may be gone by now
    name = kind.listed(entry["name"]) if kind else entry["name"]
    links = [_link(entry["files"][kind]["name"], _LINKS[kind]) for kind in (*_FORMATS, "failed") if kind in entry["files"]]
    files = "　".join(links) or "—"
    if entry["status"] == "ok":
        own = entry["key_figures"]
        shown = [
            _count(own, "listed"),
            _share(own, "accepted", "listed"),
            _count(own, "overdue"),
            _share(own, "attained", "judged"),
        ]
        cells = [escape(entry["as_of"]), "完成", *shown, escape(entry["snapshot"]), files]
    else:
        reason = f'<br><span class="cp-note">{escape(entry["error"])}</span>'
        older = "<br>（网页等为上一次生成的）" if len(links) > 1 else ""
        cells = [escape(entry["as_of"]), f"<strong>失败</strong>{reason}", "—", "—", "—", "—", "—", files + older]
    rest = "".join(f"<td{_number(at)}>{cell}</td>" for at, cell in enumerate(cells, start=1))
    return f'<tr data-unit="{escape(entry["name"])}"><th scope="row">{escape(name)}</th>{rest}</tr>\n'


def _share(key_figures: dict[str, float | None], part: str, whole: str) -> str:
    some, every = key_figures.get(part), key_figures.get(whole)
    share = f"（{some / every:.1%}）" if some is not None and every else ""
    return _count(key_figures, part) + share


def _count(key_figures: dict[str, float | None], name: str) -> str:
    value = key_figures.get(name)
    return "—" if value is None else f"{value:,.0f}"


def _link(name: str, text: str) -> str:
    return f'<a href="{quote(name)}">{text}</a>'


def _number(at: int) -> str:
    return ' class="cp-num"' if 3 <= at <= 6 else ""
