#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The plugin firewall: pods on hosts that forward nothing unless a rule says so, and pods that others do not reach.

load lib.bash
load world.bash

setup_file() {
	common_setup_file
	make_world
	ip -n world route add default via "$HOST"
}

teardown_file() {
	end_world
}

teardown() {
	common_teardown
	collect_pods
	delete_containers
	! ip link show plugbr1 >/dev/null 2>&1 || ip link delete plugbr1
	nft flush ruleset
	rm -rf /var/lib/cni/*
}

# firewall FILE NAME SUBNET MEMBERS: a ptp network with the plugin behind it.
firewall() {
	network "$1" '{"cniVersion": "1.0.0", "name": "'"$2"'", "plugins": [
		{"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "'"$3"'.0/24"}], [{"subnet": "fd'"${3:3:2}"'::/64"}]],
			"routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}},
		{"type": "firewall"'"$4"'}]}'
}

# drop_forwarded HOW: what none of its rules accepts.
drop_forwarded() {
	case $1 in
	iptables)
		iptables -P FORWARD DROP
		ip6tables -P FORWARD DROP
		;;
	nftables) nft 'add table inet mine; add chain inet mine guard { type filter hook forward priority 10; policy drop; }' ;;
	esac
}

# pod_ip NETWORK: the address of the pod there.
pod_ip() {
	rkt status "$POD" | sed -n "s/^networks=$1:ip4=\([0-9.]*\).*/\1/p"
}

ASK="nc -w 2 $WORLD 8000 </dev/null"

