#!/bin/sh
# usage: abi.sh HEADER LAYOUT_PROGRAM LIBRARY MAP DUMP
# The interface as text must be what DUMP says, and the library must show what MAP lists and the header declares.
# RECOCORE_WRITE_ABI=1 writes DUMP anew: for additions only, or together with a new RECOCORE_ABI_MAJOR.
set -eu
header=$1 layout=$2 library=$3 map=$4 dump=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Declarations without comments and line breaks, one a line.
sed -e '/^#/d' "$header" | tr '\n' ' ' | sed -e 's:/\*:\n/*:g' | sed -e 's:/\*.*\*/::' | tr '\n' ' ' | tr -s ' ' >"$work/text"
sed -e 's/RECOCORE_API/\n&/g' "$work/text" | sed -n -e 's/^RECOCORE_API \([^;]*;\).*/\1/p' >"$work/functions"
sed -e 's/typedef struct/\n&/g' "$work/text" | sed -n -e 's/^\(typedef struct [^{;]*{[^}]*}[^;]*;\).*/\1/p' >"$work/structs"
sed -e 's/^.*[ *]\(recocore_[a-z0-9_]*\)(.*/\1/' "$work/functions" | sort >"$work/declared"
sed -n -e 's/^ *\(recocore_[a-z0-9_]*\);$/\1/p' "$map" | sort >"$work/listed"
nm -D --defined-only "$library" | sed -n -e 's/^[0-9a-f]* [^A] //p' | sed -e 's/@@RECOCORE_[0-9]*$//' | sort >"$work/shown"

diff -u "$work/declared" "$work/listed" || { echo "recocore.h declares other functions than $map lists" >&2; exit 1; }
diff -u "$work/listed" "$work/shown" || { echo "$library shows other symbols than $map lists" >&2; exit 1; }

{ "$layout"; cat "$work/structs" "$work/functions"; } >"$work/abi"
if [ "${RECOCORE_WRITE_ABI:-}" = 1 ]; then
  cp "$work/abi" "$dump"
fi
diff -u "$dump" "$work/abi" || {
  echo "The C interface is not that of $dump. Programs that exist would break by what was changed or taken away." >&2
  exit 1
}
