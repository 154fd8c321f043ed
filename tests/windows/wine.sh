# Wine for tests: programs for Windows, run unprivileged, with a home of their own in $wine_home.
# To be sourced by bash, after tests/environment.sh; wine_home is set by the script that sources it.
#
# SPDX-License-Identifier: GPL-2.0-or-later

wine_packages=(wine64)

# What a program sees, and nothing else of this environment; winemenubuilder and the like have nothing to do here.
wine_environment=(env -i "PATH=$PATH" LC_ALL=C.UTF-8 TZ=UTC WINEDEBUG=-all 'WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe='
    "HOME=$wine_home" "WINEPREFIX=$wine_home/prefix")

# in_wine [NAME=VALUE...] -- PROGRAM ARGUMENT...
in_wine() {
    local settings=()
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    "${as_nobody[@]}" "${wine_environment[@]}" "${settings[@]}" /usr/lib/wine/wine64 "$@"
}

# Makes the home, with a drive C: of its own.
make_wine_home() {
    mkdir -p "$wine_home"
    [ "$(id -u)" != 0 ] || chown 65534:65534 "$wine_home"
    in_wine -- wineboot --init >/dev/null 2>&1
    "${as_nobody[@]}" "${wine_environment[@]}" /usr/lib/wine/wineserver64 -w
    [ -d "$wine_home/prefix/drive_c" ] || die "Wine does not start"
}

end_wine() {
    "${as_nobody[@]}" "${wine_environment[@]}" /usr/lib/wine/wineserver64 -k >/dev/null 2>&1 || true
}

# windows_path FILE: as a program for Windows names it.
windows_path() {
    printf 'Z:%s\n' "${1//\//\\}"
}
