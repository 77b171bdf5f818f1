#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a pod on disk, as list, status, stop, rm, gc and enter show and change it.

load lib.bash

setup_file() {
	common_setup_file
}

# Every test has the pods to itself, and all share the images.
setup() {
	rm -rf "$RKT_DATA/pods"
}

teardown() {
	common_teardown
}

ABSENT=00000000-0000-4000-8000-000000000000
TIME='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})? \+0000 UTC'

prepare_exit_7() {
	prepare_pod "$BUSYBOX" --exec=/bin/sh -- -c 'echo out; echo err >&2; exit 7'
}

export TZ=UTC

@test "prepare prints the UUID and nothing else" {
	run --separate-stderr rkt prepare "$BUSYBOX"
	expect_status 0
	expect_match "$output" "$UUID_PATTERN"
	[ -d "$RKT_DATA/pods/prepared/$output" ]
}

@test "a prepared pod in status and list" {
	prepare_exit_7
	run --separate-stderr rkt status "$POD"
	expect_status 0
	expect_equal "${#lines[@]}" 2
	expect_equal "${lines[0]}" state=prepared
	expect_match "${lines[1]}" "^created=$TIME\$"
	run --separate-stderr rkt list
	expect_match "${lines[0]}" $'^UUID\t\tAPP\tIMAGE NAME\t\tSTATE\t\tCREATED\t+STARTED\tNETWORKS$'
	expect_match "${lines[1]}" "^${POD:0:8}"$'\tbusybox\texample.com/busybox:1.0\tprepared\t'
}

@test "list --full has the image ID and full times" {
	prepare_exit_7
	run --separate-stderr rkt list --full --no-legend
	expect_match "$output" "^$POD"$'\tbusybox\texample.com/busybox:1.0\tsha512-[0-9a-f]{12}\tprepared\t'"$TIME"
}

@test "list and status as JSON" {
	prepare_exit_7
	run --separate-stderr rkt status --format=json "$POD"
	expect_equal "$(jq -r '.name, .state, .app_names[0], .apps[0].name, .apps[0].state' <<<"$output" | paste -sd' ')" \
		"$POD prepared busybox busybox created"
	expect_equal "$(jq '(.apps[0].created_at / 1000000000 | floor) == .created_at' <<<"$output")" true
	expect_match "$(jq -r '.apps[0].image_id' <<<"$output")" '^sha512-[0-9a-f]{64}$'
	one=$output
	run --separate-stderr rkt list --format=json
	expect_equal "$output" "[$one]"
	run --separate-stderr rkt list --format=json-pretty
	expect_equal "${lines[0]}" '['
	expect_equal "${lines[2]}" $'\t\t"name": "'"$POD"'",'
}

@test "an empty list is null in JSON and a legend in text" {
	expect_equal "$(rkt list --format=json)" null
	expect_equal "$(rkt list)" $'UUID\tAPP\tIMAGE NAME\tSTATE\tCREATED\tSTARTED\tNETWORKS'
	expect_equal "$(rkt list --no-legend)" ""
}

@test "cat-manifest shows the generated manifest" {
	prepare_exit_7
	run --separate-stderr rkt cat-manifest "$POD"
	expect_status 0
	expect_equal "$(jq -c '.apps[0].app' <<<"$output")" \
		'{"exec":["/bin/sh","-c","echo out; echo err >&2; exit 7"],"user":"0","group":"0"}'
	expect_equal "$(jq -c '[.acKind, .volumes, .isolators, .annotations, .ports]' <<<"$output")" \
		'["PodManifest",null,null,[{"name":"coreos.com/rkt/stage1/mutable","value":"false"}],[]]'
	expect_match "$output" 'echo out; echo err \\u003e\\u00262; exit 7'
	expect_equal "$(rkt cat-manifest --pretty-print=false "$POD" | wc -l)" 1
}

