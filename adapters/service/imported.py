# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes over what ELNBuildSync knew and this service cannot learn from Koji: which sources fail.

What EBS had still to build is in the trigger tag, and what it built in the stable tag, so the
baseline finds both.
"""

from collections.abc import Iterator

from adapters.ports.ebs import EbsRecords
from adapters.service.journal import Draft, Journal, View, package_draft
from adapters.service.operation import Operation
from domain.envelope import Recorded
from domain.package.observe import observe_failure
from domain.values import Moment


def take_over(journal: Journal, found: EbsRecords, operation: Operation) -> list[Recorded]:
    """Record the failures that were not imported before, all or none."""
    return journal.record(lambda view: _failures(view, found, operation))


def _failures(view: View, found: EbsRecords, operation: Operation) -> Iterator[Draft]:
    packages = view.packages({failed.package for failed in found.failed})
    for failed in found.failed:
        detail = f"ELNBuildSync, failed_builds row {failed.row}"
        event = observe_failure(packages[failed.package], failed.source, detail)
        if event is not None:
            meta = operation.meta(moment=Moment(failed.failed_at))
            yield package_draft(failed.package, event, meta)
