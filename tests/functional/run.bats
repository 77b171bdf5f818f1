#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the caller of "rkt run" gets back.

load lib.bash

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# --- exit codes, output, signals ---------------------------------------------------------------

@test "an app that succeeds gives exit code 0" {
	pod "$BUSYBOX"
	expect_status 0
}

@test "exit code of the app becomes that of run" {
	pod_sh 'exit 7'
	expect_status 7
}

@test "an app killed by a signal gives the signal's number" {
	pod_sh 'kill -USR1 $$'
	expect_status 10
}

@test "arguments reach the app byte for byte" {
	pod "$BUSYBOX" --exec=/bin/printf -- '<%s>\n' 'a b' '%s $HOME "q" \n' '' --- # ends the arguments
	expect_status 0
	expect_equal "${lines[0]}" '<a b>'
	expect_equal "${lines[1]}" '<%s $HOME "q" \n>'
	expect_equal "${lines[2]}" '<>'
}

@test "output lines carry uptime, app name and pid" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --name=talker --exec=/bin/echo -- hello
	expect_status 0
	expect_match "$output" '^\[ *[0-9]+\.[0-9]{6}\] talker\[[0-9]+\]: hello'
}

@test "a long line and a last line without newline arrive whole" {
	pod_sh 'head -c 20000 /dev/zero | tr "\0" x; echo; printf tail'
	expect_status 0
	expect_equal "$(tr -d '\n' <<<"$output" | tr -cd x | wc -c)" 20000
	expect_match "$output" 'tail$'
}

@test "closed standard streams are not taken by files of the supervisor" {
	rkt_command
	"${RKT_COMMAND[@]}" run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --exec=/bin/sleep -- 1000 3>&- <&- >&- 2>&- &
	POD_PID=$!
	wait_until test -s "$BATS_TEST_TMPDIR/uuid"
	rkt status --wait-ready=10s "$(<"$BATS_TEST_TMPDIR/uuid")" >/dev/null
	expect_equal "$(readlink "/proc/$POD_PID/fd/"{0,1,2} | sort -u)" /dev/null
	kill "$POD_PID"
	wait_for_pod_end
	expect_status 143
}

@test "a program that does not exist gives 203 and says so" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --exec=/foo-not-there
	expect_status 203
	expect_match "$output$stderr" 'foo-not-there.*[Nn]o such file or directory'
}

@test "a program whose interpreter or loader is missing gives 203 and names that" {
	local root=$BATS_TEST_TMPDIR/root
	cp -R "$FIXTURES/rootfs" "$root"
	printf '#! /opt/no-such-shell -x\n' >"$root/script"
	printf '#!\n' >"$root/nothing"
	printf 'void main(void) {}' | gcc -w -x c -o "$root/loaded" -nostdlib -Wl,--dynamic-linker=/lib/no-such-loader,-e,main -pie -fPIE -
	chmod +x "$root"/{script,nothing,loaded}
	make_aci "$BATS_TEST_TMPDIR/odd.aci" '.name = "example.com/odd"' "$root"
	run --separate-stderr rkt --insecure-options=image run --net=none "$BATS_TEST_TMPDIR/odd.aci" --exec=/script
	expect_status 203
	expect_match "$output$stderr" 'Error: Unable to open "/opt/no-such-shell", which is needed to run "/script": No such file or directory'
	run --separate-stderr rkt run --net=none example.com/odd --exec=/loaded
	expect_status 203
	expect_match "$output$stderr" 'Error: Unable to open "/lib/no-such-loader", which is needed to run "/loaded": No such file or directory'
	run --separate-stderr rkt run --net=none example.com/odd --exec=/nothing
	expect_status 203
	expect_match "$output$stderr" 'Error: Unable to open "/nothing": [^,]*$'
}

# listen SOCKET: writes down what comes there, a line each.
listen() {
	python3 - "$1" >"$BATS_TEST_TMPDIR/heard" <<-'END' 3>&- &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1].replace("@", "\0", 1) if sys.argv[1][0] == "@" else sys.argv[1])
		print("listening", flush=True)
		while True: print(s.recv(4096).decode(), flush=True)
	END
	LISTENER=$!
	wait_until grep -q listening "$BATS_TEST_TMPDIR/heard"
}

heard() {
	tail -n +2 "$BATS_TEST_TMPDIR/heard" | paste -sd' '
}

