# Sets up a machine for captures/decode and tests/run: packages, build, and how tshark is run with the plugin.
# To be sourced by bash, after `repo` is set to the top of the source tree.
#
# SPDX-License-Identifier: GPL-2.0-or-later

# What building and running takes on a machine that has only Debian's base.
base_packages=(tshark wireshark-dev libwireshark-dev libglib2.0-dev pkg-config gcc libc6-dev cmake ninja-build python3 util-linux)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need PACKAGE...: installs what is missing, as root or with sudo; otherwise names the one command that is needed and stops.
need() {
    local package missing=() run=()
    command -v dpkg-query >/dev/null || return 0 # no Debian: the build tells what is missing
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null && run=(sudo)
        [ ${#run[@]} -gt 0 ] || die "packages are missing; as root: apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "Installing ${missing[*]}"
    if ! { "${run[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update &&
        "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends "${missing[@]}"; } >"${TMPDIR:-/tmp}/wsus-apt-$$.log" 2>&1; then
        tail -n 20 "${TMPDIR:-/tmp}/wsus-apt-$$.log" >&2
        die "packages could not be installed; as root: apt-get install --no-install-recommends ${missing[*]}"
    fi
    rm -f "${TMPDIR:-/tmp}/wsus-apt-$$.log"
}

# The folder to build in: build/ in the source tree, or one of this user's own where that cannot be written.
build_folder() {
    local folder=$repo/build
    mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] && { [ ! -e "$folder/CMakeCache.txt" ] || [ -w "$folder/CMakeCache.txt" ]; } ||
        folder=${TMPDIR:-/tmp}/wsus-build-$(id -u)
    mkdir -p "$folder" && printf '%s\n' "$folder"
}

# build FOLDER [CMAKE OPTION...]: configures and builds; prints the log only when that fails.
build() {
    local folder=$1
    shift
    mkdir -p "$folder"
    if ! { cmake -S "$repo" -B "$folder" -G Ninja "$@" && cmake --build "$folder"; } >"$folder/build.log" 2>&1; then
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
