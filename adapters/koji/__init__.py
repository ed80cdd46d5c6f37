# SPDX-License-Identifier: GPL-3.0-or-later
"""Koji: the hub that is asked and told, over the real ``koji.ClientSession``."""
