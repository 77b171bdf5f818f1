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

# --- macvlan and ipvlan ----------------------------------------------------------------------------

@test "macvlan: a pod beside the host in the network of the host" {
	network 10-m.conf '{"cniVersion": "0.3.1", "name": "m", "type": "macvlan", "master": "world0", "mtu": 1400,
		"ipam": {"type": "host-local", "subnet": "10.99.0.0/24", "rangeStart": "10.99.0.100", "rangeEnd": "10.99.0.110"}}'
	NET=m pod_sh "cat /sys/class/net/eth0/mtu; ip -4 -o addr show dev eth0; nc -w 5 $WORLD 8000 </dev/null"
	expect_status 0
	expect_equal "${lines[0]}" 1400
	expect_equal "${lines[-1]}" 10.99.0.100
	expect_equal "$(jq -c '[.interfaces[].name], .ips[0].interface' "$RKT_DATA"/pods/*/*/net/m.result | tr -d '\n')" '["eth0"]0'
}

@test "macvlan: pods of it reach each other, and in the mode private they do not" {
	local mode
	for mode in bridge private; do
		network 10-m.conf '{"cniVersion": "0.3.1", "name": "m", "type": "macvlan", "master": "world0", "mode": "'$mode'", "ipam": {"type": "static"}}'
		NET=m:IP=10.99.0.120/24 start_sleeper
		NET=m:IP=10.99.0.121/24 pod_sh 'ping -c 1 -W 1 10.99.0.120 >/dev/null && echo reached; true'
		expect_status 0
		[ $mode = private ] || expect_equal "$output" reached
		[ $mode = bridge ] || expect_equal "$output" ""
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end
		rkt gc --grace-period=0s >/dev/null
	done
}

@test "macvlan: the master is the interface of the default route, and the hardware address may be chosen" {
	network 10-m.conf '{"cniVersion": "0.3.1", "name": "m", "type": "macvlan", "ipam": {"type": "static"}}'
	NET=m:IP=10.99.0.122/24 pod_sh true
	expect_status 254
	expect_match "$stderr" 'master: not given, and the host has no default route'
	ip route add default via "$WORLD"
	network 10-m.conf '{"cniVersion": "0.3.1", "name": "m", "type": "macvlan", "ipam": {"type": "static"}, "args": {"cni": {"mac": "02:00:00:00:12:34"}}}'
	NET=m:IP=10.99.0.122/24 pod_sh "cat /sys/class/net/eth0/address; nc -w 5 $WORLD 8000 </dev/null"
	ip route delete default
	expect_status 0
	expect_equal "$output" $'02:00:00:00:12:34\n10.99.0.122'
}

@test "macvlan: a configuration that cannot be" {
	while IFS='|' read -r rest message; do
		network 10-m.conf '{"name": "m", "type": "macvlan", '"$rest"'}'
		NET=m pod_sh true
		expect_status 254
		expect_match "$stderr" "error adding network \"m\": $message"
	done <<-'CASES'
		"master": "nobody0"|master: the host has no interface "nobody0"
		"master": "world0", "mode": "loud"|mode: "loud" is not a mode
		"master": "world0", "mtu": -1|mtu: 
	CASES
}

@test "ipvlan: a kernel without it is told" {
	if ip link add link world0 name plugtest type ipvlan 2>/dev/null; then
		ip link delete plugtest
		skip "this kernel has ipvlan"
	fi
	network 10-i.conf '{"name": "i", "type": "ipvlan", "master": "world0", "mode": "l3", "ipam": {"type": "static"}}'
	NET=i pod_sh true
	expect_status 254
	expect_match "$stderr" 'error adding network "i": the kernel has no ipvlan'
}

@test "ipvlan: a pod beside the host in the network of the host" {
	ip link add link world0 name plugtest type ipvlan 2>/dev/null || skip "this kernel has no ipvlan"
	ip link delete plugtest
	network 10-i.conf '{"name": "i", "type": "ipvlan", "master": "world0", "ipam": {"type": "static"}}'
	NET=i:IP=10.99.0.123/24 pod_sh "nc -w 5 $WORLD 8000 </dev/null"
	expect_status 0
	expect_equal "$output" 10.99.0.123
}

# --- host-device and loopback ------------------------------------------------------------------------

# device_pair NAME: an interface of the host's that leads to the world.
device_pair() {
	ip link add "$1" type veth peer name "far-$1" netns world
	ip -n world addr add 10.97.0.2/24 dev "far-$1"
	ip -n world link set "far-$1" up
}

@test "host-device: an interface of the host's is the pod's, and comes back with its name" {
	local mac
	device_pair plugdev0
	network 10-d.conf '{"cniVersion": "0.3.1", "name": "d", "type": "host-device", "device": "plugdev0",
		"ipam": {"type": "static", "addresses": [{"address": "10.97.0.9/24"}]}}'
	mac=$(ip -j link show plugdev0 | jq -r '.[0].address')
	NET=d pod_sh 'cat /sys/class/net/eth0/address; ping -c 1 -W 2 10.97.0.2 >/dev/null && echo reached'
	expect_status 0
	expect_equal "$output" "$mac"$'\n'reached
	run ip link show plugdev0
	[ "$status" -ne 0 ]
	rkt gc --grace-period=0s >/dev/null
	expect_match "$(ip -o link show plugdev0)" "state DOWN.*$mac"
	refute_match "$(ip -o link show plugdev0)" alias
	# It is there for the next pod, which names it by its address.
	network 10-d.conf '{"cniVersion": "0.3.1", "name": "d", "type": "host-device", "hwaddr": "'"$mac"'"}'
	NET=d pod_sh 'cat /sys/class/net/eth0/address; ip -o link show dev eth0 | grep -o ,UP'
	expect_equal "$output" "$mac"$'\n',UP
	rkt gc --grace-period=0s >/dev/null
	ip link delete plugdev0
}

@test "host-device: the host has the interface again after a failure" {
	device_pair plugdev1
	network 10-d.conf '{"name": "d", "type": "host-device", "device": "plugdev1", "ipam": {"type": "nobody"}}'
	NET=d pod_sh true
	expect_status 254
	expect_match "$stderr" 'Could not find plugin "nobody"'
	ip link show plugdev1
	ip link delete plugdev1
}

@test "host-device: a configuration that cannot be" {
	while IFS='|' read -r rest message; do
		network 10-d.conf '{"name": "d", "type": "host-device"'"$rest"'}'
		NET=d pod_sh true
		expect_status 254
		expect_match "$stderr" "error adding network \"d\": $message"
	done <<-'CASES'
		|device: must be given, or hwaddr
		, "kernelpath": "/sys/devices/x"|kernelpath: is not known here
		, "device": "nobody0"|the host has no interface "nobody0"
		, "hwaddr": "02:00:00:00:00"|hwaddr: "02:00:00:00:00" is not a hardware address
		, "device": "lo"|interface lo is the host's loopback
	CASES
}

@test "loopback: behind another plugin it leaves the result alone" {
	network 10-l.conflist '{"cniVersion": "0.4.0", "name": "l", "plugins": [
		{"type": "ptp", "ipam": {"type": "host-local", "subnet": "10.63.0.0/24"}}, {"type": "loopback"}]}'
	NET=l pod_sh 'ip -4 -o addr show dev lo; ip -4 -o addr show dev eth0'
	expect_status 0
	expect_match "${lines[0]}" 127.0.0.1/8
	expect_match "${lines[1]}" 10.63.0.2/24
	expect_match "$(rkt list --no-legend)" 'l:ip4=10\.63\.0\.2'
}
