# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is most of in a log, as canonical JSON written by hand: the codec takes longer."""

from typing import NamedTuple

SOURCE = "git+https://src.fedoraproject.org/rpms/{0}#{1:040x}"


def moment(at: str, event: int) -> str:
    """A moment of Koji's."""
    return f'["{at}",{event}]'


class Said(NamedTuple):
    """What an event's envelope says: when, by Koji's event, through what, in which operation."""

    at: str
    via: str
    correlation: str
    koji_event: int = 0
    actor: str = ""
    causation: str = ""

    def state(self, data: str) -> bytes:
        """The state of an event with these data."""
        actor = f'"actor":"{self.actor}",' if self.actor else ""
        causation = f'"causation":"{self.causation}",' if self.causation else ""
        event = f'"koji_event":{self.koji_event},' if self.koji_event else ""
        meta = f'{actor}{causation}"correlation":"{self.correlation}",{event}'
        when = f'"occurred_at":"{self.at}","via":"{self.via}"'
        return f'{{"data":{data},"meta":{{{meta}{when}}}}}'.encode()


def tagged(build_id: int, nvr: str, tag: str, tag_id: int) -> str:
    """A tagging or untagging that a message tells."""
    return f'{{"build_id":{build_id},"nvr":"{nvr}","tag":"{tag}","tag_id":{tag_id}}}'


def baselined(build_id: int, nvr: str, tag: str, source: str) -> str:
    """A tagging that the baseline tells, with the source."""
    start = f'{{"baseline":true,"build_id":{build_id},"nvr":"{nvr}"'
    return f'{start},"source":"{source}","tag":"{tag}"}}'


def confirmed(build_id: int, tag: str, at: str, *, untag: bool = False) -> str:
    """What Koji's history confirms of a message."""
    of = ',"untag":true' if untag else ""
    return f'{{"build_id":{build_id},"message_at":["{at}",0],"tag":"{tag}"{of}}}'


def identified(build_id: int, source: str) -> str:
    """A source that was looked up."""
    return f'{{"build_id":{build_id},"source":"{source}","task_id":{build_id + 1}}}'


def seen(build_id: int, nvr: str, source: str, dist: str) -> str:
    """A downstream build in the stable tag."""
    start = f'{{"build_id":{build_id},"dist":"{dist}","nvr":"{nvr}"'
    return f'{start},"source":"{source}"}}'


class Verdict(NamedTuple):
    """A verdict's own fields, and those of its basis that are not of the whole pass."""

    build_id: int
    nvr: str
    source: str | None
    reason: str
    row: int
    place: str
    tagging: str
    detail: str = ""
    evidence: str = ""
    changed: str = ""
    plan: str = ""

    def data(self, tag: str, computed_at: int, dist: str, revisions: tuple[str, str, str]) -> str:
        """The data of the event."""
        policy, packages, settings = revisions
        changed = f'"changed":"{self.changed}",' if self.changed else ""
        evidence = f'"evidence":[{self.evidence}],' if self.evidence else ""
        plan = f'"plan":"{self.plan}",' if self.plan else ""
        detail = f'"detail":"{self.detail}",' if self.detail else ""
        source = f'"{self.source}"' if self.source else "null"
        basis = (
            f'{changed}"computed_at":{computed_at},"dist":"{dist}",{evidence}"generation":0,'
            f'"list_revision":"{packages}","mode":"live","place":{self.place},{plan}'
            f'"policy_revision":"{policy}","row":{self.row},"settings_revision":"{settings}",'
            f'"table":1,"tagging":{self.tagging}'
        )
        return (
            f'{{"basis":{{{basis}}},"build_id":{self.build_id},{detail}"nvr":"{self.nvr}",'
            f'"reason":"{self.reason}","source":{source},"tag":"{tag}"}}'
        )


def started(build_id: int, batch: int) -> str:
    """A build that a batch took over."""
    return f'{{"batch":{batch},"build_id":{build_id},"generation":0,"mode":"live"}}'


def built(build_id: int, batch: int, downstream: int, nvr: str) -> str:
    """A build that is rebuilt."""
    return (
        f'{{"batch":{batch},"build_id":{build_id},"downstream_build_id":{downstream},'
        f'"downstream_nvr":"{nvr}","generation":0,"mode":"live"}}'
    )
