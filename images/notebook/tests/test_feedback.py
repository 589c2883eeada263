"""Which feedback a student is offered."""

from typing import Any

from semesterhub_notebook import feedback

LOCAL = "ps1/feedback/2026-12-01 10:00:00 UTC"


def told(*notebooks: tuple[str, bool, bool]) -> dict[str, Any]:
    """List one submission with notebooks: the name, fetched, at the exchange."""

    class Manager:
        _root_dir = "."

        def list_submitted_assignments(self, course_id: str | None = None) -> dict[str, Any]:
            """List it as nbgrader does, where one notebook has no feedback."""
            assert course_id == "c1"
            submission = {
                "has_local_feedback": False,
                "has_exchange_feedback": False,
                "local_feedback_path": None,
                "notebooks": [
                    {
                        "has_local_feedback": local,
                        "has_exchange_feedback": there,
                        "local_feedback_path": f"{LOCAL}/{name}.html" if local else None,
                    }
                    for name, local, there in notebooks
                ],
            }
            return {"success": True, "value": [{"submissions": [submission]}]}

    feedback.install(Manager)
    (entry,) = Manager().list_submitted_assignments(course_id="c1")["value"]
    (submission,) = entry["submissions"]
    return {key: submission[key] for key in submission if key != "notebooks"}


def test_a_notebook_of_the_students_own_hides_no_feedback() -> None:
    assert told(("p1", False, True), ("scratch", False, False)) == {
        "has_local_feedback": False,
        "has_exchange_feedback": True,
        "local_feedback_path": None,
    }
    assert told(("p1", True, True), ("scratch", False, False)) == {
        "has_local_feedback": True,
        "has_exchange_feedback": True,
        "local_feedback_path": LOCAL,
    }


def test_feedback_that_is_still_to_come_is_not_offered() -> None:
    assert told(("p1", False, False))["has_exchange_feedback"] is False
    # one of two is here, the other is to be fetched
    assert told(("p1", True, True), ("p2", False, True))["has_local_feedback"] is False
