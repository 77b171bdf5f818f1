#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many pods at a time, and pods of which something is wrong: list, status, stop and gc.

load lib.bash

setup_file() {
	common_setup_file
}

setup() {
	rm -rf "$RKT_DATA/pods"
}

teardown() {
	chattr -i "$RKT_DATA"/pods/*/*/stuck/file 2>/dev/null || true
	common_teardown
}

ABSENT=00000000-0000-4000-8000-000000000000
TIME='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})? [+-][0-9]{4} [A-Z]+'

# run_pod ARGS...: one that has ended, in POD.
run_pod() {
	rkt run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$@" >/dev/null 2>&1 || true
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
}

@test "list has a row for each app, and marks what nobody knows" {
	run_pod "$BUSYBOX" --name=one --exec=/bin/true --- "$BUSYBOX" --name=two --exec=/bin/true
	expect_match "$(rkt list --no-legend)" $'\tone\texample.com/busybox:1.0\texited'
	# An image's manifest is read once: the other app's would do.
	rm "$RKT_DATA/pods/run/$POD/appsinfo"/{one,two}/manifest
	mkdir -p "$RKT_DATA/pods/prepare/$ABSENT"
	run --separate-stderr rkt list --full --no-legend
	expect_status 0
	# A pod without manifest, and an app whose image's manifest cannot be read; what is the pod's stands once.
	expect_equal "$(tr -s '\t' <<<"${lines[0]}" | cut -f 1-4)" "$ABSENT"$'\t-\t-\t-'
	expect_match "${lines[1]}" "^$POD"$'\tone\t--\t+sha512-[0-9a-f]{12}\texited\t+'"$TIME"$'\t+'"$TIME"
	expect_match "${lines[2]}" $'^\t+two\t--\t+sha512-[0-9a-f]{12}\t*$'
	expect_equal "${#lines[@]}" 3
	# The table for people has short IDs, and times as they say them.
	run --separate-stderr rkt list
	expect_match "${lines[0]}" $'^UUID\t+APP\t+IMAGE NAME\t+STATE\t+CREATED\t+STARTED\t+NETWORKS'
	expect_match "${lines[2]}" "^${POD:0:8}"$'\tone\t--\t+exited\t+([0-9]+ seconds? ago|now)\t'
	touch -d '3 hours ago' "$RKT_DATA/pods/run/$POD/pod-created"
	touch -d '2 minutes ago' "$RKT_DATA/pods/run/$POD/ppid"
	expect_match "$(rkt list --no-legend)" $'exited\t+3 hours ago\t+2 minutes ago'
	touch -d '2017-03-04 05:06:07.08 UTC' "$RKT_DATA/pods/run/$POD/pod-created"
	expect_match "$(TZ=UTC rkt list --full --no-legend)" $'exited\t+2017-03-04 05:06:07.08 \+0000 UTC\t'
}

@test "list tells of pods that are broken, behind the others, and does not fail" {
	run_pod "$BUSYBOX" --exec=/bin/true
	local broken=11111111-1111-4111-8111-111111111111
	cp -a "$RKT_DATA/pods/run/$POD" "$RKT_DATA/pods/run/$broken"
	echo '{' >"$RKT_DATA/pods/run/$broken/pod"
	run --separate-stderr rkt list --no-legend
	expect_status 0
	expect_match "$output" "${POD:0:8}"
	expect_match "${stderr_lines[0]}" '^list: 1 error\(s\) encountered when listing pods:$'
	expect_equal "${stderr_lines[1]}" "list: $(printf '%40s' '' | tr ' ' -)"
	expect_match "${stderr_lines[2]}" "^list: .*(${broken}|pod manifest)"
	expect_equal "${stderr_lines[3]}" "${stderr_lines[1]}"
	expect_equal "${stderr_lines[4]}" 'list: misc:'
	expect_match "${stderr_lines[5]}" "^list:   rkt's appc version: [0-9.]+"
}

@test "status waits as it is told" {
	local value
	run_pod "$BUSYBOX" --exec=/bin/true
	# Of a pod that has ended nobody has to wait for anything.
	for value in '' =true =1 =T =5s =-1s =1h; do
		run --separate-stderr timeout 10 "${RKT_COMMAND[@]:-$RKT}" --dir="$RKT_DATA" status --wait$value "$POD"
		expect_status 0
		expect_match "$output" 'state=exited'
	done
	start_sleeper
	for value in =false =0 =F =0s; do
		run --separate-stderr timeout 10 "$RKT" --dir="$RKT_DATA" status --wait$value "$POD"
		expect_status 0
		expect_match "$output" 'state=running'
	done
	run --separate-stderr rkt status --wait=soon "$POD"
	expect_status 254
	expect_match "$stderr" '"soon"'
	run --separate-stderr timeout 10 "$RKT" --dir="$RKT_DATA" status --wait-ready "$POD"
	expect_match "$output" 'state=running'
	POD=$(rkt prepare "$BUSYBOX")
	run --separate-stderr rkt status --wait-ready=200ms "$POD"
	expect_status 254
	expect_match "$stderr" 'error waiting for pod readiness: context deadline exceeded'
	# A prepared pod keeps who waits for its end.
	run --separate-stderr rkt status --wait=200ms "$POD"
	expect_match "$stderr" 'error waiting for pod to finish: context deadline exceeded'
}

