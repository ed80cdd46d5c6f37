# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program under what of the units' restrictions a process can lay upon itself.

They are NoNewPrivileges=, UMask= (the first word) and, since Linux 6.3, MemoryDenyWriteExecute=.
"""

import ctypes
import os
import sys
from typing import Final

PR_SET_NO_NEW_PRIVS: Final = 38
PR_SET_MDWE: Final = 65

if __name__ == "__main__":
    kernel = ctypes.CDLL(None)
    for restriction in (PR_SET_MDWE, PR_SET_NO_NEW_PRIVS):
        kernel.prctl(restriction, 1, 0, 0, 0)
    os.umask(int(sys.argv[1], 8))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - what the test asks for
