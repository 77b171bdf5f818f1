#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whoever is killed while a pod gets its networks, and whenever: gc leaves the host as it was.

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
	BEFORE=$(host_state)
	rkt_command
}

teardown() {
	common_teardown
	collect_pods
}

no_pod_is_left() {
	! rkt list --no-legend | grep -qwE 'running|preparing'
}

# expect_clean: after gc the host is as it was before the test.
expect_clean() {
	wait_until no_pod_is_left
	rkt gc --grace-period=0s >/dev/null 2>&1
	# What has not become a pod is collected an hour later.
	rm -rf "$RKT_DATA"/pods/{embryo,prepare}/*
	expect_host_as "$BEFORE"
	# Nor is anything mounted any more below the pods' directories.
	run grep -c "$RKT_DATA/pods" /proc/self/mountinfo
	expect_equal "$output" 0
}

# kill_at COMMAND...: as in kill-at.c, and whether somebody was killed.
kill_at() {
	local status=0
	timeout 60 "$BUILD/tests/functional/kill-at" "$@" </dev/null >"$BATS_TEST_TMPDIR/killed.log" 2>&1 3>&- || status=$?
	[ "$status" = 137 ] || expect_equal "$status" 0
	[ "$status" = 137 ]
}

# walk CALLS ARGS...: runs a pod until nobody is killed. Sets KILLS.
walk() {
	local calls=$1
	shift
	KILLS=0
	while kill_at "$calls" $((KILLS + 1)) "${RKT_COMMAND[@]}" run "$@" "$BUSYBOX" --exec=/bin/true; do
		KILLS=$((KILLS + 1))
		expect_clean
	done
	expect_clean
}

@test "whoever is killed at whatever step of a start with networks and ports" {
	network 10-br.conflist '{"cniVersion": "1.0.0", "name": "br", "plugins": [
		{"type": "bridge", "bridge": "testbr0", "isGateway": true, "ipMasq": true,
			"ipam": {"type": "host-local", "subnet": "10.50.0.0/24", "dataDir": "/var/lib/cni/other"}},
		{"type": "tuning", "sysctl": {"net.ipv4.conf.IFNAME.forwarding": "1"}}]}'
	# The bridge itself stays.
	rkt run --net=br "$BUSYBOX" --exec=/bin/true
	rkt gc --grace-period=0s
	BEFORE=$(host_state)
	walk kernel --net=br,default
	echo "$KILLS kills"
	[ "$KILLS" -ge 100 ]
	ip link delete testbr0
}

# killed_plugin TYPE REAL: a plugin TYPE that is killed at the KILL_ATth call of its ADD.
killed_plugin() {
	mkdir -p "$RKT_CONFIG/net.d"
	cat >"$RKT_CONFIG/net.d/$1" <<-END
		#!/bin/bash
		[ "\$CNI_COMMAND" = ADD ] || exec "$2"
		exec "$BUILD/tests/functional/kill-at" kernel "\$(cat "$BATS_TEST_TMPDIR/kill-at")" "$2"
	END
	chmod +x "$RKT_CONFIG/net.d/$1"
}

# walk_plugin NETWORK: runs pods whose plugin is killed at its first call, at its second, and so on, until it is not.
walk_plugin() {
	local status
	for ((KILLS = 0; ; KILLS++)); do
		echo $((KILLS + 1)) >"$BATS_TEST_TMPDIR/kill-at"
		run --separate-stderr rkt run --net="$1" "$BUSYBOX" --exec=/bin/true
		[ "$status" != 0 ] || break
		expect_status 254
		expect_match "$stderr" "error adding network \"$1\": plugin \"killed-[a-z]*\" ended with status 137"
		expect_clean
	done
	expect_clean
}

@test "a plugin of ours that is a program, killed at whatever step of ADD" {
	local type
	for type in ptp bridge; do
		killed_plugin "killed-$type" "$BUILD/libexec/net/$type"
		network 10-k.conf '{"cniVersion": "1.0.0", "name": "k", "type": "killed-'"$type"'", "bridge": "testbr0", "ipMasq": true,
			"ipam": {"type": "host-local", "subnet": "10.51.0.0/24", "dataDir": "/var/lib/cni/other"}}'
		if [ "$type" = bridge ]; then
			ip link add testbr0 type bridge
			BEFORE=$(host_state)
		fi
		walk_plugin k
		[ "$KILLS" -ge 6 ]
	done
	ip link delete testbr0
}

@test "a plugin of the CNI project, killed at whatever step of ADD" {
	[ -x /usr/lib/cni/ptp ] || skip "the CNI project's plugins are not installed"
	killed_plugin killed-ptp /usr/lib/cni/ptp
	network 10-k.conf '{"cniVersion": "1.0.0", "name": "k", "type": "killed-ptp",
		"ipam": {"type": "host-local", "subnet": "10.51.0.0/24", "dataDir": "/var/lib/cni/other"}}'
	walk_plugin k
	[ "$KILLS" -ge 3 ]
}
