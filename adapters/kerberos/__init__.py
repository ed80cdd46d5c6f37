# SPDX-License-Identifier: GPL-3.0-or-later
"""Who we are to Kerberos: a ticket made of a keytab, kept, and shown to web servers."""
