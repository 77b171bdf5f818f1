#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The plugins that come with rkt, in pods and as programs for other runtimes, beside those of the CNI
# project.

load lib.bash
load world.bash


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
	delete_containers
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

@test "static: what was masqueraded is not any more after DEL, whether or not that is told the result" {
	local conf
	conf='{"cniVersion": "1.0.0", "name": "s", "type": "ptp", "ipMasq": true, "ipam": {"type": "static", "addresses": [{"address": "10.60.1.7/24", "gateway": "10.60.1.1"}]}}'
	ip netns add plug1
	cni "$PLUGINS" ptp ADD plug1 "$conf" >/dev/null
	expect_match "$(nft list map inet rkt masquerade4)" '10\.60\.1\.7'
	run cni "$PLUGINS" ptp DEL plug1 "$conf"
	expect_status 0
	refute_match "$(nft list ruleset)" '10\.60\.1\.7'
}

@test "static: a pod gets the address of one that has ended, and not of one that runs" {
	local first
	network 10-s.conf '{"cniVersion": "0.3.1", "name": "s", "type": "ptp", "ipMasq": true,
		"ipam": {"type": "static", "addresses": [{"address": "10.60.2.7/24", "gateway": "10.60.2.1"}], "routes": [{"dst": "0.0.0.0/0"}]}}'
	NET=s pod_sh true
	expect_status 0
	first=$(rkt list --full --no-legend | awk '/exited/ { print $1 }')
	NET=s start_sleeper
	rkt rm "$first" >/dev/null
	expect_match "$(nft list map inet rkt masquerade4)" '10\.60\.2\.7'
	NET=s pod_sh true
	expect_status 254
	expect_match "$stderr" "address 10\\.60\\.2\\.7/24 is another interface's of this host already"
	expect_match "$stderr" 'hint: "ip route get 10\.60\.2\.7" names the interface'
	# What the other one had tried is undone, and nothing of this one's.
	expect_match "$(nft list map inet rkt masquerade4)" "10\\.60\\.2\\.7 comment \"rkt s $POD eth0\""
	expect_equal "$(rkt enter "$POD" /bin/sh -c "nc -w 5 $WORLD 8000 </dev/null")" "$HOST"
}

@test "static: a pod that is refused an address is so at once, and takes no other pod's network" {
	local ended
	mkdir -p "$RKT_CONFIG/net.d"
	cat >"$RKT_CONFIG/net.d/note" <<-SH
		#!/bin/sh
		echo "\$CNI_COMMAND" >>$BATS_TEST_TMPDIR/commands
		[ "\$CNI_COMMAND" != ADD ] || echo '{"cniVersion": "1.0.0", "ips": []}'
	SH
	chmod +x "$RKT_CONFIG/net.d/note"
	for address in 8 9; do
		network 10-s.conflist '{"cniVersion": "1.0.0", "name": "s", "plugins": [{"type": "note"}, {"type": "ptp",
			"ipam": {"type": "static", "addresses": [{"address": "10.60.2.'$address'/24", "gateway": "10.60.2.1"}]}}]}'
		[ $address = 9 ] || NET=s pod_sh true
		expect_status 0
	done
	ended=$(rkt list --full --no-legend | cut -f 1)
	NET=s start_sleeper
	rm "$BATS_TEST_TMPDIR/commands"
	NET=s pod_sh true
	expect_status 254
	expect_match "$stderr" "address 10\\.60\\.2\\.9/24 is another interface's of this host already"
	expect_equal "$(<"$BATS_TEST_TMPDIR/commands")" $'ADD\nDEL'
	[ -e "/run/netns/cni-$ended" ]
}

@test "portmap: a pod gets the port of one that has ended, and no other pod's network" {
	local first other
	network 10-p.conflist '{"cniVersion": "1.0.0", "name": "p", "plugins": [{"type": "ptp", "ipMasq": true,
		"ipam": {"type": "host-local", "subnet": "10.70.4.0/24"}}, {"type": "portmap", "capabilities": {"portMappings": true}}]}'
	make_aci "$BATS_TEST_TMPDIR/web.aci" '.name = "example.com/web" | .app.ports = [{name: "web", protocol: "tcp", port: 9000}]'
	web() {
		NET=p "$1" --insecure-options=image --port=web:"$2" "$BATS_TEST_TMPDIR/web.aci" --exec=/bin/"$3" -- 1000
	}
	web pod 8081 true
	expect_status 0
	other=$(rkt list --full --no-legend | cut -f 1)
	web pod 8080 true
	expect_status 0
	first=$(rkt list --full --no-legend | cut -f 1 | grep -v "$other")
	web start_pod 8080 sleep
	[ ! -e "/run/netns/cni-$first" ]
	web pod 8080 true
	expect_status 254
	expect_match "$stderr" 'port tcp-0\.0\.0\.0:8080 of the host leads to another pod already'
	[ -e "/run/netns/cni-$other" ]
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

# --- as programs -------------------------------------------------------------------------------------