@test "the service manager is told that the pod is ready, and that it stops" {
	local socket
	for socket in "$BATS_TEST_TMPDIR/notify" "@rkt-test-$$"; do
		listen "$socket"
		export NOTIFY_SOCKET=$socket
		start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'echo "notify: $NOTIFY_SOCKET."; sleep 1000'
		wait_until grep -q READY "$BATS_TEST_TMPDIR/heard"
		expect_equal "$(heard)" READY=1
		# It is nothing of the app's.
		expect_match "$(<"$BATS_TEST_TMPDIR/pod.out")" 'notify: \.'
		kill "$POD_PID"
		wait_for_pod_end
		expect_equal "$(heard)" 'READY=1 STOPPING=1'
		kill "$LISTENER"
	done
	# A manager that is not there, or has no name, is in nobody's way.
	for socket in "$BATS_TEST_TMPDIR/none" relative '' "$(printf '/%0200d' 0)"; do
		NOTIFY_SOCKET=$socket pod "$BUSYBOX" --exec=/bin/true
		expect_status 0
	done
}

@test "a pod whose app says itself when it is ready is not ready before" {
	local dir=$BATS_TEST_TMPDIR name
	cp -R "$FIXTURES/rootfs" "$dir/root"
	cat >"$dir/say.c" <<-'C'
		#include <stdlib.h>
		#include <string.h>
		#include <sys/socket.h>
		#include <sys/un.h>
		int main(int argc, char **argv)
		{
			struct sockaddr_un name = {.sun_family = AF_UNIX};
			int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
			strcpy(name.sun_path, getenv("NOTIFY_SOCKET"));
			return sendto(fd, argv[1], strlen(argv[1]), 0, (struct sockaddr *)&name, sizeof name) < 0;
		}
	C
	cc -static -o "$dir/root/say" "$dir/say.c"
	make_aci "$dir/says.aci" '.name = "example.com/says" | .annotations += [{name: "appc.io/executor/supports-systemd-notify", value: "true"}]' "$dir/root"
	rkt --insecure-options=image fetch "$dir/says.aci" >/dev/null
	mkdir -m 0777 "$dir/told"
	listen "$dir/notify"
	export NOTIFY_SOCKET=$dir/notify
	rkt_command
	for name in one two; do
		"${RKT_COMMAND[@]}" run --net=none --uuid-file-save="$dir/uuid" --volume=told,kind=host,source="$dir/told" \
			example.com/says --name=one --user=1000 --mount=volume=told,target=/told --exec=/bin/sh -- -c '
				/say "STATUS=not yet"; /say "STATUS=x
READY=0"; until [ -e /told/one ]; do sleep 0.1; done
				/say "STATUS=it is
READY=1"; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do /say WATCHDOG=1 || echo blocked; done; sleep 1000' --- \
			example.com/says --name=two --mount=volume=told,target=/told --exec=/bin/sh -- -c '
				until [ -e /told/two ]; do sleep 0.1; done; /say READY=1; sleep 1000' \
			>"$dir/pod.out" 2>"$dir/pod.err" 3>&- </dev/null &
		POD_PID=$!
		wait_until test -s "$dir/uuid"
		POD=$(<"$dir/uuid")
		wait_until pod_has_state "$POD" running
		run rkt status --wait-ready=500ms "$POD"
		expect_status 254
		touch "$dir/told/$name"
		run rkt status --wait-ready=500ms "$POD"
		expect_status 254
		expect_equal "$(heard)" ''
		touch "$dir/told/one" "$dir/told/two"
		rkt status --wait-ready=10s "$POD" >/dev/null
		wait_until grep -q READY "$dir/heard"
		expect_equal "$(rkt enter --app=one "$POD" /bin/sh -c 'echo $NOTIFY_SOCKET')" /run/systemd/notify
		rkt stop --force "$POD" >/dev/null
		wait_for_pod_end
		refute_match "$(<"$dir/pod.out")" blocked
		rm "$dir/told"/* "$dir/uuid"
		: >"$dir/heard"
	done
	kill "$LISTENER"
}

@test "a program name is searched along the PATH of the app" {
	pod "$BUSYBOX" --exec=echo -- found
	expect_status 0
	expect_equal "$output" found
}

@test "a program name that is nowhere is an error that names the search path" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --exec=no-such-program
	expect_status 254
	expect_match "$stderr" 'unable to find "no-such-program" in "'
}

@test "SIGTERM stops the pod in order and run dies by it" {
	start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'trap "echo stopped; exit 3" TERM; while :; do sleep 0.1; done'
	kill -TERM "$POD_PID"
	wait_for_pod_end
	expect_status 143
	expect_match "$(<"$BATS_TEST_TMPDIR/pod.out")" 'stopped'
	expect_equal "$(pod_state "$POD")" exited
}

@test "SIGINT stops the pod and run dies by it" {
	# A background process of a shell ignores SIGINT, and what it executes inherits that.
	rkt_command
	run --separate-stderr python3 - "${RKT_COMMAND[@]}" run --net=none "--uuid-file-save=$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" \
		--exec=/bin/sleep -- 1000 <<-'PYTHON'
		import os, signal, subprocess, sys, time
		signal.signal(signal.SIGINT, signal.default_int_handler)
		pod = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True,
		                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
		run_dir = sys.argv[2].removeprefix("--dir=") + "/pods/run/"
		file = next(a for a in sys.argv if a.startswith("--uuid-file-save=")).partition("=")[2]
		for _ in range(200):
		    time.sleep(0.05)
		    if os.path.exists(file) and os.path.lexists(
		            run_dir + open(file).read() + "/stage1/rootfs/rkt/supervisor-status"):
		        break
		pod.send_signal(signal.SIGINT)
		print("ended", pod.wait(timeout=30))
	PYTHON
	expect_status 0
	expect_equal "$output" "ended -2"
}

@test "PID 1 of the pod reaps orphans" {
	pod_sh '(sh -c "sleep 0.1 & exec true" &); sleep 1; grep -l "^State:.Z" /proc/[0-9]*/status || echo none'
	expect_status 0
	expect_equal "$output" none
}

