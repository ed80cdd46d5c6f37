# SPDX-License-Identifier: GPL-3.0-or-later
"""The static configuration: where values come from, and what is said of wrong ones."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.config.static import load
from adapters.errors import NotPermitted
from domain.errors import NotFound
from domain.policy import GuardLimits, Settings
from tests.adapters.config.given import Toml, refusal


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

        monkeypatch.setattr("adapters.config.files._at_once", forbid)
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

    def test_variables_that_do_not_go_together_are_named(
        self, toml: Toml, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where a table is wrong as a whole, whoever gave a part of it is named."""
        monkeypatch.setenv("EBS_OIDC__ISSUER", "https://id.example")
        monkeypatch.setenv("EBS_OIDC__CLIENT_ID", "ebs")
        assert "EBS_OIDC__CLIENT_ID, EBS_OIDC__ISSUER: an issuer needs" in refusal()

        path = toml('oidc.admin_groups = ["eln-sig"]')
        assert f"EBS_OIDC__CLIENT_ID, EBS_OIDC__ISSUER, {path}: oidc: an issuer" in refusal()

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
