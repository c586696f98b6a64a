#!/bin/sh
# Says in one sentence what is wrong with a Python before make uses it: check_python.sh PYTHON
set -eu
python=$1

if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python 3.11 or newer is needed and '$python' was not found: install it, or name it as in: make PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed and '$python' is $("$python" -V 2>&1): name a newer one, as in: make PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "'$python' cannot make virtual environments: on Debian and Ubuntu, run: sudo apt-get install python3-venv" >&2
    exit 1
fi
