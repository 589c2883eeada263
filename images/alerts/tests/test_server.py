"""Prometheus fetches what a round found, and Alertmanager's notices survive a restart."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from semesterhub_alerts.facts import Facts, Machine, Space
from semesterhub_alerts.metrics import Seen, exposition
from semesterhub_alerts.server import LARGEST, MOST, Server, forget, waiting
from semesterhub_alerts.tracker import Trouble
from test_handover import ALERT

NOW = 1_800_000_000.0
TOKEN = "token-of-the-monitoring"
WRONG = Trouble("disk", "anna", "Full.", NOW)
WELL = replace(WRONG, subject="berta", well_since=NOW)
OVER = replace(WRONG, subject="carl", over=True)


def values(text: bytes) -> dict[str, float]:
    return {
        f"{sample.name}{''.join(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.fixture
def server(tmp_path: Path, well: Facts) -> Iterator[Server]:
    seen = Seen(NOW, well, (WRONG, WELL, OVER))
    made = Server(TOKEN, tmp_path / "notices", lambda: seen, port=0)
    made.start()
    yield made
    made.shutdown()
    made.server_close()


def ask(server: Server, path: str, data: bytes | None = None, token: str = TOKEN) -> bytes:
    url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (our own)
        body: bytes = answer.read()
    return body


def refusal(server: Server, path: str, data: bytes | None = None, token: str = TOKEN) -> int:
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(server, path, data, token)
    return error.value.code


def test_a_round_is_told_in_numbers(server: Server) -> None:
    found = values(ask(server, "/metrics"))
    assert found["semesterhub_round_timestamp_seconds"] == NOW
    assert found["semesterhub_hub_up"] == found["semesterhub_address_up"] == 1
    assert found["semesterhub_certificate_end_timestamp_seconds"] == NOW + 60 * 86400
    assert found["semesterhub_service_running" + "sandbox"] == 2
    assert found["semesterhub_machine_memory_used_bytes" + "anna"] == 50
    assert found["semesterhub_backup_success_timestamp_seconds"] == NOW - 3000
    assert found["semesterhub_homes_full"] == 3
    assert found["semesterhub_starts"] == 42


def test_what_is_wrong_is_told_until_it_is_well(server: Server) -> None:
    found = values(ask(server, "/metrics"))
    assert [name for name in found if "trouble" in name] == ["semesterhub_troublediskanna"]


def test_what_is_not_known_is_absent(well: Facts) -> None:
    unknown = Machine('evil"\n{}', disk=Space(5, 10))
    found = values(exposition(Seen(NOW, Facts(machines=(unknown,)), ())))
    assert found == {
        "semesterhub_round_timestamp_seconds": NOW,
        'semesterhub_machine_disk_used_bytesevil" {}': 5,
        'semesterhub_machine_disk_size_bytesevil" {}': 10,
    }
    assert values(exposition(None)) == {}
    without = replace(well, hub=None, hub_error="refused")
    found = values(exposition(Seen(NOW, without, ())))
    assert found["semesterhub_hub_up"] == 0
    assert "semesterhub_servers" not in found


def test_nobody_without_the_token(server: Server) -> None:
    notice = json.dumps({"alerts": [ALERT]}).encode()
    assert refusal(server, "/metrics", token="") == 401
    assert refusal(server, "/metrics", token=f"{TOKEN}x") == 401
    assert refusal(server, "/notices", notice, token="é") == 401
    assert waiting(server.folder) == ([], [])


def test_a_notice_waits_until_it_is_noted(server: Server) -> None:
    ask(server, "/notices", json.dumps({"alerts": [ALERT]}).encode())
    found, files = waiting(server.folder)
    assert [each.key for each in found] == ["disk/anna"]
    assert waiting(server.folder)[0] == found, "a restart in between loses none"
    forget(files)
    assert waiting(server.folder) == ([], [])


def test_what_is_no_notice_is_refused(server: Server) -> None:
    assert refusal(server, "/notices", b"{}") == 400
    assert refusal(server, "/notices", b"\xff") == 400
    assert refusal(server, "/elsewhere", b"{}") == 404
    assert refusal(server, "/elsewhere") == 404
    assert waiting(server.folder) == ([], [])


def test_too_much_is_refused(server: Server) -> None:
    for number in range(MOST):
        (server.folder / f"{number}.json").write_text("spoilt")
    assert refusal(server, "/notices", json.dumps({"alerts": [ALERT]}).encode()) == 503
    found, files = waiting(server.folder)
    assert (found, len(files)) == ([], MOST), "what is spoilt stops nothing, and goes"
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Length": str(LARGEST + 1)}
    connection.request("POST", "/notices", headers=headers)
    assert connection.getresponse().status == 413
    connection.close()
