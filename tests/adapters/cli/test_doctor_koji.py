# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor finds in Koji, asked over HTTP."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.app import utc_now
from adapters.cli.checks.check import Check
from adapters.cli.checks.koji import koji_checks
from adapters.config.static import Config
from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Login, Password
from adapters.sandbox.hub import Hub, Server, World
from domain.service.state import Configured, Service
from tests.adapters.cli.conftest import Ebs

ALL = (
    "koji",
    "koji login",
    "koji permissions",
    "trigger tag",
    "stable tag",
    "build target",
    "dist",
    "kojira",
    "koji clock",
)
"""Everything that is looked at."""

OURS = Password("ebs", SecretStr("ebs"))
SERVICE = Service(configured=Configured(trigger_tag="f42"), dist="eln142")


def hub_world() -> World:
    """A hub where nothing is wrong, by the clock of this machine."""
    made = World()
    made.add_user("ebs", "tag", "build")
    for name in ("f42", "eln"):
        made.add_tag(name)
    made.add_tag("eln-build", extra={"rpm.macro.eln": 142})
    made.add_target("eln", "eln-build", "eln")
    made.add_repo("eln-build")
    return made


class Site:
    """A hub, and what doctor says of it."""

    def __init__(self) -> None:
        self.world = hub_world()
        self.server = Server(Hub(self.world))
        self.service = SERVICE

    def checks(
        self, *, login: Login | None = OURS, ahead: float = 0, **koji: object
    ) -> dict[str, Check]:
        """Every check by its name, with our clock ahead by so many seconds."""
        url = self.server.url
        asked = KojiHub(HubOptions(url=url, login=login, timeout=5, retry_for=0.3, pause=0.01))
        config = Config(koji={"url": url, **koji})
        found = koji_checks(
            asked, config, self.service, lambda: utc_now() + timedelta(seconds=ahead)
        )
        named = {check.name: check for check in found}
        asked.close()
        return named


@pytest.fixture
def site(nothing_configured: None) -> Iterator[Site]:
    """A hub that is served on loopback."""
    made = Site()
    with made.server:
        yield made


def wrong(checks: dict[str, Check]) -> dict[str, str]:
    """The checks that are not ok, and how they are."""
    return {check.name: check.health for check in checks.values() if check.health != "ok"}


def test_nothing_is_wrong(site: Site) -> None:
    """Where all is well, every check says what it found."""
    checks = site.checks()

    assert tuple(checks) == ALL
    assert wrong(checks) == {}
    assert site.server.url in checks["koji"].found
    assert checks["koji login"].found.startswith("ebs, ")
    assert checks["koji permissions"].found == "build, tag"
    assert checks["build target"].found == "eln, from eln-build into eln"
    assert checks["dist"].found == "eln142"


def test_without_a_hub_there_is_one_check(nothing_configured: None) -> None:
    """Offline is a choice, and nothing is wrong with it."""
    [check] = koji_checks(None, Config(), SERVICE, utc_now)

    assert check == Check("koji", "ok", "offline, none is configured")


def test_a_hub_that_is_away(site: Site) -> None:
    """A hub that does not answer is one failed check, with what to do."""
    site.server.stop()
    checks = site.checks()

    assert wrong(checks) == {"koji": "fail"}
    assert len(checks) == 1
    assert checks["koji"].do


