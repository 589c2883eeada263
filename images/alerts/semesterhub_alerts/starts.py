"""From the hub's counts of starts, which only ever grow, to how the last minutes were."""

from collections.abc import Mapping, Sequence
from typing import Any

from semesterhub_alerts.facts import Starts

WINDOW_SECONDS = 15 * 60
NEARLY_ALL = 0.95

Sample = dict[str, Any]


def sample_of(counts: Mapping[str, Any], now: float) -> Sample:
    """Read what the hub counts; raise ValueError, KeyError or TypeError for something else."""
    buckets = sorted((float(limit), int(count)) for limit, count in counts["buckets"])
    return {
        "at": now,
        "succeeded": int(counts["succeeded"]),
        "failed": int(counts["failed"]),
        "buckets": [list(each) for each in buckets],
    }


def add(samples: Sequence[Sample], sample: Sample) -> list[Sample]:
    """Keep the window's samples, and the one before as its beginning.

    A hub that was restarted counts from zero: what was before is no beginning for it.
    """
    kept = [each for each in samples if each["at"] <= sample["at"]]
    if kept and any(kept[-1][key] > sample[key] for key in ("succeeded", "failed")):
        kept = [_zero(sample)]
    begin = sample["at"] - WINDOW_SECONDS
    old = [each for each in kept if each["at"] <= begin]
    return [*old[-1:], *(each for each in kept if each["at"] > begin), sample]


def _zero(sample: Sample) -> Sample:
    buckets = [[limit, 0] for limit, _ in sample["buckets"]]
    return {"at": sample["at"], "succeeded": 0, "failed": 0, "buckets": buckets}


def starts_of(samples: Sequence[Sample]) -> Starts | None:
    """Tell how the starts of the window were; None before there are two samples."""
    if len(samples) < 2:  # noqa: PLR2004 (a difference has two sides)
        return None
    first, last = samples[0], samples[-1]
    succeeded = last["succeeded"] - first["succeeded"]
    before = dict(first["buckets"])
    slow = next(
        (
            limit
            for limit, count in last["buckets"]
            if succeeded > 0 and count - before.get(limit, 0) >= NEARLY_ALL * succeeded
        ),
        None,
    )
    return Starts(succeeded, last["failed"] - first["failed"], slow)
