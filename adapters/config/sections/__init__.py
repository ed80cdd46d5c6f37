# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the static configuration, with the default of each key."""

from adapters.config.sections.building import Bodhi, Koji, Links
from adapters.config.sections.pace import Guard, Timers
from adapters.config.sections.serving import Oidc, Web
from adapters.config.sections.telling import Bus, Mail

__all__ = ["Bodhi", "Bus", "Guard", "Koji", "Links", "Mail", "Oidc", "Timers", "Web"]
