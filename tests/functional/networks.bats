#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The networks of pods, with traffic between a pod, this host and a machine beyond it, which is a
# network namespace.

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
}

# One of type ptp, by its file, name and subnet.
ptp_network() {
	network "$1" '{"name": "'"$2"'", "type": "ptp", "ipam": {"type": "host-local", "subnet": "'"$3"'"}}'
}

# --- the built-in networks ----------------------------------------------------------------------

@test "the default network has the known addresses and routes" {
	NET=default pod_sh 'ip -4 -o addr show dev eth0; ip -4 route'
	expect_status 0
	expect_match "$output" 'inet 172\.16\.28\.[0-9]+/24'
	expect_match "$output" 'default via 172\.16\.28\.1 dev eth0'
	expect_equal "$stderr" ""
}

@test "a pod without --net has the default network" {
	run --separate-stderr rkt run "$BUSYBOX" --exec=/bin/sh -- -c 'ip -o link | wc -l; ip -4 -o addr show dev eth0'
	plain_output
	expect_status 0
	expect_equal "${lines[0]}" 2
	expect_match "$output" 'inet 172\.16\.28\.'
}

@test "the world sees the host's address when a pod of the default network calls" {
	NET=default pod_sh "nc -w 5 $WORLD 8000 </dev/null"
	expect_status 0
	expect_equal "$output" 10.99.0.1
}

@test "pods of a network reach each other by their own addresses" {
	NET=default start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'while :; do echo hello | nc -l -p 9000; done'
	first=$(rkt status "$POD" | sed -n 's/^networks=default:ip4=//p')
	NET=default pod_sh "nc -w 5 $first 9000 </dev/null"
	expect_status 0
	expect_equal "$output" hello
}

@test "a pod of the restricted network reaches the host and nothing beyond" {
	NET=default-restricted pod_sh "ip -4 route; ping -c 1 -W 2 172.31.0.1 >/dev/null && echo host; ping -c 1 -W 2 $WORLD 2>&1"
	expect_match "$output" '172\.31\.0\.0/16 via 172\.31\.0\.1'
	refute_match "$output" default
	expect_match "$output" host
	expect_match "$output" 'Network is unreachable'
}

# --- which networks -------------------------------------------------------------------------------

@test "networks are attached in the order of their files, whatever the order on the command line" {
	ptp_network 20-b.conf b 10.20.0.0/24
	ptp_network 10-a.conf a 10.10.0.0/24
	NET=b,default,a pod_sh 'for i in eth0 eth1 eth2; do ip -4 -o addr show dev $i; done'
	expect_status 0
	expect_match "${lines[0]}" ' 10\.10\.0\.'
	expect_match "${lines[1]}" ' 10\.20\.0\.'
	expect_match "${lines[2]}" ' 172\.16\.28\.'
}

@test "all are all that are configured and built in" {
	ptp_network 10-a.conf a 10.10.0.0/24
	NET=all start_sleeper
	run rkt status "$POD"
	expect_match "$output" 'networks=a:ip4=10\.10\.0\.[0-9]+, default-restricted:ip4=172\.31\.0\.[0-9]+, default:ip4=172\.16\.28\.[0-9]+'
	run rkt enter "$POD" /bin/sh -c "ip -4 -o addr show | awk '{ print \$2 }'; nc -w 5 $WORLD 8000 </dev/null"
	expect_equal "${lines[*]}" "lo eth0 eth1 eth2 $HOST"
	# Each network's gateway is the host.
	for gateway in 10.10.0.1 172.31.0.1 172.16.28.1; do
		rkt enter "$POD" /bin/sh -c "ping -c 1 -W 2 $gateway >/dev/null"
	done
}

@test "a network of the administrator's takes the place of a built-in one" {
	ptp_network 10-mine.conf default 10.30.0.0/24
	NET=default pod_sh 'ip -4 -o addr show dev eth0'
	expect_status 0
	expect_match "$output" ' 10\.30\.0\.'
	expect_match "$stderr" "^networking: overriding \"default\" network with one from $RKT_CONFIG/net.d"
}

