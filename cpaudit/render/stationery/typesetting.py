"""PDFs laid out by typst: the house's page, and an office's ``page.typ`` over it, which reads its own folder and nothing else."""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import durable
from cpaudit.errors import CpauditError, UsageError
from cpaudit.errors.absent import require
from cpaudit.views import theme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ASSETS = Path(__file__).parents[1] / "assets"
#: The house's page: what ``page.typ`` may say, and what ships as one to start from.
HOUSE = _ASSETS / "page.typ"
#: What each part of a paper is set in, best first; the first ones are on offices' machines, the others come with Linux.
_FONTS = {
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "Source Han Serif SC", "Noto Serif CJK SC", "SimSun"),
    "head": ("SimHei", "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei"),
    "body": ("FangSong", "FangSong_GB2312", "STFangsong", "Source Han Serif SC", "Noto Serif CJK SC", "SimSun"),
}
#: What may lie beside ``page.typ`` for it to read.
_BESIDE = (".typ", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".json", ".csv", ".yaml", ".toml", ".txt")
_MOST, _LARGEST = 100, 8 << 20
#: A package of typst's own universe would be fetched. One that a program makes up meets a proxy that isn't there.
_PACKAGE = re.compile(r'"@[a-z0-9_-]+/')
_NOWHERE = "http://127.0.0.1:9"
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def beside(folder: Path) -> dict[str, bytes]:
    """Return what lies beside ``page.typ`` for it to read, by name: plain files of few kinds, no links, no hidden ones."""
    found: dict[str, bytes] = {}
    room = _LARGEST
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _BESIDE or path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        content = durable.within(path, room)
        if content is None or len(found) == _MOST:
            raise UsageError(f"{folder} 中供 page.typ 用的文件超过 {_MOST} 个或 {_LARGEST >> 20} MB，请移走不用的。")
        room -= len(content)
        found[path.name] = content
    return found


def check(page: Mapping[str, bytes], name: str) -> None:
    """See that a page can be laid out by ``page.typ``.

    Raises:
        UsageError: it can't; one sentence with the line and what typst says.
    """
    for file, content in page.items():
        if file.endswith(".typ") and _PACKAGE.search(content.decode(errors="replace")):
            raise UsageError(
                f"模板 {name} 用了网上的 Typst 程序包（{file} 中的 @…），不能使用；请把要用的内容写在 templates 目录里。"
            )
    require("print", "typst")
    import typst

    try:
        compiled(_probe(), page)
    except (typst.TypstError, RuntimeError) as error:
        said = str(error).strip().partition("\n")[0]
        raise UsageError(
            f"模板 {name} 不能排版（{said}），请按 Typst 的写法改正，或从 cpaudit letterhead 写出的模板改起。"
        ) from None


def compiled(content: str, page: Mapping[str, bytes], **how: Any) -> bytes:
    """Return the PDF of a page's content, laid out by the house's page or, where given, by an office's over it.

    Raises:
        typst.TypstError: it can't be laid out.
    """
    require("print", "typst")
    import typst

    main = (_ASSETS / "report.typ").read_bytes()
    with tempfile.TemporaryDirectory(prefix="cpaudit-page-") as folder:
        root = Path(folder)
        # In a folder of copies nothing leads out: typst refuses paths above its root, and links were not copied.
        (root / "templates").mkdir()
        for name, said in (page or {"page.typ": b""}).items():
            (root / "templates" / name).write_bytes(said)
        (root / "house.typ").write_bytes(HOUSE.read_bytes())
        (root / "main.typ").write_bytes(main)
        with _no_network() if page else _as_it_is():
            compiler = typst.Compiler(
                str(root / "main.typ"),
                root=folder,
                font_paths=fonts()[0],
                sys_inputs={"page": content},
                package_path=str(root / "none"),
                package_cache_path=str(root / "none"),
            )
            made = compiler.compile(format="pdf", **how)
    assert isinstance(made, bytes)
    return made


def _probe() -> str:
    """Return the content of a page with one of each of its parts."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    cells = {"head": ["列"], "rows": [["1"]], "aligned": ["left"], "widths": [1], "size": 10.5, "whole": True}
    items: list[dict[str, Any]] = [
        *({"kind": "heading", "text": "一、标题", "level": level} for level in (1, 2)),
        {"kind": "text", "text": "正文"},
        {"kind": "caveat", "text": "提示", "colour": theme.PRINTED_QUIET},
        {"kind": "keys", "cells": [["甲", "1"], ["乙", "2"]]},
        {"kind": "figure", "title": "图1", "alt": "图", "svg": svg, "note": "注"},
        {"kind": "table", "title": "表1", "note": "注", **cells},
    ]
    whole = {
        **{"title": "标题", "subtitle": ["副标题"], "stamp": "数据来源", "badge": "示范数据", "date": [2022, 1, 1], "logo": svg},
        "formal": {"number": "文号", "to": "主送机关", "signers": "署名", "date": "日期", "copies": "抄送机关"},
        **{"fonts": fonts()[1], "items": items, "annex": items, "closing": items},
    }
    return json.dumps(whole)


@contextmanager
def _no_network() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in (*_PROXIES, "NO_PROXY", "no_proxy")}
    os.environ.update(dict.fromkeys(_PROXIES, _NOWHERE))
    for name in ("NO_PROXY", "no_proxy"):
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, said in before.items():
            if said is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = said


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@cache
def fonts() -> tuple[Any, dict[str, list[str]]]:
    """Return the machine's fonts and, for each part of a paper, those of its list that are there.

    Raises:
        CpauditError: this machine has no Chinese font.
    """
    require("print", "typst")
    import typst

    found = typst.Fonts()
    known = set(found.families())
    chosen = {part: [f for f in wanted if f in known][:1] for part, wanted in _FONTS.items()}
    families = [family for each in chosen.values() for family in each]
    if not families:
        raise CpauditError("这台机器没有中文字体，不能生成 PDF；请安装 fonts-noto-cjk（思源字体）后重试。")
    return found, {part: each or families[:1] for part, each in chosen.items()}
