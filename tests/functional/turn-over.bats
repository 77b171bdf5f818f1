#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Layers that were unpacked, and that "rkt image gc" turns over into views.

load lib.bash

LAYERS="oci:$FIXTURES/oci:layers"

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	export RKT_LAYER_VIEW=tree
	IMAGE=$(rkt --insecure-options=image fetch "$LAYERS")
	wait_until store_is_settled
	unset RKT_LAYER_VIEW
}

teardown() {
	drop_views
	! mountpoint -q "$BATS_TEST_TMPDIR/small" || umount -l "$BATS_TEST_TMPDIR/small"
	common_teardown
}

turned_over() {
	(cd "$RKT_DATA/cas/tree" && ls -d */index 2>/dev/null | cut -d/ -f1)
}

# What is in the image, by all that can be known of a file.
rendered() {
	rm -rf "$BATS_TEST_TMPDIR/rendered"
	rkt image render "$IMAGE" "$BATS_TEST_TMPDIR/rendered"
	contents "$BATS_TEST_TMPDIR/rendered/rootfs"
	stat -c '%a %u:%g %y' "$BATS_TEST_TMPDIR/rendered/rootfs"
}

# The store, unpacked, on a disk that has room for little more.
small_disk() {
	truncate -s 200M "$BATS_TEST_TMPDIR/disk"
	mkfs.ext4 -q "$BATS_TEST_TMPDIR/disk"
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -o loop "$BATS_TEST_TMPDIR/disk" "$BATS_TEST_TMPDIR/small"
	RKT_DATA=$BATS_TEST_TMPDIR/small
	RKT_LAYER_VIEW=tree rkt --insecure-options=image fetch "$LAYERS" >/dev/null
	wait_until store_is_settled
}

@test "image gc makes views of layers that were unpacked, and they show the same" {
	local layer before
	before=$(ls "$RKT_DATA/cas/tree")
	rendered >"$BATS_TEST_TMPDIR/before"
	run --separate-stderr rkt image gc
	expect_status 0
	expect_equal "$(grep -c 'is no longer unpacked: it is seen by a view$' <<<"$stderr")" 4
	expect_equal "$(turned_over | wc -l)" 4
	expect_equal "$(ls "$RKT_DATA/cas/tree")" "$before"
	expect_equal "$(ls -A "$RKT_DATA/cas/tmp")" ''
	for layer in $(turned_over); do
		expect_equal "$(ls -A "$RKT_DATA/cas/tree/$layer/rootfs")" ''
		expect_equal "$(sed -n 's/^digest=//p' "$RKT_DATA/cas/tree/$layer/info")" "$(sha256sum <"$RKT_DATA/cas/tree/$layer/tar" | cut -d' ' -f1)"
		expect_equal "$(sed -n 's/^boot=//p' "$RKT_DATA/cas/tree/$layer/info")" "$ON_DISK"
	done
	rendered | diff "$BATS_TEST_TMPDIR/before" -
	pod "$IMAGE" --exec=/bin/sh -- -c 'ls /opt/opaque'
	expect_equal "$output" upper
	# There is nothing more to do.
	run --separate-stderr rkt image gc
	expect_equal "$stderr" ''
	rkt fsck
}

@test "damage of a layer that was turned over is found and mended, and one that is damaged stays as it is" {
	local layer
	layer=$(ls "$RKT_DATA/cas/tree" | grep '^sha256-' | head -n 1)
	cp -a "$RKT_DATA/cas/tree/$layer" "$BATS_TEST_TMPDIR/kept"
	touch "$RKT_DATA/cas/tree/$layer/rootfs/more"
	run --separate-stderr rkt image gc
	expect_status 0
	expect_match "$stderr" "layer $layer stays unpacked: layer $layer is damaged"
	expect_equal "$(turned_over | wc -l)" 3
	rm -rf "$RKT_DATA/cas/tree/$layer"
	cp -a "$BATS_TEST_TMPDIR/kept" "$RKT_DATA/cas/tree/$layer"
	rkt image gc
	expect_equal "$(turned_over | wc -l)" 4
	# The last byte, which is none of a header.
	printf x | dd of="$RKT_DATA/cas/tree/$layer/tar" bs=1 seek=$(($(stat -c %s "$RKT_DATA/cas/tree/$layer/tar") - 1)) conv=notrunc status=none
	run rkt fsck
	expect_status 254
	expect_match "$output" "layer $layer is damaged \(its tar has the digest"
	# Of a directory in the local filesystem the store does not know where it came from.
	rkt image rm "$IMAGE"
	rkt image gc
	rkt --insecure-options=image fetch "$LAYERS"
	expect_equal "$(sed -n 's/^digest=//p' "$RKT_DATA/cas/tree/$layer/info")" ''
	rkt fsck
}

