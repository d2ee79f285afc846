#!/bin/sh
# usage: pkg_config_c.sh SOURCE. Compiles, links and runs one C file with what pkg-config says of recocore-c.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags=$(pkg-config --cflags --libs recocore-c)
# The flags are words: not quoted.
# shellcheck disable=SC2086
"$CC" -std=c11 -Wall -Wextra -pedantic -Werror "$1" $flags -o "$work/program"
"$work/program" "$work/shop.reco"
