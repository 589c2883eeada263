#!/usr/bin/env python3
"""What one student's server costs to start: the stock server against ours, in one image, in turns.

    bench.py [--rounds 3] [--json FILE] [--image IMAGE]

Stock is `jupyterhub-singleuser` on the same packages. CPU seconds are those of the container's
control group, every process in it. Measured at four points, so that work put off shows up:
answers (the hub's question to /user/NAME/api), after 10 s more at rest, with JupyterLab's page and
the requests that it makes as it opens, and with a kernel that has run code.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from testing.kernel import Kernel
from testing.student import Student, image_under_test

REST_SECONDS = 10.0
VARIANTS = {"stock": ["jupyterhub-singleuser"], "ours": []}
# What JupyterLab asks for while it opens (seen in Chromium), besides static files, nginx's work.
PAGE = (
    *("lab", "api/kernelspecs", "api/me", "lab/api/settings", "api/kernels", "api/terminals"),
    *("api/sessions", "lab/api/workspaces", "lab/api/translations/default", "api/metrics/v1"),
    *("lab/api/build", "lsp/status", "lab/api/translations", "api/contents?content=1&hash=0"),
    *("lab/api/settings?ids_only=true", "lab/api/workspaces/default"),
)


def measure(image: str, command: list[str]) -> dict[str, float]:
    """Start one server and take its costs."""
    with Student(image, command=command) as student:
        result = {"ready_seconds": student.wait_ready()}

        def note(point: str) -> None:
            usage = student.usage()
            result[f"{point}_cpu_seconds"] = usage.cpu_seconds
            result[f"{point}_memory_mb"] = usage.memory_mb

        note("answers")
        time.sleep(REST_SECONDS)
        note("rested")
        for path in PAGE:
            student.get(path)
        note("page")
        with Kernel(student) as kernel:
            if kernel.run("print(6 * 7)") != "42\n":
                raise RuntimeError("the kernel does not compute")
        note("kernel")
    return result


def main() -> None:
    """Print a table, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--image", default=image_under_test())
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    options = parser.parse_args()
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for number in range(options.rounds):
        for name, command in VARIANTS.items():
            print(f"round {number + 1} of {options.rounds}: {name}", file=sys.stderr, flush=True)
            runs[name].append(measure(options.image, command))
    medians = {
        name: {key: statistics.median(run[key] for run in rounds) for key in rounds[0]}
        for name, rounds in runs.items()
    }
    ratios = {key: medians["ours"][key] / value for key, value in medians["stock"].items()}
    print(f"{'median of ' + str(options.rounds):24}{'stock':>10}{'ours':>10}{'ratio':>10}")
    for key, ratio in ratios.items():
        print(f"{key:24}{medians['stock'][key]:10.2f}{medians['ours'][key]:10.2f}{ratio:10.3f}")
    if options.json:
        options.json.write_text(json.dumps({"medians": medians, "ratios": ratios, "runs": runs}))


if __name__ == "__main__":
    main()
