"""The analyst's desk: JupyterLab on this machine only, in Chinese, over a folder of notebooks, one per question."""

from __future__ import annotations

from cpaudit.serving.desk.folder import prepare
from cpaudit.serving.desk.server import open_desk

__all__ = ["open_desk", "prepare"]
