# SPDX-License-Identifier: GPL-3.0-or-later
"""Koji as the use cases see it: what a hub is asked, what it is told, its answers and errors."""

from adapters.ports.koji.answers import (
    BuildSource,
    BuildState,
    BuildTarget,
    Event,
    RepoInfo,
    RepoRequest,
    RepoState,
    SideTag,
    Submitted,
    TaggedBuild,
    TagInfo,
    TagRow,
    TaskInfo,
    TaskState,
    User,
)
from adapters.ports.koji.errors import (
    KojiAmbiguous,
    KojiDenied,
    KojiError,
    KojiPermanent,
    KojiTransient,
)
from adapters.ports.koji.hub import Koji, Progress

__all__ = [
    "Koji",
    "Progress",
    "KojiError",
    "KojiTransient",
    "KojiPermanent",
    "KojiDenied",
    "KojiAmbiguous",
    "TagInfo",
    "TagRow",
    "TaggedBuild",
    "BuildSource",
    "BuildState",
    "BuildTarget",
    "SideTag",
    "RepoInfo",
    "RepoRequest",
    "RepoState",
    "TaskInfo",
    "TaskState",
    "Submitted",
    "Event",
    "User",
]
