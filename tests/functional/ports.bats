#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --port: ports of the host that lead to pods.

load lib.bash
load world.bash

setup_file() {
	common_setup_file
	make_world
	local aci=$BATS_FILE_TMPDIR/web.aci
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR make_aci "$aci" '.name = "example.com/web" | .app.ports = [
		{name: "web", protocol: "tcp", port: 9000},
		{name: "dns", protocol: "udp", port: 9053},
		{name: "range", protocol: "tcp", port: 9100, count: 3}]'
	rkt --insecure-options=image fetch "$aci" >/dev/null
}

teardown_file() {
	end_world
}

teardown() {
	common_teardown
	collect_pods
}

WEB=example.com/web

# start_web ARGS...: a pod that says hello to who calls its ports 9000 and 9100 to 9102.
start_web() {
	NET=${NET:-default} start_pod "$@" "$WEB" --exec=/bin/sh -- -c '
		serve() { while :; do echo "hello from $1" | nc -l -p "$1"; done; }
		serve 9000 & serve 9100 & serve 9101 & serve 9102 & sleep 1000'
}

pod_address() {
	rkt status "$POD" | sed -n 's/^networks=[^:]*:ip4=\([0-9.]*\).*/\1/p'
}

says_hello() {
	[ "$("$@")" = "hello from 9000" ]
}

@test "a port leads to the pod for the world, for the host by its address and by 127.0.0.1" {
	start_web --port=web:8080
	wait_until says_hello call "$(pod_address)" 9000
	wait_until says_hello call_from_world "$HOST" 8080
	wait_until says_hello call "$HOST" 8080
	wait_until says_hello call 127.0.0.1 8080
}

@test "a port leads to the pod for other pods, and for the pod itself" {
	start_web --port=web:8080
	wait_until says_hello call "$(pod_address)" 9000
	NET=default pod_sh "nc -w 5 $HOST 8080 </dev/null"
	expect_equal "$output" "hello from 9000"
	run rkt enter "$POD" /bin/sh -c "nc -w 5 $HOST 8080 </dev/null"
	expect_equal "$output" "hello from 9000"
}

@test "a port of one address of the host leads nowhere by the others" {
	ip addr add 10.98.0.1/32 dev lo
	start_web --port=web:10.98.0.1:8080
	wait_until says_hello call 10.98.0.1 8080
	run call "$HOST" 8080
	[ "$status" -ne 0 ]
	ip addr del 10.98.0.1/32 dev lo
}

@test "ports lead to the pod's addresses of both families, those of one address to that of its family" {
	ip addr add fd99::1/64 dev world0 nodad
	ip -n world addr add fd99::2/64 dev eth0 nodad
	network 10-six.conf '{"cniVersion": "1.0.0", "name": "six", "type": "ptp", "ipMasq": true, "ipam": {"type": "host-local",
		"ranges": [[{"subnet": "10.66.0.0/24"}], [{"subnet": "fd66::/64"}]], "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}}'
	NET=six start_pod --port=web:8080 --port=range:fd99::1:8100 "$WEB" --exec=/bin/sleep -- 1000
	expect_match "$(rkt list)" 'six:ip4=10\.66\.0\.[0-9]+, six:ip6=fd66::[0-9a-f]+$'
	expect_match "$(rkt status "$POD")" 'networks=six:ip4=10\.66\.0\.[0-9]+, six:ip6=fd66::[0-9a-f]+'
	expect_match "$(rkt status --format=json "$POD" | jq -r '.networks[0].ip6')" '^fd66::[0-9a-f]+$'
	local servers=()
	for port in 9000 9100; do
		ip netns exec "cni-$POD" "$BATS_TEST_DIRNAME/who-server" $port tcp :: 3>&- &
		servers+=($!)
	done
	wait_until call_from_world fd99::1 8080
	expect_equal "$(call_from_world fd99::1 8080)" fd99::2
	expect_equal "$(call_from_world "$HOST" 8080)" "::ffff:$WORLD"
	wait_until call_from_world fd99::1 8100
	expect_equal "$(call_from_world fd99::1 8100)" fd99::2
	expect_equal "$(call_from_world "$HOST" 8100)" ""
	expect_equal "$(call fd99::1 8080)" fd99::1
	# Who calls localhost is refused ::1 at once, instead of hearing nothing.
	expect_equal "$(call localhost 8080)" "::ffff:10.66.0.1"
	local answer
	answer=$(timeout 5 bash -c 'exec 3<>/dev/tcp/::1/8080' 2>&1) || expect_match "$answer" 'refused'
	[ -n "$answer" ]
	# The pod itself is answered by the host, not by itself.
	expect_equal "$(ip netns exec "cni-$POD" bash -c 'exec 3<>/dev/tcp/fd99::1/8080 && cat <&3')" fd66::1
	kill "${servers[@]}"
	rkt stop --force "$POD" >/dev/null
	wait_for_pod_end || true
	rkt gc --grace-period=0s >/dev/null
	refute_match "$(nft list ruleset)" fd66
	ip addr del fd99::1/64 dev world0
	NET=six pod --port=web:[::1]:8080 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'run: port 8080 of ::1 cannot be forwarded: the kernel lets nothing from ::1 leave the host'
	expect_match "$stderr" 'hint: 127\.0\.0\.1 can be forwarded'
	NET=default pod --port=web:fd99::1:8080 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'ports of fd99::1 cannot be forwarded: the pod has no address of that kind'
}

