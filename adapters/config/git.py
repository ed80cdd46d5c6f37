# SPDX-License-Identifier: GPL-3.0-or-later
"""One file out of a git repository, through the ``git`` command.

Every fetch is a shallow one into a new folder that is gone afterwards: a process killed half-way
leaves no lock that would stop the next one, and two processes never meet.
"""

import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct

from adapters.config.files import local_path
from adapters.errors import DependencyDown, NotPermitted
from domain.errors import EbsError, Invalid, NotFound

TIMEOUT: Final = 60.0
"""Seconds that one git command may take."""

USUAL_NAME: Final = "elnbuildsync_dynamic.yaml"

_REMOTE: Final = re.compile(r"(git\+)?(https?|ssh|git)://|git\+file://|[\w.-]+@[\w.-]+:")
_REF: Final = re.compile(r"[A-Za-z0-9_][\w./+@-]*")
_CREDENTIALS: Final = re.compile(r"(https?://)[^/@\s]+@")
# What git says, in English.
_NO_REF: Final = re.compile("couldn't find remote ref|not our ref")
_NO_REPOSITORY: Final = re.compile("not appear to be a git repository|repository '.*' not found")
_NO_ACCESS: Final = re.compile("could not read Username|Authentication failed|Permission denied")
# Variables that would lead git into another repository, as when this runs inside a hook.
_FOREIGN: Final = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"}

_LATER: Final = "check the address and the network; the same call may succeed later"


class Repository(Struct, frozen=True):
    """Where a file lies: ``URL#ref:path``.

    Without a ref the remote's HEAD, without a path the usual name.
    """

    url: str
    ref: str = "HEAD"
    path: str | None = None

    def __str__(self) -> str:
        shown = f"{_without_credentials(self.url)}#{self.ref}"
        return f"{shown}:{self.path}" if self.path else shown


class Fetched(Struct, frozen=True):
    """A file as it is in a commit (40 hex digits); ``origin`` names both to people."""

    content: bytes
    origin: str
    commit: str


def repository(location: str) -> Repository | None:
    """Read a location; None if it is a plain path or ``file:`` URL.

    Raises Invalid if the ref cannot be one.
    """
    url, hash_sign, fragment = location.partition("#")
    if not hash_sign and not _REMOTE.match(location):
        return None
    ref, _, path = fragment.partition(":")
    ref = ref or "HEAD"
    if not url or _REF.fullmatch(ref) is None:
        raise Invalid(
            f"{_without_credentials(location)!r} is not a file in git",
            why=f"{ref!r} cannot be a branch, tag or commit"
            if url
            else "the repository is missing",
            do="write URL#branch or URL#branch:path",
        )
    return Repository(_address(url), ref, path or None)


def _address(url: str) -> str:
    if _REMOTE.match(url) or url.startswith("file:"):
        return url.removeprefix("git+")
    return str(local_path(url))


def fetch(source: Repository, *, cache: Path) -> Fetched:
    """Fetch one file; ``cache`` is a folder for scratch data, made if it is not there.

    Raises DependencyDown (git or the repository does not answer), NotPermitted, or NotFound.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix="policy-", dir=cache, ignore_cleanup_errors=True)
    except OSError as error:
        raise DependencyDown(
            f"no scratch folder in {cache}", why=error.strerror or "", do="check the state folder"
        ) from None
    with folder as name:
        return _file(_Clone(Path(name), source))


class _Clone:
    """A bare repository of one commit."""

    def __init__(self, folder: Path, source: Repository) -> None:
        self.source = source
        self._folder = folder
        self.output("init", "--quiet", "--bare")
        self.output("fetch", "--quiet", "--depth=1", "--no-tags", "--", source.url, source.ref)
        self.commit = self.output("rev-parse", "--verify", "FETCH_HEAD^{commit}").decode().strip()

    def output(self, *arguments: str) -> bytes:
        """What a git command answers. Raises as fetch does."""
        done = self._run(*arguments)
        if done.returncode:
            raise self._failed(done.stderr.decode(errors="replace"))
        return done.stdout

    def blob(self, path: str) -> bytes | None:
        """The file of that path, or None."""
        done = self._run("cat-file", "blob", f"{self.commit}:{path}")
        return None if done.returncode else done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            # A list and no shell; options end before what people wrote.
            return subprocess.run(  # noqa: S603
                ["git", f"--git-dir={self._folder}", *arguments],  # noqa: S607 - as PATH has it
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=TIMEOUT,
            )
        except FileNotFoundError:
            raise self._down("the command git is not installed", "install git") from None
        except subprocess.TimeoutExpired:
            raise self._down(f"no answer within {TIMEOUT:g} s", _LATER) from None

    def _failed(self, said: str) -> EbsError:
        url = _without_credentials(self.source.url)
        why = _without_credentials(" ".join(said.split()))[:500]
        if _NO_REF.search(said):
            return NotFound(f"{url} has no {self.source.ref!r}", do="name a branch, tag or commit")
        if _NO_REPOSITORY.search(said):
            return NotFound(f"there is no git repository {url}", do="check the address")
        if _NO_ACCESS.search(said):
            return NotPermitted(f"{url} may not be read", why=why, do="check the credentials")
        return self._down(why, _LATER)

    def _down(self, why: str, do: str) -> DependencyDown:
        return DependencyDown(f"{self.source} cannot be fetched", why=why, do=do)


def _file(clone: _Clone) -> Fetched:
    path = clone.source.path or _usual(clone)
    content = clone.blob(path)
    if content is None:
        why = f"at commit {clone.commit}"
        raise NotFound(f"{clone.source} has no file {path!r}", why=why, do="check the path")
    origin = str(Repository(clone.source.url, clone.source.ref, path))
    return Fetched(content=content, origin=origin, commit=clone.commit)


def _usual(clone: _Clone) -> str:
    """The file that is meant where none is named."""
    listed = clone.output("ls-tree", "-z", "--name-only", clone.commit).split(b"\0")
    found = [name.decode(errors="replace") for name in listed if name.endswith(b".yaml")]
    if USUAL_NAME in found:
        return USUAL_NAME
    if len(found) == 1:
        return found[0]
    raise NotFound(
        f"{clone.source} has no {USUAL_NAME}",
        why=f"and {len(found)} other files named *.yaml",
        do="name the file: URL#ref:path",
    )


def _environment() -> dict[str, str]:
    """Ours, and never a question at a terminal; English, for the answers are looked at."""
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "LC_ALL": "C",
    }
    inherited = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return {"GIT_SSH_COMMAND": "ssh -oBatchMode=yes", **inherited, **quiet}


def _without_credentials(text: str) -> str:
    """Leave out what may be a password or a token; addresses end up in logs and in events."""
    return _CREDENTIALS.sub(r"\1", text)
