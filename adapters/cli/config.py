# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs about what people configure: config check, show, adopt, reference."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
import msgspec

from adapters.cli.errors import FAILED
from adapters.cli.options import Verbs, as_json, dry_run
from adapters.cli.output import print_json, print_pairs, print_recorded, say, talk
from adapters.cli.session import configured, loaded_policy, opened, opened_outside, operation
from adapters.errors import NotPermitted
from adapters.service.changes import changes
from adapters.words import counted
from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from adapters.config.dynamic import LoadedPolicy
    from domain.service.state import Service


@click.group(
    "config",
    cls=Verbs,
    examples=[
        ("ebs config check elnbuildsync_dynamic.yaml", "every fault of a policy, before it counts"),
        ("ebs config adopt", "adopt what --policy or EBS_POLICY names, now"),
    ],
)
def config() -> None:
    """Check, show or adopt what people configure."""


@config.command(
    "check",
    examples=[
        ("ebs config check policy.yaml", "print each fault as file:line: path: reason"),
        ("ebs config check policy.yaml --json", "the faults for a program"),
    ],
)
@click.argument("file")
@as_json
def check(file: str, *, as_json: bool) -> int | None:
    """Name every fault of a policy and its package list.

    FILE is a file, or a git URL#ref. The static configuration is checked by every verb that it is
    given to: 'ebs doctor --config FILE'.
    """
    from adapters.config import packagelist  # noqa: PLC0415 - see session
    from adapters.config.document import Fault, PolicyInvalid  # noqa: PLC0415

    settings = configured()
    if file.endswith(".toml"):
        raise Invalid(
            f"{file} is no policy",
            why="a policy is YAML; TOML is the static configuration",
            do=f"check that with 'ebs doctor --config {file}'",
        )
    loaded: LoadedPolicy | None = None
    faults: tuple[Fault, ...] = ()
    listed = 0
    try:
        loaded = loaded_policy(file, settings)
        listed = len(packagelist.load(loaded.policy.autopackagelist).views)
    except PolicyInvalid as error:
        faults = error.faults
    except (Invalid, NotFound, NotPermitted) as error:
        if loaded is None:
            raise
        faults = (Fault(loaded.origin, 1, "components.autopackagelist", str(error)),)
    if as_json:
        warnings = loaded.warnings if loaded else ()
        print_json({"ok": not faults, "faults": faults, "warnings": warnings})
    elif loaded is None or faults:
        say(*map(str, faults))
    else:
        print_pairs(_summary(loaded, listed))
    return FAILED if faults else None


@config.command(
    "show",
    examples=[
        ("ebs config show", "the policy and the settings in force"),
        ("ebs config show --json", "the same whole, with every listed package"),
    ],
)
@as_json
def show(*, as_json: bool) -> None:
    """Show what is adopted, with its revisions."""
    with opened() as app, app.journal.look() as view:
        service = view.service
    if as_json:
        print_json(_in_force(service))
    elif service.configured.policy is None:
        talk("no policy was adopted yet: 'ebs config adopt FILE' adopts one")
    else:
        _show(service)


@config.command(
    "adopt",
    examples=[
        ("ebs config adopt", "adopt what --policy or EBS_POLICY names"),
        ("ebs config adopt policy.yaml --dry-run", "see what would change"),
    ],
)
@click.argument("file", required=False)
@dry_run
@as_json
def adopt(file: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Adopt the policy, the package list and the settings now.

    A worker does it by itself; FILE is taken in place of --policy.
    """
    from adapters.config.document import PolicyInvalid  # noqa: PLC0415 - see session

    settings = configured(policy=file)
    if not settings.policy:
        raise click.UsageError("name a policy: FILE, --policy or EBS_POLICY")
    with opened_outside(rehearse=dry_run, policy=settings.policy) as app:
        # What cannot be reached is said here; a fault is for the log, and told below.
        with suppress(PolicyInvalid):
            loaded_policy(settings.policy, settings)
        with app.journal.look() as view:
            before = view.service.configured
        recorded = app.gate.adopt(operation(app))
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
        talk(*(f"changed: {line}" for line in changes(before, recorded)))


@config.command(
    "reference",
    examples=[("ebs config reference", "every key, with its variable, type and default")],
)
def reference() -> None:
    """Print the reference of the static configuration, as Markdown."""
    from adapters.config.reference import reference as page  # noqa: PLC0415 - see session

    click.echo(page(), nl=False)


def _summary(loaded: "LoadedPolicy", listed: int) -> list[tuple[str, object]]:
    policy = loaded.policy
    lists = policy.autopackagelist
    return [
        ("policy", loaded.origin),
        ("commit", loaded.commit or "-"),
        ("trigger tag", policy.trigger_tag),
        ("pause", policy.pause),
        ("exclude", counted(len(policy.exclude), "pattern")),
        ("skip_tag", counted(len(policy.skip_tag), "pattern")),
        ("ordering", counted(len(policy.ordering), "pattern")),
        ("views", ", ".join(lists.view) if lists else "-"),
        ("package list", counted(listed, "package")),
        ("overrides", counted(len(policy.overrides), "package")),
    ]


def _in_force(service: "Service") -> dict[str, Any]:
    configured = service.configured
    return {
        "trigger_tag": configured.trigger_tag,
        "dist": service.dist,
        "policy": {"revision": configured.policy_revision, "content": configured.policy},
        "settings": {"revision": configured.settings_revision, "content": configured.settings},
        "packages": {"revision": configured.list_revision, "content": configured.packages.views},
        "rejected": service.rejected,
    }


def _show(service: "Service") -> None:
    import yaml  # noqa: PLC0415 - see session

    found = service.configured
    content = msgspec.to_builtins(
        {
            "trigger tag": found.trigger_tag,
            f"policy {found.policy_revision}": found.policy,
            f"settings {found.settings_revision}": found.settings,
            f"package list {found.list_revision}": counted(len(found.packages.views), "package"),
        }
    )
    say(*yaml.safe_dump(content, sort_keys=False, allow_unicode=False).splitlines())
    if service.rejected:
        talk("a later policy was rejected:", *service.rejected)
