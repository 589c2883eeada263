"""Runs one submission's code where it has nothing but its files: no network, no token, no home.

`semesterhub-sandbox` (worker.py) is a container's first process. It takes one job, lets an
unprivileged process of its own (run.py) execute it, and ends; Swarm starts a fresh container for
the next. Only outputs of cells come back.
"""
