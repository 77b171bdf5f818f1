#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the store is worth after the machine has gone down, and what fetching leaves to do behind.

load lib.bash

setup_file() {
	start_registry
	skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$FIXTURES/oci:layers" "docker://$REGISTRY/app:layers"
}

teardown_file() {
	stop_registry
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	new_data_dir "$BATS_TEST_TMPDIR"
	IMAGE=docker://$REGISTRY/app:layers
}

teardown() {
	[ ! -e tracer ] || kill -KILL "$(<tracer)" || true
	! mountpoint -q "$BATS_TEST_TMPDIR/disk" || wait_until umount "$BATS_TEST_TMPDIR/disk"
	! mountpoint -q "$BOOT_ID" || umount "$BOOT_ID"
	common_teardown
}

BOOT_ID=/proc/sys/kernel/random/boot_id

fetch() {
	run --separate-stderr rkt --insecure-options=image,http fetch "$@"
}

# The machine has another boot ID from here on.
other_boot() {
	cat /proc/sys/kernel/random/uuid >"$BATS_TEST_TMPDIR/boot-id"
	mount --bind "$BATS_TEST_TMPDIR/boot-id" "$BOOT_ID"
}

# Makes everything in the store as it was before it was noted to be on disk.
unsettle() {
	wait_until store_is_settled
	sed -i "s/^boot=.*/boot=$(cat "$BOOT_ID")/" "$RKT_DATA"/cas/{tree,image}/*/info
}

# The pod says what it should: all layers of the image are there and whole.
expect_pod_runs() {
	pod "$@" --exec=/bin/sh -- -c 'ls /opt/opaque'
	expect_status 0
	expect_equal "$output" upper
}

images() {
	rkt image list --no-legend --fields=id
}

@test "a fetch gets to the disk behind the caller's back" {
	fetch "$IMAGE"
	expect_status 0
	wait_until store_is_settled
	expect_equal "$(cat "$RKT_DATA"/cas/tree/*/info | grep -c "^boot=$ON_DISK")" "$(ls "$RKT_DATA/cas/tree" | wc -l)"
	other_boot
	expect_equal "$(images | wc -l)" 1
	expect_pod_runs --pull-policy=never "$IMAGE"
}

@test "what the disk may not have after a crash is not there, and comes again" {
	fetch --full "$IMAGE"
	id=$output
	name=$(rkt image list --no-legend --fields=name --full)
	unsettle
	# As long as the machine stays up it is as good as any.
	expect_pod_runs --pull-policy=never "$IMAGE"
	other_boot
	# A crash leaves files without content.
	find "$RKT_DATA"/cas/tree/*/rootfs -type f -exec truncate -s 0 {} +
	expect_equal "$(images)" ""
	run --separate-stderr rkt run --net=none "$id"
	expect_status 254
	expect_match "$stderr" "image $id is not in the store"
	for image in "${name%:*}" "$IMAGE"; do
		run --separate-stderr rkt run --net=none --pull-policy=never "$image"
		expect_status 254
	done
	run --separate-stderr rkt --insecure-options=image,http run --net=none "$IMAGE" --exec=/bin/sh -- -c 'ls /opt/opaque'
	plain_output
	expect_status 0
	expect_equal "$output" upper
	expect_equal "$(images | wc -l)" 1
}

@test "a remote image that is damaged in the store is fetched anew" {
	fetch "$IMAGE"
	wait_until store_is_settled
	echo nonsense >>"$(echo "$RKT_DATA"/cas/image/*/info)"
	run --separate-stderr rkt run --net=none --pull-policy=never "$IMAGE"
	expect_status 254
	run --separate-stderr rkt --insecure-options=image,http run --net=none "$IMAGE" --exec=/bin/sh -- -c 'ls /opt/opaque'
	plain_output
	expect_status 0
	expect_equal "$output" upper
	refute_match "$(cat "$RKT_DATA"/cas/image/*/info)" nonsense
}

