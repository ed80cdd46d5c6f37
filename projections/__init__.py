# SPDX-License-Identifier: GPL-3.0-or-later
"""Read models: folds of the log, kept up to date with each append and rebuilt at will."""