@test "a plugin as a program: results of all versions, and DEL twice" {
	local version conf
	ip netns add plug1
	for version in 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0; do
		conf='{"cniVersion": "'$version'", "name": "n", "type": "ptp", "ipMasq": true, "dns": {"nameservers": ["10.70.0.53"]},
			"ipam": {"type": "host-local", "subnet": "10.70.0.0/24", "rangeStart": "10.70.0.9", "rangeEnd": "10.70.0.9", "routes": [{"dst": "0.0.0.0/0"}]}}'
		run cni "$PLUGINS" ptp ADD plug1 "$conf"
		expect_status 0
		expect_equal "$(jq -r '[.cniVersion, (.ip4.ip // .ips[0].address), (.ip4.gateway // .ips[0].gateway),
			(.ip4.routes // .routes)[0].dst, .dns.nameservers[0], .ips[0].version, .ips[0].interface, .interfaces[1].sandbox] | map(. // "-" | tostring) | join(" ")' <<<"$output")" \
			"$version 10.70.0.9/24 10.70.0.1 0.0.0.0/0 10.70.0.53 $(case $version in
			0.[12].0) echo - - - ;;
			0.*) echo 4 1 /run/netns/plug1 ;;
			*) echo - 1 /run/netns/plug1 ;;
			esac)"
		expect_match "$(ip -n plug1 -4 -o addr show dev eth0)" 10.70.0.9
		for _ in 1 2; do
			run cni "$PLUGINS" ptp DEL plug1 "$conf"
			expect_status 0
			expect_equal "$output" ""
		done
		run ip -n plug1 link show eth0
		[ "$status" -ne 0 ]
		expect_equal "$(ls /var/lib/cni/networks/n)" $'last_reserved_ip.0\nlock'
	done
	refute_match "$(nft list ruleset)" 10.70.0
}

@test "a plugin as a program: DEL when the namespace is gone" {
	local conf='{"cniVersion": "0.4.0", "name": "n", "type": "bridge", "bridge": "plugbr1", "ipam": {"type": "host-local", "subnet": "10.70.0.0/24"}}'
	ip netns add plug1
	cni "$PLUGINS" bridge ADD plug1 "$conf" >/dev/null
	ip netns delete plug1
	run cni "$PLUGINS" bridge DEL plug1 "$conf"
	ip link delete plugbr1
	expect_status 0
	[ ! -e /var/lib/cni/networks/n/10.70.0.2 ]
}

@test "a plugin as a program: an interface that is there is left alone" {
	local conf='{"cniVersion": "0.4.0", "name": "n", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.70.0.0/24"}}'
	ip netns add plug1
	cni "$PLUGINS" ptp ADD plug1 "$conf" >/dev/null
	run cni "$PLUGINS" ptp ADD plug1 "$conf"
	expect_status 1
	expect_equal "$(jq -r .msg <<<"$output")" "the container has an interface eth0 already"
	expect_match "$(ip -n plug1 -4 -o addr show dev eth0)" 10.70.0.2
	[ -e /var/lib/cni/networks/n/10.70.0.2 ]
}

@test "CHECK finds what is not as it was" {
	local conf checked message spoil repair
	conf='{"cniVersion": "1.0.0", "name": "n", "type": "bridge", "bridge": "plugbr2", "isGateway": true,
		"ipam": {"type": "host-local", "ranges": [[{"subnet": "10.71.0.0/24"}], [{"subnet": "fd71::/64"}]], "routes": [{"dst": "0.0.0.0/0"}, {"dst": "fd99::/16"}]}}'
	ip netns add plug1
	checked=$(with "$conf" ". + {prevResult: $(cni "$PLUGINS" bridge ADD plug1 "$conf")}")
	run cni "$PLUGINS" bridge CHECK plug1 "$checked"
	expect_status 0
	expect_equal "$output" ""
	while IFS='|' read -r spoil repair message; do
		eval "$spoil"
		run cni "$PLUGINS" bridge CHECK plug1 "$checked"
		eval "$repair"
		expect_status 1
		expect_match "$(jq -r .msg <<<"$output")" "$message"
		run cni "$PLUGINS" bridge CHECK plug1 "$checked"
		expect_status 0
	done <<-'CASES'
		ip -n plug1 route del default|ip -n plug1 route replace default via 10.71.0.1|there is no route to 0\.0\.0\.0/0
		ip -n plug1 addr add 10.71.0.9/32 dev eth0; ip -n plug1 -6 route del fd99::/16|ip -n plug1 -6 route replace fd99::/16 via fd71::1|there is no route to fd99::/16
		mv /var/lib/cni/networks/n/fd71::2 "$BATS_TEST_TMPDIR/lease"|mv "$BATS_TEST_TMPDIR/lease" /var/lib/cni/networks/n/fd71::2|fd71::2/64 is not an address of container c1
		ip -n plug1 link set eth0 down; ip -n plug1 link set eth0 name eth7|ip -n plug1 link set eth7 name eth0; ip -n plug1 link set eth0 up; ip -n plug1 addr replace fd71::2/64 dev eth0 nodad; ip -n plug1 route replace default via 10.71.0.1; ip -n plug1 -6 route replace fd99::/16 via fd71::1|interface eth0 is not there
		ip -n plug1 addr del 10.71.0.2/24 dev eth0|ip -n plug1 addr add 10.71.0.2/24 dev eth0; ip -n plug1 route replace default via 10.71.0.1|interface eth0 does not have the address 10\.71\.0\.2/24
	CASES
	run cni "$PLUGINS" bridge CHECK plug1 "$(with "$checked" '.prevResult.interfaces[2].mac = "02:00:00:00:00:01"')"
	expect_status 1
	expect_match "$(jq -r .msg <<<"$output")" 'interface eth0 has the hardware address .*, not 02:'
	run cni "$PLUGINS" bridge CHECK plug1 "$conf"
	expect_equal "$(jq -c '[.code, .msg]' <<<"$output")" '[7,"prevResult: must be given"]'
	cni "$PLUGINS" bridge DEL plug1 "$conf"
	ip link delete plugbr2
}

