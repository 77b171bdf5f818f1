#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The plugins that come with rkt, in pods and as programs for other runtimes, beside those of the CNI
# project.

load lib.bash
load world.bash

PLUGINS=$BUILD/libexec/net
REFERENCE=/usr/lib/cni

setup_file() {
	common_setup_file
	make_world
}

teardown_file() {
	end_world
}

teardown() {
	common_teardown
	collect_pods
	local name
	for name in $(ip netns list | awk '$1 ~ /^plug/ { print $1 }'); do
		ip netns delete "$name"
	done
	rm -rf /var/lib/cni/*
}

# --- static ---------------------------------------------------------------------------------------

@test "static: addresses, routes and a name server of the configuration" {
	network 10-s.conf '{"cniVersion": "0.3.1", "name": "s", "type": "bridge", "bridge": "plugbr0", "isGateway": true, "ipMasq": true,
		"ipam": {"type": "static", "addresses": [{"address": "10.60.0.7/24", "gateway": "10.60.0.1"}, {"address": "fd60::7/64"}],
			"routes": [{"dst": "0.0.0.0/0"}], "dns": {"nameservers": ["10.60.0.53"], "search": ["example.com"]}}}'
	NET=s pod_sh "ip -o addr show dev eth0; ip -4 route; nc -w 5 $WORLD 8000 </dev/null; cat /etc/resolv.conf"
	ip link delete plugbr0
	expect_status 0
	expect_match "$output" 'inet 10\.60\.0\.7/24'
	expect_match "$output" 'inet6 fd60::7/64'
	expect_match "$output" 'default via 10\.60\.0\.1 dev eth0'
	expect_match "$output" 10.99.0.1
	expect_equal "$(jq -c '.dns' "$RKT_DATA"/pods/*/*/net/s.result)" '{"nameservers":["10.60.0.53"],"search":["example.com"]}'
}

@test "static: addresses that the command line gives" {
	network 10-s.conf '{"cniVersion": "0.3.1", "name": "s", "type": "bridge", "bridge": "plugbr0", "ipam": {"type": "static"}}'
	NET='s:IP=10.60.0.9/24;GATEWAY=10.60.0.1' pod_sh 'ip -4 -o addr show dev eth0'
	expect_status 0
	expect_match "$output" 'inet 10\.60\.0\.9/24'
	expect_equal "$(jq -c '[.ips[].gateway]' "$RKT_DATA"/pods/*/*/net/s.result)" '["10.60.0.1"]'
	NET=s pod_sh true
	expect_status 254
	expect_match "$stderr" 'error adding network "s": ipam\.addresses: must name an address'
	NET=s:IP=10.60.0.9 pod_sh true
	ip link delete plugbr0
	expect_status 254
	expect_match "$stderr" '"10\.60\.0\.9" is not an IP address with its network'
}

@test "host-local: the name servers of a file" {
	printf '%s\n' '# mine' 'nameserver 10.0.0.53' 'search a.example b.example' 'search c.example d.example' 'options ndots:2 rotate' \
		'domain c.example' 'nameserver fd00::53' >"$BATS_TEST_TMPDIR/resolv"
	network 10-h.conf '{"cniVersion": "0.3.1", "name": "h", "type": "ptp",
		"ipam": {"type": "host-local", "subnet": "10.62.0.0/24", "resolvConf": "'"$BATS_TEST_TMPDIR"'/resolv"}}'
	NET=h pod_sh true
	expect_status 0
	expect_equal "$(jq -c '.dns' "$RKT_DATA"/pods/*/*/net/h.result)" \
		'{"nameservers":["10.0.0.53","fd00::53"],"domain":"c.example","search":["c.example","d.example"],"options":["ndots:2","rotate"]}'
	rm "$BATS_TEST_TMPDIR/resolv"
	rkt gc --grace-period=0s >/dev/null
	NET=h pod_sh true
	expect_status 254
	expect_match "$stderr" 'no such file'
}
