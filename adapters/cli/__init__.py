# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: a module for each purpose that people have, listed in main.py."""
