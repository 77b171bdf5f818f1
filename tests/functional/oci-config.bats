#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the config of an OCI image says, as its app sees it.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cp -a "$FIXTURES/oci" "$BATS_TEST_TMPDIR/oci"
	LAYOUT=$BATS_TEST_TMPDIR/oci
}

teardown() {
	common_teardown
}

# image NAME UMOCI-OPTION...: a new image of the busybox root whose config says only what the options set.
image() {
	local name=$1
	shift
	umoci new --image "$LAYOUT:$name"
	umoci insert --image "$LAYOUT:$name" "$FIXTURES/rootfs" /
	umoci config --image "$LAYOUT:$name" "$@"
}

# run_image NAME [ARGUMENT...]
run_image() {
	local name=$1
	shift
	run --separate-stderr rkt --insecure-options=image run --net=none "oci:$LAYOUT:$name" "$@"
	plain_output
}

@test "entrypoint and command, arguments behind them" {
	image both --config.entrypoint=/bin/echo --config.entrypoint=one --config.cmd=two
	run_image both
	expect_equal "$output" 'one two'
	run_image both -- three
	expect_equal "$output" 'one two three'
	image command --config.cmd=/bin/echo --config.cmd=alone
	run_image command
	expect_equal "$output" alone
	run_image command --exec=/bin/echo -- instead
	expect_equal "$output" instead
}

@test "a program that PATH finds, and the environment" {
	image env --config.cmd=sh --config.cmd=-c --config.cmd='echo "$GREETING from $PATH"' \
		--config.env=GREETING='hello = there' --config.env=PATH=/bin
	run_image env
	expect_equal "$output" 'hello = there from /bin'
	run_image env --environment=GREETING=bye
	expect_equal "$output" 'bye from /bin'
}

@test "a user by name, number, and with a group" {
	local user
	for user in 'www 33:44' '33 33:33' '33:50 33:50' 'www:staff 33:50' '0 0:0' '1234:5678 1234:5678'; do
		image "user-${user//[: ]/-}" --config.cmd=/bin/sh --config.cmd=-c --config.cmd='echo "$(id -u):$(id -g)"' \
			--config.user="${user% *}"
		run_image "user-${user//[: ]/-}"
		expect_equal "$user $output" "$user ${user#* }"
	done
	image nobody --config.cmd=/bin/true --config.user=absent
	run_image nobody
	expect_status 254
	expect_match "$stderr" absent
}

@test "a working directory, which is made where the image has none" {
	image workdir --config.cmd=/bin/sh --config.cmd=-c --config.cmd='pwd; stat -c "%a %u" .' --config.workingdir=/srv/new/dir
	run_image workdir
	expect_status 0
	expect_equal "$output" $'/srv/new/dir\n755 0'
	run_image workdir --working-dir=/tmp
	expect_match "$output" '^/tmp'
}

@test "volumes begin as what the image has there, and ports have names" {
	image rest --config.cmd=/bin/cat --config.cmd=/var/data/file --config.volume=/var/data --config.exposedports=80/tcp \
		--config.exposedports=53/udp
	run_image rest
	expect_equal "$output" seeded
	expect_match "$stderr" 'implicitly creating an "empty" volume'
	expect_equal "$(rkt image cat-manifest "$(rkt image list --no-legend --full --fields=id)" |
		jq -c '[.app.ports[] | [.name, .protocol, .port]]')" '[["53-udp","udp",53],["80-tcp","tcp",80]]'
}

@test "labels are the app's user labels" {
	image labels --config.cmd=/bin/sleep --config.cmd=1000 --config.label=org.example.team=search --config.label=tier=front
	start_pod --insecure-options=image "oci:$LAYOUT:labels"
	expect_equal "$(rkt cat-manifest "$POD" | jq -cS '.apps[0].app.userLabels')" '{"org.example.team":"search","tier":"front"}'
	expect_equal "$(rkt status --format=json "$POD" | jq -cS '.apps[0].user_labels')" '{"org.example.team":"search","tier":"front"}'
}

@test "the signal by which it wants to be stopped" {
	image signal --config.stopsignal=SIGUSR1 --config.cmd=/bin/sh --config.cmd=-c \
		--config.cmd='trap "echo stopped by USR1; exit 0" USR1; trap "" TERM; echo ready; while :; do sleep 0.1; done'
	start_pod --insecure-options=image "oci:$LAYOUT:signal"
	wait_until grep -q ready "$BATS_TEST_TMPDIR/pod.out"
	rkt stop "$POD"
	wait_for_pod_end
	expect_match "$(<"$BATS_TEST_TMPDIR/pod.out")" 'stopped by USR1'
}
