#!/bin/sh
# Prints the newest Python from 3.11 to 3.14 on the PATH that can make a virtual environment,
# or says what is missing and which command installs it.  With --all: all of them, oldest
# first, those of a version manager whose shims are on the PATH included.
# Each candidate is tried out: a version manager leaves commands on the PATH that only say
# that the version is not chosen.
set -u

# The real program behind a command, if it runs, is new enough and can make an environment.
usable() {
    "$1" -c '
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 14) or sys.version_info.releaselevel != "final":
    sys.exit(1)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(2)
print(sys.executable)' 2>/dev/null
}

# The versions that a version manager keeps beside the folder of its shims.
managed() {
    (
        IFS=:
        for folder in $PATH; do
            case $folder in
            */shims)
                for program in "${folder%/shims}"/versions/*/bin/"$1"; do
                    [ -x "$program" ] && echo "$program"
                done
                ;;
            esac
        done
    )
}

first_usable() {
    for program in "$1" $2; do
        if found=$(usable "$program"); then
            echo "$found"
            return 0
        fi
    done
    return 1
}

if [ "${1:-}" = --all ]; then
    status=1
    for minor in 11 12 13 14; do
        first_usable "python3.$minor" "$(managed "python3.$minor")" && status=0
    done
    exit $status
fi

without_venv=
for name in python3.14 python3.13 python3.12 python3.11 python3; do
    if found=$(usable "$name"); then
        echo "$found"
        exit 0
    elif [ $? -eq 2 ]; then
        without_venv=${without_venv:-$name}
    fi
done

if [ -n "$without_venv" ]; then
    {
        echo "$without_venv is here, but not its venv module, which makes virtual environments."
        echo "On Debian and Ubuntu it is a package of its own:"
        echo "    apt install ${without_venv}-venv"
    } >&2
else
    {
        if command -v python3 >/dev/null 2>&1; then
            echo "xmppexplore needs Python 3.11 to 3.14; python3 here is $(python3 -V 2>&1)."
        else
            echo "xmppexplore needs Python 3.11 to 3.14; there is no python3 on the PATH."
        fi
        echo "Debian 12 and Ubuntu 24.04, or newer, have it:"
        echo "    apt install python3 python3-venv"
    } >&2
fi
exit 1
