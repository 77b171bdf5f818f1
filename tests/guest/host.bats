# SPDX-License-Identifier: Apache-2.0
# Pods on a host with control groups of v2 only whose service manager is systemd. Runs in the guest (tests/guest/run),
# on that host itself and not apart from it: what services and pods have to do with each other is what is looked at.

load ../functional/lib

setup_file() {
	[ "$(cat /proc/1/comm)" = systemd ] && [ "$(hostname)" = guest ] || skip "only for the guest of tests/guest/run"
	common_setup_file
	rkt_command
}

setup() {
	UNIT=pod-$BATS_TEST_NUMBER.service
	rkt_command
}

teardown() {
	systemctl stop "$UNIT" 2>/dev/null || true
	common_teardown
}

# service [PROPERTY=VALUE...] -- ARGS...: "rkt run ARGS" as the main process of a transient unit, $UNIT.
service() {
	local properties=()
	while [ "$1" != -- ]; do
		properties+=(-p "$1")
		shift
	done
	shift
	systemd-run --quiet --unit="$UNIT" --service-type=exec -p KillMode=mixed "${properties[@]}" \
		"${RKT_COMMAND[@]}" run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$@"
}

# Waits until the unit's pod runs and sets POD.
wait_for_service() {
	wait_until test -s "$BATS_TEST_TMPDIR/uuid"
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
	wait_until pod_has_state "$POD" running
	rkt status --wait-ready=30s "$POD" >/dev/null
}

# The directory of a pod's cgroup, as the host sees it.
pod_cgroup() {
	find /sys/fs/cgroup -type d -name "rkt-$1"
}

unit_cgroup() {
	echo "/sys/fs/cgroup$(systemctl show -P ControlGroup "$UNIT")"
}

unit_has_state() {
	[ "$(systemctl show -P ActiveState "$UNIT")" = "$1" ]
}

@test "the host has systemd as its first process and control groups of v2 only" {
	expect_equal "$(</proc/1/comm)" systemd
	expect_equal "$(findmnt -n -t cgroup,cgroup2 -o TARGET,FSTYPE | tr -s ' ')" '/sys/fs/cgroup cgroup2'
	wait_until systemctl is-system-running --quiet
}

@test "a pod has a cgroup of its own below the caller's and sees it as the root" {
	start_sleeper
	expect_match "$(pod_cgroup "$POD")" "^/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/rkt-pods-[0-9a-f]{8}/rkt-$POD\$"
	expect_equal "$(rkt enter "$POD" /bin/cat /proc/self/cgroup)" '0::/'
}

@test "a device outside the set cannot be opened, one of the set can" {
	pod_sh 'mknod /tmp/mem c 1 1 && ! head -c 1 /tmp/mem && mknod /tmp/zero c 1 5 && head -c 1 /tmp/zero | wc -c'
	expect_status 0
	expect_match "$output" 'head: /tmp/mem: Operation not permitted'
	expect_equal "${lines[-1]}" 1
}

@test "cgroup.kill of the pod's cgroup ends the pod" {
	local cgroup
	start_sleeper
	cgroup=$(pod_cgroup "$POD")
	echo 1 >"$cgroup/cgroup.kill"
	wait_for_pod_end
	[ "$status" != 0 ]
	expect_equal "$(pod_state "$POD")" exited
	[ ! -d "$cgroup" ]
}

@test "a unit ends with the pod's exit status" {
	run service -- "$BUSYBOX" --exec=/bin/sh -- -c 'exit 7'
	expect_status 0
	wait_until unit_has_state failed
	expect_equal "$(systemctl show -P ExecMainStatus "$UNIT")" 7
	systemctl reset-failed "$UNIT"
}

@test "systemctl stop ends the pod in order" {
	local cgroup volume=$BATS_TEST_TMPDIR/volume
	mkdir "$volume"
	service -- --volume="out,kind=host,source=$volume" "$BUSYBOX" --mount volume=out,target=/out --exec=/bin/sh \
		-- -c 'trap "echo stopped >/out/word; exit 0" TERM; touch /out/ready; while :; do sleep 0.1; done'
	wait_for_service
	wait_until test -e "$volume/ready"
	cgroup=$(pod_cgroup "$POD")
	expect_match "$cgroup" "^$(unit_cgroup)/"
	systemctl stop "$UNIT"
	expect_equal "$(<"$volume/word")" stopped
	expect_equal "$(pod_state "$POD")" exited
	expect_equal "$(rkt status "$POD" | sed -n 's/^app-busybox=//p')" 0
	[ ! -d "$cgroup" ]
	refute_match "$(systemctl is-failed "$UNIT")" failed
}

@test "a unit that is killed leaves nothing of its pod" {
	local cgroup
	service -- "$BUSYBOX" --exec=/bin/sleep -- 1000
	wait_for_service
	cgroup=$(pod_cgroup "$POD")
	[ -n "$(find "$cgroup" -name cgroup.procs -exec cat {} +)" ]
	systemctl kill --signal=KILL "$UNIT"
	wait_until unit_has_state failed
	wait_until test ! -d "$cgroup"
	expect_equal "$(pod_state "$POD")" exited
	systemctl reset-failed "$UNIT"
}

@test "the limits of the unit hold for the pod" {
	service MemoryMax=48M MemorySwapMax=0 TasksMax=40 OOMPolicy=continue -- "$BUSYBOX" --exec=/bin/sh \
		-- -c 'dd if=/dev/zero of=/dev/null bs=200M count=1; echo "dd $?" >/tmp/dd; sleep 1000'
	wait_for_service
	expect_equal "$(<"$(unit_cgroup)/memory.max")" $((48 << 20))
	expect_equal "$(<"$(unit_cgroup)/pids.max")" 40
	expect_match "$(pod_cgroup "$POD")" "^$(unit_cgroup)/"
	wait_until rkt enter "$POD" /bin/test -s /tmp/dd
	expect_equal "$(rkt enter "$POD" /bin/cat /tmp/dd)" 'dd 137'
	expect_match "$(<"$(unit_cgroup)/memory.events")" 'oom_kill [1-9]'
}

# The unit's cgroup holds rkt itself and so can give no controllers to others: such pods are beside it.
@test "an app's own limit holds in a unit, and the unit ends as the app does" {
	service -- "$BUSYBOX" --memory=16M --exec=/bin/sh -- -c 'x=0123456789; while :; do x=$x$x; done'
	wait_until unit_has_state failed
	expect_equal "$(systemctl show -P ExecMainStatus "$UNIT")" 9
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
	expect_match "$(rkt status "$POD")" oom_killed=busybox
	expect_equal "$(pod_cgroup "$POD")" ''
	systemctl reset-failed "$UNIT"
}

@test "a pod with limits of its own ends with its unit, also when that is killed" {
	local cgroup
	service -- "$BUSYBOX" --memory=32M --exec=/bin/sleep -- 1000
	wait_for_service
	cgroup=$(pod_cgroup "$POD")
	expect_equal "$(<"$cgroup/app-busybox/memory.max")" 31997952
	refute_match "$cgroup/" "^$(unit_cgroup)/"
	systemctl kill --signal=KILL "$UNIT"
	wait_until unit_has_state failed
	wait_until pod_has_state "$POD" exited
	rkt rm "$POD"
	[ ! -d "$cgroup" ]
	systemctl reset-failed "$UNIT"
}
