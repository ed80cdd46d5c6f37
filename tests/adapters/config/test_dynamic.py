# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy file: EBS's is read as it is, and every fault has its line."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent

import pytest

from adapters.config.dynamic import Fault, LoadedPolicy, PolicyInvalid, load, parse
from adapters.errors import NotPermitted
from domain.errors import Invalid, NotFound
from domain.policy import Override, PackageListSource, Policy
from tests.adapters.config.given import COMPONENTS, REAL, SMALL, components, control, faults

BROKEN = "is not a regular expression"


class TestReading:
    def test_a_policy_like_the_real_one_is_read_whole(self) -> None:
        """EBS's own file is read unchanged, its order of patterns and views kept."""
        assert parse(REAL, "p.yaml") == LoadedPolicy(
            policy=Policy(
                trigger_tag="f42",
                pause=False,
                exclude=("^kernel$", "^java-.*-openjdk-portable$"),
                skip_tag=("^fedora-release$", r"^llvm[0-9\.]*$", "gtk3"),
                ordering=(("^ocaml$", 0), (r"^llvm[0-9\.]*$", 0), (r"^clang[0-9\.]*$", 1)),
                status_interval=300,
                autopackagelist=PackageListSource(
                    view=("eln", "eln-extras"),
                    source=("source", "buildroot-source"),
                    content_resolver="https://tiny.distro.builders",
                ),
                overrides={"ipa": Override("freeipa"), "extrapackage": Override("extrapackage")},
            ),
            origin="p.yaml",
        )

    def test_only_pause_trigger_and_a_component_are_required(self) -> None:
        """Everything else has EBS's defaults."""
        assert parse(SMALL, "p").policy == Policy(trigger_tag="f42", overrides={"a": Override("a")})

    def test_one_view_or_source_needs_no_list(self) -> None:
        """A single view or source may be plain text; the resolver defaults to Fedora's."""
        policy = parse(components("autopackagelist: {view: eln, source: source}"), "p").policy

        assert policy.autopackagelist == PackageListSource(
            view=("eln",), source=("source",), content_resolver="https://tiny.distro.builders"
        )

    @pytest.mark.parametrize(("word", "meant"), [("yes", True), ("Off", False), ("TRUE", True)])
    def test_all_of_yamls_booleans_count(self, word: str, meant: bool) -> None:
        """Pause may be any of YAML's words for true and false."""
        assert parse(control(f"pause: {word}", "trigger_tag: f42"), "p").policy.pause is meant

    def test_a_tag_that_looks_like_a_number_is_text(self) -> None:
        """What YAML takes for a fraction or a date is the text that was written."""
        assert parse(control("pause: no", "trigger_tag: 4.20"), "p").policy.trigger_tag == "4.20"

    def test_a_byte_order_mark_is_no_fault(self) -> None:
        """A file that begins with UTF-8's mark is read."""
        assert parse(b"\xef\xbb\xbf" + SMALL.encode(), "p").policy.trigger_tag == "f42"


class TestOlderForms:
    def test_the_form_in_one_file_is_read(self) -> None:
        """trigger_tag is found under configuration.koji, and each static section is warned of."""
        loaded = parse(
            dedent("""\
                configuration:
                  koji:
                    profile: koji
                    trigger_tag: f40
                  db: {host: 127.0.0.1}
                  control:
                    pause: true
                components:
                  overrides: {ipa: {upstream_name: freeipa}}
                """),
            "p.yaml",
        )

        assert loaded.policy.trigger_tag == "f40"
        assert [(w.line, w.path) for w in loaded.warnings] == [
            (2, "configuration.koji"),
            (5, "configuration.db"),
        ]
        assert all("EBS_CONFIG" in warning.reason for warning in loaded.warnings)

    def test_the_present_place_of_the_trigger_wins(self) -> None:
        """With a trigger_tag in both places the one under control counts."""
        policy = f"""
            configuration:
              koji: {{trigger_tag: f40}}
              control: {{pause: no, trigger_tag: f42}}
            {COMPONENTS}"""

        assert parse(dedent(policy), "p").policy.trigger_tag == "f42"

    def test_a_fault_in_an_older_place_has_its_line(self) -> None:
        """A wrong trigger_tag under koji is named with the line it is written on."""
        policy = (
            f"configuration:\n  koji:\n    trigger_tag: 42\n  control: {{pause: no}}\n{COMPONENTS}"
        )

        assert [line for line, *_ in faults(policy)] == [3]

    def test_distrobakers_is_refused_with_the_new_names(self) -> None:
        """DistroBaker's file is recognised, and one fault says what its keys are called now."""
        [(line, path, reason)] = faults(
            "configuration:\n  trigger:\n    rpms: f40\n  control: {build: true}\n"
        )

        assert (line, path) == (2, "configuration.trigger")
        for name in ("configuration.control.trigger_tag", "components.overrides", "upstream_name"):
            assert name in reason


