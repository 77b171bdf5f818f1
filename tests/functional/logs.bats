# SPDX-License-Identifier: Apache-2.0
# What apps have printed, as "rkt logs" tells it.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# run_pod SCRIPT: a pod that runs to its end; sets POD.
run_pod() {
	rkt run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --exec=/bin/sh -- -c "$1" >/dev/null 2>&1
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
}

# start_steps ARG...: a pod whose apps go on behind "/steps/wait LINE" when step has seen the line.
start_steps() {
	mkdir "$BATS_TEST_TMPDIR/steps"
	printf '%s\n' '#!/bin/sh' 'until [ -e "/steps/$1" ]; do sleep 0.05; done' >"$BATS_TEST_TMPDIR/steps/wait"
	chmod +x "$BATS_TEST_TMPDIR/steps/wait"
	start_pod --volume=steps,kind=host,source="$BATS_TEST_TMPDIR/steps" --mount=volume=steps,target=/steps "$@"
}

# step LINE...: waits for each of them, and for the pod's end.
step() {
	local line
	for line in "$@"; do
		wait_until is_logged "$line"
		touch "$BATS_TEST_TMPDIR/steps/$line"
	done
	wait_for_pod_end
}

is_logged() {
	grep -q "$1" <<<"$(rkt logs "$POD" 2>&1)"
}

@test "an exited pod's lines, each on the stream that the app has used" {
	run_pod 'echo one; echo two >&2; printf three; exit 0'
	run --separate-stderr rkt logs "$POD"
	expect_status 0
	expect_equal "$output" "$(printf 'one\nthree')"
	expect_equal "$stderr" two
	expect_equal "$(rkt logs --uuid-file="$BATS_TEST_TMPDIR/uuid" 2>/dev/null)" "$(printf 'one\nthree')"
}

@test "the order of the lines is kept where both streams are one file" {
	start_steps "$BUSYBOX" --exec=/bin/sh -- -c 'for i in 1 2 3; do echo out$i; /steps/wait out$i; echo err$i >&2; /steps/wait err$i; done'
	step out1 err1 out2 err2 out3 err3
	expect_equal "$(rkt logs "$POD" 2>&1)" "$(printf 'out1\nerr1\nout2\nerr2\nout3\nerr3')"
}

@test "lines stay until the pod is collected, also while it is garbage" {
	run_pod 'echo one'
	rkt gc --mark-only
	expect_equal "$(rkt logs "$POD")" one
}

@test "a running pod's lines, and with --follow those to come until the pod ends" {
	start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'echo one; while [ ! -e /go ]; do sleep 0.05; done; echo two; sleep 0.2; echo three'
	wait_until bash -c '[ "$("$@" logs '"$POD"')" = one ]' bash "${RKT_COMMAND[@]}"
	"${RKT_COMMAND[@]}" logs -f "$POD" >"$BATS_TEST_TMPDIR/followed" 3>&- &
	local follower=$!
	wait_until grep -q one "$BATS_TEST_TMPDIR/followed"
	rkt enter "$POD" /bin/touch /go
	wait "$follower"
	expect_equal "$(<"$BATS_TEST_TMPDIR/followed")" "$(printf 'one\ntwo\nthree')"
	wait_for_pod_end
}

@test "several apps: names in front, in the order of time, or one app alone" {
	start_steps "$BUSYBOX" --name=a --exec=/bin/sh -- -c 'echo first; /steps/wait second; echo third' --- \
		"$BUSYBOX" --name=b --exec=/bin/sh -- -c '/steps/wait first; echo second'
	step first second
	expect_equal "$(rkt logs "$POD")" "$(printf 'a: first\nb: second\na: third')"
	expect_equal "$(rkt logs --app=b "$POD")" second
	run --separate-stderr rkt logs --app=c "$POD"
	expect_status 254
	expect_match "$stderr" 'no app "c" in the pod'
}

