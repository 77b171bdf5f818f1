#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The plugin bandwidth: how fast a pod receives and sends.

load lib.bash
load world.bash

setup_file() {
	common_setup_file
	make_world
	if ! ip link add plugifb type ifb 2>/dev/null; then
		echo "this kernel has no ifb" >"$BATS_FILE_TMPDIR/skip"
		return
	fi
	ip link delete plugifb
}

teardown_file() {
	end_world
}

setup() {
	[ ! -e "$BATS_FILE_TMPDIR/skip" ] || skip "$(<"$BATS_FILE_TMPDIR/skip")"
}

teardown() {
	common_teardown
	collect_pods
	local name
	delete_containers
	for name in $(ip -o link | sed -n 's/^[0-9]*: \(bwp[0-9a-f]*\):.*/\1/p') $(ip -br link | sed -n 's/^\(plug[^ @]*\).*/\1/p'); do
		ip link delete "$name" 2>/dev/null || true
	done
	rm -rf /var/lib/cni/*
}

# Bits per second, and at once: a megabyte takes a second, when what is sent at once is taken off.
RATE=8000000
BURST=400000

# at_least TENTHS COMMAND...: since it connected, it takes that long; how long it takes beyond is nobody's fault.
at_least() {
	local tenths=$1 took
	shift
	"$@"
	took=$(((${EPOCHREALTIME/./} - ${BEGIN/./}) / 100000))
	[ "$took" -ge "$tenths" ] || {
		echo "$* took $took tenths of a second, less than $tenths"
		return 1
	}
}

connects() {
	BEGIN=$EPOCHREALTIME
	{ exec 7<>"/dev/tcp/$1/$2"; } 2>/dev/null
}

push() {
	head -c 1000000 /dev/zero >&7
	[ "$(cat <&7)" = all ]
}

pull() {
	[ "$(wc -c <&7)" = 1000000 ]
}

# bandwidth MEMBERS: a network whose first plugin is a bridge or a pair.
bandwidth() {
	network 10-w.conflist '{"cniVersion": "1.0.0", "name": "w", "plugins": [
		{"type": "'"${MAIN:-ptp}"'", "bridge": "plugbr1", "isGateway": true,
			"ipam": {"type": "host-local", "subnet": "10.85.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}},
		{"type": "bandwidth", "capabilities": {"bandwidth": true}, '"$1"'}]}'
}

# What the kernel has let through by the token bucket of an interface.
sent_through() {
	tc -s -j qdisc show dev "$1" | jq '.[] | select(.kind == "tbf").bytes'
}

@test "bandwidth: what a pod receives comes no faster than it may, and what it sends goes no faster" {
	local main address device outer
	for main in ptp bridge; do
		MAIN=$main bandwidth '"ingressRate": '$RATE', "ingressBurst": '$BURST', "egressRate": '$RATE', "egressBurst": '$BURST
		NET=w start_pod "$BUSYBOX" --exec=/bin/sh -- -c '
			(while :; do nc -l -p 9000 -e /bin/sh -c "head -c 1000000 >/dev/null; echo all"; done) &
			while :; do dd if=/dev/zero bs=1000 count=1000 2>/dev/null | nc -l -p 9001; done'
		address=$(rkt status "$POD" | sed -n 's/^networks=w:ip4=\([0-9.]*\).*/\1/p')
		wait_until connects "$address" 9000
		at_least 8 push
		wait_until connects "$address" 9001
		at_least 8 pull
		exec 7>&-
		device=$(ip -o link | sed -n 's/^[0-9]*: \(bwp[0-9a-f]*\):.*/\1/p')
		outer=$(tc -j qdisc show | jq -r '.[] | select(.kind == "ingress").dev')
		[ "$(sent_through "$device")" -gt 1000000 ]
		[ "$(sent_through "$outer")" -gt 1000000 ]
		expect_equal "$(jq -c '[.interfaces[].name]' "$RKT_DATA"/pods/run/*/net/w.result)" \
			"$([ $main = ptp ] && echo "[\"$outer\",\"eth0\",\"$device\"]" || echo "[\"plugbr1\",\"$outer\",\"eth0\",\"$device\"]")"
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end
		rkt gc --grace-period=0s >/dev/null
		run ip link show "$device"
		[ "$status" -ne 0 ]
	done
}

