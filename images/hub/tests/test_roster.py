"""The roster decides who takes part."""

import json
from pathlib import Path

import pytest
from semesterhub.roster import Roster, RosterFile, parse_roster
from semesterhub.strict import SettingsError


def test_names_are_normalized(roster: Roster) -> None:
    assert roster.students == ("ada", "grace")
    assert roster.names == {"ada", "grace", "teacher"}
    assert roster.is_staff("teacher")
    assert not roster.is_staff("ada")


def test_everybody_is_in_a_group(roster: Roster) -> None:
    assert roster.all_groups == {
        "lab-1": ("ada",),
        "students": ("ada", "grace"),
        "staff": ("teacher",),
        "graders": ("teacher",),
    }


def test_a_group_of_that_name_grades_instead_of_all_staff() -> None:
    roster = parse_roster(
        json.dumps({"students": ["ada"], "staff": ["kim", "lee"], "groups": {"graders": ["lee"]}})
    )
    assert roster.graders == ("lee",)


def test_members_share_the_folders_of_their_groups() -> None:
    groups = {"lab-1": ["Ada"], "lab-2": ["ada", "kim"], "lab-3": ["ada"]}
    people = {"students": ["ada"], "staff": ["kim"], "groups": groups}
    roster = parse_roster(json.dumps({**people, "folders": ["lab-1", "lab-2"]}))
    assert roster.folders_of("ada") == ("lab-1", "lab-2")
    assert roster.folders_of("kim") == ("lab-2",)
    assert parse_roster(json.dumps(people)).folders_of("ada") == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"students": ["ada", "ADA"]}, "ada is there twice"),
        ({"students": ["teacher"]}, "teacher is there twice"),
        ({"students": [""]}, "'' is not a name"),
        ({"students": ["a/b"]}, "'a/b' is not a name"),
        ({"students": "ada"}, "students must be a list, not 'ada'"),
        ({"groups": {"lab": ["bob"]}}, "bob in group lab is neither student nor staff"),
        ({"groups": {"staff": []}}, "the group staff is made by the hub"),
        ({"groups": {"graders": ["ada"]}}, "ada in group graders is no staff"),
        ({"folders": ["lab-1"]}, "lab-1 has a folder and is no group"),
        ({"tutors": []}, "unknown key tutors"),
    ],
)
def test_a_mistake_is_named(change: dict[str, object], message: str) -> None:
    roster = {"students": ["ada"], "staff": ["teacher"], "groups": {}, **change}
    with pytest.raises(SettingsError, match=message.replace("(", "\\(")):
        parse_roster(json.dumps(roster))


def test_a_roster_that_changes_and_one_with_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "roster.json"
    path.write_text(json.dumps({"students": ["ada"], "staff": [], "groups": {}}))
    file = RosterFile(path)
    assert file.current().students == ("ada",)
    assert file.reread() is False
    path.write_text(json.dumps({"students": ["ada", "ada"], "staff": [], "groups": {}}))
    with pytest.raises(SettingsError, match="ada is there twice"):
        file.reread()
    assert file.current().students == ("ada",)
    path.write_text(json.dumps({"students": ["grace"], "staff": [], "groups": {}}))
    assert file.reread() is True
    assert file.current().students == ("grace",)
    path.unlink()
    with pytest.raises(SettingsError, match="can't be read"):
        file.reread()
    assert file.current().students == ("grace",)
