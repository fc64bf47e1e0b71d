#!/bin/sh
# Configures a copy of the tree for another purpose, once: what was configured in the source folder itself would be taken for what is
# to be built there. Usage: scripts/elsewhere.sh SOURCE BUILD CONFIGURE-ARGUMENT...
set -eu

source=$1 build=$2
shift 2
mkdir -p "$build"
(cd "$source" && if [ -e .git ]; then git ls-files -z; else find . -type f ! -path './build*' -print0; fi) |
	(cd "$source" && tar --null -T - -cf -) | tar -C "$build" -xmf - # as of now: what was compiled before is older
cd "$build"
[ -f Makefile ] && exit
{ autoreconf -fi && ./configure "$@"; } >configure.out 2>&1 || {
	tail -n 30 configure.out
	exit 1
}
