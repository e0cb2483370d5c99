"""A new programme: its file checked and set beside the present one, then tried on the plants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import CpauditError, DefinitionError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from cpaudit.findings import Finding
    from cpaudit.programme import Programme
    from cpaudit.views.page import Page

_EXAMPLE = "demo-2023-1.yaml"
_PRESENT = "hebei-2021-2"


def new_programme(file: str = "", *, present: str = "") -> Page:
    """返回核对页：检查一份新批次（通知）的文件，并与现行批次对照。

    Return the page on which a programme's file is checked and compared with the programme ``present``: '' is the one that the
    warehouse's data are of, the one that ships where there are none.

    No ``file`` takes the shipped example, which stands beside the one that ships. What goes wrong is a sentence on the page.

    >>> new_programme().title
    '新的批次：2023年清洁生产审核（示范批次）'
    """
    from cpaudit import snapshots
    from cpaudit.programme import load_programme
    from cpaudit.views.pages.programme_review import no_programme, programme_review

    try:
        present = present or (snapshots.meant(snapshots.default_warehouse()) if file else "") or _PRESENT
        path = _path(file)
        findings, new = _checked(path)
        return programme_review(path.name, findings, new, load_programme(present))
    except CpauditError as error:
        return no_programme(str(error))


def try_programme(file: str = "", *, as_of: str = "") -> Page:
    """返回试行页：用最新快照中的企业试行一份新的规定。

    Return the page on which a new programme is tried on the newest snapshot (of ``as_of``).

    >>> try_programme("没有这个文件.yaml").title
    '新的批次'
    """
    from cpaudit.desk.start import newest
    from cpaudit.views.pages.programme_review import no_programme
    from cpaudit.views.pages.programme_trial import programme_trial

    try:
        path = _path(file)
        findings, new = _checked(path)
        if new is None or (errors := sum(f.severity == "error" for f in findings)):
            raise DefinitionError(f"{path.name} 有 {errors if new else len(findings)} 处错误，改正后才能试行。")
        ds, _, missing = newest(as_of)
        if ds is None:
            raise UsageError(missing or "还没有快照，读取报送文件后才能试行（见“从这里开始”）。")
        return programme_trial(ds, new)
    except CpauditError as error:
        return no_programme(str(error))


def _path(file: str) -> Path:
    from cpaudit.desk.places import example, existing

    path = existing(file) if file.strip() else example(_EXAMPLE)
    if path.suffix.lower() not in (".yaml", ".yml") or not path.is_file():
        raise UsageError(f"“{file}”不是 .yaml 文件，请填写批次的定义文件。")
    return path


def _checked(path: Path) -> tuple[list[Finding], Programme | None]:
    from cpaudit.programme import Programme
    from cpaudit.programme.checker import check
    from cpaudit.reference import read_definition

    findings = [f._replace(file=path.name) for f in check(path)]
    try:
        return findings, read_definition(path, Programme)
    except DefinitionError:  # said by the findings, fault by fault
        return findings, None
