# Sets up a machine for captures/decode and tests/run: packages, build, and how tshark is run with the plugin.
# To be sourced by bash, after `repo` is set to the top of the source tree.
#
# SPDX-License-Identifier: GPL-2.0-or-later

# What building and running takes on a machine that has only the base of Debian or Ubuntu, and of Fedora.
base_packages=(tshark wireshark-dev libwireshark-dev libglib2.0-dev pkg-config gcc libc6-dev cmake ninja-build python3 util-linux)
fedora_packages=(wireshark-cli wireshark-devel glib2-devel pkgconf-pkg-config gcc cmake ninja-build python3 util-linux)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# distribution_is NAME...: whether this is one of them, or says that it is like one.
distribution_is() {
    local name ours
    ours=" $(sed -n 's/^ID\(_LIKE\)\{0,1\}=//p' "${WSUS_OS_RELEASE:-/etc/os-release}" 2>/dev/null | tr -d '"' | tr '\n' ' ') "
    for name in "$@"; do
        [[ $ours != *" $name "* ]] || return 0
    done
    return 1
}

# apt_commands PACKAGE...: what to type to install them, by hand.
apt_commands() {
    local sudo=
    { [ "$(id -u)" = 0 ] || ! command -v sudo >/dev/null; } || sudo='sudo '
    printf '    %sapt-get update\n    %sapt-get install --no-install-recommends %s' "$sudo" "$sudo" "$*"
    ! distribution_is ubuntu || printf '\n%s' "(Ubuntu has them in \"universe\", from 24.04 on in a version that fits: add-apt-repository universe)"
}

# need_programs: where packages are not Debian's, what is missing by name.
need_programs() {
    local program missing=()
    for program in tshark cmake ninja cc pkg-config python3; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    if [[ " ${missing[*]} " != *" pkg-config "* ]]; then
        pkg-config --exists glib-2.0 || missing+=("the files to build with glib-2.0")
        pkg-config --exists wireshark || missing+=("the files to build with Wireshark")
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    say "${0##*/}: this takes, and does not find: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')"
    if distribution_is fedora rhel; then
        say "as root:"
        say "    dnf install ${fedora_packages[*]}"
    else
        say "in Debian the packages are called ${base_packages[*]}; in Fedora ${fedora_packages[*]}"
    fi
    exit 1
}

# need PACKAGE...: installs what is missing, as root or with sudo; otherwise names the commands that are needed and stops.
need() {
    local package missing=() run=() log
    command -v dpkg-query >/dev/null || { need_programs; return 0; }
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "packages are missing; as root:
$(apt_commands "${missing[@]}")"
        run=(sudo)
        if ! sudo -n true 2>/dev/null; then
            [ -t 2 ] || die "packages are missing, and sudo wants a password, for which there is no terminal:
$(apt_commands "${missing[@]}")"
            say "Packages are missing: ${missing[*]}. sudo may ask for your password to install them."
            sudo -p '[sudo] password for %u: ' true || die "without sudo, somebody else has to:
$(apt_commands "${missing[@]}")"
        fi
    fi
    say "Installing ${missing[*]}"
    log=$(mktemp)
    if ! { "${run[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update &&
        "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "packages could not be installed; to do it by hand:
$(apt_commands "${missing[@]}")"
    fi
    rm -f "$log"
}

# wireshark_source FOLDER: prints the top of Wireshark's source tree, or what of it checkers and patches take, in FOLDER: the
# one that WSUS_WIRESHARK_SOURCE names, or else from Debian's source package of this machine's release; it need not be in the
# lists of apt. Says why there is none.
wireshark_source() {
    local folder=$1 apt list
    if [ -n "${WSUS_WIRESHARK_SOURCE-}" ]; then
        [ -f "$WSUS_WIRESHARK_SOURCE/tools/checkAPIs.pl" ] || { echo "$WSUS_WIRESHARK_SOURCE holds no source of Wireshark"; return 1; }
        printf '%s\n' "$WSUS_WIRESHARK_SOURCE"
        return
    fi
    command -v apt-get >/dev/null || { echo "no apt to get it with; WSUS_WIRESHARK_SOURCE=FOLDER names one"; return 1; }
    mkdir -p "$folder/lists/partial"
    # shellcheck disable=SC2016 # for apt
    apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null |
        grep -E ' main$' | sort -u >"$folder/sources.list"
    apt=(apt-get -qq -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists="$folder/lists" -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root)
    (
        cd "$folder" && "${apt[@]}" update && "${apt[@]}" source --download-only wireshark &&
            tar -xf wireshark_*.orig.tar.* --wildcards '*/tools/*' '*/CMakeLists.txt' '*/cmake/modules/*.cmake' '*/epan/tfs.c'
    ) >"$folder/log" 2>&1
    list=$(find "$folder" -path '*/tools/checkAPIs.pl' -printf '%h\n' -quit)
    [ -n "$list" ] || { echo "not to be had: $(tail -n 1 "$folder/log")"; return 1; }
    dirname "$list"
}

# is_private FOLDER: of this user and closed to others. What is built there is loaded into Wireshark.
is_private() {
    [ ! -L "$1" ] && [ "$(stat -c '%u %a' "$1" 2>/dev/null)" = "$(id -u) 700" ]
}

# The folder to build in: build/ in the source tree; where that cannot be written, one of this checkout in the cache of this
# user, closed to others; without such a cache the one that is named, which the caller removes.
build_folder() {
    local folder=$repo/build cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}
    if mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] &&
        { [ ! -e "$folder/CMakeCache.txt" ] || [ -w "$folder/CMakeCache.txt" ]; }; then
        printf '%s\n' "$folder"
        return
    fi
    folder=$cache/wireshark-wsus/$(printf '%s' "$repo" | sha256sum | cut -c 1-16)
    if mkdir -p "$cache" 2>/dev/null && (umask 077 && mkdir -p "$folder") 2>/dev/null; then
        is_private "$folder" || die "$folder belongs to somebody else, or others may write to it: remove it"
    else
        folder=$1/build
        (umask 077 && mkdir -p "$folder") || die "there is no folder to build in: $repo/build and $cache cannot be written"
    fi
    printf '%s\n' "$folder"
}

