# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures that every test may ask for, by the part of the world they stand for."""

pytest_plugins = [
    "tests.fixtures.fix_mail",
    "tests.fixtures.fix_rabbit",
    "tests.fixtures.fix_realm",
    "tests.fixtures.fix_store",
    "tests.fixtures.fix_threads",
]