class TestShapes:
    @pytest.mark.parametrize(
        ("policy", "line", "path", "reason"),
        [
            (control("trigger_tag: f42"), 2, "configuration.control.pause", "is missing"),
            (control("pause: no"), 2, "configuration.control.trigger_tag", "is missing"),
            (
                control("pause: maybe", "trigger_tag: f42"),
                3,
                "configuration.control.pause",
                "maybe",
            ),
            (control("pause: 1", "trigger_tag: f42"), 3, "configuration.control.pause", "not 1"),
            (
                control("pause: no", "trigger_tag: f42", "exclude: kernel"),
                5,
                "configuration.control.exclude",
                "list",
            ),
            (
                control("pause: no", "trigger_tag: f42", "ordering: {a: 010}"),
                5,
                "configuration.control.ordering.a",
                "integer",
            ),
            (
                control("pause: no", "trigger_tag: f42", "status_interval: 0"),
                5,
                "configuration.control.status_interval",
                "greater than 0",
            ),
            (
                control("pause: no", "trigger_tag: <b>"),
                4,
                "configuration.control.trigger_tag",
                "name",
            ),
            (components("{}"), 2, "components", "names no package"),
            (components("overrides: {}"), 2, "components", "names no package"),
            (components("overrides: {a: b}"), 3, "components.overrides.a", "mapping"),
            (components("overrides:", "  a b: {}"), 4, "components.overrides.a b", "not a name"),
            (
                components("overrides:", "  a:", "    upstream_name: ../b"),
                5,
                "components.overrides.a.upstream_name",
                "not a name",
            ),
            (
                components("autopackagelist:", "  view: eln"),
                3,
                "components.autopackagelist.source",
                "is missing",
            ),
            (
                components("autopackagelist:", "  source: s", "  view: [a, ../b]"),
                5,
                "components.autopackagelist.view[1]",
                "not a name",
            ),
            (
                components("autopackagelist: {view: [], source: s}"),
                3,
                "components.autopackagelist.view",
                "1",
            ),
        ],
    )
    def test_a_wrong_shape_has_line_path_and_reason(
        self, policy: str, line: int, path: str, reason: str
    ) -> None:
        """Every wrong value is named with its line, its path and what is wrong with it."""
        [fault] = faults(policy)

        assert fault[:2] == (line, path)
        assert reason in fault[2]

    def test_a_broken_pattern_is_named(self) -> None:
        """A pattern that does not compile is a fault at load, with re's own reason."""
        policy = control(
            "pause: no", "trigger_tag: f42", "exclude:", "  - ok", "  - ^a(b", "  - '*'"
        )

        assert faults(policy) == [
            (
                7,
                "configuration.control.exclude[1]",
                f"'^a(b' {BROKEN}: missing ), unterminated subpattern at position 2",
            ),
            (
                8,
                "configuration.control.exclude[2]",
                f"'*' {BROKEN}: nothing to repeat at position 0",
            ),
        ]

    @pytest.mark.parametrize(
        "pattern",
        [
            "(" * 20_000,
            "a{99999999999999999999}",
            "^([a-z-]+)*[A-Z]$",
            "^python-(.*)*ZZ",
            "(.?.?.?.?){50}ZZ",
        ],
    )
    def test_a_monstrous_pattern_is_a_fault(self, pattern: str) -> None:
        """A pattern beyond what can be compiled, or searched for in an hour, is told in short."""
        [(line, _, reason)] = faults(
            control("pause: no", "trigger_tag: f", f"skip_tag: ['{pattern}']")
        )

        assert line == 5
        assert "too much for one pattern" in reason
        assert len(reason) < 200

    def test_a_broken_pattern_may_be_a_key(self) -> None:
        """The patterns of ordering are keys, and have lines too."""
        policy = control("pause: no", "trigger_tag: f42", "ordering:", "  a: 1", "  b): 2")

        assert [fault[:2] for fault in faults(policy)] == [(7, "configuration.control.ordering.b)")]

    def test_all_faults_are_found_at_once(self) -> None:
        """One reading names every fault, in the order of the lines, whatever their kind."""
        policy = """\
            configuration:
              control:
                pause: perhaps
                pause: no
                exclude: ['(']
            components:
              overrides:
                a: {upstream_name: "\\0"}
            """

        assert [fault[0] for fault in faults(dedent(policy))] == [2, 3, 4, 5, 8]

    def test_unknown_keys_are_warnings(self) -> None:
        """A key that nobody reads is warned of with its line; the policy is taken."""
        policy = control("pause: no", "trigger_tag: f42", "strict: true") + "extra: {}\n"

        loaded = parse(policy.replace("{a: {}}", "{a: {old: 1}}"), "p.yaml")

        assert loaded.policy.trigger_tag == "f42"
        assert [str(warning) for warning in loaded.warnings] == [
            f"p.yaml:{where}: is not a key of the policy, and was not read"
            for where in (
                "5: configuration.control.strict",
                "6: components.overrides.a.old",
                "7: extra",
            )
        ]


