#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What options change of what an image says, seen from inside a pod or in its manifest. What was there
# before is in surroundings.bats and privileges.bats; what is refused in refusals.bats.

load lib.bash

setup_file() {
	common_setup_file
	make_aci "$BATS_FILE_TMPDIR/rich.aci" '.name = "example.com/rich" | .app += {
		exec: ["/bin/echo", "from", "image"], environment: [{name: "FROM", value: "image"}, {name: "BOTH", value: "image"}],
		workingDirectory: "/var", user: "33", group: "44", supplementaryGIDs: [7],
		userAnnotations: {from: "image"}, userLabels: {from: "image"},
		ports: [{name: "http", protocol: "tcp", port: 80}],
		mountPoints: [{name: "data", path: "/data"}]}'
	make_aci "$BATS_FILE_TMPDIR/data.aci" 'del(.app) | .name = "example.com/data"'
	rkt --insecure-options=image fetch "$BATS_FILE_TMPDIR"/{rich,data}.aci >/dev/null
}

teardown() {
	common_teardown
}

RICH=example.com/rich
DATA=example.com/data

# app FILTER: of the manifest of POD's first app.
app() {
	rkt cat-manifest "$POD" | jq -c ".apps[0] | $1"
}

@test "an image's own words hold without options" {
	pod "$RICH"
	expect_equal "$output" "from image"
	pod "$RICH" -- and more
	expect_equal "$output" "from image and more"
	pod "$RICH" --exec=/bin/sh -- -c 'echo $(pwd) $(id -u):$(id -g) $FROM; grep ^Groups: /proc/self/status'
	expect_equal "${lines[0]}" "/var 33:44 image"
	expect_match "${lines[1]}" 'Groups:.*7'
}

@test "exec drops the image's arguments" {
	pod "$RICH" --exec=/bin/echo
	expect_equal "$output" ""
	pod "$RICH" --exec /bin/echo -- only these
	expect_equal "$output" "only these"
}

@test "options stand before, between and behind images, with = or a blank" {
	run --separate-stderr rkt run --net=none --set-env A=1 "$BUSYBOX" --name one --exec /bin/sh --set-env=B=2 -- -c 'echo $AC_APP_NAME $A $B' --- \
		"$BUSYBOX" --name=two --exec=/bin/sh --environment C=3 -- -c 'echo $AC_APP_NAME $A $B $C'
	expect_status 0
	plain_output
	expect_equal "$(sort <<<"$output")" $'one 1 2\ntwo 1 2 3'
}

@test "a stray --- and empty words count for nothing" {
	pod --- "" "$BUSYBOX" "" --exec=/bin/echo --- -- "" - -- --x ---
	expect_status 0
	expect_equal "$output" " - -- --x"
}

@test "verbs by a unique beginning" {
	run --separate-stderr rkt prepar --qui "$BUSYBOX"
	expect_status 254
	run --separate-stderr rkt cat "$(rkt prepare "$BUSYBOX")"
	expect_status 0
	expect_equal "$(jq -r .acKind <<<"$output")" PodManifest
}

@test "an image without an app section runs what exec names, as the caller" {
	pod "$DATA" --exec=/bin/sh -- -c 'echo $(id -u):$(id -g) $AC_APP_NAME'
	expect_status 0
	expect_equal "$output" "0:0 data"
	POD=$(rkt prepare "$DATA" --exec=/bin/true)
	expect_equal "$(app '[.app.user, .app.group]')" '["0","0"]'
	pod "$DATA" --user=33 --group=44 --exec=/bin/sh -- -c 'echo $(id -u):$(id -g)'
	expect_equal "$output" "33:44"
}

@test "name is the app's, inside and in the manifest" {
	pod "$BUSYBOX" --name=other --exec=/bin/sh -- -c 'echo $AC_APP_NAME'
	expect_equal "$output" other
	POD=$(rkt prepare "$BUSYBOX" --name=other)
	expect_equal "$(app .name)" '"other"'
}

@test "annotations and labels are in the manifest" {
	POD=$(rkt prepare "$RICH" --annotation=example.com/a=1=2 --annotation=b= --user-annotation=X=1 --user-label=y=2 --user-label=x=3)
	expect_equal "$(app .annotations)" '[{"name":"example.com/a","value":"1=2"},{"name":"b","value":""}]'
	expect_equal "$(app .app.userAnnotations)" '{"X":"1"}'
	expect_equal "$(app .app.userLabels)" '{"x":"3","y":"2"}'
	expect_equal "$(rkt status --format=json "$POD" | jq -c '.apps[0].user_labels')" '{"x":"3","y":"2"}'
	POD=$(rkt prepare "$RICH")
	expect_equal "$(app '[.app.userAnnotations, .app.userLabels, .annotations]')" '[{"from":"image"},{"from":"image"},null]'
}

