# SPDX-License-Identifier: GPL-3.0-or-later
"""Fedora's releases as Bodhi tells of them."""

from typing import Any


def release(number: int, branch: str, state: str, stable_tag: str) -> dict[str, Any]:
    """Return a release as Bodhi tells of it."""
    tag = f"f{number}"
    return {
        "name": f"F{number}",
        "long_name": f"Fedora {number}",
        "version": str(number),
        "id_prefix": "FEDORA",
        "branch": branch,
        "dist_tag": tag,
        "stable_tag": stable_tag,
        "testing_tag": f"{tag}-updates-testing",
        "candidate_tag": f"{tag}-updates-candidate",
        "pending_signing_tag": f"{tag}-signing-pending",
        "pending_testing_tag": f"{tag}-updates-testing-pending",
        "pending_stable_tag": f"{tag}-updates-pending",
        "override_tag": f"{tag}-override",
        "mail_template": "fedora_errata_template",
        "state": state,
        "composed_by_bodhi": state == "current",
        "create_automatic_updates": branch == "rawhide",
        "package_manager": "dnf",
        "testing_repository": "updates-testing",
        "released_on": None,
        "eol": None,
        "setting_status": None,
        "composes": [],
    }
