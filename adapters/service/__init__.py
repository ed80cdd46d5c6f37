# SPDX-License-Identifier: GPL-3.0-or-later
"""The use cases: record facts, judge at the gate, carry out what operators ask."""
