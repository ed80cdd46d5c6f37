# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages: whole without a script, made once for each position, and followed where one runs."""

from typing import Final

from adapters.web.pages import board, follow, package

PAGES: Final = (board, package, follow)
"""Each module has its ``router``."""
