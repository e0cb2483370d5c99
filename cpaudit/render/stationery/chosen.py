"""The stationery in force: the workspace's templates, or those named, checked before anything runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit import durable, workspace
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE, LETTERHEAD, PAGE, LOGO = "reference.docx", "letterhead.docx", "page.typ", "logo.svg"
_LARGEST = 20 << 20


@dataclass(frozen=True, slots=True)
class Stationery:
    """What papers are written on: harmless Word files, what lays out a PDF's page, the logo as SVG; b'' and () for none.

    ``hashes``: template → SHA-256 of the file as it lies there.
    """

    reference: bytes = b""
    letterhead: bytes = b""
    page: tuple[tuple[str, bytes], ...] = ()
    logo: bytes = b""
    hashes: tuple[tuple[str, str], ...] = ()

    def used(self, form: str, *, formal: bool) -> dict[str, str]:
        """Return the templates that a paper of a format is made with, each with its hash; ``formal``: under a letterhead."""
        word = {REFERENCE, LOGO} | ({LETTERHEAD} if formal else set())
        if form == "docx":
            return {name: said for name, said in self.hashes if name in word}
        return {name: said for name, said in self.hashes if name not in (REFERENCE, LETTERHEAD)} if form == "pdf" else {}


#: The house's alone.
PLAIN = Stationery()


def current(reference: Path | None = None) -> Stationery:
    """Return the stationery in force: the workspace's templates, with ``reference`` in the place of its reference document.

    Raises:
        UsageError: a template can't be used; one sentence that names it and what is wrong.
    """
    from cpaudit.render.stationery import logo, typesetting

    folder = workspace.place("templates")
    named = {name: folder / name for name in (REFERENCE, LETTERHEAD, PAGE, LOGO)} if folder and folder.is_dir() else {}
    paths = {name: path for name, path in named.items() if path.exists() or path.is_symlink()}
    if reference is not None:
        paths[REFERENCE] = reference
    if not paths:
        return PLAIN
    found = {name: _read(path) for name, path in paths.items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    page: dict[str, bytes] = {}
    if PAGE in found and folder:
        page = typesetting.beside(folder) | {PAGE: found[PAGE]}
        hashes |= {name: hashlib.sha256(content).hexdigest() for name, content in page.items()}
        typesetting.check(page, str(paths[PAGE]))
    return Stationery(
        reference=_reference(found[REFERENCE], str(paths[REFERENCE])) if REFERENCE in found else b"",
        letterhead=_letterhead(found[LETTERHEAD], str(paths[LETTERHEAD])) if LETTERHEAD in found else b"",
        page=tuple(sorted(page.items())),
        logo=logo.checked(found[LOGO], str(paths[LOGO])) if LOGO in found else b"",
        hashes=tuple(sorted(hashes.items())),
    )


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise UsageError(f"找不到模板 {path}，或者它不是普通文件；请检查路径。")
        content = durable.within(path, _LARGEST)
    except OSError as error:
        raise UsageError(f"模板 {path} 无法读取（{durable.reason(error)}），请检查读取权限。") from error
    if content is None:
        raise UsageError(f"模板 {path} 超过 {_LARGEST >> 20} MB，不像模板，未读取；请检查路径。")
    return content


def _reference(content: bytes, name: str) -> bytes:
    from cpaudit.render.stationery import package, sections, styles

    found = package.opened(content, name, sections.keep_pages)
    styles.require(found.part("styles"), name)
    return package.packed(found)


def _letterhead(content: bytes, name: str) -> bytes:
    from cpaudit.render.stationery import letterhead, package, styles

    found = package.opened(content, name)
    styles.require(found.part("styles"), name, ("Normal",))
    letterhead.require(found.stories(), name)
    return package.packed(found)


def shipped() -> dict[str, bytes]:
    """Return the templates that ship: name → content."""
    from cpaudit.render.stationery import house, typesetting

    return {REFERENCE: house.reference(), LETTERHEAD: house.letterhead(), PAGE: typesetting.HOUSE.read_bytes()}