@test "a range of ports is forwarded whole" {
	start_web --port=range:8100
	wait_until call "$HOST" 8102
	expect_equal "$(call "$HOST" 8100)" "hello from 9100"
	expect_equal "$(call "$HOST" 8101)" "hello from 9101"
	expect_equal "$(call "$HOST" 8102)" "hello from 9102"
	run call "$HOST" 8103
	[ "$status" -ne 0 ]
}

@test "ports of udp are forwarded" {
	NET=default start_pod --port=dns:8053 "$WEB" --exec=/bin/sleep -- 1000
	ip netns exec "cni-$POD" "$BATS_TEST_DIRNAME/who-server" 9053 udp 3>&- &
	local server=$!
	answers() {
		[ "$(in_world timeout 1 bash -c "exec 3<>/dev/udp/$HOST/8053 && echo question >&3 && head -n 1 <&3")" = "$WORLD" ]
	}
	listens() {
		ip netns exec "cni-$POD" ss -Hlun | grep -q 9053
	}
	wait_until listens
	run answers
	kill "$server"
	expect_status 0
}

@test "a port of the host leads to one pod at a time, and the second is told" {
	local before
	start_web --port=web:8080
	before=$(host_state)
	run --separate-stderr rkt run --net=default --port=web:8080 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'run: port tcp-0\.0\.0\.0:8080 of the host leads to another pod already'
	expect_host_as "$before"
	wait_until says_hello call "$HOST" 8080
}

@test "a port of all addresses and the same one of a single address are one port" {
	local before
	start_web --port=web:127.0.0.1:8080
	before=$(host_state)
	run --separate-stderr rkt run --net=default --port=web:8080 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'run: port tcp-0\.0\.0\.0:8080 of the host leads to another pod already, as tcp-127\.0\.0\.1:8080'
	expect_host_as "$before"
	NET=default pod --port="web:$HOST:8080" "$WEB" --exec=/bin/true
	expect_status 0
	kill "$POD_PID"
	wait_for_pod_end
	start_web --port=web:8080 --port=range:8100
	before=$(host_state)
	run --separate-stderr rkt run --net=default --port="web:$HOST:8102" "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" "run: port tcp-$HOST:8102 of the host leads to another pod already, as tcp-0\.0\.0\.0:8102"
	expect_host_as "$before"
	NET=default pod --port="dns:$HOST:8080" "$WEB" --exec=/bin/true
	expect_status 0
}

@test "a port of an address that the host does not have is refused" {
	local before
	before=$(host_state)
	NET=default pod --port=web:10.98.0.77:8080 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'run: port 8080 of 10\.98\.0\.77 cannot be forwarded: it is no address of this host'
	expect_match "$stderr" 'hint: .*net\.ipv4\.ip_nonlocal_bind=1'
	expect_host_as "$before"
	echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind
	NET=default pod --port=web:10.98.0.77:8080 "$WEB" --exec=/bin/true
	echo 0 >/proc/sys/net/ipv4/ip_nonlocal_bind
	expect_status 0
}

