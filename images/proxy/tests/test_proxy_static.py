"""Static files: from the image where they are there, from chp where not, and nothing else ever."""

from __future__ import annotations

import gzip
import socket
import ssl

import pytest
from proxy_stage import PREFIX, Stage, docker

PLAIN = "/user/ada/static/favicons/favicon.ico"
IMMUTABLE = "public, max-age=31536000, immutable"


def files(pattern: str) -> list[str]:
    """Find files of the image, as URLs below a student's path."""
    found = docker(
        *("exec", f"{PREFIX}-proxy", "find", "/srv/static/notebook"),
        *("-type", "f", "-path", pattern),
    )
    assert found, f"the image has nothing like {pattern}"
    return [one.removeprefix("/srv/static/notebook") for one in found.splitlines()]


@pytest.mark.parametrize(
    "pattern",
    [
        "*/static/lab/main.*.js",
        "*/static/lab/*.woff2",
        "*/static/notebook/main.*.js",
        "*/lab/extensions/*/static/remoteEntry.*.js",
    ],
)
def test_hashed_files_are_served_from_the_image_and_kept_for_ever(
    stage: Stage, pattern: str
) -> None:
    path = files(pattern)[0]
    answer = stage.get(f"/user/ada{path}")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == IMMUTABLE
    assert b'"from":"upstream"' not in answer.body
    named = stage.get(f"/user/ada/second-server{path}")
    assert named.body == answer.body


def test_the_hubs_files(stage: Stage) -> None:
    answer = stage.get("/hub/static/css/style.min.css")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css")
    assert answer.headers["Cache-Control"] == "no-cache"
    hashed = stage.get("/hub/static/css/style.min.css?v=" + 64 * "0")
    assert hashed.headers["Cache-Control"] == IMMUTABLE


def test_files_without_a_hash_are_checked_by_etag(stage: Stage) -> None:
    answer = stage.get(PLAIN)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")
    again = stage.get(PLAIN, {"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


def test_files_were_compressed_at_build(stage: Stage) -> None:
    path = "/user/ada" + files("*/static/lab/main.*.js")[0]
    plain, small = stage.get(path), stage.get(path, {"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.headers["Content-Length"] == str(len(small.body)), "compressed on the way"
    assert gzip.decompress(small.body) == plain.body


@pytest.mark.parametrize(
    "path",
    [
        "/user/ada/static/lab/main.0123456789abcdef.js",
        "/user/ada/lab/extensions/my-own/static/x.js",
        "/hub/static/none.css",
        # Files of ada's that are called as if they were Jupyter's.
        "/user/ada/files/static/favicons/favicon.ico",
        "/user/ada/lab/tree/static/favicons/favicon.ico",
        "/user/ada/view/static/favicons/favicon.ico",
        "/user/ada/api/contents/static/favicons/favicon.ico",
        "/user/ada/lab/api/themes/x/index.css",
        "/user/ada/lab",
    ],
)
def test_everything_else_is_asked_of_chp(stage: Stage, path: str) -> None:
    answer = stage.get(f"{path}?q=1")
    assert answer.json()["url"] == f"{path}?q=1"
    assert answer.headers.get("Cache-Control") != IMMUTABLE


UP = ("..", "%2e%2e", "%2E.", "..%2f..", "..%5c..", "..;", "..%00", "%252e%252e", ".%2e%2f%2e.")
ROOTS = (
    *("/hub/static", "/user/ada/static", "/user/ada/static/lab", "/user/ada/lab/extensions"),
    *("/user/ada/x/static", "/semesterhub/pages"),
)


@pytest.mark.parametrize("root", ROOTS)
def test_no_path_leads_out_of_the_trees(stage: Stage, root: str) -> None:
    context = ssl.create_default_context(cafile=str(stage.folder / "ca.crt"))
    targets = ("etc/passwd", "etc/semesterhub/tls/server.key", "etc/semesterhub/page-down.html")
    for up in UP:
        for depth in (1, 2, 4, 8):
            for target in targets:
                for path in (
                    f"{root}/{'/'.join([up] * depth)}/{target}",
                    f"{root}//{target}",
                    f"{root}/%2f{target}",
                ):
                    answer = raw(stage.ports["proxy"][0], context, path)
                    head, _, body = answer.partition(b"\r\n\r\n")
                    assert b"root:x:0" not in body, path
                    assert b"PRIVATE KEY" not in body, path
                    assert b"Back in a moment" not in body, path
                    status = int(head.split()[1])
                    assert status in (400, 404) or b'"from":"upstream"' in body, (path, head)


def raw(port: int, context: ssl.SSLContext, path: str) -> bytes:
    """Ask for a path exactly as written: clients tidy paths up."""
    with (
        socket.create_connection(("localhost", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        parts = []
        while part := secure.recv(65536):
            parts.append(part)
        return b"".join(parts)
