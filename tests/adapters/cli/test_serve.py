# SPDX-License-Identifier: GPL-3.0-or-later
"""serve and token: the web side as a process of its own, and who may write there."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.adapters.cli.conftest import Ebs, Process

SECONDS = 20


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


def ports(started: "subprocess.Popen[str]") -> Iterator[int]:
    """Yield the ports that it says it serves on."""
    assert started.stderr is not None
    for line in started.stderr:
        said = json.loads(line)
        if said["event"].startswith("serving"):
            yield said["port"]


def test_it_serves_until_it_is_told_to_stop(ready: Ebs, process: Process) -> None:
    """Both ports answer; a request under way is finished after SIGTERM, and the exit code is 0."""
    serving = process("serve", "--port", "0", "--metrics-port", "0", "--log-format", "json")
    found = ports(serving)
    web, metered = next(found), next(found)

    assert httpx2.get(f"http://127.0.0.1:{web}/alive").text == "alive"
    assert httpx2.get(f"http://127.0.0.1:{web}/status.json").json()["bash"] is None
    told = httpx2.get(f"http://127.0.0.1:{metered}/metrics").text
    assert "ebs_up 1.0" in told
    assert "ebs_decisions_total{reason=" not in told
    with socket.create_connection(("127.0.0.1", web), timeout=SECONDS) as begun:
        begun.sendall(b"POST /trigger HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[")
        time.sleep(0.5)  # until it is under way
        serving.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        begun.sendall(b"]")
        assert begun.recv(100).startswith(b"HTTP/1.1 403")
    serving.communicate(timeout=SECONDS)
    assert serving.returncode == 0


def test_a_port_that_is_taken_is_an_error(ready: Ebs, taken: int) -> None:
    """It says which, and exits 6."""
    ran = ready("serve", "--port", str(taken))

    assert ran.code == 6
    assert f"127.0.0.1:{taken} cannot be listened on" in ran.err


def test_run_serves_where_a_port_is_configured(
    ready: Ebs, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ebs run` is worker and web side in one process."""
    monkeypatch.setenv("EBS_WEB__PORT", "0")
    running = process("run", "--log-format", "json")
    port = next(ports(running))

    assert httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=SECONDS)
    assert running.returncode == 0


def test_a_token_is_shown_once(ready: Ebs) -> None:
    """It is printed when it is made; afterwards only its name and its end are to be had."""
    made = ready("token", "new", "--name", "ci", "--expires", "90d")
    token = made.out.strip()

    assert token.startswith("ebs_")
    assert len(token) > 40
    [listed] = ready("token", "list", "--json").json
    assert (listed["name"], listed["revoked_at"]) == ("ci", None)
    for form in ("--json", "--csv"):
        assert token not in ready("token", "list", form).out
    assert ready("token", "revoke", "ci").code == 0
    assert ready("token", "list", "--json").json[0]["revoked_at"] is not None


def test_tokens_have_names_of_their_own(ready: Ebs) -> None:
    """A name is used once at a time, and is a name; what is not there cannot be revoked."""
    new = ("token", "new", "--expires", "1d", "--name")
    assert ready(*new, "ci").code == 0
    assert ready(*new, "ci").code == 5
    assert ready(*new, "not a name").code == 1
    assert ready("token", "revoke", "nosuch").code == 3
    ready("token", "revoke", "ci")
    assert ready(*new, "ci").code == 0
    assert len(ready("token", "list", "--json").json) == 2


def test_tokens_are_rehearsed(ready: Ebs) -> None:
    """A dry run is refused as the write would be, and otherwise makes and ends none."""
    new = ("token", "new", "--expires", "1d", "--name", "ci")
    rehearsed = ready(*new, "--dry-run")
    assert (rehearsed.code, rehearsed.out) == (0, "")
    assert "ci would be valid until" in rehearsed.err
    assert ready(*new, "--dry-run", "--json").json["token"] is None
    assert ready("token", "list", "--json").json == []
    assert ready("token", "revoke", "ci", "--dry-run").code == 3

    ready(*new)
    assert ready(*new, "--dry-run").code == 5
    assert ready("token", "revoke", "ci", "--dry-run").code == 0
    assert ready("token", "revoke", "ci", "--dry-run", "--json").json["revoked"] is False
    assert ready("token", "list", "--json").json[0]["revoked_at"] is None
    assert ready("token", "revoke", "ci", "--json").json == {"name": "ci", "revoked": True}


def test_faulty_settings_of_the_web_are_told(
    ready: Ebs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider without a client, or too short a key, is an error that names it."""
    monkeypatch.setenv("EBS_OIDC__ISSUER", "https://id.example")
    half = ready("serve", "--port", "0")
    assert (half.code, "client_id" in half.err) == (1, True)
    monkeypatch.delenv("EBS_OIDC__ISSUER")
    key = tmp_path / "key"
    key.write_text("short")
    monkeypatch.setenv("EBS_WEB__SESSION_KEY_FILE", str(key))
    short = ready("serve", "--port", "0")
    assert (short.code, "too short a key" in short.err) == (1, True)
