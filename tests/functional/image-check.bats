#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image verify and fsck: what finds damage in the store, and what makes it good again.

load lib.bash

setup_file() {
	start_registry
	push layers team/app:1.0
}

teardown_file() {
	stop_registry
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

# store IMAGE: fetches it, and waits until its checksums are noted.
store() {
	run --separate-stderr rkt --insecure-options=image,http fetch --pull-policy=new --full "$@"
	expect_status 0
	IMAGE=$output
	wait_until store_is_settled
}

verify() {
	run --separate-stderr rkt --insecure-options=http image verify "$@"
}

fsck() {
	run --separate-stderr rkt --insecure-options=http fsck "$@"
}

registry_image() {
	store "docker://$REGISTRY/team/app:1.0"
}

# The layer of an image that has this file.
layer_with() {
	local layer
	for layer in $(sed -n 's/^layer=//p' "$RKT_DATA/cas/image/$IMAGE/info"); do
		[ ! -e "$RKT_DATA/cas/tree/$layer/rootfs/$1" ] || echo "$layer"
	done
}

@test "image verify says that an image is as it came" {
	store "$FIXTURES/busybox.aci"
	verify "$BUSYBOX" "${IMAGE:0:30}"
	expect_status 0
	expect_equal "$output" "successfully verified checksum for image: \"$BUSYBOX\" (\"$IMAGE\")
successfully verified checksum for image: \"${IMAGE:0:30}\" (\"$IMAGE\")"
	expect_equal "$stderr" ""
	fsck
	expect_status 0
	expect_equal "$output$stderr" ""
	verify example.com/absent
	expect_status 254
}

@test "image verify finds every kind of change, and makes the layer anew" {
	store "$FIXTURES/busybox.aci"
	root=$RKT_DATA/cas/tree/$IMAGE/rootfs
	changes=(
		'printf x | dd of=var/data/file bs=1 conv=notrunc status=none; touch -r bin/busybox var/data/file'
		'rm var/data/file'
		'echo more >etc/more'
		'chmod 700 var'
		'chown 12 bin/busybox'
		'touch -d @5 bin/busybox'
		'setfattr -n user.x -v y var/data'
		'setcap cap_kill=ep bin/busybox'
		'ln -sfn elsewhere bin/sh; touch -h -r bin/busybox bin/sh'
		'mknod var/data/gone c 0 0'
	)
	for change in "${changes[@]}"; do
		(cd "$root" && eval "$change")
		verify "$BUSYBOX"
		expect_status 0
		expect_match "${stderr_lines[0]}" "^verify: tree cache verification failed for image $BUSYBOX: layer $IMAGE is damaged \(checksum [0-9a-f]{16} instead of [0-9a-f]{16}\);  rebuilding\.\.\.$"
		pod "$BUSYBOX" --exec=/bin/sh -- -c 'cat /var/data/file; ls /var/data'
		expect_equal "$output" $'seeded\nfile'
		wait_until store_is_settled
		verify "$BUSYBOX"
		expect_equal "$stderr" ""
	done
}

@test "a pod keeps running from a layer that is made anew" {
	store "$FIXTURES/busybox.aci"
	start_sleeper
	echo damage >>"$RKT_DATA/cas/tree/$IMAGE/rootfs/etc/passwd"
	verify "$BUSYBOX"
	expect_status 0
	expect_match "$(rkt enter "$POD" /bin/cat /etc/passwd)" damage
	expect_equal "$(rkt enter "$POD" /bin/cat /var/data/file)" seeded
	pod "$BUSYBOX" --exec=/bin/grep -- -c damage /etc/passwd
	expect_equal "$output" 0
}

@test "fsck tells what is damaged or missing, and repairs nothing unasked" {
	store "$FIXTURES/busybox.aci"
	echo damage >>"$RKT_DATA/cas/tree/$IMAGE/rootfs/etc/passwd"
	for _ in 1 2; do
		fsck
		expect_status 254
		expect_match "$output" "^image $IMAGE: layer $IMAGE is damaged \(checksum .*\)$"
		expect_equal "$stderr" "fsck: 1 problem(s) found, 0 repaired
fsck: hint: --repair makes anew what is damaged"
	done
	fsck --repair
	expect_status 0
	expect_equal "${lines[-1]}" "image $IMAGE: repaired"
	fsck
	expect_status 0
	rm -r "$RKT_DATA/cas/tree/$IMAGE"
	fsck
	expect_equal "$output" "image $IMAGE: layer $IMAGE is not in the store"
	fsck --repair
	expect_status 0
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "fsck --repair makes an image anew whose own files are damaged" {
	store "$FIXTURES/busybox.aci"
	echo damage >"$RKT_DATA/cas/image/$IMAGE/manifest"
	fsck --repair
	expect_status 0
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "fsck --repair fetches just the layers of a registry image that are damaged" {
	registry_image
	layer=$(layer_with opt/hardlink)
	others=$(ls "$RKT_DATA/cas/tree" | grep -v "$layer")
	before=$(cd "$RKT_DATA/cas/tree" && stat -c %i $others)
	echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/opt/file"
	fsck --repair
	expect_status 0
	expect_match "$output" "image $IMAGE: layer $layer is damaged"
	expect_equal "${lines[-1]}" "image $IMAGE: repaired"
	expect_equal "$(cd "$RKT_DATA/cas/tree" && stat -c %i $others)" "$before"
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
	fsck
	expect_status 0
	expect_equal "$output" ""
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/grep -- -c damage /opt/file
	expect_equal "$output" 0
}

@test "fsck --repair fetches documents of a registry image, and says when there is no registry" {
	registry_image
	for blob in "$RKT_DATA"/cas/blob/sha256-*; do
		echo damage >>"$blob"
	done
	fsck
	expect_equal "$(grep -c '^image .*: blob sha256-[0-9a-f]* is damaged$' <<<"$output")" 2
	fsck --repair
	expect_status 0
	fsck
	expect_status 0
	new_data_dir "$BATS_TEST_TMPDIR/other"
	store "oci:$FIXTURES/oci:layers"
	layer=$(layer_with opt/hardlink)
	echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/opt/file"
	fsck --repair
	expect_status 254
	expect_equal "${lines[-1]}" "image $IMAGE: cannot be repaired: image $IMAGE did not come from a registry: remove it and fetch it again"
	# A damaged layer is better than none.
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/cat -- /opt/file
	expect_match "$output" damage
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}

@test "a damaged archive is found, and nothing is made of it" {
	store "$FIXTURES/busybox.aci"
	printf x | dd of="$RKT_DATA/cas/blob/$IMAGE" bs=1 seek=3000 conv=notrunc status=none
	fsck --repair
	expect_status 254
	expect_match "${lines[0]}" "^image $IMAGE: image hash does not match expected"
	expect_equal "${lines[1]}" "image $IMAGE: cannot be repaired: the archive of image $IMAGE can only be fetched: remove it and fetch it again"
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "an image that was put together is put together anew" {
	store "$FIXTURES/busybox.aci"
	mkdir -p lib/etc
	echo lib >lib/etc/lib
	make_aci lib.aci '.name = "example.com/lib" | .dependencies = [{"imageName": "example.com/busybox"}]' "$PWD/lib"
	store "$PWD/lib.aci"
	mkdir -p app/etc
	make_aci app.aci '.name = "example.com/app" | .dependencies = [{"imageName": "example.com/lib"}] | .pathWhitelist = ["/bin/busybox", "/bin/cat", "/etc/lib"]' "$PWD/app"
	store "$PWD/app.aci"
	for layer in "$RKT_DATA"/cas/tree/deps-*; do
		echo damage >>"$layer/rootfs/etc/lib"
	done
	verify example.com/lib example.com/app
	expect_status 0
	expect_match "$stderr" 'tree cache verification failed for image example.com/app: layer deps-[0-9a-f]* is damaged'
	pod example.com/app --exec=/bin/cat -- /etc/lib
	expect_equal "$output" lib
}