@test "status does not wait for a pod to be ready that has ended" {
	pod "$BUSYBOX" --exec=/bin/true
	POD=$(rkt list --full --no-legend | awk '{ print $1; exit }')
	run --separate-stderr timeout 10 "$RKT" --dir="$RKT_DATA" status --wait-ready "$POD"
	expect_status 254
	expect_match "$stderr" 'status: error waiting for pod readiness: the pod has ended'
	# One that ends while somebody waits.
	POD=$(rkt prepare "$BUSYBOX" --exec=/bin/no-such-program)
	timeout 10 "$RKT" --dir="$RKT_DATA" status --wait-ready "$POD" >/dev/null 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	local waiting=$!
	rkt run-prepared --net=none "$POD" >/dev/null 2>&1 || true
	! wait "$waiting"
	expect_match "$(<"$BATS_TEST_TMPDIR/said")" 'the pod has ended'
}

@test "stop takes several pods, says of each what it did, and counts those that it could not stop" {
	local first ended prepared
	start_sleeper
	first=$POD
	FIRST_PID=$POD_PID
	run_pod "$BUSYBOX" --exec=/bin/true
	ended=$POD
	prepared=$(rkt prepare "$BUSYBOX")
	run --separate-stderr rkt stop "$prepared" "$ended" "$ABSENT" "$first"
	expect_status 254
	expect_equal "$output" "pod \"$ended\" is already stopped
\"$first\""
	expect_equal "${stderr_lines[0]}" "stop: pod \"$prepared\" is not running"
	expect_match "${stderr_lines[1]}" "no matches found for \"$ABSENT\""
	expect_equal "${stderr_lines[2]}" 'stop: failed to stop 2 pod(s)'
	rkt status --wait "$first" >/dev/null
	run --separate-stderr rkt stop "$first" "$ended"
	expect_status 0
	run --separate-stderr rkt stop --uuid-file="$BATS_TEST_TMPDIR/none"
	expect_status 1
	wait "$FIRST_PID" || true
}

@test "what never ran is collected at once, whatever the grace period" {
	run_pod "$BUSYBOX" --exec=/bin/true
	rkt prepare "$BUSYBOX" >/dev/null
	mkdir -p "$RKT_DATA/pods/prepare/$ABSENT"
	run --separate-stderr rkt gc --grace-period=24h --expire-prepared=0s
	expect_status 0
	expect_match "$stderr" 'moving expired prepared pod .* to garbage'
	expect_match "$stderr" "moving failed prepare \"$ABSENT\" to garbage"
	expect_equal "$(find "$RKT_DATA"/pods/{garbage,prepared,prepare} -mindepth 1)" ''
	expect_equal "$(ls "$RKT_DATA/pods/exited-garbage")" "$POD"
}

@test "a pod that could not be removed whole is listed, and removed the next time" {
	run_pod "$BUSYBOX" --exec=/bin/true
	mkdir "$RKT_DATA/pods/run/$POD/stuck"
	touch "$RKT_DATA/pods/run/$POD/stuck/file"
	chattr +i "$RKT_DATA/pods/run/$POD/stuck/file" || skip "the filesystem has no immutable files"
	run --separate-stderr rkt gc --grace-period=0s
	expect_status 0
	expect_match "$stderr" "unable to collect pod \"$POD\": .*not permitted"
	expect_match "$(rkt list --no-legend)" "^${POD:0:8}.*exited garbage"
	run --separate-stderr rkt rm "$POD"
	expect_status 254
	chattr -i "$RKT_DATA/pods/exited-garbage/$POD/stuck/file"
	run --separate-stderr rkt gc --grace-period=0s
	expect_equal "$output" "Garbage collecting pod \"$POD\""
	expect_equal "$(rkt list --no-legend)" ''
}

@test "pods that start, and those that collect, list and stop them, all at once" {
	local i pids=()
	rkt_command
	for i in 1 2 3; do
		(for _ in {1..12}; do "${RKT_COMMAND[@]}" run --net=none "$BUSYBOX" --exec=/bin/true || echo "run failed: $?"; done) >>"$BATS_TEST_TMPDIR/runs" 2>&1 3>&- &
		pids+=($!)
	done
	(for _ in {1..25}; do "${RKT_COMMAND[@]}" gc --grace-period=0s --expire-prepared=0s || echo "gc failed: $?"; done) >>"$BATS_TEST_TMPDIR/gcs" 2>&1 3>&- &
	pids+=($!)
	(for _ in {1..25}; do "${RKT_COMMAND[@]}" image gc --grace-period=1h || echo "image gc failed: $?"; done) >>"$BATS_TEST_TMPDIR/gcs" 2>&1 3>&- &
	pids+=($!)
	(for _ in {1..40}; do "${RKT_COMMAND[@]}" list --no-legend || echo "list failed: $?"; done) >>"$BATS_TEST_TMPDIR/lists" 2>&1 3>&- &
	pids+=($!)
	wait "${pids[@]}"
	expect_equal "$(grep -h -A3 -e failed -e error "$BATS_TEST_TMPDIR"/{runs,gcs,lists})" ""
	rkt gc --grace-period=0s >/dev/null 2>&1
	expect_equal "$(rkt list --no-legend)" ''
	expect_equal "$(find "$RKT_DATA/pods" -mindepth 2 | head -n 3)" ''
}