@test "--since leaves older lines out, --timestamps says when" {
	run_pod 'echo old; sleep 2.5; echo new'
	expect_equal "$(rkt logs --since=1h "$POD")" "$(printf 'old\nnew')"
	local line
	line=$(rkt logs --timestamps "$POD" | tail -n 1)
	expect_match "$line" "^$(date +%Y-%m-%d) [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} [+-][0-9]{4} .* new$"
	# As much later as the line is old now, give or take a second.
	expect_equal "$(rkt logs --since="$(($(date +%s) - $(date -d "$(cut -d' ' -f1-3 <<<"$line")" +%s) + 1))s" "$POD")" new
	run --separate-stderr rkt logs --since=yesterday "$POD"
	expect_status 254
	expect_match "$stderr" '--since must be a length of time such as 90s or 1h, not "yesterday"'
}

@test "--lines: the last ones of all apps together, and with --follow those to come" {
	run_pod 'for i in 1 2 3 4 5; do echo $i; done; head -c 20000 /dev/zero | tr "\\0" x; echo; printf end'
	expect_equal "$(rkt logs --lines=1 "$POD")" end
	expect_equal "$(rkt logs --lines=4 "$POD" | wc -lc | xargs)" "4 20009"
	expect_equal "$(rkt logs --lines=100 "$POD" | head -n 5 | xargs)" "1 2 3 4 5"
	expect_equal "$(rkt logs --lines=0 "$POD")" ""
	run --separate-stderr rkt logs --lines=-1 "$POD"
	expect_status 254
	expect_equal "$stderr" 'logs: --lines must be a number such as 10, not "-1"'
	run --separate-stderr rkt logs -n 1 "$POD"
	expect_status 254
	expect_match "$stderr" 'logs: hint: say --lines'
	start_steps "$BUSYBOX" --name=a --exec=/bin/sh -- -c 'echo a1; /steps/wait b2; echo a3; /steps/wait go; echo a4' --- \
		"$BUSYBOX" --name=b --exec=/bin/sh -- -c '/steps/wait a1; echo b2'
	touch "$BATS_TEST_TMPDIR/steps/a1"
	wait_until is_logged b2
	touch "$BATS_TEST_TMPDIR/steps/b2"
	wait_until is_logged a3
	"${RKT_COMMAND[@]}" logs --follow --lines=2 "$POD" >"$BATS_TEST_TMPDIR/followed" 3>&- &
	local follower=$!
	wait_until grep -q a3 "$BATS_TEST_TMPDIR/followed"
	touch "$BATS_TEST_TMPDIR/steps/go"
	wait "$follower"
	expect_equal "$(<"$BATS_TEST_TMPDIR/followed")" "$(printf 'b: b2\na: a3\na: a4')"
	wait_for_pod_end
}

@test "a line that is longer than any buffer comes back whole" {
	run_pod 'head -c 50000 /dev/zero | tr "\0" x; echo; echo end'
	expect_equal "$(rkt logs "$POD" | awk '{ print length($0) }')" "$(printf '50000\n3')"
}

@test "what is kept is bounded: an old file and a new one, and the newest lines are there" {
	run_pod 'yes "$(head -c 2000 /dev/zero | tr "\0" x)" | head -n 12000; echo the last'
	local dir=$RKT_DATA/pods/run/$POD/logs
	expect_equal "$(find "$dir" -type f -printf '%f\n' | sort | tr '\n' ' ')" 'busybox.log busybox.log.1 '
	[ "$(stat -c %s "$dir/busybox.log")" -lt 8500000 ]
	[ "$(stat -c %s "$dir/busybox.log.1")" -lt 8500000 ]
	expect_equal "$(rkt logs "$POD" | tail -n 1)" 'the last'
}

@test "a pod that prints nothing has no lines and no files" {
	run_pod 'exit 0'
	expect_equal "$(rkt logs "$POD")" ''
	[ ! -e "$RKT_DATA/pods/run/$POD/logs" ]
}

@test "lines that somebody has damaged are passed over" {
	run_pod 'echo good'
	printf 'nonsense\n\n2026-01-01T00:00:00Z stdout F x\n2026-13-01T00:00:00.000000000Z stdout F y\n\0\0\n' >>"$RKT_DATA/pods/run/$POD/logs/busybox.log"
	expect_equal "$(rkt logs "$POD")" good
}
