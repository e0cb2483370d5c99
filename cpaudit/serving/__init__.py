"""Dashboards: as a service on this machine (Voila), and as plain files that need none."""

from __future__ import annotations

from cpaudit.serving.definitions import Dashboard, dashboards
from cpaudit.serving.server import serve
from cpaudit.serving.static import export

__all__ = ["Dashboard", "dashboards", "export", "serve"]
