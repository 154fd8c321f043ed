# What the build for Windows and its tests share: the folder that is kept between runs, packages and sources of Debian
# releases (downloaded and unpacked, not installed), and the cross compiler for the UCRT.
# To be sourced by bash, after tests/environment.sh.
#
# SPDX-License-Identifier: GPL-2.0-or-later

# What building takes; x86_64-w64-mingw32-gcc-win32 has no threads library beside it. Clang knows Microsoft's layouts.
windows_packages=(gcc libc6-dev gcc-mingw-w64-x86-64-win32 binutils-mingw-w64-x86-64 mingw-w64-x86-64-dev clang binutils
    python3 perl git dpkg-dev xz-utils bzip2 debian-archive-keyring ca-certificates)

windows_cache=${WSUS_WINDOWS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wsus-windows}
triple=x86_64-w64-mingw32

# The Debian release that has the Wireshark of a minor version.
release_of() {
    case $1 in
    4.0) echo bookworm ;;
    4.4) echo trixie ;;
    4.6) echo sid ;;
    *) return 1 ;;
    esac
}

# The mirror that apt takes this machine's own release from; one that everybody has where that is not Debian.
mirror() {
    local codename found
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null)
    found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Codename: $codename" \
        'Component: main' 2>/dev/null | head -n 1)
    found=${WSUS_WINDOWS_MIRROR:-${found:-http://deb.debian.org/debian/}}
    printf '%s\n' "${found%/}/"
}

# foreign_apt RELEASE KIND COMMAND...: apt-get with lists of another release, which this machine's own apt never sees; KIND is
# deb or deb-src. Works as any user.
foreign_apt() {
    local release=$1 kind=$2 state=$windows_cache/apt/$1-$2
    shift 2
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    printf '%s [signed-by=%s] %s %s main\n' "$kind" /usr/share/keyrings/debian-archive-keyring.gpg "$(mirror)" "$release" \
        >"$state/sources.list"
    apt-get -qq -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$state/lists" -o Dir::State::status=/dev/null -o Dir::Cache::Archives="$state/archives" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 \
        -o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
}

# unpacked RELEASE FOLDER PATTERN PACKAGE...: packages of another release and those that they depend on whose names match
# PATTERN, unpacked into a folder of the cache, whose name is printed. Once; WSUS_WINDOWS_UPDATE=1 downloads them again.
unpacked() {
    local release=$1 folder=$windows_cache/$2 pattern=$3 package
    shift 3
    if [ ! -e "$folder" ] || [ -n "${WSUS_WINDOWS_UPDATE-}" ]; then
        say "Downloading $* of Debian $release"
        rm -rf "$folder.part" "$folder.debs"
        mkdir -p "$folder.part" "$folder.debs"
        foreign_apt "$release" deb update || return 1
        (
            cd "$folder.debs" || exit 1
            foreign_apt "$release" deb download "$@" || exit 1
            for package in *.deb; do dpkg-deb -f "$package" Depends; done | grep -oE "\b($pattern)\b" | sort -u >wanted
            [ -s wanted ] || exit 1
            # shellcheck disable=SC2046 # one word for each package
            foreign_apt "$release" deb download $(cat wanted)
        ) || return 1
        for package in "$folder.debs"/*.deb; do
            dpkg-deb -x "$package" "$folder.part" || return 1
        done
        rm -rf "$folder" "$folder.debs"
        mv "$folder.part" "$folder"
    fi
    printf '%s\n' "$folder"
}

# wireshark_release VERSION: the folder with headers and libraries of a minor version of Wireshark.
wireshark_release() {
    local release
    release=$(release_of "$1") || die "no Debian release is known that has Wireshark $1"
    unpacked "$release" "wireshark-$1" 'lib(wireshark|wsutil|wiretap)[0-9]+(t64)?' libwireshark-dev libwsutil-dev libwiretap-dev
}

# The folder with headers and library of glib: the oldest of those releases.
glib_release() {
    unpacked bookworm glib 'libglib2\.0-[0-9]+(t64)?' libglib2.0-dev
}

# original_sources RELEASE FOLDER SOURCE...: the archives that their authors published, as a release has them, unpacked once.
original_sources() {
    local release=$1 folder=$2 archive
    shift 2
    [ ! -e "$folder" ] || return 0
    rm -rf "$folder.part" "$folder.archives"
    mkdir -p "$folder.part" "$folder.archives"
    foreign_apt "$release" deb-src update || return 1
    (cd "$folder.archives" && foreign_apt "$release" deb-src source --download-only --tar-only "$@") || return 1
    for archive in "$folder.archives"/*.orig.tar.*[z2]; do
        tar -x -C "$folder.part" -f "$archive" || return 1
    done
    rm -rf "$folder.archives"
    mv "$folder.part" "$folder"
}

# cross_compiler FOLDER: makes gcc, g++ and binutils for the UCRT, under the names that a compiler of its own would have.
# Debian 12's MinGW links msvcrt by default; the official Wireshark is built with the UCRT.
cross_compiler() {
    local folder=$1 tool
    mkdir -p "$folder"
    "$triple-gcc-win32" -dumpspecs | sed 's/-lmsvcrt/-lucrt/g' >"$folder/ucrt.specs"
    for tool in gcc g++; do
        printf '#!/bin/sh\nexec %s-%s-win32 -specs=%s -D_UCRT "$@"\n' "$triple" "$tool" "$folder/ucrt.specs" \
            >"$folder/${triple}ucrt-$tool"
        chmod +x "$folder/${triple}ucrt-$tool"
    done
    for tool in ar as nm objcopy objdump ranlib ld strip windres dlltool; do
        ln -sf "$(command -v "$triple-$tool")" "$folder/${triple}ucrt-$tool"
    done
}