# forget_other_places FOLDER: what CMake keeps in a build folder is good for one place only: after the checkout was moved,
# renamed or copied it is configured anew.
forget_other_places() {
    local source place
    source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$1/CMakeCache.txt" 2>/dev/null)
    place=$(sed -n 's/^CMAKE_CACHEFILE_DIR:INTERNAL=//p' "$1/CMakeCache.txt" 2>/dev/null)
    if [ -n "$source" ] && { [ "$source" != "$(cd "$repo" && pwd -P)" ] || [ ! "$place" -ef "$1" ]; }; then
        rm -rf "${1:?}"/{CMakeCache.txt,CMakeFiles,build.ninja,.ninja_deps,.ninja_log,generated,cmake_install.cmake}
    fi
}

# build FOLDER [CMAKE OPTION...]: configures and builds; prints the log only when that fails. One at a time in a folder.
build() {
    local folder=$1
    shift
    mkdir -p "$folder"
    if ! (
        flock 9
        {
            forget_other_places "$folder"
            cmake -S "$(cd "$repo" && pwd -P)" -B "$folder" -G Ninja "$@" && cmake --build "$folder"
        } >"$folder/build.log" 2>&1
    ) 9>"$folder/.lock"; then
        tail -n 60 "$folder/build.log" >&2
        die "the build failed"
    fi
}

# plugin_home FOLDER MODULE: makes a plugin folder and a home for tshark, readable for everybody, with the module and the
# profile in them.
plugin_home() {
    local folder=$1 version
    version=$(tshark --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
    mkdir -p "$folder/plugins/$version/epan" "$folder/home/.config/wireshark/profiles"
    cp -R "$repo/plugin/profile" "$folder/home/.config/wireshark/profiles/Windows Update"
    cp "$2" "$folder/plugins/$version/epan/wsus.so"
    chmod -R a+rX "$folder"
    [ "$(id -u)" != 0 ] || chown -R 65534:65534 "$folder/home"
}

# Wireshark ignores personal plugin folders for uid 0: root becomes an unprivileged user for it, by this prefix of commands.
as_nobody=()
[ "$(id -u)" != 0 ] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# Runs a program of Wireshark, unprivileged, with the plugin folder and home of $WSUS_RUN.
unprivileged() {
    "${as_nobody[@]}" env HOME="$WSUS_RUN/home" XDG_CONFIG_HOME="$WSUS_RUN/home/.config" TZ=UTC \
        WIRESHARK_PLUGIN_DIR="$WSUS_RUN/plugins" "$@"
}

# Stops unless tshark has loaded the plugin: one of another minor version only makes tshark warn.
assert_plugin() {
    unprivileged tshark -G plugins 2>/dev/null | grep '^wsus\.so[[:space:]]' >/dev/null ||
        die "tshark did not load the plugin wsus.so: $(unprivileged tshark -G plugins 2>&1 >/dev/null | grep -m 1 wsus)"
}
