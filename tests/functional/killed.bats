#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Fetches that are killed at each of the calls by which they change the disk.

load lib.bash

setup_file() {
	start_registry
	push layers app:layers
}

teardown_file() {
	stop_registry
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	IMAGE=docker://$REGISTRY/app:layers
}

teardown() {
	common_teardown
}

fetch() {
	run --separate-stderr rkt --insecure-options=image,http fetch "$@"
}

images() {
	rkt image list --no-legend --fields=id
}

# The pod says what it should: all layers of the image are there and whole.
expect_pod_runs() {
	pod "$@" --exec=/bin/sh -- -c 'ls /opt/opaque'
	expect_status 0
	expect_equal "$output" upper
}

# walk CALLS [STEP]: kills a fetch at the first of these calls (see kill-at.c), then at the second, or that many later, and
# so on, until it lives to its end. After each the store has all of the image or nothing, and the next fetch brings it. Sets KILLS.
walk() {
	local stored
	KILLS=0
	while kill_at "$1" $((KILLS * ${2:-1} + 1)); do
		KILLS=$((KILLS + 1))
		stored=$(images)
		[ -z "$stored" ] || expect_pod_runs --pull-policy=never "$stored"
		fetch "$IMAGE"
		expect_pod_runs "${lines[-1]}"
		wait_until store_is_settled
		[ -z "$(find "$RKT_DATA/cas/tmp" -mindepth 1)" ]
		drop_views
		rm -rf "$RKT_DATA/cas"
	done
}

kill_at() {
	local status=0
	"$BUILD/tests/functional/kill-at" "$1" "$2" "$BUILD/libexec/rkt-fetch" --dir="$RKT_DATA" \
		--insecure-options=image,http "$IMAGE" </dev/null >/dev/null 2>&1 3>&- || status=$?
	[ "$status" = 137 ] || expect_equal "$status" 0
	[ "$status" = 137 ]
}

@test "a fetch that is killed at any rename leaves nothing half-made" {
	walk renames
	[ "$KILLS" -ge 8 ]
}

@test "a fetch that is killed at any write leaves nothing half-made" {
	walk writes
	[ "$KILLS" -ge 20 ]
}

@test "a fetch that is killed at any other change of the disk leaves nothing half-made" {
	# Most of them are links that look like each other.
	local -x RKT_LAYER_VIEW=tree
	walk others 13
	[ "$KILLS" -ge 20 ]
}

@test "a fetch of views that is killed at any other change of the disk leaves nothing half-made" {
	walk others 4
	[ "$KILLS" -ge 12 ]
}

@test "a first fetch that is killed while it makes the store disturbs nobody" {
	local calls verb
	# The data directory is there, so the first directories that are made are the store's.
	for calls in {1..9}; do
		kill_at others "$calls"
		for verb in "image list" "image gc" "image df" gc fsck "fsck --repair"; do
			run --separate-stderr rkt $verb
			expect_status 0
		done
	done
	fetch "$IMAGE"
	expect_status 0
	expect_equal "$(ls "$RKT_DATA")" "cas
locks"
}
