"""A server as a campus has it: by TLS alone, with a certificate of an authority of its own."""

import json
import os
import socket
import subprocess
from pathlib import Path

from conftest import NOBODY, ROOT, programs

PASSWORDS = {"hub": 'it\'s: a \\ "strange" pässwörd', "gradebook": "sesame"}
ROLES = {"hub": "course-hub", "gradebook": "course.gradebook"}


def escaped(text: str) -> str:
    """Write a password as a file of passwords has it."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


class CampusServer:
    """Databases `course_hub` and `course_gradebook`, each of its role."""

    def __init__(self, folder: Path) -> None:
        found = programs()
        assert found is not None
        self.version = found.parent.name
        self.folder, self._bin = folder, found
        self.data = folder / "campus"
        self.data.mkdir(mode=0o700)
        os.chown(self.data, NOBODY, NOBODY)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._certify()
        self._run("initdb", f"--pgdata={self.data}", "--auth=peer", "--encoding=UTF8", "--no-sync")
        hba = "local all all peer\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
        (self.data / "pg_hba.conf").write_text(hba)
        self._server = subprocess.Popen(
            [
                str(found / "postgres"),
                *("-D", str(self.data), f"--port={self.port}"),
                *("--unix_socket_directories=/tmp", "--listen_addresses=127.0.0.1"),
                *(
                    "--ssl=on",
                    f"--ssl_cert_file={folder}/cert.pem",
                    f"--ssl_key_file={folder}/key.pem",
                ),
            ],
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            stderr=subprocess.DEVNULL,
        )
        waiting = [
            "bash",
            "-c",
            f"until {found}/pg_isready -q -h /tmp -p {self.port}; do sleep 0.1; done",
        ]
        subprocess.run(waiting, check=True, timeout=60)
        for name, role in ROLES.items():
            password = PASSWORDS[name].replace("'", "''")
            self.admin(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{password}'")
            self.admin(f'CREATE DATABASE course_{name} OWNER "{role}"')

    def _certify(self) -> None:
        """Make an authority, and a certificate for localhost by it."""
        folder = self.folder
        openssl = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ]
        openssl += ["-nodes", "-days", "2"]
        made = [*openssl, "-keyout", f"{folder}/ca-key.pem", "-out", f"{folder}/ca.pem"]
        subprocess.run([*made, "-subj", "/CN=campus"], check=True, capture_output=True)
        made = [*openssl, "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
        made += ["-subj", "/CN=db", "-addext", "subjectAltName=DNS:localhost"]
        made += ["-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca-key.pem"]
        subprocess.run(made, check=True, capture_output=True)
        os.chown(folder / "key.pem", NOBODY, NOBODY)

    def _run(self, program: str, *words: str, text: str = "") -> str:
        done = subprocess.run(
            [str(self._bin / program), *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd="/tmp",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def admin(self, sql: str, database: str = "postgres") -> str:
        """Do something as the campus's administrator."""
        where = ["-h", "/tmp", "-p", str(self.port), "-d", database]
        return self._run("psql", "-Atq", "--set=ON_ERROR_STOP=1", *where, text=sql)

    def places(self, **changes: dict[str, object]) -> dict[str, dict[str, object]]:
        """Tell of the databases as the program does."""
        return {
            name: {
                "host": "localhost",
                "port": self.port,
                "user": role,
                "database": f"course_{name}",
                **changes.get(name, {}),
            }
            for name, role in ROLES.items()
        }

    @property
    def passfile(self) -> str:
        """Tell the passwords as libpq reads them."""
        return "".join(
            f"localhost:{self.port}:*:{role}:{escaped(PASSWORDS[name])}\n"
            for name, role in ROLES.items()
        )

    def examine(
        self,
        places: dict[str, dict[str, object]] | None = None,
        passfile: str | None = None,
        course: str = "dev",
        *,
        authority: bool = True,
    ) -> tuple[int, str]:
        """Run what an `up` runs ahead of all."""
        asked = {
            "course": course,
            "places": places or self.places(),
            "passfile": self.passfile if passfile is None else passfile,
            "authority": (self.folder / "ca.pem").read_text() if authority else None,
        }
        room = self.folder / "room"
        room.mkdir(exist_ok=True)
        os.chown(room, NOBODY, NOBODY)
        done = subprocess.run(
            ["/usr/bin/python3", "-m", "semesterhub_database", "examine"],
            input=json.dumps(asked),
            env={**self.environment, "TMPDIR": str(room)},
            capture_output=True,
            text=True,
            check=False,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def environment(self) -> dict[str, str]:
        """Give what the image and the program set."""
        return {
            "PATH": f"{self._bin}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "SEMESTERHUB_STACK": "dev",
            "PGSSLMODE": "verify-full",
            "PGCONNECT_TIMEOUT": "10",
        }

    def stop(self) -> None:
        """End it."""
        self._server.terminate()
        self._server.wait(30)
