"""The hand-over lists as data: which plants and columns, the words of the cover note, what enforcement is told and why."""

from __future__ import annotations

from functools import cache
from typing import Literal, Self

from pydantic import model_validator

from cpaudit.reference import Definition, read_definition, root
from cpaudit.vocabulary import Verification


class Heading(Definition):
    """How a column of the lists is shown."""

    label: str
    type: Literal["text", "integer", "number", "percent", "date", "level"] = "text"
    unit: str = ""


class Letter(Definition):
    """The words of the cover note; holes: programme, notice, number, clause."""

    title: str
    opening: str
    closing: str


class Listing(Definition):
    """One list: which plants, which columns; receiver and clause only where the programme's hand-overs don't give them."""

    title: str
    file: str
    letter: Letter
    rows: Literal["all", "enforcement", "carry_over"]
    columns: tuple[str, ...]
    note: str
    receiver: str = ""
    duty: str = ""
    clause: str = ""
    #: Whether it accuses or praises before the public or an authority: then it holds only what is beyond doubt.
    published: bool = False


class Matter(Definition):
    """Something that enforcement is told of: milestones in one state."""

    label: str
    milestones: tuple[str, ...]
    state: Literal["failed", "overdue"]
    bases: tuple[str, ...]


class Basis(Definition):
    """A provision that may apply, to the plants of some rosters; ``otherwise`` is said of the others."""

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
def definitions() -> Definitions:
    """返回各移交名单的定义。

    Return the lists that ship.

    >>> list(definitions().lists)
    ['energy_supervision', 'permit_authority', 'enforcement', 'results', 'carry_over']
    """
    return read_definition(root() / "handover.yaml", Definitions)
