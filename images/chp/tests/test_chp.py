"""The routing proxy: who may change routes, what it says when something is away, how it ends."""

from __future__ import annotations

import json
import time

import pytest
from chp_stage import PREFIX, TOKEN, Stage, docker, run

AUTHORIZED = {"headers": {"Authorization": f"token {TOKEN}"}}


def test_only_the_token_opens_the_api(stage: Stage) -> None:
    url = "http://chp:8001/api/routes"
    assert stage.ask("control", url)["status"] == 403
    wrong = {"headers": {"Authorization": "token no"}}
    assert stage.ask("control", url, **wrong)["status"] == 403
    routes = stage.ask("control", url, **AUTHORIZED)
    assert json.loads(routes["body"])["/"]["target"] == "http://hub:8082"


def test_the_api_is_not_there_for_students(stage: Stage) -> None:
    control, course = stage.address("control"), stage.address("course")
    assert stage.ask("course", f"http://{course}:8001/api/routes")["error"] == "ECONNREFUSED"
    # Whatever else has this address where a student's packets go: it is not chp.
    there = stage.ask("course", f"http://{control}:8001/api/routes", **AUTHORIZED)
    assert there.get("status") != 200
    assert stage.ask("course", f"https://{course}:8000/_chp_healthz")["status"] == 200


def test_its_metrics_are_beside_the_api_and_not_there_for_students(stage: Stage) -> None:
    told = stage.ask("control", "http://chp:8002/metrics")
    assert told["status"] == 200
    assert "requests_web" in told["body"]
    course = stage.address("course")
    assert stage.ask("course", f"http://{course}:8002/metrics")["error"] == "ECONNREFUSED"


def test_the_token_is_in_no_argument_and_no_environment(stage: Stage) -> None:
    inspected = docker("inspect", f"{PREFIX}-chp")
    shown = docker(
        *("exec", f"{PREFIX}-chp", "sh", "-c"), "cat /proc/1/cmdline /proc/1/environ | tr '\\0' ' '"
    )
    assert "node" in shown
    assert "NODE_ENV" in shown
    assert TOKEN not in inspected + shown
    assert TOKEN not in run("sh", "-c", f"docker logs {PREFIX}-chp 2>&1")


def test_nothing_runs_as_root(stage: Stage) -> None:
    assert stage.image
    assert docker("exec", f"{PREFIX}-chp", "id", "-u") == "10991"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/user/ada/lab", "Your server isn't running"),
        ("/user/ada/lab/tree/a.ipynb?x=/api/", "Your server isn't running"),
        ("/hub/home", "The hub is starting"),
        ("/hub/login?next=%2F", "The hub is starting"),
    ],
)
def test_people_get_a_page(stage: Stage, path: str, expected: str) -> None:
    answer = stage.ask("control", f"https://chp:8000{path}")
    assert answer["status"] == 503
    assert answer["type"] == "text/html; charset=utf-8"
    assert f"<h1>{expected}</h1>" in answer["body"]
    assert ('href="/hub/home"' in answer["body"]) == path.startswith("/user/")
    assert ("location.reload()" in answer["body"]) == path.startswith("/hub/")


@pytest.mark.parametrize(
    "path", ["/user/ada/api/kernels", "/hub/api/users", "/user/ada/static/x.js"]
)
def test_programs_get_json(stage: Stage, path: str) -> None:
    answer = stage.ask("control", f"https://chp:8000{path}", method="POST")
    assert (answer["status"], answer["type"]) == (503, "application/json")
    assert json.loads(answer["body"])["status"] == 503


def test_a_route_leads_to_a_server_and_back(stage: Stage) -> None:
    """The client on the course network plays a student's server, chp's API the server's content."""
    route = "http://chp:8001/api/routes/user/ada"
    body = json.dumps({"target": f"http://{stage.address('control')}:8001"})
    assert stage.ask("control", route, method="POST", body=body, **AUTHORIZED)["status"] == 201
    assert (
        stage.ask("course", f"https://{stage.address('course')}:8000/user/ada/x")["status"] == 404
    )
    assert stage.ask("control", route, method="DELETE", **AUTHORIZED)["status"] == 204
    gone = stage.ask("control", "https://chp:8000/user/ada/x")
    assert gone["status"] == 503


def test_memory(stage: Stage) -> None:
    assert stage.image
    # Not `docker stats`: on a busy machine its first sample is empty.
    rows = docker("top", f"{PREFIX}-chp", "-o", "pid,rss").splitlines()[1:]
    used = sum(int(row.split()[1]) for row in rows) / 1024
    print(f"chp: {used:.0f} MiB")
    assert 10 < used < 80


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-e", "CONTROL_SUBNET=10.0.0.0/8"], "/run/secrets/chp-cert"),
        (["-v", "SECRETS:/run/secrets:ro"], "CONTROL_SUBNET is not set"),
        (["-v", "SECRETS:/run/secrets:ro", "-e", "CONTROL_SUBNET=x"], "write an IPv4 network"),
        (
            ["-v", "SECRETS:/run/secrets:ro", "-e", "CONTROL_SUBNET=198.51.100.0/24"],
            "no address of this container",
        ),
        (
            ["-v", "EMPTY:/run/secrets:ro", "-e", "CONTROL_SUBNET=10.0.0.0/8"],
            "proxy-token is empty",
        ),
    ],
)
def test_what_is_missing_is_said(stage: Stage, options: list[str], said: str) -> None:
    empty = stage.folder / "empty"
    if not empty.exists():
        run("cp", "-r", str(stage.secrets), str(empty))
        (empty / "proxy-token").write_text("\n")
    filled = [
        one.replace("SECRETS", str(stage.secrets)).replace("EMPTY", str(empty)) for one in options
    ]
    output = docker("run", "--rm", *filled, stage.image, check=False)
    assert said in output
    assert "    at " not in output, "a stack trace says nothing to an operator"


# Last: it ends the chp of the others.
def test_sigterm_ends_it_at_once(stage: Stage) -> None:
    started = time.monotonic()
    docker("stop", "-t", "30", f"{PREFIX}-chp")
    took = time.monotonic() - started
    print(f"SIGTERM: ended after {took:.2f} s")
    assert took < 5
    assert docker("inspect", "-f", "{{.State.ExitCode}}", f"{PREFIX}-chp") == "0"
    docker("start", f"{PREFIX}-chp")
    assert stage.image