@test "SIGKILL of run leaves no process behind" {
	start_sleeper
	app=$(rkt enter "$POD" /bin/sh -c 'readlink /proc/self/ns/pid')
	kill -KILL "$POD_PID"
	wait_for_pod_end
	pid_namespace_is_gone() { ! readlink /proc/[0-9]*/ns/pid | grep -qF "$app"; }
	wait_until pid_namespace_is_gone
	expect_equal "$(pod_state "$POD")" exited
}

@test "SIGKILL of run while the pod is being set up leaves no process behind" {
	rkt_command
	# Many at a time: the moments between two steps are longer on a busy machine.
	for _ in {1..40}; do
		pods=()
		for _ in {1..8}; do
			"${RKT_COMMAND[@]}" run --net=none "$BUSYBOX" --exec=/bin/sleep -- 1000 >/dev/null 2>&1 3>&- &
			pods+=($!)
		done
		for pid in "${pods[@]}"; do
			sleep "0.00$((RANDOM % 4))$((RANDOM % 10))"
			kill -KILL "$pid"
			wait "$pid" || true
		done
	done
	nothing_runs() { ! rkt list --no-legend | grep -E 'running|preparing|embryo'; }
	wait_until nothing_runs
}

# --- several apps ------------------------------------------------------------------------------------

@test "apps of a pod share pid, net, ipc and uts namespaces, and each has its own root" {
	pod "$BUSYBOX" --name=one --exec=/bin/sh -- -c 'echo one >/marker; for n in pid net ipc uts mnt; do readlink /proc/self/ns/$n; done; sleep 1' \
		--- "$BUSYBOX" --name=two --exec=/bin/sh -- -c 'sleep 0.5; [ ! -e /marker ] || echo sees-marker; for n in pid net ipc uts mnt; do readlink /proc/self/ns/$n; done'
	expect_status 0
	refute_match "$output" sees-marker
	expect_equal "$(sort <<<"$output" | uniq -c | awk '$2 !~ /^mnt/ { print $1 }' | sort -u)" 2
	expect_equal "$(sort <<<"$output" | uniq -c | awk '$2 ~ /^mnt/ { print $1 }' | sort -u)" 1
}

@test "the first app that fails ends the pod and gives the exit code" {
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --name=fails --exec=/bin/sh -- -c 'sleep 0.3; exit 5' \
		--- "$BUSYBOX" --name=waits --exec=/bin/sleep -- 1000
	expect_status 5
	run rkt status "$(<"$BATS_TEST_TMPDIR/uuid")"
	expect_match "$output" 'app-fails=5'
	expect_match "$output" 'app-waits=0'
}

@test "an app that ends well leaves the others running" {
	pod "$BUSYBOX" --name=quick --- "$BUSYBOX" --name=slow --exec=/bin/sh -- -c 'sleep 1; echo still-here; exit 4'
	expect_status 4
	expect_match "$output" still-here
}

