#!/bin/sh
# Runs the programs of this folder, each on an official SDK, against one `rehearse serve`; `tokens` verifies signed
# tokens with node's own crypto.
#
#   sh tests/clients/run.sh BIN            all of them
#   sh tests/clients/run.sh BIN python go  only these
#
# `cxone` drives NICE's own agent packages.
#
# A client is skipped, aloud, where its runtime or its SDK is not to be had. REQUIRE='javascript python' makes such
# a skip a failure: so that a build machine cannot lose its tests unseen. The pinned packages go to build/clients/
# and are kept between runs. Nothing but the package clients' own settings says where packages come from.
set -u

bin=${1:?usage: run.sh BIN [tokens] [javascript] [python] [go] [cxone]}
shift
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/build/clients
tmp=$(mktemp -d)
server=''
passed=0 failed=0 skipped=0

finish() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    failed=$((failed + 1))
    echo "not ok - $*"
}

# skip LANGUAGE REASON
skip() {
    case " ${REQUIRE:-} " in
    *" $1 "*) fail "$1 is required: $2" ;;
    *)
        skipped=$((skipped + 1))
        echo "skip: $2"
        ;;
    esac
}

have() { command -v "$1" >/dev/null 2>&1; }

# installed DIR FILE…: true if DIR was installed from just these files.
installed() {
    dir=$1
    shift
    [ -e "$dir/installed" ] || return 1
    cat "$@" | cmp -s - "$dir/installed"
}

# install_log: the end of what the package client said.
install_log() { tail -n 5 "$tmp/install.log" | sed 's/^/  /'; }

prepare_javascript() {
    have node || { skip javascript 'node not found'; return 1; }
    have npm || { skip javascript 'npm not found'; return 1; }
    dir=$cache/javascript
    set -- "$here/javascript/package.json" "$here/javascript/package-lock.json"
    if ! installed "$dir" "$@"; then
        rm -rf "$dir" && mkdir -p "$dir" && cp "$@" "$dir" || return 1
        if ! (cd "$dir" && timeout 600 npm ci --ignore-scripts --no-audit --no-fund) >"$tmp/install.log" 2>&1; then
            install_log
            skip javascript 'the JavaScript SDK could not be installed'
            return 1
        fi
        cat "$@" >"$dir/installed"
    fi
}
# Node's own crypto and fetch: nothing to install.
prepare_tokens() {
    have node || { skip tokens 'node not found'; return 1; }
    case $(node --version) in
    v[0-9].* | v1[0-7].*) skip tokens 'node is older than 18' && return 1 ;;
    esac
}
run_tokens() { timeout 60 node "$here/javascript/tokens.js" "$1"; }

run_javascript() {
    well=0
    for program in life tenant; do
        NODE_PATH=$cache/javascript/node_modules timeout 180 node "$here/javascript/$program.js" "$1" || well=1
    done
    return $well
}

prepare_python() {
    have python3 || { skip python 'python3 not found'; return 1; }
    dir=$cache/python
    set -- "$here/python/requirements.txt"
    if ! installed "$dir" "$@"; then
        rm -rf "$dir" && mkdir -p "$dir" || return 1
        # Debian's python3 has neither ensurepip nor pip: with one of the two we can go on.
        if python3 -m venv "$dir/venv" >"$tmp/install.log" 2>&1; then
            set -- "$dir/venv/bin/python" "$1"
        elif python3 -m pip --version >/dev/null 2>&1; then
            rm -rf "$dir/venv"
            set -- python3 "$1"
        else
            skip python 'neither venv nor pip found for python3'
            return 1
        fi
        if ! timeout 600 "$1" -m pip install --disable-pip-version-check --target "$dir/packages" -r "$2" \
            >"$tmp/install.log" 2>&1; then
            install_log
            skip python 'the Python SDK could not be installed'
            return 1
        fi
        cat "$2" >"$dir/installed"
    fi
}
run_python() {
    well=0
    for program in life tenant; do
        PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$cache/python/packages timeout 180 \
            python3 "$here/python/$program.py" "$1" || well=1
    done
    return $well
}

