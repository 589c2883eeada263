"""An image of docker-stacks' kind runs a student with the course's id and rules."""

from collections.abc import Iterator
from pathlib import Path

import adapt
import pytest
from conftest import adapt as adapt_image
from conftest import build
from semesterhub_adapted import launcher
from testing.kernel import Kernel
from testing.student import UID, Student, docker


@pytest.fixture(scope="module")
def student(image: str) -> Iterator[Student]:
    with Student(image, env={"SEMESTERHUB_SLUG": "ada", "SEMESTERHUB_BUSY_MINUTES": "60"}) as one:
        one.wait_ready()
        yield one


@pytest.mark.image
def test_a_kernel_is_the_students(student: Student) -> None:
    code = (
        "import os, getpass, pathlib; pathlib.Path('x').write_text('1'); "
        "print(os.getuid(), getpass.getuser(), os.getcwd(), os.stat('x').st_uid,"
        " os.environ['FROM_THE_IMAGE'], 'XDG_CACHE_HOME' in os.environ)"
    )
    with Kernel(student) as kernel:
        printed = kernel.run(code)
    assert printed.split() == [
        *(str(UID), "ada", "/home/ada", str(UID)),
        *("yes", "False"),
    ]


@pytest.mark.image
def test_names_are_the_images_and_the_students(student: Student) -> None:
    assert student.execute("id", "-un") == "ada"
    assert student.execute("id", "-un", "0") == "root"
    assert student.execute("id", "-un", "1000") == "jovyan"


@pytest.mark.image
def test_nothing_runs_with_another_users_rights(student: Student) -> None:
    look = ("find", "/", "-xdev", "-type", "f", "-perm", "/6000")
    as_root = ("run", "--rm", "--user", "0", "--entrypoint", look[0], student.image)
    assert docker(*as_root, *look[1:]) == ""
    assert student.execute("/usr/local/bin/as-root", "-u") == str(UID)


@pytest.mark.image
def test_the_images_own_health_check_is_off(image: str) -> None:
    assert docker("inspect", image, "-f", "{{.Config.Healthcheck.Test}}") == "[NONE]"


@pytest.mark.image
def test_idle_kernels_are_stopped_and_polls_are_no_activity(image: str) -> None:
    # One that never had a kernel: while one ends it counts as busy, and that as activity.
    with Student(image) as student:
        student.wait_ready()
        config = student.execute("cat", "/tmp/.semesterhub/config/jupyter_server_config.json")
        assert '"cull_idle_timeout": 1800' in config

        def active() -> str:
            return str(student.get("api/status").json()["last_activity"])

        before = active()
        student.get("api/kernels")
        assert active() == before
        student.get("api/config/notebook")
        assert active() > before


@pytest.mark.image
def test_the_gate_holds_a_server_whose_network_is_open(image: str) -> None:
    env = {"SEMESTERHUB_FIREWALL": "1", "SEMESTERHUB_FIREWALL_SECONDS": "1"}
    with Student(image, env=env) as one:
        assert docker("wait", one.name) == "1"
        assert "the course's firewall did not close" in one.logs()


@pytest.mark.image
def test_an_image_without_a_server_is_refused_as_it_is_built(image: str, tmp_path: Path) -> None:
    assert image
    (tmp_path / "plain").mkdir()
    text = "FROM semesterhub-test/stack\nUSER root\nRUN rm /opt/conda/bin/jupyterhub-singleuser\n"
    (tmp_path / "plain" / "Dockerfile").write_text(text)
    plain = build("semesterhub-test/plain", tmp_path / "plain")
    with pytest.raises(RuntimeError, match=r"environment\.image: the image has no command"):
        adapt_image("semesterhub-test/never", plain, tmp_path / "context")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"jupyterhub": "3.1.1"}, "jupyterhub 3.1.1; 4.0 is the oldest"),
        ({"jupyter_server": ""}, "no jupyter_server; it must be 2.0"),
        ({"python": "3.10.4"}, "python 3.10.4; 3.11 is the oldest"),
    ],
)
def test_what_is_too_old_is_told(found: dict[str, str], words: str) -> None:
    good = {"python": "3.13.5", "jupyterhub": "5.4.5", "jupyter_server": "2.21.1"}
    adapt.check(good)
    with pytest.raises(adapt.CannotAdaptError, match=words):
        adapt.check({**good, **found})


def test_an_id_or_a_name_that_the_student_has_is_nobody_elses() -> None:
    image = "root:x:0:0::/root:/bin/sh\njovyan:x:20007:100::/home/jovyan:/bin/sh\nada:x:5:5::/:/\n"
    ours = "ada:x:20007:20007:ada:/home/ada:/bin/bash\n"
    assert launcher.others(image, ours) == "root:x:0:0::/root:/bin/sh\n"


def test_folders_of_the_images_own_user_are_not_the_students() -> None:
    environ = {
        "HOME": "/home/ada",
        "JUPYTERHUB_USER": "ada",
        "XDG_CACHE_HOME": "/home/jovyan/.cache/",
        "XDG_DATA_HOME": "/home/ada/.local/share",
        "NB_USER": "jovyan",
        "NB_UID": "1000",
        "JUPYTER_CONFIG_PATH": "/opt/own",
    }
    changes = launcher.environment(environ, 20007, 20007)
    assert changes["XDG_CACHE_HOME"] is None
    assert "XDG_DATA_HOME" not in changes
    assert (changes["NB_USER"], changes["NB_UID"], changes["NB_GID"]) == ("ada", "20007", "20007")
    assert changes["JUPYTER_CONFIG_PATH"] == "/tmp/.semesterhub/config:/opt/own"