@test "the environment has the precedence that the documentation tells" {
	printf '%s\n' BOTH=file FILE=file SET=file APP=file >"$BATS_TEST_TMPDIR/env"
	BOTH=host ONLY=host FROM=host run --separate-stderr rkt run --net=none --inherit-env \
		--set-env-file="$BATS_TEST_TMPDIR/env" --set-env=SET=set --set-env=APP=set \
		"$RICH" --environment=APP=app --exec=/bin/sh -- -c 'echo $ONLY $FROM $BOTH $FILE $SET $APP'
	plain_output
	expect_equal "$output" "host image file file set app"
}

@test "environment is for one app, set-env for all" {
	run --separate-stderr rkt run --net=none --set-env=ALL=1 "$BUSYBOX" --name=one --environment=E=1 --exec=/bin/sh -- -c 'echo one $ALL $E' --- \
		"$BUSYBOX" --name=two --exec=/bin/sh -- -c 'echo two $ALL $E'
	plain_output
	expect_equal "$(sort <<<"$output")" $'one 1 1\ntwo 1'
}

@test "set-env-file may be a pipe, for any number of apps" {
	run --separate-stderr rkt run --net=none --set-env-file=<(echo FROM_PIPE=yes) "$BUSYBOX" --name=one --exec=/bin/sh -- -c 'echo $FROM_PIPE' --- \
		"$BUSYBOX" --name=two --exec=/bin/sh -- -c 'echo $FROM_PIPE'
	expect_status 0
	plain_output
	expect_equal "$output" $'yes\nyes'
}

@test "readonly-rootfs takes a boolean, also as the next word" {
	pod "$BUSYBOX" --readonly-rootfs true --exec=/bin/sh -- -c 'touch /file 2>/dev/null || echo read-only'
	expect_equal "$output" read-only
	pod "$BUSYBOX" --readonly-rootfs=false --exec=/bin/sh -- -c 'touch /file && echo writable'
	expect_equal "$output" writable
}

@test "a mount of one app goes before one for all" {
	mkdir "$BATS_TEST_TMPDIR"/{a,b}
	echo a >"$BATS_TEST_TMPDIR/a/file"
	echo b >"$BATS_TEST_TMPDIR/b/file"
	run --separate-stderr rkt run --net=none --volume=a,kind=host,source="$BATS_TEST_TMPDIR/a" --volume=b,kind=host,source="$BATS_TEST_TMPDIR/b" \
		--mount=volume=a,target=/mnt/ "$BUSYBOX" --name=one --exec=/bin/cat -- /mnt/file --- \
		"$BUSYBOX" --name=two --mount=volume=b,target=/mnt --exec=/bin/cat -- /mnt/file
	expect_status 0
	expect_match "$output" 'one\[[0-9]+\]: a'
	expect_match "$output" 'two\[[0-9]+\]: b'
}

@test "ipc private and auto give the pod an ipc namespace of its own" {
	local word
	for word in private auto ""; do
		pod --ipc="$word" "$BUSYBOX" --exec=/bin/readlink -- /proc/self/ns/ipc
		expect_match "$output" '^ipc:'
		[ "$output" != "$(readlink /proc/self/ns/ipc)" ]
	done
}

@test "an empty hostname is none" {
	pod --hostname= --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --exec=/bin/hostname
	expect_equal "$output" "rkt-$(<"$BATS_TEST_TMPDIR/uuid")"
}

@test "hosts-entry=host shows the host's file" {
	pod --hosts-entry=host "$BUSYBOX" --exec=/bin/cat -- /etc/hosts
	expect_equal "$output" "$(</etc/hosts)"
}

@test "dns=none leaves the image's resolv.conf alone" {
	[ -s /etc/resolv.conf ] || skip "the host has no resolv.conf, which pods in its network get"
	run --separate-stderr rkt run --net=host "$BUSYBOX" --exec=/bin/sh -- -c 'test -s /etc/resolv.conf && echo some'
	plain_output
	expect_equal "$output" some
	run --separate-stderr rkt run --net=host --dns=none "$BUSYBOX" --exec=/bin/sh -- -c 'test -s /etc/resolv.conf || echo none'
	plain_output
	expect_equal "$output" none
}

@test "one dns option alone makes a resolv.conf" {
	pod --dns-search=a.example "$BUSYBOX" --exec=/bin/cat -- /etc/resolv.conf
	expect_equal "$output" $'# Generated by rkt run\n\nsearch a.example'
}

@test "ports with and without an address are in the manifest" {
	POD=$(rkt prepare --port=http:8080 "$RICH" --port=http:127.0.0.1:8081 --port=http:[::1]:8082)
	expect_equal "$(rkt cat-manifest "$POD" | jq -c '[.ports[] | [.name, .hostPort, .hostIP]]')" \
		'[["http",8080,null],["http",8081,"127.0.0.1"],["http",8082,"::1"]]'
	run --separate-stderr rkt prepare --port=http:80 --port=http:127.0.0.1:80 "$RICH"
	expect_equal "$stderr" 'prepare: port tcp-0.0.0.0:80 already mapped to pod port 80'
}