@test "run-prepared waits while layers are being collected" {
	prepare_pod "$BUSYBOX"
	rkt_command
	exec 9>"$RKT_DATA/locks/prepareLock"
	flock 9
	"${RKT_COMMAND[@]}" run-prepared --net=none "$POD" 3>&- 9>&- &
	wait_until grep -q -- "-> FLOCK .* $! " /proc/locks
	pod_has_state "$POD" prepared
	flock -u 9
	wait $!
	pod_has_state "$POD" exited
}

@test "run-prepared runs it once, and its status stays" {
	prepare_exit_7
	run --separate-stderr rkt run-prepared --net=none "$POD"
	plain_output
	expect_status 7
	expect_match "$output$stderr" out
	run --separate-stderr rkt status "$POD"
	expect_equal "${lines[0]}" state=exited
	expect_match "${lines[1]}" "^created=$TIME\$"
	expect_match "${lines[2]}" "^started=$TIME\$"
	expect_equal "${lines[3]}" networks=
	expect_match "${lines[4]}" '^pid=[0-9]+$'
	expect_equal "${lines[5]}" exited=true
	expect_equal "${lines[6]}" app-busybox=7
	run --separate-stderr rkt run-prepared --net=none "$POD"
	expect_status 254
	expect_match "$stderr" "pod \"$POD\" is not prepared"
}

@test "a running pod in status, and its first process" {
	start_sleeper
	run --separate-stderr rkt status "$POD"
	expect_equal "${lines[0]}" state=running
	expect_match "$output" $'\npid=[0-9]+\nexited=false'
	pid=$(sed -n 's/^pid=//p' <<<"$output")
	# It is the supervisor, which is what was started; its only child is the pod's first process.
	expect_equal "$pid" "$POD_PID"
	first=$(pgrep -P "$pid")
	expect_equal "$(awk '/^NSpid/ { print $3 }' "/proc/$first/status")" 1
	expect_equal "$(rkt status --format=json "$POD" | jq -r '.apps[0].state')" running
}

@test "the pod directory is locked exactly as long as the pod runs" {
	start_sleeper
	dir=$RKT_DATA/pods/run/$POD
	run flock -n -s "$dir" true
	expect_status 1
	rkt stop "$POD"
	wait_for_pod_end
	flock -n -x "$dir" true
}

@test "the pod directory has what outside readers look for" {
	start_sleeper
	dir=$RKT_DATA/pods/run/$POD
	for file in pod pod-created appsinfo/busybox/manifest; do
		[ -e "$dir/$file" ] || { echo "no $file"; ls -R "$dir"; return 1; }
	done
	[ -s "$dir/pid" ] || [ -s "$dir/ppid" ]
	expect_equal "$(stat -c %a "$dir/pod")" 640
	expect_equal "$(stat -c %a "$dir")" 750
}

@test "stop ends the pod and prints the UUID in quotes" {
	start_sleeper
	run --separate-stderr rkt stop "$POD"
	expect_status 0
	expect_equal "$output" "\"$POD\""
	wait_until pod_has_state "$POD" exited
	run --separate-stderr rkt stop "$POD"
	expect_status 0
	expect_equal "$output" "pod \"$POD\" is already stopped"
}

@test "stop --force does not wait for an app that ignores SIGTERM" {
	start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'trap "" TERM; while :; do sleep 1; done'
	run --separate-stderr rkt stop --force "$POD"
	expect_status 0
	wait_until pod_has_state "$POD" exited
}

@test "stop of a prepared pod is refused and counted" {
	prepare_pod "$BUSYBOX"
	run --separate-stderr rkt stop "$POD"
	expect_status 254
	expect_match "$stderr" "pod \"$POD\" is not running"
	expect_match "$stderr" 'failed to stop 1 pod\(s\)'
}

@test "status --wait returns when the pod has ended" {
	start_pod "$BUSYBOX" --exec=/bin/sleep -- 1
	run --separate-stderr rkt status --wait "$POD"
	expect_status 0
	expect_match "$output" 'state=exited'
	expect_match "$output" 'app-busybox=0'
}

