"""Earlier versions in the real server: it asks by a file of the student's own."""

import json
import secrets
import threading
import time
from collections.abc import Iterator

import pytest
from testing.student import EXCHANGE, UID, Student, docker, image_under_test

pytestmark = pytest.mark.image

MAILBOX = f"{EXCHANGE}/c1/earlier"


@pytest.fixture
def server() -> Iterator[Student]:
    """Run a server whose course has the folders that the backup's container makes."""
    volume = f"t-nb-{secrets.token_hex(4)}"
    mount = ["--volume", f"{volume}:{EXCHANGE}"]
    make = (
        f"mkdir -p {MAILBOX}/asked {MAILBOX}/answers/ada && chmod 1733 {MAILBOX}/asked"
        f" && chmod 711 {MAILBOX}/answers && chown 0:{UID} {MAILBOX}/answers/ada"
        f" && chmod 750 {MAILBOX}/answers/ada"
    )
    command = ("--entrypoint", "sh", "--user", "0", *mount, image_under_test(), "-c", make)
    docker("run", "--rm", *command)
    env = {"SEMESTERHUB_COURSE": "c1", "SEMESTERHUB_SLUG": "ada"}
    try:
        with Student(image_under_test(), env=env, options=mount) as made:
            made.wait_ready()
            yield made
    finally:
        docker("volume", "rm", "--force", volume, check=False)


def answer_first(server: Student, answer: dict[str, object], seen: list[str]) -> None:
    """Answer the first request that comes, as root; notes its owner and what it says."""
    end = time.monotonic() + 30
    written = ("find", f"{MAILBOX}/asked", "-type", "f", "-size", "+0")
    while not (asked := server.execute(*written, user="0")):
        assert time.monotonic() < end
    seen.append(server.execute("stat", "--format", "%u %a", asked, user="0"))
    # root in there is not allowed to read what is not root's
    seen.append(server.execute("cat", asked))
    text = json.dumps(answer)
    write = f"printf %s '{text}' > {MAILBOX}/answers/ada/{asked.rpartition('/')[2]}.json"
    server.execute("sh", "-c", write, user=f"0:{UID}")


def test_it_asks_as_the_student_and_hides_what_is_there(server: Student) -> None:
    assert b'"semesterhubEarlier": true' in server.get("lab").body
    server.execute("touch", "/home/ada/there")
    names = [{"name": name, "kind": "file"} for name in ("there", "gone")]
    seen: list[str] = []
    answer = {"ok": True, "complete": True, "states": [], "names": names}
    thread = threading.Thread(target=answer_first, args=(server, answer, seen))
    thread.start()
    told = server.request("POST", "semesterhub/earlier", {"do": "list", "path": ""}).json()
    thread.join()
    assert told == {**answer, "names": [{"name": "gone", "kind": "file"}]}
    assert seen[0] == f"{UID} 600"
    assert json.loads(seen[1]) == {"do": "list", "path": ""}


def test_strangers_and_other_paths_are_refused(server: Student) -> None:
    wish = {"do": "list", "path": "../bob"}
    assert server.request("POST", "semesterhub/earlier", wish, token="").status in {302, 403}
    said = server.request("POST", "semesterhub/earlier", wish).json()
    assert (said["ok"], "not in your home" in said["message"]) == (False, True)
    assert server.get("semesterhub/earlier?ticket=../x&path=").status == 400
    assert server.execute("ls", f"{MAILBOX}/asked", user="0") == ""
