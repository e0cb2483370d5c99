"""The files of an export: a document per dashboard, what can be chosen as scripts, style and script that all share."""

from __future__ import annotations

import base64
import hashlib
import zlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.fields import tables
from cpaudit.labels import day_said
from cpaudit.serving.definitions import office
from cpaudit.serving.static.contents import PLANT, Board, pairs
from cpaudit.serving.static.workers import opening

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_HERE = Path(__file__).parent
_LOOK = '<link rel="stylesheet" href="assets/static.css">\n'
_NO_SCRIPT = "浏览器已停用脚本：图形不显示，也不能筛选；文字和表格可以照常阅读。"


def _label(key: str) -> str:
    known = tables()["plants"]
    return known.label if key == "plant" else known.columns[key].label


def files(ds: Dataset, boards: tuple[Board, ...], made: dict[str, bytes], plants: bool) -> dict[str, bytes]:
    """Return every file of the export by its path; ``made`` are the pages (see workers.run).

    All carry one edition, the hash of what is shown, so that no page mixes the numbers of two exports.
    """
    directory = _directory(ds)
    own = {board.id: f"{board.body}{board.fault}".encode() for board in boards if board.body or board.fault}
    edition = _edition(directory, made | own)
    inside = {opening(board, made) for board in boards if board.page not in (PLANT, "")}  # the documents hold it
    found = {f"data/{name}.js": _script(name, edition, text) for name, text in sorted(made.items()) if name not in inside}
    found["data/directory.js"] = f'globalThis.cpauditDirectory={{"edition":"{edition}","plants":{directory}}};\n'.encode()
    found |= _assets()
    for board in boards:
        found[board.file] = _document(ds, board, boards, made, edition, plants).encode()
    return found


def _edition(directory: str, made: dict[str, bytes]) -> str:
    whole = hashlib.sha256(directory.encode())
    for name, content in sorted(made.items()):
        whole.update(name.encode() + content)
    return whole.hexdigest()[:12]


def _script(name: str, edition: str, content: bytes) -> bytes:
    """Return a page as a script: from a folder, pages may load scripts, but not read other files."""
    return f'cpauditStatic.receive("{name}","{edition}","{base64.b64encode(content).decode()}");\n'.encode()


def _directory(ds: Dataset) -> str:
    """Return all plants in the order of their files: what render.html says of each, and ``places``: its unit and trade.

    ``kind`` says that they are invented.
    """
    from cpaudit.render.web import html
    from cpaudit.render.web.html_table import script_json
    from cpaudit.views.directory import directory

    listed = html.directory_json(directory(ds, ds.plants["plant_id"]))
    said = ',"kind":"示范数据"' if ds.demonstration else ""
    return f'{listed[:-1]},"places":{script_json(pairs(ds))}{said}}}'


def _assets() -> dict[str, bytes]:
    from cpaudit.render.web import html
    from cpaudit.serving.definitions import home

    look = [html.style("page_view"), (home() / "static" / "dashboard.css").read_text("utf-8"), _own("static.css")]
    return {
        "assets/page.css": html.style().encode(),
        "assets/page.js": html.script().encode(),
        "assets/plotly.min.js": html.plotly_bundle().read_bytes(),
        "assets/static.css": "\n".join(look).encode(),
        "assets/static.js": _own("static.js").encode(),
    }


def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _document(ds: Dataset, board: Board, boards: tuple[Board, ...], made: dict[str, bytes], edition: str, plants: bool) -> str:
    from cpaudit.render.web import html
    from cpaudit.render.web.html_table import script_json

    if not board.page:
        return html.document(board.title, _whole(board), head=_LOOK, above=_menu(board, boards))
    first = opening(board, made)
    about = {
        "edition": edition,
        "board": board.id,
        "title": board.title,
        "onePlant": board.page == PLANT,
        "one": board.one,
        "opening": first,
        "plants": plants,
    }
    body = (
        f'<div class="cp-view">\n{_bar(ds, board)}'
        '<p class="cp-caveat" id="cp-said" role="alert" hidden></p>\n'
        f'<noscript><p class="cp-caveat">{_NO_SCRIPT}</p></noscript>\n'
        f'<button type="button" class="cp-button cp-back" id="cp-back" hidden>← 返回{escape(board.title)}</button>\n'
        '<p class="cp-busy" role="status"></p>\n'
        f'<div class="cp-page">\n{zlib.decompress(made[first]).decode()}</div>\n</div>\n{_prose(board)}{_besides(board)}'
        f'<script type="application/json" id="cp-static">{script_json(about)}</script>\n'
        '<script src="assets/static.js"></script>'
    )
    head = f'{_LOOK}<script defer src="data/directory.js"></script>\n'
    return html.document(board.title, body, head=head, above=_menu(board, boards))


def _whole(board: Board) -> str:
    """Return one's own page, which has no filters, or the sentence in its place."""
    why = f'<p class="cp-caveat cp-bad" role="alert">这一页未能生成：{escape(board.fault)}</p>\n' if board.fault else ""
    return f'<div class="cp-view">\n<div class="cp-page">\n{board.body}{why}</div>\n</div>\n'


def _besides(board: Board) -> str:
    """Return what one's own notebook shows besides the page that can be chosen from."""
    note = '<p class="cp-note">以下内容为全部企业的，不随上面的筛选变化。</p>'
    return f'<div class="cp-view">{note}\n<div class="cp-page">\n{board.body}</div>\n</div>\n' if board.body else ""


def _menu(board: Board, boards: tuple[Board, ...]) -> str:
    if len(boards) < 2 and not office():
        return ""
    name = f'<p class="cp-office">{escape(office())}</p>' if office() else ""
    here = ' aria-current="page"'
    links = "".join(f'<li><a href="{escape(b.file)}"{here if b == board else ""}>{escape(b.title)}</a></li>' for b in boards)
    return f'<div class="cp-menu"><div>{name}<nav aria-label="看板"><ul>{links}</ul></nav></div></div>\n'


def _bar(ds: Dataset, board: Board) -> str:
    """Return the selection bar, in the classes of the live one; autocomplete off: the link decides, not the browser's memory."""
    from cpaudit import views

    choices = views.selection_choices(ds)
    controls = []
    for key in ("plant", "unit", "industry") if board.page == PLANT else ("unit", "industry"):
        options = choices.get(key, [])[1 if key == board.one else 0 :]
        listed = "".join(f'<option value="{escape(value)}">{escape(label)}</option>' for label, value in options)
        controls.append(
            f'<div class="widget-inline-hbox cp-filter-{key}"><label class="widget-label" for="cp-{key}">{_label(key)}</label>'
            f'<select id="cp-{key}" autocomplete="off">{listed}</select></div>\n'
        )
    day = f'<p class="cp-fixed">数据截至 {day_said(ds.as_of, ds.snapshot_day or "")}</p>\n'
    reset = '<button type="button" class="jupyter-button" id="cp-reset" title="看全部企业">恢复全部</button>\n'
    return f'<div class="cp-filters widget-box" role="group" aria-label="筛选">\n{"".join(controls)}{reset}{day}</div>\n'


def _prose(board: Board) -> str:
    from nbconvert.filters.markdown import markdown2html

    if not board.prose:
        return ""
    return f'<div class="cp-prose">{markdown2html(board.prose)}</div>\n'
