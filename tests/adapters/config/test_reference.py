# SPDX-License-Identifier: GPL-3.0-or-later
"""The references of the configuration are true: whatever can be set is described, as it is."""

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from adapters.cli.main import cli
from adapters.config import dynamic
from adapters.config.reference import kind, reference
from adapters.config.static import Config
from adapters.config.unknown import section

DEPLOY = Path(__file__).parents[3] / "deploy"
POLICY = (DEPLOY / "docs/policy.md").read_text()

POLICY_MODELS = (
    dynamic._Control,
    dynamic._Components,
    dynamic._AutoPackageList,
    dynamic._Override,
)


def keys(model: type[BaseModel] = Config, prefix: str = "") -> Iterator[str]:
    """Yield each key, with the name of its table."""
    for name, field in model.model_fields.items():
        if below := section(field.annotation):
            yield from keys(below, f"{name}.")
        else:
            yield prefix + name


def test_the_page_is_that_of_the_settings() -> None:
    """`ebs config reference` prints the page; after a change it is written anew by it."""
    printed = CliRunner().invoke(cli, ["config", "reference"]).stdout

    assert (DEPLOY / "docs/configuration.md").read_text() == printed == reference()


def test_every_key_is_described() -> None:
    """Each key has a kind and a description, which is a sentence."""
    tables = (section(field.annotation) for field in Config.model_fields.values())
    models: list[type[BaseModel]] = [Config, *filter(None, tables)]
    fields = {
        f"{model.__name__}.{name}": field
        for model in models
        for name, field in model.model_fields.items()
        if section(field.annotation) is None
    }

    assert all(kind(field) for field in fields.values())
    assert [k for k, f in fields.items() if not (f.description or "").endswith(".")] == []
    assert [m.__name__ for m in models if not (m.__doc__ or "").rstrip().endswith(".")] == []


def test_the_example_has_every_key() -> None:
    """The example names each key in its table; one that is commented out lacks nothing but that."""
    text = (DEPLOY / "examples/ebs.toml").read_text()
    lines = (line.removeprefix("# ").removeprefix("#: ") for line in text.splitlines())
    found = tomllib.loads("\n".join(x for x in lines if x.startswith("[") or " = " in x))
    named = {
        f"{key}.{below}" if isinstance(value, dict) else key
        for key, value in found.items()
        for below in (value if isinstance(value, dict) else ("",))
    }

    assert named == set(keys()) - {"config", "database_url"}


def test_the_examples_pass_the_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`ebs config check` takes the example policy, by the example configuration."""
    monkeypatch.setenv("EBS_STATE_DIR", str(tmp_path))
    for source, view in product(("source", "buildroot-source"), ("eln", "eln-extras")):
        name = f"view-{source}-package-name-list--view-{view}.txt"
        (tmp_path / name).write_text("bash\n")
    policy = tmp_path / "policy.yaml"
    example = (DEPLOY / "examples/elnbuildsync_dynamic.yaml").read_text()
    policy.write_text(example.replace(dynamic.CONTENT_RESOLVER, str(tmp_path)))
    options = ["--config", str(DEPLOY / "examples/ebs.toml"), "--json"]
    ran = CliRunner().invoke(cli, ["config", "check", str(policy), *options])

    assert (ran.exit_code, json.loads(ran.stdout)) == (
        0,
        {"ok": True, "faults": [], "warnings": []},
    )


@pytest.mark.parametrize("key", sorted({k for model in POLICY_MODELS for k in model.model_fields}))
def test_the_page_of_the_policy_has_its_keys(key: str) -> None:
    """Each key of the policy is a line of a table."""
    assert re.search(rf"^\| `{key}` \| ", POLICY, re.MULTILINE)
