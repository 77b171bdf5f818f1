#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Verbs that are killed at whatever step: what is said of the pod afterwards is true, and gc removes all of it.

load lib.bash
load world.bash

setup_file() {
	common_setup_file
	make_world
}

teardown_file() {
	end_world
}

setup() {
	rkt_command
	# What the first pod of a host makes stays.
	rkt run --net=default "$BUSYBOX" --exec=/bin/true
	rkt gc --grace-period=0s >/dev/null 2>&1
	BEFORE=$(host_state)
}

teardown() {
	common_teardown
	collect_pods
}

# kill_at N VERB ARGS...: whether somebody was killed.
kill_at() {
	local n=$1 status=0
	shift
	timeout 60 "$BUILD/tests/functional/kill-at" kernel "$n" "${RKT_COMMAND[@]}" "$@" </dev/null >"$BATS_TEST_TMPDIR/killed.log" 2>&1 3>&- || status=$?
	[ "$status" = 137 ] || expect_equal "$status" 0
	[ "$status" = 137 ]
}

# expect_list: all pods are listed, without a problem; what is printed is in $output.
expect_list() {
	run --separate-stderr rkt list --full --no-legend
	expect_status 0
	expect_equal "$stderr" ''
}

# Directories of the pods' cgroups, in all hierarchies.
pod_cgroups() {
	find /sys/fs/cgroup -type d -name "rkt-*-*-*-*-*" 2>/dev/null
}

no_cgroups() {
	[ -z "$(pod_cgroups)" ]
}

# expect_nothing: once gc has run there is nothing of any pod, not even of an embryo, which is collected an hour later.
expect_nothing() {
	rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
	rm -rf "$RKT_DATA"/pods/embryo/*
	expect_equal "$(find "$RKT_DATA/pods" -mindepth 2 | head -n 3)" ''
	expect_equal "$(grep -c "$RKT_DATA/pods" /proc/self/mountinfo)" 0
	wait_until no_cgroups
	expect_host_as "$BEFORE"
}

@test "gc and rm of a pod, killed at whatever step" {
	local verb
	for verb in "gc --grace-period=0s" "rm --uuid-file=$BATS_TEST_TMPDIR/uuid"; do
		for ((KILLS = 0; ; KILLS++)); do
			rkt run --uuid-file-save="$BATS_TEST_TMPDIR/uuid" --net=default --volume=v,kind=empty "$BUSYBOX" --mount=volume=v,target=/v --exec=/bin/touch -- /v/x
			kill_at $((KILLS + 1)) $verb || break
			expect_list
			refute_match "$output" 'running|prepar'
			expect_nothing
		done
		expect_nothing
		echo "$verb: $KILLS kills"
		[ "$KILLS" -ge 20 ]
	done
}

@test "prepare, killed at whatever step" {
	for ((KILLS = 0; ; KILLS++)); do
		kill_at $((KILLS + 1)) prepare --quiet "$BUSYBOX" || break
		expect_list
		refute_match "$output" 'running|exited'
		expect_nothing
	done
	expect_match "$(rkt list --no-legend)" prepared
	expect_nothing
	[ "$KILLS" -ge 5 ]
}

@test "stop, killed at whatever step, leaves a pod that runs or one that has ended" {
	local verb
	for verb in stop "stop --force"; do
		for ((KILLS = 0; ; KILLS++)); do
			NET=default start_sleeper
			kill_at $((KILLS + 1)) $verb "$POD" || break
			expect_list
			expect_match "$output" "^$POD.*(running|exited)"
			rkt stop --force "$POD" >/dev/null
			wait_for_pod_end
			expect_nothing
		done
		wait_for_pod_end
		expect_nothing
		echo "$verb: $KILLS kills"
		[ "$KILLS" -ge 1 ]
	done
}

# start_sandbox: a pod that apps can be added to, with one app that runs.
start_sandbox() {
	local id_file=$BATS_TEST_TMPDIR/sandbox-uuid
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$id_file" --net=default >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$id_file"
	POD=$(<"$id_file")
	rkt status --wait-ready=20s "$POD" >/dev/null
	rkt app add "$POD" "$BUSYBOX" --name=other --exec=/bin/sleep -- 1000
	rkt app start "$POD" --app=other
}

# walk_app_verb STATE VERB ARGS...: kills the verb, each time with an app "web" that is in the state before: absent, created or running.
walk_app_verb() {
	local before=$1
	shift
	for ((KILLS = 0; ; KILLS++)); do
		[ "$before" = absent ] || rkt app add "$POD" "$BUSYBOX" --name=web --exec=/bin/sleep -- 1000
		[ "$before" != running ] || rkt app start "$POD" --app=web
		kill_at $((KILLS + 1)) "$@" || break
		expect_list
		run rkt app list "$POD" --no-legend
		expect_status 0
		expect_match "$output" 'other[[:space:]]+running'
		# Whatever has become of it, it can be removed, and there is one of its name again.
		run rkt app rm "$POD" --app=web
		refute_match "$(rkt app list "$POD" --no-legend)" web
	done
	echo "$2 $3: $KILLS kills"
	[ "$KILLS" -ge 3 ]
	rkt app rm "$POD" --app=web || true
}

@test "verbs for apps of a pod that runs, killed at whatever step, leave a pod that goes on" {
	start_sandbox
	walk_app_verb absent app add "$POD" "$BUSYBOX" --name=web --exec=/bin/sleep -- 1000
	walk_app_verb created app start "$POD" --app=web
	walk_app_verb running app stop "$POD" --app=web
	walk_app_verb created app rm "$POD" --app=web
	rkt stop --force "$POD"
	wait_for_pod_end
	expect_nothing
}