@test "GC gives back what nobody uses, and STATUS tells whether pods can be added" {
	local conf
	conf='{"cniVersion": "1.1.0", "name": "n", "type": "ptp", "ipMasq": true, "ipam": {"type": "host-local", "subnet": "10.72.0.0/24"}}'
	ip netns add plug1
	ip netns add plug2
	ID=one cni "$PLUGINS" ptp ADD plug1 "$conf" >/dev/null
	ID=two cni "$PLUGINS" ptp ADD plug2 "$conf" >/dev/null
	expect_match "$(nft list ruleset)" 10.72.0.3
	run cni "$PLUGINS" ptp GC plug1 "$conf"
	expect_status 1
	expect_equal "$(jq -c '[.code, .msg]' <<<"$output")" '[7,"cni.dev/valid-attachments: must be given, as a list"]'
	run cni "$PLUGINS" ptp GC plug1 "$(with "$conf" '."cni.dev/valid-attachments" = [{containerID: "one", ifname: "eth0"}]')"
	expect_status 0
	[ -e /var/lib/cni/networks/n/10.72.0.2 ]
	[ ! -e /var/lib/cni/networks/n/10.72.0.3 ]
	expect_match "$(nft list ruleset)" 10.72.0.2
	refute_match "$(nft list ruleset)" 10.72.0.3
	run cni "$PLUGINS" ptp STATUS plug1 "$conf"
	expect_status 0
	expect_equal "$output" ""
	run cni "$PLUGINS" macvlan STATUS plug1 '{"cniVersion": "1.1.0", "name": "n", "type": "macvlan", "master": "nobody0"}'
	expect_status 1
	expect_equal "$(jq -c '[.code, .msg]' <<<"$output")" '[50,"master: the host has no interface \"nobody0\""]'
	ID=one cni "$PLUGINS" ptp DEL plug1 "$conf"
}

@test "portmap: ports lead to the container until DEL, which need not be told them" {
	local bridge='{"cniVersion": "1.0.0", "name": "n", "type": "bridge", "bridge": "plugbr1", "isGateway": true,
		"hairpinMode": true, "ipam": {"type": "host-local", "subnet": "10.70.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}}'
	local portmap='{"cniVersion": "1.0.0", "name": "n", "type": "portmap", "capabilities": {"portMappings": true}, "runtimeConfig": {"portMappings": [
		{"hostPort": 8080, "containerPort": 9000, "protocol": "TCP"}, {"hostPort": 8090, "containerPort": 9000, "hostIP": "10.99.0.1"},
		{"hostPort": 0, "containerPort": 9001}]}}'
	local result server
	ip netns add plug1
	result=$(cni "$PLUGINS" bridge ADD plug1 "$bridge")
	run cni "$PLUGINS" portmap ADD plug1 "$(chain "$result" "$portmap")"
	expect_status 0
	expect_equal "$(jq -S . <<<"$output")" "$(jq -S . <<<"$result")"
	ip netns exec plug1 "$BATS_TEST_DIRNAME/who-server" 9000 3>&- &
	server=$!
	wait_until call_from_world "$HOST" 8080
	expect_equal "$(call_from_world "$HOST" 8080)" "$WORLD"
	expect_equal "$(call_from_world "$HOST" 8090)" "$WORLD"
	expect_equal "$(call 127.0.0.1 8080)" 10.70.0.1
	expect_equal "$(call 127.0.0.1 8090)" ""
	# The container itself, by the bridge that it is on.
	expect_equal "$(ip netns exec plug1 bash -c 'exec 3<>/dev/tcp/10.99.0.1/8080 && cat <&3')" 10.70.0.1
	run cni "$PLUGINS" portmap CHECK plug1 "$(chain "$result" "$portmap")"
	expect_status 0
	nft delete element inet rkt ports4 '{ tcp . 8080 }'
	run cni "$PLUGINS" portmap CHECK plug1 "$(chain "$result" "$portmap")"
	expect_status 1
	expect_equal "$(jq -r .msg <<<"$output")" "port tcp-0.0.0.0:8080 does not lead to the pod"
	for _ in 1 2; do
		run cni "$PLUGINS" portmap DEL plug1 "$(jq -c 'del(.runtimeConfig)' <<<"$portmap")"
		expect_status 0
	done
	expect_equal "$(call_from_world "$HOST" 8080)" ""
	kill $server
	cni "$PLUGINS" bridge DEL plug1 "$bridge"
	expect_equal "$(ls /run/cni/portmap/n)" ""
	refute_match "$(nft list ruleset)" 'table inet rkt'
}