@test "networks that are not there are named, and nothing is made" {
	NET=default,x,y pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" '^run: networks not found: x, y'
	expect_equal "$(rkt list --no-legend)" ""
}

@test "of two configurations of one name the first counts" {
	ptp_network 10-a.conf twice 10.10.0.0/24
	ptp_network 20-b.conf twice 10.20.0.0/24
	NET=twice pod_sh 'ip -4 -o addr show dev eth0'
	expect_match "$output" ' 10\.10\.0\.'
	expect_match "$stderr" 'network "twice" is defined in 10-a.conf already, ignoring'
}

@test "a configuration that is wrong is named with the place of its fault" {
	local before
	before=$(host_state)
	while IFS='|' read -r json message; do
		network 10-bad.conf "$json"
		NET=default pod "$BUSYBOX" --exec=/bin/true
		expect_status 254
		expect_match "$stderr" "^run: error loading $RKT_CONFIG/net.d/10-bad.conf: $message"
		expect_match "$stderr" 'hint: pods with any network start again when it is mended'
		expect_equal "$(rkt list --no-legend)" ""
	done <<-'CASES'
		{"name": x}|network configuration: line 1, column 10
		{"type": "ptp"}|name: a network must have a name
		{"name": "../x", "type": "ptp"}|name: "../x" cannot be the name of a network
		{"name": "x"}|type: 
		{"name": "x", "type": "../bin/sh"}|type: "../bin/sh" is not the name of a plugin
		{"cniVersion": "9.0", "name": "x", "type": "ptp"}|cniVersion: "9.0" is not a version
		{"name": "x", "plugins": []}|plugins: must name a plugin
		{"name": "x", "plugins": [{"ipam": {}}]}|plugins\[0\].type: 
	CASES
	expect_equal "$(host_state)" "$before"
}

@test "what a plugin cannot use is told with its place, and nothing is left" {
	local before
	before=$(host_state)
	while IFS='|' read -r ipam message; do
		network 10-bad.conf '{"name": "bad", "type": "ptp", "ipam": '"$ipam"'}'
		NET=bad pod "$BUSYBOX" --exec=/bin/true
		expect_status 254
		expect_match "$stderr" "run: error adding network \"bad\": $message"
		expect_host_as "$before"
	done <<-'CASES'
		{"type": "host-local"}|ipam.subnet: must be given
		{"type": "host-local", "subnet": "10.0.0.0"}|ipam.subnet: "10.0.0.0" has no prefix length, like "10.1.2.0/24"
		{"type": "host-local", "subnet": "10.0.0.0/31"}|ipam.subnet: "10.0.0.0/31" is not a network of at least four addresses
		{"type": "host-local", "subnet": "10.0.0.0/24", "routes": [{"dst": "10.3.0.0/16"}, {"dst": "10.2.0.0/16", "gw": "10.1.0.1"}]}|set the route to 10.2.0.0/16 by 10.1.0.1 of interface eth0: network unreachable
		{"type": "host-local", "subnet": "10.0.0.1/24"}|ipam.subnet: "10.0.0.1/24" has bits set behind its prefix
		{"type": "host-local", "subnet": "10.0.0.0/24", "rangeStart": "10.1.0.1"}|ipam.rangeStart: "10.1.0.1" is not in the subnet
		{"type": "host-local", "subnet": "10.0.0.0/24", "rangeStart": "10.0.0.9", "rangeEnd": "10.0.0.5"}|ipam.rangeStart: is behind rangeEnd
		{"type": "nobody"}|Could not find plugin "nobody"
	CASES
}

@test "an interface that is no bridge is told as such, and nothing is left" {
	local before
	before=$(host_state)
	network 10-b.conf '{"name": "b", "type": "bridge", "bridge": "world0", "ipam": {"type": "host-local", "subnet": "10.0.0.0/24"}}'
	NET=b pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'run: error adding network "b": interface world0 is there already, and is no bridge'
	expect_host_as "$before"
}