@test "layers of pods stay unpacked until the pods are gone, those that are views serve beside them" {
	local first
	first=$(ls "$RKT_DATA/cas/tree" | grep '^sha256-' | head -n 1)
	cp -a "$RKT_DATA/cas/tree/$first" "$BATS_TEST_TMPDIR/kept"
	start_pod "$IMAGE" --exec=/bin/sleep -- 1000
	run --separate-stderr rkt image gc
	expect_status 0
	expect_equal "$stderr" ''
	expect_equal "$(turned_over)" ''
	expect_equal "$(ls "/proc/$(first_app)/root/opt/opaque")" upper
	rkt stop "$POD"
	wait_for_pod_end
	rkt image gc
	expect_equal "$(turned_over)" ''
	rkt gc --grace-period=0s
	rkt image gc
	expect_equal "$(turned_over | wc -l)" 4
	# One of them is unpacked again.
	drop_views
	rm -rf "$RKT_DATA/cas/tree/$first"
	cp -a "$BATS_TEST_TMPDIR/kept" "$RKT_DATA/cas/tree/$first"
	expect_equal "$(turned_over | wc -l)" 3
	pod "$IMAGE" --exec=/bin/sh -- -c 'ls /opt/opaque'
	expect_equal "$output" upper
}

@test "an ACI is turned over" {
	local id
	make_aci "$BATS_TEST_TMPDIR/app.aci" '.name = "example.com/turned"'
	id=$(RKT_LAYER_VIEW=tree rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/app.aci")
	wait_until store_is_settled
	rkt image render "$id" "$BATS_TEST_TMPDIR/before"
	rkt image gc
	grep -qx "$id.*" <<<"$(turned_over)"
	rkt image render "$id" "$BATS_TEST_TMPDIR/after"
	diff <(contents "$BATS_TEST_TMPDIR/before/rootfs") <(contents "$BATS_TEST_TMPDIR/after/rootfs")
	pod "$id" --exec=/bin/ls -- /bin/busybox
	expect_equal "$output" /bin/busybox
	rkt image verify "$id"
	# What is damaged is made anew of the archive that the store keeps of ACIs.
	printf x | dd of="$(echo "$RKT_DATA/cas/tree/$id"*/tar)" bs=1 seek=5000 conv=notrunc status=none
	run rkt fsck
	expect_status 254
	rkt fsck --repair
	expect_equal "$(cat "$RKT_DATA/cas/tree/$id"*/info | grep -c '^digest=' || true)" 0
	rkt fsck
}

@test "what cannot be a view stays unpacked, and so does all where trees are wanted or the disk has no room" {
	local layer
	RKT_LAYER_VIEW=tree rkt image gc
	expect_equal "$(turned_over)" ''
	layer=$(ls -d "$RKT_DATA"/cas/tree/sha256-* | head -n 1)
	truncate -s 1T "$layer/rootfs/hole"
	rm "$layer/checksum"
	run --separate-stderr rkt image gc
	expect_status 0
	expect_equal "$(turned_over | wc -l)" 3
	[ ! -e "$layer/tar" ]
	expect_equal "$(grep -c 'stays unpacked' <<<"$stderr" || true)" 0
	# In a tar its name would say that "cat" is deleted.
	mkdir "$layer/rootfs/.wh.cat"
	rm "$layer/rootfs/hole"
	run --separate-stderr rkt image gc
	expect_status 0
	expect_match "$stderr" "layer ${layer##*/} stays unpacked: a view would not show what it has"
	[ ! -e "$layer/tar" ]
	expect_equal "$(ls -A "$RKT_DATA/cas/tmp")" ''
	small_disk
	run --separate-stderr rkt image gc
	expect_status 0
	expect_match "$stderr" 'stays unpacked: the disk of .* has no room for the archive of layer .* beside it'
	expect_equal "$(turned_over | wc -l)" 0
}

@test "an image gc that is killed at any change of the disk leaves the image whole" {
	local kind n
	for kind in renames writes others; do
		for ((n = 1; n < 400; n += 3)); do
			run "$BUILD/tests/functional/kill-at" "$kind" "$n" "$BUILD/libexec/rkt-image" --dir="$RKT_DATA" turn-over 3>&-
			[ "$status" -ne 0 ] || break
			expect_status 137
			rkt fsck
		done
		# It was killed, and in the end it was not.
		[ "$n" -gt 1 ]
		expect_status 0
		rkt image gc
		expect_equal "$(turned_over | wc -l)" 4
		expect_equal "$(ls -A "$RKT_DATA/cas/tmp" | grep -v '^lost-')" ''
		rkt fsck
		RKT_LAYER_VIEW=tree rkt --insecure-options=image fetch --pull-policy=update "$LAYERS" >/dev/null
		wait_until store_is_settled
		expect_equal "$(turned_over)" ''
	done
}
