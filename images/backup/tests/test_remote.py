"""Targets that are no folders: what rclone is told."""

import json
from pathlib import Path

import pytest
from semesterhub_backup.errors import BackupError
from semesterhub_backup.remote import Remote, remote_folder, remote_of
from semesterhub_backup.settings import read_settings


@pytest.mark.parametrize(
    ("target", "folder", "url"),
    [
        ("swift://course-backups", "target:course-backups", "rclone://target:/course-backups"),
        ("s3://s3.example.edu/bucket/a", "target:bucket/a", "rclone://target:/bucket/a"),
        ("sftp://me@host:22/backups", "target:backups", "rclone://target:/backups"),
        ("sftp://me@host//srv/backups", "target:/srv/backups", "rclone://target://srv/backups"),
    ],
)
def test_names(target: str, folder: str, url: str) -> None:
    assert remote_folder(target) == folder
    assert Remote(folder, {}).url == url


@pytest.mark.parametrize(
    "target", ["ftp://host/x", "swift://", "swift://a'b", "s3://host/", "sftp://host/a b", "x"]
)
def test_no_names(target: str) -> None:
    with pytest.raises(BackupError, match="BACKUP_TARGET"):
        remote_folder(target)


def access(folder: Path, text: str) -> Remote | None:
    """Read what opens a container of Swift."""
    file = folder / "access"
    file.write_text(text)
    file.chmod(0o400)
    environment = {"BACKUP_TARGET": "swift://c", "BACKUP_ACCESS_FILE": str(file)}
    return remote_of(read_settings(environment), folder)


def test_what_rclone_is_told(tmp_path: Path) -> None:
    known = {"type": "sftp", "key_pem": "one\ntwo\n", "known_hosts": "host ssh-ed25519 AAAA\n"}
    remote = access(tmp_path, json.dumps(known))
    assert remote is not None
    environment = remote.environment
    assert environment["RCLONE_CONFIG_TARGET_TYPE"] == "sftp"
    assert environment["RCLONE_CONFIG_TARGET_KEY_PEM"] == "one\\ntwo\\n"
    hosts = Path(environment["RCLONE_CONFIG_TARGET_KNOWN_HOSTS_FILE"])
    assert hosts.read_text() == known["known_hosts"]


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"type": 1}'])
def test_what_it_can_not_be_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(BackupError, match=r"JSON|object of strings"):
        access(tmp_path, text)


def test_a_folder_needs_nothing(tmp_path: Path) -> None:
    assert remote_of(read_settings({"BACKUP_TARGET": "file:///backups"}), tmp_path) is None
