/* hook.c
 * Helper protocols that dissectors of the plugin hang on without being among the layers of a frame.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "traffic.h"

/* A helper is on, and listed among the Enabled Protocols, as its parent is: frame is always on and never listed there, so that
 * no entry stands in that list which changes nothing. */
int
traffic_register_hook(const char *name, const char *filter)
{
    int frame = proto_get_id_by_filter_name("frame");

    return frame >= 0 ? proto_register_protocol_in_name_only(name, name, filter, frame, FT_PROTOCOL) : -1;
}
