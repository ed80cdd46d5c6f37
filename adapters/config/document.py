# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as plain values that remember their lines.

Read with the safe loader's grammar, and narrower than it: no aliases (a dozen lines of them can
stand for gigabytes), no tags of one's own, no key twice. Nothing but ``PolicyInvalid`` comes out of
bad input.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import yaml
from msgspec import Struct

from domain.errors import Invalid

LIMIT: Final = 1024 * 1024
"""Bytes that a policy may have; those in use have about ten thousand."""

_DEPTH: Final = 20
_SHOWN: Final = 50
_YAML: Final = "tag:yaml.org,2002:"
# The rest of YAML's numbers (octal, base 60) surprises everyone: they stay text, and are refused.
_WHOLE_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")

Where = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""

UNREADABLE: Final = object()
"""Stands where a fault was found already."""


class Fault(Struct, frozen=True):
    """One thing wrong; ``line`` counts from 1, ``path`` is like ``configuration.control.pause``."""

    file: str
    line: int
    path: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(
            part for part in (f"{self.file}:{self.line}", self.path, self.reason) if part
        )


class PolicyInvalid(Invalid):
    """A policy with faults, in the order of its lines; nothing of it was taken."""

    def __init__(self, origin: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__(
            f"the policy {origin} cannot be used",
            why="\n".join(_shown(self.faults)),
            do="correct the lines named, then try `ebs config check` on it",
        )


def _shown(faults: tuple[Fault, ...]) -> Iterator[str]:
    yield from (str(fault) for fault in faults[:_SHOWN])
    if len(faults) > _SHOWN:
        yield f"… and {len(faults) - _SHOWN} more"


class Document:
    """What a YAML file says, where it says it, and what is wrong with its YAML."""

    def __init__(self, content: str | bytes, origin: str) -> None:
        """Raises PolicyInvalid if it is no YAML; lesser faults are only noted in ``faults``."""
        self.origin = origin
        self.faults: list[Fault] = []
        self._lines: dict[Where, int] = {}
        self.value = self._read(_compose(_decoded(content, origin), origin), ())

    def line(self, where: Where) -> int:
        """The line of a value, or of the nearest thing around it."""
        while where not in self._lines:
            where = where[:-1]
        return self._lines[where]

    def fault(self, where: Where, reason: str) -> Fault:
        """A fault of the value there."""
        return Fault(self.origin, self.line(where), dotted(where), reason)

    def move(self, value: Any, source: Where, into: dict[str, Any], target: Where) -> None:
        """Let a value of an older place stand at its new one, with the line it is written on."""
        into[str(target[-1])] = value
        self._lines[target] = self.line(source)

    def _read(self, node: yaml.Node, where: Where) -> Any:
        self._lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._standard(node, where, "map", self._mapping)
        if isinstance(node, yaml.SequenceNode):
            return self._standard(node, where, "seq", self._sequence)
        return self._scalar(node, where)

    def _standard(
        self, node: yaml.Node, where: Where, tag: str, reader: Callable[[yaml.Node, Where], Any]
    ) -> Any:
        if node.tag != _YAML + tag:
            return self._unreadable(where, f"the tag {node.tag} is not known here")
        return reader(node, where)

    def _mapping(self, node: yaml.Node, where: Where) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, where)
            if key in values:
                first = self.line((*where, key))
                again = Fault(
                    self.origin,
                    key_node.start_mark.line + 1,
                    dotted((*where, key)),
                    f"stands twice, first in line {first}",
                )
                self.faults.append(again)
            elif key is not None:
                self._lines[*where, key] = key_node.start_mark.line + 1
                values[key] = self._read(value_node, (*where, key))
        return values

    def _key(self, node: yaml.Node, where: Where) -> str | None:
        if node.tag == f"{_YAML}str" and _printable(node.value):
            return str(node.value)
        reason = "a key must be text; put it into quotes"
        fault = Fault(self.origin, node.start_mark.line + 1, dotted(where), reason)
        self.faults.append(fault)
        return None

    def _sequence(self, node: yaml.Node, where: Where) -> list[Any]:
        return [self._read(item, (*where, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: yaml.Node, where: Where) -> Any:
        text: str = node.value
        if not _printable(text):
            return self._unreadable(where, "holds a character that cannot be printed")
        if node.tag not in _SCALARS:
            return self._unreadable(where, f"the tag {node.tag} is not known here")
        return _SCALARS[node.tag](text)

    def _unreadable(self, where: Where, reason: str) -> object:
        self.faults.append(self.fault(where, reason))
        return UNREADABLE


def dotted(where: Where) -> str:
    """A place as people write it: ``configuration.control.exclude[1]``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return "".join(parts).removeprefix(".")


def _printable(text: str) -> bool:
    return yaml.SafeLoader.NON_PRINTABLE.search(text) is None


def _whole_number(text: str) -> int | str:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


_SCALARS: Final[dict[str, Callable[[str], Any]]] = {
    f"{_YAML}str": str,
    f"{_YAML}null": lambda _: None,
    f"{_YAML}bool": lambda text: yaml.SafeLoader.bool_values.get(text.lower(), text),
    f"{_YAML}int": _whole_number,
    # Nothing here is measured in these, so that what was written is meant: a tag may look so.
    f"{_YAML}float": str,
    f"{_YAML}timestamp": str,
}


class _Loader(yaml.SafeLoader):
    """Composes nodes, never objects."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise self._refused("an alias (*name) is not read here; write it out")
        self.depth += 1
        if self.depth > _DEPTH:
            raise self._refused("this is nested too deeply")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refused(self, reason: str) -> yaml.MarkedYAMLError:
        event = self.peek_event()  # type: ignore[no-untyped-call] # the stubs leave it out
        return yaml.MarkedYAMLError(problem=reason, problem_mark=event.start_mark)


def _decoded(content: str | bytes, origin: str) -> str:
    if len(content) > LIMIT:
        raise PolicyInvalid(origin, [Fault(origin, 1, "", f"is longer than {LIMIT} bytes")])
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise PolicyInvalid(origin, [Fault(origin, line, "", reason)]) from None


def _compose(text: str, origin: str) -> yaml.Node:
    try:
        loader = _Loader(text)
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context or "is not YAML"
        line = mark.line + 1 if mark else 1
        raise PolicyInvalid(origin, [Fault(origin, line, "", reason)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        reason = f"character U+{error.character:04X} cannot be read"
        raise PolicyInvalid(origin, [Fault(origin, line, "", reason)]) from None
    except (ValueError, OverflowError) as error:
        # The scanner lets escapes beyond Unicode and endless version numbers through to Python.
        raise PolicyInvalid(origin, [Fault(origin, 1, "", f"is not YAML: {error}")]) from None
    if node is None:
        raise PolicyInvalid(origin, [Fault(origin, 1, "", "is empty")])
    return node