@test "a plugin that cannot be what a configuration wants is told, and nothing is left" {
	local before
	before=$(host_state)
	while IFS='|' read -r json message; do
		network 10-t.conf "$json"
		NET=t pod "$BUSYBOX" --exec=/bin/true
		expect_status 254
		expect_match "$stderr" "^run: 10-t.conf: network \"t\": $message"
		expect_equal "$(rkt list --no-legend)" ""
	done <<-'CASES'
		{"name": "t", "type": "host-local"}|plugin 1: type: "host-local" hands out addresses
		{"name": "t", "type": "static", "ipam": null}|plugin 1: type: "static" hands out addresses
		{"name": "t", "type": "dhcp"}|plugin 1: type: "dhcp" hands out addresses
		{"name": "t", "plugins": [{"type": "bridge"}, {"type": "host-local"}]}|plugin 2: type: "host-local" hands out addresses
		{"name": "t", "type": "ptp", "ipam": {"type": "ptp"}}|plugin 1: ipam.type: "ptp" does not hand out addresses
		{"name": "t", "type": "bridge", "ipam": {"type": "bridge"}}|plugin 1: ipam.type: "bridge" does not hand out addresses
	CASES
	expect_equal "$(host_state)" "$before"
}

# make_impossible JSON: a pod, $bad, that has ended, with a configuration that it cannot have been connected by.
make_impossible() {
	ptp_network 10-t.conf t 10.40.0.0/24
	NET=t pod "$BUSYBOX" --exec=/bin/true
	expect_status 0
	bad=$(rkt list --full --no-legend | awk '{ print $1; exit }')
	echo "$1" >"$(echo "$RKT_DATA"/pods/*/"$bad"/net/10-t.conf)"
}

@test "a pod whose configuration can never have been is told and collected, as are all others" {
	local bad
	for json in '{"name": "t", "type": "host-local"}' '{"name": "t", "type": "ptp", "ipam": {"type": "ptp"}}'; do
		make_impossible "$json"
		NET=default pod "$BUSYBOX" --exec=/bin/true
		run --separate-stderr rkt gc --grace-period=0s
		expect_match "$stderr" 'network "t": .*hand'
		expect_equal "$(rkt list --no-legend)" ""
		make_impossible "$json"
		run --separate-stderr rkt rm "$bad"
		expect_match "$stderr" 'network "t": .*hand'
		expect_equal "$(rkt list --no-legend)" ""
	done
}

@test "the example of a network in the documentation" {
	mkdir -p "$RKT_CONFIG/net.d"
	awk '/^    \{$/ { on = 1 } on { print } /^    \}$/ { on = 0 }' "$BATS_TEST_DIRNAME/../../docs/formats/cni.md" >"$RKT_CONFIG/net.d/10-backend.conflist"
	NET=backend:IP=10.20.0.7 pod_sh "ip -4 -o addr show dev eth0; nc -w 5 $WORLD 8000 </dev/null"
	ip link delete backend0
	expect_status 0
	expect_match "$output" 'inet 10\.20\.0\.7/24'
	expect_match "$output" 10.99.0.1
}

@test "arguments of a network may have colons, and have to be keys and values" {
	network 10-m.conf '{"name": "m", "plugins": [{"type": "bridge", "bridge": "netbr9",
		"ipam": {"type": "host-local", "ranges": [[{"subnet": "fd00:9::/64"}]]}}]}'
	NET='m:K=a:b;IP=fd00:9::77' pod_sh 'ip -6 -o addr show dev eth0'
	ip link delete netbr9
	expect_status 0
	expect_match "$output" 'fd00:9::77/64'
	for args in FOO '' =x 'K=V;' 'K=V;;L=W'; do
		NET="m:$args" pod "$BUSYBOX" --exec=/bin/true
		expect_status 254
		expect_match "$stderr" '--net: the arguments of network "m" must be KEY=VALUE'
	done
}

