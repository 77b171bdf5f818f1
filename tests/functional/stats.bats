# SPDX-License-Identifier: Apache-2.0
# What the apps of running pods use, and which processes they have.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	local pid
	for pid in ${MORE_PIDS:-}; do
		kill -TERM "$pid"
		wait "$pid" || true
	done
	common_teardown
}

# use_host MODE: the rest of the test is on a host whose control groups are so.
use_host() {
	RKT_HOST=$1
	on_host true 2>/dev/null || skip "this host's control groups cannot be arranged as $1"
}

# stats_of FILTER ARGS...: what jq finds in the first pod.
stats_of() {
	local filter=$1
	shift
	rkt stats --interval=300ms --format=json "$@" | jq -c ".[0] | $filter"
}

# A shell that holds 30 MB and says so.
hold='x=$(head -c 30000000 /dev/zero | tr "\0" x); echo >/dev/shm/held; while :; do sleep 1; done'

is_held() {
	rkt enter --app="${1:-busybox}" "$POD" /bin/cat /dev/shm/held >/dev/null 2>&1
}

is_busy() {
	[ "$(stats_of '.apps[0].cpu_percent > 1' "$POD")" = true ]
}

# What it took to make it so large may not have been given back.
eater_is_large() {
	[ "$(stats_of '.apps[1].memory | . > 29000000 and . < 120000000' "$POD")" = true ]
}

# Its shell may not have become the second program yet.
idle_is_small() {
	[ "$(stats_of '.apps[2] | .memory < 20000000 and .pids == 2' "$POD")" = true ]
}

uses_are_told() {
	use_host "$1"
	start_pod "$BUSYBOX" --name=busy --exec=/bin/sh -- -c 'while :; do :; done' --- \
		"$BUSYBOX" --name=eater --exec=/bin/sh -- -c "$hold" --- \
		"$BUSYBOX" --name=idle --exec=/bin/sh -- -c 'sleep 1000 & sleep 1000'
	wait_until is_held eater
	expect_equal "$(stats_of '[.name, (.apps | map(.name))]' "$POD")" "[\"$POD\",[\"busy\",\"eater\",\"idle\"]]"
	# However little a loaded machine leaves it, it gets something, and its time only grows.
	wait_until is_busy
	expect_equal "$(stats_of '.apps[0].cpu_time > .apps[2].cpu_time' "$POD")" true
	wait_until eater_is_large
	wait_until idle_is_small
	expect_equal "$(stats_of '.apps | map(has("memory_limit")) | any' "$POD")" false
}

@test "v1: processor time, memory and processes of each app are told" {
	uses_are_told v1
}

@test "hybrid: processor time, memory and processes of each app are told" {
	uses_are_told hybrid
}

@test "v2: processor time, memory and processes of each app are told" {
	uses_are_told v2
}

@test "limits are told with what is used of them, from the app's cgroup" {
	case $(rkt run --dry-run --net=none "$BUSYBOX" --memory=64Mi 2>&1) in
	*"support disabled"*) skip "this host cannot limit memory" ;;
	esac
	start_pod "$BUSYBOX" --memory=64Mi --pids-limit=20 --exec=/bin/sh -- -c "$hold"
	wait_until is_held
	expect_equal "$(stats_of '.apps[0].memory_limit' "$POD")" 67108864
	expect_equal "$(stats_of '.apps[0] | .memory_percent > 40 and .memory_percent <= 100' "$POD")" true
	run rkt stats --interval=100ms "$POD"
	expect_match "${lines[0]}" '^UUID[[:space:]]+APP[[:space:]]+CPU %[[:space:]]+MEM USAGE / LIMIT[[:space:]]+MEM %[[:space:]]+BLOCK I/O[[:space:]]+PIDS$'
	expect_match "${lines[1]}" "^${POD:0:8}[[:space:]]+busybox[[:space:]]+[0-9.]+%[[:space:]]+[0-9.]+MiB / 64MiB[[:space:]]+[0-9.]+%[[:space:]]+[^ ]+ / [^ ]+[[:space:]]+[0-9]+\$"
}

has_written() {
	[ "$(stats_of '.apps[0].io_written >= 8000000' "$POD")" = true ]
}

@test "what an app writes to disk is told" {
	[ "$(stat -f -c %T "$RKT_DATA")" != tmpfs ] || skip "the data directory is in memory"
	# The shell itself waits for who writes, and so has what that has written.
	start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'dd if=/dev/zero of=/big bs=1M count=8 2>/dev/null; sleep 1000; :'
	wait_until has_written
}

