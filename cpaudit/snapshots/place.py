"""Where snapshots lie: the folder meant when none is named."""

from __future__ import annotations

import os
from pathlib import Path

#: Where snapshots lie unless a command says otherwise, relative to the working directory.
DEFAULT_WAREHOUSE = Path("data/warehouse")

#: Names the warehouse for whole programs that are started elsewhere (Voila, JupyterLab).
WAREHOUSE_VARIABLE = "CPAUDIT_WAREHOUSE"


def default_warehouse() -> Path:
    """Return the warehouse meant when none is named: the environment's, else the nearest ``data/warehouse`` upwards."""
    named = os.environ.get(WAREHOUSE_VARIABLE)
    if named:
        return Path(named)
    here = Path.cwd()
    return next((p / DEFAULT_WAREHOUSE for p in (here, *here.parents) if (p / DEFAULT_WAREHOUSE).is_dir()), DEFAULT_WAREHOUSE)