@test "portmap: a port has one container, GC takes those that nobody has, and masking can be chosen" {
	local base='{"cniVersion": "1.1.0", "name": "n", "type": "portmap", "prevResult": {"cniVersion": "1.1.0", "ips": [{"address": "10.70.0.9/24"}]}}'
	local port='.runtimeConfig.portMappings = [{hostPort: 8080, containerPort: 80, protocol: "udp"}]'
	ip netns add plug1
	ID=c1 cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "$port")"
	ID=c2 run cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "$port")"
	expect_status 1
	expect_equal "$(jq -r .msg <<<"$output")" "port udp-0.0.0.0:8080 of the host leads to another pod already"
	expect_equal "$(ls /run/cni/portmap/n)" c1:eth0.json
	# What has been forwarded is not lost by another ADD, be it sound or not.
	for filter in "$port" "${port/8080/8088}" "$port | .conditionsV4 = [\"x\"]"; do
		ID=c1 run cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "$filter")"
		expect_status 1
	done
	ID=c1 IF=x_eth0 cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "${port/8080/8083}")"
	ID=c1_x cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "${port/8080/8084}")"
	expect_match "$(nft list map inet rkt ports4 | tr -d '\n\t')" 'udp . 8080 .* udp . 8083 .* udp . 8084'
	: >/run/cni/portmap/n/broken:eth0.json
	ID=c3 cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "${port/8080/8081} | .snat = false")"
	ID=c4 cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "${port/8080/8082} | .masqAll = true | .prevResult.ips[0].address = \"10.71.0.9/24\"")"
	expect_match "$(nft list set inet rkt hairpins4 | tr -d '\n\t')" '10.70.0.0/24 . 10.70.0.9, *0.0.0.0/0 . 10.71.0.9'
	run cni "$PLUGINS" portmap GC '' "$(with "$base" '."cni.dev/valid-attachments" = [{containerID: "c3", ifname: "eth0"}]')"
	expect_status 1
	expect_equal "$(ls /run/cni/portmap/n)" $'broken:eth0.json\nc3:eth0.json'
	rm /run/cni/portmap/n/broken:eth0.json
	expect_match "$(nft list map inet rkt ports4 | tr -d '\n\t')" 'elements = \{ udp . 8081 : 10.70.0.9 . 80 \}'
	run cni "$PLUGINS" portmap GC '' "$(with "$base" '."cni.dev/valid-attachments" = []')"
	refute_match "$(nft list ruleset)" 'table inet rkt'
	cni "$PLUGINS" portmap ADD plug1 "$(with "$base" '.runtimeConfig.portMappings = [range(900) | {hostPort: (. + 2000), containerPort: (. + 2000)}]')" >/dev/null
	cni "$PLUGINS" portmap DEL plug1 "$base"
	while IFS='|' read -r filter message; do
		run cni "$PLUGINS" portmap ADD plug1 "$(with "$base" "$port | $filter")"
		expect_status 1
		expect_equal "$(jq -r .msg <<<"$output")" "$message"
	done <<-'CASES'
		.conditionsV4 = ["-s", "10.0.0.1"]|conditionsV4: conditions of iptables cannot be had: ports are forwarded by nf_tables
		del(.prevResult)|prevResult: portmap comes behind another plugin
		.runtimeConfig.portMappings[0].containerPort = 0|runtimeConfig.portMappings[0].containerPort: 0 is not in the range 1 to 65535
		.runtimeConfig.portMappings[0].protocol = "icmp"|ports of protocol "icmp" cannot be forwarded
		.runtimeConfig.portMappings[0].hostIP = "fd00::1"|ports of fd00::1 cannot be forwarded: the pod has no address of that kind
		.prevResult.ips = []|the pod has no address that ports could be forwarded to
	CASES
	refute_match "$(nft list ruleset)" 'table inet rkt'
}

