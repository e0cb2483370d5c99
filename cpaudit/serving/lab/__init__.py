"""The analyst's desk: JupyterLab on this machine only, in Chinese, over a folder of notebooks, one per question."""

from __future__ import annotations

from cpaudit.serving.lab.folder import prepare
from cpaudit.serving.lab.server import serve_lab

__all__ = ["prepare", "serve_lab"]
