# Debian packages that Drumlin needs, and their installation. Sourced by ./play and ./check (POSIX sh).

# shellcheck shell=sh disable=SC2034 # used by those who source this

# To build it. OpenBLAS is opened at run time by `drumlin train` alone.
build_packages='gcc libc6-dev make autoconf automake pkg-config
	libjack-jackd2-dev libasound2-dev liblo-dev libportmidi-dev libsndfile1-dev libsamplerate0-dev
	libjansson-dev libexpat1-dev libfftw3-dev libarchive-dev zlib1g-dev libncurses-dev libcairo2-dev libopenblas0-pthread
	g++ ableton-link-dev libavahi-client-dev'

# To test it: JACK servers of its own, OSC from outside, sound files to look at, a second compiler, the tarball,
# the manual page, a second opinion on layouts, a model checker, coverage, instructions counted, a bus and
# an Avahi daemon of their own, what software centres ask of desktop files.
test_packages='libcmocka-dev jackd2 liblo-tools sox clang xz-utils groff python3 spin gcovr valgrind
	avahi-daemon dbus-daemon desktop-file-utils appstream'

# What networks are compared with, in a test and in make bench; both go without where it is missing.
torch_packages='python3-torch'

# Kits to try it with (make kitcheck, make ear).
kit_packages='hydrogen-drumkits hydrogen-data sonic-pi-samples'

# A virtual machine with a sound card and MIDI ports (make vmcheck); its kernel is downloaded, not installed.
vm_packages='qemu-system-x86 busybox-static cpio kmod alsa-utils python3'

# Programs to be in time with (make synccheck).
sync_packages='jackd2 klick jack-midi-clock hydrogen hydrogen-data ecasound pipewire pipewire-jack liblo-tools sox'

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "$0: neither root nor sudo; as root, run: $*" >&2
		return 1
	fi
}

# install_packages NAME...: installs what is missing, and asks apt for nothing if nothing is.
install_packages() {
	missing=
	for package; do
		is_installed "$package" || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	if ! command -v apt-get >/dev/null; then
		echo "$0: no apt-get here; looking for what is installed otherwise" >&2
		return 0
	fi
	echo "Installing:$missing"
	as_root apt-get -q update </dev/null || return
	# shellcheck disable=SC2086 # a list of names
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing </dev/null
}

# make_all: configures if there is no Makefile yet, and makes what is out of date.
make_all() {
	[ -x configure ] || autoreconf -fi
	[ -f Makefile ] || ./configure --quiet
	make -s -j"$(nproc)"
}