@test "VERSION, and the codes of errors" {
	local command environment conf expected
	run cni "$PLUGINS" ptp VERSION none '{"cniVersion": "1.1.0"}'
	expect_status 0
	expect_equal "$(jq -c . <<<"$output")" '{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}'
	ip netns add plug1
	while IFS='|' read -r environment conf expected; do
		run env -i CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/plug1 CNI_IFNAME=eth0 CNI_PATH="$PLUGINS" $environment "$PLUGINS/ptp" <<<"$conf"
		expect_status 1
		expect_match "$(jq -r '"\(.code) \(.cniVersion) \(.msg)"' <<<"$output")" "^$expected"
	done <<-'CASES'
		CNI_COMMAND=JUMP||4 1.1.0 CNI_COMMAND is none of
		CNI_CONTAINERID=||4 1.1.0 CNI_CONTAINERID is not set
		CNI_CONTAINERID=a/b||4 1.1.0 CNI_CONTAINERID is not set, or not a name
		CNI_IFNAME=a/b||4 1.1.0 CNI_IFNAME is not set, or not the name
		CNI_IFNAME=abcdefghijklmnop||4 1.1.0 CNI_IFNAME is not set, or not the name
		CNI_NETNS=/etc/passwd|{"cniVersion": "0.4.0", "name": "n", "type": "ptp"}|4 0.4.0 CNI_NETNS is not a network namespace
		|{"name": |6 1.1.0 network configuration: line
		|{"cniVersion": "2.0.0", "name": "n", "type": "ptp"}|1 1.1.0 cniVersion: "2.0.0" is not a version that is known
		|{"cniVersion": "0.4.0", "type": "ptp"}|7 1.1.0 name: a network must have a name
		|{"cniVersion": "0.4.0", "name": "n", "type": "ptp"}|7 0.4.0 ipam: must be given
		|{"cniVersion": "0.4.0", "name": "n", "type": "ptp", "ipam": {"type": "ptp"}}|7 0.4.0 ipam.type: "ptp" does not hand out addresses
		CNI_COMMAND=DEL|{"cniVersion": "0.4.0", "name": "n", "type": "bridge", "ipam": {"type": "bridge"}}|7 0.4.0 ipam.type: "bridge" does not
		CNI_COMMAND=CHECK|{"cniVersion": "0.3.1", "name": "n", "type": "ptp"}|1 0.3.1 cniVersion: 0.3.1 does not have CHECK
		CNI_COMMAND=GC|{"cniVersion": "1.0.0", "name": "n", "type": "ptp"}|1 1.0.0 cniVersion: 1.0.0 does not have GC
	CASES
	for type in host-local static dhcp; do
		for command in ADD DEL CHECK STATUS; do
			run env -i CNI_COMMAND=$command CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/plug1 CNI_IFNAME=eth0 CNI_PATH="$PLUGINS" \
				"$PLUGINS/$type" <<<'{"cniVersion": "1.1.0", "name": "n", "type": "'$type'"}'
			expect_status 1
			expect_equal "$(jq -c '[.code, .msg]' <<<"$output")" '[7,"ipam: must be given"]'
		done
	done
}

# --- beside the plugins of the CNI project --------------------------------------------------------------

# What a namespace looks like, without what is different each time.
picture() {
	ip -n "$1" -o addr show | grep -v ' lo ' | sed 's/@if[0-9]*//; s/^[0-9]*: //; s/ noprefixroute//; s/ nodad//; /fe80::/d'
	ip -n "$1" -o link show | grep -v ' lo:' | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/@world0//; s/link\/ether [0-9a-f:]*//; s/link-netns[^ ]* [^ ]*//; s/ alias .*//; s/ qlen [0-9]*//; s/ state [A-Z]*//' | tr -s ' \\\\' ' '
	ip -n "$1" route | sort
	ip -n "$1" -6 route | grep -v fe80 | sort
}

# A result, in the same way.
result_picture() {
	jq -cS 'del(.. | .mac?) | (.interfaces[] | select(.sandbox == null)) |= (.sandbox = "")
		| (.interfaces[] | select(.name | test("^veth"))).name = "veth" | (.interfaces[] | select(.sandbox != "")).sandbox = "ns"
		| del(.dns | select(. == {}))' <<<"$1"
}

@test "results and namespaces are those of the CNI project's plugins" {
	local conf type theirs ours
	[ -x "$REFERENCE/ptp" ] || skip "the plugins of the CNI project are not installed"
	while IFS='|' read -r type conf; do
		ip netns add plug1
		ip netns add plug2
		theirs=$(cni "$REFERENCE" "$type" ADD plug1 "$conf")
		theirs="$(result_picture "$theirs")"$'\n'"$(picture plug1)"
		cni "$REFERENCE" "$type" DEL plug1 "$conf"
		rm -rf /var/lib/cni/networks
		! ip link show plugbr3 >/dev/null 2>&1 || ip link delete plugbr3
		ours=$(cni "$PLUGINS" "$type" ADD plug2 "$conf")
		ours="$(result_picture "$ours")"$'\n'"$(picture plug2)"
		cni "$PLUGINS" "$type" DEL plug2 "$conf"
		rm -rf /var/lib/cni/networks
		! ip link show plugbr3 >/dev/null 2>&1 || ip link delete plugbr3
		diff <(echo "$theirs") <(echo "$ours")
		ip netns delete plug1
		ip netns delete plug2
	done <<-'CASES'
		ptp|{"cniVersion": "0.4.0", "name": "n", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.73.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}}
		ptp|{"cniVersion": "1.0.0", "name": "n", "type": "ptp", "mtu": 1400, "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.73.0.0/24"}], [{"subnet": "fd73::/64"}]], "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}}
		bridge|{"cniVersion": "0.4.0", "name": "n", "type": "bridge", "bridge": "plugbr3", "isDefaultGateway": true, "ipam": {"type": "host-local", "subnet": "10.73.0.0/24"}}
		bridge|{"cniVersion": "1.0.0", "name": "n", "type": "bridge", "bridge": "plugbr3", "isGateway": true, "ipam": {"type": "static", "addresses": [{"address": "10.73.0.5/24"}], "routes": [{"dst": "10.0.0.0/8", "gw": "10.73.0.9"}]}}
		macvlan|{"cniVersion": "1.0.0", "name": "n", "type": "macvlan", "master": "world0", "mtu": 1400, "ipam": {"type": "host-local", "subnet": "10.99.0.0/24", "rangeStart": "10.99.0.77"}}
		loopback|{"cniVersion": "1.0.0", "name": "n", "type": "loopback"}
	CASES
}

