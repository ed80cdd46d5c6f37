# SPDX-License-Identifier: GPL-3.0-or-later
"""fedora-messaging's own configuration file, and what of it a consumer of ours should know."""

import logging
import re
from datetime import datetime
from os.path import expandvars
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificate
from fedora_messaging.config import LazyConfig, conf
from fedora_messaging.exceptions import ConfigurationException

from adapters.bus.messages import TOPICS
from adapters.errors import NotPermitted
from domain.errors import Invalid, NotFound

ENVIRONMENTS: Final = ("org.fedoraproject.prod", "org.fedoraproject.stg")
"""How topics begin in Fedora."""

QUIET: Final = {
    "fedora_messaging": logging.WARNING,
    "pika": logging.WARNING,
    "twisted": logging.WARNING,
}
"""Loggers that say much, some of them two lines a message, and from which level on they may."""


def load(path: Path) -> None:
    """Let the library use this file, which it would pass over where there is none, and hush it.

    Files under ``tls`` may be named by variables: systemd gives each unit a folder of its own.
    Raises NotFound, NotPermitted or Invalid, saying why.
    """
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        for name, level in QUIET.items():
            logging.getLogger(name).setLevel(level)
    try:
        with path.open("rb"):
            given = LazyConfig()  # the library's own would add to what another file said
            given.load_config(str(path))
    except FileNotFoundError:
        do = "correct bus.conf, or FEDORA_MESSAGING_CONF"
        raise NotFound(
            f"there is no file {path}", why="it is to configure the bus", do=do
        ) from None
    except PermissionError:
        raise NotPermitted(f"{path} cannot be read", do="let our user read it") from None
    except (OSError, UnicodeDecodeError, ConfigurationException) as error:
        why = getattr(error, "message", str(error))
        raise Invalid(f"{path} configures no bus", why=why, do="correct it") from None
    conf.clear()
    conf.loaded = True  # or it would load the system's file first
    conf.update(given)
    conf["tls"] = {name: file and expandvars(file) for name, file in conf["tls"].items()}


def broker() -> str:
    """Return the broker's host; the rest of its address may hold a password."""
    return urlsplit(conf["amqp_url"]).hostname or "localhost"


def certificate_ends() -> datetime | None:
    """Return until when the client's certificate holds, None without one.

    Raises NotFound, NotPermitted or Invalid where it cannot be read.
    """
    file = conf["tls"].get("certfile")
    if not file:
        return None
    try:
        return load_pem_x509_certificate(Path(file).read_bytes()).not_valid_after_utc
    except FileNotFoundError:
        raise NotFound(f"there is no certificate {file}", do="correct tls.certfile") from None
    except PermissionError:
        raise NotPermitted(f"{file} cannot be read", do="let our user read it") from None
    except (OSError, ValueError) as error:
        raise Invalid(
            f"{file} is no certificate", why=str(error), do="correct tls.certfile"
        ) from None


def unheard() -> list[str]:
    """Return the topics of ours that no binding lets through, by how they end."""
    keys = [_pattern(key) for binding in conf["bindings"] for key in binding["routing_keys"]]
    return [
        topic
        for topic in TOPICS
        if not any(key.fullmatch(f"{begin}{topic}") for key in keys for begin in ENVIRONMENTS)
    ]


def forgetful() -> list[str]:
    """Return the queues that do not outlive a consumer or a broker, and so lose messages."""
    return [
        name or "(named by the broker)"
        for name, queue in conf["queues"].items()
        if not queue["durable"] or queue["auto_delete"] or queue["exclusive"]
    ]


def _pattern(routing_key: str) -> re.Pattern[str]:
    """A word each ``*``, any number of words each ``#``."""
    words = {"*": r"[^.]+", "#": r".*"}
    return re.compile(
        r"\.".join(words.get(word) or re.escape(word) for word in routing_key.split("."))
    )
