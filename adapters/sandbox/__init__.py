# SPDX-License-Identifier: GPL-3.0-or-later
"""A world to try the service in: a hub for people, the incident of August 2024, and its demo."""
