# SPDX-License-Identifier: GPL-3.0-or-later
"""The message bus: what its messages say."""
