#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image import and image df.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

import() {
	run --separate-stderr rkt image import "$@"
}

@test "image import makes an image of a directory, and of a tar of it" {
	cp -a "$FIXTURES/rootfs" root
	echo mine >root/etc/mine
	chown 12:34 root/etc/mine
	chmod 4751 root/etc/mine
	tar -C root -czf root.tar.gz .
	import root example.com/dir:1.2
	expect_status 0
	expect_equal "$(rkt image list --fields=name --no-legend)" example.com/dir:1.2
	expect_equal "$output" "$(rkt image list --fields=id --full --no-legend)"
	import root.tar.gz example.com/tar
	expect_status 0
	for image in example.com/dir example.com/tar; do
		pod "$image" --exec=/bin/sh -- -c 'cat /etc/mine /var/data/file; stat -c "%u %g %a" /etc/mine'
		expect_equal "$output" $'mine\nseeded\n12 34 4751'
	done
	rkt image render --rootfs-only example.com/dir out
	diff <(cd root && find . -printf '%p %y %m %U %G %T@ %l\n' | sort) <(cd out && find . -printf '%p %y %m %U %G %T@ %l\n' | sort)
}

@test "what is no image is not imported" {
	mkdir root
	import root Not/A/Name
	expect_status 254
	expect_match "$stderr" 'invalid image name "Not/A/Name"'
	import absent example.com/app
	expect_status 254
	expect_match "$stderr" "^import: open $PWD/absent: no such file or directory"
	echo nonsense >file
	import file example.com/app
	expect_status 254
	expect_equal "$(rkt image list --no-legend)$(ls "$RKT_DATA/cas/tree" "$RKT_DATA/cas/blob" | grep sha)" ""
}

@test "image df tells what uses the space and what keeps it" {
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	mkdir own
	make_aci app.aci '.name = "example.com/app" | .dependencies = [{"imageName": "example.com/busybox"}]' "$PWD/own"
	rkt --insecure-options=image fetch --pull-policy=new app.aci >/dev/null
	base=sha512-$(sha512sum "$FIXTURES/busybox.aci" | head -c 12)
	run --separate-stderr rkt image df
	expect_status 0
	expect_match "${lines[0]}" $'^KIND\t+ID\t+SIZE\t+KEPT BY$'
	expect_equal "$(grep -c '^layer' <<<"$output") $(grep -c '^archive' <<<"$output")" "2 2"
	line=$(grep "^layer.*$base" <<<"$output")
	expect_match "$line" 'example.com/app'
	expect_match "$line" 'example.com/busybox'
	start_sleeper
	rkt image rm example.com/app example.com/busybox >/dev/null 2>&1
	run --separate-stderr rkt image df
	expect_match "$(grep "$base" <<<"$output")" $'\tpods$'
	expect_match "$(grep -v "$base" <<<"$output" | tail -n 1)" $'\t-$'
}
