"""Install what a course's configuration adds to an image, and say clearly what can't be had.

Runs as root while the image is built, as `install.py debian`, then `python`, then `finish`.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import Distribution, distributions
from importlib.util import cache_from_source
from pathlib import Path

WANTED = Path("/usr/share/semesterhub/environment")
NOTEBOOK = Path("/opt/notebook")
PYTHON = NOTEBOOK / "bin" / "python"

# A language, by the Debian packages that are its kernel.
KERNELS: dict[str, tuple[str, ...]] = {"r": ("r-base-core", "r-cran-irkernel")}

# With them a server goes on dialling the hub's old address for minutes after a hub restart.
NEVER = ("aiodns<0", "pycares<0")

Run = Callable[[Sequence[str]], tuple[int, str]]


class CannotInstallError(Exception):
    """What the course asks for can't be had; the text names the key."""


def run(command: Sequence[str]) -> tuple[int, str]:
    """Run a command, show what it prints as it does, and return that as well."""
    lines = []
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with subprocess.Popen(  # noqa: S603 (a list, no shell; names were checked)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
    ) as child:
        for line in child.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return child.returncode, "".join(lines)


def wanted(name: str, folder: Path) -> list[str]:
    """Read a list of the course's."""
    return [line for line in (folder / name).read_text("utf-8").splitlines() if line]


def apt_reason(output: str) -> str:
    """Pick what apt said last of what it can't do."""
    errors = re.findall(r"^E: (.+)$", output, re.MULTILINE)
    return errors[-1] if errors else last_line(output)


def pip_reason(output: str) -> str:
    """Pick what pip said: its last error, or which versions can't be together."""
    conflict = re.search(r"^The conflict is caused by:\n((?: +.+\n)+)", output, re.MULTILINE)
    if conflict:
        lines = [line.strip() for line in conflict.group(1).splitlines()]
        return "; ".join(lines).replace("The user requested (constraint)", "the image has")
    errors = re.findall(r"^ERROR: (.+)$", output, re.MULTILINE)
    return errors[-1] if errors else last_line(output)


def last_line(output: str) -> str:
    """Return the last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it ended without a word"


def install_debian(packages: Iterable[str], kernels: Iterable[str], run: Run) -> None:
    """Install Debian packages, the course's own first: theirs is the key that is named."""
    lists = [("environment.packages", list(packages))]
    lists.append(("environment.kernels", [name for key in kernels for name in KERNELS[key]]))
    asked = [(key, names) for key, names in lists if names]
    if not asked:
        return
    apt = ["apt-get", "-o", "Acquire::Retries=5"]
    status, output = run([*apt, "update"])
    if status:
        raise CannotInstallError(f"{asked[0][0]}: apt: {apt_reason(output)}")
    for key, names in asked:
        status, output = run([*apt, "install", "-y", "--no-install-recommends", "--", *names])
        if status:
            raise CannotInstallError(f"{key}: apt: {apt_reason(output)}")
    run([*apt, "distclean"])


def constraints(installed: Iterable[Distribution]) -> str:
    """Hold what the image has at its version."""
    pins = sorted({f"{one.metadata['Name']}=={one.version}" for one in installed})
    return "".join(f"{line}\n" for line in [*pins, *NEVER])


def install_python(folder: Path, pins: str, run: Run) -> None:
    """Install requirements, then extensions, so that the key at fault is known."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as held:
        held.write(pins)
        held.flush()
        for key in ("requirements", "extensions"):
            file = folder / f"{key}.txt"
            if not wanted(file.name, folder):
                continue
            pip = [str(PYTHON), "-I", "-m", "pip", "install", "--no-input", "--no-cache-dir"]
            quiet = ["--no-compile", "--progress-bar=off", "--disable-pip-version-check"]
            root = ["--root-user-action=ignore", "--prefer-binary"]
            status, output = run([*pip, *quiet, *root, "-c", held.name, "-r", str(file)])
            if status:
                raise CannotInstallError(f"environment.{key}: pip: {pip_reason(output)}")


def for_jupyterlab(files: Iterable[str]) -> bool:
    """Whether a package brings something for JupyterLab or its server."""
    places = ("share/jupyter/labextensions/", "etc/jupyter/jupyter_server_config.d/")
    return any(place in str(file) for file in files for place in places)


def check_extensions(names: Iterable[str], site_packages: Sequence[str]) -> None:
    """Refuse what is installed as an extension and is none."""
    installed = {
        canonical(one.metadata["Name"]): one for one in distributions(path=list(site_packages))
    }
    for line in names:
        name = canonical(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
        found = installed.get(name)
        if found is None or not for_jupyterlab(str(file) for file in found.files or ()):
            raise CannotInstallError(
                f"environment.extensions: {line} is a package without an extension of JupyterLab; "
                "a package for notebooks belongs into environment.requirements"
            )


def canonical(name: str) -> str:
    """Write a package's name as names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def finish(run: Run) -> None:
    """Leave no file that runs with another user's rights, and compile what is new."""
    without = ["find", "/", "-xdev", "-type", "f", "-perm", "/6000", "-exec", "chmod", "a-s", "{}"]
    if run([*without, "+"])[0]:
        raise CannotInstallError("environment: a file keeps the rights of another user")
    sources = "".join(f"{path}\n" for path in uncompiled(NOTEBOOK / "lib"))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write(sources)
        names.flush()
        # Never compared with its source: the image does not change. What can't be compiled, such as
        # a template, is no error of the course's.
        mode = ["--invalidation-mode", "unchecked-hash"]
        run([str(PYTHON), "-I", "-m", "compileall", "-q", "-j", "2", *mode, "-i", names.name])


def uncompiled(folder: Path) -> list[Path]:
    """Find the sources that were installed without compiled code."""
    sources = sorted(folder.rglob("*.py"))
    return [path for path in sources if not Path(cache_from_source(str(path))).exists()]


def site_packages() -> list[str]:
    """Return where the server's Python has its packages."""
    return [str(path) for path in NOTEBOOK.glob("lib/python3*/site-packages")]


def main(part: str) -> None:
    """Do one part of the build."""
    if part == "debian":
        install_debian(wanted("packages.txt", WANTED), wanted("kernels.txt", WANTED), run)
    elif part == "python":
        install_python(WANTED, constraints(distributions(path=site_packages())), run)
        check_extensions(wanted("extensions.txt", WANTED), site_packages())
    else:
        finish(run)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except CannotInstallError as problem:
        sys.stdout.flush()
        raise SystemExit(str(problem)) from None
