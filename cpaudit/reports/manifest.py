"""What a folder says of the reports that lie in it: whoever may write there can have written it, so all of it is checked."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from cpaudit import durable
from cpaudit.render.formats import FORMATS
from cpaudit.reports.kinds import kinds

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
FORMAT = 1
_FAILED = "_失败"
_STEM = re.compile(r"[^/\\:\x00-\x1f\x7f.][^/\\:\x00-\x1f\x7f]*")


def file_name(stem: str, kind: str) -> str:
    """Return the name of a report's file of one format; ``failed`` is the notebook of a report that failed."""
    return f"{stem}{_FAILED}.ipynb" if kind == "failed" else f"{stem}.{kind}"


def _day(text: str) -> str:
    if dt.date.fromisoformat(text).isoformat() != text:
        raise ValueError(text)
    return text


def _kind(text: str) -> str:
    if text not in kinds():
        raise ValueError(text)
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class _File(_Strict):
    name: str
    sha256: str
    bytes: int
    #: The templates that it was made with: name → SHA-256.
    templates: dict[str, str] = {}


class _Entry(_Strict):
    """One report: everything that the index, the archive and the next run read of it."""

    stem: str
    name: str
    kind: Annotated[str, AfterValidator(_kind)]
    as_of: Annotated[str, AfterValidator(_day)]
    status: Literal["ok", "failed"]
    error: str
    key: str
    parameters: dict[str, str | int | float | bool]
    snapshot: str
    snapshots: list[str]
    program: dict[str, Any]
    notebook: str
    key_figures: dict[str, float | None] = {}
    demonstration: bool = False
    #: Whether it is an official letter, which goes under a letterhead.
    formal: bool = False
    files: dict[str, _File]

    @model_validator(mode="after")
    def _names_its_own_files_and_no_others(self) -> _Entry:
        names = {kind: file_name(self.stem, kind) for kind in ("html", "ipynb", *FORMATS, "failed")}
        if not _STEM.fullmatch(self.stem) or any(file.name != names.get(kind) for kind, file in self.files.items()):
            raise ValueError(self.stem)
        if self.status == "ok" and not {"key_figures", "demonstration"} <= self.model_fields_set:
            raise ValueError(self.stem)
        return self


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of a folder's manifest by stem, without those that no run of this program can have written."""
    if not (folder / MANIFEST).is_file():  # a pipe would be waited for
        return {}
    try:
        said = json.loads(durable.small(folder / MANIFEST))
        found = said["reports"] if said["format"] == FORMAT else []
        return {entry["stem"]: entry for entry in found if _valid(entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _valid(entry: Any) -> bool:
    try:
        _Entry.model_validate(entry)
    except ValidationError:
        return False
    return True