@test "a plugin that is nowhere is named" {
	network 10-a.conf '{"name": "a", "type": "wormhole"}'
	NET=a pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'run: network "a": Could not find plugin "wormhole"'
}

# --- addresses ----------------------------------------------------------------------------------

@test "an address that is asked for is handed out, once" {
	NET=default:IP=172.16.28.77 start_sleeper
	run rkt status "$POD"
	expect_match "$output" 'networks=default:ip4=172\.16\.28\.77'
	NET=default:IP=172.16.28.77 pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'address 172\.16\.28\.77 is taken already'
	NET=default:IP=10.0.0.1 pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'address 10\.0\.0\.1 is not one that may be handed out'
}

@test "a fixed address goes from a pod that has ended to the next one, which keeps it" {
	local first second
	NET=default:IP=172.16.28.77 start_sleeper
	first=$POD
	# The network of another one that has ended stays, as nobody wants it.
	NET=default pod "$BUSYBOX" --exec=/bin/true
	local other
	other=$(rkt list --full --no-legend | awk '/exited/ { print $1 }')
	NET=default:IP=172.16.28.77 pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" "address 172\.16\.28\.77 is taken already, by container $first"
	kill "$POD_PID"
	wait_for_pod_end || true
	NET=default:IP=172.16.28.77 start_sleeper
	second=$POD
	[ ! -e "/run/netns/cni-$first" ]
	[ ! -e "$RKT_DATA/pods/run/$first/net/attachments.json" ]
	# As if who has taken the address from the first one had been killed before it could note that.
	cp "$RKT_DATA/pods/run/$second/net/attachments.json" "$RKT_DATA/pods/run/$first/net/"
	[ -e "/run/netns/cni-$other" ]
	expect_match "$(rkt status "$first")" 'networks=default:ip4=172\.16\.28\.77'
	rkt rm "$first" >/dev/null
	expect_match "$(cat /var/lib/cni/networks/default/172.16.28.77)" "$second"
	expect_match "$(nft list map inet rkt masquerade4)" '172\.16\.28\.77'
	expect_equal "$(rkt enter "$POD" /bin/sh -c "nc -w 5 $WORLD 8000 </dev/null")" "$HOST"
}

@test "a network that is full says so, and has room again when pods have ended" {
	local running=()
	network 10-small.conf '{"name": "small", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.40.0.0/29", "rangeStart": "10.40.0.2", "rangeEnd": "10.40.0.3"}}'
	for _ in 1 2; do
		NET=small start_sleeper
		running+=("$POD_PID")
	done
	NET=small pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'no address is free in 10\.40\.0\.0/29'
	expect_match "$stderr" 'hint: the network needs a larger subnet'
	kill "${running[@]}"
	wait "${running[@]}" || true
	NET=small pod "$BUSYBOX" --exec=/bin/true
	expect_status 0
	# One of the two has lost its network for that.
	expect_equal "$(find /run/netns -name 'cni-*' | wc -l)" 2
	for _ in 1 2 3; do
		NET=small pod "$BUSYBOX" --exec=/bin/true
		expect_status 0
	done
}

# count_lines FILE PATTERN N: whether N lines of it match.
count_lines() {
	[ "$(grep -c "$2" "$1")" = "$3" ]
}

