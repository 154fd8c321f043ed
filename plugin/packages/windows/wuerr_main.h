/* wuerr_main.h
 * Included before all else in wuerr's own files when they are compiled for Windows.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WUERR_MAIN_H
#define WUERR_MAIN_H

/* What wuerr calls main(); arguments are UTF-8. */
int wuerr_main(int argc, char **argv);

#endif
