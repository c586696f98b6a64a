# Read by the scripts that see to system packages; they say which in $packages, and in present() how to know.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

install() {
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
}

# see_to WHAT HOMEBREW'S_PACKAGES: ends the script, with 0 where all is present in the end.
see_to() {
    present && exit 0
    if may_install; then
        echo "$1: installing $packages"
        # The package lists may be missing or too old for the mirror.
        { install || { as_root apt-get update -qq && install; }; } >/dev/null 2>&1 || true
        present && exit 0
    fi
    if [ "$(uname -s)" = Darwin ]; then
        echo "$1: please run: brew install $2" >&2
    else
        echo "$1: please run (on Debian and Ubuntu): sudo apt-get install --no-install-recommends $packages" >&2
    fi
    exit 1
}