class TestFiles:
    @pytest.mark.parametrize("form", ["{}", "file:{}", "file://{}", "file://localhost{}"])
    def test_a_file_is_named_by_path_or_url(self, tmp_path: Path, form: str) -> None:
        """A path and every form of file: URL lead to the same file; there is no commit."""
        path = tmp_path / "policy.yaml"
        path.write_text(SMALL)

        loaded = load(form.format(path), cache=tmp_path / "cache")

        assert loaded == parse(SMALL, str(path))
        assert loaded.commit is None
        assert not (tmp_path / "cache").exists()

    def test_a_url_may_be_escaped(self, tmp_path: Path) -> None:
        """A blank in a file: URL is %20."""
        (tmp_path / "a policy.yaml").write_text(SMALL)

        assert load(f"file://{tmp_path}/a%20policy.yaml", cache=tmp_path).warnings == ()

    def test_a_file_may_bear_a_hash_sign(self, tmp_path: Path) -> None:
        """A file that is there is meant, also where its name looks like git's."""
        (tmp_path / "policy#2").write_text(SMALL)

        assert load(str(tmp_path / "policy#2"), cache=tmp_path).commit is None

    def test_faults_bear_the_path(self, tmp_path: Path) -> None:
        """A fault's file is the path of the policy."""
        path = tmp_path / "policy.yaml"
        path.write_bytes(b"\xff")

        with pytest.raises(PolicyInvalid) as refused:
            load(str(path), cache=tmp_path)

        assert refused.value.faults == (Fault(str(path), 1, "", "byte 0xff is not UTF-8"),)

    def test_an_endless_file_is_a_fault(self) -> None:
        """No more than the limit is read of a file, however long it is."""
        with pytest.raises(PolicyInvalid, match="longer than"):
            load("/dev/zero", cache=Path())

    def test_a_pipe_is_read_and_waited_for_only_while_somebody_writes(self, tmp_path: Path) -> None:
        """What `<(…)` of a shell names is read; without a writer a pass would wait for ever."""
        pipe = tmp_path / "policy.yaml"
        os.mkfifo(pipe)
        with pytest.raises(PolicyInvalid, match="is empty"):
            load(str(pipe), cache=tmp_path)

        reader, writer = os.pipe()
        with os.fdopen(reader), ThreadPoolExecutor(max_workers=1) as other:
            loaded = other.submit(load, f"/dev/fd/{reader}", cache=tmp_path)
            with os.fdopen(writer, "wb") as written:
                written.write(SMALL.encode())
            assert loaded.result().policy == parse(SMALL, "p.yaml").policy

    def test_a_missing_file_is_not_found(self, tmp_path: Path) -> None:
        """A file that is not there is named."""
        with pytest.raises(NotFound, match=r"none\.yaml"):
            load(str(tmp_path / "none.yaml"), cache=tmp_path)

    def test_a_forbidden_file_is_not_permitted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file of another user is a missing permission."""

        def forbid(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr("adapters.config.files._at_once", forbid)

        with pytest.raises(NotPermitted, match=r"p\.yaml"):
            load(str(tmp_path / "p.yaml"), cache=tmp_path)

    @pytest.mark.parametrize("location", [".", "file://elsewhere/p.yaml", "a\0b", "~nobody-here/p"])
    def test_what_is_no_file_is_invalid(self, location: str, tmp_path: Path) -> None:
        """A folder, a file on another host, a path that can be none: each a clear error."""
        with pytest.raises(Invalid):
            load(location, cache=tmp_path)

    def test_a_name_too_long_is_invalid(self, tmp_path: Path) -> None:
        """A name longer than a file can bear is a clear error."""
        with pytest.raises(Invalid, match="too long"):
            load("a" * 5000, cache=tmp_path)
