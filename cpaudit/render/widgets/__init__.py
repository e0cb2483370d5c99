"""Pages as widgets, for JupyterLab and Voila."""

from cpaudit.errors.absent import require

require("lab", "ipywidgets", "anywidget")