@test "a port that a process of the host listens on is told" {
	local servers=()
	"$BATS_TEST_DIRNAME/who-server" 8080 3>&- &
	servers+=($!)
	"$BATS_TEST_DIRNAME/who-server" 8053 udp 3>&- &
	servers+=($!)
	listen() {
		ss -Hln | grep -q ':8080 ' && ss -Hlun | grep -q ':8053 '
	}
	wait_until listen
	NET=default pod --port=web:8080 --port=dns:8053 --port=range:8100 "$WEB" --exec=/bin/true
	kill "${servers[@]}"
	expect_status 0
	expect_equal "$stderr" "networking: Warning: a process of this host uses port tcp-0.0.0.0:8080: what comes for it leads to the pod
networking: Warning: a process of this host uses port udp-0.0.0.0:8053: what comes for it leads to the pod"
}

@test "a port that no app has is refused with those there are" {
	NET=default pod --port=www:8080 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'run: port name "www" could not be found in any apps'
	expect_match "$stderr" 'hint: there are ports "web" \(tcp 9000\) of app "web", "dns" \(udp 9053\) of app "web", "range" \(tcp 9100\) of app "web"'
}

@test "a port of an app that another app of the pod has, too, is told" {
	local aci=$BATS_TEST_TMPDIR/other.aci
	make_aci "$aci" '.name = "example.com/other" | .app.ports = [{name: "other", protocol: "tcp", port: 9000}]'
	rkt --insecure-options=image fetch "$aci" >/dev/null
	NET=default pod --port=web:8080 "$WEB" --exec=/bin/true --- example.com/other --exec=/bin/true
	expect_status 0
	expect_equal "$stderr" 'run: warning: port "web" leads to tcp port 9000 of the pod, which is also port "other" of app "other": only one of them can listen there'
}

@test "a port of the host that one pod wants twice is told as its own" {
	run --separate-stderr rkt run --net=default --port=range:8090 --port=web:8091 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'port tcp-0\.0\.0\.0:8091 of the host is given twice for this pod'
}

@test "the ports go with the pod, and the rest of its network with gc" {
	local before stop
	before=$(host_state)
	for stop in rkt\ stop rkt\ stop\ --force; do
		start_web --port=web:8080 --port=range:8100
		wait_until says_hello call "$HOST" 8080
		$stop "$POD" >/dev/null
		wait_for_pod_end || true
		run nft list table inet rkt
		refute_match "$output" 8080
		refute_match "$output" 8102
		run call "$HOST" 8080
		[ "$status" -ne 0 ]
		[ -e "/run/netns/cni-$POD" ]
		rkt gc --grace-period=0s >/dev/null
		expect_host_as "$before"
	done
}

@test "ports go to the network that is masqueraded, else to the last one" {
	network 10-a.conf '{"name": "a", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.10.0.0/24"}}'
	network 20-b.conf '{"name": "b", "type": "ptp", "ipam": {"type": "host-local", "subnet": "10.20.0.0/24"}}'
	NET=a,b start_web --port=web:8080
	run nft list map inet rkt ports4
	expect_match "$output" 'tcp \. 8080 : 10\.20\.0\.'
	rkt stop --force "$POD" >/dev/null
	wait_for_pod_end || true
	rkt gc --grace-period=0s >/dev/null
	NET=a,default,b start_web --port=web:8080
	run nft list map inet rkt ports4
	expect_match "$output" 'tcp \. 8080 : 172\.16\.28\.'
}

# own_rules KIND: the host's rules as one kind of iptables has them, without the numbers of packets.
own_rules() {
	"$1-save" 2>/dev/null | sed '/^#/d; s/ \[[0-9:]*\]$//'
}

@test "the host's own rules, of either kind of iptables, and those of pods work beside each other" {
	local kind before
	for kind in iptables-nft iptables-legacy; do
		"$kind" -t nat -S >/dev/null 2>&1 || skip "this kernel has no $kind"
		"$kind" -t nat -A OUTPUT -p tcp -d "$HOST" --dport 7000 -j DNAT --to-destination "$WORLD:8000"
		"$kind" -t nat -A PREROUTING -p tcp -d "$HOST" --dport 7000 -j DNAT --to-destination "$WORLD:8000"
		"$kind" -t nat -A POSTROUTING -s 10.123.0.0/16 -j MASQUERADE
		"$kind" -A FORWARD -s 10.124.0.0/16 -j DROP
		before=$(own_rules "$kind")
		expect_match "$before" '--dport 7000'
		start_web --port=web:8080
		wait_until says_hello call_from_world "$HOST" 8080
		wait_until says_hello call 127.0.0.1 8080
		expect_equal "$(rkt enter "$POD" /bin/sh -c "nc -w 5 $WORLD 8000 </dev/null")" "$HOST"
		expect_equal "$(call "$HOST" 7000)" "$HOST"
		expect_equal "$(rkt enter "$POD" /bin/sh -c "nc -w 5 $HOST 7000 </dev/null")" "$HOST"
		expect_equal "$(own_rules "$kind")" "$before"
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end || true
		rkt gc --grace-period=0s >/dev/null
		expect_equal "$(own_rules "$kind")" "$before"
		expect_equal "$(call "$HOST" 7000)" "$HOST"
		"$kind" -t nat -F
		"$kind" -F
	done
}

