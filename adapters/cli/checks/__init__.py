# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at: a module a group, and ``groups`` lists them."""
