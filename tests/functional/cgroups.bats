# SPDX-License-Identifier: Apache-2.0
# Pods on the three ways in which a host can arrange its control groups. Each test makes one of them out of the
# hierarchies there are, in mounts of its own.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# with_mounts v1|hybrid|v2 COMMAND...: runs a command where /sys/fs/cgroup looks like such a host's.
with_mounts() {
	"$BATS_TEST_DIRNAME/on-cgroups" "$@"
}

# What a host cannot be made to look like is no failure of ours.
need_mode() {
	with_mounts "$1" true 2>/dev/null || skip "this host's control groups cannot be arranged as $1"
}

# pod_on MODE SCRIPT: runs a shell script in a pod there.
pod_on() {
	local mode=$1 script=$2
	rkt_command
	run --separate-stderr with_mounts "$mode" timeout "$TIMEOUT" "${RKT_COMMAND[@]}" run --net=none "$BUSYBOX" \
		--exec=/bin/sh -- -c "$script"
	plain_output
}

# A node of a device that no pod may use can be made and not opened; one that it may use can.
devices='mknod /tmp/mem c 1 1 && ! head -c 1 /tmp/mem 2>/dev/null && mknod /tmp/zero c 1 5 && head -c 1 /tmp/zero >/dev/null && echo closed'

@test "v1: the pod has a cgroup in the devices hierarchy, no cgroup namespace, and devices are closed" {
	need_mode v1
	pod_on v1 "$devices; readlink /proc/self/ns/cgroup; grep :devices: /proc/self/cgroup"
	expect_status 0
	expect_equal "${lines[0]}" closed
	expect_equal "${lines[1]}" "$(readlink /proc/self/ns/cgroup)"
	expect_match "${lines[2]}" '/rkt-[0-9a-f-]{36}$'
}

@test "hybrid: the pod has a cgroup of v2, none of its own in v1, and devices are closed" {
	need_mode hybrid
	pod_on hybrid "$devices; readlink /proc/self/ns/cgroup; cat /proc/self/cgroup"
	expect_status 0
	expect_equal "${lines[0]}" closed
	expect_equal "${lines[1]}" "$(readlink /proc/self/ns/cgroup)"
	expect_match "$output" '0::/.*/rkt-[0-9a-f-]{36}'
	refute_match "$(grep :devices: <<<"$output")" 'rkt-'
}

@test "v2: the pod has a cgroup and a cgroup namespace, and devices are closed" {
	need_mode v2
	pod_on v2 "$devices; readlink /proc/self/ns/cgroup; grep ^0:: /proc/self/cgroup"
	expect_status 0
	expect_equal "${lines[0]}" closed
	[ "${lines[1]}" != "$(readlink /proc/self/ns/cgroup)" ]
	expect_equal "${lines[2]}" '0::/'
}

@test "each mode: nothing is left of the pod's cgroups, also when its supervisor was killed" {
	local mode tried=
	rkt_command
	for mode in v1 hybrid v2; do
		with_mounts "$mode" true || continue
		tried+=" $mode"
		with_mounts "$mode" bash -c '
			"$@" run --net=none --uuid-file-save="'"$BATS_TEST_TMPDIR/$mode"'" '"$BUSYBOX"' --exec=/bin/sleep -- 1000 &
			for i in {1..100}; do
				"$@" status --wait-ready=5s "$(cat "'"$BATS_TEST_TMPDIR/$mode"'")" >/dev/null 2>&1 && break
				sleep 0.05
			done
			find /sys/fs/cgroup -type d -name "rkt-*-*-*-*" | grep -q . || exit 1
			kill -KILL $!
			wait $!
			"$@" gc --grace-period=0s
			! find /sys/fs/cgroup -type d -name "rkt-*-*-*-*" | grep .' bash "${RKT_COMMAND[@]}" 3>&- 2>/dev/null
	done
	[ -n "$tried" ] || skip "this host's control groups cannot be arranged"
}

@test "no control groups at all is an error that says so" {
	rkt_command
	run --separate-stderr unshare -m bash -c 'mount --make-rprivate / && umount -R -l /sys/fs/cgroup && exec "$@"' bash \
		"${RKT_COMMAND[@]}" run --net=none "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'no control groups are mounted at /sys/fs/cgroup'
}
