#!/bin/sh
# usage: run.sh LIBRECOCORE.so RECOCORE.h FOLDER. Brings koffi, as package.json has it, into the folder. Ends with 77 when
# there is no Node or no koffi to be had, or 1 if RECOCORE_EXAMPLES is "all".
set -eu
skip() {
  echo "$1" >&2
  [ "${RECOCORE_EXAMPLES:-}" = all ] && exit 1
  exit 77
}
command -v node >/dev/null || skip "This needs Node. Debian: nodejs."
mkdir -p "$3"
cp "$(dirname "$0")/package.json" "$3/"
if ! (cd "$3" && node -e 'require("koffi")' 2>/dev/null); then
  command -v npm >/dev/null || skip "This needs npm, which brings koffi. Debian: npm."
  (cd "$3" && npm install --no-audit --no-fund --no-package-lock --ignore-scripts --loglevel=error) ||
    skip "npm could not bring koffi."
fi
NODE_PATH="$3/node_modules" exec node "$(dirname "$0")/shop.js" "$1" "$3/shop.reco"
