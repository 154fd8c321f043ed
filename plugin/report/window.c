/* window.c
 * Windows of text in Wireshark, by the interface that Lua has.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "parts.h"

void
window_filter(const char *filter)
{
    const funnel_ops_t *ops = funnel_get_funnel_ops();

    if (ops && ops->set_filter && ops->apply_filter) {
        ops->set_filter(ops->ops_id, filter);
        ops->apply_filter(ops->ops_id);
    }
}

bool
window_is_there(void)
{
    const funnel_ops_t *ops = funnel_get_funnel_ops();

    return ops && ops->retap_packets;
}

bool
window_read_packets(void)
{
    const funnel_ops_t *ops = funnel_get_funnel_ops();

    if (!window_is_there())
        return false;
    ops->retap_packets(ops->ops_id);
    return true;
}

static compat_bool
show_packets(funnel_text_window_t *window _U_, void *filter)
{
    window_filter((const char *)filter);
    return TRUE;
}

/* The filter belongs to the button. */
static void
add_button(const funnel_ops_t *ops, funnel_text_window_t *window, char *filter)
{
    funnel_bt_t *button = g_new0(funnel_bt_t, 1);

    button->tw = window;
    button->func = show_packets;
    button->data = filter;
    button->free_fcn = g_free;
    button->free_data_fcn = g_free;
    ops->add_button(window, button, "Show these packets");
}

void
window_open(const char *title, const char *text, const char *filter)
{
    const funnel_ops_t *ops = funnel_get_funnel_ops();
    funnel_text_window_t *window = ops && ops->new_text_window ? ops->new_text_window(ops->ops_id, title) : NULL;

    if (!window)
        return;
    ops->set_text(window, text);
    if (filter)
        add_button(ops, window, g_strdup(filter));
}
