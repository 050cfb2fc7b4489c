# Shared by the scripts in tools/: sourced, not run. Expects `set -eu` in the caller.

root=$(cd "$(dirname "$0")/.." && pwd)

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# configure DIR MESON-OPTION...: creates the build directory once; meson itself notices later changes.
configure() {
    dir=$1; shift
    [ -f "$dir/build.ninja" ] && return 0
    say "Configuring ${dir#"$root"/}"
    meson setup "$dir" "$root" "$@" >"$dir.setup.log" 2>&1 || { cat "$dir.setup.log" >&2; die "meson setup failed"; }
    mv "$dir.setup.log" "$dir/setup.log"
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
