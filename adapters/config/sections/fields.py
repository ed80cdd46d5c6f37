# SPDX-License-Identifier: GPL-3.0-or-later
"""What keys of the static configuration are made of: kinds of values, and the base of a table."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from adapters.config.files import local_path

DAY: Final = 86_400
"""Seconds."""

Count = Annotated[int, Field(ge=0, title="number")]
Seconds = Annotated[int, Field(ge=0, le=365 * DAY, title="seconds")]
Interval = Annotated[Seconds, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65_535, title="port")]
LocalPath = Annotated[
    Path,
    BeforeValidator(lambda value: local_path(value) if isinstance(value, str) else value),
    Field(title="file"),
]


class Section(BaseModel):
    """A table; the docstring of a key is its line in the reference."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)
