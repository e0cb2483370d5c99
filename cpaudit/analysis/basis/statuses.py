"""Who is in the programme: plants that are active, that left it, and those of which nobody knows (status unread)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.fields import UNREAD

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.dataset import Dataset


def active(ds: Dataset) -> np.ndarray:
    """Return whether each plant (in the order of ``ds.plants``) goes on with its audit."""
    return ds.plants["status"].eq("active").to_numpy(bool)


def unread(ds: Dataset) -> np.ndarray:
    """Return whether what was said of each plant's status isn't understood: it may be active or may have left."""
    return ds.plants["status"].eq(UNREAD).to_numpy(bool)


def left(ds: Dataset) -> np.ndarray:
    """Return whether each plant left the programme (stopped, moved, closed, put off …), with or without acceptance."""
    gone: np.ndarray = ~active(ds) & ~unread(ds)
    return gone
