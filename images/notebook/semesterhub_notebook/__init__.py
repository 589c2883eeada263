"""A student's server: stock JupyterHub single-user, JupyterLab and extensions, started lean."""
