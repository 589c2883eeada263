"""The way to the authority: Debian's certbot, asked for one certificate at a time."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from semesterhub_acme.errors import AcmeError
from semesterhub_acme.files import Folder
from semesterhub_acme.settings import Settings

# An authority that says nothing for so long will not.
PATIENCE_SECONDS = 300
# The authority lost the account, as a new server of its own would: the next try makes one.
ACCOUNT_LOST = "accountDoesNotExist"


def obtain(settings: Settings, folder: Folder, csr: bytes) -> bytes:
    """Ask the authority for a certificate; return it with its chain, in PEM."""
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        request = place / "request.pem"
        request.write_bytes(csr)
        chain = place / "fullchain.pem"
        config = place / "certbot.ini"
        config.touch(0o600)
        config.write_text(_config(settings))
        account = folder.accounts / settings.account
        arguments = [
            *("certbot", "certonly", "--non-interactive", "--agree-tos", "--no-eff-email"),
            *("--config", str(config), "--csr", str(request)),
            *_proof(settings, folder, place),
            *("--config-dir", str(account), "--work-dir", work, "--logs-dir", f"{work}/logs"),
            *("--cert-path", f"{work}/cert.pem", "--chain-path", f"{work}/chain.pem"),
            *("--fullchain-path", str(chain)),
        ]
        code, said = _run(arguments, _environment(settings, place))
        if code == 0 and chain.exists():
            return chain.read_bytes()
        # What it prints leaves out the kind of an error, its log does not.
        log = place / "logs" / "letsencrypt.log"
        if log.exists() and ACCOUNT_LOST in log.read_text(encoding="utf-8", errors="replace"):
            shutil.rmtree(account, ignore_errors=True)
        raise AcmeError(explain(said))


def _proof(settings: Settings, folder: Folder, place: Path) -> list[str]:
    """Say how the authority is shown that the name is ours."""
    if settings.zone is None:
        return ["--webroot", "--webroot-path", str(folder.challenges)]
    script = place / "zone.sh"
    script.write_text(settings.zone.script)
    # No name or answer goes into a command line: certbot tells them by the environment.
    record = '"_acme-challenge.$CERTBOT_DOMAIN" "$CERTBOT_VALIDATION"'
    return [
        *("--manual", "--preferred-challenges", "dns"),
        *("--manual-auth-hook", f"sh {script} present {record}"),
        *("--manual-cleanup-hook", f"sh {script} remove {record}"),
    ]


def _config(settings: Settings) -> str:
    """Write certbot's configuration: a file, since a process list shows arguments."""
    lines = {"server": settings.directory, "email": settings.email}
    if settings.binding:
        lines |= {"eab-kid": settings.binding.key_id, "eab-hmac-key": settings.binding.key}
    return "".join(f"{key} = {value}\n" for key, value in lines.items())


def _environment(settings: Settings, place: Path) -> dict[str, str]:
    environment = dict(os.environ)
    if settings.zone:
        environment["DNS_CREDENTIALS"] = settings.zone.credentials
    if settings.authority:
        bundle = place / "authority.pem"
        bundle.write_text(settings.authority)
        environment["REQUESTS_CA_BUNDLE"] = str(bundle)
    return environment


def _run(arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    try:
        done = subprocess.run(  # noqa: S603 (a list, no shell)
            arguments,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            # The loop has signals wait for it; certbot is to end when it is told to.
            preexec_fn=_let_signals_through,
        )
    except subprocess.TimeoutExpired as error:
        raise AcmeError(f"the authority did not finish within {PATIENCE_SECONDS} s") from error
    sys.stdout.write(done.stdout)
    return done.returncode, done.stdout


def _let_signals_through() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def explain(said: str) -> str:
    """Find in what certbot said the sentence that says what is wrong."""
    problems = re.findall(r"Type:\s*(\S+)\n\s*Detail:\s*(.+)", said)
    if problems:
        return "; ".join(f"{detail.strip()} ({kind})" for kind, detail in problems)
    unexpected = re.search(r"An unexpected error occurred:\n((?:.+\n?)+)", said)
    if unexpected:
        return unexpected[1].split("\nAsk for help")[0].replace("\n", " ").strip()
    noise = ("Ask for help", "Saving debug log", "See the logfile")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(noise)]
    return telling[-1] if telling else "certbot failed without a word"
