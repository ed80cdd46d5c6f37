# SPDX-License-Identifier: GPL-3.0-or-later
"""What batches need of a hub: side tags, what is tagged into them, repositories, promotion."""

from collections.abc import Collection, Iterable

from adapters.koji import answers
from adapters.koji.session import Call, Sessions
from adapters.ports.koji import KojiError, KojiPermanent, Progress, RepoRequest, SideTag


class Batches:
    """The part of the port ``Koji`` that is asked by nobody else."""

    def __init__(self, hub: Sessions) -> None:
        self._hub = hub

    def side_tags(self, base: str | int, user_id: int) -> list[SideTag]:
        """``listSideTags`` does not tell when one was made: a new one is known by its id."""
        found = self._hub.call("listSideTags", basetag=base, user=user_id)
        return [answers.side_tag(row) for row in found]

    def create_side_tag(self, base: str | int) -> SideTag:
        """``createSideTag`` is not idempotent, and silent on the bus."""
        return answers.side_tag(self._hub.call("createSideTag", base, write=True))

    def remove_side_tag(self, tag_id: int) -> None:
        """``removeSideTag`` is refused the second time, as of a tag that never was."""
        try:
            self._hub.call("removeSideTag", tag_id, write=True)
        except KojiPermanent as error:
            if "No such tagInfo" not in error.why:
                raise

    def tag_builds(
        self, tag_id: int, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, KojiError | None]:
        """``tagBuild`` is for the owner of a side tag; ``tagBuildBypass`` asks for a permission."""
        ids = list(build_ids)
        calls = [Call("tagBuild", tag_id, build_id) for build_id in ids]
        return _refusals(ids, self._hub.write_all(calls, progress), done="already tagged")

    def request_repo(self, tag_id: int) -> RepoRequest:
        """``repo.request`` of the last event; of any other, a repository may be an hour too old."""
        return answers.repo_request(self._hub.call("repo.request", tag_id, min_event="last"))

    def repo_request(self, request_id: int) -> RepoRequest:
        """``repo.checkRequest`` knows a request for some time after it is over."""
        try:
            return answers.repo_request(self._hub.call("repo.checkRequest", request_id))
        except KojiPermanent as error:
            if "No such request" not in error.why:
                raise
            return RepoRequest(request_id, None, active=False)

    def promote(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, KojiError | None]:
        """``promoteBuild`` by id: a draft's NVR is gone with its promotion."""
        ids = list(build_ids)
        calls = [Call("promoteBuild", build_id) for build_id in ids]
        return _refusals(ids, self._hub.write_all(calls, progress), done="Not a draft build")


def _refusals(
    ids: Iterable[int], told: Iterable[object], *, done: str
) -> dict[int, KojiError | None]:
    """Keep the errors, but for the one that says that there is nothing left to do."""
    return {
        i: answer if isinstance(answer, KojiError) and done not in answer.why else None
        for i, answer in zip(ids, told, strict=True)
    }
