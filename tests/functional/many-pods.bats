#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many pods at once on one network.

load lib.bash
load world.bash

PODS=200

setup_file() {
	common_setup_file
	make_world
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR make_aci "$BATS_FILE_TMPDIR/web.aci" '.name = "example.com/web" | .app.ports = [{name: "web", protocol: "tcp", port: 9000}]'
	rkt --insecure-options=image fetch "$BATS_FILE_TMPDIR/web.aci" >/dev/null
}

teardown_file() {
	end_world
}

teardown() {
	common_teardown
	collect_pods
}

WEB=example.com/web

all_run() {
	[ "$(rkt list --no-legend | grep -cw running)" = "$PODS" ]
}

none_runs() {
	! rkt list --no-legend | grep -qw running
}

# answer PORT: which pod answers there.
answer() {
	call 127.0.0.1 "$1"
}

@test "200 pods that are started at once on a bridge have addresses and ports of their own, and leave nothing" {
	local before i
	network 10-br.conf '{"cniVersion": "1.0.0", "name": "br", "type": "bridge", "bridge": "testbr0", "isDefaultGateway": true, "ipMasq": true,
		"ipam": {"type": "host-local", "subnet": "10.50.0.0/23"}}'
	rkt run --net=br "$WEB" --exec=/bin/true
	rkt gc --grace-period=0s
	before=$(host_state)
	rkt_command
	for ((i = 0; i < PODS; i++)); do
		"${RKT_COMMAND[@]}" run --net=br --port=web:$((10000 + i)) "$WEB" --exec=/bin/sh -- -c "while :; do echo pod $i | nc -l -p 9000; done" \
			</dev/null >/dev/null 2>>"$BATS_TEST_TMPDIR/said" 3>&- &
	done
	wait_until all_run
	# No address twice, and as many rules as pods.
	expect_equal "$(rkt list --no-legend | grep -o 'br:ip4=[0-9.]*' | sort -u | wc -l)" "$PODS"
	expect_equal "$(nft list map inet rkt ports4 | grep -o '10\.50\.[0-9.]* \. 9000' | sort -u | wc -l)" "$PODS"
	expect_equal "$(find /var/lib/cni/networks/br -name '10.*' | wc -l)" "$PODS"
	for i in 0 1 $((PODS / 2)) $((PODS - 1)); do
		says_its_number() {
			[ "$(answer $((10000 + i)))" = "pod $i" ]
		}
		wait_until says_its_number
	done
	rkt stop --force $(rkt list --full --no-legend | cut -f 1) >/dev/null
	wait_until none_runs
	wait
	rkt gc --grace-period=0s >/dev/null
	rkt gc --grace-period=0s >/dev/null
	expect_host_as "$before"
	expect_equal "$(<"$BATS_TEST_TMPDIR/said")" ''
	ip link delete testbr0
}
