# Sourced: sets $python to the first Python that is new enough. Each is tried by running it,
# because a name on the PATH may be a shim for a version that is not installed.
python=
for name in python3 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "$0: Python 3.11 or newer is needed and was not found (Debian, Ubuntu: apt-get install python3 python3-venv)" >&2
    exit 1
fi
