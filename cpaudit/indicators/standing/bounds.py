"""Missing data: the lowest and the highest level still possible, and which missing answers decide between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.indicators.expression.frames import KEYS
from cpaudit.indicators.standing.asked import scorer_of
from cpaudit.indicators.standing.blocks import MISSING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.indicators.standing.blocks import Block
    from cpaudit.indicators.standing.scorer import Scorer

#: With more missing answers than this, not all ways in which they could turn out are gone through.
_MOST = 12


def bounds(scorer: Scorer) -> pd.DataFrame:
    """缺失数据的影响：无论缺失的数据最终如何，各单元最低和最高可能的级别。

    Returns:
        plant_id, system, process, period; n_missing; lowest and highest (Int64, 1 … 4: the level with every missing answer
        not met, and with every one as good as can be; null without a composite index). Sorted by the first four.
    """
    import pandas as pd

    scorer_of(scorer)
    rows = []
    for block in scorer.blocks.values():
        worst, best = block.ends()
        levels = [scores["level"].tolist() for scores in (worst, best)]
        rows += [(*u, n, *at) for u, n, *at in zip(block.units, worst["n_missing"].tolist(), *levels, strict=True)]
    frame = pd.DataFrame(rows, columns=[*KEYS, "n_missing", "lowest", "highest"])
    for column in ("lowest", "highest"):
        frame[column] = frame[column].astype("Int64").where(frame[column] > 0)
    return frame.sort_values(KEYS, ignore_index=True)


def deciding(scorer: Scorer) -> pd.DataFrame:
    """缺失的数据哪些决定级别：级别取决于缺失数据的单元，逐项说明。

    An answer decides if there is a way for the others to turn out in which the level depends on it. Each is taken as not
    met or as good as can be. With more than 12 missing answers only the ways in which the others are all good or all bad
    are tried: then what decides is certain, what doesn't is not (``certain``).

    Returns:
        plant_id, system, process, period, indicator, name; limiting (bool), decides (bool), certain (bool).
        Sorted by the first four, then in printing order.
    """
    import pandas as pd

    scorer_of(scorer)
    rows = []
    for block in scorer.blocks.values():
        open_ = block.scores()["level"] != block.at_best().scores()["level"]
        for row in open_.nonzero()[0]:
            missing = ((block.states[row] == MISSING) & (block.form.counts == 1)).nonzero()[0]
            decides = _decides(block, int(row), missing)
            for at, yes in zip(missing, decides, strict=True):
                told = block.form.rows[at]
                certain = bool(yes) or len(missing) <= _MOST
                rows.append((*block.units[row], told["indicator"], told["name"], told["limiting"], bool(yes), certain))
    columns = [*KEYS, "indicator", "name", "limiting", "decides", "certain"]
    return pd.DataFrame(rows, columns=columns).sort_values(KEYS, ignore_index=True, kind="stable")


def _decides(block: Block, row: int, missing: np.ndarray) -> np.ndarray:
    """Whether each missing answer of a unit changes the level in some way for the others to turn out."""
    import numpy as np

    n = len(missing)
    if n <= _MOST:
        ways = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        levels = _levels(block, row, missing, ways)
        flipped = np.arange(2**n)[:, None] ^ (1 << np.arange(n))
        return np.asarray((levels[:, None] != levels[flipped]).any(axis=0))
    one = np.eye(n, dtype=np.int64)
    bad, good = np.zeros((1, n), dtype=np.int64), np.ones((1, n), dtype=np.int64)
    levels = _levels(block, row, missing, np.vstack([bad, good, one, 1 - one]))
    return np.asarray((levels[2 : n + 2] != levels[0]) | (levels[n + 2 :] != levels[1]))


def _levels(block: Block, row: int, missing: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Return the unit's level in each way (rows of 0: as now, 1: as good as can be)."""
    import numpy as np

    values = np.repeat(block.values[[row]], len(ways), axis=0)
    values[:, missing] = np.where(ways == 1, block.hopes[row, missing], values[:, missing])
    states = np.repeat(block.states[[row]], len(ways), axis=0)
    return np.asarray(replace(block, units=[], values=values, states=states).scores()["level"])
