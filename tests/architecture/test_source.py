# SPDX-License-Identifier: GPL-3.0-or-later
"""The laws of the source that no linter knows, each with a proof that it notices a breach."""

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "adapters", "projections")

SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"
# Homes and checkouts of the machine at hand; a path within an address does not count.
MACHINE_PATH = re.compile(r"(?<![\w.:/})-])/(?:home|root|work|Users)/[\w.]+")
SQL = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|MERGE)\b")
LONGEST_FUNCTION = 40
LONGEST_FILE = 400

Rule = Callable[[ast.AST], Iterator[ast.AST]]


def files(top: Path = ROOT) -> Iterator[Path]:
    """The files of the project: no caches, no environments, nothing that was built."""
    for folder, subfolders, names in os.walk(top):
        subfolders[:] = [name for name in subfolders if is_ours(Path(folder, name))]
        yield from (Path(folder, name) for name in names if name != ".git")  # of a worktree


def is_ours(folder: Path) -> bool:
    """Whether a folder is part of the project."""
    if folder.name.startswith("."):
        return folder.name == ".ci"
    made = {"__pycache__", "build", "dist"}
    return folder.name not in made and not (folder / "pyvenv.cfg").exists()


def python_files(*tops: str) -> list[Path]:
    """The modules under these folders."""
    return [path for top in tops for path in files(ROOT / top) if path.suffix == ".py"]


def breaches(rule: Rule, paths: list[Path]) -> list[str]:
    """Where a rule is broken, as file:line."""
    return [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
        for path in paths
        for node in rule(ast.parse(path.read_text()))
    ]


def open_matches(tree: ast.AST) -> Iterator[ast.AST]:
    """Each match whose last case does not call assert_never."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Match) and not any(map(calls_assert_never, node.cases[-1].body)):
            yield node


def calls_assert_never(node: ast.AST) -> bool:
    """Whether a statement is a call of assert_never."""
    match node:
        case ast.Expr(ast.Call(ast.Name("assert_never") | ast.Attribute(attr="assert_never"))):
            return True
        case ast.Return(ast.Call(ast.Name("assert_never") | ast.Attribute(attr="assert_never"))):
            return True
    return False


def long_sql(tree: ast.AST) -> Iterator[ast.AST]:
    """Each SQL statement of more than a line."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(str(text)) | ast.JoinedStr([ast.Constant(str(text)), *_]):
                spans = node.end_lineno != node.lineno or "\n" in text.strip()
                if spans and SQL.match(text):
                    yield node


def long_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """Each function that has grown too long."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            end = node.end_lineno or node.lineno
            if end - node.lineno >= LONGEST_FUNCTION:
                yield node


def foreign_imports(tree: ast.AST) -> Iterator[ast.AST]:
    """Each import that the domain may not make."""
    allowed = sys.stdlib_module_names | {"msgspec", "domain"}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                imported = [alias.name for alias in names]
            case ast.ImportFrom(str(module), level=0):
                imported = [module]
            case _:
                continue
        if any(name.partition(".")[0] not in allowed for name in imported):
            yield node


def test_every_source_file_names_its_licence() -> None:
    """Each .py and .sql file, the Makefile and .ci/run bear the SPDX line near their top."""
    bearers = {ROOT / "Makefile", ROOT / ".ci/run"}
    bearers |= {path for path in files() if path.suffix in {".py", ".sql"}}

    assert {
        str(path.relative_to(ROOT))
        for path in bearers
        if not any(SPDX in line for line in path.read_text().splitlines()[:3])
    } == set()


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """No text of the project holds an absolute path of somebody's machine."""
    assert [
        f"{path.relative_to(ROOT)}: {found}"
        for path in files()
        for found in MACHINE_PATH.findall(path.read_text(errors="ignore"))
    ] == []


def test_every_match_is_exhaustive() -> None:
    """Each match statement ends in assert_never: a new member of a union cannot be forgotten."""
    assert breaches(open_matches, python_files(*PACKAGES)) == []


def test_sql_lives_in_sql_files() -> None:
    """SQL of more than a line lives in .sql files."""
    assert breaches(long_sql, python_files(*PACKAGES, "tests")) == []


def test_functions_are_short() -> None:
    """A function has at most 40 lines."""
    assert breaches(long_functions, python_files(*PACKAGES)) == []


def test_files_are_short() -> None:
    """A module has at most 400 lines, one of tests too."""
    assert [
        str(path.relative_to(ROOT))
        for path in python_files(*PACKAGES, "tests")
        if len(path.read_text().splitlines()) > LONGEST_FILE
    ] == []


def test_the_domain_is_pure() -> None:
    """The domain imports the standard library and msgspec, nothing else."""
    assert breaches(foreign_imports, python_files("domain")) == []


@pytest.mark.parametrize(
    ("rule", "breach"),
    [
        (open_matches, "match a:\n case 1: pass"),
        (open_matches, "match a:\n case 1: pass\n case _: raise ValueError"),
        (open_matches, "match a:\n case _: assert_never(a)\n case 1: pass"),
        (long_sql, "a = '''\n  SELECT 1\n  FROM b'''"),
        (long_sql, "a = ('DELETE FROM b '\n 'WHERE c')"),
        (long_sql, "a = f'''UPDATE {b}\nSET c = 1'''"),
        (long_sql, r"a = 'CREATE TABLE b (\n c int)'"),
        (long_functions, "def a():\n" + " b()\n" * LONGEST_FUNCTION),
        (foreign_imports, "import psycopg.rows"),
        (foreign_imports, "from adapters.ports import Clock"),
        (foreign_imports, "def a():\n import json, yaml"),
    ],
)
def test_a_breach_is_noticed(rule: Rule, breach: str) -> None:
    """A rule that is broken says so."""
    assert list(rule(ast.parse(breach)))


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (open_matches, "match a:\n case 1: pass\n case _: assert_never(a)"),
        (open_matches, "match a:\n case 1: pass\n case never: typing.assert_never(never)"),
        (open_matches, "match a:\n case 1: return 1\n case never: return assert_never(never)"),
        (long_sql, "a = 'SELECT 1 FROM b'"),
        (long_sql, "'''Say\nwhat.'''"),
        (long_functions, "def a():\n" + " b()\n" * (LONGEST_FUNCTION - 1)),
        (foreign_imports, "import json, msgspec\nfrom domain.values import Place\nfrom . import a"),
    ],
)
def test_what_is_allowed_passes(rule: Rule, kept: str) -> None:
    """A rule that is kept is silent."""
    assert list(rule(ast.parse(kept))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/" + "home/me/checkout", True),
        ("'/" + "root/.config'", True),
        ("https://koji.example/work/tasks/1", False),
        ("{topurl}/work/tasks", False),
        ("/var/lib/ebs", False),
    ],
)
def test_machine_paths_are_told_from_addresses(text: str, found: bool) -> None:
    """A path of a machine is noticed, a path within an address is not."""
    assert bool(MACHINE_PATH.search(text)) is found
