#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The IPAM plugin dhcp: pods and containers with addresses of a real DHCP server, on a network that the bridge plugbr0 leads to.

load lib.bash
load world.bash

setup_file() {
	common_setup_file
}

setup() {
	[ -x /usr/sbin/dnsmasq ] || skip "dnsmasq is not installed"
	ip netns add plugsrv
	ip link add plugbr0 type bridge
	ip link set plugbr0 up
	ip link add plugup type veth peer name eth0 netns plugsrv
	ip link set plugup master plugbr0 up
	ip -n plugsrv link set lo up
	ip -n plugsrv addr add 10.86.0.1/24 dev eth0
	ip -n plugsrv link set eth0 up
	LOG=$BATS_TEST_TMPDIR/dhcp.log
	: >"$LOG"
}

teardown() {
	common_teardown
	collect_pods
	stop_server
	delete_containers
	ip link delete plugbr0
	ip link delete plugup 2>/dev/null || true
	no_keeper
	rm -rf /run/cni
}

# start_server OPTIONS...
start_server() {
	ip netns exec plugsrv dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --port=0 --no-ping --dhcp-authoritative \
		--interface=eth0 --bind-interfaces --dhcp-range="${RANGE:-10.86.0.100,10.86.0.110},${LEASE:-1h}" --dhcp-leasefile="$BATS_TEST_TMPDIR/leases" \
		--log-dhcp --log-facility="$LOG" "$@" 3>&- &
	SERVER=$!
	wait_until grep -q 'sockets bound' "$LOG"
}

stop_server() {
	[ -z "${SERVER:-}" ] || kill "$SERVER"
	wait ${SERVER:-} || true
	SERVER=
}

# heard N REGEX: the server's log says that so often.
heard() {
	[ "$(grep -cE "$2" "$LOG")" -ge "$1" ]
}

# Those of this file, which has a mount namespace of its own.
keepers() {
	local pid
	for pid in $(pgrep -f "^rkt-dhcp keep-lease /run/cni/dhcp/"); do
		[ "$(readlink "/proc/$pid/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] || echo "$pid"
	done
}

no_keeper() {
	[ -z "$(keepers)" ]
}

BRIDGE='{"cniVersion": "1.1.0", "name": "d", "type": "bridge", "bridge": "plugbr0", "ipam": {"type": "dhcp"}}'

@test "dhcp: a pod has the address, routes and name servers that a server tells, and gives the address back" {
	network 10-d.conf "$BRIDGE"
	start_server --dhcp-option=3,10.86.0.1 --dhcp-option=6,10.86.0.53,10.86.0.54 --dhcp-option=15,home.example --dhcp-option=119,a.example,b.a.example
	NET=d pod_sh 'ip -4 -o addr show dev eth0; ip route; cat /etc/resolv.conf; ping -c 1 -W 2 10.86.0.1 >/dev/null && echo reached'
	expect_status 0
	expect_match "$output" 'inet 10\.86\.0\.1[01][0-9]/24 brd 10\.86\.0\.255'
	expect_match "$output" 'default via 10\.86\.0\.1 dev eth0'
	expect_match "$output" $'nameserver 10\\.86\\.0\\.53\nnameserver 10\\.86\\.0\\.54'
	expect_match "$output" 'search a\.example b\.a\.example'
	# It would take the place of the list.
	refute_match "$output" home
	expect_match "$output" 'reached'
	heard 1 'DHCPACK\(eth0\) 10\.86\.0'
	[ -n "$(keepers)" ]
	expect_match "$(<"$BATS_TEST_TMPDIR/leases")" 10.86.0
	rkt gc --grace-period=0s >/dev/null
	wait_until heard 1 'DHCPRELEASE\(eth0\) 10\.86\.0'
	no_keeper
	expect_equal "$(ls /run/cni/dhcp/d)" ""
}

