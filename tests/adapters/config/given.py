# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy and pieces of it, and what is said of a wrong one or of a wrong configuration."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.config.dynamic import PolicyInvalid, parse
from adapters.config.static import load
from domain.errors import Invalid

REAL = r"""
configuration:
  control:
    trigger_tag: f42
    status_interval: 300 # seconds
    pause: false
    skip_tag:
      # defines macros
      - ^fedora-release$
      - ^llvm[0-9\.]*$
      - gtk3
    exclude:
      - ^kernel$
      - ^java-.*-openjdk-portable$
    ordering:
      # 1000 where none fits
      ^ocaml$: 0
      ^llvm[0-9\.]*$: 0
      ^clang[0-9\.]*$: 1
components:
  autopackagelist:
    view: [ eln, eln-extras ]
    source: [ source, buildroot-source ]
    content_resolver: https://tiny.distro.builders
  overrides:
    # another name in Fedora
    ipa:
      upstream_name: freeipa
    # on no list
    extrapackage: {}
"""
COMPONENTS = "components: {overrides: {a: {}}}"
SMALL = f"configuration: {{control: {{pause: false, trigger_tag: f42}}}}\n{COMPONENTS}\n"


def control(*lines: str) -> str:
    """A policy with these lines below configuration.control; the first is in line 3."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"configuration:\n  control:\n{body}{COMPONENTS}\n"


def components(*lines: str) -> str:
    """A policy with these lines below components; the first is in line 3."""
    body = "".join(f"  {line}\n" for line in lines)
    return f"configuration: {{control: {{pause: no, trigger_tag: f42}}}}\ncomponents:\n{body}"


def faults(content: str | bytes) -> list[tuple[int, str, str]]:
    """Line, path and reason of every fault."""
    with pytest.raises(PolicyInvalid) as refused:
        parse(content, "p.yaml")
    assert {fault.file for fault in refused.value.faults} == {"p.yaml"}
    return [(fault.line, fault.path, fault.reason) for fault in refused.value.faults]


Toml = Callable[[str], Path]


def refusal(**options: object) -> str:
    """What is said when loading fails, in one line."""
    with pytest.raises(Invalid) as refused:
        load(**options)
    assert refused.value.do
    return str(refused.value)
