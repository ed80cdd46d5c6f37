# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy out of git, fetched from real repositories."""

import subprocess
from pathlib import Path

import pytest

from adapters.config import git
from adapters.config.dynamic import PolicyInvalid, load
from adapters.errors import DependencyDown, NotPermitted
from domain.errors import EbsError, Invalid, NotFound

USUAL = "elnbuildsync_dynamic.yaml"


def policy(tag: str) -> str:
    """A small policy."""
    return (
        f"configuration: {{control: {{pause: false, trigger_tag: {tag}}}}}\n"
        "components: {overrides: {a: {}}}\n"
    )


class Upstream:
    """A git repository somebody else commits to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, **files: str) -> str:
        """Commit these files, with ``__`` for the dot; returns the commit id."""
        for name, content in files.items():
            path = self.path / name.replace("__", ".")
            path.write_text(content)
            self.git("add", path.name)
        self.git("commit", "--quiet", "--message=change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def upstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """A repository with the usual file on main; the user's own git configuration is out of it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    repository = Upstream(tmp_path / "upstream")
    repository.commit(elnbuildsync_dynamic__yaml=policy("f41"))
    return repository


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A scratch folder that is not there yet."""
    return tmp_path / "state" / "cache"


class TestFetching:
    @pytest.mark.parametrize(
        "form", ["{}#main", "file://{}#main", "git+file://{}#main", "git+file://{}", "{}#"]
    )
    def test_every_form_of_address_is_fetched(
        self, upstream: Upstream, cache: Path, form: str
    ) -> None:
        """A path, file: and git+ URLs with a ref are git; without a ref HEAD is meant."""
        loaded = load(form.format(upstream.path), cache=cache)

        assert loaded.policy.trigger_tag == "f41"
        assert loaded.commit == upstream.git("rev-parse", "main")

    def test_the_commit_moves_with_the_branch(self, upstream: Upstream, cache: Path) -> None:
        """Each load has what the branch has now, and records its commit."""
        before = load(f"{upstream.path}#main", cache=cache)
        commit = upstream.commit(elnbuildsync_dynamic__yaml=policy("f42"))
        after = load(f"{upstream.path}#main", cache=cache)

        assert (before.policy.trigger_tag, after.policy.trigger_tag) == ("f41", "f42")
        assert before.commit != after.commit == commit

    def test_a_branch_that_was_rewritten_is_fetched(self, upstream: Upstream, cache: Path) -> None:
        """A force-push is nothing special."""
        load(f"{upstream.path}#main", cache=cache)
        (upstream.path / USUAL).write_text(policy("f40"))
        upstream.git("commit", "--quiet", "--all", "--amend", "--message=rewritten")

        assert load(f"{upstream.path}#main", cache=cache).policy.trigger_tag == "f40"

    def test_a_tag_is_a_ref(self, upstream: Upstream, cache: Path) -> None:
        """An annotated tag leads to its commit."""
        upstream.git("tag", "--annotate", "v1", "--message=one")

        assert load(f"{upstream.path}#v1", cache=cache).commit == upstream.git("rev-parse", "main")

    def test_a_commit_is_a_ref(self, upstream: Upstream, cache: Path) -> None:
        """A commit id pins the policy."""
        commit = upstream.git("rev-parse", "main")
        upstream.commit(elnbuildsync_dynamic__yaml=policy("f42"))

        loaded = load(f"{upstream.path}#{commit}", cache=cache)

        assert loaded.policy.trigger_tag == "f41"
        assert loaded.commit == commit

    def test_the_usual_name_goes_first(self, upstream: Upstream, cache: Path) -> None:
        """Among several files the usual name is meant, and the origin names it."""
        upstream.commit(other__yaml=policy("f40"))

        loaded = load(f"{upstream.path}#main", cache=cache)

        assert loaded.policy.trigger_tag == "f41"
        assert loaded.origin == f"{upstream.path}#main:{USUAL}"

    def test_the_only_yaml_file_is_meant(self, upstream: Upstream, cache: Path) -> None:
        """Without the usual name the only *.yaml is taken."""
        upstream.git("mv", USUAL, "policy.yaml")
        upstream.commit(README=":")

        assert load(f"{upstream.path}#main", cache=cache).origin.endswith("#main:policy.yaml")

    def test_a_file_may_be_named(self, upstream: Upstream, cache: Path) -> None:
        """URL#ref:path names any file."""
        upstream.commit(other__yml=policy("f40"))

        assert load(f"{upstream.path}#main:other.yml", cache=cache).policy.trigger_tag == "f40"

    def test_faults_bear_the_place_in_git(self, upstream: Upstream, cache: Path) -> None:
        """A fault's file is the repository, ref and path."""
        upstream.commit(elnbuildsync_dynamic__yaml="- a\n")

        with pytest.raises(PolicyInvalid) as refused:
            load(f"{upstream.path}#main", cache=cache)

        assert refused.value.faults[0].file == f"{upstream.path}#main:{USUAL}"

    def test_nothing_is_left_behind(self, upstream: Upstream, cache: Path) -> None:
        """The scratch folder is empty after a fetch, whether it went well or not."""
        load(f"{upstream.path}#main", cache=cache)
        with pytest.raises(NotFound):
            load(f"{upstream.path}#none", cache=cache)

        assert list(cache.iterdir()) == []

    def test_a_hooks_environment_does_not_lead_astray(
        self, upstream: Upstream, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Variables of a surrounding git command change neither what is read nor another place."""
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "astray"))
        monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))

        assert load(f"{upstream.path}#main", cache=cache).policy.trigger_tag == "f41"
        assert not (tmp_path / "astray").exists()


class TestFailures:
    @pytest.mark.parametrize(
        ("fragment", "said"),
        [
            ("none", "has no 'none'"),
            ("0123456789" * 4, "has no '0123"),
            ("main:none.yaml", "no file 'none.yaml'"),
            ("main:folder", "no file 'folder'"),
            ("main:../other", "no file"),
        ],
    )
    def test_a_missing_ref_or_file_is_not_found(
        self, upstream: Upstream, cache: Path, fragment: str, said: str
    ) -> None:
        """What is not in the repository is named."""
        (upstream.path / "folder").mkdir()
        (upstream.path / "folder" / "file").touch()
        upstream.git("add", "folder")
        upstream.git("commit", "--quiet", "--message=folder")

        with pytest.raises(NotFound, match=said):
            load(f"{upstream.path}#{fragment}", cache=cache)

    def test_two_files_are_too_many(self, upstream: Upstream, cache: Path) -> None:
        """Where the usual name is missing and several files could be meant, it says so."""
        upstream.git("mv", USUAL, "a.yaml")
        upstream.commit(b__yaml=policy("f42"))

        with pytest.raises(NotFound, match="2 other files"):
            load(f"{upstream.path}#main", cache=cache)

    def test_a_missing_repository_is_not_found(self, tmp_path: Path) -> None:
        """A path without a repository is named."""
        with pytest.raises(NotFound, match="there is no git repository"):
            load(f"{tmp_path}/none#main", cache=tmp_path)

    def test_an_unreachable_server_is_down(self, cache: Path) -> None:
        """A server that does not answer is a dependency that is down, worth another try."""
        with pytest.raises(DependencyDown) as down:
            load("http://127.0.0.1:9/policy.git#main", cache=cache)

        assert "127.0.0.1" in down.value.why
        assert down.value.do

    def test_a_password_is_never_shown(self, cache: Path) -> None:
        """Credentials in the address appear in no message: those end up in logs and events."""
        with pytest.raises(DependencyDown) as down:
            load("http://me:hunter2@127.0.0.1:9/policy.git#main", cache=cache)

        assert "hunter2" not in f"{down.value} {down.value.do}"

    def test_git_must_be_installed(
        self, upstream: Upstream, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without the command git the error says what to install."""
        monkeypatch.setenv("PATH", str(upstream.path))

        with pytest.raises(DependencyDown, match="git is not installed"):
            load(f"{upstream.path}#main", cache=cache)

    def test_a_server_may_not_keep_us_waiting(
        self, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A git that hangs is given up after the time-out."""
        fake_git(tmp_path, "exec sleep 30", monkeypatch)
        monkeypatch.setattr(git, "TIMEOUT", 0.1)

        with pytest.raises(DependencyDown, match="no answer within"):
            load("https://git.example/policy.git#main", cache=cache)

    def test_nobody_is_asked_for_a_password(
        self, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Git may not prompt; what needs a login is not permitted."""
        script = (
            'test "$GIT_TERMINAL_PROMPT" = 0 && echo "fatal: could not read Username" >&2; exit 128'
        )
        fake_git(tmp_path, script, monkeypatch)

        with pytest.raises(NotPermitted, match="may not be read"):
            load("https://git.example/policy.git#main", cache=cache)

    def test_an_unwritable_scratch_folder_is_named(self, upstream: Upstream) -> None:
        """Without a place to work in the error names it."""
        with pytest.raises(DependencyDown, match="/dev/null/cache"):
            load(f"{upstream.path}#main", cache=Path("/dev/null/cache"))


class TestInjection:
    @pytest.mark.parametrize(
        "location",
        ["#main", "https://h/r#--upload-pack=x", "https://h/r#a b", "https://h/r#+a", "r#a\0b"],
    )
    def test_what_can_be_no_ref_is_refused(self, location: str, cache: Path) -> None:
        """A fragment that is no ref never reaches git."""
        with pytest.raises(Invalid):
            load(location, cache=cache)

    @pytest.mark.parametrize(
        "location", ["--upload-pack=touch ran#main", "ext::touch% ran#main", "-c#main"]
    )
    def test_an_address_is_never_an_option_or_command(
        self, location: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An address that looks like an option, or like git's way to a command, runs nothing."""
        monkeypatch.chdir(tmp_path)

        with pytest.raises(EbsError):
            load(location, cache=cache)

        assert not (tmp_path / "ran").exists()


def fake_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a git of our own first in PATH."""
    command = folder / "bin" / "git"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
