# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of events, and that what any release stored stays readable and means the same.

``golden/events.json`` shows how events, and the ``meta`` beside them, are ``stored`` and as what
they are to be ``read``. It is only ever added to: a line that no longer fits is a log that can no
longer be read.
"""

import dataclasses
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

import domain
from domain.batch import BatchEvent
from domain.catalogue import EVENTS
from domain.envelope import Event, Meta
from domain.package import PackageEvent
from domain.service import ServiceEvent

GOLDEN: Final = json.loads(Path(__file__).with_name("golden").joinpath("events.json").read_text())

CLASSES: Final[tuple[type[Event], ...]] = (
    *get_args(PackageEvent),
    *get_args(BatchEvent),
    *get_args(ServiceEvent),
)


class Example(NamedTuple):
    """What was stored as which class, and what it is to be read as."""

    kind: type[Struct]
    stored: Any
    read: Any


KINDS: Final[dict[str, type[Struct]]] = {"meta": Meta, **EVENTS}
EXAMPLES: Final = {
    f"{name}-{number}": Example(KINDS[name], **case)
    for name, cases in GOLDEN.items()
    if name in KINDS
    for number, case in enumerate(cases)
}

each_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


def decoded(example: Example) -> Struct:
    """Return what this release makes of an example."""
    return msgspec.convert(example.stored, example.kind)


def plain(value: Any) -> Any:
    """Return a value with every field by its name, also those that are not stored."""
    match value:
        case Struct():
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        case tuple():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case datetime():
            return msgspec.to_builtins(value)
    return value


def agrees(read: Any, expected: Any) -> bool:
    """Whether all that is expected was read; a field of a later release may be there too."""
    if isinstance(expected, dict):
        return all(key in read and agrees(read[key], value) for key, value in expected.items())
    if isinstance(expected, list):
        return len(read) == len(expected) and all(map(agrees, read, expected))
    return type(read) is type(expected) and read == expected


def structs(value: Any) -> Iterator[Struct]:
    """Yield a value's structs, itself among them."""
    match value:
        case Struct():
            yield value
            for name in value.__struct_fields__:
                yield from structs(getattr(value, name))
        case tuple():
            for each in value:
                yield from structs(each)
        case dict():
            yield from structs(tuple(value.values()))


# --- golden examples ---------------------------------------------------------------------------


@each_example
def test_what_was_stored_is_read_as_it_was_meant(example: Example) -> None:
    """Every field has the value it had, given or by default, whatever was added since."""
    assert agrees(plain(decoded(example)), example.read)


@each_example
def test_what_is_stored_today_is_stored_as_ever(example: Example) -> None:
    """The same event is encoded to the same JSON, but for what a later release added."""
    encoded = json.loads(msgspec.json.encode(decoded(example)))
    assert agrees(encoded, example.stored)


@pytest.mark.parametrize("topic", EVENTS)
def test_every_event_has_an_example(topic: str) -> None:
    """An event that is added is shown in golden/events.json from its first release on."""
    assert GOLDEN.get(topic), f"add how {topic!r} is stored to golden/events.json"


def test_every_topic_of_the_past_is_known() -> None:
    """An event once released stays in the catalogue, for logs hold it."""
    assert set(GOLDEN) - set(KINDS) == set()


def test_every_field_is_shown_in_an_example() -> None:
    """Each field of each event, and of what it is made of, is stored somewhere with a value."""
    found = [struct for example in EXAMPLES.values() for struct in structs(decoded(example))]
    shown = {(type(s), f.name) for s in found for f in fields(s) if is_shown(s, f)}
    missing = {(kind, f.name) for kind in map(type, found) for f in fields(kind)} - shown
    assert {f"{kind.__name__}.{name}" for kind, name in missing} == set()


def is_shown(struct: Struct, field: FieldInfo) -> bool:
    """Whether a field has a value other than its default."""
    if field.default_factory is not msgspec.NODEFAULT:
        return bool(getattr(struct, field.name) != field.default_factory())
    return field.required or bool(getattr(struct, field.name) != field.default)


# --- the catalogue -----------------------------------------------------------------------------


def test_no_two_events_share_a_topic() -> None:
    """A topic names one class."""
    assert sorted(EVENTS) == sorted(event.topic for event in CLASSES)


@pytest.mark.parametrize("topic", EVENTS)
def test_a_topic_is_a_name_and_no_path(topic: str) -> None:
    """Words and dashes: it outlives any module or class."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", topic)


def test_every_event_with_a_topic_is_in_the_catalogue() -> None:
    """What can be recorded can be read."""
    assert {event for event in subclasses(Event) if "topic" in vars(event)} == set(CLASSES)


def subclasses(kind: type[Event]) -> Iterator[type[Event]]:
    """Yield the events of the domain below a class."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("domain."):
            yield each
            yield from subclasses(each)


# --- the whole domain --------------------------------------------------------------------------


def classes() -> Iterator[type[Any]]:
    """Yield every class that the domain defines."""
    for found in pkgutil.walk_packages(domain.__path__, "domain."):
        module = importlib.import_module(found.name)
        for each in vars(module).values():
            if isinstance(each, type) and each.__module__ == found.name:
                yield each


STRUCTS: Final = [each for each in classes() if issubclass(each, Struct)]
DATACLASSES: Final = [each for each in classes() if dataclasses.is_dataclass(each)]


@pytest.mark.parametrize("kind", STRUCTS)
def test_every_struct_is_frozen(kind: type[Struct]) -> None:
    """What happened, and what it adds up to, is never changed in place."""
    assert kind.__struct_config__.frozen


@pytest.mark.parametrize("kind", DATACLASSES)
def test_every_dataclass_is_frozen(kind: type[Any]) -> None:
    """Nor is what a decision is taken on."""
    assert kind.__dataclass_params__.frozen


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_an_event_stores_no_defaults(kind: type[Event]) -> None:
    """A default that is not stored keeps events small, and old ones like new ones."""
    assert kind.__struct_config__.omit_defaults
