# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the OpenAPI document allows is answered as it says; what it forbids is refused.

A sample here; `make web` asks far more (EBS_TEST_EXAMPLES).
"""

import os
from typing import Any

import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.adapters.service.given import NOTHING_PASSES, World
from tests.adapters.web.conftest import Asker
from tests.domain.given import ended, tagged

SAMPLE = 3
TOO_MUCH = [positive_data_acceptance]
"""No schema says what people can read as a reason, or whether a time is over."""

EXAMPLES = int(os.environ.get("EBS_TEST_EXAMPLES", SAMPLE))
"""Requests to each address."""


def described(web: Asker) -> schemathesis.BaseSchema:
    """Return the document, as a program reads it."""
    schema = schemathesis.openapi.from_dict(web.get("/api/v1/openapi.json").json())
    schema.config.update(base_url=web.address)
    return schema


def lists(operation: Any) -> list[str]:
    """Return the parameters of an address that may be given more than once."""
    return [
        each.name for each in operation.query if each.definition["schema"].get("type") == "array"
    ]


def ask(web: Asker, operation: Any, mode: GenerationMode) -> None:
    """Ask one address whatever the document allows, or does not; raise at what it does not say."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES == SAMPLE,  # the sample is the same each time
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        # In an address a list of one is its item: what breaks the schema there breaks nothing here.
        query = case.query or {}
        assume(all(isinstance(query.get(name, []), list) for name in lists(operation)))
        case.call_and_validate(
            headers={"Authorization": f"Bearer {web.token}"}, excluded_checks=TOO_MUCH, timeout=20
        )

    one()


def test_every_answer_is_documented(web: Asker, world: World) -> None:
    """No fault of ours, and no status, type or body that the document does not name."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(ended(1, "failed"), tagged(2, 20, package="gcc"))
    world.outside.guard = NOTHING_PASSES
    world.passes(2)

    operations: list[Any] = [found.ok() for found in described(web).get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 15
    for operation in operations:
        ask(web, operation, GenerationMode.POSITIVE)
        if operation.query or operation.path_parameters or operation.body:
            ask(web, operation, GenerationMode.NEGATIVE)
