#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Sockets that a service manager passes to rkt, for apps with socket-activated ports.

load lib.bash
load world.bash

setup_file() {
	common_setup_file
	make_world
	local dir=$BATS_FILE_TMPDIR
	cp -R "$FIXTURES/rootfs" "$dir/rootfs"
	cp "$BUILD/tests/functional/greeter" "$dir/rootfs/greeter"
	BATS_TEST_TMPDIR=$dir make_aci "$dir/greeter.aci" '.name = "example.com/greeter" | .app.exec = ["/greeter"] | .app.ports = [
		{name: "web", protocol: "tcp", port: 9000, socketActivated: true},
		{name: "plain", protocol: "tcp", port: 9001},
		{name: "names", protocol: "udp", port: 9053, socketActivated: true}]' "$dir/rootfs"
	BATS_TEST_TMPDIR=$dir make_aci "$dir/odd.aci" '.name = "example.com/odd" | .app.ports = [
		{name: "odd", protocol: "sctp", port: 9000, socketActivated: true}]'
	BATS_TEST_TMPDIR=$dir make_aci "$dir/second.aci" '.name = "example.com/second" | .app.exec = ["/greeter"] | .app.ports = [
		{name: "more", protocol: "tcp", port: 9000, socketActivated: true}]' "$dir/rootfs"
	rkt --insecure-options=image fetch "$dir/greeter.aci" >/dev/null
	rkt --insecure-options=image fetch "$dir/second.aci" >/dev/null
	rkt --insecure-options=image fetch "$dir/odd.aci" >/dev/null
}

teardown_file() {
	end_world
}

teardown() {
	common_teardown
	collect_pods
}

GREETER=example.com/greeter SECOND=example.com/second ODD=example.com/odd

# activate ADDRESS... -- RKT ARGS...: rkt by systemd, when the first of these sockets is called. OPTIONS are for systemd's program.
activate() {
	local -a listen=()
	while [ "$1" != -- ]; do
		listen+=("--listen=$1")
		shift
	done
	shift
	rkt_command
	systemd-socket-activate $OPTIONS "${listen[@]}" "${RKT_COMMAND[@]}" "$@" >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
}

end_pod() {
	kill "$POD_PID"
	wait "$POD_PID" || true
	POD_PID=
}

said() {
	expect_match "$(<"$BATS_TEST_TMPDIR/pod.$1")" "$2"
}

answers() {
	[ "$("$@")" = "hello from $NAME" ]
}

@test "an app gets the sockets of its ports, whatever network the pod has" {
	local net port options
	for net in host none default; do
		port=9000 options=
		[ $net != default ] || port=8080 options=--port=web:8080
		activate 127.0.0.1:$port 127.0.0.1:8081 -- run --net=$net $options "$GREETER"
		NAME=web wait_until answers call 127.0.0.1 $port
		NAME=web answers call 127.0.0.1 $port
		said out '1 sockets'
		said err 'no app has a socket-activated port for descriptor 4, a socket that rkt was passed .tcp port 8081.'
		said err 'port "names" of app "greeter" is socket-activated, but rkt was passed no socket of udp port 9053'
		end_pod
		# With the app its socket has gone: nobody else has kept one.
		run call 127.0.0.1 $port
		expect_status 1
	done
}

@test "each app gets its own sockets, whatever their order" {
	activate 127.0.0.1:8081 127.0.0.1:7000 127.0.0.1:8080 127.0.0.2:8081 -- run --net=default --port=web:8080 --port=more:8081 "$GREETER" "$SECOND"
	NAME=web wait_until answers call 127.0.0.1 8080
	NAME=more answers call 127.0.0.1 8081
	NAME=more answers call 127.0.0.2 8081
	said err 'no app has a socket-activated port for descriptor 4'
	said out 'greeter.*1 sockets'
	said out 'second.*2 sockets'
	end_pod
}

@test "datagrams" {
	OPTIONS=--datagram activate 127.0.0.1:9053 -- run --net=none "$GREETER"
	NAME=names wait_until answers timeout 2 bash -c 'exec 3<>/dev/udp/127.0.0.1/9053 && echo >&3 && head -n 1 <&3'
	end_pod
}

@test "a prepared pod gets them when it runs, and a pod in the background has them" {
	local pod
	pod=$(rkt prepare --port=web:8080 "$GREETER")
	activate 127.0.0.1:8080 -- run-prepared --net=default "$pod"
	NAME=web wait_until answers call 127.0.0.1 8080
	end_pod
	activate 127.0.0.1:8080 -- run --detach --net=default --port=web:8080 "$GREETER"
	NAME=web wait_until answers call 127.0.0.1 8080
	wait "$POD_PID"
	POD_PID=
	NAME=web answers call 127.0.0.1 8080
	rkt stop --force "$(tail -n 1 "$BATS_TEST_TMPDIR/pod.out")"
}

@test "without --port the host's port is that of the manifest" {
	activate 127.0.0.1:9000 -- run --net=none "$GREETER"
	NAME=web wait_until answers call 127.0.0.1 9000
	said err 'warning: no --port option for socket-activated port "web", assuming port 9000 as specified in the manifest'
	end_pod
}

@test "an address of the host is one of the socket's" {
	activate 127.0.0.1:8080 -- run --net=default --port=web:127.0.0.2:8080 "$GREETER"
	called() {
		call 127.0.0.1 8080 || grep 'port "web" of app "greeter" is socket-activated, but rkt was passed no socket of tcp port 8080' "$BATS_TEST_TMPDIR/pod.err"
	}
	wait_until called
	said err 'no app has a socket-activated port for descriptor 3'
}

@test "sockets that are for somebody else are left alone, and ports of other protocols refused" {
	# The process that they are for is another one.
	LISTEN_PID=1 LISTEN_FDS=1 run --separate-stderr rkt run --net=none "$GREETER" 3</dev/null
	expect_match "$stderr" 'rkt was passed no socket of tcp port 9000'
	run --separate-stderr rkt run --net=none "$ODD"
	expect_status 254
	expect_match "$stderr" 'port "odd" of app "odd" is socket-activated, which "sctp" cannot be: only tcp and udp can'
}

@test "neither apps that have no such port nor what is entered get the sockets" {
	activate 127.0.0.1:8080 -- run --net=default --port=web:8080 --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$GREETER" "$BUSYBOX" --exec=/bin/sh -- -c 'env; ls -l /proc/self/fd; sleep 1000'
	NAME=web wait_until answers call 127.0.0.1 8080
	expect_equal "$(grep -c 'LISTEN\|socket:' "$BATS_TEST_TMPDIR/pod.out")" 0
	run rkt enter --app=greeter "$(<"$BATS_TEST_TMPDIR/uuid")" /bin/sh -c 'env; ls -l /proc/self/fd'
	expect_status 0
	expect_equal "$(grep -c 'LISTEN_PID\|socket:' <<<"$output")" 0
	end_pod
}
