"""Every kind of mistake seen in real files, planted on purpose: so many to so many plants, each at least once."""

from __future__ import annotations

import datetime as dt

from cpaudit.sample.mess import figures, identity, progress, values
from cpaudit.sample.mess.mistakes import Mistakes
from cpaudit.sample.workbooks.sheets import Sheet
from cpaudit.sample.world import Plant

#: Each mistake once to so many plants.
_PLANTS = 446


def plant(sheets: list[Sheet], plants: list[Plant], as_of: dt.date, seed: int) -> Mistakes:
    """Plant the mistakes into ``sheets`` (changed in place) and return the ledger."""
    ledger = Mistakes(sheets, plants, as_of, seed)
    rounds = max(1, round(len(plants) / _PLANTS))
    identity.plant(ledger, rounds)
    progress.plant(ledger, rounds)
    ledger.begin("figures")
    values.plant(ledger, rounds)
    figures.plant(ledger, rounds)
    return ledger
