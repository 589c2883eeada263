"""TLS, redirects, headers, limits, logs."""

from __future__ import annotations

import http.client
import json
import socket
import ssl

import pytest
from proxy_stage import PREFIX, Stage, docker, run


def test_health(stage: Stage) -> None:
    assert stage.get("/semesterhub/health").body == b"ok\n"
    assert docker("exec", f"{PREFIX}-proxy", "proxy-health") == ""


def test_nothing_runs_as_root(stage: Stage) -> None:
    inspected = json.loads(docker("inspect", f"{PREFIX}-proxy"))[0]
    assert inspected["Config"]["User"] == "10992:10992"
    assert inspected["HostConfig"]["CapDrop"] == ["ALL"]
    assert stage.get("/semesterhub/health").status == 200


def test_http_leads_to_https_at_the_port_outside(stage: Stage) -> None:
    connection = http.client.HTTPConnection("localhost", stage.ports["proxy"][1], timeout=10)
    connection.request("POST", "/hub/login?next=%2Fhub", headers={"Host": "localhost:8080"})
    response = connection.getresponse()
    assert response.status == 307
    assert response.headers["Location"] == "https://localhost:8443/hub/login?next=%2Fhub"
    connection.close()


def test_http_on_the_tls_port_leads_to_https(stage: Stage) -> None:
    connection = http.client.HTTPConnection("localhost", stage.ports["proxy"][0], timeout=10)
    connection.request("GET", "/hub/")
    response = connection.getresponse()
    assert response.status == 307
    assert response.headers["Location"] == "https://localhost:8443/hub/"
    connection.close()


@pytest.mark.parametrize("path", ["/lab", "/tree/source/ps%201?a=1", "/notebooks/a.ipynb"])
def test_a_page_without_an_owner_leads_to_who_asks(stage: Stage, path: str) -> None:
    answer = stage.get(path)
    assert answer.status == 302
    assert answer.headers["Location"] == f"/hub/user-redirect{path}"


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_modern_tls_is_spoken(stage: Stage, version: str) -> None:
    context = ssl.create_default_context(cafile=str(stage.folder / "ca.crt"))
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with (
        socket.create_connection(("localhost", stage.ports["proxy"][0])) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.version() == version.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(stage: Stage) -> None:
    context = ssl.create_default_context(cafile=str(stage.folder / "ca.crt"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("localhost", stage.ports["proxy"][0])) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


STATIC = "/user/ada/static/favicons/favicon.ico"


@pytest.mark.parametrize("path", ["/user/ada/lab", "/hub/home", STATIC, "/hub/login"])
def test_security_headers_are_on_everything_once(stage: Stage, path: str) -> None:
    headers = stage.get(path).headers
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_all("X-Frame-Options") == ["SAMEORIGIN"]
    assert headers.get_all("Referrer-Policy") == ["strict-origin-when-cross-origin"]
    assert "frame-ancestors 'self'" in (headers.get_all("Content-Security-Policy") or [])
    assert headers.get_all("Server") == ["nginx"]
    assert "Strict-Transport-Security" not in headers


def test_upstream_sees_who_asks_and_how(stage: Stage) -> None:
    lies = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http", "X-Real-IP": "1.2.3.4"}
    headers = stage.get("/hub/api/echo", {"Host": "localhost:8443", **lies}).json()["headers"]
    assert headers["host"] == "localhost:8443"
    assert "1.2.3.4" not in json.dumps(headers)
    assert set(headers["x-forwarded-proto"].split(",")) == {"https"}


def test_uploads_up_to_the_limit(stage: Stage) -> None:
    size = 60 * 1024 * 1024
    answer = stage.get("/user/ada/api/contents/big", method="PUT", body=bytes(size))
    assert (answer.status, answer.json()["bytes"]) == (200, size)


@pytest.mark.parametrize(
    ("path", "megabytes", "words"),
    [
        ("/user/ada/api/contents/big", 513, "larger than 512 MB"),
        ("/hub/api/users/ada/tokens", 2, "larger than 1 MB"),
        ("/hub/login", 2, "larger than 1 MB"),
    ],
)
def test_larger_bodies_are_refused_before_they_are_sent(
    stage: Stage, path: str, megabytes: int, words: str
) -> None:
    connection = stage.connect()
    connection.putrequest("PUT", path)
    connection.putheader("Content-Length", str(megabytes * 1024 * 1024))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    # JupyterLab shows it
    assert words in json.loads(answer.read())["message"]
    connection.close()


def test_a_person_reads_a_page_of_what_is_too_large(stage: Stage) -> None:
    connection = stage.connect()
    connection.putrequest("POST", "/hub/signup")
    connection.putheader("Content-Length", str(2 * 1024 * 1024))
    connection.putheader("Accept", "text/html,*/*")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"This is too large" in answer.read()) == (413, True)
    connection.close()


def test_dynamic_json_is_compressed_and_hub_pages_are_not(stage: Stage) -> None:
    asked = {"Accept-Encoding": "gzip", "X-Long": "x" * 2000}
    assert stage.get("/user/ada/api/echo", asked).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in stage.get("/hub/echo", asked).headers


def test_logs_hold_no_query(stage: Stage) -> None:
    stage.get("/hub/login?token=s3cr3t-one")
    stage.get("/user/ada/api/kernels?token=s3cr3t-two", {"Referer": "https://x/?s3cr3t-three"})
    stage.get("/user/ada/lab?token=s3cr3t-four", method="PUT", body=b"{}")
    logs = run("sh", "-c", f"docker logs {PREFIX}-proxy 2>&1; docker logs {PREFIX}-chp 2>&1")
    assert "/user/ada/api/kernels" in logs
    assert "s3cr3t" not in logs


def test_a_class_may_log_in_at_once_and_a_flood_is_slowed(stage: Stage) -> None:
    connection = stage.connect()
    statuses = []
    for _ in range(700):
        connection.request("POST", "/hub/login?next=", b"username=a&password=b")
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    assert set(statuses[:300]) == {200}
    assert 429 in statuses
    busy = stage.get("/hub/login", method="POST", body=b"")
    assert busy.status in (200, 429)
    assert stage.get("/hub/login").status == 200, "looking at the page is no attempt"


def test_with_a_domain(stage: Stage) -> None:
    stage.start_proxy("domain", httpsPort=443, serverName="localhost", hsts=True)
    answer = stage.get("/hub/home", {"Host": "localhost"}, proxy="domain")
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert stage.get("/hub/home", {"Host": "evil.example"}, proxy="domain").status == 421
    static = stage.get(STATIC, {"Host": "localhost"}, proxy="domain")
    assert static.headers["Strict-Transport-Security"] == "max-age=63072000"
    connection = http.client.HTTPConnection("localhost", stage.ports["domain"][1], timeout=10)
    connection.request("GET", "/x", headers={"Host": "evil.example"})
    redirect = connection.getresponse()
    assert (redirect.status, redirect.headers["Location"]) == (308, "https://localhost/x")
    connection.close()
