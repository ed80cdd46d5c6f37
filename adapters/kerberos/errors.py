# SPDX-License-Identifier: GPL-3.0-or-later
"""From libkrb5's error codes to what may be done about them."""

from typing import Final

from adapters.ports.kerberos import KerberosDenied, KerberosDown, KerberosError

_Means = tuple[type[KerberosError], str]

_RETRIED: Final = "it is asked again by itself; see whether the realm's KDC answers"
_OLD_KEY: Final = "the keytab holds another key than the KDC: make it anew"
_LOCKED: Final = "ask the realm's administrators what is wrong with the account"
_CLOCK: Final = "let NTP set this machine's clock"
_UNKNOWN: Final = "see krb5.conf, koji.principal and koji.keytab"

CODES: Final[dict[int, _Means]] = {
    -1765328228: (KerberosDown, _RETRIED),  # KRB5_KDC_UNREACH
    -1765328230: (KerberosDown, "name the realm's KDC in krb5.conf"),  # KRB5_REALM_UNKNOWN
    -1765328164: (KerberosDown, _RETRIED),  # KRB5_REALM_CANT_RESOLVE
    -1765328347: (KerberosDown, _CLOCK),  # KRB5KRB_AP_ERR_SKEW
    -1765328352: (KerberosDown, _CLOCK),  # KRB5KRB_AP_ERR_TKT_EXPIRED
    -1765328351: (KerberosDown, _CLOCK),  # KRB5KRB_AP_ERR_TKT_NYV
    -1765328378: (KerberosDenied, "correct koji.principal"),  # KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN
    -1765328250: (KerberosDenied, "correct koji.principal"),  # KRB5_PARSE_MALFORMED
    -1765328360: (KerberosDenied, _OLD_KEY),  # KRB5KDC_ERR_PREAUTH_FAILED
    -1765328353: (KerberosDenied, _OLD_KEY),  # KRB5KRB_AP_ERR_BAD_INTEGRITY
    -1765328383: (KerberosDenied, _LOCKED),  # KRB5KDC_ERR_NAME_EXP
    -1765328361: (KerberosDenied, _LOCKED),  # KRB5KDC_ERR_KEY_EXP
    -1765328366: (KerberosDenied, _LOCKED),  # KRB5KDC_ERR_CLIENT_REVOKED
    # KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN
    -1765328377: (KerberosDenied, "see that the server's address is the one Kerberos knows it by"),
}
"""By code: whether it may pass, and what to do. GSSAPI tells the same codes, as unsigned."""


def failed(what: str, code: int, said: str) -> KerberosError:
    """Return what a code of libkrb5, or of GSSAPI's mechanism, means. ``said``: in its words."""
    signed = code - 2**32 if code >= 2**31 else code
    kind, do = CODES.get(signed, (KerberosDown, _UNKNOWN))
    return kind(what, why=said.removesuffix(str(signed)).strip(), do=do)
