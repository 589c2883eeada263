"""Install packages for the course's library: in a container of their own, into an empty folder.

    python -I -m semesterhub_notebook.library TARGET NAME…

Wheels only, so that nothing of a package runs here. What the image has keeps its version, and is
not installed a second time.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

# With them a server goes on dialling the hub's old address for minutes after a hub restart.
NEVER = ("aiodns<0", "pycares<0")


def canonical(name: str) -> str:
    """Write a package's name as names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints(installed: Iterable[Distribution]) -> str:
    """Hold what the image has at its version."""
    pins = sorted({f"{one.metadata['Name']}=={one.version}" for one in installed})
    return "".join(f"{line}\n" for line in [*pins, *NEVER])


def remove_doubles(target: Path, image: Iterable[Distribution]) -> list[str]:
    """Remove what the image has: it would never be imported from here. Answers what stays."""
    there = {canonical(one.metadata["Name"]) for one in image}
    stays = []
    for one in list(distributions(path=[str(target)])):
        if canonical(one.metadata["Name"]) not in there:
            stays.append(f"{one.metadata['Name']}=={one.version}")
            continue
        for file in one.files or ():
            path = Path(str(one.locate_file(file))).resolve()
            if path.is_relative_to(target.resolve()):
                path.unlink(missing_ok=True)
    for folder in sorted((path for path in target.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    return sorted(stays)


def reason(output: str) -> str:
    """Pick what pip said: its last error, or which versions can't be together."""
    conflict = re.search(r"^The conflict is caused by:\n((?: +.+\n)+)", output, re.MULTILINE)
    if conflict:
        lines = [line.strip() for line in conflict.group(1).splitlines()]
        return "; ".join(lines).replace("The user requested (constraint)", "the image has")
    errors = re.findall(r"^ERROR: (.+)$", output, re.MULTILINE)
    return errors[-1] if errors else (output.strip().splitlines() or ["it said nothing"])[-1]


def main(target: str, names: list[str]) -> int:
    """Install, and print a line for each package that is in the library now."""
    image = list(distributions())
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as held:
        held.write(constraints(image))
        held.flush()
        pip = [sys.executable, "-I", "-m", "pip", "install", "--no-input", "--no-cache-dir"]
        how = ["--only-binary=:all:", "--no-compile", "--progress-bar=off"]
        quiet = ["--disable-pip-version-check", "--root-user-action=ignore"]
        command = [*pip, *how, *quiet, "-c", held.name, "--target", target, "--", *names]
        done = subprocess.run(  # noqa: S603 (a list, no shell)
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    if done.returncode != 0:
        print(f"pip: {reason(done.stdout)}", file=sys.stderr)
        return 1
    print("\n".join(remove_doubles(Path(target), image)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
