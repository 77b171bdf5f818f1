# SPDX-License-Identifier: Apache-2.0
# Pods that have ended and are started again: "rkt start" and "rkt restart".

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# run_once FLAGS...: a pod that has ended. Sets POD.
run_once() {
	local status=0
	rkt run --net="${NET:-none}" --uuid-file-save="$BATS_TEST_TMPDIR/once" "$@" >"$BATS_TEST_TMPDIR/once.out" || status=$?
	POD=$(<"$BATS_TEST_TMPDIR/once")
	pod_has_state "$POD" exited
}

# start_again ARGS...: "rkt start POD" in the background. Sets POD_PID.
start_again() {
	rkt_command
	"${RKT_COMMAND[@]}" start "$@" "$POD" >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until pod_has_state "$POD" running
	rkt status --wait-ready=10s "$POD" >/dev/null
}

# How many addresses the pod has.
leases() {
	grep -ls "$POD" /var/lib/cni/networks/default/* | wc -l
}

count='echo run >>/runs; echo volume >>/v/runs; wc -l </runs; wc -l </v/runs; exit $(wc -l </runs)'

counts_again() {
	run_once "$@" "$BUSYBOX" --exec=/bin/sh --mount=volume=v,target=/v -- -c "$count"
	expect_match "$(rkt status "$POD")" 'app-busybox=1'
	run --separate-stderr rkt start "$POD"
	plain_output
	expect_status 2
	expect_equal "$output" $'2\n2'
	expect_match "$(rkt status "$POD")" 'app-busybox=2'
	pod_has_state "$POD" exited
	run --separate-stderr rkt start --uuid-file=<(echo "$POD")
	expect_status 3
	expect_equal "$(rkt logs "$POD")" $'1\n1\n2\n2\n3\n3'
	expect_equal "$(rkt list --no-legend | wc -l)" "$(find "$RKT_DATA/pods/run" -mindepth 1 -maxdepth 1 | wc -l)"
}

@test "start: what the run before has written is there, and the exit status is that of this run" {
	counts_again --volume=v,kind=empty
}

@test "start: with a user namespace" {
	NET=default counts_again --private-users --volume=v,kind=empty
}

@test "start: without overlays" {
	counts_again --no-overlay --volume=v,kind=empty
}

@test "start: what is durable" {
	counts_again --durable --volume=v,kind=empty
}

@test "start: the pod is told again what it was told when it was run" {
	rkt --insecure-options=capabilities run --net=host --ipc=parent --hostname=box --dns=10.9.8.7 --hosts-entry=10.1.2.3=db \
		--uuid-file-save="$BATS_TEST_TMPDIR/once" "$BUSYBOX" --exec=/bin/sh -- \
		-c 'hostname; grep nameserver /etc/resolv.conf; grep db /etc/hosts; readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; grep CapBnd /proc/self/status' \
		>"$BATS_TEST_TMPDIR/first"
	POD=$(<"$BATS_TEST_TMPDIR/once")
	output=$(<"$BATS_TEST_TMPDIR/first")
	plain_output
	local first=$output
	run --separate-stderr rkt start "$POD"
	expect_status 0
	plain_output
	expect_equal "$output" "$first"
	expect_match "$output" $'^box\nnameserver 10.9.8.7\n'
	expect_match "$output" "$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')"
}

@test "start: networks and ports are there again" {
	local port
	port=$(free_port)
	start_pod_on default --port="http:$port"
	curl -sf "http://127.0.0.1:$port/" >/dev/null || [ $? = 52 ] || [ $? = 22 ]
	rkt stop "$POD" >/dev/null
	wait_for_pod_end
	start_again
	expect_match "$(rkt list --no-legend)" 'default:ip4=172\.16\.28\.[0-9]+'
	wait_until answers "$port"
	rkt stop "$POD" >/dev/null
	wait_for_pod_end
	rkt rm "$POD"
	! answers "$port"
	expect_equal "$(leases)" 0
}

answers() {
	[ "$(curl -s --max-time 5 "http://127.0.0.1:$1/file")" = "served" ]
}

# A pod on a network that serves what it has.
start_pod_on() {
	local net=$1
	shift
	make_aci "$BATS_TEST_TMPDIR/web.aci" '.name = "example.com/web" | .app.ports = [{"name": "http", "protocol": "tcp", "port": 8080}]'
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/web.aci" >/dev/null
	NET=$net start_pod "$@" example.com/web --exec=/bin/sh -- \
		-c 'while :; do printf "HTTP/1.0 200 OK\r\n\r\nserved\n" | nc -l -p 8080; done'
}

app_has_ended() {
	[ "$(rkt status --format=json "$POD" | jq -r ".apps[] | select(.name == \"$1\") | .state")" = exited ]
}

@test "start: several apps, limits, and the name of the pod" {
	run_once --pod-name=again "$BUSYBOX" --name=one --memory=64Mi --exec=/bin/sh -- -c 'exit 0' --- \
		"$BUSYBOX" --name=two --exec=/bin/sh -- -c '[ ! -e /was ] || sleep 1000; touch /was'
	start_again
	expect_equal "$(rkt status again | sed -n 's/^state=//p')" running
	wait_until app_has_ended one
	! app_has_ended two
	rkt stop again >/dev/null
	wait_for_pod_end
	expect_equal "$status" 143
}

# ended_sleeper: a pod that has ended, and goes on once it is started again. Sets POD.
ended_sleeper() {
	run_once "$BUSYBOX" --exec=/bin/sh -- -c '[ ! -e /was ] || exec sleep 1000; touch /was'
}

@test "start --detach leaves the pod running" {
	ended_sleeper
	run --separate-stderr rkt start --detach "$POD"
	expect_status 0
	expect_equal "$output" "$POD"
	pod_has_state "$POD" running
	rkt stop --force "$POD" >/dev/null
	rkt status --wait "$POD" >/dev/null
	pod_has_state "$POD" exited
}

@test "start and restart --detach take several pods, of which one that fails holds up no other" {
	local one two
	NET=default ended_sleeper
	one=$POD
	NET=default ended_sleeper
	two=$POD
	run --separate-stderr rkt start "$one" "$two"
	expect_status 254
	expect_equal "$stderr" $'start: only one pod can be in the foreground\nstart: hint: --detach starts several, in the background'
	pod_has_state "$one" exited
	run --separate-stderr rkt start --detach "$one" 12345678 "$two"
	expect_status 254
	expect_equal "$output" "$one"$'\n'"$two"
	expect_match "$stderr" 'no matches found'
	expect_equal "${stderr_lines[-1]}" 'start: failed to start 1 pod(s)'
	pod_has_state "$one" running
	pod_has_state "$two" running
	run --separate-stderr rkt restart --force --detach "$one" "$two"
	expect_status 0
	expect_equal "$output" "$one"$'\n'"$two"
	rkt stop --force "$one" "$two" >/dev/null
	rkt status --wait "$one" >/dev/null
	rkt status --wait "$two" >/dev/null
}

@test "start: what does not go is refused with what would" {
	start_sleeper
	run --separate-stderr rkt start "$POD"
	expect_status 254
	expect_match "$stderr" "pod \"$POD\" is running"
	expect_match "$stderr" 'rkt restart'
	rkt stop "$POD" >/dev/null
	wait_for_pod_end
	rkt gc --mark-only >/dev/null 2>&1
	run --separate-stderr rkt start "$POD"
	expect_status 254
	expect_match "$stderr" 'cannot be started again: it is exited garbage'
	prepare_pod "$BUSYBOX" --exec=/bin/true
	run --separate-stderr rkt start "$POD"
	expect_status 254
	expect_match "$stderr" 'has not run yet'
	run --separate-stderr rkt start
	expect_status 254
	run --separate-stderr rkt start 12345678
	expect_status 254
	expect_match "$stderr" 'no matches found'
}

@test "a prepared pod that was run is started as it was run" {
	prepare_pod "$BUSYBOX" --exec=/bin/sh -- -c 'echo x >>/x; hostname; wc -l </x'
	rkt run-prepared --net=none --hostname=made "$POD" >/dev/null
	run --separate-stderr rkt start "$POD"
	plain_output
	expect_equal "$output" $'made\n2'
}

@test "restart: a running pod is stopped and runs again, an exited one is started" {
	local first
	start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'echo x >>/x; echo "run $(wc -l </x)" >/dev/shm/now; trap "exit 0" TERM; while :; do sleep 0.1; done'
	first=$POD_PID
	rkt restart --detach "$POD" >/dev/null
	wait "$first" || true
	POD_PID=
	pod_has_state "$POD" running
	wait_until bash -c '[ "$("$@" enter '"$POD"' /bin/cat /dev/shm/now)" = "run 2" ]' bash "${RKT_COMMAND[@]}"
	rkt stop "$POD" >/dev/null
	rkt status --wait "$POD" >/dev/null
	rkt restart --detach "$POD" >/dev/null
	wait_until bash -c '[ "$("$@" enter '"$POD"' /bin/cat /dev/shm/now)" = "run 3" ]' bash "${RKT_COMMAND[@]}"
	rkt stop --force "$POD" >/dev/null
	rkt status --wait "$POD" >/dev/null
}

@test "a pod that was killed can be started again, on its networks" {
	start_pod_on default
	kill -KILL "$POD_PID"
	wait_for_pod_end
	wait_until pod_has_state "$POD" exited
	start_again
	expect_equal "$(leases)" 1
	rkt stop --force "$POD" >/dev/null
	wait_for_pod_end
	rkt rm "$POD"
}

# kill_at COMMAND...: as in kill-at.c, and whether somebody was killed.
kill_at() {
	local status=0
	timeout 60 "$BUILD/tests/functional/kill-at" "$@" </dev/null >"$BATS_TEST_TMPDIR/killed.log" 2>&1 3>&- || status=$?
	[ "$status" = 137 ] || expect_equal "$status" 0
	[ "$status" = 137 ]
}

# walk CALLS: starts the pod until nobody is killed. Whoever was killed, the pod has ended then, with what it had written.
walk() {
	local kills=0
	while kill_at "$1" $((kills + 1)) "${RKT_COMMAND[@]}" start "$POD"; do
		kills=$((kills + 1))
		wait_until pod_has_state "$POD" exited
		[ -e "$RKT_DATA/pods/run/$POD/overlay/busybox.upper/was" ]
	done
	pod_has_state "$POD" exited
	expect_match "$(rkt status "$POD")" 'app-busybox=0'
	echo "$kills were killed at $1"
	[ "$kills" -gt "$2" ]
}

@test "start that is killed at whatever step leaves a pod that has ended and can be started" {
	NET=default run_once "$BUSYBOX" --exec=/bin/sh -- -c ': >/was'
	rkt_command
	walk renames 1
	walk writes 5
	walk others 10
	walk kernel 10
	rkt rm "$POD"
	expect_equal "$(find /sys/fs/cgroup -depth -type d -name "rkt-$POD*")" ''
	expect_equal "$(leases)" 0
	[ ! -e "/run/netns/cni-$POD" ]
}

@test "of many that start one pod at once one does" {
	local i won=0
	run_once "$BUSYBOX" --exec=/bin/sh -- -c 'echo x >>/x; [ "$(wc -l </x)" = 1 ] || { echo started; exec sleep 1000; }'
	rkt_command
	for i in {1..20}; do
		"${RKT_COMMAND[@]}" start --detach "$POD" >"$BATS_TEST_TMPDIR/out.$i" 2>&1 3>&- </dev/null &
		pids[i]=$!
	done
	for i in {1..20}; do
		if wait "${pids[i]}"; then
			won=$((won + 1))
		else
			expect_match "$(<"$BATS_TEST_TMPDIR/out.$i")" 'is running|being started by somebody else'
		fi
	done
	expect_equal "$won" 1
	wait_until bash -c '[ "$("$@" logs '"$POD"')" = started ]' bash "${RKT_COMMAND[@]}"
	rkt stop --force "$POD" >/dev/null
	rkt status --wait "$POD" >/dev/null
}

@test "gc and rm beside start never take a pod that runs" {
	local i started=0 gc
	rkt_command
	(while :; do "${RKT_COMMAND[@]}" gc --mark-only || true; done) >/dev/null 2>&1 3>&- &
	gc=$!
	for i in {1..15}; do
		run_once_of_many
		if rkt start --detach "$POD" >/dev/null 2>"$BATS_TEST_TMPDIR/why"; then
			started=$((started + 1))
			# Where it is looked at later it still is: nobody has moved it.
			[ -d "$RKT_DATA/pods/run/$POD" ]
			pod_has_state "$POD" running
			rkt stop --force "$POD" >/dev/null
			rkt status --wait "$POD" >/dev/null
		else
			expect_match "$(<"$BATS_TEST_TMPDIR/why")" 'exited garbage|is no longer in|was not present'
		fi
	done
	kill "$gc"
	wait "$gc" || true
	echo "$started of 15 were started before gc came" >&2
}

# The pod ends by itself; gc may have it before it is looked at.
run_once_of_many() {
	rkt run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/once" "$BUSYBOX" --exec=/bin/sh -- -c '[ ! -e /was ] || exec sleep 1000; touch /was'
	POD=$(<"$BATS_TEST_TMPDIR/once")
}