# pair NAME: a container's interface eth0 and the host's end plugout of it.
pair() {
	ip netns add "$1"
	ip link add plugout type veth peer name eth0 netns "$1"
	ip link set plugout up
}

BASE='{"cniVersion": "1.1.0", "name": "n", "type": "bandwidth", "ingressRate": 8000000, "ingressBurst": 400000, "egressRate": 16000000, "egressBurst": 800000,
	"prevResult": {"cniVersion": "1.1.0", "interfaces": [{"name": "plugout"}, {"name": "eth0", "sandbox": "/run/netns/plug1"}], "ips": []}}'

@test "bandwidth: CHECK finds what is not as it was, DEL and GC take it back" {
	local device spoil message
	pair plug1
	# The name is the one that the CNI project's plugin gives it.
	device=bwp$(printf nc1 | sha512sum | head -c 12)
	while IFS='|' read -r spoil message; do
		run cni "$PLUGINS" bandwidth ADD plug1 "$BASE"
		expect_status 0
		expect_equal "$(jq -r '[.interfaces[].name] | join(" ")' <<<"$output")" "plugout eth0 $device"
		run cni "$PLUGINS" bandwidth CHECK plug1 "$BASE"
		expect_status 0
		eval "$spoil"
		run cni "$PLUGINS" bandwidth CHECK plug1 "$BASE"
		expect_status 1
		expect_equal "$(jq -r .msg <<<"$output")" "$message"
		for _ in 1 2; do
			run cni "$PLUGINS" bandwidth DEL plug1 "$(with "$BASE" 'del(.prevResult)')"
			expect_status 0
		done
		run ip link show "$device"
		[ "$status" -ne 0 ]
		ip link delete plugout
		ip netns delete plug1
		pair plug1
	done <<-CASES
		tc qdisc del dev plugout root|interface plugout is not limited as it was
		tc qdisc change dev $device root tbf rate 9mbit burst 100k latency 25ms|interface $device is not limited as it was
		tc filter del dev plugout ingress|interface plugout is not led through the one that is limited
		ip link delete $device|find interface $device: no such device
	CASES
	ip link add plugifb type ifb
	cni "$PLUGINS" bandwidth ADD plug1 "$BASE" >/dev/null
	run cni "$PLUGINS" bandwidth ADD plug1 "$BASE"
	expect_status 1
	cni "$PLUGINS" bandwidth CHECK plug1 "$BASE"
	cni "$PLUGINS" bandwidth GC '' "$(with "$BASE" '."cni.dev/valid-attachments" = [{containerID: "c1", ifname: "eth0"}]')"
	cni "$PLUGINS" bandwidth GC '' "$(with "$BASE" '.name = "nn" | ."cni.dev/valid-attachments" = []')"
	ip link show "$device"
	cni "$PLUGINS" bandwidth GC '' "$(with "$BASE" '."cni.dev/valid-attachments" = [{containerID: "c2", ifname: "eth0"}]')"
	run ip link show "$device"
	[ "$status" -ne 0 ]
	ip link show plugifb
}

@test "bandwidth: what another interface or network has is not taken away" {
	local second
	pair plug1
	ip link add plugout2 type veth peer name eth1 netns plug1
	second=$(with "$BASE" '.prevResult.interfaces = [{name: "plugout2"}, {name: "eth1", sandbox: "/run/netns/plug1"}]')
	cni "$PLUGINS" bandwidth ADD plug1 "$BASE" >/dev/null
	IF=eth1 run cni "$PLUGINS" bandwidth ADD plug1 "$second"
	expect_status 1
	IF=eth1 run cni "$PLUGINS" bandwidth DEL plug1 "$second"
	expect_status 0
	cni "$PLUGINS" bandwidth CHECK plug1 "$BASE"
	# A name that begins with the other one is another network's.
	IF=eth1 cni "$PLUGINS" bandwidth ADD plug1 "$(with "$second" '.name = "n m"')" >/dev/null
	cni "$PLUGINS" bandwidth GC '' "$(with "$BASE" '."cni.dev/valid-attachments" = [{containerID: "c1", ifname: "eth0"}]')"
	cni "$PLUGINS" bandwidth CHECK plug1 "$BASE"
	IF=eth1 cni "$PLUGINS" bandwidth CHECK plug1 "$(with "$second" '.name = "n m"')"
}

