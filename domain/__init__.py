# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service knows and how it decides: pure values, events and functions.

Nothing in here reads a clock, draws a random number, logs or talks to the world. Time, ids and
configuration arrive as arguments and are recorded with the decision, so that it can be run again.
"""
