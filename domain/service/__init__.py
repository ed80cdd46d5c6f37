# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's own life: pauses, configuration, baselines, held plans."""

from domain.service.events import ServiceEvent
from domain.service.evolve import evolve
from domain.service.state import STREAM, Service

__all__ = ["STREAM", "Service", "ServiceEvent", "evolve"]
