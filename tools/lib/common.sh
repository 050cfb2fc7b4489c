# Shared by the scripts in tools/: sourced, not run. Expects `set -eu` in the caller.

root=$(cd "$(dirname "$0")/.." && pwd)

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# misused MESSAGE: for a call that cannot be meant, before anything is done.
misused() { printf '%s: %s; --help says more\n' "${0##*/}" "$*" >&2; exit 2; }

# configure DIR MESON-OPTION...: creates the build directory once; meson itself notices later changes. What only runs
# the product leaves the tests out, so that it needs none of their packages.
configure() {
    dir=$1; shift
    [ -f "$dir/build.ninja" ] && return 0
    set -- -Dtests=disabled "$@"
    say "Configuring ${dir#"$root"/}"
    meson setup "$dir" "$root" "$@" >"$dir.setup.log" 2>&1 || { cat "$dir.setup.log" >&2; die "meson setup failed"; }
    mv "$dir.setup.log" "$dir/setup.log"
}

# configure_tests DIR MESON-OPTION...: the same with the tests, also for a directory that was made without.
configure_tests() {
    configure "$@" -Dtests=enabled
    [ -d "$1/tests/plugins" ] || meson configure "$1" -Dtests=enabled || die "meson configure failed"
}

# node_modules DIR PURPOSE: installs what DIR/package-lock.json names, if that has not been done.
node_modules() {
    marker=$1/node_modules/.package-lock.json
    # The marker's absence is asked for: dash calls no file newer than one that does not exist.
    [ ! -e "$marker" ] || [ "$1/package-lock.json" -nt "$marker" ] || return 0
    say "Installing $2"
    (cd "$1" && npm ci --silent --no-audit --no-fund) || die "npm ci failed in $1"
}

# compile DIR [TARGET...]: silent when nothing is to be done.
compile() {
    dir=$1; shift
    say "Building ${dir#"$root"/}${*:+: $*}"
    ninja -C "$dir" "$@" || die "the build failed"
}

# run_built TARGET ARGUMENT...: replaces the shell by build/tools/TARGET, which is built first when it is missing.
run_built() {
    target=tools/$1; shift
    if [ ! -x "$root/build/$target" ]; then
        { "$root/tools/setup" --run && configure "$root/build" --buildtype=release &&
            compile "$root/build" "$target"; } >&2
    fi
    exec "$root/build/$target" "$@"
}