@test "leases are shared with the CNI project's host-local" {
	local conf
	[ -x "$REFERENCE/host-local" ] || skip "the plugins of the CNI project are not installed"
	conf='{"cniVersion": "1.0.0", "name": "n", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.74.0.0/29"}}'
	address() {
		ID=$2 cni "$1" host-local ADD none "$conf" | jq -r '.ips[0].address'
	}
	expect_equal "$(address "$PLUGINS" a)" 10.74.0.2/29
	expect_equal "$(address "$REFERENCE" b)" 10.74.0.3/29
	expect_equal "$(address "$PLUGINS" c)" 10.74.0.4/29
	ID=b cni "$PLUGINS" host-local DEL none "$conf"
	ID=a cni "$REFERENCE" host-local DEL none "$conf"
	expect_equal "$(cd /var/lib/cni/networks/n && echo 10.*)" 10.74.0.4
	expect_equal "$(address "$REFERENCE" d)" 10.74.0.5/29
	expect_equal "$(address "$PLUGINS" e)" 10.74.0.6/29
	expect_equal "$(address "$PLUGINS" f)" 10.74.0.2/29
}

@test "a plugin of the administrator's comes before ours, and its result counts" {
	network 10-t.conf '{"name": "t", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.75.0.0/24"}}'
	cat >"$RKT_CONFIG/net.d/ptp" <<-'PLUGIN'
		#!/bin/sh
		{ env | grep ^CNI_ | sort; cat; } >"$(dirname "$0")/asked.$CNI_COMMAND"
		[ "$CNI_COMMAND" = DEL ] || echo '{"ip4": {"ip": "10.75.0.99/24"}}'
	PLUGIN
	chmod +x "$RKT_CONFIG/net.d/ptp"
	NET='t:A=b;C=d' pod_sh 'ip -o link show dev eth0 2>&1; true'
	expect_status 0
	expect_match "$output" "can't find device"
	POD=$(rkt list --full --no-legend | cut -f 1)
	expect_match "$(rkt list --no-legend)" 't:ip4=10\.75\.0\.99'
	expect_equal "$(jq -r '.[0].pluginPath' "$RKT_DATA"/pods/*/*/net-info.json)" "$RKT_CONFIG/net.d/ptp"
	expect_equal "$(grep ^CNI_ "$RKT_CONFIG/net.d/asked.ADD")" "CNI_ARGS=A=b;C=d
CNI_COMMAND=ADD
CNI_CONTAINERID=$POD
CNI_IFNAME=eth0
CNI_NETNS=/var/run/netns/cni-$POD
CNI_PATH=$RKT_CONFIG/net.d:/usr/lib/rkt/plugins/net:$BUILD/libexec/net
CNI_VERSION=0.1.0"
	expect_equal "$(grep -v ^CNI_ "$RKT_CONFIG/net.d/asked.ADD" | jq -c '[.name, .ipam.subnet]')" '["t","10.75.0.0/24"]'
	rkt gc --grace-period=0s >/dev/null
	expect_match "$(<"$RKT_CONFIG/net.d/asked.DEL")" "CNI_CONTAINERID=$POD"
}

@test "the CNI project's own plugins work for pods" {
	[ -x "$REFERENCE/ptp" ] || skip "the plugins of the CNI project are not installed"
	network 10-t.conf '{"cniVersion": "0.4.0", "name": "t", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.76.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}}'
	cp "$REFERENCE"/{ptp,host-local} "$RKT_CONFIG/net.d/"
	ip -n world route add 10.76.0.0/24 via "$HOST"
	NET=t pod_sh "nc -w 5 $WORLD 8000 </dev/null"
	expect_status 0
	expect_equal "$output" 10.76.0.2
	rkt gc --grace-period=0s >/dev/null
	[ ! -e /var/lib/cni/networks/t/10.76.0.2 ]
}

# --- flannel ----------------------------------------------------------------------------------------------

# flanneld MTU SUBNET: writes down what flanneld does.
flanneld() {
	mkdir -p /run/flannel
	printf '%s\n' FLANNEL_NETWORK=10.80.0.0/16 "FLANNEL_SUBNET=$2" "FLANNEL_MTU=$1" FLANNEL_IPMASQ=false >/run/flannel/subnet.env
}

@test "plugins are told of ports and DNS when they ask for that" {
	local chain='"plugins": [
		{"type": "bridge", "bridge": "plugbr1", "isDefaultGateway": true, "ipMasq": true, "ipam": {"type": "host-local", "subnet": "10.70.0.0/24"}},
		{"type": "tell", "capabilities": {"dns": true, "portMappings": false}}, {"type": "portmap", "capabilities": {"portMappings": true}}]'
	local before
	before=$(host_state)
	network 10-p.conflist '{"cniVersion": "1.0.0", "name": "p", '"$chain"'}'
	network 20-q.conflist '{"cniVersion": "1.0.0", "name": "q", '"${chain//10.70/10.71}"'}'
	# Notes what it is told, and passes the result on.
	cat >"$RKT_CONFIG/net.d/tell" <<-SH
		#!/bin/sh
		input=\$(cat)
		echo "\$input" | jq -c '[.name, .runtimeConfig]' >>$BATS_TEST_TMPDIR/\$CNI_COMMAND
		echo "\$input" | jq .prevResult
	SH
	chmod +x "$RKT_CONFIG/net.d/tell"
	local aci=$BATS_TEST_TMPDIR/web.aci
	make_aci "$aci" '.name = "example.com/web" | .app.ports = [{name: "web", protocol: "tcp", port: 9000, count: 2}]'
	for portmap in "$PLUGINS" "$REFERENCE"; do
		[ "$portmap" = "$PLUGINS" ] || cp "$REFERENCE/portmap" "$RKT_CONFIG/net.d/"
		NET=p,q start_pod --insecure-options=image --dns=10.0.0.53 --dns-search=example.com --dns-opt=debug --port=web:8080 "$aci" \
			--exec=/bin/sleep -- 1000
		ip netns exec "cni-$POD" "$BATS_TEST_DIRNAME/who-server" 9001 3>&- &
		server=$!
		wait_until call_from_world "$HOST" 8081
		kill $server
		if [ "$portmap" = "$PLUGINS" ]; then
			nft flush ruleset
			rkt gc >/dev/null
			expect_match "$(nft list map inet rkt ports4 | tr -d '\n\t')" 'tcp . 8080 : 10.70.0.2 . 9000, *tcp . 8081 : 10.70.0.2 . 9001'
		fi
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end || true
		rkt gc --grace-period=0s >/dev/null
		for command in ADD DEL; do
			expect_equal "$(sort "$BATS_TEST_TMPDIR/$command")" "$(printf '["%s",{"dns":{"servers":["10.0.0.53"],"searches":["example.com"],"options":["debug"]}}]\n' p q)"
			rm "$BATS_TEST_TMPDIR/$command"
		done
		ip link delete plugbr1
		refute_match "$(nft list ruleset)" 8080
	done
}