@test "two apps of one name are refused" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'multiple apps with name busybox'
}

# --- terminal ------------------------------------------------------------------------------------------

@test "interactive gives the app a terminal of the caller's size" {
	rkt_command
	run script -qec "stty rows 33 cols 77; ${RKT_COMMAND[*]} run --net=none --interactive $BUSYBOX --exec=/bin/sh -- -c 'tty; stty size; echo err >&2; exit 6'" /dev/null
	expect_status 6
	expect_match "$output" '/dev/(pts/[0-9]+|console)'
	expect_match "$output" '33 77'
	expect_match "$output" 'err'
}

@test "interactive passes the standard input on" {
	rkt_command
	run bash -c "(sleep 2; echo typed; sleep 1) | script -qec '${RKT_COMMAND[*]} run --net=none --interactive $BUSYBOX --exec=/bin/sh -- -c \"read x; echo got-\\\$x\"' /dev/null"
	expect_match "$output" 'got-typed'
}

@test "interactive is for one app" {
	run --separate-stderr rkt run --net=none --interactive "$BUSYBOX" --name=a "$BUSYBOX" --name=b
	expect_status 254
	expect_match "$stderr" 'interactive option only supports one image'
}

@test "without interactive the standard input is /dev/null" {
	echo text >"$BATS_TEST_TMPDIR/input"
	pod "$BUSYBOX" --exec=/bin/sh -- -c 'readlink /proc/self/fd/0; cat' <"$BATS_TEST_TMPDIR/input"
	expect_equal "$output" /dev/null
}

# --- what the command line refuses, and other ends ------------------------------------------------------

@test "run without an image is refused" {
	run --separate-stderr rkt run
	expect_status 254
	expect_equal "$stderr" 'run: must provide at least one image or specify the pod manifest'
}

@test "run of a file that does not exist says so" {
	run --separate-stderr rkt --insecure-options=image run --net=none /nonexistent.aci
	expect_status 254
	expect_equal "$stderr" 'run: open /nonexistent.aci: no such file or directory'
}

@test "run without root says that it needs root" {
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$RKT" run "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'run: cannot run as unprivileged user'
}

@test "an app flag before any image is refused" {
	run --separate-stderr rkt run --net=none --exec=/bin/true "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'must follow an image'
}

@test "uuid-file-save holds the UUID and nothing else" {
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX"
	expect_status 0
	expect_match "$(<"$BATS_TEST_TMPDIR/uuid")" "$UUID_PATTERN"
	expect_equal "$(wc -c <"$BATS_TEST_TMPDIR/uuid")" 36
}

@test "uuid-file-save follows a link" {
	ln -s uuid "$BATS_TEST_TMPDIR/link"
	pod --uuid-file-save="$BATS_TEST_TMPDIR/link" "$BUSYBOX"
	expect_status 0
	expect_equal "$(readlink "$BATS_TEST_TMPDIR/link")" uuid
	expect_match "$(<"$BATS_TEST_TMPDIR/uuid")" "$UUID_PATTERN"
}

@test "uuid-file-save is written before the pod is prepared" {
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	# As long as nobody reads the pipe, rkt waits in writing to it.
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	rkt run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/pipe" "$BUSYBOX" &
	wait_until compgen -G "$RKT_DATA/pods/prepare/*" >/dev/null
	sleep 0.2
	preparing=$(ls "$RKT_DATA/pods/prepare")
	content=$(ls "$RKT_DATA/pods/prepare/$preparing")
	uuid=$(<"$BATS_TEST_TMPDIR/pipe")
	expect_equal "$content" ""
	expect_equal "$uuid" "$preparing"
	wait $!
	expect_equal "$(pod_state "$uuid")" exited
}

@test "dry-run prints the plan and starts nothing" {
	before=$(ls "$RKT_DATA/pods/run" 2>/dev/null | wc -l)
	pod --dry-run "$BUSYBOX" --exec=/bin/sh -- -c 'echo ran'
	expect_status 0
	expect_match "$output" 'overlay'
	expect_match "$output" 'exec'
	expect_match "$output" '/bin/sh'
	expect_equal "$(ls "$RKT_DATA/pods/run" 2>/dev/null | wc -l)" "$before"
}

@test "nothing but apps' output is on stdout" {
	run --separate-stderr rkt run --net=none "$BUSYBOX"
	expect_status 0
	expect_equal "$output" ""
}

