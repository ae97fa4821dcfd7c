#!/bin/sh
# setup.sh STAMP REQUIREMENTS: makes .venv and installs pinned requirements into it; what `make` does first.
# Needs Python 3.11 or later. Debian keeps the part of Python that makes virtual environments in a package of its own
# (python3-venv); where that is missing, pip is taken from Debian's python3-pip-whl without installing anything.
set -eu

stamp=$1
requirements=$2
venv=.venv

fail() {
    echo "setup: $1" >&2
    exit 3
}

suitable() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if suitable "$name"; then
            echo "$name"
            return
        fi
    done
    fail "no Python 3.11 or later on PATH; set PYTHON=/path/to/python3"
}

# pip as a wheel, unpacked from Debian's package into a temporary directory.
borrow_pip() {
    (cd "$1" && apt-get download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .) >/dev/null ||
        fail "this Python cannot make a virtual environment; install python3-venv (apt-get install python3-venv)"
    wheel=$(echo "$1"/usr/share/python-wheels/pip-*.whl)
    PYTHONPATH=$wheel "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
}

make_venv() {
    python=$(find_python)
    rm -rf "$venv"
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv "$venv"
    else
        "$python" -m venv --without-pip "$venv"
        scratch=$(mktemp -d)
        trap 'rm -rf "$scratch"' EXIT
        borrow_pip "$scratch"
    fi
}

# A Python that was upgraded or removed leaves an environment that does not start.
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
echo "setup: installing $requirements into $venv" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2 ||
    fail "pip could not install $requirements"
touch "$stamp"
