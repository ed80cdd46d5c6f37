# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages that this service sends: for fedora-messaging a class a topic, with its schema.

They are registered as ``fedora.messages``, so that whoever has this distribution installed receives
them as these classes; anybody else receives the same body as the library's plain ``Message``. A
body may gain a property; what changes its meaning is another topic.
"""

from datetime import datetime
from typing import Any, ClassVar, Final

from fedora_messaging.message import WARNING, Message

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_NAMES: Final = {"type": "array", "items": _TEXT}
_MODE: Final = {"enum": ["live", "scratch", "shadow"]}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
    }


class EbsMessage(Message):
    """What all of them have in common; the topic lies behind the prefix that is configured."""

    def of_event(self, event_id: str, at: datetime) -> "EbsMessage":
        """Bear the id and the time of an event, so that the message sent again is the same one."""
        self.id = event_id
        self._headers["sent-at"] = at.replace(microsecond=0).isoformat()
        return self

    @property
    def app_name(self) -> str:
        return "ELNBuildSync"

    @property
    def packages(self) -> list[str]:
        body = self.body
        listed = (*body.get("packages", ()), *body.get("built", ()), *body.get("failed", ()))
        return sorted({*listed, *filter(None, [body.get("package")])})


class BatchStarted(EbsMessage):
    """Builds are rebuilt together from now on."""

    topic = "elnbuildsync.batch.started"
    body_schema: ClassVar = _object(batch=_NUMBER, mode=_MODE, target=_TEXT, packages=_NAMES)

    @property
    def summary(self) -> str:
        return f"batch {self.body['batch']} of {len(self.body['packages'])} packages has started"


class BatchFinished(EbsMessage):
    """Every build of a batch has ended."""

    topic = "elnbuildsync.batch.finished"
    body_schema: ClassVar = _object(batch=_NUMBER, mode=_MODE, built=_NAMES, failed=_NAMES)

    @property
    def summary(self) -> str:
        built, failed = len(self.body["built"]), len(self.body["failed"])
        return f"batch {self.body['batch']} has finished: {built} built, {failed} not"


class PackageRebuilt(EbsMessage):
    """A build of Rawhide was rebuilt for ELN; downstream is what came of it."""

    topic = "elnbuildsync.package.rebuilt"
    body_schema: ClassVar = _object(
        package=_TEXT,
        build_id=_NUMBER,
        mode=_MODE,
        batch=_or_null(_NUMBER),
        downstream_build_id=_or_null(_NUMBER),
        downstream_nvr=_or_null(_TEXT),
    )

    @property
    def summary(self) -> str:
        return f"{self.body['package']} was rebuilt: {self.body['downstream_nvr']}"


class PlanHeld(EbsMessage):
    """More is due at once than the guard lets pass; a person is to look."""

    topic = "elnbuildsync.plan.held"
    severity = WARNING
    body_schema: ClassVar = _object(plan=_TEXT, reason=_TEXT, builds=_NUMBER)

    @property
    def summary(self) -> str:
        return f"plan {self.body['plan']} of {self.body['builds']} builds is held"


class Paused(EbsMessage):
    """Nothing is queued from now on, until ``until`` where that is known."""

    topic = "elnbuildsync.paused"
    body_schema: ClassVar = _object(by=_TEXT, reason=_TEXT, until=_or_null(_TEXT))

    @property
    def summary(self) -> str:
        return f"{self.body['by']} paused: {self.body['reason']}"

    @property
    def agent_name(self) -> str:
        return str(self.body["by"])


class Resumed(EbsMessage):
    """What is due is queued again."""

    topic = "elnbuildsync.resumed"
    body_schema: ClassVar = _object(by=_TEXT, reason=_TEXT)

    @property
    def summary(self) -> str:
        return f"{self.body['by']} resumed"

    @property
    def agent_name(self) -> str:
        return str(self.body["by"])


MESSAGES: Final = (BatchStarted, BatchFinished, PackageRebuilt, PlanHeld, Paused, Resumed)
"""Every message, in the order in which the documentation has them."""

APPLICATION: Final = "elnbuildsync."
"""How each topic begins, behind the prefix."""

BY_KIND: Final = {each.topic.removeprefix(APPLICATION): each for each in MESSAGES}