@test "dhcp: a pod beside the host in its network has an address of that, by macvlan" {
	network 10-d.conf '{"cniVersion": "1.0.0", "name": "d", "type": "macvlan", "master": "plugup", "ipam": {"type": "dhcp"}}'
	ip link set plugup nomaster
	# Routes of the new kind take the place of all others, and one of them is reached directly.
	start_server --dhcp-option=3,10.86.0.9 --dhcp-option=121,10.87.0.0/16,10.86.0.1,10.88.0.0/24,0.0.0.0
	NET=d pod_sh 'ip -4 -o addr show dev eth0; ip route; ping -c 1 -W 2 10.86.0.1 >/dev/null && echo reached'
	expect_status 0
	expect_match "$output" 'inet 10\.86\.0\.1[01][0-9]/24'
	expect_match "$output" '10\.87\.0\.0/16 via 10\.86\.0\.1 dev eth0'
	expect_match "$output" '10\.88\.0\.0/24 dev eth0 *scope link'
	refute_match "$output" default
	expect_match "$output" reached
	rkt gc --grace-period=0s >/dev/null
	wait_until heard 1 'DHCPRELEASE\(eth0\) 10\.86\.0'
}

@test "dhcp: the lease is renewed while the container is there, and nothing holds the namespace" {
	ip netns add plug1
	start_server --dhcp-option=58,3
	cni "$PLUGINS" bridge ADD plug1 "$BRIDGE" >/dev/null
	wait_until heard 3 'DHCPACK\(eth0\) 10\.86\.0'
	[ -n "$(keepers)" ]
	ip netns delete plug1
	wait_until no_keeper
	wait_until eval '! ip link show type veth | grep -v plugup | grep -q plugbr0'
	run cni "$PLUGINS" bridge DEL plug1 "$BRIDGE"
	expect_status 0
	expect_equal "$(ls /run/cni/dhcp/d)" ""
}

@test "dhcp: an address that the server takes away is not used any more" {
	ip netns add plug1
	start_server --dhcp-option=58,3
	cni "$PLUGINS" bridge ADD plug1 "$BRIDGE" >/dev/null
	expect_match "$(ip -n plug1 -4 -o addr show dev eth0)" 10.86.0
	stop_server
	rm "$BATS_TEST_TMPDIR/leases"
	: >"$LOG"
	RANGE=10.86.0.200,10.86.0.210 start_server
	wait_until heard 1 DHCPNAK
	wait_until no_keeper
	expect_equal "$(ip -n plug1 -4 -o addr show dev eth0)" ""
	run cni "$PLUGINS" bridge DEL plug1 "$BRIDGE"
	expect_status 0
}

@test "dhcp: a server does not tell the host what address its bridge has" {
	local conf
	ip netns add plug1
	start_server --dhcp-option=1,255.0.0.0 --dhcp-option=3,10.99.9.9
	conf=$(with "$BRIDGE" '.isGateway = true | .isDefaultGateway = true')
	run cni "$PLUGINS" bridge ADD plug1 "$conf"
	expect_status 0
	expect_equal "$(ip -4 -o addr show dev plugbr0; ip -4 route show dev plugbr0)" ""
	expect_match "$(ip -n plug1 route)" 'default via 10\.99\.9\.9 dev eth0'
	cni "$PLUGINS" bridge DEL plug1 "$conf"
}

# hostile_server MODE LEASE RENEW REBIND
hostile_server() {
	ip netns exec plugsrv "$BATS_TEST_DIRNAME/dhcp-server" "$LOG" "$@" 3>&- &
	SERVER=$!
	wait_until grep -q ready "$LOG"
}

