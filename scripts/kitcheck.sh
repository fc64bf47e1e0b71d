#!/bin/sh
# make kitcheck: installs the kits that Debian packages (kit_packages in deps.sh) and has drumlin load every one. Fails if
# one cannot be used; single samples that are missing are told. Usage: scripts/kitcheck.sh DRUMLIN
set -u
# shellcheck source=scripts/deps.sh
. scripts/deps.sh
# shellcheck disable=SC2086 # a list of names
install_packages $kit_packages || exit

set -- "$1" kit check --usable
for kit in /usr/share/hydrogen/data/drumkits/* /usr/share/sonic-pi/samples; do
	[ ! -d "$kit" ] || set -- "$@" "$kit"
done
if [ $# -eq 4 ]; then
	echo 'kitcheck: no kits are installed' >&2
	exit 1
fi
exec "$@"
