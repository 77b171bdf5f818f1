# SPDX-License-Identifier: Apache-2.0
# Pods in the background.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	[ -z "${POD:-}" ] || rkt stop --force "$POD" >/dev/null 2>&1 || true
	[ -z "${POD:-}" ] || rkt status --wait=20s "$POD" >/dev/null 2>&1 || true
	common_teardown
}

@test "run --detach prints the UUID and nothing else, and the pod goes on" {
	run --separate-stderr rkt run --detach --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'echo hello; exec sleep 1000'
	expect_status 0
	POD=$output
	expect_match "$POD" "$UUID_PATTERN"
	pod_has_state "$POD" running
	wait_until bash -c '[ "$("$@" logs '"$POD"')" = hello ]' bash "$RKT" "--dir=$RKT_DATA"
	rkt enter "$POD" /bin/true
	rkt stop "$POD"
	rkt status --wait=20s "$POD" >/dev/null
	pod_has_state "$POD" exited
}

@test "it belongs to no terminal, session or process of its caller" {
	local pid
	POD=$(rkt run -d --net=none "$BUSYBOX" --exec=/bin/sleep -- 1000)
	pid=$(rkt status "$POD" | sed -n 's/^pid=//p')
	expect_equal "$(ps -o sid= -p "$pid" | tr -d ' ')" "$pid"
	expect_equal "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" | sort -u)" /dev/null
}

@test "an app that ends at once has been started all the same, and its status is kept" {
	POD=$(rkt run --detach --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'exit 3')
	rkt status --wait=20s "$POD" >/dev/null
	expect_match "$(rkt status "$POD")" 'app-busybox=3'
}

@test "what keeps the pod from starting is said, and the status is 254" {
	mkdir "$BATS_TEST_TMPDIR/src"
	POD=$(rkt prepare --volume="v,kind=host,source=$BATS_TEST_TMPDIR/src" "$BUSYBOX" --mount volume=v,target=/v)
	rmdir "$BATS_TEST_TMPDIR/src"
	run --separate-stderr rkt run-prepared --detach --net=none "$POD"
	expect_status 254
	expect_equal "$output" ''
	expect_match "$stderr" "cannot set up the pod: bind /v from $BATS_TEST_TMPDIR/src: no such file or directory"
	expect_match "$stderr" "pod \"$POD\" did not start"
}

@test "run-prepared --detach and app sandbox --detach do the same" {
	POD=$(rkt prepare "$BUSYBOX" --exec=/bin/sleep -- 1000)
	expect_equal "$(rkt run-prepared --detach --net=none "$POD" 2>/dev/null)" "$POD"
	pod_has_state "$POD" running
	rkt stop --force "$POD"
	POD=$(rkt app sandbox --detach --net=none 2>/dev/null)
	rkt app add "$POD" "$BUSYBOX" --name=a
	rkt app list "$POD"
}

@test "--detach and --interactive do not go together" {
	run --separate-stderr rkt run --detach --interactive --net=none "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'detach and --interactive cannot be given together'
}

@test "a pod whose network cannot be had is told of at once, and is not left running" {
	local begin=$SECONDS
	mkdir -p "$RKT_CONFIG/net.d"
	echo '{"cniVersion": "1.0.0", "name": "broken", "type": "ptp", "mtu": 100000, "ipam": {"type": "host-local", "subnet": "10.61.0.0/24"}}' >"$RKT_CONFIG/net.d/10-b.conf"
	run --separate-stderr rkt run --detach --uuid-file-save="$BATS_TEST_TMPDIR/uuid" --net=broken "$BUSYBOX" --exec=/bin/sleep -- 1000
	rm -r "$RKT_CONFIG/net.d"
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
	expect_status 254
	expect_match "$stderr" 'error adding network "broken"'
	expect_match "$stderr" "pod \"$POD\" did not start"
	# It waits half a minute for what does not become ready.
	[ $((SECONDS - begin)) -lt 25 ]
	pod_has_state "$POD" exited
}
