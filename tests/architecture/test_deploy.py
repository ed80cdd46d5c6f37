# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is shipped is tried: no file of deploy/ is there that no test knows."""

from tests.architecture.test_docs import PAGES
from tests.architecture.test_source import ROOT, files, python_files


def test_every_file_of_deploy_is_named_by_a_test() -> None:
    """Each is named by a test, or is a page, whose commands and paths are held to the truth."""
    tests = "".join(path.read_text() for path in python_files("tests"))
    shipped = {str(path.relative_to(ROOT)): path for path in files(ROOT / "deploy")}

    assert {name for name, path in shipped.items() if path.name not in tests} <= {*PAGES}
