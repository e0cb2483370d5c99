"""Intervals: how far what was seen of some plants may lie from what holds, by a confidence."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def quantile(confidence: float) -> float:
    """Return how many standard errors an interval reaches to each side."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(share: np.ndarray, n: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's score interval of a share seen in ``n`` plants."""
    import numpy as np

    z = quantile(confidence)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)


def of_sum(chance: np.ndarray, lower: np.ndarray, upper: np.ndarray, off: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return between which numbers those will be that come of plants with such chances.

    Three things add up by their squares: all chances at once at one end of their intervals, chance itself, and a bias as large as
    those (``off``, shares) that were seen before.
    """
    import numpy as np

    n, said = len(chance), float(chance.sum())
    bias = float(np.mean(off**2)) * n * n if len(off) else 0.0
    spread = quantile(confidence) ** 2 * (float((chance * (1 - chance)).sum()) + bias)
    low, high = ((float(end.sum()) - said) ** 2 for end in (lower, upper))
    return max(said - (low + spread) ** 0.5, 0.0), min(said + (high + spread) ** 0.5, float(n))
