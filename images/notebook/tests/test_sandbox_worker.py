"""What a submission's code may have written as its result, before it is passed on."""

import pytest
from semesterhub_sandbox import worker


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 200_000,
        b'{"cells": ' + b'{"a":' * 200_000,
        b"1" * 100_000,
    ],
)
def test_what_makes_no_sense_is_no_result(answer: bytes) -> None:
    assert worker._result(answer)["status"] == "died"


def test_a_result_is_passed_on_as_it_is() -> None:
    assert worker._result(b'{"cells": []}') == {"status": "done", "answer": '{"cells": []}'}