@test "all running pods are told of, and no others; a named one has to run" {
	local first exited
	rkt run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/exited" "$BUSYBOX" --exec=/bin/true
	exited=$(<"$BATS_TEST_TMPDIR/exited")
	start_sleeper
	first=$POD MORE_PIDS=$POD_PID
	start_sleeper --pod-name=second
	MORE_PIDS+=" $POD_PID"
	start_sleeper
	run rkt stats --interval=100ms --format=json
	expect_status 0
	expect_equal "$(jq length <<<"$output")" 3
	expect_equal "$(jq -r "map(select(.name == \"$exited\")) | length" <<<"$output")" 0
	expect_equal "$(jq -r 'map(.pod_name // empty) | join(" ")' <<<"$output")" second
	expect_equal "$(rkt stats --interval=100ms --format=json second "$first" | jq -r 'map(.name)[1]')" "$first"
	expect_equal "$(rkt stats --interval=100ms --no-legend | wc -l)" 3
	run --separate-stderr rkt stats "$exited"
	expect_status 254
	expect_match "$stderr" "pod \"$exited\" is not running"
	run --separate-stderr rkt top "$exited"
	expect_status 254
	expect_match "$stderr" "pod \"$exited\" is not running"
	run --separate-stderr rkt stats --interval=soon
	expect_status 254
	expect_match "$stderr" '--interval must be a length of time'
}

@test "stats --watch goes on until the pod has ended, which is no error" {
	start_sleeper
	rkt_command
	"${RKT_COMMAND[@]}" stats --watch --interval=50ms --format=json "$POD" >"$BATS_TEST_TMPDIR/watched" 3>&- &
	local watcher=$!
	wait_until bash -c '[ "$(wc -l <"$1")" -ge 3 ]' bash "$BATS_TEST_TMPDIR/watched"
	rkt stop "$POD" >/dev/null
	wait_for_pod_end
	wait "$watcher"
	expect_equal "$(jq -c 'map(.name)' "$BATS_TEST_TMPDIR/watched" | sort -u)" "[\"$POD\"]"
}

@test "top lists the processes app by app, as the pod and as the host number them" {
	local hpid
	start_pod "$BUSYBOX" --name=one --user=7 --exec=/bin/sleep -- 1001 --- \
		"$BUSYBOX" --name=two --exec=/bin/sh -- -c 'sleep 1002 & sleep 1003; :'
	wait_until bash -c '[ "$("$@" top --no-legend '"$POD"' | wc -l)" = 4 ]' bash "${RKT_COMMAND[@]}"
	run rkt top "$POD"
	expect_match "${lines[0]}" '^APP[[:space:]]+USER[[:space:]]+PID[[:space:]]+HPID[[:space:]]+TIME[[:space:]]+COMMAND$'
	expect_match "$output" $'\n''one[[:space:]]+7[[:space:]]+[0-9]+[[:space:]]+[0-9]+[[:space:]]+00:00:0[0-9][[:space:]]+/bin/sleep 1001'$'\n'
	expect_equal "$(rkt top --format=json "$POD" | jq -r 'map(select(.app == "two") | .command) | sort | join(",")')" \
		'/bin/sh -c sleep 1002 & sleep 1003; :,sleep 1002,sleep 1003'
	hpid=$(rkt top --format=json "$POD" | jq '.[] | select(.app == "one") | .host_pid')
	expect_equal "$(tr '\0' ' ' <"/proc/$hpid/cmdline")" '/bin/sleep 1001 '
	expect_equal "$(rkt top --format=json "$POD" | jq '.[] | select(.app == "one") | .pid')" \
		"$(awk '/^NSpid:/ { print $NF }' "/proc/$hpid/status")"
	# Who has entered the pod is there as well.
	rkt enter --app=one "$POD" /bin/sleep 1004 3>&- &
	wait_until bash -c '"$@" top '"$POD"' | grep -q "^one[[:space:]].*sleep 1004"' bash "${RKT_COMMAND[@]}"
	kill "$(rkt top --format=json "$POD" | jq '.[] | select(.command == "/bin/sleep 1004") | .host_pid')"
	wait $! || true
}

@test "top numbers a process that has very many groups" {
	start_pod "$BUSYBOX" --supplementary-gids="$(seq -s, 1000000000 1000001999)" --exec=/bin/sleep -- 1001
	expect_equal "$(rkt top --format=json "$POD" | jq '.[] | select(.app == "busybox") | .pid')" \
		"$(awk '/^NSpid:/ { print $NF }' "/proc/$(rkt top --format=json "$POD" | jq '.[] | select(.app == "busybox") | .host_pid')/status")"
}

@test "what processes call themselves reaches no terminal raw" {
	start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'exec sh -c "echo >/dev/shm/held; sleep 1000; :" "$(printf "a\033[31mb\nc\td\302\233x\377y")"'
	wait_until is_held
	run rkt top "$POD"
	expect_match "$output" 'a\\x1b\[31mb\\nc\\td\\xc2\\x9bx\\xffy'
	expect_equal "$(LC_ALL=C tr -d '\n\t -~' <<<"$output" | wc -c)" 0
	expect_equal "$(wc -l <<<"$output")" 3
	# In JSON all is there, but for what is no UTF-8.
	expect_match "$(rkt top --format=json "$POD")" 'a\\u001b\[31mb\\nc\\td.*x�y'
	expect_equal "$(rkt top --format=json "$POD" | jq length)" 2
}

@test "in a user namespace users are those of the pod" {
	start_pod --private-users "$BUSYBOX" --user=5 --exec=/bin/sleep -- 1000
	expect_equal "$(rkt top --format=json "$POD" | jq -c 'map([.user, .app])')" '[[5,"busybox"]]'
	expect_equal "$(stats_of '.apps[0].pids' "$POD")" 1
}

@test "apps that are added are told of by themselves" {
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$BATS_TEST_TMPDIR/sandbox" --net=none \
		>"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$BATS_TEST_TMPDIR/sandbox"
	POD=$(<"$BATS_TEST_TMPDIR/sandbox")
	rkt status --wait-ready=20s "$POD" >/dev/null
	expect_equal "$(stats_of .apps "$POD")" '[]'
	rkt app add "$POD" "$BUSYBOX" --name=web --exec=/bin/sleep -- 1000
	rkt app add "$POD" "$BUSYBOX" --name=off --exec=/bin/sleep -- 1000
	rkt app start "$POD" --app=web
	expect_equal "$(stats_of '.apps | map([.name, .pids])' "$POD")" '[["web",1],["off",0]]'
	expect_match "$(rkt top "$POD")" 'web[[:space:]]+0[[:space:]]'
}