@test "flannel: the example of the documentation about Kubernetes" {
	local before kept
	flanneld 1432 10.80.17.1/24
	network k8s_flannel_example.conf '{"name": "rkt.kubernetes.io", "type": "flannel", "delegate": {"isDefaultGateway": true}}'
	NET=rkt.kubernetes.io pod_sh "cat /sys/class/net/eth0/mtu; ip -4 -o addr show dev eth0; ip -4 route; nc -w 5 $WORLD 8000 </dev/null"
	expect_status 0
	expect_equal "${lines[0]}" 1432
	expect_match "${lines[1]}" 'inet 10\.80\.17\.2/24'
	expect_match "$output" 'default via 10\.80\.17\.1 dev eth0'
	expect_match "$output" '10\.80\.0\.0/16 via 10\.80\.17\.1 dev eth0'
	expect_equal "${lines[-1]}" 10.99.0.1
	kept=$(echo /var/lib/cni/flannel/*)
	expect_equal "${kept##*/}" "$(rkt list --full --no-legend | cut -f 1)"
	expect_equal "$(jq -cS . "$kept")" '{"cniVersion":"0.1.0","ipMasq":true,"ipam":{"ranges":[[{"subnet":"10.80.17.0/24"}]],"routes":[{"dst":"10.80.0.0/16"}],"type":"host-local"},"isDefaultGateway":true,"isGateway":true,"mtu":1432,"name":"rkt.kubernetes.io","type":"bridge"}'
	# flanneld has another subnet when the pod is collected, and none at last.
	rm -r /run/flannel
	rkt gc --grace-period=0s >/dev/null
	[ ! -e "$kept" ]
	[ ! -e /var/lib/cni/networks/rkt.kubernetes.io/10.80.17.2 ]
	refute_match "$(nft list ruleset)" 10.80.17
	ip link delete cni0
}

@test "flannel: gc restores what the delegate has lost with the host's rules" {
	flanneld 1432 10.80.19.1/24
	network 10-f.conf '{"name": "f", "type": "flannel", "delegate": {"isDefaultGateway": true}}'
	NET=f start_sleeper
	nft flush ruleset
	refute_match "$(nft list ruleset)" 10.80.19
	rkt gc >/dev/null
	expect_match "$(nft list map inet rkt masquerade4)" '10\.80\.19\.2 '
	run rkt enter "$POD" /bin/sh -c "nc -w 5 $WORLD 8000 </dev/null"
	expect_equal "$output" 10.99.0.1
	kill "$POD_PID"
	wait_for_pod_end
	rkt gc --grace-period=0s >/dev/null
	refute_match "$(nft list ruleset)" 10.80.19
	ip link delete cni0
}

@test "flannel: what the delegate's configuration says comes first" {
	flanneld 1432 10.80.18.1/24
	network 10-f.conf '{"cniVersion": "0.4.0", "name": "f", "type": "flannel", "dataDir": "'"$BATS_TEST_TMPDIR"'/kept",
		"ipam": {"dataDir": "'"$BATS_TEST_TMPDIR"'/leases"}, "delegate": {"type": "ptp", "mtu": 1300}}'
	network 10-f.conf "$(with "$(<"$RKT_CONFIG/net.d/10-f.conf")" '.ipam.type = "host-local"')"
	NET=f pod_sh "cat /sys/class/net/eth0/mtu; ip -4 -o addr show dev eth0"
	expect_status 0
	expect_equal "${lines[0]}" 1300
	expect_match "${lines[1]}" 'inet 10\.80\.18\.2/24'
	[ -e "$BATS_TEST_TMPDIR/leases/f/10.80.18.2" ]
	rkt gc --grace-period=0s >/dev/null
	[ ! -e "$BATS_TEST_TMPDIR/leases/f/10.80.18.2" ]
	expect_equal "$(ls "$BATS_TEST_TMPDIR/kept")" ""
}