@test "dhcp: what is no answer is not heard, and any server may give more time when the one that gave it does not" {
	local since
	ip netns add plug1
	hostile_server any 60 1 2
	run cni "$PLUGINS" bridge ADD plug1 "$BRIDGE"
	expect_status 0
	expect_equal "$(jq -r '.ips[0].address' <<<"$output")" 10.86.0.77/24
	since=$(jq .since /run/cni/dhcp/d/c1:eth0.json)
	wait_until heard 1 '3 renewing 10\.86\.0\.1'
	wait_until heard 1 '3 renewing 255\.255\.255\.255'
	# It was given more time: the record is younger than the first question.
	wait_until eval '[ "$(jq .since /run/cni/dhcp/d/c1:eth0.json)" -gt '"$since"' ]'
	expect_match "$(ip -n plug1 -4 -o addr show dev eth0)" 10.86.0.77
	cni "$PLUGINS" bridge DEL plug1 "$BRIDGE"
	wait_until heard 1 '7 renewing 10\.86\.0\.1'
}

@test "dhcp: an address is not used any more when its lease has ended" {
	ip netns add plug1
	hostile_server none 4 1 2
	cni "$PLUGINS" bridge ADD plug1 "$BRIDGE" >/dev/null
	expect_match "$(ip -n plug1 -4 -o addr show dev eth0)" 10.86.0.77
	wait_until no_keeper
	expect_equal "$(ip -n plug1 -4 -o addr show dev eth0)" ""
	heard 1 '3 renewing'
	cni "$PLUGINS" bridge DEL plug1 "$BRIDGE"
}

@test "dhcp: gc starts again what keeps the lease of a pod" {
	network 10-d.conf "$BRIDGE"
	start_server --dhcp-option=58,3
	NET=d start_sleeper
	kill -9 "$(keepers)"
	wait_until no_keeper
	: >"$LOG"
	rkt gc 2>/dev/null
	[ -n "$(keepers)" ]
	wait_until heard 2 'DHCPACK\(eth0\) 10\.86\.0'
	# One that is at work stays alone.
	rkt gc 2>/dev/null
	expect_equal "$(keepers | wc -l)" 1
	rkt stop "$POD"
	wait_for_pod_end
}

@test "dhcp: CHECK misses who keeps the lease, DEL can be repeated, GC ends what is kept for nobody" {
	local result keeper command
	ip netns add plug1
	start_server
	result=$(cni "$PLUGINS" bridge ADD plug1 "$BRIDGE")
	run cni "$PLUGINS" bridge CHECK plug1 "$(chain "$result" "$BRIDGE")"
	expect_status 0
	run cni "$PLUGINS" dhcp ADD plug1 "$BRIDGE"
	expect_equal "$(jq -c '[.code, .msg]' <<<"$output")" '[999,"the container has an address of DHCP already"]'
	# Where processes have other numbers, it is known, too.
	for command in CHECK:0 ADD:1; do
		run unshare --pid --fork env -i PATH="$PATH" CNI_COMMAND="${command%:*}" CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/plug1 CNI_IFNAME=eth0 \
			"$PLUGINS/dhcp" <<<"$BRIDGE"
		expect_status "${command#*:}"
	done
	keeper=$(keepers)
	# It is nobody's child, and holds nothing of who has started it.
	expect_equal "$(ls /proc/"$keeper"/fd | wc -l)" 4
	expect_equal "$(readlink /proc/"$keeper"/ns/net)" "$(readlink /proc/self/ns/net)"
	kill -9 "$keeper"
	wait_until no_keeper
	run cni "$PLUGINS" bridge CHECK plug1 "$(chain "$result" "$BRIDGE")"
	expect_status 1
	expect_equal "$(jq -r .msg <<<"$output")" "container c1 has no address of DHCP that is kept"
	for _ in 1 2; do
		run cni "$PLUGINS" bridge DEL plug1 "$BRIDGE"
		expect_status 0
	done
	wait_until heard 1 DHCPRELEASE
	# Nor is an address masqueraded any more, also where DEL is not told the result, and after GC.
	for command in DEL GC; do
		cni "$PLUGINS" bridge ADD plug1 "$(with "$BRIDGE" '.ipMasq = true')" >/dev/null
		expect_match "$(nft list map inet rkt masquerade4)" jump
		run cni "$PLUGINS" bridge $command plug1 "$(with "$BRIDGE" '.ipMasq = true | .cniVersion = "1.1.0" | ."cni.dev/valid-attachments" = []')"
		expect_status 0
		refute_match "$(nft list ruleset)" 'jump masquerade'
		[ $command = DEL ] || cni "$PLUGINS" bridge DEL plug1 "$BRIDGE"
	done
	run ip -n plug1 link show eth0
	[ "$status" -ne 0 ]
	# Who calls may ignore the signal of a child that ends.
	run eval 'trap "" CHLD; cni "$PLUGINS" bridge ADD plug1 "$BRIDGE"'
	expect_status 0
	run cni "$PLUGINS" bridge GC '' "$(with "$BRIDGE" '."cni.dev/valid-attachments" = [{containerID: "c1", ifname: "eth0"}]')"
	expect_status 0
	[ -n "$(keepers)" ]
	run cni "$PLUGINS" bridge GC '' "$(with "$BRIDGE" '."cni.dev/valid-attachments" = []')"
	expect_status 0
	no_keeper
	wait_until heard 2 DHCPRELEASE
	expect_equal "$(ls /run/cni/dhcp/d)" ""
}

