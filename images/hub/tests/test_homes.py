"""The homes service's answers, over a real unix socket."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from semesterhub.homes import Home, HomesError, fetch_home

ANSWER = {
    "username": "ada",
    "slug": "ada",
    "uid": 20000,
    "gid": 20000,
    "groups": [19999],
    "folders": {},
    "home": "/data/homes/ada",
    "quota": None,
    "created": True,
}


async def ask(
    socket: Path, status: int, body: str, folders: Sequence[str] = ()
) -> tuple[Home, bytes]:
    asked = b""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked = await reader.readuntil(b"\r\n\r\n")
        asked += await reader.readuntil(b"}")
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(answer, str(socket)):
        return await fetch_home(f"unix://{socket}", "ada", folders), asked


async def test_a_home(tmp_path: Path, home: Home) -> None:
    got, asked = await ask(tmp_path / "s", 200, json.dumps(ANSWER))
    assert got == home
    assert asked.startswith(b"POST /homes HTTP/1.1\r\n")
    assert json.loads(asked.partition(b"\r\n\r\n")[2]) == {
        "username": "ada",
        "folders": [],
    }


async def test_a_home_with_folders_of_groups(tmp_path: Path, home: Home) -> None:
    folders = {"lab-1": "/data/groups/lab-1"}
    answer = {**ANSWER, "groups": [19999, 19000], "folders": folders}
    got, asked = await ask(tmp_path / "s", 200, json.dumps(answer), folders=("lab-1", "lab-2"))
    assert got == replace(home, groups=(19999, 19000), folders=folders)
    assert json.loads(asked.partition(b"\r\n\r\n")[2])["folders"] == ["lab-1", "lab-2"]


async def test_a_home_with_a_limit(tmp_path: Path, home: Home) -> None:
    answer = {**ANSWER, "quota": {"bytes": 10**9}}
    got, _ = await ask(tmp_path / "s", 200, json.dumps(answer))
    assert got == replace(home, limited=True)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (507, '{"error": "the disk is full"}', "answered 507: the disk is full"),
        (500, "oops", "answered 500: oops"),
        (200, '{"slug": "ada"}', 'answered 200: {"slug": "ada"}'),
        (200, "[]", r"answered 200: \[\]"),
    ],
)
async def test_errors(tmp_path: Path, status: int, body: str, message: str) -> None:
    with pytest.raises(HomesError, match=message):
        await ask(tmp_path / "s", status, body)


async def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(HomesError, match="does not answer"):
        await fetch_home(f"unix://{tmp_path}/none", "ada")