prepare_go() {
    have go || { skip go 'go not found'; return 1; }
    case $(GOTOOLCHAIN=local go env GOVERSION) in
    go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.20*) skip go 'go is older than 1.21' && return 1 ;;
    esac
    dir=$cache/go
    set -- "$here/go/go.mod" "$here/go/main.go"
    if ! installed "$dir" "$@"; then
        rm -rf "$dir" && mkdir -p "$dir" && cp "$here"/go/* "$dir" || return 1
        if ! (cd "$dir" && timeout 600 go mod download) >"$tmp/install.log" 2>&1; then
            install_log
            skip go 'the Go SDK could not be had from the module proxy'
            return 1
        fi
        if ! (cd "$dir" && timeout 600 go build -mod=mod -o life .) >"$tmp/install.log" 2>&1; then
            install_log
            fail 'the Go client does not build'
            return 1
        fi
        cat "$@" >"$dir/installed"
    fi
}
run_go() { timeout 180 "$cache/go/life" "$1"; }

# NICE's packages are modules for a browser's bundler: they are bundled once.
prepare_cxone() {
    have node || { skip cxone 'node not found'; return 1; }
    have npm || { skip cxone 'npm not found'; return 1; }
    dir=$cache/cxone
    set -- "$here/cxone/package.json" "$here/cxone/package-lock.json" "$here/cxone/entry.js"
    if ! installed "$dir" "$@"; then
        rm -rf "$dir" && mkdir -p "$dir" && cp "$@" "$dir" || return 1
        if ! (cd "$dir" && timeout 600 npm ci --ignore-scripts --no-audit --no-fund --legacy-peer-deps) \
            >"$tmp/install.log" 2>&1; then
            install_log
            skip cxone 'the NICE packages could not be installed'
            return 1
        fi
        if ! (cd "$dir" && node_modules/.bin/esbuild entry.js --bundle --platform=node --log-level=error \
            --outfile=bundle.js) >"$tmp/install.log" 2>&1; then
            install_log
            fail 'the NICE packages could not be bundled'
            return 1
        fi
        cat "$@" >"$dir/installed"
    fi
}
run_cxone() { timeout 60 node "$here/cxone/agent.js" "$cache/cxone/bundle.js" "$1"; }

start_server() {
    "$bin" serve --profile genesys-cloud --profile cxone=:0 --port 0 --ready-file "$tmp/ready.json" >"$tmp/server.log" 2>&1 &
    server=$!
    polls=0
    until [ -s "$tmp/ready.json" ]; do
        polls=$((polls + 1))
        if [ "$polls" -gt 200 ] || ! kill -0 "$server" 2>/dev/null; then
            sed 's/^/  /' "$tmp/server.log"
            fail 'the server was not ready within 10 seconds'
            echo "$passed passed, $failed failed, $skipped skipped"
            exit 1
        fi
        sleep 0.05
    done
}

stop_server() {
    kill -TERM "$server"
    # Kills the server if it has not stopped of itself in ten seconds; then its status is not 0.
    (
        sleep 10 &
        nap=$!
        trap 'kill $nap' TERM
        wait $nap && kill -KILL "$server"
    ) >/dev/null 2>&1 &
    guard=$!
    wait "$server"
    status=$?
    server=''
    kill "$guard" 2>/dev/null
    wait "$guard" 2>/dev/null
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo 'ok - the server stopped on SIGTERM with status 0'
    else
        sed 's/^/  /' "$tmp/server.log"
        fail "the server stopped on SIGTERM with status $status"
    fi
}

# one LANGUAGE: installs and runs one client, adds its counts to ours.
one() {
    echo "# $1"
    "prepare_$1" || return
    # A home of its own: the SDKs read settings there, and ours must not depend on the caller's.
    mkdir -p "$tmp/home"
    (HOME=$tmp/home && export HOME && "run_$1" "$tmp/ready.json") >"$tmp/client.log" 2>&1
    status=$?
    # Our own closing line shall be the only one of its form.
    sed 's/^[0-9]* passed, [0-9]* failed$/# &/' "$tmp/client.log"
    counts=$(awk '/^[0-9]+ passed, [0-9]+ failed$/ {p += $1; f += $3; n++} END {if (n) print p, f}' "$tmp/client.log")
    if [ -z "$counts" ]; then
        fail "the $1 client ended with status $status and without its closing line"
        return
    fi
    passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
    if [ "$status" -ne 0 ] && [ "${counts#* }" -eq 0 ]; then
        fail "the $1 client ended with status $status"
    fi
}

[ $# -gt 0 ] || set -- tokens javascript python go cxone
for language in "$@"; do
    case $language in
    tokens | javascript | python | go | cxone) ;;
    *) echo "run.sh: unknown client '$language': expected tokens, javascript, python, go or cxone" >&2 && exit 2 ;;
    esac
done
start_server
for language in "$@"; do
    one "$language"
done
stop_server
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