@test "of pods that want the address of one that has ended one gets it, and they wait for each other" {
	local first lock i
	NET=default:IP=172.16.28.77 pod "$BUSYBOX" --exec=/bin/true
	first=$(rkt list --full --no-legend | cut -f 1)
	# As if one was about to take it.
	exec {lock}<"$RKT_DATA/pods/run/$first/net"
	flock "$lock"
	for i in 1 2 3; do
		rkt run --net=default:IP=172.16.28.77 "$BUSYBOX" --exec=/bin/sh -- -c "nc -w 5 $WORLD 8000 </dev/null; sleep 1000" \
			>>"$BATS_TEST_TMPDIR/out" 2>>"$BATS_TEST_TMPDIR/err" 3>&- {lock}<&- &
		pids[i]=$!
	done
	sleep 1
	[ -e "$RKT_DATA/pods/run/$first/net/attachments.json" ]
	expect_equal "$(cat "$BATS_TEST_TMPDIR/err")" ""
	exec {lock}<&-
	wait_until count_lines "$BATS_TEST_TMPDIR/err" 'address 172\.16\.28\.77 is taken already' 2
	wait_until count_lines "$BATS_TEST_TMPDIR/out" "$HOST" 1
	rkt stop --force "$(rkt list --full --no-legend | awk '/running/ { print $1 }')" >/dev/null
	wait "${pids[@]}" || true
}

@test "a disk that is full is told, and takes no other pod's network" {
	local ended
	mkdir "$BATS_TEST_TMPDIR/leases"
	# Room for the network's directory, its lock, where to go on, and one address.
	mount -t tmpfs -o nr_inodes=5 leases "$BATS_TEST_TMPDIR/leases"
	network 10-d.conf '{"name": "d", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.40.1.0/29", "dataDir": "'"$BATS_TEST_TMPDIR/leases"'"}}'
	NET=d pod "$BUSYBOX" --exec=/bin/true
	expect_status 0
	ended=$(rkt list --full --no-legend | cut -f 1)
	NET=d pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'error adding network "d": take an address: no space left on device'
	[ -e "/run/netns/cni-$ended" ]
	rkt gc --grace-period=0s >/dev/null
	umount "$BATS_TEST_TMPDIR/leases"
}

@test "addresses are not used again at once" {
	local seen=
	for _ in 1 2 3; do
		NET=default pod_sh 'ip -4 -o addr show dev eth0'
		seen+=$(grep -o '172\.16\.28\.[0-9]*' <<<"$output" | head -n 1)$'\n'
		rkt gc --grace-period=0s >/dev/null 2>&1
	done
	expect_equal "$(sort -u <<<"${seen%$'\n'}" | wc -l)" 3
}

@test "pods that start at the same time get addresses of their own" {
	local i
	for i in {1..12}; do
		rkt run --net=default "$BUSYBOX" --exec=/bin/sh -- -c 'ip -4 -o addr show dev eth0' >"$BATS_TEST_TMPDIR/$i" 2>&1 &
		pids[i]=$!
	done
	for i in {1..12}; do
		wait "${pids[i]}"
	done
	expect_equal "$(cat "$BATS_TEST_TMPDIR"/{1..12} | grep -o 'inet 172\.16\.28\.[0-9]*' | sort -u | wc -l)" 12
}

# --- what is kept, and what is left ----------------------------------------------------------------

@test "the network of a pod that has ended is there until it is collected" {
	local before
	before=$(host_state)
	NET=default pod "$BUSYBOX" --exec=/bin/true
	expect_status 0
	POD=$(rkt list --full --no-legend | cut -f 1)
	expect_equal "$(<"$RKT_DATA/pods/run/$POD/netns")" "/var/run/netns/cni-$POD"
	run ip -n "cni-$POD" -4 -o addr show dev eth0
	expect_match "$output" 'inet 172\.16\.28\.'
	expect_match "$(rkt list --no-legend)" 'default:ip4=172\.16\.28\.'
	rkt gc --grace-period=0s >/dev/null
	expect_host_as "$before"
}

@test "net-info.json is what other programs rely on" {
	ptp_network 10-a.conf a 10.10.0.0/16
	NET=a:IP=10.10.3.4 start_sleeper
	run jq -c . "$RKT_DATA/pods/run/$POD/net-info.json"
	expect_equal "$output" '[{"netName":"a","netConf":"net/10-a.conf","pluginPath":"'"$BUILD"'/libexec/net/ptp","ifName":"eth0","ip":"10.10.3.4","args":"IP=10.10.3.4","mask":"255.255.0.0"}]'
	run rkt status --format=json "$POD"
	expect_equal "$(jq -r '.networks[0].ip' <<<"$output")" 10.10.3.4
}