@test "status --wait with a time limit gives up" {
	start_sleeper
	run --separate-stderr rkt status "$POD" --wait 300ms
	expect_status 254
	expect_equal "${stderr_lines[0]}" 'status: --wait takes a value only behind "=": say --wait=300ms'
	run --separate-stderr rkt status --wait=300ms "$POD"
	expect_status 254
	expect_equal "$stderr" 'status: error waiting for pod to finish: context deadline exceeded
status: hint: the pod is still running'
	# Others may look at the pod where the directory lets them, and not stop it.
	dir=$RKT_DATA
	while [ "$dir" != / ]; do
		chmod a+rx "$dir"
		dir=$(dirname "$dir")
	done
	chmod -R a+rX "$RKT_DATA/pods"
	run --separate-stderr setpriv --reuid=65534 --clear-groups "$RKT" --dir="$RKT_DATA" stop "$POD"
	expect_status 254
	expect_equal "${stderr_lines[0]}" "stop: pod \"$POD\" runs as root: only root can stop it"
}

@test "gc makes room on a disk that the first pod has filled" {
	new_data_dir "$BATS_TEST_TMPDIR/full"
	mount -t tmpfs -o nr_inodes=1000 tmpfs "$RKT_DATA"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	rkt run --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'i=0; while mkdir /d$i 2>/dev/null; do i=$((i + 1)); done'
	# What the end of the pod has given back.
	for i in {1..1000}; do mkdir "$RKT_DATA/$i" 2>/dev/null || break; done
	rkt gc --grace-period=0 >/dev/null
	expect_equal "$(rkt list --no-legend)" ''
	mkdir "$RKT_DATA/room"
	umount "$RKT_DATA"
}

@test "enter runs a command in the pod and passes its status on" {
	start_sleeper
	run --separate-stderr rkt enter "$POD" /bin/sh -c 'ls /proc/1/root >/dev/null; id -u; hostname; exit 9'
	expect_status 9
	expect_equal "${lines[0]}" 0
	expect_equal "${lines[1]}" "rkt-$POD"
}

@test "enter without a command hints at the shell when there is no bash" {
	start_sleeper
	run -127 --separate-stderr rkt enter "$POD"
	expect_status 127
	expect_equal "$stderr" 'enter: no command specified, assuming "/bin/bash"
enter: cannot run /bin/bash: no such file or directory
enter: hint: another shell can be named: rkt enter UUID /bin/sh'
}

@test "enter sees the app's root, environment and namespaces" {
	start_sleeper
	app=$(rkt enter "$POD" /bin/sh -c 'for p in /proc/[0-9]*; do grep -q sleep $p/comm && echo ${p#/proc/}; done' | head -n 1)
	expect_match "$app" '^[0-9]+$'
	expect_equal "$(rkt enter "$POD" /bin/readlink /proc/self/ns/mnt)" "$(rkt enter "$POD" /bin/readlink "/proc/$app/ns/mnt")"
	expect_match "$(rkt enter "$POD" /bin/env)" 'AC_APP_NAME=busybox'
	expect_equal "$(rkt enter "$POD" /bin/cat /var/data/file)" seeded
}

@test "what is entered has the rights of the app and no more, the caller's TERM, and begins in /" {
	local rights="grep -E '^(CapBnd|CapPrm|CapEff|Seccomp|NoNewPrivs|Groups):' /proc/self/status; cat /proc/self/cgroup"
	start_pod "$BUSYBOX" --caps-retain=CAP_CHOWN,CAP_KILL --seccomp=mode=retain,@rkt/default-whitelist --working-dir=/tmp --exec=/bin/sh -- \
		-c "exec >/tmp/rights; $rights; sleep 1000"
	wait_until rkt enter "$POD" /bin/grep -q : /tmp/rights
	expect_equal "$(rkt enter "$POD" /bin/sh -c "$rights" | grep -v '^Groups')" "$(rkt enter "$POD" /bin/grep -v '^Groups' /tmp/rights)"
	expect_match "$(rkt enter "$POD" /bin/cat /tmp/rights)" $'CapBnd:\t0*21\n'
	expect_match "$(rkt enter "$POD" /bin/cat /tmp/rights)" $'Seccomp:\t2'
	expect_equal "$(TERM=vt52 rkt enter "$POD" /bin/sh -c 'echo $TERM; pwd')" $'vt52\n/'
	# What is behind the UUID is the command's, and how that ends is told.
	expect_equal "$(rkt enter "$POD" /bin/echo --app=none -h)" '--app=none -h'
	run rkt enter "$POD" /bin/sh -c 'kill -KILL $$'
	expect_status 137
	run rkt enter "$POD" /bin/no-such
	expect_status 127
	run --separate-stderr rkt enter --app=none "$POD" /bin/id
	expect_status 254
	expect_match "$stderr" 'no app "none" in the pod'
}

