#!/bin/sh
# Sees to the system libraries that WeasyPrint loads: system_libraries.sh PYTHON
# Installs them where it may (root or passwordless sudo, with apt); else says in one sentence what to install.
set -eu
python=$1
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

# Where Homebrew puts libraries; set here, as macOS takes the variable from every shell that it starts.
export DYLD_FALLBACK_LIBRARY_PATH="${DYLD_FALLBACK_LIBRARY_PATH:-/opt/homebrew/lib:/usr/local/lib:/usr/lib}"

present() {
    # In a process of its own: what cannot be loaded may crash it.
    "$python" -c 'import weasyprint' >/dev/null 2>&1
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
    echo "Installing the system libraries that WeasyPrint needs: $packages"
    # The package lists may be missing or too old for the mirror.
    { install || { as_root apt-get update -qq && install; }; } >/dev/null 2>&1 || true
    present && exit 0
fi
if [ "$(uname -s)" = Darwin ]; then
    echo "WeasyPrint needs Pango, please run: brew install pango" >&2
else
    echo "WeasyPrint needs Pango, please run (on Debian and Ubuntu): sudo apt-get install --no-install-recommends $packages" >&2
fi
exit 1
