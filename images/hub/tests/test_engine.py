"""How the hub reaches the manager's engine: docker-py's own variables decide."""

from pathlib import Path

import pytest
from semesterhub.engine import connect


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)


def test_without_variables_by_the_socket() -> None:
    assert connect().base_url == "http+docker://localhost"


def test_on_machines_by_tls_with_a_certificate_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.5:2376")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    client = connect()
    assert client.base_url == "https://10.0.0.5:2376"
    assert client.verify == str(tmp_path / "ca.pem")
    assert client.cert == (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