@test "dhcp: what is asked for and what is told to the server can be chosen" {
	local conf
	ip netns add plug1
	start_server --dhcp-option=42,10.86.0.123
	conf=$(with "$BRIDGE" '.ipam += {daemonSocketPath: "/run/cni/other.sock", request: [{skipDefault: true}, {option: "subnet-mask"}, {option: "42"}],
		provide: [{option: "host-name", value: "mine"}, {option: "60", fromArg: "CLASS"}, {option: "user-class", fromArg: "NONE"}]}')
	CNI_ARGS='CLASS=classy' run env -i PATH="$PATH" CNI_ARGS='IgnoreUnknown=1;CLASS=classy' CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/plug1 \
		CNI_IFNAME=eth0 CNI_PATH="$PLUGINS" "$PLUGINS/bridge" <<<"$conf"
	expect_status 0
	heard 1 'vendor class: classy'
	heard 1 'client provides name: mine'
	heard 1 'requested options: 1:netmask, 42:ntp-server'
	refute_match "$(<"$LOG")" 'user class'
	cni "$PLUGINS" bridge DEL plug1 "$conf"
	while IFS='|' read -r filter message; do
		run cni "$PLUGINS" bridge ADD plug1 "$(with "$BRIDGE" "$filter")"
		expect_status 1
		expect_equal "$(jq -c '[.code, .msg]' <<<"$output")" "[7,\"$message\"]"
	done <<-'CASES'
		.ipam.request = [{option: "colour"}]|ipam: \"colour\" is not an option of DHCP
		.ipam.request = [{option: "255"}]|ipam: \"255\" is not an option of DHCP
		.ipam.provide = [{option: "0", value: "x"}]|ipam: \"0\" is not an option of DHCP
		.ipam.provide = [{value: "x"}]|ipam.provide[0].option: must be given
		.ipam.provide = [{option: "60", value: ("x" * 256)}]|ipam.provide: is too long
	CASES
}

@test "dhcp: a network without a server is worth another try" {
	ip netns add plug1
	run cni "$PLUGINS" bridge ADD plug1 "$BRIDGE"
	expect_status 1
	expect_equal "$(jq -c '[.code, .msg]' <<<"$output")" '[11,"no DHCP server has answered on interface eth0"]'
	run ip -n plug1 link show eth0
	[ "$status" -ne 0 ]
	expect_equal "$(ls /run/cni/dhcp/d)" ""
	network 10-d.conf '{"name": "p", "type": "ptp", "ipam": {"type": "dhcp"}}'
	NET=p pod_sh true
	expect_status 254
	expect_match "$stderr" 'error adding network "p": interface eth0, to ask DHCP servers by, is not there'
}
