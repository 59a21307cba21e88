# Sourced by cmd/quickstart.sh and tests/run.sh: finds what is missing and installs it.
# What is there is asked of the tools themselves (command, pkg-config, header), never of a package
# database, so that anything that provides them will do.

need_missing=()      # names of Debian and Ubuntu packages
need_missing_brew=() # the same for Homebrew

need_note() { # DEBIAN-PACKAGE BREW-PACKAGE
    need_missing+=("$1")
    if [ "${2:--}" != - ]; then
        need_missing_brew+=("$2")
    fi
}

need_command() { # COMMAND DEBIAN-PACKAGE [BREW-PACKAGE]
    command -v "$1" >/dev/null 2>&1 || need_note "$2" "${3:-}"
}

need_pc() { # PKG-CONFIG-MODULE DEBIAN-PACKAGE [BREW-PACKAGE]
    { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1" 2>/dev/null; } ||
        need_note "$2" "${3:-}"
}

need_header() { # HEADER DEBIAN-PACKAGE [BREW-PACKAGE]
    { command -v cc >/dev/null 2>&1 &&
        printf '#include <%s>\n' "$1" | cc ${CPPFLAGS:-} -E -x c - >/dev/null 2>&1; } ||
        need_note "$2" "${3:-}"
}

# What building the program takes.
need_build() {
    need_command cc gcc gcc
    need_header stdio.h libc6-dev
    need_command cmake cmake cmake
    need_command ninja ninja-build ninja
    need_command pkg-config pkg-config pkg-config
    need_pc libzip libzip-dev libzip
    need_pc libdeflate libdeflate-dev libdeflate
    need_pc zlib zlib1g-dev zlib
    need_pc libarchive libarchive-dev libarchive
    need_pc libzstd libzstd-dev zstd
    need_pc libcjson libcjson-dev cjson
    need_pc yaml-0.1 libyaml-dev libyaml
    need_pc libcrypto libssl-dev openssl@3
    need_pc libutf8proc libutf8proc-dev utf8proc
    need_header uthash.h uthash-dev uthash
}

need_root() { # COMMAND...: as root, through sudo where that is needed
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "Not root, and there is no sudo. As root, run: $*" >&2
        return 1
    fi
}

need_hint() {
    {
        echo "Missing here; these are the names of the Debian and Ubuntu packages:"
        printf '    %s\n' "${need_missing[*]}"
        if command -v brew >/dev/null 2>&1; then
            printf 'With Homebrew:  brew install %s\n' "${need_missing_brew[*]}"
        elif command -v dnf >/dev/null 2>&1; then
            echo "On Fedora the names end in -devel instead of -dev; cc is in gcc."
        fi
        echo "Install them and run this again."
    } >&2
}

# Installs what the need_ functions noted. Quiet and instant when nothing is missing.
need_install() {
    [ "${#need_missing[@]}" -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        need_hint
        return 1
    fi
    local log
    log=$(mktemp)
    echo "Installing: ${need_missing[*]}"
    # env: sudo drops variables that it does not know.
    if ! need_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$log" 2>&1 ||
        ! need_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
            --no-install-recommends "${need_missing[@]}" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "apt-get could not install: ${need_missing[*]}" >&2
        return 1
    fi
    rm -f "$log"
    need_missing=()
    need_missing_brew=()
}

# cmake reads the presets from 3.25 on (Debian 12 has it).
need_cmake_version() {
    local version
    version=$(cmake --version | sed -n '1s/[^0-9]*//p')
    if ! printf '3.25\n%s\n' "$version" | sort -C -V; then
        echo "cmake $version is too old: 3.25 or newer is needed (https://cmake.org/download/)" >&2
        return 1
    fi
}

# Runs a command with its output in a log, shown only when it fails.
need_quiet() { # TITLE COMMAND...
    local title=$1 log
    shift
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        rm -f "$log"
        echo "$title failed: $*" >&2
        return 1
    fi
    rm -f "$log"
}
