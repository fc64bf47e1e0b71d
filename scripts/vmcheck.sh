#!/bin/sh
# ALSA's PCM and sequencer for real, on a machine that has neither sound card nor controller: a virtual one, with Debian's
# own kernel and its loopback card and virtual MIDI ports, whose root is this machine's, read-only. No network, no
# root rights, nothing installed. Exit code 77 with a word where it cannot be.
#     vmcheck.sh BUILD SOURCE
set -u
build=$1
source=$2
skip() {
	echo "vmcheck skipped: $*"
	exit 77
}
for program in qemu-system-x86_64 busybox cpio depmod arecord python3; do
	command -v $program >/dev/null || [ -x /usr/sbin/$program ] || skip "no $program here (scripts/deps.sh: vm_packages)"
done
[ "$(uname -m)" = x86_64 ] || skip "the machine is no x86_64"
PATH=$PATH:/usr/sbin:/sbin
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
begun=$(date +%s)

# The kernel, once: unpacked, not installed.
cache=$build/vm
if [ ! -e "$cache/ready" ]; then
	package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
	[ -n "$package" ] || skip 'apt knows no kernel'
	mkdir -p "$cache"
	(cd "$cache" && apt-get -q download "$package" >/dev/null 2>&1) || skip "$package cannot be downloaded"
	dpkg -x "$cache"/linux-image-*.deb "$cache/root" && rm -f "$cache"/linux-image-*.deb
	touch "$cache/ready"
fi
version=$(ls "$cache/root/lib/modules")
depmod -b "$cache/root" "$version"

# What it starts from: busybox, the modules, and what loads them.
mkdir -p "$dir/fs/bin" "$dir/fs/lib" "$dir/fs/proc" "$dir/fs/sys" "$dir/fs/dev" "$dir/fs/low" "$dir/fs/high" "$dir/fs/root"
cp "$(command -v busybox)" "$dir/fs/bin/"
: >"$dir/fs/order"
for module in virtio_pci 9p 9pnet_virtio overlay snd-seq snd-seq-dummy snd-seq-midi snd-virmidi snd-aloop; do
	modprobe -d "$cache/root" -S "$version" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' | while read -r file; do
	cp "$file" "$dir/fs/lib/" && echo "/lib/${file##*/}" >>"$dir/fs/order"
done
cat >"$dir/fs/init" <<EOF
#!/bin/busybox sh
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox ifconfig lo 127.0.0.1 up
while read -r m; do /bin/busybox insmod \$m || echo "VM: \$m: not loaded"; done </order
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /low || echo 'VM: FAIL no root'
/bin/busybox mount -t tmpfs none /high
/bin/busybox mkdir /high/up /high/work
/bin/busybox mount -t overlay -o lowerdir=/low,upperdir=/high/up,workdir=/high/work none /root || echo 'VM: FAIL no overlay'
for f in proc sys dev; do /bin/busybox mount -o bind /\$f /root/\$f; done
/bin/busybox mount -t tmpfs none /root/tmp
/bin/busybox mkdir -p /root/out /root$build /root$source
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 out /root/out || echo 'VM: FAIL no way out'
/bin/busybox mkdir -p /root/dev/shm; /bin/busybox mount -t tmpfs none /root/dev/shm
/bin/busybox mount -o bind /low$build /root$build
/bin/busybox mount -o bind /low$source /root$source
/bin/busybox chroot /root /bin/sh $source/tests/vm/inside.sh $build </dev/null 2>&1
/bin/busybox poweroff -f
EOF
chmod +x "$dir/fs/init"
(cd "$dir/fs" && find . | cpio -o -H newc --quiet | gzip -1) >"$dir/initrd"

# What the sound is compared with: a bar of the house that goes round, so that a composer that is late on a busy host
# changes nothing; and another bar.
mkdir "$dir/out"
for pattern in anvil furnace-line; do
	"$build/drumlin" render --bars 8 --tempo 130 --freeze 1 --primer techno/$pattern-verse -o "$dir/$pattern.wav" 2>"$dir/render.log" || {
		cat "$dir/render.log"
		exit 1
	}
done

# Emulated, so that it is the same everywhere: KVM inside another virtual machine may hang.
accel=${VM_ACCEL-tcg,thread=multi}
timeout "${VM_SECONDS-300}" qemu-system-x86_64 -M pc -accel "$accel" -cpu max -smp 1 -m 1024 -nodefaults -no-user-config -display none \
	-serial stdio -no-reboot -kernel "$cache/root/boot/vmlinuz-$version" -initrd "$dir/initrd" \
	-append 'console=ttyS0 loglevel=4 panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable random.trust_cpu=on' \
	-fsdev local,id=h,path=/,security_model=none,readonly=on,multidevs=remap \
	-device virtio-9p-pci,fsdev=h,mount_tag=host \
	-fsdev "local,id=o,path=$dir/out,security_model=none" -device virtio-9p-pci,fsdev=o,mount_tag=out </dev/null >"$dir/log" 2>&1
python3 "$source/tests/vm/pcm.py" "$dir/anvil.wav" "$dir/furnace-line.wav" "$dir/out/got.wav" >>"$dir/log" 2>&1 || echo 'VM: FAIL no comparison' >>"$dir/log"
[ -z "${VM_KEEP-}" ] || cp -r "$dir/out" "$dir/anvil.wav" "$VM_KEEP"
grep -v '^$' "$dir/log" | tail -n 80
echo "vmcheck: $(($(date +%s) - begun)) s, accelerated by ${accel%%,*}"
grep -q '^VM: finished' "$dir/log" || { echo 'vmcheck FAILED: it did not come to its end'; exit 1; }
if grep -q '^VM: FAIL\|ended with [1-9]' "$dir/log"; then
	echo 'vmcheck FAILED'
	exit 1
fi
