# SPDX-License-Identifier: GPL-3.0-or-later
"""A world to try the service in: the incident of August 2024, and the demo that replays it."""
