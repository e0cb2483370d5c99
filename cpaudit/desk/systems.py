"""A new indicator system: its announcement read and checked beside the printed cells, then tried on the plants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cpaudit import durable
from cpaudit.errors import CpauditError, DefinitionError, UsageError

if TYPE_CHECKING:
    from cpaudit.findings import Finding
    from cpaudit.indicators import IndicatorSystem
    from cpaudit.loaders.announcements import Draft
    from cpaudit.views.page import Page

_EXAMPLE = "demo_cement_notice.docx"
_DEFINITIONS = (".yaml", ".yml")
_TITLE = "新的评价指标体系"


class _Opened(NamedTuple):
    """A system's file: the definition and its faults, and, of an announcement, the draft's review."""

    id: str
    system: IndicatorSystem | None
    findings: list[Finding]
    review: Page | None


def new_system(file: str = "", *, system_id: str = "", drafts: str = "") -> Page:
    """返回核对页：读入一份新公布的评价指标体系（公告或定义文件），逐格核对。

    Return the page on which an announcement (.docx, .pdf, .xlsx) or a definition (.yaml) is checked.

    '' takes the shipped example. ``drafts``: the folder that drafts of an announcement are written to ('': none are written;
    what exists is never overwritten). Nothing is confirmed: that is ``cpaudit systems confirm``, after a person has looked.
    What goes wrong is a sentence on the page.

    >>> new_system().id
    'new_system'
    """
    from cpaudit.views.pages.system_review import no_system, reviewed_systems

    try:
        path = _path(file)
        opened = _open(path, system_id)
        written = _write(path, system_id, Path(drafts.strip()).expanduser()) if drafts.strip() else []
    except CpauditError as error:
        return no_system(str(error))
    return reviewed_systems(path.name, [(o.id, o.system, o.findings, o.review) for o in opened], written)


def try_system(file: str = "", *, replaces: str = "", system_id: str = "", as_of: str = "") -> Page:
    """返回试算页：用现有企业的实测值试算一个新体系，看级别怎样变。

    Return the page on which a new system is tried on the newest snapshot (of ``as_of``).

    ``replaces``: the id of the present system whose measurements are used ('': the one with most indicators of the same
    name); ``system_id``: of several tables of an announcement the draft meant ('': the first). What goes wrong is a sentence.

    >>> try_system("没有这个文件.yaml").id
    'system_trial'
    """
    from cpaudit.analysis.across.substitution import closest
    from cpaudit.dataset.dated import require_values
    from cpaudit.desk.start import newest
    from cpaudit.indicators import find_system
    from cpaudit.views.pages.system_trial import no_trial, system_trial

    ds, _, missing = newest(as_of)
    try:
        opened = _open(_path(file), "")
        chosen = next((o for o in opened if o.id == system_id), opened[0])
        errors = sum(f.severity == "error" for f in chosen.findings)
        if chosen.system is None or errors:
            raise DefinitionError(f"{chosen.id} 有 {errors} 处错误，改正后才能试算。")
        if chosen.system.stub:
            raise DefinitionError(f"{chosen.id} 只有名称、没有指标，不能试算。")
        if ds is None:
            return no_trial(
                None, f"试算：{chosen.system.title}", missing or "还没有快照，读取报送文件后才能试算（见“从这里开始”）。"
            )
        require_values(ds)
        present = replaces.strip() or closest(ds, chosen.system)
        if not present:
            raise UsageError("企业所用的体系中没有同名的指标，请在 replaces 填写要替换的体系编号（cpaudit systems list 列出）。")
        return system_trial(ds, chosen.system, find_system(present))
    except CpauditError as error:
        return no_trial(ds, f"试算：{_TITLE}", str(error))


def review(draft: Draft, file: Path, unread: list[str]) -> Page:
    """Return the page that sets a draft beside the printed cells."""
    import pandas as pd

    from cpaudit.views.pages.system_review import Reviewed, system_review

    doubts = (*draft.doubts, *(d for g in draft.groups for d in g.doubts))
    title, process = draft.fields["title"], draft.fields["process"]
    rows = pd.DataFrame(draft.review)
    return system_review(Reviewed(title, process, f"{draft.id}.yaml", file.name, rows, doubts, tuple(unread)))


def _path(file: str) -> Path:
    from cpaudit.desk.places import example, existing

    path = existing(file) if file.strip() else example(_EXAMPLE)
    if not path.is_file():
        raise UsageError(f"“{file}”是文件夹，请填写一个文件。")
    return path


def _open(path: Path, system_id: str) -> list[_Opened]:
    if path.suffix.lower() in _DEFINITIONS:
        return [_checked(path, path.stem, None)]
    from cpaudit.loaders import announcements

    found, unread = announcements.drafts(path, system_id)
    opened = []
    with durable.scratch() as folder:
        for draft in found:
            made = folder / f"{draft.id}.yaml"
            made.write_bytes(announcements.text(draft).encode())
            opened.append(_checked(made, draft.id, review(draft, path, unread)))
    return opened


def _checked(path: Path, name: str, page: Page | None) -> _Opened:
    from cpaudit.indicators import IndicatorSystem
    from cpaudit.indicators.checking.checker import check
    from cpaudit.reference import read_definition

    findings = [f._replace(file=path.name) for f in check(path)]
    try:
        system = read_definition(path, IndicatorSystem)
    except DefinitionError:  # said by the findings, fault by fault
        system = None
    return _Opened(system.id if system else name, system, findings, page)


def _write(path: Path, system_id: str, folder: Path) -> list[str]:
    from cpaudit.desk.places import named
    from cpaudit.loaders import announcements
    from cpaudit.render import tabular
    from cpaudit.render.web import html

    if path.suffix.lower() in _DEFINITIONS:
        raise UsageError(f"{path.name} 已是定义文件，不用再写草稿；请把 drafts 留空。")
    found, unread = announcements.drafts(path, system_id)
    files = {}
    for draft in found:
        files[folder / f"{draft.id}.yaml"] = announcements.text(draft).encode()
        files[folder / f"{draft.id}.html"] = html.page_document(review(draft, path, unread), assets=None).encode()
    if there := [named(p) for p in files if p.exists()]:
        raise UsageError(f"{'、'.join(there)} 已存在，未覆盖：请核对已有的草稿（把 file 改为该文件），或换一个 drafts 文件夹。")
    for target, content in files.items():
        tabular.write_whole(target, content)
    return [named(p) for p in files]
