# SPDX-License-Identifier: GPL-3.0-or-later
"""cleanup: what is left over in Koji is shown, and goes only by its name where it is another's."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions
from adapters.sandbox.hub import Hub, Server
from tests.adapters.cli.conftest import Ebs
from tests.adapters.cli.test_doctor_koji import OURS, hub_world


@pytest.fixture
def strange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: Ebs) -> Iterator[str]:
    """The name of a side tag of ours that this log did not make, in the hub that is configured."""
    (tmp_path / "password").write_text("ebs\n")
    with Server(Hub(hub_world())) as server:
        monkeypatch.setenv("EBS_KOJI__URL", server.url)
        monkeypatch.setenv("EBS_KOJI__USER", "ebs")
        monkeypatch.setenv("EBS_KOJI__PASSWORD_FILE", str(tmp_path / "password"))
        with closing(KojiHub(HubOptions(url=server.url, login=OURS))) as koji:
            yield koji.create_side_tag("eln-build").name


def test_what_another_made_goes_by_its_name_only(ready: Ebs, strange: str) -> None:
    """It is shown with what it may be; a dry run and one without names leave it alone."""
    for arguments in (("--dry-run",), ()):
        ran = ready("cleanup", *arguments)
        assert (ran.code, ran.out.splitlines()[1].split()[::2]) == (0, [strange, "-"])
        assert "without a batch: " in ran.err
    [listed] = ready("cleanup", "--json").json
    assert (listed["name"], listed["batch"], listed["running"]) == (strange, None, 0)

    assert ready("cleanup", "nosuch", "--yes").code == 3
    assert "1 side tag removed" in ready("cleanup", strange, "--yes").err
    ran = ready("cleanup", "--dry-run")
    assert (ran.code, ran.out, ran.err) == (0, "", "nothing is left over\n")
