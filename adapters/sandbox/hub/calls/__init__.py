# SPDX-License-Identifier: GPL-3.0-or-later
"""Every method the hub offers, by the name it is called by.

A method takes the caller and then what the API takes; the function bears the name that Koji's own
has, for a wrong argument is told of by that.
"""

from collections.abc import Callable
from typing import Any, Final

from adapters.sandbox.hub.calls import (
    builds,
    history,
    lists,
    repos,
    sidetags,
    system,
    tagging,
    tags,
    tasks,
)

METHODS: Final[dict[str, Callable[..., Any]]] = {
    **system.METHODS,
    **builds.METHODS,
    **tags.METHODS,
    **lists.METHODS,
    **history.METHODS,
    **tagging.METHODS,
    **tasks.METHODS,
    **repos.METHODS,
    **sidetags.METHODS,
}
