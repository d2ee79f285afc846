#!/bin/sh
# usage: run.sh LIBRECOCORE.so RECOCORE.h FOLDER. Ends with 77 when there is no PHP with FFI, or 1 if RECOCORE_EXAMPLES is
# "all".
set -eu
if ! php -r 'exit(class_exists("FFI") ? 0 : 1);' 2>/dev/null; then
  echo "This needs PHP with FFI on the command line. Debian: php-cli." >&2
  [ "${RECOCORE_EXAMPLES:-}" = all ] && exit 1
  exit 77
fi
mkdir -p "$3"
exec php "$(dirname "$0")/shop.php" "$1" "$2" "$3/shop.reco"
