# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy file: EBS's is read as it is, and every fault has its line."""

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.config.dynamic import Fault, LoadedPolicy, PolicyInvalid, load, parse
from adapters.errors import NotPermitted
from domain.errors import Invalid, NotFound
from domain.policy import Override, PackageListSource, Policy, revision

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

BROKEN = "is not a regular expression"
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

    @pytest.mark.parametrize("pattern", ["(" * 20_000, "a{99999999999999999999}"])
    def test_a_monstrous_pattern_is_a_fault(self, pattern: str) -> None:
        """A pattern beyond what the compiler can take is a fault, named in short."""
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


class TestYaml:
    @pytest.mark.parametrize(
        ("content", "line", "reason"),
        [
            ("", 1, "empty"),
            ("# nothing\n", 1, "empty"),
            ("--- x\n", 1, "mapping"),
            ("- a\n", 1, "mapping"),
            ("a: [\n", 2, "expected the node content"),
            ("a: b\n  c: d\n", 2, "mapping values are not allowed"),
            ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
            ("a: 1\n---\nb: 2\n", 2, "another document"),
            ("a: 1\nb: \0\n", 2, "U+0000"),
            (b"a: 1\nb: \xff\n", 2, "0xff is not UTF-8"),
            (b"\xff\xfea\0:\0", 1, "not UTF-8"),
            ("a: &x [1]\nb: *x\n", 2, "alias"),
            ("[" * 1000, 1, "nested too deeply"),
            ('a: "\\U00110000"', 1, "is not YAML"),
            ("a: " + "x" * 1024 * 1024, 1, "longer than"),
            ("a: !!python/object/apply:os.system [id]", 1, "tag"),
            ("a: !mine b", 1, "tag"),
            ('a: "\\ud800"', 1, "cannot be printed"),
            ("1: b", 1, "a key must be text"),
            ("{a: b}: c", 1, "a key must be text"),
            ("<<: {a: b}", 1, "a key must be text"),
        ],
    )
    def test_bad_yaml_is_a_fault_with_its_line(
        self, content: str | bytes, line: int, reason: str
    ) -> None:
        """What is no proper YAML is a fault with line and reason, never a traceback."""
        assert any(fault[0] == line and reason in fault[2] for fault in faults(content))

    def test_a_key_that_stands_twice_is_a_fault(self) -> None:
        """YAML would silently let the later one win; here both lines are named."""
        policy = control("pause: no", "trigger_tag: f42", "pause: yes")

        assert faults(policy) == [
            (5, "configuration.control.pause", "stands twice, first in line 3")
        ]

    def test_a_bomb_of_aliases_does_not_go_off(self) -> None:
        """Ten lines that stand for gigabytes are refused at the first alias."""
        lines = ["a0: &a0 [x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]

        assert [line for line, *_ in faults("\n".join(lines))] == [2]

    def test_thousands_of_faults_stay_readable(self) -> None:
        """The text of the error ends after fifty faults and says how many there are more."""
        with pytest.raises(PolicyInvalid) as refused:
            parse("k: v\n" * 2000, "p")

        assert len(refused.value.faults) == 2001
        assert str(refused.value).endswith("… and 1951 more")

    def test_the_error_is_readable(self) -> None:
        """The error names the file, each fault with its line, and what to do."""
        with pytest.raises(PolicyInvalid) as refused:
            parse("- a", "p.yaml")

        error: Invalid = refused.value
        assert str(error) == (
            "the policy p.yaml cannot be used: "
            "p.yaml:1: must be a mapping, with `key: value` below it"
        )
        assert "ebs config check" in error.do


FRAGMENTS = st.sampled_from(
    [*"[]{}:,-?|>'\"%@`#&*!~=<\n\t \\", "\n  ", ": ", "- ", "---", "!!int x", "!!bool x", "<<: ",
     "%YAML 9", "0b_", "1:30", "\\x00", "\\ud800", "\\U00110000", "((", "a{9}", "[[a]", "\x85"]
)  # fmt: skip


class TestAnything:
    @given(content=st.binary(max_size=300))
    def test_no_bytes_whatever_surprise(self, content: bytes) -> None:
        """Any bytes give a policy or PolicyInvalid, nothing else."""
        settle(content)

    @given(content=st.lists(FRAGMENTS | st.text(max_size=5), max_size=30).map("".join))
    def test_no_text_that_resembles_yaml_surprises(self, content: str) -> None:
        """Any text made of YAML's own signs gives a policy or PolicyInvalid, nothing else."""
        settle(content)

    @given(
        at=st.integers(0, len(REAL)),
        cut=st.integers(0, 40),
        put=st.lists(FRAGMENTS, max_size=4).map("".join),
    )
    def test_no_slip_in_a_real_policy_surprises(self, at: int, cut: int, put: str) -> None:
        """A real policy with anything deleted and inserted gives a policy or PolicyInvalid."""
        settle(REAL[:at] + put + REAL[at + cut :])


def settle(content: str | bytes) -> None:
    """Read anything; a policy can be stored, and a fault has a line that exists."""
    try:
        loaded = parse(content, "p")
    except PolicyInvalid as refused:
        found = refused.faults
    else:
        assert "\0" not in repr(loaded)
        revision(loaded.policy)
        found = (*loaded.warnings, Fault("p", 1, "", "none"))
    assert found
    assert all(fault.line >= 1 and fault.reason for fault in found)


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

        monkeypatch.setattr(Path, "open", forbid)

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
