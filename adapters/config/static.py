# SPDX-License-Identifier: GPL-3.0-or-later
"""The static configuration: options, then ``EBS_*`` variables, then secret files, then TOML.

``EBS_CONFIG`` (or the option) names the TOML file. A table's key has two underscores in its
variable: ``EBS_GUARD__MAX_BUILDS``. A secret ``X`` may lie in the file that ``EBS_X_FILE`` names.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import structlog
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from adapters.config.checks import UNTOLD, Name, Pattern
from adapters.config.files import local_path, read
from adapters.config.sections import Bodhi, Bus, Guard, Koji, Links, Mail, Oidc, Timers, Web
from adapters.config.sections.building import is_staging
from adapters.config.sections.fields import DAY, LocalPath
from adapters.config.unknown import unknown_keys, unknown_variables
from domain.errors import EbsError, Invalid
from domain.policy import GuardLimits, Settings
from domain.values import Mode
from projections.links import Sites

PREFIX: Final = "EBS_"
SECRETS: Final = ("database_url",)
"""What may lie in a file of its own, and is never shown."""

_LIMIT: Final = 1024 * 1024

_log = structlog.get_logger(__name__)

Lower = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


def _state_home() -> Path:
    """The default state folder. Raises Invalid where the user has no home."""
    given = os.environ.get("XDG_STATE_HOME", "")
    # A relative one is to be ignored, says the XDG specification.
    home = Path(given) if given.startswith("/") else local_path("~/.local/state")
    return home / "ebs"


class Config(BaseSettings):
    """What is given once, at the start of a process; a table for each part of the service."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    config: LocalPath | None = None
    """The file of all this, in TOML."""
    state_dir: LocalPath = Field(default_factory=_state_home)
    """What is kept between restarts; by default $XDG_STATE_HOME/ebs, or ~/.local/state/ebs."""
    database_url: SecretStr | None = None
    """The PostgreSQL in place of the embedded one; better in the file of EBS_DATABASE_URL_FILE."""
    policy: str | None = None
    """The policy: a file, or a git URL#branch, or URL#branch:path."""
    dist: Name | None = None
    """What rpm.macro.eln is while no Koji hub is configured that could be asked."""
    mode: Mode = "live"
    """Each sees only what it did itself; shadow is beside another service, and builds nothing."""
    watched_tags: tuple[Pattern, ...] = (r"^f\d+$",)
    """Patterns of the tags whose builds are recorded."""
    log_level: Annotated[Literal["debug", "info", "warning", "error", "critical"], Lower] = "info"
    """What is logged."""
    log_format: Annotated[Literal["auto", "json", "console"], Lower] = "auto"
    """How: auto is console on a terminal, else JSON."""
    koji: Koji = Koji()
    bodhi: Bodhi = Bodhi()
    bus: Bus = Field(default_factory=Bus)
    mail: Mail = Mail()
    web: Web = Web()
    oidc: Oidc = Oidc()
    guard: Guard = Guard()
    timers: Timers = Timers()
    links: Links = Links()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources; the first that has a key wins."""
        file = _file(init_settings())
        toml = _read_toml(file) if file else {}
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, _read_secrets()),
            InitSettingsSource(settings_cls, toml),
        )

    def sites(self) -> Sites:
        """Where people look things up."""
        return Sites(**self.links.model_dump())

    def settings(self) -> Settings:
        """The part that takes part in decisions."""
        return Settings(
            watched_tags=self.watched_tags,
            stable_tag=self.koji.stable_tag,
            mode=self.mode,
            guard=GuardLimits(**self.guard.model_dump()),
            lull=self.timers.lull,
            longest_wait=self.timers.longest_wait,
            failure_expiry=self.timers.failure_expiry_days * DAY,
        )


def load(**options: Any) -> Config:
    """Load from every source; ``options`` win, None meaning that one was not given.

    Raises Invalid, naming each wrong value's file, variable or option. What is not known is only
    warned of: it may be meant for another version.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        config = Config(**given)
    except ValidationError as error:
        raise _invalid("\n".join(_described(given, e) for e in error.errors())) from None
    except SettingsError as error:
        raise _invalid(f"{error}: tables and lists are written as JSON") from None
    if _mixes(config):
        raise _invalid("one of koji and bodhi is Fedora's staging, and the other is not")
    for source, name in unread(config):
        _log.warning("unknown setting", source=source, name=name)
    return config


def _mixes(config: Config) -> bool:
    """Whether staging and production would meet, as far as that can be told."""
    hub, bodhi = is_staging(config.koji.url or config.koji.profile), is_staging(config.bodhi.url)
    return None not in (hub, bodhi) and hub != bodhi


def unread(config: Config) -> Iterator[tuple[str, str]]:
    """Yield what somebody set and nobody reads: in which file, or the environment, and its name."""
    if config.config is not None:
        for key in unknown_keys(_read_toml(config.config), Config):
            yield str(config.config), key
    secret_files = [f"{name}_file" for name in SECRETS]
    for name in unknown_variables(PREFIX, Config, secret_files):
        yield "environment", name


def _file(options: Mapping[str, Any]) -> Path | None:
    named = options.get("config") or os.environ.get(f"{PREFIX}CONFIG")
    return local_path(str(named)) if named else None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path, f"{PREFIX}CONFIG"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _invalid(f"{path}: {error}") from None


def _read_secrets() -> dict[str, str]:
    files = {name: os.environ.get(variable(f"{name}_file")) for name in SECRETS}
    return {name: _secret(name, Path(file)) for name, file in files.items() if file}


def _secret(name: str, path: Path) -> str:
    named = variable(f"{name}_file")
    text = _read(path, named).strip()
    if not text:
        raise _invalid(f"{named}: {path} is empty")
    return text


def _read(path: Path, variable: str) -> str:
    try:
        return read(path, limit=_LIMIT).decode()
    except EbsError as error:
        raise type(error)(f"{variable}: {error.what}", why=error.why, do=error.do) from None
    except UnicodeDecodeError:
        raise _invalid(f"{variable}: {path} is not UTF-8 text") from None


def _invalid(why: str) -> Invalid:
    return Invalid("the configuration cannot be used", why=why, do="correct what is named")


def _described(options: Mapping[str, Any], error: ErrorDetails) -> str:
    where = [str(part) for part in error["loc"]]
    context = error.get("ctx", {})
    why = str(context["error"]) if error["type"] == "value_error" else error["msg"]
    untold = where[0] in SECRETS or error["type"] == UNTOLD or isinstance(error["input"], Mapping)
    if untold:
        return f"{_culprit(options, where)}: {why}"
    return f"{_culprit(options, where)}: {why}, not {str(error['input'])[:60]!r}"


def _culprit(options: Mapping[str, Any], where: list[str]) -> str:
    """Who gave the value that counts: the same order as the sources'."""
    if where[0] in options:
        return f"option {'.'.join(where)}"
    variables = {name.lower(): name for name in os.environ}
    for end in range(len(where), 0, -1):
        if found := variables.get(variable("__".join(where[:end])).lower()):
            return found
    of_a_table = variable("__".join([*where, ""])).lower()
    given = [name for lower, name in sorted(variables.items()) if lower.startswith(of_a_table)]
    if file := _file(options):
        given.append(f"{file}: {'.'.join(where)}")
    return ", ".join(given)


def variable(name: str) -> str:
    """Return the variable of a key; one of a table is named ``table__key``."""
    return f"{PREFIX}{name}".upper()
