"""Every kind of mistake seen in real files, planted on purpose, at least twice each where the sample is large enough."""

from __future__ import annotations

import datetime as dt
import random

from cpaudit.sample.mess import figures as mess_figures
from cpaudit.sample.mess import identity as mess_identity
from cpaudit.sample.mess import progress as mess_progress
from cpaudit.sample.mess import values as mess_values
from cpaudit.sample.mess.mistakes import Mistakes
from cpaudit.sample.workbooks.sheets import Sheet
from cpaudit.sample.world import Plant


def plant(sheets: list[Sheet], plants: list[Plant], as_of: dt.date, rng: random.Random) -> Mistakes:
    """Plant the mistakes into ``sheets`` (changed in place) and return the ledger."""
    ledger = Mistakes(sheets, as_of, rng)
    mess_identity.plant(ledger, plants)
    mess_progress.plant(ledger)
    ledger.begin()
    mess_values.plant(ledger)
    mess_figures.plant(ledger)
    return ledger
