#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Capabilities, system calls and privileges of an app.

load lib.bash

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

@test "the default capability set" {
	pod_sh 'grep ^Cap /proc/self/status | tr -d "\t"'
	expect_status 0
	expect_match "$output" 'CapPrm:00000000a80425fb'
	expect_match "$output" 'CapEff:00000000a80425fb'
	expect_match "$output" 'CapBnd:00000000a80425fb'
	expect_match "$output" 'CapAmb:0000000000000000'
}

@test "caps-retain leaves exactly the named capabilities" {
	pod "$BUSYBOX" --caps-retain=CAP_KILL,CAP_NET_ADMIN --exec=/bin/grep -- CapBnd /proc/self/status
	expect_status 0
	expect_match "$output" '0000000000001020'
}

@test "caps-remove takes from the default set" {
	pod "$BUSYBOX" --caps-remove=CAP_MKNOD --exec=/bin/sh -- -c 'grep CapBnd /proc/self/status; mknod /tmp/x c 1 3 2>&1'
	expect_match "$output" '00000000a00425fb'
	expect_match "$output" 'Operation not permitted'
}

@test "caps-retain and caps-remove on one image are refused" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --caps-remove=CAP_MKNOD --caps-retain=CAP_KILL
	expect_status 254
}

@test "insecure capabilities leaves the caller's set" {
	run --separate-stderr rkt --insecure-options=capabilities run --net=none "$BUSYBOX" --exec=/bin/grep -- CapBnd /proc/self/status
	plain_output
	expect_status 0
	expect_match "$output" "$(awk '/CapBnd/ { print $2 }' /proc/self/status)"
}

@test "an app that is not root has no effective capabilities" {
	pod "$BUSYBOX" --user=33 --group=44 --exec=/bin/grep -- -E 'CapEff|CapPrm|CapBnd' /proc/self/status
	expect_match "$output" $'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb'
}

@test "the default seccomp filter kills what it does not list" {
	pod_sh 'grep ^Seccomp: /proc/self/status; unshare -m true; echo "unshare: $?"'
	expect_match "${lines[0]}" '2$'
	expect_match "$output" 'unshare: 159'
}

@test "seccomp remove with errno answers with it" {
	pod "$BUSYBOX" --seccomp=mode=remove,errno=ENOSYS,mkdir,mkdirat --exec=/bin/sh -- -c 'mkdir /x 2>&1; echo ok >/y && cat /y'
	expect_match "${lines[0]}" 'Function not implemented'
	expect_equal "${lines[1]}" ok
}

@test "seccomp warns of a name that is no system call" {
	pod_sh 'echo on' --seccomp=mode=remove,errno=ENOSYS,no_such_call,chown,@docker/default-blacklist
	expect_status 0
	expect_equal "$output" on
	expect_equal "$(grep seccomp <<<"$stderr")" 'seccomp: warning: unknown system call "no_such_call" is passed over'
}

@test "seccomp retain allows the named calls only" {
	pod "$BUSYBOX" --seccomp=mode=retain,@rkt/default-whitelist,unshare --caps-retain=CAP_SYS_ADMIN \
		--exec=/bin/unshare -- -u /bin/echo fine
	expect_status 0
	expect_equal "$output" fine
}

@test "insecure seccomp sets no filter" {
	run --separate-stderr rkt --insecure-options=seccomp run --net=none "$BUSYBOX" --exec=/bin/grep -- ^Seccomp: /proc/self/status
	plain_output
	expect_match "$output" '0$'
}

@test "a filter and a user other than root force no-new-privs" {
	pod "$BUSYBOX" --user=33 --exec=/bin/grep -- NoNewPrivs /proc/self/status
	expect_match "$output" '1$'
	pod "$BUSYBOX" --exec=/bin/grep -- NoNewPrivs /proc/self/status
	expect_match "$output" '0$'
}
