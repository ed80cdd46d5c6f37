# SPDX-License-Identifier: GPL-3.0-or-later
"""A configuration of the test's own."""

import os
from pathlib import Path

import pytest

from tests.adapters.config.given import Toml


@pytest.fixture(autouse=True)
def fix_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting and no bus of whoever runs the tests, and a home of their own."""
    for name in [name for name in os.environ if name.startswith(("EBS_", "FEDORA_MESSAGING_"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def toml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Toml:
    """Writes the file that EBS_CONFIG names."""

    def write(text: str) -> Path:
        path = tmp_path / "ebs.toml"
        path.write_text(text)
        monkeypatch.setenv("EBS_CONFIG", str(path))
        return path

    return write
