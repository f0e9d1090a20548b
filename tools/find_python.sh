#!/bin/sh
# Prints the first Python that is 3.11 or newer and can make a virtual environment.
# 3.11 comes first: constraints.txt was made with it.
for python in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3 python; do
    [ -n "$python" ] || continue
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$python"
        exit 0
    fi
done
echo "No Python 3.11 or newer with venv was found (python3 here: $(python3 --version 2>/dev/null || echo none))." >&2
echo "Install one (Debian, Ubuntu: python3.11 and python3.11-venv) or name it: make setup PYTHON=/path/to/python3.11" >&2
exit 1
