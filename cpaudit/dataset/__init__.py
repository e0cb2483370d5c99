"""A data set: the eight tables at one date. Everything above the loaders takes one."""

from cpaudit.dataset.data import Dataset, open_dataset
from cpaudit.dataset.memo import remembered
from cpaudit.dataset.offered import inherit, offer_only

__all__ = ["Dataset", "inherit", "offer_only", "open_dataset", "remembered"]
