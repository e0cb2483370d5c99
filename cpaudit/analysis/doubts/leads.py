"""What a plausibility lead is: the rules kept as data, the tests behind a kind of lead, and the table they end in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

COLUMNS = ["kind", "plant_ids", "n_plants", "unit", "industry", "what", "evidence", "p", "q", "strength", "file", "sheet", "cell"]

#: How many cells a lead names.
_CELLS = 12


class Kind(Definition):
    """One kind of lead: from how many values and from what effect on it is told, and in which words."""

    label: str
    min_n: int
    min_effect: float
    what: str
    evidence: str


class Strength(Definition):
    """A grade of leads by their q (p after Benjamini-Hochberg)."""

    label: str
    q_max: float


class Rules(Definition):
    """The file ``plausibility.yaml``."""

    note: str
    rate: float
    strengths: dict[str, Strength]
    kinds: dict[str, Kind]


@cache
def rules() -> Rules:
    """Return the rules that ship."""
    return read_definition(root() / "plausibility.yaml", Rules)


@dataclass(frozen=True, eq=False)
class Lead:
    """One lead before it is a row: whose, from which rows of ``frame`` (a tidy table), and what fills the words."""

    frame: pd.DataFrame
    rows: Sequence[int]
    holes: dict[str, Any]
    plants: Sequence[str] = ()
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Tests:
    """All tests of one kind: the p-value of each (1 where the effect is too small to be told) and how to tell one."""

    kind: str
    p: np.ndarray
    tell: Callable[[int], Lead]


def table(ds: Dataset, tests: Sequence[Tests], rate: float) -> pd.DataFrame:
    """Return the leads whose q does not exceed ``rate``, each kind a family of its own; columns: ``COLUMNS``."""
    import numpy as np
    import pandas as pd
    from scipy.stats import false_discovery_control

    home = dict(zip(ds.plants["plant_id"], zip(ds.plants["unit"], ds.plants["industry"], strict=True), strict=True))
    rows = []
    for each in tests:
        if not len(each.p):
            continue
        q = false_discovery_control(each.p, method="bh")
        found = np.flatnonzero(q <= rate)
        for i in found[np.argsort(q[found], kind="stable")]:
            lead = each.tell(int(i))
            rows.append(_row(each.kind, lead, float(each.p[i]), float(q[i]), home) | _where(lead))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"n_plants": int, "p": float, "q": float})


def _row(kind: str, lead: Lead, p: float, q: float, home: dict[str, tuple[str, str]]) -> dict[str, Any]:
    words = rules().kinds[kind]
    holes = {**lead.holes, "p": f"{p:.1e}", "count": len(lead.plants)}
    return {
        "kind": kind,
        "plant_ids": ";".join(lead.plants),
        "n_plants": len(lead.plants),
        "unit": ";".join(dict.fromkeys([home[i][0] for i in lead.plants] or [lead.unit])),
        "industry": ";".join(dict.fromkeys(home[i][1] for i in lead.plants)),
        "what": words.what.format(**holes),
        "evidence": words.evidence.format(**holes),
        "p": p,
        "q": q,
        "strength": next(key for key, s in rules().strengths.items() if q <= s.q_max),
    }


def _where(lead: Lead) -> dict[str, str]:
    """Say where the rows stand: files, sheets and cells, each in the order of first appearance."""
    # taken column by column: of a whole frame's row only three cells are wanted
    files, sheets, cells = (lead.frame[c].array.take(list(lead.rows)).tolist() for c in ("file", "sheet", "cell"))
    shown = "、".join(str(c) for c in cells[:_CELLS]) + (f" 等 {len(cells)} 处" if len(cells) > _CELLS else "")
    return {
        "file": "；".join(dict.fromkeys(map(str, files))),
        "sheet": "；".join(dict.fromkeys(s for s in sheets if isinstance(s, str))),
        "cell": shown,
    }