@test "bandwidth: what the runtime says comes before the configuration, and what nobody says is no limit" {
	pair plug1
	cni "$PLUGINS" bandwidth ADD plug1 "$(with "$BASE" '.runtimeConfig.bandwidth = {ingressRate: 40000000000, ingressBurst: 80000000}')" >/dev/null
	expect_match "$(tc qdisc show dev plugout root)" 'tbf .*rate 40Gbit burst 99[0-9]*b '
	refute_match "$(tc qdisc)" ingress
	refute_match "$(ip -o link)" bwp
	cni "$PLUGINS" bandwidth CHECK plug1 "$(with "$BASE" '.runtimeConfig.bandwidth = {ingressRate: 40000000000, ingressBurst: 80000000}')"
	tc qdisc del dev plugout root
	run cni "$PLUGINS" bandwidth ADD plug1 "$(with "$BASE" '{cniVersion, name, type, prevResult}')"
	expect_status 0
	expect_equal "$(jq -r '[.interfaces[].name] | join(" ")' <<<"$output")" "plugout eth0"
	refute_match "$(tc qdisc)" tbf
}

@test "bandwidth: rates are those of the CNI project's plugin, which knows ours" {
	local theirs ours
	[ -x "$REFERENCE/bandwidth" ] || skip "the plugins of the CNI project are not installed"
	local base
	base=$(with "$BASE" '.cniVersion = "1.0.0" | .prevResult.cniVersion = "1.0.0"')
	# What it looks like, without what is different each time.
	limits() {
		tc qdisc show | grep -E 'tbf|ingress' | sed 's/^qdisc tbf [0-9a-f]*:/qdisc tbf/; s/refcnt [0-9]*//' | sort
		tc filter show dev plugout ingress | grep -E 'match|Redirect' | grep -v pass
	}
	pair plug1
	cni "$REFERENCE" bandwidth ADD plug1 "$base" >/dev/null
	theirs=$(limits)
	cni "$PLUGINS" bandwidth CHECK plug1 "$base"
	cni "$PLUGINS" bandwidth DEL plug1 "$base"
	refute_match "$(ip -o link)" bwp
	ip link delete plugout
	ip netns delete plug1
	pair plug1
	cni "$PLUGINS" bandwidth ADD plug1 "$base" >/dev/null
	ours=$(limits)
	cni "$REFERENCE" bandwidth DEL plug1 "$base"
	refute_match "$(ip -o link)" bwp
	diff <(echo "$theirs") <(echo "$ours")
}

@test "bandwidth: a configuration that cannot be" {
	local filter message
	pair plug1
	while IFS='|' read -r filter message; do
		run cni "$PLUGINS" bandwidth ADD plug1 "$(with "$BASE" "$filter")"
		expect_status 1
		expect_equal "$(jq -r .msg <<<"$output")" "$message"
		refute_match "$(ip -o link; tc qdisc)" 'bwp|tbf'
	done <<-'CASES'
		del(.prevResult)|prevResult: bandwidth comes behind another plugin
		del(.ingressBurst)|ingressRate: a burst must be given, too
		.runtimeConfig.bandwidth = {egressBurst: 8}|runtimeConfig.bandwidth.egressRate: a rate must be given, too
		.ingressBurst = 40000000000|ingressBurst: 40000000000 is not in the range 0 to 34359738360
		.egressBurst = 4000|egressBurst: has to be at least 12112, one packet of interface plugout
		.unshapedSubnets = ["10.0.0.0/8"]|unshapedSubnets: limits for some networks only cannot be had
		.prevResult.interfaces = []|prevResult: the host has no interface that is the other end of eth0
	CASES
}
