# Makes the glibconfig.h of 64-bit Windows of that of 64-bit Linux: long has 32 bits there. What it makes is checked by the
# compiler, see layouts.py.
#
# SPDX-License-Identifier: GPL-2.0-or-later

# types
s/^typedef signed long \(gint64\|gssize\|gintptr\);/typedef signed long long \1;/
s/^typedef unsigned long \(guint64\|gsize\|guintptr\);/typedef unsigned long long \1;/
s/^typedef int GPid;/typedef void *GPid;/
s/^\(#define GLIB_SIZEOF_LONG\) .*/\1 4/

# constants and limits
s/(val##L)/(val##LL)/
s/(val##UL)/(val##ULL)/
s/^\(#define G_MAXSIZE\).*/\1 G_MAXUINT64/
s/^\(#define G_MINSSIZE\).*/\1 G_MININT64/
s/^\(#define G_MAXSSIZE\).*/\1 G_MAXINT64/

# formats
/^#define G_G\(U\?INT64\|S\?SIZE\|U\?INTPTR\)_/s/"l\([iu]\?\)"/"ll\1"/
s/^\(#define G_PID_FORMAT\) .*/\1 "p"/

# numbers in pointers, byte order
s/(glong) (\([pi]\))/(gint64) (\1)/
s/(gulong) (\([pu]\))/(guint64) (\1)/
/^#define GU\?LONG_TO/s/INT64_TO/INT32_TO/

# the system
s/^#define G_OS_UNIX/#define G_OS_WIN32\n#define G_PLATFORM_WIN32/
s/^#define G_THREADS_IMPL_POSIX/#define G_THREADS_IMPL_WIN32/
/^#define GLIB_USING_SYSTEM_PRINTF/d
/^#define GLIB_HAVE_ALLOCA_H/d
/^#define G_VA_COPY_AS_ARRAY/d
s/^\(#define GLIB_SYSDEF_AF_INET6\) .*/\1 23/
s/^\(#define G_MODULE_SUFFIX\) .*/\1 "dll"/
s/^\(#define G_DIR_SEPARATOR\) .*/\1 '\\\\'/
s/^\(#define G_DIR_SEPARATOR_S\) .*/\1 "\\\\"/
s/^\(#define G_SEARCHPATH_SEPARATOR\) .*/\1 ';'/
s/^\(#define G_SEARCHPATH_SEPARATOR_S\) .*/\1 ";"/
