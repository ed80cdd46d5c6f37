# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of how much and how fast: the guard and the timers."""

from typing import Annotated

from pydantic import Field

from adapters.config.sections.fields import Count, Interval, Seconds, Section


class Guard(Section):
    """What is too much in 24 hours waits for 'ebs approve'."""

    max_builds: Count = 250
    """Builds that are queued without anybody's approval."""
    max_builds_after_change: Count = 25
    """Those of them that only a change of trigger, policy or package list made due."""


class Timers(Section):
    """How long is waited for what."""

    lull: Seconds = 60
    """Without a new build before a batch starts."""
    longest_wait: Seconds = 900
    """The longest wait for that."""
    configuration: Interval = 900
    """Between two looks at the policy."""
    catch_up: Interval = 900
    """Between two looks at Koji's history, for what the bus did not tell."""
    task_poll: Interval = 300
    """Between two looks at the tasks that run in Koji."""
    failure_expiry_days: Annotated[int, Field(ge=0, le=36_500, title="days")] = 0
    """After so many days a failed source is tried again; 0: never by itself."""
