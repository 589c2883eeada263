"""An environment with a bit of everything, built and run as a student runs it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from testing.kernel import Kernel
from testing.student import Student, docker, image_under_test

HERE = Path(__file__).parents[1]
TAG = "semesterhub-test/environment"
WANTED = {
    "packages": "graphviz\n",
    "kernels": "r\n",
    "requirements": "sympy==1.14.0\nnumpy\n",
    "extensions": "jupyterlab-latex\n",
}


def build(folder: Path, **wanted: str) -> subprocess.CompletedProcess[str]:
    """Build with the context that the program makes."""
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    (folder / "wanted").mkdir()
    for name in WANTED:
        (folder / "wanted" / f"{name}.txt").write_text(wanted.get(name, ""))
    data = folder / "root" / "usr" / "local" / "share" / "course"
    data.mkdir(parents=True)
    (data / "stars.csv").write_text("name\nvega\n")
    base = ["--build-arg", f"BASE_IMAGE={image_under_test()}"]
    return subprocess.run(
        ["docker", "build", "--tag", TAG, *base, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Student]:
    done = build(tmp_path_factory.mktemp("environment") / "context", **WANTED)
    assert done.returncode == 0, done.stdout[-3000:]
    with Student(TAG) as one:
        one.wait_ready()
        yield one
    subprocess.run(["docker", "rmi", TAG], check=False, capture_output=True)


@pytest.mark.image
def test_r_computes(student: Student) -> None:
    with Kernel(student, "ir") as kernel:
        assert kernel.run('cat(R.version$language, mean(c(1, 2, 6)), Sys.getenv("HOME"))') == (
            "R 3 /home/ada"
        )


@pytest.mark.image
def test_python_has_what_was_asked_for_beside_what_it_had(student: Student) -> None:
    code = (
        "import sympy, numpy, shutil; print(sympy.__version__, numpy.__version__,"
        " shutil.which('dot'), open('/usr/local/share/course/stars.csv').read().split()[1])"
    )
    pinned = (HERE.parent / "notebook" / "requirements.txt").read_text()
    numpy = next(line[7:] for line in pinned.splitlines() if line.startswith("numpy=="))
    with Kernel(student) as kernel:
        assert kernel.run(code).split() == ["1.14.0", numpy, "/usr/bin/dot", "vega"]


@pytest.mark.image
def test_jupyterlab_has_the_extension(student: Student) -> None:
    assert b"@jupyterlab/latex" in student.get("lab").body


@pytest.mark.image
def test_no_package_brought_another_users_rights(student: Student) -> None:
    look = ("find", "/", "-xdev", "-type", "f", "-perm", "/6000")
    as_root = ("run", "--rm", "--user", "0", "--entrypoint", look[0], student.image)
    assert docker(*as_root, *look[1:]) == ""


@pytest.mark.image
@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"packages": "grafviz\n"}, "environment.packages: apt: Unable to locate package grafviz"),
        (
            {"requirements": "sympyy-of-nobody==1.0\n"},
            "environment.requirements: pip: No matching distribution found for"
            " sympyy-of-nobody==1.0",
        ),
        (
            {"requirements": "numpy<2\n"},
            "environment.requirements: pip: The user requested numpy<2; the image has numpy==",
        ),
        (
            {"extensions": "sympy\n"},
            "environment.extensions: sympy is a package without an extension of JupyterLab",
        ),
    ],
)
def test_what_can_not_be_had_ends_the_build_with_its_key(
    tmp_path: Path, wanted: dict[str, str], words: str
) -> None:
    done = build(tmp_path / "context", **wanted)
    assert done.returncode != 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if words in line]
    assert said, done.stdout[-3000:] + done.stderr