@test "enter needs to be told which of several apps" {
	start_pod "$BUSYBOX" --name=one --exec=/bin/sleep -- 1000 --- "$BUSYBOX" --name=two --exec=/bin/sleep -- 1000
	run --separate-stderr rkt enter "$POD" /bin/id
	expect_status 254
	expect_equal "$stderr" $'enter: pod contains multiple apps:\nenter: \tone\nenter: \ttwo\nenter: unable to determine app name: specify app using "rkt enter --app= ..."'
	expect_match "$(rkt enter --app=two "$POD" /bin/env)" 'AC_APP_NAME=two'
}

@test "enter lets no program type into the caller's terminal" {
	cp -a "$FIXTURES/rootfs" "$BATS_TEST_TMPDIR/typist"
	cat >"$BATS_TEST_TMPDIR/type.c" <<-'C'
		#include <errno.h>
		#include <stdio.h>
		#include <string.h>
		#include <sys/ioctl.h>
		int main(void)
		{
			printf("TIOCSTI: %s\n", ioctl(0, TIOCSTI, "x") == 0 ? "typed" : strerror(errno));
			return 0;
		}
	C
	cc -static -o "$BATS_TEST_TMPDIR/typist/type" "$BATS_TEST_TMPDIR/type.c"
	make_aci "$BATS_TEST_TMPDIR/typist.aci" '.name = "example.com/typist"' "$BATS_TEST_TMPDIR/typist"
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/typist.aci" >/dev/null
	start_pod example.com/typist --exec=/bin/sleep -- 1000
	rkt_command
	run python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "${RKT_COMMAND[@]}" enter "$POD" /type
	expect_match "$output" 'TIOCSTI: Operation not permitted'
	kill "$POD_PID"
	wait_for_pod_end
}

@test "enter of a pod that does not run is refused" {
	prepare_pod "$BUSYBOX"
	run --separate-stderr rkt enter "$POD" /bin/id
	expect_status 254
	expect_match "$stderr" "pod \"$POD\" isn't currently running"
}

@test "rm of an exited pod removes its directory" {
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX"
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
	run --separate-stderr rkt rm "$POD"
	expect_status 0
	expect_equal "$output" "\"$POD\""
	expect_equal "$(find "$RKT_DATA/pods" -name "$POD")" ""
}

@test "rm of a prepared pod says what it does" {
	prepare_pod "$BUSYBOX"
	run --separate-stderr rkt rm "$POD"
	expect_status 0
	expect_match "$stderr" "moving expired prepared pod \"$POD\" to garbage"
	expect_equal "$(find "$RKT_DATA/pods" -name "$POD")" ""
}

@test "rm of a running pod is refused, and the others are still removed" {
	prepare_pod "$BUSYBOX"
	prepared=$POD
	start_sleeper
	run --separate-stderr rkt rm "$POD" "$prepared"
	expect_status 254
	expect_match "$stderr" "pod \"$POD\" is currently running"
	expect_equal "${stderr_lines[1]}" "rm: hint: \"rkt stop $POD\" stops it first"
	expect_match "$stderr" 'failed to remove one or more pods'
	expect_equal "$(find "$RKT_DATA/pods" -name "$prepared")" ""
	expect_equal "$(pod_state "$POD")" running
}

@test "rm by uuid-file" {
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX"
	run --separate-stderr rkt rm --uuid-file="$BATS_TEST_TMPDIR/uuid"
	expect_status 0
}

