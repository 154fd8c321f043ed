/* frame.h
 * The conductor: what happens with a frame, from its messages to the taps.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_FRAME_H
#define WU_FRAME_H

/* Registers the helper protocol that the frame hook hangs on. */
void frame_register(void);

/* Registers the frame hook. To be called in the hand-off. */
void frame_handoff(void);

#endif
