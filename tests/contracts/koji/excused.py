# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings of offered methods that do not judge the hub, each with the reason."""

from typing import Final

SIDE_TAG: Final = "after editSideTag, which the hub does not offer yet"
BLOCKED: Final = "a tag that blocks an extra of its parent: only side tags were seen to"
TWICE: Final = "the call before it under another name: what it promoted is promoted by now"
OTHER_TABLE: Final = "of the tables of history only tag_listing is kept"

EXCUSED: Final[dict[str, str]] = {
    "drafts/023-getTag-sidetag-with-own-macro": SIDE_TAG,
    "drafts/024-getBuildConfig-sidetag-own-macro-wins": SIDE_TAG,
    "drafts/027-editTag2-block_extra-in-sidetag-by-admin": BLOCKED,
    "drafts/028-getBuildConfig-sidetag-macro-blocked": BLOCKED,
    "drafts/030-getTag-sidetag-macro-blocked-blocked-True": BLOCKED,
    "drafts/033-queryHistory-tag_extra": OTHER_TABLE,
    "drafts/087-promoteBuild-force-by-owner-not-admin": TWICE,
}
