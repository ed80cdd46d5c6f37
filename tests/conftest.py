# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures that every test may ask for, by the part of the world they stand for."""

import signal

from hypothesis import settings

from tests.fixtures.memory import hold_temporary_files_in_memory

hold_temporary_files_in_memory()

# What a shell starts in the background is deaf to Ctrl-C, and so would be what the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A test says what is, never how fast: a machine may be busy with something else.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = [
    "tests.fixtures.fix_mail",
    "tests.fixtures.fix_rabbit",
    "tests.fixtures.fix_realm",
    "tests.fixtures.fix_store",
    "tests.fixtures.fix_threads",
]