@test "gc restores what a pod that runs has lost with the host's rules" {
	start_web --port=web:8080
	wait_until says_hello call_from_world "$HOST" 8080
	nft flush ruleset
	run call_from_world "$HOST" 8080
	[ "$status" -ne 0 ]
	rkt gc >/dev/null
	wait_until says_hello call_from_world "$HOST" 8080
	run rkt enter "$POD" /bin/sh -c "nc -w 5 $WORLD 8000 </dev/null"
	expect_equal "$output" 10.99.0.1
}

@test "a pod gets the port of one that was killed and is not collected yet" {
	local first
	start_web --port=web:8080
	first=$POD
	run --separate-stderr rkt run --net=default --port=web:8080 "$WEB" --exec=/bin/true
	expect_status 254
	expect_match "$stderr" 'port .*8080 of the host leads to another pod already'
	kill -KILL "$POD_PID"
	wait_for_pod_end
	start_web --port=web:8080
	wait_until says_hello call "$HOST" 8080
	wait_until says_hello call_from_world "$HOST" 8080
	# What is left of the first one takes nothing of the second one with it.
	rkt gc --grace-period=0s >/dev/null
	[ ! -e "$RKT_DATA/pods/exited-garbage/$first" ]
	says_hello call "$HOST" 8080
}

@test "a pod that came to nothing does not take another's port with it" {
	start_web --port=web:8080
	wait_until says_hello call "$HOST" 8080
	# Killed when it had written down what it is about to do, and not done it.
	NET=default pod "$WEB" --exec=/bin/true
	local other
	other=$(rkt list --full --no-legend | awk -F '\t' '/exited/ { print $1 }')
	cp "$RKT_DATA/pods/run/$POD/net/ports.json" "$RKT_DATA/pods/run/$other/net/"
	rkt rm "$other" >/dev/null
	run call "$HOST" 8080
	expect_equal "$output" "hello from 9000"
}

@test "a pod leaves nothing also when some of its rules were taken away by hand" {
	local before
	before=$(host_state)
	start_web --port=web:8080 --port=range:8100
	nft delete element inet rkt ports4 '{ tcp . 8101 }'
	rkt stop --force "$POD" >/dev/null
	wait_for_pod_end || true
	rkt gc --grace-period=0s >/dev/null
	expect_host_as "$before"
}

@test "a port of a sandbox leads to the port of the pod, whichever app is added to listen there" {
	local id_file=$BATS_TEST_TMPDIR/uuid
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$id_file" --port=web:tcp:9000::8080 --port=near:tcp:9000:127.0.0.1:8081 \
		>"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$id_file"
	POD=$(<"$id_file")
	rkt status --wait-ready=20s "$POD" >/dev/null
	expect_equal "$(rkt cat-manifest "$POD" | jq -c '.ports[0]')" \
		'{"name":"web","hostPort":8080,"podPort":{"name":"web","protocol":"tcp","port":9000,"count":1,"socketActivated":false}}'
	rkt app add "$POD" "$BUSYBOX" --name=one --exec=/bin/sh -- -c 'while :; do echo "hello from 9000" | nc -l -p 9000; done'
	rkt app start "$POD" --app=one
	wait_until says_hello call_from_world "$HOST" 8080
	wait_until says_hello call 127.0.0.1 8081
	run call_from_world "$HOST" 8081
	[ "$status" -ne 0 ]
	# The same ports, once more.
	run --separate-stderr rkt app sandbox --port=web:tcp:80:8080 --port=other:tcp:81:8080
	expect_status 1
	expect_match "$stderr" 'port tcp-0.0.0.0:8080 already mapped to pod port 80'
	run --separate-stderr rkt app sandbox --port=web:8092
	expect_status 1
	expect_match "$stderr" 'invalid argument "web:8092" for --port: "web:8092" is not in NAME:PROTOCOL:PODPORT:\[HOSTIP:\]HOSTPORT form'
	expect_equal "$(rkt list --no-legend | wc -l)" 1
}
