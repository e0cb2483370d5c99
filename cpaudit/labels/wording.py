"""What a programme calls its steps: measures, stages and columns in the words of its notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.fields import UNREAD, Words, codes, labels, measure
from cpaudit.measures import Measure, templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Programme


def measure_of(programme: Programme | None, id: str) -> Measure:
    """Return a measure in a programme's words; a stage of its own has one too.

    >>> from cpaudit.programme import load_programme
    >>> measure_of(load_programme("hebei-2021-2"), "accepted").label
    '已验收'

    Raises:
        KeyError: there is none.
    """
    step = programme.stages.get(id) if programme else None
    if step is None or id in templates():
        return measure(id, programme.words if programme else ())
    said = {"label": f"已{step.noun}", "sentence": f"已{step.label}的企业，不论按期或逾期。", "wins": "后来退出的仍计入。"}
    return Measure(**said, counts="plants", unit="家", out_of="listed", clause_of=(id,))  # type: ignore[arg-type]


def reasons_of(programme: Programme) -> dict[str, str]:
    """Return why plants go onto the next list, in a programme's words: a key of ``carry_over.REASONS`` → label."""
    return labels("reason", "rolled_over", programme.words)


def stages_of(programme: Programme) -> dict[str, str]:
    """Return the stages of a plant's way through a programme, in order: key → label.

    >>> from cpaudit.programme import load_programme
    >>> stages_of(load_programme("hebei-2021-2"))["accepted"]
    '通过验收'
    """
    known = labels("stage", "listed", programme.words)
    return {"listed": known["listed"], **{key: known.get(key, m.label) for key, m in programme.stages.items()}}


@dataclass(frozen=True, slots=True)
class Own:
    """What a programme calls its own: milestones, stages, and what stands in the holes of labels."""

    milestones: Mapping[str, str]
    stages: Mapping[str, str]
    rosters: Mapping[str, str]
    words: Words


def own_words(ds: Dataset | None) -> Own:
    """Return what the programme of a data set calls its own; nothing without one."""
    if ds is None:
        return Own({}, {}, {}, ())
    rosters = {r.id: r.label for r in ds.programme.rosters} | {UNREAD: codes("plants", "roster")[UNREAD]}
    return Own({m.id: m.label for m in ds.programme.milestones}, stages_of(ds.programme), rosters, ds.programme.words)
