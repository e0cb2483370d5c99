"""A data set: the eight tables at one date. Everything above the loaders takes one."""

from cpaudit.dataset.data import Dataset
from cpaudit.dataset.memo import remembered
from cpaudit.dataset.offered import inherit, offer_only
from cpaudit.dataset.opening import open_dataset
from cpaudit.dataset.shelf import previous

__all__ = ["Dataset", "inherit", "offer_only", "open_dataset", "previous", "remembered"]
