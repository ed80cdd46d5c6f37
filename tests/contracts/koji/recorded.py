# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings of a real hub, as they lie beside this file."""

import lzma
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

HERE = Path(__file__).parent


class Raised(Struct, frozen=True, rename={"code": "faultCode", "text": "faultString"}):
    """A fault as the client raised it; what the client raises of itself has no code."""

    code: int | None
    text: str


class Recording(Struct, frozen=True):
    """A call of a user and its answer; ``callnum`` as the client counted it."""

    label: str
    user: str | None
    method: str
    args: list[Any]
    kwargs: dict[str, Any]
    result: Any = None
    fault: Raised | None = None
    callnum: int | None = None


class Step(Struct, frozen=True):
    """A step of a flow; ``summary`` has a line for each message that it sent.

    ``calls`` are the recordings that it was made of, where there are any.
    """

    label: str
    result: Any
    error: str | None
    summary: list[str]
    calls: list[str] = []


def recordings() -> list[Recording]:
    """Every recorded call, in the order it was made."""
    return [msgspec.json.decode(line, type=Recording) for line in lines("recordings")]


def steps() -> dict[str, Step]:
    """Every recorded step, by its label."""
    found = [msgspec.json.decode(line, type=Step) for line in lines("steps")]
    return {step.label: step for step in found}


def messages() -> list[dict[str, Any]]:
    """Every recorded message."""
    return [msgspec.json.decode(line) for line in lines("messages")]


def lines(name: str) -> list[bytes]:
    """The lines of a file."""
    return lzma.decompress((HERE / f"{name}.jsonl.xz").read_bytes()).splitlines()
