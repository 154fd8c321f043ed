/* plugin.c
 * Entry points of the module: registration, and nothing else.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "compat.h"
#include "exchange/exchange.h"
#include "frame.h"
#include "report/report.h"
#include "show/show.h"
#include "traffic/traffic.h"

COMPAT_EXPORT const char plugin_version[] = PLUGIN_VERSION;
COMPAT_EXPORT const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
COMPAT_EXPORT const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

COMPAT_EXPORT void plugin_register(void);

#ifdef COMPAT_PLUGIN_DESCRIBE
COMPAT_EXPORT uint32_t plugin_describe(void);

uint32_t
plugin_describe(void)
{
    return COMPAT_PLUGIN_DESCRIBE;
}
#endif

static void
register_all(void)
{
    proto_register_winerr();
    proto_register_wws();
    proto_register_wsus();
    exchange_register();
    report_register();
    frame_register();
}

static void
handoff_all(void)
{
    traffic_handoff();
    frame_handoff();
}

void
plugin_register(void)
{
    static proto_plugin plugin;

    plugin.register_protoinfo = register_all;
    plugin.register_handoff = handoff_all;
    proto_register_plugin(&plugin);
}
