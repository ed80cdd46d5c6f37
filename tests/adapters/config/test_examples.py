# SPDX-License-Identifier: GPL-3.0-or-later
"""The example configuration is true."""

import tomllib
from pathlib import Path

from structlog.testing import capture_logs

from adapters.config import dynamic, static
from adapters.config.sections import Bodhi, Bus, Koji, Mail, Oidc, Timers, Web
from domain.policy import Names, Settings

EXAMPLES = Path(__file__).parents[3] / "deploy/examples"


def test_the_example_policy_loads(tmp_path: Path) -> None:
    """The example policy loads without a warning, and names what its comments say."""
    loaded = dynamic.load(str(EXAMPLES / "elnbuildsync_dynamic.yaml"), cache=tmp_path)

    assert loaded.warnings == ()
    names = Names(loaded.policy, ["bash"])
    assert names.targets == {"bash": "bash", "freeipa": "ipa", "fedora-repos": "fedora-repos"}
    assert names.excluding("kernel-tools") == "^kernel-(headers|tools)$"


def test_the_example_settings_load() -> None:
    """The example settings load without a warning."""
    with capture_logs() as logs:
        config = static.load(config=EXAMPLES / "ebs.toml")

    assert logs == []
    assert config.state_dir == Path("/var/lib/ebs")


def test_the_example_settings_name_the_defaults(tmp_path: Path) -> None:
    """What is commented out in the example settings is the default, but for dist, hub and bus."""
    text = (EXAMPLES / "ebs.toml").read_text()
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    values = [line for line in lines if line.startswith("[") or " = " in line]
    path = tmp_path / "all.toml"
    path.write_text("\n".join(values))

    config = static.load(config=path)

    assert config.settings() == Settings()
    assert (config.log_level, config.log_format) == ("info", "auto")
    assert config.timers == Timers()
    hub = ("profile", "url", "principal", "keytab", "ccache")
    assert config.koji.model_copy(update=dict.fromkeys(hub)) == Koji()
    assert all(getattr(config.koji, name) for name in hub)
    bodhi = ("url", "login_file", "id_provider", "batch_page")
    assert config.bodhi.model_copy(update=dict.fromkeys(bodhi)) == Bodhi()
    assert all(getattr(config.bodhi, name) for name in bodhi)
    assert config.bus.model_copy(update={"conf": None}) == Bus(conf=None)
    assert config.bus.conf
    account = ("server", "ca_file", "user", "password_file", "sender")
    assert all(getattr(config.mail, name) for name in (*account, "recipients"))
    nobody = {**dict.fromkeys(account), "recipients": ()}
    assert config.mail.model_copy(update=nobody) == Mail()
    own = ("port", "metrics_port", "url", "proxies", "session_key_file")
    assert config.web.model_copy(update={name: getattr(Web(), name) for name in own}) == Web()
    people = ("issuer", "client_id", "client_secret_file", "admin_groups")
    assert config.oidc.model_copy(update={name: getattr(Oidc(), name) for name in people}) == Oidc()
    unset = {"database_url", "config"}
    assert tomllib.loads(path.read_text()).keys() == static.Config.model_fields.keys() - unset