@test "a pod is taken from its network also when the configuration is gone" {
	local before
	before=$(host_state)
	ptp_network 10-a.conf a 10.10.0.0/24
	NET=a pod "$BUSYBOX" --exec=/bin/true
	expect_status 0
	rm "$RKT_CONFIG/net.d/10-a.conf"
	run --separate-stderr rkt gc --grace-period=0s
	refute_match "$stderr" problem
	expect_host_as "$before"
}

@test "when a later network fails those before it are undone" {
	local before
	before=$(host_state)
	network 99-z.conf '{"name": "z", "type": "ptp", "ipam": {"type": "nobody"}}'
	NET=default,z pod "$BUSYBOX" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'error adding network "z": Could not find plugin "nobody"'
	expect_host_as "$before"
	rkt gc --grace-period=0s >/dev/null
	expect_host_as "$before"
}

@test "a pod that was prepared gets the networks of its run" {
	prepare_pod "$BUSYBOX" --exec=/bin/sh -- -c 'ip -4 -o addr show dev eth0'
	run --separate-stderr rkt run-prepared --net=default "$POD"
	plain_output
	expect_status 0
	expect_match "$output" 'inet 172\.16\.28\.'
}

@test "a pod with users of its own has networks, too, and is root over them" {
	NET=default pod_sh "nc -w 5 $WORLD 8000 </dev/null; cat /proc/self/uid_map; mount -t sysfs none /mnt 2>&1; ls /sys/class/net" --private-users
	expect_status 0
	expect_equal "${lines[0]}" 10.99.0.1
	expect_match "$output" eth0
}

@test "a pod in the background has its network when rkt comes back" {
	run --separate-stderr rkt run --detach --net=default "$BUSYBOX" --exec=/bin/sleep -- 1000
	expect_status 0
	POD=$output
	expect_match "$(rkt status "$POD")" 'networks=default:ip4=172\.16\.28\.'
	rkt stop --force "$POD" >/dev/null
	wait_until pod_has_state "$POD" exited
}

@test "rkt that is killed while it connects a pod leaves nothing that gc does not collect" {
	local before i delay
	before=$(host_state)
	rkt_command
	for i in {0..39}; do
		delay=$(printf '0.%03d' "$i")
		"${RKT_COMMAND[@]}" run --net=default,default-restricted "$BUSYBOX" --exec=/bin/true >/dev/null 2>&1 3>&- &
		sleep "$delay"
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	all_have_ended() {
		! rkt list --no-legend | grep -qwE 'running|preparing'
	}
	wait_until all_have_ended
	rkt gc --grace-period=0s >/dev/null 2>&1
	rkt gc --grace-period=0s >/dev/null 2>&1
	rm -rf "$RKT_DATA/pods/embryo"
	expect_host_as "$before"
}

