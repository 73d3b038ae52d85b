# The set-up shared by demo, test and check: finds a Python, makes .venv, installs into it.
#
# Sourced, not run. Sets ROOT (the repository) and VENV_PYTHON, and leaves the working
# directory alone.
#
# Environment:
#   PYTHON                 the interpreter to make .venv with (default: the newest found)
#   XENOSCAN_CONSTRAINTS   a pip constraints file, such as requirements-oldest.txt
# shellcheck shell=sh

ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
VENV=$ROOT/.venv
VENV_PYTHON=$VENV/bin/python
INSTALL_LOG=$VENV/install.log
# Its presence means that an installation began and did not end.
INSTALLING=$VENV/xenoscan-installing
# What the environment was installed from.
INSTALLED=$VENV/xenoscan-installed

# What .venv takes, measured with Python 3.11 (1529 MB), and pip's working space.
NEEDED_MB=2100

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$(basename -- "$0")" "$1" >&2
    shift
    for line in "$@"; do
        printf '  %s\n' "$line" >&2
    done
    exit 1
}

runs() {
    "$1" -c 'import sys' >/dev/null 2>&1
}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])'
}

# Newest first; the unversioned names come last, for systems that have no other.
candidates() {
    if [ -n "${PYTHON:-}" ]; then
        printf '%s\n' "$PYTHON"
    else
        printf '%s\n' python3.14 python3.13 python3.12 python3.11 python3.10 python3 python
    fi
}

how_to_get_python() {
    fail "$1" \
        "XENOSCAN needs Python 3.10 or newer. To get it:" \
        "  Debian, Ubuntu, WSL2:  sudo apt install python3 python3-venv" \
        "  Fedora:                sudo dnf install python3" \
        "  macOS:                 brew install python, or https://www.python.org/downloads/" \
        "If it is somewhere unusual: PYTHON=/path/to/python3 $0"
}

# Print the interpreter to make .venv with, or say what is missing.
find_python() {
    too_old='' without_venv=''
    for candidate in $(candidates); do
        if ! runs "$candidate"; then
            continue
        elif ! is_recent "$candidate"; then
            too_old=${too_old:-$candidate}
        elif ! has_venv "$candidate"; then
            without_venv=${without_venv:-$candidate}
        else
            printf '%s\n' "$candidate"
            return
        fi
    done
    if [ -n "$without_venv" ]; then
        fail "$without_venv ($(version_of "$without_venv")) has no venv module." \
            "Debian, Ubuntu, WSL2:  sudo apt install python3-venv" \
            "Then run $0 again."
    elif [ -n "$too_old" ]; then
        how_to_get_python "$too_old is Python $(version_of "$too_old"), which is too old."
    fi
    how_to_get_python "no ${PYTHON:-python3} found."
}

# What an environment is made from: the same text means that nothing has to be installed.
# Of pyproject.toml that is what stands before the settings of tools.
requirements() {
    sed '/^\[tool\./,$d' "$ROOT/pyproject.toml" || exit 1
    for file in requirements.txt requirements-dev.txt ${XENOSCAN_CONSTRAINTS:+"$XENOSCAN_CONSTRAINTS"}; do
        printf '# %s\n' "$file"
        (cd -- "$ROOT" && cat -- "$file") || exit 1
    done
}

check_disk_space() {
    free_mb=$(df -Pk -- "$ROOT" | awk 'NR == 2 { print int($4 / 1024) }')
    if [ "${free_mb:-$NEEDED_MB}" -lt "$NEEDED_MB" ]; then
        fail "no space: $ROOT has $free_mb MB free, and the installation needs $NEEDED_MB MB."
    fi
}

make_venv() {
    # "venv --clear" empties what a link leads to, which may serve another repository.
    if [ -L "$VENV" ]; then
        fail "$VENV is a link, and what it leads to is not a whole installation." \
            "Remove the link, or mend what it leads to. Then run $0 again."
    fi
    check_disk_space
    python=$(find_python) || exit 1
    say "Making .venv with Python $(version_of "$python")."
    if ! output=$("$python" -m venv --clear "$VENV" 2>&1); then
        fail "could not make $VENV:" "$(printf '%s\n' "$output" | tail -n 1)"
    fi
}

explain_failed_install() {
    if grep -q 'No space left on device' "$INSTALL_LOG"; then
        reason='the disk is full.'
    elif grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Connection (refused|reset|aborted)|Network is unreachable|SSLError|[Tt]imed out' "$INSTALL_LOG"; then
        reason='the package registry cannot be reached: no network, or a proxy is needed (SETUP.md).'
    else
        reason=$(grep -E '^ *(ERROR|error):' "$INSTALL_LOG" | tail -n 1)
    fi
    fail "the installation failed: ${reason:-pip gave no reason.}" \
        "All that pip said: $INSTALL_LOG" \
        "Run $0 again to go on."
}

# Each install_with_... takes the arguments that pip and uv share. uv needs seconds where pip tries
# one release after the other; pip remains for where uv cannot be had, or fails.
# Neither compiles: that takes a minute, and most of what is there is never imported.
install_with_uv() {
    "$VENV_PYTHON" -m uv --version 2>/dev/null || pip_install --quiet uv || return
    # uv does not read where pip is told to look.
    registry=$("$VENV_PYTHON" -m pip config list | sed -n "s/^[a-z:]*\.index-url='\(.*\)'\$/\1/p" | head -n 1)
    "$VENV_PYTHON" -m uv pip install --python "$VENV_PYTHON" ${registry:+--default-index "$registry"} "$@"
}

pip_install() {
    "$VENV_PYTHON" -m pip install --disable-pip-version-check --no-input --retries 2 --no-compile "$@"
}

install() {
    install_with_uv "$@" >"$INSTALL_LOG" 2>&1 || pip_install "$@" >"$INSTALL_LOG" 2>&1 ||
        explain_failed_install
}

install_requirements() {
    say "Installing the xenoscan command and all that it needs; the first time takes a minute or two."
    : >"$INSTALLING" || exit 1
    install ${XENOSCAN_CONSTRAINTS:+-c "$ROOT/$XENOSCAN_CONSTRAINTS"} \
        -r "$ROOT/requirements-dev.txt" -e "$ROOT[all]"
    requirements >"$INSTALLED" && rm -f -- "$INSTALLING"
}

# Install what one more file of requirements lists, if it was not installed yet.
set_up_also() {
    installed=$VENV/xenoscan-$(basename -- "$1")
    if ! cmp -s -- "$ROOT/$1" "$installed"; then
        say "Installing what $1 lists."
        install -r "$ROOT/$1"
        cp -- "$ROOT/$1" "$installed"
    fi
}

is_usable_venv() {
    # Packages of an interrupted installation may be torn, and pip would not notice.
    [ ! -e "$INSTALLING" ] && is_recent "$VENV_PYTHON" &&
        "$VENV_PYTHON" -m pip --version >/dev/null 2>&1 && is_the_python_asked_for
}

is_the_python_asked_for() {
    [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of "$VENV_PYTHON")" ]
}

is_installed() {
    [ ! -e "$INSTALLING" ] && [ -e "$INSTALLED" ] && [ "$(cat -- "$INSTALLED")" = "$1" ] &&
        is_recent "$VENV_PYTHON" && is_the_python_asked_for
}

# Make .venv what the requirements say. Does nothing, quickly, if it is that already.
set_up() {
    wanted=$(requirements) || exit 1
    if is_installed "$wanted"; then
        return
    fi
    is_usable_venv || make_venv
    install_requirements
}
