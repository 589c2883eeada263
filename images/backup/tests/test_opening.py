"""What decides whether backups are of another passphrase."""

import json
import subprocess
from pathlib import Path

import pytest
from semesterhub_backup import opening
from semesterhub_backup.backup import may_pass
from semesterhub_backup.errors import BackupError
from semesterhub_backup.opening import WrongPassphraseError, newest_manifests, refuse_strangers
from semesterhub_backup.settings import Settings, read_settings

MANIFESTS = [f"duplicity-full.2026110{day}T000000Z.manifest.gpg" for day in (1, 2, 3, 4)]
NEWEST = "duplicity-inc.20261104T000000Z.to.20261104T010000Z.manifest.gpg"


def test_the_newest_manifests_first() -> None:
    others = [
        "duplicity-full.20261105T000000Z.vol1.difftar.gpg",
        "duplicity-full-signatures.20261105T000000Z.sigtar.gpg",
        "another.20261105T000000Z.manifest.gpg",
        f"{MANIFESTS[0]}.part",
    ]
    expected = [NEWEST, MANIFESTS[3], MANIFESTS[2]]
    assert newest_manifests([*MANIFESTS, NEWEST, *others]) == expected


def test_the_message_says_where_and_what_to_do() -> None:
    message = str(WrongPassphraseError("file:///srv/b"))
    for part in ("file:///srv/b", "state back", "semesterhub:backup.target", "move"):
        assert part in message
    assert not may_pass(message)


@pytest.fixture
def target(tmp_path: Path) -> Settings:
    """Make a target with manifests, each of which says whether it opens."""
    (tmp_path / "passphrase").write_text("a")
    (tmp_path / "passphrase").chmod(0o400)
    (tmp_path / "kept").mkdir()
    return read_settings(
        {
            "BACKUP_TARGET": f"file://{tmp_path}/kept",
            "BACKUP_PLACE": "file:///where",
            "BACKUP_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        }
    )


@pytest.mark.parametrize(
    ("newest_first", "expected"),
    [
        ((), None),
        ((True,), None),
        ((True, False), None),
        ((False,), "refused"),
        ((None, False), "refused"),
        ((None, True), None),
        ((None, None, None, False), "not whole"),
    ],
)
def test_what_is_there_decides(
    target: Settings,
    monkeypatch: pytest.MonkeyPatch,
    newest_first: tuple[bool | None, ...],
    expected: str | None,
) -> None:
    assert target.folder is not None
    for name, answer in zip(reversed(MANIFESTS), newest_first, strict=False):
        (target.folder / name).write_text(json.dumps(answer))
    monkeypatch.setattr(opening, "opens", lambda data, *_: json.loads(data))
    if expected == "refused":
        with pytest.raises(WrongPassphraseError, match="file:///where"):
            refuse_strangers(target)
        return
    said = refuse_strangers(target)
    assert said is None if expected is None else expected in str(said)


@pytest.mark.parametrize(
    "trouble",
    [BackupError("no route"), subprocess.TimeoutExpired("rclone", 1), OSError("no route")],
)
def test_trouble_is_told_and_no_obstacle(
    target: Settings, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fails(*_arguments: object) -> dict[str, int]:
        raise trouble

    monkeypatch.setattr(opening, "sizes", fails)
    assert refuse_strangers(target)