@test "firewall: a host that forwards nothing lets the pod reach the world, and not the world the pod" {
	local how
	iptables -V | grep -q nf_tables || skip "iptables here is not the one of nf_tables"
	firewall 10-f.conflist f 10.81.0 ''
	network 20-o.conf '{"cniVersion": "1.0.0", "name": "o", "type": "ptp",
		"ipam": {"type": "host-local", "subnet": "10.82.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}}'
	for how in iptables nftables; do
		drop_forwarded "$how"
		NET=o pod_sh "$ASK"
		[ "$status" -ne 0 ]
		NET=f pod_sh "$ASK"
		expect_status 0
		expect_match "$output" '10\.81\.0\.'
		rkt gc --grace-period=0s >/dev/null
		NET=f start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'while :; do echo mine | nc -l -p 9000; done'
		wait_until eval '[ "$(call "$(pod_ip f)" 9000)" = mine ]'
		expect_equal "$(call_from_world "$(pod_ip f)" 9000)" ""
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end
		rkt gc --grace-period=0s >/dev/null
		refute_match "$(nft list ruleset)" 'rkt f'
		nft flush ruleset
	done
}

@test "firewall: a forwarded port leads through, and iptables knows the rules" {
	iptables -V | grep -q nf_tables || skip "iptables here is not the one of nf_tables"
	drop_forwarded iptables
	firewall 10-f.conflist f 10.81.0 ', "backend": "iptables", "iptablesAdminChainName": "MINE"'
	local aci=$BATS_TEST_TMPDIR/web.aci
	make_aci "$aci" '.name = "example.com/web" | .app.ports = [{name: "web", protocol: "tcp", port: 9000}]'
	rkt --insecure-options=image fetch "$aci" >/dev/null
	NET=f start_pod --port=web:8080 example.com/web --exec=/bin/sh -- -c 'while :; do echo mine | nc -l -p 9000; done'
	wait_until eval '[ "$(call_from_world "$HOST" 8080)" = mine ]'
	run iptables-save
	expect_match "$output" "-A FORWARD -s $(pod_ip f)/32 .*-j ACCEPT"
	expect_match "$output" "-A FORWARD -d $(pod_ip f)/32 -m conntrack --ctstate RELATED,ESTABLISHED .*-j ACCEPT"
	expect_match "$output" "-A FORWARD -d $(pod_ip f)/32 -m conntrack --ctstate DNAT .*-j ACCEPT"
	run ip6tables-save
	expect_match "$output" '-A FORWARD -s fd81::.*/128 .*-j ACCEPT'
	# Flushed rules come back, and those that are there stay where they are.
	iptables -F FORWARD
	expect_equal "$(call_from_world "$HOST" 8080)" ""
	rkt gc >/dev/null
	wait_until eval '[ "$(call_from_world "$HOST" 8080)" = mine ]'
	iptables -I FORWARD -j DROP
	rkt gc >/dev/null
	expect_equal "$(call_from_world "$HOST" 8080)" ""
}

@test "firewall: pods of isolated networks do not reach each other, nor those on one bridge if that is asked for" {
	local policy
	firewall 10-f.conflist f 10.81.0 ', "ingressPolicy": "same-bridge"'
	firewall 20-g.conflist g 10.82.0 ', "ingressPolicy": "same-bridge"'
	firewall 30-o.conflist o 10.83.0 ', "ingressPolicy": "open"'
	NET=f start_sleeper
	NET=g pod_sh "ping -c 1 -W 1 $(pod_ip f) >/dev/null && echo reached; $ASK >/dev/null && echo world; true"
	expect_equal "$output" world
	NET=o pod_sh "ping -c 1 -W 1 $(pod_ip f) >/dev/null && echo reached; true"
	expect_equal "$output" reached
	rkt stop --force "$POD" >/dev/null
	wait_for_pod_end
	rkt gc --grace-period=0s >/dev/null
	refute_match "$(nft list ruleset)" 'inet rkt'
	for policy in same-bridge isolated; do
		network 40-b.conflist '{"cniVersion": "1.0.0", "name": "b", "plugins": [
			{"type": "bridge", "bridge": "plugbr1", "isGateway": true, "ipam": {"type": "host-local", "subnet": "10.84.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}},
			{"type": "firewall", "ingressPolicy": "'$policy'"}]}'
		NET=b start_sleeper
		NET=b pod_sh "ping -c 1 -W 1 $(pod_ip b) >/dev/null && echo reached; $ASK >/dev/null && echo world; true"
		expect_equal "$output" "$([ $policy = isolated ] || echo reached; echo world)"
		expect_match "$(bridge -d link show | tr '\n' ' ')" "isolated $([ $policy = isolated ] && echo on || echo off)"
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end
		rkt gc --grace-period=0s >/dev/null
	done
}

@test "firewall: CHECK misses a rule, DEL needs no result, GC takes the rules of those that are gone" {
	local base='{"cniVersion": "1.1.0", "name": "n", "type": "firewall", "ingressPolicy": "same-bridge", "prevResult": {"cniVersion": "1.1.0",
		"interfaces": [{"name": "veth1"}, {"name": "eth0", "sandbox": "/run/netns/plug1"}], "ips": [{"address": "10.70.0.9/24"}, {"address": "fd70::9/64"}]}}'
	ip netns add plug1
	drop_forwarded nftables
	run cni "$PLUGINS" firewall ADD plug1 "$base"
	expect_status 0
	expect_equal "$(jq -c '.ips' <<<"$output")" '[{"address":"10.70.0.9/24"},{"address":"fd70::9/64"}]'
	# A repeated one changes nothing.
	nft -s list ruleset >"$BATS_TEST_TMPDIR/once"
	cni "$PLUGINS" firewall ADD plug1 "$base" >/dev/null
	nft -s list ruleset | diff "$BATS_TEST_TMPDIR/once" -
	run cni "$PLUGINS" firewall CHECK plug1 "$base"
	expect_status 0
	nft delete rule inet mine guard handle "$(nft -a list chain inet mine guard | sed -n 's/.*ip6 saddr fd70::9 .*handle //p')"
	run cni "$PLUGINS" firewall CHECK plug1 "$base"
	expect_status 1
	expect_equal "$(jq -r .msg <<<"$output")" "chain guard of table mine does not have the pod's rules"
	nft flush chain inet rkt isolated
	ID=c2 cni "$PLUGINS" firewall ADD plug1 "$base" >/dev/null
	ID=c2 cni "$PLUGINS" firewall CHECK plug1 "$base"
	with "$base" '.name = "m"' >"$BATS_TEST_TMPDIR/other"
	cni "$PLUGINS" firewall ADD plug1 "$(<"$BATS_TEST_TMPDIR/other")" >/dev/null
	# A name that begins with the other one is another network's.
	cni "$PLUGINS" firewall ADD plug1 "$(with "$base" '.name = "n m"')" >/dev/null
	run cni "$PLUGINS" firewall GC '' "$(with "$base" '."cni.dev/valid-attachments" = [{containerID: "c2", ifname: "eth0"}]')"
	expect_status 0
	expect_equal "$(nft list ruleset | grep -o '"rkt.*"' | sort -u)" $'"rkt m c1 eth0"\n"rkt n c2 eth0"\n"rkt n m c1 eth0"'
	cni "$PLUGINS" firewall DEL '' "$(with "$base" '.name = "n m" | del(.prevResult)')"
	ID=c2 cni "$PLUGINS" firewall DEL '' "$(with "$base" 'del(.prevResult)')"
	for _ in 1 2; do
		run cni "$PLUGINS" firewall DEL '' "$(with "$(<"$BATS_TEST_TMPDIR/other")" 'del(.prevResult)')"
		expect_status 0
	done
	expect_equal "$(nft list chain inet mine guard | grep -c rkt)" 0
	refute_match "$(nft list ruleset)" 'inet rkt'
}

@test "firewall: a configuration that cannot be" {
	local base='{"cniVersion": "1.0.0", "name": "n", "type": "firewall", "prevResult": {"cniVersion": "1.0.0", "ips": [{"address": "10.70.0.9/24"}]}}'
	local filter message
	ip netns add plug1
	while IFS='|' read -r filter message; do
		run cni "$PLUGINS" firewall ADD plug1 "$(with "$base" "$filter")"
		expect_status 1
		expect_equal "$(jq -r .msg <<<"$output")" "$message"
	done <<-'CASES'
		del(.prevResult)|prevResult: firewall comes behind another plugin
		.backend = "firewalld"|backend: "firewalld" is not known here: rules are set by nf_tables, also where iptables has its own
		.ingressPolicy = "none"|ingressPolicy: "none" is none of open, same-bridge and isolated
		.ingressPolicy = "same-bridge"|ingressPolicy: the host has no interface to the container
	CASES
}
