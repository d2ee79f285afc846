#!/bin/sh
# usage: pkg_config.sh PACKAGE SOURCE. Compiles, links and runs one file with what pkg-config says of a package.
set -eu
package=$1
source=$2
program=$(mktemp)
trap 'rm -f "$program"' EXIT

flags=$(pkg-config --cflags --libs "$package")
# The flags are words: not quoted.
# shellcheck disable=SC2086
"$CXX" -std=c++20 "$source" $flags -o "$program"
"$program"
