#!/bin/sh
# What desktops, software centres and session managers find once it is installed: where they look, in forms that
# their own validators take, naming a program that is there.
set -u
failed=0
work=$(mktemp -d "${TMPDIR:-/tmp}/drumlin-desktop-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*"
	failed=1
}

"${MAKE:-make}" -s DESTDIR="$work" prefix=/usr datadir=/usr/share install-dist_desktopDATA install-dist_metainfoDATA \
	install-dist_iconDATA >"$work/log" 2>&1 || fail "they cannot be installed: $(cat "$work/log")"
share=$work/usr/share
entry=$share/applications/drumlin.desktop
about=$share/metainfo/io.github.drumlin.Drumlin.metainfo.xml
icon=$share/icons/hicolor/scalable/apps/drumlin.svg
for file in "$entry" "$about" "$icon"; do
	[ -r "$file" ] || fail "${file#"$work"} is not installed"
done
[ "$failed" -eq 0 ] || exit 1

value() {
	sed -n "s/^$1=//p" "$entry"
}

# The program's command line is one that it takes, and the icon that is installed is the one that is named.
[ "$(value Exec)" = 'drumlin play' ] || fail "Exec=$(value Exec)"
./drumlin play --help >/dev/null || fail 'Exec is not a command of drumlin'
[ "$(value Icon)" = "$(basename "$icon" .svg)" ] || fail "Icon=$(value Icon) is not what is installed"
[ "$(value Terminal)" = true ] || fail 'it needs a terminal'
# The keys by which session managers (New Session Manager's API) list it; the name has no path and no argument.
[ "$(value X-NSM-Capable)" = true ] || fail 'X-NSM-Capable is missing'
[ "$(value X-NSM-Exec)" = drumlin ] || fail 'X-NSM-Exec is not the program'

if command -v python3 >/dev/null; then
	python3 - "$about" "$icon" "$(./drumlin --version | sed -n '1s/.* //p')" <<'END' || failed=1
import sys
import xml.etree.ElementTree as tree

about, icon, version = tree.parse(sys.argv[1]).getroot(), tree.parse(sys.argv[2]).getroot(), sys.argv[3]
wrong = []
if about.findtext('launchable') != 'drumlin.desktop':
    wrong.append('launchable is not the desktop file')
if about.findtext('provides/binary') != 'drumlin':
    wrong.append('it provides no drumlin')
if about.find('releases/release').get('version') != version:
    wrong.append('the newest release is not %s' % version)
if len(set(icon.get('viewBox', '0 0 0 1').split()[2:])) != 1:
    wrong.append('the icon is not square')
if any('href' in name for node in icon.iter() for name in node.attrib):
    wrong.append('the icon needs other files')
for fault in wrong:
    print(fault)
sys.exit(bool(wrong))
END
fi
if command -v desktop-file-validate >/dev/null; then
	desktop-file-validate "$entry" >"$work/log" 2>&1 || fail "desktop-file-validate: $(cat "$work/log")"
	! [ -s "$work/log" ] || fail "desktop-file-validate: $(cat "$work/log")"
else
	echo 'without desktop-file-validate'
fi
if command -v appstreamcli >/dev/null; then
	appstreamcli validate --no-net "$about" >"$work/log" 2>&1 || fail "appstreamcli: $(cat "$work/log")"
else
	echo 'without appstreamcli'
fi
exit "$failed"