@test "an image that is on disk survives beside one that is not" {
	fetch "$FIXTURES/busybox.aci"
	wait_until store_is_settled
	fetch "$IMAGE"
	lost=$(grep -l sha256- "$RKT_DATA"/cas/image/*/info)
	wait_until store_is_settled
	other_boot
	sed -i 's/^boot=.*/boot=01234567-89ab-4def-8123-456789abcdef/' "$lost" "$RKT_DATA"/cas/tree/{sha256,dirs}-*/info
	expect_equal "$(images | wc -l)" 1
	pod_sh 'echo whole' --pull-policy=never
	expect_equal "$output" whole
	rkt gc
	expect_equal "$(ls "$RKT_DATA/cas/tree" | wc -l) $(ls "$RKT_DATA/cas/image" | wc -l)" "1 1"
}

@test "a prepared pod has its images on disk" {
	fetch "$IMAGE"
	unsettle
	prepare_pod "$IMAGE" --exec=/bin/sh -- -c 'ls /opt/opaque'
	store_is_settled
	other_boot
	run --separate-stderr rkt run-prepared --net=none "$POD"
	plain_output
	expect_equal "$output" upper
}

@test "what could not be prepared to the end is gone, and its name is free" {
	fetch "$IMAGE"
	prepare_pod "$IMAGE"
	mount -t tmpfs none "$RKT_DATA/pods/prepared"
	run --separate-stderr rkt prepare --pod-name=web "$IMAGE"
	umount "$RKT_DATA/pods/prepared"
	expect_status 254
	expect_equal "$(ls "$RKT_DATA/pods/prepare")" ""
	prepare_pod --pod-name=web "$IMAGE"
}

@test "a prepared pod whose image was lost says so" {
	fetch --full "$IMAGE"
	id=$output
	prepare_pod "$IMAGE"
	unsettle
	other_boot
	run --separate-stderr rkt run-prepared --net=none "$POD"
	expect_status 254
	expect_match "$stderr" "$id"
	expect_match "$stderr" 'not in the store'
}

@test "gc does what a killed fetch has left to do" {
	fetch "$IMAGE"
	unsettle
	rkt gc
	store_is_settled
}

@test "what is left behind holds nothing of the caller's, and ends" {
	mkdir disk
	truncate -s 64M disk.img
	mkfs.ext4 -q disk.img
	mount -o loop disk.img disk
	new_data_dir "$BATS_TEST_TMPDIR/disk"
	# The one that is left behind is held up before it writes to the disk; the pipe ends all the same.
	hold_settling "$BUILD/libexec/rkt-fetch" --dir="$RKT_DATA" --insecure-options=image,http "$IMAGE" 2>&1 | cat >out
	expect_match "$(cat out)" 'sha512-'
	run ! store_is_settled
	settler=$(settlers)
	expect_equal "$(wc -w <<<"$settler")" 1
	expect_equal "$(find "/proc/$settler/fd" -type l -printf '%l\n' | grep -v "^$RKT_DATA/cas/" | sort -u)" $'/dev/null\n'"$RKT_DATA/cas"
	expect_equal "$(readlink "/proc/$settler/cwd") $(ps -o sid= -p "$settler" | tr -d ' ')" "/ $settler"
	# Whoever made it is gone, and it is the child of who takes in orphans.
	[ "$(ps -o comm= -p "$(ps -o ppid= -p "$settler" | tr -d ' ')")" != rkt-fetch ]
	kill -TERM "$settler"
	kill -KILL "$(<tracer)"
	rm tracer
	wait_until store_is_settled
	wait_until umount disk
}

@test "a disk that is pulled out after a fetch has all of an image or nothing" {
	mkdir disk
	for delay in 0 0.01 0.03 0.1; do
		truncate -s 64M disk.img
		mkfs.ext4 -q disk.img
		mount -o loop disk.img disk
		new_data_dir "$BATS_TEST_TMPDIR/disk"
		fetch "$IMAGE"
		expect_status 0
		sleep "$delay"
		kill -KILL $(settlers) 2>/dev/null || true
		cp --sparse=always disk.img pulled.img
		wait_until umount disk
		mount -o loop pulled.img disk
		other_boot
		# By its ID: an image is there before its name is.
		stored=$(images)
		[ -z "$stored" ] || expect_pod_runs --pull-policy=never "$stored"
		fetch "$IMAGE"
		expect_pod_runs "${lines[-1]}"
		umount "$BOOT_ID"
		drop_views
		wait_until umount disk
		rm disk.img pulled.img
	done
}

@test "a fetch that is killed at any point, also behind, leaves nothing half-made" {
	rkt_command
	for delay in 0.001 0.005 0.01 0.015 0.02 0.025 0.03 0.035 0.04 0.05 0.06 0.08; do
		"$BUILD/libexec/rkt-fetch" --dir="$RKT_DATA" --insecure-options=image,http "$IMAGE" >/dev/null 2>&1 3>&- &
		fetcher=$!
		sleep "$delay"
		kill -KILL "$fetcher" $(settlers) 2>/dev/null || true
		wait "$fetcher" || true
		# By its ID: an image is there before its name is.
		stored=$(images)
		[ -z "$stored" ] || expect_pod_runs --pull-policy=never "$stored"
		fetch "$IMAGE"
		expect_pod_runs "${lines[-1]}"
		wait_until store_is_settled
		drop_views
		rm -rf "$RKT_DATA/cas"
	done
}

# hold_settling COMMAND: replaces the shell by the command, whose syncfs() takes until its tracer ends.
hold_settling() {
	(
		self=$BASHPID
		strace -f -qq -p "$self" -o trace -e trace=syncfs -e inject=syncfs:delay_enter=600000000 </dev/null >/dev/null 2>&1 3>&- &
		echo $! >tracer
		wait_until grep -q '^TracerPid:.[1-9]' "/proc/$self/status"
		exec "$@"
	)
}

# The processes that rkt-fetch has left behind in this test's network namespace, which is its own.
settlers() {
	local pid
	for pid in $(pgrep -x rkt-fetch); do
		[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] || echo "$pid"
	done
}
