# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that touches the world: the store, configuration, Koji, the bus, people."""