@test "a pod asks the name server that the options or its network name, with the domains to search" {
	local server config
	[ -x /usr/sbin/dnsmasq ] || skip "dnsmasq is not installed"
	ip netns exec world dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts --bind-interfaces \
		--listen-address="$WORLD" --address=/app.example.test/10.1.2.3 --address=/app.example.test/fd00::7 >"$BATS_TEST_TMPDIR/dnsmasq.log" 2>&1 3>&- &
	server=$!
	answers() {
		NET=$1 pod_sh 'nslookup app.example.test 2>&1; ping -c 1 -W 1 app 2>&1 | head -n 1' "${@:2}"
		grep -q '10\.1\.2\.3' <<<"$output"
	}
	# The server may take a moment to be there.
	wait_until answers default --dns="$WORLD" --dns-search=example.test
	expect_match "$output" "Server:[[:space:]]+$WORLD"
	expect_match "$output" 'fd00::7'
	expect_match "$output" 'PING app .10\.1\.2\.3.'
	network 10-named.conf '{"cniVersion": "1.0.0", "name": "named", "type": "ptp", "ipMasq": true, "dns": {"nameservers": ["'"$WORLD"'"], "search": ["example.test"]},
		"ipam": {"type": "host-local", "subnet": "10.55.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}}'
	answers named
	expect_match "$output" 'PING app .10\.1\.2\.3.'
	kill "$server"
}

# --- the bridge --------------------------------------------------------------------------------------

@test "pods on a bridge reach each other, the host as their gateway, and the world" {
	network 10-br.conf '{"cniVersion": "0.3.1", "name": "br", "type": "bridge", "bridge": "testbr0", "isDefaultGateway": true, "ipMasq": true,
		"ipam": {"type": "host-local", "subnet": "10.50.0.0/24"}}'
	NET=br start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'while :; do echo hello | nc -l -p 9000; done'
	first=$(rkt status "$POD" | sed -n 's/^networks=br:ip4=//p')
	expect_match "$(ip -4 -o addr show dev testbr0)" 'inet 10\.50\.0\.1/24'
	NET=br pod_sh "ip -4 route; nc -w 5 $first 9000 </dev/null; nc -w 5 $WORLD 8000 </dev/null; ping -c 1 -W 2 10.50.0.1 | grep -c '1 packets received'"
	expect_status 0
	expect_match "$output" 'default via 10\.50\.0\.1 dev eth0'
	expect_match "$output" '10\.50\.0\.0/24 dev eth0'
	expect_match "$output" hello
	expect_match "$output" 10.99.0.1
	expect_equal "${lines[-1]}" 1
	ip link delete testbr0
}

@test "a bridge without addresses is a wire" {
	network 10-br.conf '{"name": "br", "type": "bridge", "bridge": "testbr0"}'
	NET=br pod_sh 'ip -o link show dev eth0; ip -4 -o addr show dev eth0'
	expect_status 0
	expect_match "$output" 'eth0@.*UP'
	refute_match "$output" inet
	ip link delete testbr0
}

@test "the bridge example of the documentation about Kubernetes" {
	network k8s_network_example.conf '{"name": "rkt.kubernetes.io", "type": "bridge", "bridge": "mybridge", "mtu": 1460, "addIf": "true",
		"isGateway": true, "ipMasq": true,
		"ipam": {"type": "host-local", "subnet": "10.22.0.0/16", "gateway": "10.22.0.1", "routes": [{"dst": "0.0.0.0/0"}]}}'
	NET=rkt.kubernetes.io pod_sh "cat /sys/class/net/eth0/mtu; ip -4 route; nc -w 5 $WORLD 8000 </dev/null"
	expect_status 0
	expect_equal "${lines[0]}" 1460
	expect_match "$output" 'default via 10\.22\.0\.1'
	expect_equal "${lines[-1]}" 10.99.0.1
	ip link delete mybridge
}

# --- DNS ---------------------------------------------------------------------------------------------

# dns_network FILE NAME SUBNET DNS
dns_network() {
	network "$1" '{"name": "'"$2"'", "type": "ptp", "dns": '"$4"', "ipam": {"type": "host-local", "subnet": "'"$3"'"}}'
}

@test "the first network that names DNS servers makes resolv.conf" {
	ptp_network 05-first.conf first 10.5.0.0/24
	dns_network 10-a.conf a 10.10.0.0/24 '{"nameservers": ["10.10.0.53", "10.10.0.54"], "domain": "a.example", "search": ["x.example", "y.example"], "options": ["ndots:2"]}'
	dns_network 20-b.conf b 10.20.0.0/24 '{"nameservers": ["10.20.0.53"]}'
	NET=first,b,a pod_sh 'cat /etc/resolv.conf'
	expect_status 0
	expect_equal "$output" "# Generated by rkt from network a

domain a.example
search x.example y.example
nameserver 10.10.0.53
nameserver 10.10.0.54
options ndots:2"
	expect_equal "$stderr" "networking: Warning: network b plugin specified DNS configuration, but DNS already supplied"
}

