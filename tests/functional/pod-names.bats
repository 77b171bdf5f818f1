#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --pod-name: names that users give to pods, and where they stand for UUIDs.

load lib.bash

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

@test "a pod's name stands wherever a UUID can" {
	start_sleeper --pod-name=web-1
	expect_equal "$(rkt status web-1 | grep -v ^created | head -n 1)" "state=running"
	expect_equal "$(rkt cat-manifest web-1)" "$(rkt cat-manifest "$POD")"
	run --separate-stderr rkt enter web-1 /bin/hostname
	expect_equal "$output" "rkt-$POD"
	printf '\n web-1 \n' >"$BATS_TEST_TMPDIR/name"
	expect_match "$(rkt status --uuid-file="$BATS_TEST_TMPDIR/name")" state=running
	expect_equal "$(rkt stop web-1)" "\"$POD\""
	wait_for_pod_end
	expect_equal "$(rkt rm web-1)" "\"$POD\""
	run --separate-stderr rkt status web-1
	expect_equal "$stderr" 'status: problem retrieving pod: no matches found for "web-1"'
}

@test "list and status show a pod's name, and only where there is one" {
	prepare_pod --pod-name=shown "$BUSYBOX"
	expect_match "$(rkt list --full | grep "$POD")" $'\tshown$'
	refute_match "$(rkt list)" shown
	expect_match "$(rkt status "$POD")" $'\npod-name=shown'
	expect_equal "$(rkt status --format=json "$POD" | jq -r .pod_name)" shown
	expect_equal "$(rkt list --format=json | jq -r --arg pod "$POD" '.[] | select(.name == $pod).pod_name')" shown
	prepare_pod "$BUSYBOX"
	refute_match "$(rkt status "$POD")" pod-name
	expect_equal "$(rkt status --format=json "$POD" | jq 'has("pod_name")')" false
}

@test "a name that another pod has is refused, and nothing of the new pod is left" {
	prepare_pod --pod-name=taken "$BUSYBOX"
	local before
	before=$(cd "$RKT_DATA/pods" && find . -mindepth 2 -maxdepth 2 | sort)
	run --separate-stderr rkt run --net=none --pod-name=taken --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX"
	expect_status 254
	expect_equal "$stderr" "run: pod \"$POD\" is called \"taken\" already"
	expect_equal "$(cd "$RKT_DATA/pods" && find . -mindepth 2 -maxdepth 2 | sort)" "$before"
	[ ! -e "$BATS_TEST_TMPDIR/uuid" ]
	rkt rm taken >/dev/null
	prepare_pod --pod-name=taken "$BUSYBOX"
}

@test "an exited pod keeps its name until it is removed" {
	rkt run --net=none --pod-name=job "$BUSYBOX"
	expect_match "$(rkt status job)" state=exited
	run --separate-stderr rkt prepare --pod-name=job "$BUSYBOX"
	expect_status 254
	rkt gc --grace-period=0s >/dev/null 2>&1
	prepare_pod --pod-name=job "$BUSYBOX"
	expect_match "$(rkt status job)" state=prepared
}

@test "run-prepared by name, and naming a pod when it is run" {
	prepare_pod --pod-name=ready "$BUSYBOX"
	rkt run-prepared --net=none ready
	expect_match "$(rkt status ready)" state=exited
	prepare_pod "$BUSYBOX"
	rkt run-prepared --net=none --pod-name=late "$POD"
	expect_match "$(rkt status late)" state=exited
	expect_equal "$(rkt status --format=json late | jq -r .name)" "$POD"
}

@test "of many pods that want one name at once one gets it" {
	local i pids=() got=0
	for i in {1..8}; do
		rkt prepare --pod-name=only "$BUSYBOX" >"$BATS_TEST_TMPDIR/only.$i" 2>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" && got=$((got + 1))
	done
	expect_equal "$got" 1
	expect_equal "$(rkt status --format=json only | jq -r .name)" "$(cat "$BATS_TEST_TMPDIR"/only.*)"
}
