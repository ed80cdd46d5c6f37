# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's own log, for tests: what was adopted and said, and what that adds up to."""

from collections.abc import Iterator

from domain.envelope import Event
from domain.service import STREAM, Service, evolve
from domain.service.events import (
    PackageListAdopted,
    PolicyAdopted,
    SettingsAdopted,
    TriggerChanged,
)
from domain.service.state import Configured
from tests.domain.given import Fact


def said(event: Event, at: float = 0, *, correlation: str = "an operation", by: str = "") -> Fact:
    """Return an event of the service."""
    return Fact(STREAM, event, at, correlation=correlation, actor=by)


def adopted(wanted: Configured, at: float = 0, correlation: str = "an operation") -> Iterator[Fact]:
    """Yield the events by which a configuration is adopted whole."""
    assert wanted.policy is not None
    assert wanted.trigger_tag is not None
    for event in (
        SettingsAdopted(wanted.settings_revision, wanted.settings),
        PolicyAdopted(wanted.policy_revision, wanted.policy, "git"),
        TriggerChanged(None, wanted.trigger_tag),
        PackageListAdopted(wanted.list_revision, wanted.packages),
    ):
        yield said(event, at, correlation=correlation)


def after(*facts: Fact, start: Service | None = None) -> Service:
    """Return the service after these."""
    service = start or Service()
    for fact in facts:
        service = evolve(service, fact.recorded(service.position + 1, service.version + 1))
    return service
