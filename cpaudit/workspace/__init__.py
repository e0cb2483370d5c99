"""A workspace: a folder of one's own with ``cpaudit.toml``; which is in force, what it says. Nothing in it is run here."""

from cpaudit.workspace.current import (
    DEFINITIONS_VARIABLE,
    NONE,
    SUFFIXES,
    VARIABLE,
    Workspace,
    current,
    definitions,
    digest,
    digest_of,
    place,
    project,
    using,
    written,
)
from cpaudit.workspace.finding import FILE

__all__ = [
    "DEFINITIONS_VARIABLE",
    "FILE",
    "NONE",
    "SUFFIXES",
    "VARIABLE",
    "Workspace",
    "current",
    "definitions",
    "digest",
    "digest_of",
    "place",
    "project",
    "using",
    "written",
]
