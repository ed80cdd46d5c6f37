# SPDX-License-Identifier: GPL-3.0-or-later
"""The static configuration: where values come from, and what is said of wrong ones."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from adapters.config.static import load
from adapters.errors import NotPermitted
from adapters.koji.options import Gssapi, HubOptions, Password, hub_options
from domain.errors import Invalid, NotFound
from domain.policy import GuardLimits, Settings
from projections.links import Sites

Toml = Callable[[str], Path]


@pytest.fixture(autouse=True)
def fix_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No EBS_* of whoever runs the tests, and a home of their own."""
    for name in [name for name in os.environ if name.startswith("EBS_")]:
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


def refusal(**options: object) -> str:
    """What is said when loading fails, in one line."""
    with pytest.raises(Invalid) as refused:
        load(**options)
    assert refused.value.do
    return str(refused.value)


class TestSources:
    def test_everything_has_a_default(self, tmp_path: Path) -> None:
        """Without any configuration the service starts, offline and with a state folder at home."""
        config = load()

        assert config.state_dir == tmp_path / ".local/state/ebs"
        assert config.database_url is None
        assert config.koji.profile is None
        assert config.settings() == Settings()

    def test_the_state_folder_follows_xdg(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """XDG_STATE_HOME moves the state folder; a relative one is ignored, as XDG says."""
        monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
        assert load().state_dir == Path("/srv/state/ebs")

        monkeypatch.setenv("XDG_STATE_HOME", "state")
        assert load().state_dir.parts[-3:] == (".local", "state", "ebs")

    def test_ebs_state_dir_goes_before_xdg(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """EBS_STATE_DIR wins over XDG_STATE_HOME; ~ in it is the home."""
        monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
        monkeypatch.setenv("EBS_STATE_DIR", "~/mine")

        assert load().state_dir == tmp_path / "mine"

    def test_option_before_variable_before_file_before_default(
        self, toml: Toml, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An option wins over a variable, a variable over the file, the file over the default."""
        toml("[guard]\nmax_builds = 1\nmax_builds_after_change = 1\n[timers]\nlull = 1")
        monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "2")
        monkeypatch.setenv("EBS_GUARD__MAX_BUILDS_AFTER_CHANGE", "2")

        config = load(guard={"max_builds": 3})

        assert config.settings().guard == GuardLimits(max_builds=3, max_builds_after_change=2)
        assert config.timers.lull == 1
        assert config.timers.longest_wait == 900

    def test_an_option_that_was_not_given_decides_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """None is an option not given, an empty variable one not set."""
        monkeypatch.setenv("EBS_POLICY", "policy.yaml")
        monkeypatch.setenv("EBS_DIST", "")

        config = load(policy=None)

        assert config.policy == "policy.yaml"
        assert config.dist is None

    def test_the_file_may_be_an_option(self, tmp_path: Path) -> None:
        """The option `config` names the file, also over EBS_CONFIG."""
        (tmp_path / "other.toml").write_text('dist = "eln142"')

        assert load(config=tmp_path / "other.toml").dist == "eln142"

    def test_all_settings_that_decide_come_along(self, toml: Toml) -> None:
        """settings() holds what takes part in decisions, the expiry in seconds."""
        toml(
            r"""
            mode = "shadow"
            watched_tags = ['^f4\d$', '^rawhide$']
            koji.stable_tag = "eln-next"
            guard.max_builds = 7
            timers = {lull = 5, longest_wait = 50, failure_expiry_days = 2}
            """
        )

        assert load().settings() == Settings(
            watched_tags=(r"^f4\d$", "^rawhide$"),
            stable_tag="eln-next",
            mode="shadow",
            guard=GuardLimits(max_builds=7),
            lull=5,
            longest_wait=50,
            failure_expiry=172_800,
        )

    def test_a_list_in_a_variable_is_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """watched_tags in the environment is a JSON list; anything else is refused."""
        monkeypatch.setenv("EBS_WATCHED_TAGS", r'["^f\\d+$"]')
        assert load().watched_tags == (r"^f\d+$",)

        monkeypatch.setenv("EBS_WATCHED_TAGS", "^f4")
        assert "watched_tags" in refusal()
        assert "JSON" in refusal()

    def test_words_may_be_in_capitals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The log level may be written as Python writes it."""
        monkeypatch.setenv("EBS_LOG_LEVEL", "DEBUG")

        assert load().log_level == "debug"


class TestSecrets:
    def test_a_secret_may_lie_in_a_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, toml: Toml
    ) -> None:
        """EBS_DATABASE_URL_FILE names a file holding the URL; it wins over the TOML file."""
        toml('database_url = "postgresql://host/other"')
        (tmp_path / "secret").write_text("postgresql://me:pw@host/ebs\n")
        monkeypatch.setenv("EBS_DATABASE_URL_FILE", str(tmp_path / "secret"))

        url = load().database_url

        assert url is not None
        assert url.get_secret_value() == "postgresql://me:pw@host/ebs"

    def test_a_secret_is_never_shown(self, toml: Toml) -> None:
        """Neither the configuration's text nor an error holds the database's address."""
        config = load(database_url="postgresql://me:hunter2@host/ebs")
        assert "hunter2" not in f"{config!r} {config.model_dump_json()}"

        toml('database_url = ["hunter2"]')
        assert "hunter2" not in refusal()
        assert "database_url" in refusal()

    def test_an_absent_secret_file_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A secret file that is missing or empty is an error naming variable and file."""
        monkeypatch.setenv("EBS_DATABASE_URL_FILE", str(tmp_path / "none"))
        with pytest.raises(NotFound, match=r"EBS_DATABASE_URL_FILE.*none"):
            load()

        (tmp_path / "none").write_text(" \n")
        assert "EBS_DATABASE_URL_FILE" in refusal()
        assert "empty" in refusal()

    def test_a_forbidden_secret_file_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A secret file of another user is a missing permission, not a traceback."""

        def forbid(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(Path, "open", forbid)
        monkeypatch.setenv("EBS_DATABASE_URL_FILE", "/run/secrets/url")

        with pytest.raises(NotPermitted, match="EBS_DATABASE_URL_FILE: /run/secrets/url"):
            load()


class TestFaults:
    @pytest.mark.parametrize(
        ("line", "named"),
        [
            ('mode = "lively"', "mode"),
            ("guard.max_builds = -1", "guard.max_builds"),
            ("timers.lull = 1e9", "timers.lull"),
            ("timers.configuration = 0", "timers.configuration"),
            ("timers.catch_up = 0", "timers.catch_up"),
            ("timers.task_poll = -1", "timers.task_poll"),
            ("koji.timeout = 0", "koji.timeout"),
            ("koji.retry = 0", "koji.retry"),
            ("koji.multicall = 0", "koji.multicall"),
            ('koji.profile = "a b"', "koji.profile"),
            ('koji.user = "<b>"', "koji.user"),
            ('koji.principal = "a b"', "koji.principal"),
            ('koji.url = "koji.example/kojihub"', "koji.url"),
            ('bodhi.url = "ftp://bodhi.example/"', "bodhi.url"),
            ('bodhi.url = "https:///releases"', "bodhi.url"),
            ('bodhi.url = "http://[::1"', "bodhi.url"),
            ("bodhi.batch_size = -1", "bodhi.batch_size"),
            ("bodhi.timeout = 0", "bodhi.timeout"),
            ('bodhi.when_late = "wait"', "bodhi.when_late"),
            ("bodhi.stable_longest = 60", "bodhi"),
            ('koji = "f42"', "koji"),
            ('koji.stable_tag = "e<b>ln"', "koji.stable_tag"),
            ("watched_tags = ['^f(']", "watched_tags.0"),
            ("policy = 7", "policy"),
        ],
    )
    def test_a_wrong_value_in_the_file_is_named(self, toml: Toml, line: str, named: str) -> None:
        """A wrong value is an error with the file and the key."""
        path = toml(line)

        assert f"{path}: {named}: " in refusal()

    def test_a_wrong_variable_is_named(self, toml: Toml, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where a variable is wrong, the variable is named, not the file it goes before."""
        toml("[guard]\nmax_builds = 1")
        monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "many")

        assert "EBS_GUARD__MAX_BUILDS: " in refusal()
        assert "'many'" in refusal()

    def test_a_wrong_option_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where an option is wrong, the option is named."""
        monkeypatch.setenv("EBS_MODE", "live")

        assert "option mode: " in refusal(mode="lively")

    def test_all_wrong_values_are_named(self, toml: Toml) -> None:
        """Every wrong value is named at once, so that one round of corrections is enough."""
        toml('mode = "a"\nlog_format = "b"\n[timers]\nlull = "c"')

        assert all(name in refusal() for name in ("mode", "log_format", "timers.lull"))

    def test_a_broken_pattern_says_why(self, toml: Toml) -> None:
        """A pattern that does not compile is refused at load, with the reason of `re`."""
        toml("watched_tags = ['^f[0-9$']")

        assert "'^f[0-9$' is not a regular expression: unterminated character set" in refusal()

    def test_a_file_that_is_no_toml_is_named(self, toml: Toml) -> None:
        """A syntax error names file and line."""
        path = toml("mode = 'live'\nguard = }\n")

        assert str(path) in refusal()
        assert "line 2" in refusal()

    def test_a_file_that_is_no_text_is_named(self, toml: Toml) -> None:
        """Bytes that are no UTF-8 are an error naming the variable and the file."""
        path = toml("")
        path.write_bytes(b"\xff\xfe")

        assert f"EBS_CONFIG: {path}" in refusal()

    def test_a_missing_file_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file that was named and is not there is an error, not the defaults."""
        monkeypatch.setenv("EBS_CONFIG", "/nowhere/ebs.toml")

        with pytest.raises(NotFound, match=r"EBS_CONFIG.*/nowhere/ebs.toml"):
            load()


class TestKoji:
    def test_offline_without_a_hub(self, toml: Toml) -> None:
        """A profile or an address makes it online; neither the target nor a login does."""
        toml('[koji]\nbuild_target = "eln"\nprincipal = "ebs@EXAMPLE.ORG"')

        assert not load().koji.online
        assert load(koji={"profile": "koji"}).koji.online
        assert load(koji={"url": "https://koji.example/kojihub"}).koji.online

    def test_all_of_it_reaches_the_hub(self, toml: Toml, tmp_path: Path) -> None:
        """hub() is what hub_options takes, and nothing that was given is lost on the way."""
        (tmp_path / "password").write_text("hunter2\n")
        toml(
            f"""
            [koji]
            url = "https://koji.example/kojihub"
            user = "ebs"
            password_file = "{tmp_path}/password"
            timeout = 7
            retry = 8
            multicall = 9
            """
        )

        options = hub_options(**load().koji.hub())

        assert options == HubOptions(
            url="https://koji.example/kojihub",
            login=Password("ebs", SecretStr("hunter2")),
            timeout=7,
            retry_for=8,
            batch=9,
        )

    def test_kerberos_reaches_the_hub(
        self, toml: Toml, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A principal, its keytab and where the tickets lie; a ccache need not be a file."""
        monkeypatch.setattr("adapters.koji.options.find_spec", lambda _: True)
        toml(
            """
            [koji]
            url = "https://koji.example/kojihub"
            principal = "ebs/host.example@EXAMPLE.ORG"
            keytab = "~/ebs.keytab"
            ccache = "KEYRING:persistent:1000"
            """
        )

        assert hub_options(**load().koji.hub()).login == Gssapi(
            "ebs/host.example@EXAMPLE.ORG", f"{tmp_path}/ebs.keytab", "KEYRING:persistent:1000"
        )

    def test_the_defaults_are_those_of_the_hub(self) -> None:
        """Who gives nothing but the address has the times that the hub's options have."""
        url = "https://koji.example/kojihub"

        assert hub_options(**load(koji={"url": url}).koji.hub()) == HubOptions(url=url)

    def test_a_login_that_would_be_passed_over_is_refused(self, toml: Toml) -> None:
        """A user without a password file, or two logins, are a mistake; no secret is repeated."""
        toml('[koji]\nuser = "ebs"')
        assert "koji: user is given, and no password_file" in refusal()

        toml('[koji]\nuser = "ebs"\npassword_file = "/run/pw"\nkeytab = "/etc/krb5.keytab"')
        assert "one login is enough" in refusal()

    def test_a_secret_in_an_address_is_refused(self, toml: Toml) -> None:
        """Addresses are shown: a password in one is refused, and not repeated."""
        toml('koji.url = "https://ebs:hunter2@koji.example/kojihub"')

        assert "koji.url: a user or password is in the address" in refusal()
        assert "hunter2" not in refusal()


class TestBodhi:
    @pytest.mark.parametrize(
        ("koji", "bodhi", "mixed"),
        [
            (
                "https://koji.stg.fedoraproject.org/kojihub",
                "https://bodhi.fedoraproject.org/",
                True,
            ),
            (
                "https://koji.fedoraproject.org/kojihub",
                "https://bodhi.stg.fedoraproject.org/",
                True,
            ),
            ("koji", "https://bodhi.stg.fedoraproject.org/", True),
            ("koji", "https://bodhi.fedoraproject.org/", False),
            ("stg", "https://bodhi.stg.fedoraproject.org/", False),
            ("ours", "https://bodhi.stg.fedoraproject.org/", False),
            ("http://127.0.0.1:8089/kojihub", "https://bodhi.stg.fedoraproject.org/", False),
        ],
    )
    def test_staging_and_production_never_mix(
        self, toml: Toml, koji: str, bodhi: str, *, mixed: bool
    ) -> None:
        """Where it can be told that one is Fedora's staging and the other is not, it is refused."""
        key = "url" if "/" in koji else "profile"
        toml(f'koji.{key} = "{koji}"\nbodhi.url = "{bodhi}"')

        if mixed:
            assert "staging" in refusal()
        else:
            assert load().bodhi.url == bodhi

    def test_the_login_is_that_of_the_server(self, toml: Toml, tmp_path: Path) -> None:
        """Staging has a login of its own; the tokens are those of bodhi's own command."""
        toml("")
        assert load().bodhi.provider == "https://id.fedoraproject.org/openidc"
        assert load().bodhi.tokens == tmp_path / ".config/bodhi/client.json"

        toml('bodhi.url = "https://bodhi.stg.fedoraproject.org/"')
        assert load().bodhi.provider == "https://id.stg.fedoraproject.org/openidc"


class TestUnknown:
    def test_unknown_keys_are_warned_of(self, toml: Toml) -> None:
        """A key that nobody reads is warned of with the file; the rest is taken."""
        path = toml('log_levle = "debug"\n[guard]\nmax_bulids = 1\nmax_builds = 9\n[odd]\na = 1')

        with capture_logs() as logs:
            config = load()

        assert config.guard.max_builds == 9
        assert {(log["log_level"], log["source"], log["name"]) for log in logs} == {
            ("warning", str(path), "log_levle"),
            ("warning", str(path), "guard.max_bulids"),
            ("warning", str(path), "odd"),
        }

    def test_unknown_variables_are_warned_of(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An EBS_* variable that sets nothing is warned of, unless it is for the tests."""
        monkeypatch.setenv("EBS_GUARD__MAX_BULIDS", "1")
        monkeypatch.setenv("EBS_TEST_DATABASE_URL", "postgresql://host/test")
        monkeypatch.setenv("EBS_KOJI", '{"build_target": "eln"}')

        with capture_logs() as logs:
            load()

        assert [(log["source"], log["name"]) for log in logs] == [
            ("environment", "EBS_GUARD__MAX_BULIDS")
        ]

    def test_known_settings_are_silent(self, toml: Toml, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is read is not warned of."""
        toml('[koji]\nprofile = "koji"')
        monkeypatch.setenv("EBS_TIMERS__LULL", "5")

        with capture_logs() as logs:
            load(mode="shadow")

        assert logs == []


class TestLinks:
    def test_by_default_people_are_sent_to_fedora(self) -> None:
        """To its Koji and its dist-git."""
        assert load().sites() == Sites()

    def test_each_site_can_be_another(self, toml: Toml) -> None:
        """By the table [links], or a variable of its own."""
        toml('[links]\nkoji = "https://koji.example"\npolicy_commit = "{repository}/c/{commit}"')
        assert load().sites() == Sites(
            koji="https://koji.example", policy_commit="{repository}/c/{commit}"
        )

    def test_a_pattern_without_a_commit_is_refused(self, toml: Toml) -> None:
        """It would send everybody to the same page."""
        toml('[links]\npolicy_commit = "{repository}/commits"')
        assert "policy_commit" in refusal()
