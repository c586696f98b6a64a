#!/bin/sh
# Sees to the programs that judge and show our documents: Java for veraPDF, whose library comes with the Python packages,
# and pdftoppm for pictures of them. Installs them where it may (root or passwordless sudo, with apt); else says in one
# sentence what to install. Without them the tests that need veraPDF are skipped, and fail where CI is true.
set -eu
packages="default-jdk-headless poppler-utils"
. "$(dirname "$0")/apt_packages.sh"

present() {
    # A runtime without a compiler, or the stub of macOS, cannot run a source file.
    java --describe-module jdk.compiler >/dev/null 2>&1 && command -v pdftoppm >/dev/null 2>&1
}

see_to "To have documents judged" "openjdk poppler"
