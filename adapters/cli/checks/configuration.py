# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of what people configure: whether it is read, and what is in force."""

from collections.abc import Iterator

from adapters.app import App
from adapters.cli.checks.check import Check
from adapters.config.static import Config, unread
from adapters.service.changes import listed
from adapters.words import counted
from domain.policy import revision
from domain.service.decide import Offered
from domain.service.state import Configured, Service

_ADOPT = "ebs config adopt, or a worker"
_LATER = "check the address and the network; the worker tries again by itself"


def settings(config: Config) -> Iterator[Check]:
    """Yield whether all that was set is read: what is not is mostly a slip of the pen."""
    if slips := [f"{name} ({source})" for source, name in unread(config)]:
        do = "correct or remove it; 'ebs config reference' has all"
        yield Check("settings", "warn", f"nobody reads {', '.join(slips)}", do)
    else:
        yield Check("settings", "ok", "each is known")


def checks(app: App) -> Iterator[Check]:
    """Yield what people configure, and whether it is adopted."""
    with app.journal.look() as view:
        service = view.service
    offered = app.configuration.offered()
    yield _policy(app.config.policy, offered, service.configured)
    yield _offered_last(service)
    yield _packages(offered, service.configured)


def _policy(named: str | None, offered: Offered, configured: Configured) -> Check:
    in_force = configured.policy_revision
    if offered.faults:
        return Check("policy", "fail", "; ".join(offered.faults), "mend it: ebs config check")
    if not named and not in_force:
        return Check("policy", "warn", "none is named", "name one with --policy or EBS_POLICY")
    if not named:
        return Check("policy", "ok", f"{in_force} is in force, no other is named")
    if offered.policy is None:
        return Check("policy", "fail", offered.unread, _LATER)
    if revision(offered.policy) != in_force:
        return Check("policy", "warn", f"{offered.origin} is not adopted yet", _ADOPT)
    return Check("policy", "ok", f"{in_force}, from {offered.origin}")


def _offered_last(service: Service) -> Check:
    if not service.rejected:
        return Check("policy offered", "ok", "none was rejected since")
    found = f"the last one was rejected: {'; '.join(service.rejected)}"
    return Check("policy offered", "warn", found, "mend it, then: ebs config adopt")


def _packages(offered: Offered, configured: Configured) -> Check:
    policy, in_force = configured.policy, configured.list_revision
    if offered.packages is not None and revision(offered.packages) != in_force:
        found = f"{counted(len(offered.packages.views), 'name')} offered"
        adopted = f"{len(configured.packages.views):,} in force" if in_force else "none adopted yet"
        return Check("package list", "warn", f"{found}, {adopted}", _ADOPT)
    if policy is not None and not configured.packages.views and not policy.overrides:
        do = "see components in the policy: ebs config check"
        return Check("package list", "warn", "it names nothing, so nothing is rebuilt", do)
    return Check("package list", "ok", listed(configured))
