/* askers.c
 * Which program asks for XML: the frame hook does not look at requests that are not of Windows Update, but their User-Agent tells
 * whether a SOAP fault can go to Windows Web Services. Kept in file scope: a number for each connection with such requests, and
 * one for each frame with an answer that was kept.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

static wmem_map_t *askers;   /* conversation -> enum wu_client of the program that asked last, plus one */
static wmem_map_t *asked_by; /* frame number of an answer -> the same */

static void
begin_file(void)
{
    askers = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    asked_by = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
}

void
askers_note(packet_info *pinfo, const compat_media_info *info)
{
    const char *agent = compat_media_header(info, "User-Agent");
    enum wu_client client = wu_client_who(wu_slice_text(agent ? agent : ""), WU_CLIENT_SOAP);
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    if (!conversation || (!agent && wmem_map_lookup(askers, conversation)))
        return; /* a request that names no program is of the one that named itself before */
    wmem_map_insert(askers, conversation, GUINT_TO_POINTER(client + 1));
}

void
askers_answer(packet_info *pinfo)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    void *client = conversation ? wmem_map_lookup(askers, conversation) : NULL;

    if (client)
        wmem_map_insert(asked_by, GUINT_TO_POINTER(pinfo->num), client);
}

enum wu_client
traffic_asker(const packet_info *pinfo)
{
    guint client = GPOINTER_TO_UINT(wmem_map_lookup(asked_by, GUINT_TO_POINTER(pinfo->num)));
    return client ? (enum wu_client)(client - 1) : WU_CLIENT_SOAP;
}

void
askers_register(void)
{
    register_init_routine(begin_file);
}
