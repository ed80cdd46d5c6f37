# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenID provider on loopback: npm's oidc-provider, installed once for all tests."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.fixtures.needed import lack

HERE = Path(__file__).with_name("provider")
PINNED = ("package.json", "package-lock.json", ".npmrc")


def installed() -> Path:
    """Return the folder with the provider; where it cannot be had the test is skipped, or fails."""
    found = _installed()
    if not isinstance(found, Path):
        lack("web", f"the sign-in is not tested against a real provider: {found}")
    return found


@cache
def _installed() -> Path | str:
    """Install it where it is not yet, whole or not at all; return why where that cannot be."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "node and npm (Node.js 20 or later) are not installed"
    pins = b"".join((HERE / name).read_bytes() for name in PINNED)
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ebs-tests"
    folder = caches / f"oidc-provider-{sha256(pins).hexdigest()[:12]}"
    if not folder.exists():
        caches.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=caches) as making:
            if fault := _install(Path(making)):
                return f"npm could not install it: {fault}"
            # Several workers may be at it: the first one's stays.
            with suppress(OSError):
                Path(making, "whole").rename(folder)
    return folder


def _install(making: Path) -> str:
    """Install into a folder below this one; return what went wrong, or nothing."""
    for name in PINNED:
        shutil.copy(HERE / name, making)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        ran = subprocess.run(
            command, cwd=making, capture_output=True, text=True, timeout=90, check=False
        )
    except subprocess.TimeoutExpired:
        return "it takes too long"
    if ran.returncode:
        return ran.stderr.strip()[-300:]
    (making / "whole").mkdir()
    shutil.move(making / "node_modules", making / "whole")
    return ""


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
