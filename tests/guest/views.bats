# SPDX-License-Identifier: Apache-2.0
# Layers as views on another kernel than the machine's, and on a disk that checks what is read (fs-verity). Runs in the
# guest with a new kernel (tests/guest/run --new-kernel).

load ../functional/lib

setup_file() {
	[ "$(cat /proc/1/comm)" = systemd ] && [ "$(hostname)" = guest ] || skip "only for the guest of tests/guest/run"
	common_setup_file
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

# on_disk OPTION...: the store is on an ext4 of its own that was made with these options, disk.img.
on_disk() {
	cd "$BATS_TEST_TMPDIR"
	truncate -s 1G disk.img
	modprobe loop
	mkfs.ext4 -q "$@" disk.img
	mkdir disk
	mount -o loop disk.img disk
	new_data_dir "$BATS_TEST_TMPDIR/disk"
}

# Files with fs-verity have a V among the attributes that lsattr prints.
has_verity() {
	lsattr "$1" | cut -d' ' -f1 | grep -q V
}

@test "layers are views on this kernel, and pods see in them what they see in trees" {
	local image kind
	for kind in tree erofs; do
		new_data_dir "$BATS_TEST_TMPDIR/$kind"
		image=$(RKT_LAYER_VIEW=$kind rkt --insecure-options=image fetch "oci:$FIXTURES/oci:layers")
		start_pod "$image" --user=0 --group=0 --exec=/bin/sleep -- 1000
		listing "$(first_app)" | grep -v '^./etc/mtab ' >"$BATS_TEST_TMPDIR/$kind.list"
		rkt stop "$POD"
		wait_for_pod_end
	done
	expect_match "$(rkt config 2>&1 >/dev/null)" 'are not unpacked'
	[ "$(find "$BATS_TEST_TMPDIR/erofs" -name index | wc -l)" = 4 ]
	diff "$BATS_TEST_TMPDIR"/{tree,erofs}.list
}

@test "damage on a disk that checks what is read is an error, and never wrong data" {
	local tar block number
	on_disk -O verity -b 4096
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	tar=$(echo "$RKT_DATA"/cas/tree/*/tar)
	wait_until has_verity "$tar"
	wait_until has_verity "${tar%/tar}/index"
	# Nobody can change them any more.
	run sh -c "echo damage >>'$tar'"
	[ "$status" != 0 ]
	pod "$BUSYBOX" --exec=/bin/head -- -n 1 /etc/passwd
	expect_match "$output" '^root:'
	rkt gc --grace-period=0s
	# The block of the disk where the file's content is.
	block=$(tar --block-number -tf "$tar" rootfs/etc/passwd | sed -n 's/^block \([0-9]*\): rootfs.*/\1/p')
	number=$(debugfs -R "bmap <$(stat -c %i "$tar")> $(((block + 1) / 8))" disk.img 2>/dev/null)
	umount disk
	printf 'toor:' | dd of=disk.img bs=1 seek=$((number * 4096 + (block + 1) % 8 * 512)) conv=notrunc status=none
	mount -o loop disk.img disk
	pod "$BUSYBOX" --exec=/bin/cat -- /etc/passwd
	[ "$status" != 0 ]
	expect_equal "$output" 'cat: read error: Input/output error'
	run rkt fsck
	expect_status 254
	expect_match "$output" 'is damaged'
	rkt fsck --repair
	pod "$BUSYBOX" --exec=/bin/head -- -n 1 /etc/passwd
	expect_match "$output" '^root:'
	rkt gc --grace-period=0s
	umount disk
}

@test "a layer that is turned over is checked, too" {
	local tar
	on_disk -O verity -b 4096
	RKT_LAYER_VIEW=tree rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	wait_until store_is_settled
	rkt image gc
	tar=$(echo "$RKT_DATA"/cas/tree/*/tar)
	has_verity "$tar"
	has_verity "${tar%/tar}/index"
	umount disk
}
