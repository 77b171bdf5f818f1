#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A hundred processes do whatever they like to the same pods.

load lib.bash

WORKERS=100
ROUNDS=4

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# verb ARGS...: a verb of a worker. It ends by itself, in no other way than the verbs do.
verb() {
	local status=0
	timeout --kill-after=5 120 "${RKT_COMMAND[@]}" "$@" >"$DIR/out.$WORKER" 2>"$DIR/err.$WORKER" </dev/null || status=$?
	case "$1 $status" in
	*" 0" | *" 1" | *" 254") ;;
	"run 137") ;; # another worker has stopped it by force
	*) echo "$* ended with status $status: $(<"$DIR/err.$WORKER")" >>"$DIR/wrong" ;;
	esac
	while read -r line; do
		[ -z "$line" ] || echo "$1: $line" >>"$DIR/said"
	done <"$DIR/err.$WORKER"
}

# any_pod [DIRECTORY]: one of all that are there, or in that state, but the one that lasts.
any_pod() {
	local pods
	mapfile -t pods < <(ls "$RKT_DATA"/pods/${1:-*}/ 2>/dev/null | grep -E "$UUID_PATTERN" | grep -v "$LASTING")
	[ "${#pods[@]}" = 0 ] || echo "${pods[RANDOM % ${#pods[@]}]}"
}

worker() {
	local pod i
	for ((i = 0; i < ROUNDS; i++)); do
		pod=$(any_pod)
		case $((RANDOM % 10)) in
		0 | 1) verb run --net=none "$BUSYBOX" --exec=/bin/sleep -- "0.$((RANDOM % 10))" ;;
		2) verb prepare "$BUSYBOX" ;;
		3) verb gc --grace-period=0s --expire-prepared=0s ;;
		4) verb rm ${pod:-$LASTING} ;;
		5)
			pod=$(any_pod run)
			[ -z "$pod" ] || verb stop --force "$pod"
			;;
		6)
			verb list --full --no-legend
			[ "$(grep -cE "^$LASTING.*running" "$DIR/out.$WORKER")" = 1 ] || echo "list: $(<"$DIR/out.$WORKER")" >>"$DIR/wrong"
			;;
		7)
			verb status "$LASTING"
			grep -qx state=running "$DIR/out.$WORKER" || echo "status: $(<"$DIR/out.$WORKER")" >>"$DIR/wrong"
			;;
		8) verb status ${pod:-$LASTING} ;;
		9) verb cat-manifest ${pod:-$LASTING} ;;
		esac
	done
}

@test "a hundred processes list, look at, stop, collect and remove pods that others start" {
	local pids=()
	DIR=$BATS_TEST_TMPDIR
	start_sleeper
	LASTING=$POD
	: >"$DIR/wrong"
	: >"$DIR/said"
	for ((w = 0; w < WORKERS; w++)); do
		WORKER=$w worker 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	expect_equal "$(<"$DIR/wrong")" ''
	# What they say of pods that somebody else was faster with, and nothing else.
	run grep -vE -e '^run: networking: ' \
		-e '^gc: gc: moving (expired prepared pod|failed prepare|pod) "[0-9a-f-]*" to garbage$' \
		-e '^rm: rm: moving (expired prepared pod|failed prepare) "[0-9a-f-]*" to garbage$' \
		-e '^(status|cat-manifest|stop): [a-z-]*: problem retrieving pod: no matches found for "[0-9a-f-]*"$' \
		-e '^rm: rm: (no matches found for "[0-9a-f-]*"|failed to remove one or more pods)$' \
		-e '^rm: rm: pod "[0-9a-f-]*" is currently (being deleted|being prepared|running)$' \
		-e '^rm: rm: hint: "rkt stop [0-9a-f-]*" stops it first$' \
		-e '^stop: stop: (failed to stop [0-9]* pod\(s\)|pod "[0-9a-f-]*" is not running)$' "$DIR/said"
	expect_equal "$output" ''
	rkt stop --force "$LASTING"
	wait_for_pod_end
	rkt gc --grace-period=0s --expire-prepared=0s >/dev/null 2>&1
	expect_equal "$(rkt list --no-legend)" ''
	expect_equal "$(find "$RKT_DATA/pods" -mindepth 2 | head -n 3)" ''
	expect_equal "$(grep -c "$RKT_DATA/pods" /proc/self/mountinfo)" 0
}
