"""The hub of one semester: JupyterHub, its spawner, who may log in, and its tools."""
