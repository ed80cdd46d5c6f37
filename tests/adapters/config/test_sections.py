# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the static configuration: what of them reaches whom, and what is refused."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.config.static import load
from adapters.koji.options import Gssapi, HubOptions, Password, hub_options
from projections.links import Sites
from tests.adapters.config.given import Toml, refusal


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
