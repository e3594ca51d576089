#!/bin/sh
# Installs what is missing on Debian and Ubuntu; elsewhere names what is needed. Words: build, tools.
set -eu
need=''
have() { pkg-config --exists "$1" 2>/dev/null; }
command -v pkg-config >/dev/null 2>&1 || need="$need pkg-config"
command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 || need="$need gcc libc6-dev"
command -v make >/dev/null 2>&1 || need="$need make"
for pair in libmicrohttpd:libmicrohttpd-dev libcjson:libcjson-dev libcurl:libcurl4-gnutls-dev \
    libpcre2-8:libpcre2-dev gnutls:libgnutls28-dev sqlite3:libsqlite3-dev zlib:zlib1g-dev \
    yaml-0.1:libyaml-dev check:check; do
    have "${pair%%:*}" || need="$need ${pair#*:}"
done
if [ "${1:-build}" = tools ]; then
    for pair in clang:clang clang-tidy:clang-tidy clang-format:clang-format cppcheck:cppcheck wrk:wrk valgrind:valgrind \
        curl:curl python3:python3; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || need="$need ${pair#*:}"
    done
    ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1 || need="$need libclang-rt-14-dev"
fi
[ -n "$need" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "rehearse: missing on this system (Debian's names):$need" >&2
    echo "rehearse: install their equivalents with your package manager and run the same command again" >&2
    exit 2
fi
as_root=''
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "rehearse: please run as root: apt-get install$need" >&2
        exit 2
    fi
    as_root=sudo
fi
echo "installing:$need"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # words on purpose
{ $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $need; } >&2
