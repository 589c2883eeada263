"""What comes before a student's server starts."""

import resource

import pytest
from semesterhub_notebook import launcher


class ServerStartedError(Exception):
    """The server would begin now."""


def test_a_kernel_that_crashes_leaves_no_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels have the limits of the server that starts them."""
    limits: list[tuple[int, tuple[int, int]]] = []

    def begin() -> None:
        raise ServerStartedError

    monkeypatch.delenv("SEMESTERHUB_FIREWALL", raising=False)
    monkeypatch.setattr(launcher, "prepare", lambda: None)
    monkeypatch.setattr(launcher.rescue, "prepare", lambda *_: None)
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: limits.append(limit))
    monkeypatch.setattr(launcher.gc, "disable", begin)
    with pytest.raises(ServerStartedError):
        launcher.main()
    assert limits == [(resource.RLIMIT_CORE, (0, 0))]
