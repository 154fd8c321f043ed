/* wuerr_main.h
 * Included before all else in wuerr's own files when they are compiled for Windows.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WUERR_MAIN_H
#define WUERR_MAIN_H

#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <unistd.h>

/* What wuerr calls main(); arguments are UTF-8. */
int wuerr_main(int argc, char **argv);

/* As open() and stat(), for a name in UTF-8. With 64-bit sizes of files MinGW calls the latter, and its structure, _stat64. */
int wuerr_open(const char *name, int flags);
int wuerr_stat(const char *name, struct _stat64 *about);
#define open(name, flags) wuerr_open(name, flags)
#define _stat64(name, about) wuerr_stat(name, about)

#endif
