/* x509.h
 * Facts of an X.509 certificate: for whom it is, who issued it, and when it is valid. Nothing is verified.
 *
 * Source: RFC 5280, X.690 (DER).
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_X509_H
#define WU_CORE_X509_H

#include "address.h"

#define WU_X509_MAX_NAMES 64u /* alternative names that are kept, and extensions and parts of names that are looked at */

typedef struct {
    wu_slice subject, issuer;      /* common name, or the last part of the name where there is none; empty when unknown */
    bool self_issued;              /* subject and issuer are the same name */
    int64_t not_before, not_after; /* seconds since 1970 UTC; INT64_MIN when unreadable */
    wu_slice name[WU_X509_MAX_NAMES]; /* alternative names: of hosts, and addresses of 4 or 16 bytes */
    bool is_address[WU_X509_MAX_NAMES];
    unsigned names;
} wu_x509;

/* Reads a certificate as far as it is there. False when it does not even begin like one. */
bool wu_x509_read(wu_slice der, wu_x509 *certificate);

/* Whether the certificate is for a host, a name or an address as text. By the alternative names, and by the subject only
 * where there are none (RFC 6125); an asterisk stands for one whole label at the beginning. */
bool wu_x509_is_for(const wu_x509 *certificate, wu_slice host);

#endif
