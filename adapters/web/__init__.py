# SPDX-License-Identifier: GPL-3.0-or-later
"""The web side: what ELNBuildSync's users call, an API, sign-in, probes and metrics."""
