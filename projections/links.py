# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people look things up: the one place where addresses are made."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct

from domain.package.events import Identified, Tagged, Verdict


class Adoption(Struct, frozen=True):
    """Where a revision of the policy came from."""

    origin: str
    commit: str | None = None


class Sites(Struct, frozen=True):
    """The addresses of the pages of Koji, dist-git and Bodhi, and how a forge shows a commit.

    ``policy_commit`` is a pattern of the policy's ``{repository}`` and ``{commit}``.
    """

    koji: str = "https://koji.fedoraproject.org/koji"
    dist_git: str = "https://src.fedoraproject.org/rpms"
    policy_commit: str = "{repository}/-/commit/{commit}"
    bodhi: str = "https://bodhi.fedoraproject.org"

    def build(self, number: int) -> str:
        """Return where Koji shows a build."""
        return self._at("buildinfo", "buildID", number)

    def task(self, number: int) -> str:
        """Return where Koji shows a task."""
        return self._at("taskinfo", "taskID", number)

    def project(self, package: str) -> str:
        """Return where dist-git shows a package."""
        return f"{self.dist_git.rstrip('/')}/{quote(package, safe='')}"

    def source(self, package: str, source: str) -> str:
        """Return where dist-git shows the commit of a source, empty where it names none."""
        _, _, commit = source.partition("#")
        if not commit:
            return ""
        return f"{self.project(package)}/c/{quote(commit, safe='')}"

    def update(self, alias: str) -> str:
        """Return where Bodhi shows an update."""
        return f"{self.bodhi.rstrip('/')}/updates/{quote(alias, safe='')}"

    def of(self, package: str, adopted: Mapping[str, Adoption], event: Any) -> dict[str, str]:
        """Return the addresses of all that an event of a package names, each by its kind.

        ``adopted`` says where which revision of the policy came from.
        """
        found = {kind: self._koji(kind, event) for kind in _IN_KOJI}
        if isinstance(event, Tagged | Identified | Verdict) and event.source:
            found["source"] = self.source(package, event.source)
        if isinstance(event, Verdict):
            found["policy"] = self.commit(adopted.get(event.basis.policy_revision))
        return {kind: address for kind, address in found.items() if address}

    def commit(self, adoption: Adoption | None) -> str:
        """Return where the forge shows the commit, empty where the policy came from no forge."""
        if adoption is None or not adoption.commit:
            return ""
        repository = adoption.origin.partition("#")[0].removesuffix("/").removesuffix(".git")
        if urlsplit(repository).scheme not in {"http", "https"}:
            return ""
        commit = quote(adoption.commit, safe="")
        return self.policy_commit.replace("{commit}", commit).replace("{repository}", repository)

    def _koji(self, kind: str, event: Any) -> str:
        field, page, parameter = _IN_KOJI[kind]
        number = getattr(event, field, None)
        return self._at(page, parameter, number) if isinstance(number, int) else ""

    def _at(self, page: str, parameter: str, number: int) -> str:
        return f"{self.koji.rstrip('/')}/{page}?{urlencode({parameter: number})}"


_IN_KOJI = {
    "build": ("build_id", "buildinfo", "buildID"),
    "rebuild": ("downstream_build_id", "buildinfo", "buildID"),
    "task": ("task_id", "taskinfo", "taskID"),
    "tag": ("tag_id", "taginfo", "tagID"),
}
"""What events name of Koji's: the field, and the page and parameter that show it."""
