# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodhi: asked over bodhi-client's own bindings."""
