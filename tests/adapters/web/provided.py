# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenID provider on loopback: npm's oidc-provider, installed once for all tests."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

HERE = Path(__file__).with_name("provider")
PINNED = ("package.json", "package-lock.json", ".npmrc")
NEEDED = "EBS_TEST_OIDC"
"""The variable by which missing Node.js is a failure and not a test less; `make web` sets it."""


def installed() -> Path:
    """Return the folder with the provider, installed where it is not yet; whole or not at all."""
    if not (shutil.which("node") and shutil.which("npm")):
        _missing("node and npm (Node.js 20 or later) are not installed")
    pins = b"".join((HERE / name).read_bytes() for name in PINNED)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ebs-tests"
    folder = cache / f"oidc-provider-{sha256(pins).hexdigest()[:12]}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(cache, folder)
    return folder


def _install(cache: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache) as making:
        for name in PINNED:
            shutil.copy(HERE / name, making)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        ran = subprocess.run(
            command, cwd=making, capture_output=True, text=True, timeout=120, check=False
        )
        if ran.returncode:
            _missing(f"npm could not install the provider: {ran.stderr.strip()[-300:]}")
        made = Path(making, "whole")
        made.mkdir()
        shutil.move(Path(making, "node_modules"), made)
        if not folder.exists():
            made.rename(folder)


def _missing(what: str) -> None:
    told = f"the sign-in is not tested against a real provider: {what}"
    if os.environ.get(NEEDED):
        pytest.fail(told)
    pytest.skip(f"{told}; {NEEDED}=1 makes that a failure")


@contextmanager
def provider(
    folder: Path, redirect_uri: str, secret: str, people: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Run a provider that knows these people and their groups; yields its issuer."""
    # Node looks for packages beside the script.
    script = folder / f"provider-{os.getpid()}.mjs"
    shutil.copy(HERE / "provider.mjs", script)
    told = {"PEOPLE": json.dumps(people), "REDIRECT_URI": redirect_uri, "SECRET": secret}
    running = subprocess.Popen(
        ["node", str(script)],
        env={**os.environ, **told},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
    finally:
        running.kill()
        running.communicate()
        script.unlink()
