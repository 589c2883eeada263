"""No log line holds what opens a door."""

import io
import logging

from semesterhub.logs import redact


def test_addresses_are_redacted_and_the_rest_is_left() -> None:
    stream = io.StringIO()
    log = logging.getLogger("test.redact")
    log.propagate = False
    log.addHandler(logging.StreamHandler(stream))
    redact()
    redact()
    log.warning("404 %s", "GET /hub/oauth_callback?code=abc&state=def&next=/x (10.0.0.1)")
    log.warning("GET /hub/api?token=s3cret failed")
    log.warning("%d of %d", 3, 4)
    log.warning("200 POST /hub/api/course/news (ada@10.0.0.1) 2.00ms")
    log.warning("403 POST /hub/api/course/news (ada@10.0.0.1) 2.00ms")
    assert stream.getvalue().splitlines() == [
        "404 GET /hub/oauth_callback?code=[secret]&state=[secret]&next=/x (10.0.0.1)",
        "GET /hub/api?token=[secret] failed",
        "3 of 4",
        "403 POST /hub/api/course/news (ada@10.0.0.1) 2.00ms",
    ]
