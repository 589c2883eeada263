"""The hub's side of the homes service, against the real one: by its socket and over TLS."""

import hashlib
import os
import ssl
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from threading import Thread
from typing import Any

import pytest
from authority import Authority
from semesterhub import homes, homes_url, settings
from semesterhub.homes import HomesError, check_homes, client_context, fetch_home
from semesterhub.store import OtherCopyError, Store, StoreError
from semesterhub.strict import SettingsError
from serving import database, free_port, serving

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="the homes service runs as root")
OTHER = "0" * 64


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give hub and homes service their certificates, in one folder."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    authority = Authority()
    authority.write(folder / "ca.pem")
    authority.write(folder / "homes-ca")
    authority.issue(folder / "cert.pem", folder / "key.pem", "hub")
    authority.issue(folder / "homes-cert", folder / "homes-key", "homes", ["localhost"])
    monkeypatch.setattr(settings, "SECRETS_DIRECTORY", folder)
    return folder


@pytest.fixture(params=["unix", "https"])
def url(request: Any, storage: Path, secrets: Path) -> Iterator[str]:
    """Start the homes service; give the hub's homesUrl."""
    port = free_port()
    with serving(storage, HOMES_TLS_PORT=str(port), SEMESTERHUB_SECRETS=str(secrets)):
        socket = f"unix://{storage}/run/homes.sock"
        yield socket if request.param == "unix" else f"https://localhost:{port}"


@as_root
def test_there_and_back(url: str, tmp_path: Path) -> None:
    store = Store(url)
    target = tmp_path / "target"
    assert store.fetch(set(), target) is None
    assert store.fetch({OTHER}, target) is None
    assert not target.exists()
    one, first = database(tmp_path / "one", *(str(number) for number in range(50000)))
    _, second = database(tmp_path / "two", "ada")
    store.put(tmp_path / "one", first, None)
    assert store.fetch({OTHER, first}, target) == first
    assert not target.exists()
    assert store.fetch({OTHER}, target) == first
    assert target.read_bytes() == one
    assert target.stat().st_mode & 0o7777 == 0o600
    for replaces in (None, OTHER):
        with pytest.raises(OtherCopyError) as refused:
            store.put(tmp_path / "two", second, replaces)
        assert refused.value.digest == first
    store.put(tmp_path / "two", second, first)
    assert store.fetch(set(), target) == second


@as_root
async def test_a_home_by_either_way(url: str) -> None:
    home = await fetch_home(url, "ada")
    assert (home.slug, home.uid, home.path) == ("ada", 20000, "/machine/homes/ada")
    with pytest.raises(HomesError, match="answered 400"):
        await fetch_home(url, "../x")


@as_root
@pytest.mark.parametrize("url", ["https"], indirect=True)
async def test_a_service_that_is_another(url: str, secrets: Path, tmp_path: Path) -> None:
    by_address = url.replace("localhost", "127.0.0.1")
    with pytest.raises(StoreError, match="IP address mismatch"):
        Store(by_address).fetch(set(), tmp_path / "target")
    with pytest.raises(HomesError, match="does not answer"):
        await fetch_home(by_address, "ada")
    Authority().write(secrets / "ca.pem")
    client_context.cache_clear()
    with pytest.raises(StoreError, match="certificate verify failed"):
        Store(url).fetch(set(), tmp_path / "target")
    with pytest.raises(HomesError, match="does not answer"):
        await fetch_home(url, "ada")


Answer = Callable[[int, bytes, str], Store]


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Answer]:
    """Give a service that has one answer to everything: status, body, ETag."""
    said: list[tuple[int, bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, tag = said[-1]
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{tag}"')
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET  # noqa: N815 (http.server's name)

        def log_message(self, *_: object) -> None:
            pass

    def answer(status: int, body: bytes, tag: str) -> Store:
        said.append((status, body, tag))
        return Store(f"unix://{tmp_path}/s")

    with UnixStreamServer(f"{tmp_path}/s", Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield answer
        server.shutdown()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((404, b'{"error": "there are POST /homes"}', ""), "answered 404"),  # of an older image
        ((404, b"x", ""), "makes no sense"),
        ((404, b"[]", ""), "makes no sense"),
        ((304, b"", OTHER), "answered 304"),
        ((200, b"x", OTHER), "did not come over whole"),
        ((500, b'{"error": "broken"}', ""), "answered 500: .*broken"),
    ],
)
def test_answers_that_give_nothing(
    answering: Answer, tmp_path: Path, answer: tuple[int, bytes, str], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        answering(*answer).fetch({hashlib.sha256().hexdigest()}, tmp_path / "target")


def test_a_copy_that_is_not_kept(answering: Answer, tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(b"x")
    full = answering(507, b'{"error": "no room"}', "")
    with pytest.raises(StoreError, match=r"answered 507: .*no room"):
        full.put(tmp_path / "copy", OTHER, None)
    with (tmp_path / "large").open("wb") as large:
        large.truncate(256 * 2**20 + 1)
    with pytest.raises(StoreError, match="268435457 bytes"):
        full.put(tmp_path / "large", OTHER, None)


def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"asking the homes service failed: .*No such file"):
        Store(f"unix://{tmp_path}/none").fetch(set(), tmp_path / "target")


def test_files_for_tls_that_are_missing_or_wrong(secrets: Path) -> None:
    check_homes("https://homes:8443")
    assert client_context(secrets).minimum_version == ssl.TLSVersion.TLSv1_2
    check_homes("unix:///s")
    for name in ("ca.pem", "cert.pem", "key.pem"):
        content = (secrets / name).read_bytes()
        (secrets / name).unlink()
        homes.client_context.cache_clear()
        with pytest.raises(SettingsError, match="can't be used for TLS: No such file"):
            check_homes("https://homes:8443")
        (secrets / name).write_bytes(content)
    homes.client_context.cache_clear()


def test_addresses() -> None:
    assert homes_url.parse("unix:///run/homes.sock").socket == "/run/homes.sock"
    address = homes_url.parse("https://homes:8443")
    assert (address.socket, address.host, address.port) == ("", "homes", 8443)
    assert homes_url.parse("https://homes").port == 443
