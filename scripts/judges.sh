#!/bin/sh
# Sees to the programs that judge and show our documents: Java for veraPDF, whose library comes with the Python packages,
# and pdftoppm for pictures of them. Installs them where it may (root or passwordless sudo, with apt); else says in one
# sentence what to install. Without them the tests that need veraPDF are skipped, and fail where CI is true.
set -eu
packages="default-jdk-headless poppler-utils"

present() {
    # A runtime without a compiler, or the stub of macOS, cannot run a source file.
    java --describe-module jdk.compiler >/dev/null 2>&1 && command -v pdftoppm >/dev/null 2>&1
}

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

present && exit 0
if may_install; then
    echo "Installing what judges and shows documents: $packages"
    # The package lists may be missing or too old for the mirror.
    { install || { as_root apt-get update -qq && install; }; } >/dev/null 2>&1 || true
    present && exit 0
fi
if [ "$(uname -s)" = Darwin ]; then
    echo "To have documents judged, please run: brew install openjdk poppler" >&2
else
    echo "To have documents judged, please run (on Debian and Ubuntu): sudo apt-get install --no-install-recommends $packages" >&2
fi
exit 1
