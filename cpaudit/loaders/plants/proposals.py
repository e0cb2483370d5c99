"""The doubtful rows of a snapshot as a table that a person fills in once and keeps as the file of decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.fields import field
from cpaudit.loaders.cells.credit_codes import read_code
from cpaudit.loaders.plants import decisions
from cpaudit.loaders.plants.identity import Registry, unpair
from cpaudit.loaders.plants.matching import Known
from cpaudit.programme import units

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: Kinds of problems that a decision settles.
DOUBTFUL = ("plant_ambiguous", "plant_doubtful")
_CANDIDATES = tuple(decisions.CANDIDATE.format(n) for n in (1, 2, 3))
_PLACES = "出现位置"
_ABOUT = (decisions.INDICATOR, decisions.PROCESS, decisions.PERIOD)


def proposals(ds: Dataset, unconfirmed: pd.DataFrame) -> pd.DataFrame:
    """Return what nobody has decided on yet, one row each: pairs of name and code, then indicators marked 不适用.

    ``unconfirmed``: the latter, as :func:`cpaudit.analysis.basis.claims.unconfirmed` finds them.

    Columns: 上报单位, 企业名称, 信用代码 (in brackets, so that no spreadsheet makes a number of it), 指标, 工序, 时期 (blank in
    rows of pairs), 决定, 判定日期, 备注 (blank, to be filled in), 候选1 … 候选3 (name, id in brackets, likeness 0 … 100 and its
    reason; blank in rows of indicators), 出现位置 (file, sheet and cell).
    """
    import pandas as pd

    registry = _registry(ds)
    rows = []
    doubtful = ds.problems[ds.problems["code"].isin(DOUBTFUL)].fillna({"unit": "", "value": "", "sheet": ""})
    for (unit, value), group in doubtful.groupby(["unit", "value"], sort=False):
        name, code = unpair(str(value))
        match = registry.match(name, read_code(code), str(unit) or None)
        found = [] if isinstance(match, Known) else match.candidates
        shown = [f"{c.plant.name}{decisions.quoted(c.plant.plant_id)} {c.score}，{c.why}" for c in found[: len(_CANDIDATES)]]
        rows.append(
            {
                decisions.UNIT: units()[str(unit)].name if unit else "",
                decisions.WRITTEN: name,
                decisions.CODE: decisions.quoted(code),
                **dict(zip(_CANDIDATES, [*shown, "", "", ""], strict=False)),
                _PLACES: "；".join(f"{p.file} {p.sheet} {p.cell}".replace("  ", " ") for p in group.itertuples()),
            }
        )
    codes = field("measurements", "period").codes
    assert isinstance(codes, dict)
    for one in unconfirmed.to_dict("records"):
        rows.append(
            {
                decisions.UNIT: units()[one["unit"]].name,
                decisions.WRITTEN: one["plant_name"],
                decisions.CODE: decisions.quoted(one["plant_id"]),
                decisions.INDICATOR: one["name"],
                decisions.PROCESS: one["process"],
                decisions.PERIOD: codes[one["period"]],
                _PLACES: one["places"],
            }
        )
    blank = (decisions.DECISION, decisions.DECIDED_ON, decisions.NOTE)
    columns = [decisions.UNIT, decisions.WRITTEN, decisions.CODE, *_ABOUT, *blank, *_CANDIDATES, _PLACES]
    return pd.DataFrame(rows, columns=columns, dtype="str").fillna("")


def _registry(ds: Dataset) -> Registry:
    """Return the rostered plants of a data set as the load knew them."""
    registry = Registry()
    columns = ["plant_id", "uscc", "name", "unit", "former_names", "county"]
    for row in ds.plants[columns].astype(object).where(ds.plants[columns].notna(), None).itertuples(index=False, name=None):
        registry.add(Known(*row))
    return registry