@test "many pods at once all run" {
	for i in 1 2 3 4 5 6 7 8; do
		rkt run --net=none "$BUSYBOX" --exec=/bin/echo -- "pod-$i" >"$BATS_TEST_TMPDIR/out-$i" 2>&1 &
	done
	wait
	for i in 1 2 3 4 5 6 7 8; do
		expect_match "$(<"$BATS_TEST_TMPDIR/out-$i")" "pod-$i"
	done
}

@test "an app whose output nobody reads any more is told by a broken pipe" {
	run bash -c '"$@" run --net=none '"$BUSYBOX"' --exec=/bin/yes 2>/dev/null | head -n 3; echo "${PIPESTATUS[0]}"' bash \
		timeout "$TIMEOUT" "$RKT" "--dir=$RKT_DATA"
	expect_equal "${#lines[@]}" 4
	expect_match "${lines[2]}" 'busybox\[[0-9]+\]: y$'
	expect_equal "${lines[3]}" 13
}

@test "a pod whose output nobody reads can be stopped, and its end waits for a reader only until it is told not to" {
	local flag monitor first
	mkfifo "$BATS_TEST_TMPDIR/unread"
	exec 7<>"$BATS_TEST_TMPDIR/unread"
	rkt_command
	for flag in '' --interactive; do
		# A terminal is its stdin.
		script -qec "exec env --default-signal ${RKT_COMMAND[*]} run --uuid-file-save=$BATS_TEST_TMPDIR/uuid --net=none $flag $BUSYBOX --exec=/bin/yes >$BATS_TEST_TMPDIR/unread" /dev/null >/dev/null 2>&1 3>&- 7>&- </dev/null &
		wait_until test -s "$BATS_TEST_TMPDIR/uuid"
		POD=$(<"$BATS_TEST_TMPDIR/uuid")
		rkt status --wait-ready=10s "$POD" >/dev/null
		monitor=$(rkt status "$POD" | sed -n 's/^pid=//p')
		first=$(tr -d ' ' <"/proc/$monitor/task/$monitor/children")
		sleep 1
		rkt stop "$POD"
		wait_until test ! -e "/proc/$first"
		pod_has_state "$POD" running
		rkt stop "$POD"
		rkt status --wait=10s "$POD" >/dev/null
		rm "$BATS_TEST_TMPDIR/uuid"
	done
}

@test "a pod that cannot be prepared leaves nothing behind" {
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	pod "$BUSYBOX" --user=nobody-of-this-name
	expect_status 254
	expect_equal "$(find "$RKT_DATA/pods" -mindepth 2)" ''
}

@test "links of the image that lead nowhere do not keep a pod from starting" {
	mkdir "$BATS_TEST_TMPDIR/tree"
	tar -C "$BATS_TEST_TMPDIR/tree" -xf "$FIXTURES/busybox.aci"
	rm -rf "$BATS_TEST_TMPDIR"/tree/rootfs/{proc,etc/hostname,etc/hosts}
	ln -s /nowhere/proc "$BATS_TEST_TMPDIR/tree/rootfs/proc"
	ln -s /run/hostname "$BATS_TEST_TMPDIR/tree/rootfs/etc/hostname"
	tar -C "$BATS_TEST_TMPDIR/tree" -cf "$BATS_TEST_TMPDIR/links.aci" manifest rootfs
	run --separate-stderr rkt --insecure-options=image run --net=none "$BATS_TEST_TMPDIR/links.aci" --exec=/bin/sh -- \
		-c 'cat /etc/hostname; ls -d /proc/1'
	plain_output
	expect_status 0
	expect_match "${lines[0]}" '^rkt-'
	expect_equal "${lines[1]}" /proc/1
}

@test "with net=host an image without resolv.conf gets the host's" {
	run --separate-stderr rkt run --net=host "$BUSYBOX" --exec=/bin/cat -- /etc/resolv.conf
	plain_output
	expect_status 0
	expect_equal "$output" "$(cat /etc/resolv.conf)"
}

@test "a full disk behind stdout, or no stdout, does not end the apps" {
	rkt_command
	for to in '>/dev/full' '>&-'; do
		run --separate-stderr bash -c '"$@" '"$to" bash "${RKT_COMMAND[@]}" run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/uuid" \
			"$BUSYBOX" --exec=/bin/sh -- -c 'echo a; sleep 0.3; echo b; exit 7'
		expect_status 7
	done
	run rkt logs "$(cat "$BATS_TEST_TMPDIR/uuid")"
	expect_match "$output" b
}
