# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a build is rebuilt: the verdict table, the plan over all packages, the guard."""
