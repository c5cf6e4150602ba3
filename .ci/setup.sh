#!/bin/sh
# setup.sh VENV WHAT [CONSTRAINTS]: makes the virtual environment VENV unless it is there and
# runs, and installs WHAT into it (with pip's words for it), editable.
set -eu
venv=$1
what=$2
constraints=${3:-}
here=$(dirname "$0")

if ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
    python=$(sh "$here/find-python.sh")
    echo "making $venv with $("$python" -V)"
    # An environment whose Python was removed or replaced cannot be mended, only made anew.
    "$python" -m venv --clear "$venv"
fi

echo "installing $what and what it needs; the first time takes a minute or two"
set -- --quiet --disable-pip-version-check --editable "$what"
if [ -n "$constraints" ]; then
    set -- "$@" --constraint "$constraints"
else
    set -- "$@" --upgrade --upgrade-strategy eager
fi
if ! "$venv/bin/python" -m pip install "$@"; then
    echo "pip could not install $what: its own words are above; without a network, or behind" >&2
    echo "a proxy, set PIP_INDEX_URL or HTTPS_PROXY and run the same command again." >&2
    exit 1
fi
