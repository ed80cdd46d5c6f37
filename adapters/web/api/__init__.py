# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of version 1, for programs: ``/api/v1``."""