@test "gc marks first, and removes when the grace period is over" {
	prepare_exit_7
	run rkt run-prepared --net=none "$POD"
	run --separate-stderr rkt gc
	expect_status 0
	expect_match "$stderr" "gc: moving pod \"$POD\" to garbage"
	expect_match "$stderr" "gc: pod \"$POD\" not removed: still within grace period \(30m0s\)"
	[ -d "$RKT_DATA/pods/exited-garbage/$POD" ]
	expect_match "$(rkt status "$POD")" 'state=exited garbage'
	run --separate-stderr rkt gc --grace-period=0s
	expect_status 0
	expect_equal "$output" "Garbage collecting pod \"$POD\""
	expect_equal "$(find "$RKT_DATA/pods" -name "$POD")" ""
}

@test "gc --mark-only deletes nothing" {
	prepare_exit_7
	run rkt run-prepared --net=none "$POD"
	run --separate-stderr rkt gc --mark-only --grace-period=0s
	expect_status 0
	[ -d "$RKT_DATA/pods/exited-garbage/$POD" ]
}

@test "gc --expire-prepared" {
	prepare_pod "$BUSYBOX"
	run --separate-stderr rkt gc
	[ -d "$RKT_DATA/pods/prepared/$POD" ]
	run --separate-stderr rkt gc --expire-prepared=0s
	expect_match "$stderr" "moving expired prepared pod \"$POD\" to garbage"
	expect_equal "$(find "$RKT_DATA/pods" -name "$POD")" ""
}

@test "gc leaves a running pod alone" {
	start_sleeper
	run --separate-stderr rkt gc --grace-period=0s --expire-prepared=0s
	expect_status 0
	expect_equal "$(pod_state "$POD")" running
	expect_equal "$(rkt enter "$POD" /bin/echo alive)" alive
}

@test "a prepare that was killed is an aborted one, and gc removes it" {
	rkt_command
	mkdir -p "$RKT_DATA/pods/prepare/$ABSENT"
	expect_match "$(rkt status "$ABSENT")" 'state=aborted prepare'
	run --separate-stderr rkt gc
	expect_match "$stderr" "moving failed prepare \"$ABSENT\" to garbage"
	expect_equal "$(find "$RKT_DATA/pods" -name "$ABSENT")" ""
}

@test "a UUID may be shortened as long as it is unique" {
	prepare_pod "$BUSYBOX"
	first=$POD
	expect_match "$(rkt status "${first:0:6}")" state=prepared
	expect_match "$(rkt status "${first^^}")" state=prepared
	prepare_pod "$BUSYBOX"
	mv "$RKT_DATA/pods/prepared/$POD" "$RKT_DATA/pods/prepared/${first:0:30}ffffff"
	run --separate-stderr rkt status "${first:0:6}"
	expect_status 254
	expect_match "$stderr" 'ambiguous uuid, 2 matches'
}

@test "a UUID that is nowhere" {
	for verb in status cat-manifest enter stop rm run-prepared; do
		run --separate-stderr rkt "$verb" "$ABSENT"
		expect_status 254
		expect_match "$stderr" "no matches found for \"$ABSENT\""
	done
	run --separate-stderr rkt status zz
	expect_equal "$stderr" 'status: problem retrieving pod: no matches found for "zz"'
}

@test "list shows every app of a pod, and pods while others come and go" {
	start_pod "$BUSYBOX" --name=one --exec=/bin/sleep -- 1000 --- "$BUSYBOX" --name=two --exec=/bin/sleep -- 1000
	run --separate-stderr rkt list --no-legend
	expect_match "${lines[0]}" "^${POD:0:8}"$'\tone\t'
	expect_match "${lines[1]}" $'^\t+two\texample.com/busybox:1.0'
}

@test "nothing of a pod is left in the cgroups after its end" {
	start_sleeper
	rkt stop "$POD"
	wait_for_pod_end
	cgroups_are_gone() { [ -z "$(find /sys/fs/cgroup -type d -name "*${POD//-/*}*" 2>/dev/null)" ]; }
	wait_until cgroups_are_gone
}
