# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodhi as the use cases see it."""

from typing import Protocol


class Bodhi(Protocol):
    """Where Fedora's releases and updates are kept."""

    def rawhide_tag(self) -> str:
        """Return the tag that Rawhide's builds land in, such as ``f44``.

        Raises DependencyDown where Bodhi does not answer, NotFound where it has no pending release
        of the branch rawhide, Invalid where its answer names no tag, or more than one.
        """
