# SPDX-License-Identifier: GPL-3.0-or-later
"""What people configure, read from where they keep it.

``static`` is the service's own settings, ``dynamic`` the policy, ``packagelist`` the package list.
"""
