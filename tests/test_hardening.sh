#!/bin/sh
# The program is what configure promised: position-independent, its tables read-only before main begins, its stacks
# guarded, its string functions checked. Asks readelf about the file, not the Makefile about its intentions.
set -u
drumlin=${DRUMLIN:-./drumlin}
harden_flags=${harden_flags-}
failed=0

if [ "${hardening-}" != yes ]; then
	echo "built without hardening"
	exit 77
fi
if ! command -v readelf >/dev/null; then
	echo "no readelf here"
	exit 77
fi

# has WORDS WHAT OPTION...: WORDS are in what readelf says with OPTION of the program.
has() {
	words=$1
	what=$2
	shift 2
	if ! readelf -W "$@" "$drumlin" 2>/dev/null | grep -q -e "$words"; then
		echo "FAIL: $drumlin has no $what"
		failed=1
	fi
}

# asked FLAG: configure found it.
asked() {
	case " $harden_flags " in
	*"$1"*) return 0 ;;
	esac
	return 1
}

has 'Type: *DYN' 'position-independent code' -h
has 'GNU_RELRO' 'read-only relocations' -l
has 'BIND_NOW\|FLAGS.*NOW' 'immediate binding' -d
has '__stack_chk_fail' 'stack protector' --dyn-syms
if asked _FORTIFY_SOURCE; then
	readelf -W --dyn-syms "$drumlin" | grep -v __stack_chk | grep -q '__[a-z]*_chk' ||
		{ echo "FAIL: only the stack is checked"; failed=1; }
fi
if readelf -W -l "$drumlin" | grep 'GNU_STACK' | grep -q 'E '; then
	echo "FAIL: the stack may be run"
	failed=1
fi
if readelf -W -d "$drumlin" | grep -q 'TEXTREL\|RPATH\|RUNPATH'; then
	echo "FAIL: text relocations, or a path to libraries of its own"
	failed=1
fi
exit "$failed"
