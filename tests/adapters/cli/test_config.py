# SPDX-License-Identifier: GPL-3.0-or-later
"""config check, show, adopt: what people configure is checked, shown and taken over."""

from pathlib import Path

import pytest

from tests.adapters.cli.conftest import Ebs, World

BROKEN = """\
configuration:
  control:
    pause: maybe
    trigger_tag: f41
    exclude:
      - ^fine$
      - "(unclosed"
components:
  overrides: {}
"""


def test_a_good_policy_is_summed_up(typed: Ebs, world: World) -> None:
    """`config check` of a policy without faults exits 0."""
    ran = typed("config", "check", str(world.policy))

    assert (ran.code, ran.err) == (0, "")
    assert "f41" in ran.out


def test_a_broken_regex_is_named_with_file_and_line(typed: Ebs, world: World) -> None:
    """Every fault of a policy is data: file, line, path, reason; exit 1."""
    file = world.file("broken.yaml", BROKEN)
    ran = typed("config", "check", file)

    assert ran.code == 1
    assert f"{file}:7: configuration.control.exclude[1]: '(unclosed' is not a regular" in ran.out
    assert f"{file}:3: configuration.control.pause: " in ran.out
    faults = typed("config", "check", file, "--json").json["faults"]
    assert [fault["line"] for fault in faults] == [3, 7, 8]


def test_a_broken_policy_is_not_adopted(ready: Ebs, world: World) -> None:
    """Adopting a broken policy fails with its faults, and the one before stays in force."""
    before = ready("config", "show", "--json").json["policy"]
    ran = ready("config", "adopt", world.file("broken.yaml", BROKEN))

    assert ran.code == 1
    assert "broken.yaml:7: " in ran.err
    assert ready("config", "show", "--json").json["policy"] == before
    assert "the policy was rejected" in ready("status").err


def test_a_policy_that_is_not_there_is_not_found(ready: Ebs) -> None:
    """No file, no event: exit 3 for check and adopt."""
    before = ready("status", "--json").json["position"]

    assert ready("config", "check", "nosuch.yaml").code == 3
    assert ready("config", "adopt", "nosuch.yaml").code == 3
    assert ready("status", "--json").json["position"] == before


def test_a_repository_that_does_not_answer_is_a_dependency_down(ready: Ebs, tmp_path: Path) -> None:
    """A git URL that cannot be reached now: exit 6, and nothing is adopted."""
    assert ready("config", "adopt", "https://127.0.0.1:1/policy.git#main").code == 6


def test_adopting_takes_a_file_in_place_of_the_option(
    ebs: Ebs, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FILE goes before --policy; with neither it is a usage error."""
    monkeypatch.delenv("EBS_POLICY")

    assert ebs("config", "adopt").code == 2
    assert ebs("config", "adopt", str(world.policy), "--policy", "nosuch").code == 0
    assert ebs("config", "show", "--json").json["trigger_tag"] == "f41"


def test_adopting_twice_records_nothing_new(ready: Ebs) -> None:
    """What is in force already is not recorded again."""
    assert ready("config", "adopt", "--json").json["events"] == []


def test_a_rehearsal_names_what_would_change(ready: Ebs, world: World) -> None:
    """`config adopt --dry-run` shows the difference and adopts nothing."""
    world.write_policy(tag="f42")
    ran = ready("config", "adopt", "--dry-run")

    assert "trigger_tag: f41 → f42" in ran.err
    assert "trigger-changed" in ran.out
    assert ready("status", "--json").json["trigger_tag"] == "f41"


def test_show_has_every_revision(ready: Ebs) -> None:
    """`config show --json` is what is in force, whole."""
    found = ready("config", "show", "--json").json

    assert list(found["packages"]["content"]) == ["zlib", "bash", "kernel"] or set(
        found["packages"]["content"]
    ) == {"bash", "zlib", "kernel"}
    assert found["policy"]["content"]["trigger_tag"] == "f41"
    assert all(found[part]["revision"] for part in ("policy", "settings", "packages"))
    assert "^kernel$" in ready("config", "show").out


def test_a_wrong_setting_names_its_culprit(
    typed: Ebs, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong value in a variable or in the TOML file is told with its place; exit 1."""
    monkeypatch.setenv("EBS_MODE", "dead")
    assert "EBS_MODE" in typed("config", "check", str(world.policy)).err
    monkeypatch.delenv("EBS_MODE")
    file = world.file("ebs.toml", "[timers]", "lull = -1")
    ran = typed("config", "check", str(world.policy), "--config", file)

    assert ran.code == 1
    assert f"{file}: timers.lull" in ran.err


def test_a_rejected_policy_is_told_until_one_is_adopted(
    ready: Ebs, world: World, led: None
) -> None:
    """`status` and `doctor` say so, also where another policy is named by now."""
    ready("config", "adopt", world.file("broken.yaml", BROKEN))
    doctor = ready("doctor", "--json")
    wrong = {check["name"]: check["health"] for check in doctor.json["checks"]}

    assert wrong["policy offered"] == "warn"
    assert doctor.code == 8
    ready("config", "adopt")
    assert "rejected" not in ready("status").err
    assert ready("doctor").code == 0


def test_check_loads_the_package_list(typed: Ebs, world: World) -> None:
    """What adopt would refuse is found before: a missing list, or none at all; warnings stay."""
    text = world.policy.read_text()
    world.policy.write_text(f"{text}nonsense: 1\n")
    (world.folder / "lists" / "view-source-package-name-list--view-eln.txt").write_text("<html>")
    ran = typed("config", "check", str(world.policy))

    assert ran.code == 1
    assert "components.autopackagelist: " in ran.out
    assert "is HTML or XML" in ran.out
    assert "warning: " in ran.err
    world.policy.write_text(text.replace("view: eln", "view: nosuch"))
    found = typed("config", "check", str(world.policy), "--json")
    assert (found.code, found.json["ok"]) == (1, False)
    assert "there is no package list" in found.json["faults"][0]["reason"]


def test_differences_can_be_read(ready: Ebs, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is added and what is removed, each by its name, as people write it."""
    lists = world.folder / "lists" / "view-source-package-name-list--view-eln.txt"
    lists.write_text("bash\nkernel\nnano\n")
    text = world.policy.read_text().replace('"^kernel$"', '"^kernel$", "^rust-"')
    world.policy.write_text(text.replace("pause: false", "pause: true"))
    monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "7")
    told = ready("config", "adopt", "--dry-run").err.splitlines()

    assert "changed: exclude: +^rust-" in told
    assert "changed: package list: +nano, -zlib" in told
    assert "changed: pause: false → true" in told
    assert "changed: guard.max_builds: 250 → 7" in told


def test_the_static_configuration_is_no_policy(typed: Ebs, world: World) -> None:
    """`config check` of a TOML file says what looks at that."""
    file = world.file("ebs.toml", 'mode = "live"\n')
    ran = typed("config", "check", file)

    assert ran.code == 1
    assert f"ebs doctor --config {file}" in ran.err