def test_a_hub_that_goes_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found before the hub went away is told, and then that it did."""
    ask = KojiHub.build_target

    def too_late(koji: KojiHub, name: str) -> object:
        site.server.stop()
        return ask(koji, name)

    monkeypatch.setattr(KojiHub, "build_target", too_late)
    checks = site.checks()

    assert tuple(checks) == ALL[:6]
    assert wrong(checks) == {"build target": "fail"}


def test_a_wrong_password(site: Site) -> None:
    """A refused login is one failed check that says what to look at."""
    checks = site.checks(login=Password("ebs", SecretStr("not it")))

    assert wrong(checks) == {"koji": "fail"}
    assert "refused the login" in checks["koji"].found
    assert "not it" not in str(checks)
    assert "password" in checks["koji"].do


def test_nobody_is_logged_in(site: Site) -> None:
    """Without a login the hub can be read, and that is all."""
    checks = site.checks(login=None)

    assert wrong(checks) == {"koji login": "warn"}
    assert "koji.principal" in checks["koji login"].do
    assert "koji permissions" not in checks


def test_without_permissions(site: Site) -> None:
    """That there is no permission is told; what policy allows, only Koji knows."""
    site.world.user("ebs").perms.clear()

    assert site.checks()["koji permissions"] == Check("koji permissions", "ok", "none")


def test_an_unknown_target(site: Site) -> None:
    """Without the target nothing can be built, and its build tag is not known."""
    checks = site.checks(build_target="eln-next")

    assert wrong(checks) == {"build target": "fail"}
    assert "eln-next" in checks["build target"].found
    assert not checks.keys() & {"dist", "kojira"}
    assert "koji clock" in checks


def test_unknown_tags(site: Site) -> None:
    """A tag that Koji does not have is a fault of policy or configuration."""
    site.service = Service(configured=Configured(trigger_tag="f99"), dist="eln142")
    checks = site.checks(stable_tag="nosuch")

    assert wrong(checks) == {"trigger tag": "fail", "stable tag": "fail"}
    assert "policy" in checks["trigger tag"].do
    assert "koji.stable_tag" in checks["stable tag"].do


def test_no_trigger_tag_yet(site: Site) -> None:
    """Without a policy no trigger tag is known; that is said elsewhere."""
    site.service = Service(dist="eln142")

    assert tuple(site.checks()) == tuple(name for name in ALL if name != "trigger tag")


@pytest.mark.parametrize("recorded", ["eln141", None])
def test_another_dist_on_record(site: Site, recorded: str | None) -> None:
    """A dist that was raised, or never read, is warned of."""
    site.service = Service(configured=SERVICE.configured, dist=recorded)
    checks = site.checks()

    assert wrong(checks) == {"dist": "warn"}
    assert checks["dist"].found == f"eln142 by eln-build, on record is {recorded or 'none'}"


def test_a_build_tag_without_a_dist(site: Site) -> None:
    """A build tag without the macro is warned of."""
    site.world.add_tag("bare-build")
    site.world.add_target("bare", "bare-build", "eln")
    site.world.add_repo("bare-build")
    checks = site.checks(build_target="bare")

    assert wrong(checks) == {"dist": "warn"}
    assert "rpm.macro.eln" in checks["dist"].found


def test_kojira_seems_dead(site: Site) -> None:
    """A repository of more than a day, or none, says that kojira may be dead."""
    site.world.repos.clear()
    assert wrong(site.checks()) == {"kojira": "warn"}

    with site.world.at(time.time() - timedelta(hours=25).total_seconds()):
        site.world.add_repo("eln-build")
    checks = site.checks()
    assert wrong(checks) == {"kojira": "warn"}
    assert checks["kojira"].found.startswith("kojira may be dead")

    with site.world.at(time.time() - timedelta(hours=23).total_seconds()):
        site.world.add_repo("eln-build")
    assert wrong(site.checks()) == {}


@pytest.mark.parametrize(
    ("ahead", "health"),
    [(50, None), (-50, None), (120, "warn"), (-120, "warn"), (660, "fail"), (-660, "fail")],
)
def test_a_clock_that_is_off(site: Site, ahead: float, health: str | None) -> None:
    """More than a minute off is warned of, more than ten minutes is a fault, either way."""
    checks = site.checks(ahead=ahead)

    assert wrong(checks).get("koji clock") == health
    if health:
        assert ("fast" if ahead > 0 else "slow") in checks["koji clock"].found


@pytest.fixture
def configured(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The hub as people configure it, with the trigger tag of the test's policy."""
    site.world.add_tag("f41")
    (tmp_path / "password").write_text("ebs\n")
    monkeypatch.setenv("EBS_KOJI__URL", site.server.url)
    monkeypatch.setenv("EBS_KOJI__USER", "ebs")
    monkeypatch.setenv("EBS_KOJI__PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("EBS_KOJI__RETRY", "1")
    return site


def test_the_verb_asks_the_hub_that_is_configured(ready: Ebs, configured: Site) -> None:
    """`ebs doctor` logs in as configured, and its table has what was found."""
    found = {check["name"]: check for check in ready("doctor", "--json").json["checks"]}

    assert set(ALL) <= found.keys()
    assert found["koji login"]["found"].startswith("ebs, ")
    assert found["trigger tag"]["found"].startswith("f41, ")
    assert "eln-build" in ready("doctor").out


def test_the_verb_survives_a_hub_that_is_away(
    ready: Ebs, configured: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer of the hub the others are checked all the same: exit 8, no traceback.

    It is asked no second thing, for which there would be another wait.
    """
    asked: list[KojiHub] = []

    def whoami(koji: KojiHub) -> None:
        asked.append(koji)

    monkeypatch.setattr(KojiHub, "whoami", whoami)
    configured.server.stop()
    ran = ready("doctor")

    assert asked == []
    assert ran.code == 8
    assert "baseline" in ran.out
    assert re.search(r"^koji +fail", ran.out, re.MULTILINE)
    assert "Traceback" not in ran.out + ran.err
