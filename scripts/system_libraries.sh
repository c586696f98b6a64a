#!/bin/sh
# Sees to the system libraries that WeasyPrint loads: system_libraries.sh PYTHON
# Installs them where it may (root or passwordless sudo, with apt); else says in one sentence what to install.
set -eu
python=$1
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
. "$(dirname "$0")/apt_packages.sh"

# Where Homebrew puts libraries; set here, as macOS takes the variable from every shell that it starts.
export DYLD_FALLBACK_LIBRARY_PATH="${DYLD_FALLBACK_LIBRARY_PATH:-/opt/homebrew/lib:/usr/local/lib:/usr/lib}"

present() {
    # In a process of its own: what cannot be loaded may crash it.
    "$python" -c 'import weasyprint' >/dev/null 2>&1
}

see_to "WeasyPrint needs Pango" "pango"
