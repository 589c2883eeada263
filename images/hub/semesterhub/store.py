"""The homes service's copy of the hub's database: taken, and replaced by a newer one."""

import hashlib
import http.client
import json
import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from semesterhub import homes_url, settings
from semesterhub.homes import client_context

PATH = "/hub-database"
TIMEOUT_SECONDS = 10
"""Of a connection's making and of each piece that goes over it."""
CHUNK = 1 << 16
MAX_DATABASE = 256 * 2**20
"""Bytes; the service takes no more."""


class StoreError(Exception):
    """The service did not do it; the message says why. It may the next time."""


class OtherCopyError(StoreError):
    """The service has another copy than the one that was to be replaced, and keeps that."""

    def __init__(self, digest: str | None) -> None:
        """Take the digest of the copy that is there, None where there is none."""
        super().__init__("the storage has another copy of the database")
        self.digest = digest


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("homes", timeout=TIMEOUT_SECONDS, blocksize=CHUNK)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Store:
    """The copy that the service at a homesUrl keeps. Calls block: make them in a thread."""

    def __init__(self, url: str) -> None:
        self._address = homes_url.parse(url)

    def fetch(self, known: Collection[str], target: Path) -> str | None:
        """Return the kept copy's digest (SHA-256, hexadecimal), None where there is none.

        A copy that is none of the known ones is written to the target, whole or with StoreError.
        """
        headers = {"If-None-Match": ", ".join(f'"{digest}"' for digest in sorted(known))}
        with self._request("GET", headers=headers if known else {}) as response:
            digest = (response.getheader("ETag") or "").strip('"')
            if response.status == HTTPStatus.NOT_FOUND and "digest" in _answer(response):
                return None
            if response.status == HTTPStatus.NOT_MODIFIED and digest in known:
                return digest
            # A service of before this knows no such path: its 404 says nothing about copies.
            if response.status != HTTPStatus.OK:
                raise StoreError(_refusal(response))
            if _write(response, target) != digest:
                raise StoreError("the copy did not come over whole")
            return digest

    def put(self, copy: Path, digest: str, replaces: str | None) -> None:
        """Have a copy kept in the place of the one with a digest; None: in the place of none.

        Raise OtherCopyError if another one is there. After any other StoreError it is not known
        whether the copy is kept: an answer can be lost.
        """
        size = copy.stat().st_size
        if size > MAX_DATABASE:
            raise StoreError(f"the database has {size} bytes, and no more than {MAX_DATABASE} go")
        condition = {"If-Match": f'"{replaces}"'} if replaces else {"If-None-Match": "*"}
        headers = {"X-Content-SHA256": digest, "Content-Length": str(size), **condition}
        with copy.open("rb") as body, self._request("PUT", body, headers) as response:
            if response.status == HTTPStatus.PRECONDITION_FAILED:
                raise OtherCopyError(_answer(response)["digest"])
            if response.status != HTTPStatus.OK:
                raise StoreError(_refusal(response))

    @contextmanager
    def _request(
        self, method: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        connection = self._connection()
        try:
            connection.request(method, PATH, body, headers or {})
            yield connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            text = str(error) or type(error).__name__
            raise StoreError(f"asking the homes service failed: {text}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"the homes service's answer makes no sense: {error}") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._address.socket:
            return _UnixConnection(self._address.socket)
        return http.client.HTTPSConnection(
            self._address.host,
            self._address.port,
            context=client_context(settings.SECRETS_DIRECTORY),
            timeout=TIMEOUT_SECONDS,
            blocksize=CHUNK,
        )


def _answer(response: http.client.HTTPResponse) -> dict[str, str | None]:
    answer = json.loads(response.read())
    if not isinstance(answer, dict):
        raise TypeError("it is no object")
    return answer


def _refusal(response: http.client.HTTPResponse) -> str:
    text = response.read(500).decode(errors="replace").strip()
    return f"the homes service answered {response.status}: {text}"


def _write(response: http.client.HTTPResponse, target: Path) -> str:
    """Write what comes to a file that only the hub reads; return its digest."""
    target.unlink(missing_ok=True)
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while part := response.read(CHUNK):
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(descriptor)
    return digest.hexdigest()
