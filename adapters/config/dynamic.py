# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy: EBS's ``elnbuildsync_dynamic.yaml``, read as it is, from a file or from git.

Two older forms are known. EBS's own with the static keys in the same file is read, ``trigger_tag``
being taken from ``configuration.koji``; DistroBaker's is refused with the new names.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

from msgspec import Struct
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from adapters.config import git
from adapters.config.checks import Name, Pattern
from adapters.config.document import LIMIT, UNREADABLE, Document, Fault, PolicyInvalid, Where
from adapters.config.files import is_file, local_path, read
from domain.policy import Override, PackageListSource, Policy

__all__ = ["Fault", "LoadedPolicy", "PolicyInvalid", "load", "parse"]

CONTENT_RESOLVER: Final = "https://tiny.distro.builders"

_STATIC: Final = {"koji", "bodhi", "db", "open_id_connect", "email"}
_CONTROL: Final = ("configuration", "control")
_DISTROBAKER: Final = (
    "this is DistroBaker's format: configuration.trigger.rpms is now "
    "configuration.control.trigger_tag; control.autopackagelist is components.autopackagelist; "
    "the lists below skip_tag.rpms and exclude.rpms stand directly under skip_tag and exclude; "
    "components.rpms is components.overrides, with upstream_name in place of source"
)


class LoadedPolicy(Struct, frozen=True):
    """A policy, where it came from, its git commit if it has one, and what was not understood."""

    policy: Policy
    origin: str
    commit: str | None = None
    warnings: tuple[Fault, ...] = ()


def load(location: str, *, cache: Path) -> LoadedPolicy:
    """Load from a path, a ``file:`` URL, or git (``URL#ref``, ``URL#ref:path``).

    Raises PolicyInvalid with every fault; NotFound, NotPermitted or Invalid for the location;
    DependencyDown if git does not answer.
    """
    # A file that bears a # in its name is still a file.
    source = None if is_file(location) else git.repository(location)
    if source is None:
        path = local_path(location)
        return parse(read(path, limit=LIMIT), str(path))
    fetched = git.fetch(source, cache=cache)
    return _parse(fetched.content, fetched.origin, fetched.commit)


def parse(content: str | bytes, origin: str) -> LoadedPolicy:
    """Read a policy; ``origin`` names it in faults. Raises PolicyInvalid with every fault."""
    return _parse(content, origin, None)


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


class _Control(_Shape):
    pause: bool
    trigger_tag: Name
    skip_tag: list[Pattern] = []
    exclude: list[Pattern] = []
    ordering: dict[Pattern, int] = {}
    status_interval: Annotated[int, Field(gt=0)] = 600


class _Configuration(_Shape):
    control: _Control


_Names = Annotated[
    list[Name],
    Field(min_length=1),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
]


class _AutoPackageList(_Shape):
    view: _Names
    source: _Names
    content_resolver: Annotated[str, Field(min_length=1)] = CONTENT_RESOLVER


class _Override(_Shape):
    upstream_name: Name | None = None


class _Components(_Shape):
    autopackagelist: _AutoPackageList | None = None
    overrides: dict[Name, _Override] = {}

    @model_validator(mode="after")
    def _names_something(self) -> "_Components":
        if self.autopackagelist is None and not self.overrides:
            raise ValueError("names no package: give autopackagelist, overrides or both")
        return self


class _File(_Shape):
    configuration: _Configuration
    components: _Components


def _parse(content: str | bytes, origin: str, commit: str | None) -> LoadedPolicy:
    document = Document(content, origin)
    _modernise(document)
    faults = list(document.faults)
    try:
        shape = _File.model_validate(document.value)
    except ValidationError as error:
        faults += _faults(document, error)
        raise PolicyInvalid(origin, faults) from None
    if faults:
        raise PolicyInvalid(origin, faults)
    warnings = [document.fault(where, _unread(where)) for where in _unknown(shape, ())]
    in_order = tuple(sorted(warnings, key=lambda warning: warning.line))
    return LoadedPolicy(_policy(shape), origin, commit, in_order)


def _modernise(document: Document) -> None:
    """Bring an older form to the present one. Raises PolicyInvalid for DistroBaker's."""
    configuration = _below(document.value, "configuration")
    if "trigger" in configuration:
        fault = document.fault(("configuration", "trigger"), _DISTROBAKER)
        raise PolicyInvalid(document.origin, [fault])
    control, koji = _below(configuration, "control"), _below(configuration, "koji")
    if control and "trigger_tag" not in control and "trigger_tag" in koji:
        place: Where = (*_CONTROL, "trigger_tag")
        before: Where = ("configuration", "koji", "trigger_tag")
        document.move(koji["trigger_tag"], before, control, place)


def _below(value: Any, key: str) -> dict[str, Any]:
    """The mapping below a key, or an empty one."""
    below = value.get(key) if isinstance(value, dict) else None
    return below if isinstance(below, dict) else {}


def _faults(document: Document, error: ValidationError) -> Iterator[Fault]:
    for detail in error.errors(include_url=False):
        if detail["input"] is not UNREADABLE:
            where = tuple(part for part in detail["loc"] if part != "[key]")
            yield document.fault(where, _reason(detail))


def _reason(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    if detail["type"] in {"model_type", "dict_type"}:
        return "must be a mapping, with `key: value` below it"
    given = repr(detail["input"])
    return f"{detail['msg']}, not {given if len(given) <= 60 else given[:60] + '…'}"  # noqa: PLR2004


def _unknown(shape: BaseModel, where: Where) -> Iterator[Where]:
    """The places of what is written and read by nobody."""
    yield from ((*where, key) for key in shape.model_extra or {})
    for name in type(shape).model_fields:
        yield from _unknown_in(getattr(shape, name), (*where, name))


def _unknown_in(value: Any, where: Where) -> Iterator[Where]:
    if isinstance(value, BaseModel):
        yield from _unknown(value, where)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown_in(item, (*where, key))


def _unread(where: Where) -> str:
    if where[0] == "configuration" and len(where) == 2 and where[1] in _STATIC:  # noqa: PLR2004
        return "static configuration is not read from the policy: move it to the file of EBS_CONFIG"
    return "is not a key of the policy, and was not read"


def _policy(shape: _File) -> Policy:
    control, components = shape.configuration.control, shape.components
    return Policy(
        trigger_tag=control.trigger_tag,
        pause=control.pause,
        exclude=tuple(control.exclude),
        skip_tag=tuple(control.skip_tag),
        ordering=tuple(control.ordering.items()),
        status_interval=control.status_interval,
        autopackagelist=_source(components.autopackagelist),
        overrides={
            name: Override(upstream_name=override.upstream_name or name)
            for name, override in components.overrides.items()
        },
    )


def _source(shape: _AutoPackageList | None) -> PackageListSource | None:
    if shape is None:
        return None
    return PackageListSource(
        view=tuple(shape.view), source=tuple(shape.source), content_resolver=shape.content_resolver
    )