@test "flannel: what cannot be" {
	local rest message
	rm -rf /run/flannel
	network 10-f.conf '{"name": "f", "type": "flannel"}'
	NET=f pod_sh true
	expect_status 254
	expect_match "$stderr" 'error adding network "f": open /run/flannel/subnet.env: no such file.*hint: flanneld writes it down'
	run cni "$PLUGINS" flannel STATUS none '{"cniVersion": "1.1.0", "name": "f", "type": "flannel"}'
	expect_equal "$(jq .code <<<"$output")" 50
	mkdir -p /run/flannel
	echo FLANNEL_MTU=1400 >/run/flannel/subnet.env
	NET=f pod_sh true
	expect_match "$stderr" '/run/flannel/subnet.env lacks one of FLANNEL_NETWORK'
	flanneld 1400 10.80.18.1/24
	while IFS='|' read -r rest message; do
		network 10-f.conf '{"name": "f", "type": "flannel", '"$rest"'}'
		NET=f pod_sh true
		expect_status 254
		expect_match "$stderr" "error adding network \"f\": $message"
	done <<-'CASES'
		"delegate": 7|delegate: must be an object
		"delegate": {"name": "x"}|delegate.name: is the network's
		"delegate": {"ipam": {}}|delegate.ipam: is made here
		"delegate": {"type": "flannel"}|delegate.type: cannot be flannel itself
	CASES
	[ ! -e /var/lib/cni/flannel ] || expect_equal "$(ls /var/lib/cni/flannel)" ""
}

# --- tuning -----------------------------------------------------------------------------------------------

@test "tuning: parameters of the pod's network, and its interface" {
	local before
	before=$(</proc/sys/net/ipv4/ip_local_port_range)
	network 10-t.conflist '{"cniVersion": "0.4.0", "name": "t", "plugins": [
		{"type": "ptp", "ipam": {"type": "host-local", "subnet": "10.64.0.0/24"}},
		{"type": "tuning", "mac": "02:00:00:00:99:01", "mtu": 1280, "promisc": true,
			"sysctl": {"net.ipv4.ip_local_port_range": "20000 20100", "net/ipv4/conf/eth0/arp_ignore": "1", "net.ipv4.conf.IFNAME.arp_filter": "1", "net/ipv4/conf/IFNAME/arp_announce": "2"}}]}'
	NET=t pod_sh 'cd /proc/sys/net/ipv4/conf/eth0; cat arp_filter arp_announce | paste -sd" "; cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/ipv4/conf/eth0/arp_ignore
		cat /sys/class/net/eth0/flags; ip -4 -o addr show dev eth0'
	expect_status 0
	expect_equal "${lines[0]}" '1 2'
	lines=("${lines[@]:1}")
	expect_equal "${lines[0]}" 02:00:00:00:99:01
	expect_equal "${lines[1]}" 1280
	expect_equal "${lines[2]}" $'20000\t20100'
	expect_equal "${lines[3]}" 1
	expect_equal "${lines[4]}" 0x1103
	expect_match "${lines[5]}" 10.64.0.2/24
	expect_equal "$(</proc/sys/net/ipv4/ip_local_port_range)" "$before"
	expect_equal "$(jq -r '.interfaces[1].mac' "$RKT_DATA"/pods/*/*/net/t.result)" 02:00:00:00:99:01
	rkt gc --grace-period=0s >/dev/null
	expect_equal "$(ls /run/cni/tuning)" ""
}

@test "tuning: an interface that stays is what it was" {
	local conf mac
	ip netns add plug1
	ip -n plug1 link add eth0 type veth peer name eth1
	mac=$(ip -n plug1 -j link show eth0 | jq -r '.[0].address')
	conf='{"cniVersion": "0.4.0", "name": "t", "type": "tuning", "mac": "02:00:00:00:99:02", "mtu": 1300, "allmulti": true, "prevResult": {"cniVersion": "0.4.0", "interfaces": [{"name": "eth0", "sandbox": "x"}]}}'
	run cni "$PLUGINS" tuning ADD plug1 "$conf"
	expect_status 0
	expect_equal "$(jq -r '.interfaces[0].mac' <<<"$output")" 02:00:00:00:99:02
	expect_equal "$(ip -n plug1 -j link show eth0 | jq -c '.[0] | [.address, .mtu, (.flags | index("ALLMULTI") != null)]')" '["02:00:00:00:99:02",1300,true]'
	for _ in 1 2; do
		run cni "$PLUGINS" tuning DEL plug1 "$conf"
		expect_status 0
	done
	expect_equal "$(ip -n plug1 -j link show eth0 | jq -c '.[0] | [.address, .mtu, (.flags | index("ALLMULTI") != null)]')" '["'"$mac"'",1500,false]'
}

@test "tuning: parameters that are not the pod's are refused" {
	local name before
	before=$(</proc/sys/kernel/hostname)
	for name in kernel.hostname net/../kernel/hostname; do
		network 10-t.conflist '{"cniVersion": "0.4.0", "name": "t", "plugins": [{"type": "loopback"}, {"type": "tuning", "sysctl": {"'$name'": "x"}}]}'
		NET=t pod_sh true
		expect_status 254
		expect_match "$stderr" "error adding network \"t\": sysctl: \"$name\" is not a parameter of the network"
	done
	expect_equal "$(</proc/sys/kernel/hostname)" "$before"
}
