# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy as a text: whatever it is, it is a policy or a fault with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.config.dynamic import Fault, PolicyInvalid, parse
from domain.errors import Invalid
from domain.policy import revision
from tests.adapters.config.given import REAL, control, faults


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
