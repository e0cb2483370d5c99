"""Pages as widgets, for JupyterLab and Voila."""