@test "pull-policy never and its old name ask nobody, an unknown word means new" {
	local never
	for never in --pull-policy=never --store-only; do
		pod "$never" "$BUSYBOX"
		expect_status 0
		run --separate-stderr rkt run --net=none "$never" docker://127.0.0.1:1/x
		expect_status 254
		expect_match "$stderr" 'store was disabled'
	done
	pod --pull-policy=sometimes "$BUSYBOX"
	expect_status 0
	expect_match "$stderr" 'warning: --pull-policy "sometimes" is not one of new, never, update: using new'
}

@test "a signature is for the image before it" {
	cd "$BATS_TEST_TMPDIR"
	cp "$FIXTURES/busybox.aci" two.aci
	touch one.asc two.asc
	rkt_command
	run --separate-stderr strace -f -qq -o trace -s 4096 -e trace=execve "${RKT_COMMAND[@]}" --insecure-options=image run --net=none \
		"$FIXTURES/busybox.aci" --signature=one.asc --exec=/bin/echo ./two.aci --signature two.asc --name=two --exec=/bin/echo -- ran
	expect_status 0
	plain_output
	expect_match "$output" ran
	# rkt-fetch, which judges it, is given each with its image.
	expect_match "$(<trace)" "\"--signature=one.asc\", \"$FIXTURES/busybox.aci\""
	expect_match "$(<trace)" "\"--signature=two.asc\", \"./two.aci\""
}

@test "the last insecure-options counts, and the groups open what they name" {
	local caps
	caps=$(sed -n 's/^CapBnd:\t//p' /proc/self/status)
	pod "$BUSYBOX" --insecure-options=all --insecure-options=none --exec=/bin/grep -- ^CapBnd: /proc/self/status
	refute_match "$output" "$caps"
	for word in all ALL-run capabilities,capabilities; do
		pod --insecure-options="$word" "$BUSYBOX" --exec=/bin/grep -- ^CapBnd: /proc/self/status
		expect_match "$output" "$caps"
	done
	pod --insecure-options=all "$BUSYBOX" --exec=/bin/grep -- ^Seccomp: /proc/self/status
	expect_match "$output" 'Seccomp:.0'
}

# The pods there are, whatever became of them.
pod_dirs() {
	find "$RKT_DATA/pods" -mindepth 2 -maxdepth 2 | sort
}

@test "dry-run as JSON is the plan" {
	local before
	before=$(pod_dirs)
	run --separate-stderr rkt run --net=none --dry-run --format=json "$RICH"
	expect_status 0
	expect_equal "$stderr" ""
	expect_equal "$(jq -c '.apps[0].name, (.apps[0].ops | last | .op, .path, .arguments)' <<<"$output")" \
		$'"rich"\n"exec"\n"/bin/echo"\n["/bin/echo","from","image"]'
	expect_equal "$(jq -c '.apps[0].ops[] | select(.op == "identity") | [.uid, .gid]' <<<"$output")" '[33,44]'
	expect_equal "$(jq '[.host[], .pod[], .apps[].ops[]] | length' <<<"$output")" \
		"$(rkt run --net=none --dry-run "$RICH" | grep -c $'^\t')"
	expect_equal "$(pod_dirs)" "$before"
}

# --- prepare and run-prepared ---------------------------------------------------------------------

@test "prepare --quiet prints one line, also when it fetches" {
	new_data_dir "$BATS_TEST_TMPDIR/fresh"
	run --separate-stderr rkt --insecure-options=image --debug=true prepare --quiet "$FIXTURES/busybox.aci"
	expect_status 0
	expect_equal "${#lines[@]}" 1
	expect_match "$output" "$UUID_PATTERN"
}

@test "run-prepared takes pods that are prepared, and no others" {
	prepare_pod "$BUSYBOX"
	rkt run-prepared --net=none "$POD"
	run --separate-stderr rkt run-prepared --net=none "$POD"
	expect_status 254
	expect_equal "$stderr" "run-prepared: pod \"$POD\" is not prepared"
	start_sleeper
	run --separate-stderr rkt run-prepared --net=none "$POD"
	expect_equal "$stderr" "run-prepared: pod \"$POD\" is not prepared"
}

@test "run-prepared --interactive is for pods of one app" {
	prepare_pod "$BUSYBOX" "$RICH"
	run --separate-stderr rkt run-prepared --net=none --interactive "$POD"
	expect_status 254
	expect_equal "$stderr" "run-prepared: interactive option only supports pods with one app"
	expect_equal "$(pod_state "$POD")" prepared
	prepare_pod "$BUSYBOX" --exec=/bin/cat
	run --separate-stderr rkt run-prepared --net=none --interactive "$POD" <<<"from stdin"
	expect_equal "$output" "from stdin"
}

@test "run-prepared takes hostname, ipc, dns and hosts" {
	prepare_pod "$BUSYBOX" --exec=/bin/sh -- -c 'hostname; readlink /proc/self/ns/ipc; grep nameserver /etc/resolv.conf; grep 10.1.2.3 /etc/hosts'
	run --separate-stderr rkt run-prepared --net=none --hostname=late --ipc=parent --dns=10.9.8.7 --hosts-entry=10.1.2.3=db "$POD"
	plain_output
	expect_equal "$output" "late
$(readlink /proc/self/ns/ipc)
nameserver 10.9.8.7
10.1.2.3 db"
}