@test "what the options say of DNS is more than what networks say" {
	dns_network 10-a.conf a 10.10.0.0/24 '{"nameservers": ["10.10.0.53"]}'
	NET=a pod_sh 'cat /etc/resolv.conf' --dns=9.9.9.9
	expect_equal "${lines[-1]}" "nameserver 9.9.9.9"
	NET=a pod_sh '! test -s /etc/resolv.conf' --dns=none
	expect_status 0
	NET=default pod_sh '! test -s /etc/resolv.conf'
	expect_status 0
}

@test "the servers of a network stay when the options name none" {
	dns_network 10-a.conf a 10.10.0.0/24 '{"nameservers": ["10.10.0.53"], "domain": "a.example", "search": ["x.example"], "options": ["ndots:2"]}'
	NET=a pod_sh 'cat /etc/resolv.conf' --dns-search=my.example --dns-search=your.example
	expect_equal "$output" "# Generated by rkt from network a

search my.example your.example
nameserver 10.10.0.53
options ndots:2"
	NET=a pod_sh 'cat /etc/resolv.conf' --dns-opt=timeout:1
	expect_equal "$output" "# Generated by rkt from network a

domain a.example
search x.example
nameserver 10.10.0.53
options timeout:1"
	# One that could have named some, and does not.
	dns_network 10-a.conf a 10.10.0.0/24 '{}'
	printf '#!/bin/sh\nexec %s\n' "$PLUGINS/ptp" >"$RKT_CONFIG/net.d/ptp"
	chmod +x "$RKT_CONFIG/net.d/ptp"
	NET=a pod_sh 'cat /etc/resolv.conf' --dns-domain=my.example
	expect_equal "$output" "# Generated by rkt run

domain my.example"
}

@test "every app of a pod finds the servers of its network" {
	dns_network 10-a.conf a 10.10.0.0/24 '{"nameservers": ["10.10.0.53"]}'
	NET=a pod "$BUSYBOX" --name=one --exec=/bin/cat -- /etc/resolv.conf --- "$BUSYBOX" --name=two --exec=/bin/cat -- /etc/resolv.conf
	expect_status 0
	expect_equal "$(grep -c 'nameserver 10.10.0.53' <<<"$output")" 2
}

# --- IPv6, lists -------------------------------------------------------------------------------------

@test "a network has addresses of both families, and of two default routes the first counts" {
	ip addr add fd99::1/64 dev world0 nodad
	ip -n world addr add fd99::2/64 dev eth0 nodad
	network 10-six.conf '{"cniVersion": "1.0.0", "name": "six", "type": "ptp", "ipMasq": true, "ipam": {"type": "host-local",
		"ranges": [[{"subnet": "10.66.0.0/24"}], [{"subnet": "fd66::/64"}]], "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}}'
	network 20-list.conflist '{"cniVersion": "1.0.0", "name": "list", "plugins": [{"type": "bridge", "bridge": "testbr0", "isDefaultGateway": true,
		"ipam": {"type": "host-local", "subnet": "10.67.0.0/24"}}]}'
	NET=six,list pod_sh 'ip -o addr show; ip -4 route; ip -6 route; ping -6 -c 1 -W 5 fd99::2'
	expect_status 0
	expect_match "$output" 'eth0 .*inet6 fd66::[0-9a-f]+/64'
	expect_match "$output" 'eth1 .*inet 10\.67\.0\.'
	expect_match "$output" 'default via 10\.66\.0\.1 dev eth0'
	refute_match "$output" 'default via 10\.67\.0\.1'
	expect_match "$output" '1 packets received'
	ip link delete testbr0
}
