# SPDX-License-Identifier: Apache-2.0
# Networks of pods that need what not every kernel has. Runs in the guest (tests/guest/run), whose kernel is Debian's.

load ../functional/lib
load ../functional/world

setup_file() {
	[ "$(cat /proc/1/comm)" = systemd ] && [ "$(hostname)" = guest ] || skip "only for the guest of tests/guest/run"
	common_setup_file
	connect_world
	local aci=$BATS_FILE_TMPDIR/sctp.aci
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR make_aci "$aci" '.name = "example.com/sctp" | .app.ports = [
		{name: "signal", protocol: "sctp", port: 9000}]'
	rkt --insecure-options=image fetch "$aci" >/dev/null
	# The kernel's modules, whose loading takes longer here than a start is waited for.
	modprobe -a ipvlan sctp
	rkt run --net=default --port=signal:8080 example.com/sctp --exec=/bin/true >/dev/null
}

teardown_file() {
	ip netns delete world 2>/dev/null || true
}

teardown() {
	common_teardown
	collect_pods
}

@test "ipvlan: pods beside the host reach each other, in each mode" {
	local mode
	for mode in l2 l3 l3s; do
		network 10-n.conf '{"cniVersion": "1.0.0", "name": "n", "type": "ipvlan", "master": "world0", "mode": "'$mode'", "ipam": {
			"type": "host-local", "subnet": "10.99.0.0/24", "rangeStart": "10.99.0.50", "rangeEnd": "10.99.0.60"}}'
		NET=n start_sleeper
		expect_match "$(ip -n "cni-$POD" -d -o link show dev eth0)" "ipvlan +mode $mode "
		local first=$POD first_pid=$POD_PID
		NET=n pod_sh "ping -c 1 -W 5 $(ip -n "cni-$POD" -j -4 addr show dev eth0 | jq -r '.[].addr_info[].local') >/dev/null && echo reached"
		expect_equal "$output" reached
		# Nobody asks by ARP for who is routed to.
		[ $mode != l2 ] || ip netns exec "cni-$first" ping -c 1 -W 5 "$WORLD" >/dev/null
		POD_PID=$first_pid
		rkt stop --force "$first" >/dev/null
		wait_for_pod_end
		rkt gc --grace-period=0s >/dev/null
		run ip -o link show type ipvlan
		expect_equal "$output" ""
	done
}

# signal_from PREFIX...: what the pod's service of sctp says to who calls the host's port, by a command in front.
signal_from() {
	"$@" ncat --sctp --recv-only -w 5 "$HOST" 8080 2>/dev/null
}

says_hello() {
	[ "$(signal_from "$@")" = hello ]
}

@test "ports of sctp lead to the pod, for the world and for the host, and go with it" {
	NET=default start_pod --port=signal:8080 example.com/sctp --exec=/bin/sleep -- 1000
	ip netns exec "cni-$POD" ncat --sctp --keep-open --listen --sh-exec 'echo hello' 9000 3>&- &
	local server=$!
	wait_until says_hello ip netns exec world
	wait_until says_hello env
	rkt stop --force "$POD" >/dev/null
	wait_for_pod_end
	kill "$server"
	run signal_from ip netns exec world
	expect_equal "$output" ""
}
