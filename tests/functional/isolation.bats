#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What of the host and of others an app in a pod can see, and what it cannot.

load lib.bash

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# --- namespaces ----------------------------------------------------------------------------------

@test "mount, pid, ipc, uts and net namespaces are the pod's own" {
	pod_sh 'for n in mnt pid ipc uts net; do readlink /proc/self/ns/$n; done'
	expect_status 0
	expect_equal "${#lines[@]}" 5
	for line in "${lines[@]}"; do
		refute_match "$(readlink /proc/self/ns/{mnt,pid,ipc,uts,net})" "${line//[/\\[}"
	done
}

@test "the cgroup namespace is the pod's own on cgroup v2 and the caller's on v1" {
	pod_sh 'readlink /proc/self/ns/cgroup'
	expect_status 0
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		[ "$output" != "$(readlink /proc/self/ns/cgroup)" ]
	else
		expect_equal "$output" "$(readlink /proc/self/ns/cgroup)"
	fi
}

@test "an app sees the processes of its pod only" {
	pod_sh 'ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm; [ $$ != 1 ] && echo not-first'
	expect_status 0
	[ "${lines[0]}" -le 5 ]
	expect_equal "${lines[2]}" not-first
}

@test "net=none has loopback only, and it is up" {
	pod_sh 'ls /sys/class/net; cat /sys/class/net/lo/flags; ping -c 1 -w 5 127.0.0.1 >/dev/null && echo pong'
	expect_status 0
	expect_equal "${lines[0]}" lo
	expect_equal $((lines[1] & 1)) 1
	expect_equal "${lines[2]}" pong
}

@test "net=none is announced on stderr" {
	pod "$BUSYBOX"
	expect_match "$stderr" 'networking: networking namespace with loopback only'
}

