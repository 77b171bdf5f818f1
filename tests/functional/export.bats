#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# rkt export: what a pod has left of an app, as an image.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
}

teardown() {
	common_teardown
}

# What apps do with their root filesystem.
CHANGES='
	echo new >/etc/new && chown 12:34 /etc/new && chmod 4750 /etc/new
	echo changed >/var/data/file
	rm /etc/passwd && mkdir /etc/passwd && echo deep >/etc/passwd/in
	rm -r /usr/share 2>/dev/null
	ln /etc/new /etc/linked
	ln -s nowhere /etc/dangling
	mkfifo /etc/fifo
	mv /var/data /var/moved
	mkdir -m 1777 /var/data'

# leave ARGS...: a pod that has ended, in POD.
leave() {
	rkt run --net=none --uuid-file-save=uuid "$@" "$BUSYBOX" --exec=/bin/sh -- -c "$CHANGES"
	POD=$(<uuid)
}

# expect_changes IMAGE: what a pod of the image sees.
expect_changes() {
	pod "$1" --exec=/bin/sh -- -c '
		cat /etc/new /var/moved/file /etc/passwd/in; readlink /etc/dangling
		stat -c "%n %u:%g %a %h %F" /etc/new /etc/linked /etc/fifo /var/data
		ls /var/data | wc -l'
	expect_status 0
	expect_equal "$output" "new
changed
deep
nowhere
/etc/new 12:34 4750 2 regular file
/etc/linked 12:34 4750 2 regular file
/etc/fifo 0:0 644 1 fifo
/var/data 0:0 1777 2 directory
0"
}

export_pod() {
	run --separate-stderr rkt export "$@"
}

@test "export writes what an app has left, and its image's manifest, compressed" {
	leave
	export_pod "$POD" out.aci
	expect_status 0
	expect_equal "$output$stderr" ''
	expect_match "$(od -An -tx1 -N2 out.aci)" '1f 8b'
	gzip -t out.aci
	diff <(tar -xzOf out.aci manifest | jq -S .) <(rkt image cat-manifest "$BUSYBOX" | jq -S .)
	rkt image rm "$BUSYBOX" >/dev/null
	run --separate-stderr rkt --insecure-options=image fetch ./out.aci
	expect_status 0
	expect_changes "${lines[-1]}"
	# Nothing of the pod itself is in it.
	refute_match "$(tar -tzf out.aci)" 'rootfs/proc/.'
}

@test "export of a pod without overlay, and of one with users of its own" {
	local options image
	for options in --no-overlay --private-users '--no-overlay --private-users'; do
		leave $options
		export_pod --overwrite "$POD" out.aci
		expect_status 0
		run --separate-stderr rkt --insecure-options=image fetch ./out.aci
		image=${lines[-1]}
		expect_changes "$image"
		rkt image rm "$image" >/dev/null
	done
}

@test "export of one of several apps, and of a pod that was marked as garbage" {
	rkt run --net=none --uuid-file-save=uuid "$BUSYBOX" --name=one --exec=/bin/sh -- -c 'echo one >/mine' --- "$BUSYBOX" --name=two --exec=/bin/sh -- -c 'echo two >/mine'
	rkt gc --mark-only >/dev/null
	export_pod "$(<uuid)" out.aci
	expect_status 254
	expect_match "$stderr" 'specify app using "rkt export --app= ..."'
	export_pod --app=three "$(<uuid)" out.aci
	expect_match "$stderr" 'no app "three" in the pod'
	export_pod --app=two "$(<uuid)" out.aci
	expect_status 0
	expect_equal "$(tar -xzOf out.aci rootfs/mine)" two
}

@test "what cannot be exported, or not there" {
	leave
	export_pod "$POD" out.tar
	expect_status 254
	expect_equal "$stderr" 'export: extension must be .aci (given out.tar)'
	touch out.aci
	export_pod "$POD" out.aci
	expect_status 254
	expect_match "$stderr" 'file exists .try --overwrite.'
	[ ! -s out.aci ]
	export_pod --overwrite "$POD" out.aci
	[ -s out.aci ]
	export_pod --overwrite "$POD" "$RKT_DATA/cas/out.aci"
	expect_status 254
	[ ! -e "$RKT_DATA/cas/out.aci" ]
	start_sleeper
	export_pod "$POD" running.aci
	expect_status 254
	expect_equal "$stderr" 'export: pod is not exited. Only exited pods can be exported'
	export_pod "$(rkt prepare "$BUSYBOX")" prepared.aci
	expect_equal "$stderr" 'export: pod is not exited. Only exited pods can be exported'
	export_pod 1234 none.aci
	expect_match "$stderr" 'no matches found'
	expect_equal "$(ls ./*.aci)" ./out.aci
}
