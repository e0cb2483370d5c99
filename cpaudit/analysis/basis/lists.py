"""The hand-over lists as data: which plants and columns, the words of the cover note, what enforcement is told and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, model_validator

from cpaudit.dataset import remembered
from cpaudit.measures import filled
from cpaudit.programme.milestones import ROLES
from cpaudit.reference import Definition, read_definition, root
from cpaudit.visible import plain
from cpaudit.vocabulary import Verification
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Programme

#: What only a programme with a milestone of a role, or with targets, has something to say of.
_NEEDS = {"permit_written": "permit", "permit_written_on": "permit"}
_VERDICTS = ("verdict", "reason", "verification")
D = TypeVar("D", bound=Definition)


class Heading(Definition):
    """How a column of the lists is shown."""

    label: str
    type: Literal["text", "integer", "number", "percent", "date", "level"] = "text"
    unit: str = ""


class Letter(Definition):
    """The words of the cover note; holes: programme, notice, number, clause; ``ruled``: its opening where the notice itself says
    who goes onto the next list (rule, causes).
    """

    title: str
    opening: str
    closing: str
    ruled: str = ""


def _plain(file: str) -> str:
    if not plain(file):
        raise ValueError(f"“{file}”不能作文件名：不能含 / \\ : 等，不能以句点开头，不能太长")
    return file


class Listing(Definition):
    """One list: which plants, which columns; receiver and clause only where the programme's hand-overs don't give them."""

    title: str
    file: Annotated[str, AfterValidator(_plain)]
    letter: Letter
    rows: Literal["all", "enforcement", "carry_over"]
    columns: tuple[str, ...]
    note: str
    receiver: str = ""
    to_issuers: bool = False
    duty: str = ""
    clause: str = ""
    #: Whether it accuses or praises before the public or an authority: then it holds only what is beyond doubt.
    published: bool = False


class Matter(Definition):
    """Something that enforcement is told of: milestones (:func:`steps_meant`) in one state."""

    label: str
    milestones: tuple[str, ...]
    state: Literal["failed", "overdue"]
    bases: tuple[str, ...]


class Basis(Definition):
    """A provision that may apply, to the plants of some rosters; ``otherwise`` is said of the others (hole: roster)."""

    text: str
    rosters: tuple[str, ...]
    otherwise: str
    status: Verification
    seen_at: tuple[str, ...]


class Definitions(Definition):
    """The file ``handover.yaml``."""

    columns: dict[str, Heading]
    lists: dict[str, Listing]
    matters: dict[str, Matter]
    bases: dict[str, Basis]

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        for key, listing in self.lists.items():
            if unknown := [c for c in listing.columns if c not in self.columns]:
                raise ValueError(f"清单 {key} 的列 {unknown[0]} 未在 columns 中定义")
        for key, matter in self.matters.items():
            if unknown := [b for b in matter.bases if b not in self.bases]:
                raise ValueError(f"事项 {key} 的依据 {unknown[0]} 未在 bases 中定义")
        return self


@cache
def templates() -> Definitions:
    """Return the lists that ship, with holes for what a programme calls its steps."""
    return read_definition(root() / "handover.yaml", Definitions)


@cache
def definitions() -> Definitions:
    """返回各移交名单的定义，用通常的词语。

    Return the lists that ship, in the usual words.

    >>> list(definitions().lists)
    ['energy_supervision', 'permit_authority', 'enforcement', 'results', 'carry_over']
    """
    return _called(templates(), {})


@remembered
def lists_of(ds: Dataset) -> Definitions:
    """Return the lists that a data set's programme has, in its words: its hand-overs, results to publish, what rolls over.

    Columns of which it has nothing to say are left out.
    """
    programme = ds.programme
    known = _called(templates(), dict(programme.words))
    orders, duties = {h.id for h in programme.handovers}, {d.id for d in programme.duties}
    mine = {
        key: what.model_copy(update={"columns": tuple(c for c in what.columns if _said(c, programme))})
        for key, what in known.lists.items()
        if key in orders or what.duty in duties or what.rows == "carry_over"
    }
    return known.model_copy(update={"lists": mine})


def _said(column: str, programme: Programme) -> bool:
    if column in _VERDICTS:
        return bool(programme.targets)
    return column not in _NEEDS or programme.with_role(_NEEDS[column]) is not None


def steps_meant(programme: Programme, names: tuple[str, ...]) -> list[str]:
    """Return the plants' milestones that are meant by the usual ids of roles; ``accepted`` is the last one, ``own`` those
    without a role.
    """
    usual = {"accepted": programme.final.id}
    for m in programme.plant_milestones():
        if m.role and not m.final:
            usual[ROLES[m.role].usual] = m.id
    own = [m.id for m in programme.plant_milestones() if not m.role and not m.final]
    return [step for name in names for step in (own if name == "own" else [usual[name]] if name in usual else [])]


def _called(part: D, words: Mapping[str, str]) -> D:
    """Return a definition with the holes of its texts filled."""
    found: dict[str, Any] = {}
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, str):
            found[name] = filled(value, words)
        elif isinstance(value, Definition):
            found[name] = _called(value, words)
        elif isinstance(value, dict):
            found[name] = {key: _called(each, words) for key, each in value.items()}
    return part.model_copy(update=found)