@test "net=host shares the caller's network namespace" {
	run --separate-stderr rkt run --net=host "$BUSYBOX" --exec=/bin/readlink -- /proc/self/ns/net
	plain_output
	expect_status 0
	expect_equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "ipc=parent shares the caller's ipc namespace" {
	pod --ipc=parent "$BUSYBOX" --exec=/bin/readlink -- /proc/self/ns/ipc
	expect_status 0
	expect_equal "$output" "$(readlink /proc/self/ns/ipc)"
}

@test "ipc with another word is refused" {
	run --separate-stderr rkt run --net=none --ipc=shared "$BUSYBOX"
	expect_status 254
}

# --- root filesystem -----------------------------------------------------------------------------

@test "the root is the image's, writable, and the store keeps its copy" {
	pod_sh 'echo changed >/var/data/file; rm /etc/group; cat /var/data/file; ls /etc/group 2>&1'
	expect_match "$output" '^changed'
	pod_sh 'cat /var/data/file; wc -l </etc/group'
	expect_status 0
	expect_equal "${lines[0]}" seeded
	expect_equal "${lines[1]}" 3
}

@test "readonly-rootfs makes the root read-only" {
	pod "$BUSYBOX" --readonly-rootfs=true --exec=/bin/sh -- -c 'touch /x 2>&1; touch /etc/y 2>&1; true'
	expect_match "${lines[0]}" 'Read-only file system'
	expect_match "${lines[1]}" 'Read-only file system'
}

@test "proc, sys, shm, pts and mqueue are mounted as they should be" {
	pod_sh 'while read -r _ _ _ _ at options _; do echo "$at $options"; done </proc/self/mountinfo'
	expect_status 0
	expect_match "$output" '/proc rw,nosuid,nodev,noexec'
	expect_match "$output" '/sys ro,nosuid,nodev,noexec'
	expect_match "$output" '/dev/shm rw,nosuid,nodev'
	expect_match "$output" '/dev/pts rw,nosuid,noexec'
}

@test "the devices every app may rely on are there and work" {
	pod_sh 'for d in null zero full random urandom tty; do [ -c /dev/$d ] && echo $d; done
		head -c 4 /dev/zero | wc -c; echo x >/dev/null; echo y 2>&1 >/dev/full; readlink /dev/ptmx
		[ -d /dev/shm ] && [ -d /dev/pts ] && echo dirs; for n in fd stdin stdout stderr; do [ -e /dev/$n ] || echo no $n; done'
	expect_match "$output" $'null\nzero\nfull\nrandom\nurandom\ntty\n4'
	expect_match "$output" 'No space left on device'
	expect_match "$output" 'dirs'
}

@test "tmp is there with the sticky bit" {
	pod_sh 'stat -c %a /tmp; touch /tmp/x && echo ok'
	expect_status 0
	expect_equal "${lines[0]}" 1777
	expect_equal "${lines[1]}" ok
}

@test "no mount of the host can be seen" {
	pod_sh 'cat /proc/self/mountinfo'
	expect_status 0
	refute_match "$output" "$ROOT/build "
	refute_match "$output" ' /old'
	pod_sh 'cd /proc/1/root 2>/dev/null && ls'
	refute_match "$output" 'lost\+found'
}

@test "kernel paths that could harm the host are read-only or hidden" {
	pod_sh 'for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/panic_on_oom; do
			[ ! -e $f ] || (echo x >$f) 2>&1 | grep -q "Read-only file system" || echo "can write $f"; done
		for d in /sys/firmware /sys/fs /sys/hypervisor /sys/module /sys/power; do
			[ ! -e $d ] || [ -z "$(ls $d 2>/dev/null)" ] || echo "can see $d"; done
		for f in /proc/kcore /proc/kallsyms /proc/config.gz /proc/sched_debug; do
			[ ! -e $f ] || [ "$(head -c 16 $f 2>/dev/null | wc -c)" = 0 ] || echo "can read $f"; done
		touch /sys/kernel/x 2>&1 | grep -o "Read-only file system"'
	expect_equal "$output" 'Read-only file system'
}

@test "what hides a kernel path cannot be changed: it is a device of the host" {
	pod_sh 'chmod 0666 /proc/keys; chown 0:0 /proc/keys; touch /proc/keys'
	expect_equal "$(grep -c 'Read-only file system' <<<"$stderr$output")" 3
}

@test "a working directory that is a descriptor of PID 1 is refused" {
	# Some of them are directories of the host.
	for fd in {3..15}; do
		make_aci "$BATS_TEST_TMPDIR/escape.aci" ".name = \"example.com/escape\" | .app.workingDirectory = \"/proc/1/fd/$fd\""
		pod --insecure-options=image "$BATS_TEST_TMPDIR/escape.aci" --exec=/bin/pwd
		expect_status 200
	done
}

@test "a working directory that is a link to one of PID 1 is refused" {
	cp -a "$FIXTURES/rootfs" "$BATS_TEST_TMPDIR/link"
	ln -s /proc/1/cwd "$BATS_TEST_TMPDIR/link/away"
	make_aci "$BATS_TEST_TMPDIR/link.aci" '.name = "example.com/link" | .app.workingDirectory = "/away"' "$BATS_TEST_TMPDIR/link"
	pod --insecure-options=image "$BATS_TEST_TMPDIR/link.aci" --exec=/bin/pwd
	expect_status 200
}

@test "a program cannot be a file that PID 1 holds, not in run and not in enter" {
	cp -a "$FIXTURES/rootfs" "$BATS_TEST_TMPDIR/link"
	ln -s /proc/1/exe "$BATS_TEST_TMPDIR/link/bin/away"
	make_aci "$BATS_TEST_TMPDIR/link.aci" '.name = "example.com/link"' "$BATS_TEST_TMPDIR/link"
	pod --insecure-options=image "$BATS_TEST_TMPDIR/link.aci" --exec=/bin/away
	expect_status 203
	start_pod example.com/link --exec=/bin/sleep -- 1000
	run --separate-stderr rkt enter "$POD" /bin/away
	expect_status 126
	kill "$POD_PID"
	wait_for_pod_end
}

@test "insecure paths lifts the protection of kernel paths" {
	run --separate-stderr rkt --insecure-options=paths run --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'ls /sys/module | wc -l'
	plain_output
	expect_status 0
	[ "$output" -gt 1 ]
}

@test "a device outside the allowed ones cannot be opened" {
	pod_sh 'mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem 2>&1'
	expect_match "$output" 'Operation not permitted'
}
