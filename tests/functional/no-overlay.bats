#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pods whose root filesystems are copies of their images: with --no-overlay, and where there are no
# overlays.

load lib.bash

setup_file() {
	common_setup_file
	rkt --insecure-options=image fetch "oci:$FIXTURES/oci:layers" >/dev/null
}

teardown() {
	common_teardown
}

# without_overlay COMMAND...: where the kernel knows no overlays.
without_overlay() {
	grep -v overlay /proc/filesystems >"$BATS_TEST_TMPDIR/filesystems"
	unshare -m sh -c 'mount --bind "$1" /proc/filesystems && shift && exec "$@"' sh "$BATS_TEST_TMPDIR/filesystems" "$@"
}

@test "a copy holds what an overlay shows: whiteouts, links, times, attributes, devices" {
	start_pod --insecure-options=image "oci:$FIXTURES/oci:layers" --user=0 --group=0 --exec=/bin/sleep -- 1000
	listing "$(first_app)" >"$BATS_TEST_TMPDIR/overlay"
	rkt stop "$POD"
	wait_for_pod_end
	start_pod --insecure-options=image --no-overlay "oci:$FIXTURES/oci:layers" --user=0 --group=0 --exec=/bin/sleep -- 1000
	listing "$(first_app)" >"$BATS_TEST_TMPDIR/copy"
	diff "$BATS_TEST_TMPDIR/overlay" "$BATS_TEST_TMPDIR/copy"
	grep -q 'security.capability=0x' "$BATS_TEST_TMPDIR/copy"
	grep -qE '^\./opt/null 1:3$' "$BATS_TEST_TMPDIR/copy"
	grep -qE '^\./opt/opaque/upper ' "$BATS_TEST_TMPDIR/copy"
	expect_equal "$(grep -cE 'opt/gone|opaque/lower' "$BATS_TEST_TMPDIR/copy")" 0
	copy=$(echo "$RKT_DATA/pods/run/$POD"/stage1/rootfs/opt/stage2/*/rootfs)
	expect_equal "$(stat -c %i "$copy/opt/file")" "$(stat -c %i "$copy/opt/hardlink")"
	[ ! -e "$RKT_DATA/pods/run/$POD/overlay-prepared" ]
	expect_equal "$(find "$RKT_DATA/pods/run/$POD/overlay" -name '*.upper' -o -name '*.work')" ''
}

@test "what an app changes in its copy stays in the pod, and goes with it" {
	prepare_pod --no-overlay "$BUSYBOX" --exec=/bin/sh -- -c 'awk "\$2 == \"/\" {print \$3}" /proc/mounts; echo changed >/etc/group; rm /bin/ls; echo new >/new'
	copy=stage1/rootfs/opt/stage2/busybox/rootfs
	[ -x "$RKT_DATA/pods/prepared/$POD/$copy/bin/busybox" ]
	expect_equal "$(stat -c %a "$RKT_DATA/pods/prepared/$POD/stage1/rootfs/opt")" 700
	run --separate-stderr rkt run-prepared --net=none "$POD"
	plain_output
	expect_status 0
	refute_match "${lines[0]}" overlay
	expect_equal "$(<"$RKT_DATA/pods/run/$POD/$copy/etc/group")" changed
	expect_equal "$(<"$RKT_DATA/pods/run/$POD/$copy/new")" new
	[ ! -e "$RKT_DATA/pods/run/$POD/$copy/bin/ls" ]
	pod "$BUSYBOX" --exec=/bin/ls -- /etc/group
	expect_status 0
	expect_equal "$(rkt status "$POD" | grep -c app-busybox=0)" 1
	rkt rm "$POD"
	[ ! -e "$RKT_DATA/pods/run/$POD" ]
	[ ! -e "$RKT_DATA/pods/exited-garbage/$POD" ]
}

@test "several apps, read-only roots and volumes without overlays" {
	start_pod --no-overlay --volume=v,kind=empty --mount=volume=v,target=/v "$BUSYBOX" --name=one --exec=/bin/sleep -- 1000 \
		--- "$BUSYBOX" --name=two --readonly-rootfs=true --exec=/bin/sleep -- 1000
	rkt enter --app=one "$POD" /bin/sh -c 'echo one >/root/one; echo shared >/v/shared'
	run --separate-stderr rkt enter --app=two "$POD" /bin/sh -c 'cat /v/shared; ls /root; touch /x 2>&1'
	expect_equal "$output" "$(printf '%s\n' shared 'touch: /x: Read-only file system')"
}

@test "a copy in a user namespace keeps the numbers that the app sees" {
	pod_sh 'cat /proc/self/uid_map; stat -c %u:%g /home/www /etc/passwd; echo x >/new; chown 33:44 /new; stat -c %u:%g /new' \
		--no-overlay --private-users
	expect_status 0
	dir=$(ls -dt "$RKT_DATA"/pods/run/* | head -n 1)
	expect_equal "$(tr -s ' ' <<<"${lines[0]}")" " 0 $(cut -d: -f1 "$dir/private-users-prepared") 65536"
	expect_equal "${lines[*]:1}" "33:44 0:0 33:44"
	expect_equal "$(stat -c %u:%g "$dir/stage1/rootfs/opt/stage2/busybox/rootfs/new")" 33:44
	expect_equal "$(stat -c %u:%g "$dir/stage1/rootfs/opt/stage2/busybox/rootfs/home/www")" 33:44
}

@test "where there are no overlays images are copied, and that is said" {
	rkt_command
	run --separate-stderr without_overlay "${RKT_COMMAND[@]}" run --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'awk "\$2 == \"/\" {print \$3}" /proc/mounts; echo works'
	plain_output
	expect_status 0
	refute_match "${lines[0]}" overlay
	expect_equal "${lines[1]}" works
	expect_match "$stderr" 'run: disabling overlay support: "overlay is not listed in /proc/filesystems"'
}

@test "where the data directory cannot hold an overlay images are copied, and that is said" {
	local file_data=$RKT_DATA
	mkdir "$BATS_TEST_TMPDIR"/{lower,upper,work}
	# Nor can it hold views.
	RKT_DATA=$BATS_TEST_TMPDIR/unpacked RKT_LAYER_VIEW=tree rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	cp -a "$BATS_TEST_TMPDIR/unpacked/cas" "$BATS_TEST_TMPDIR/lower/"
	RKT_DATA=$file_data
	mount -t tmpfs tmpfs "$BATS_TEST_TMPDIR/upper"
	mkdir "$BATS_TEST_TMPDIR/upper/"{u,w} "$BATS_TEST_TMPDIR/merged"
	run --separate-stderr unshare -m sh -c 'mount -t overlay -o "lowerdir=$1/lower,upperdir=$1/upper/u,workdir=$1/upper/w" overlay "$1/merged" && shift && exec "$@"' \
		sh "$BATS_TEST_TMPDIR" "$RKT" --dir="$BATS_TEST_TMPDIR/merged" run --net=none "$BUSYBOX" --exec=/bin/echo -- works
	umount "$BATS_TEST_TMPDIR/upper"
	plain_output
	expect_status 0
	expect_equal "$output" works
	expect_match "$stderr" 'run: disabling overlay support: ".*/merged is on an overlay"'
}

@test "a pod that was prepared with an overlay is not run without" {
	prepare_pod "$BUSYBOX"
	rkt_command
	run --separate-stderr without_overlay "${RKT_COMMAND[@]}" run-prepared --net=none "$POD"
	expect_status 254
	expect_match "$stderr" 'run-prepared: unable to run prepared overlay-enabled pod: overlay not supported'
	expect_equal "$(pod_state "$POD")" prepared
	run --separate-stderr rkt run-prepared --net=none --no-overlay "$POD"
	expect_status 0
}

@test "a pod that was prepared without an overlay needs none" {
	prepare_pod --no-overlay "$BUSYBOX" --exec=/bin/echo -- works
	rkt_command
	run --separate-stderr without_overlay "${RKT_COMMAND[@]}" run-prepared --net=none "$POD"
	plain_output
	expect_status 0
	expect_equal "$output" works
	refute_match "$stderr" disabling
}

@test "a dry run shows copies and users" {
	run --separate-stderr rkt run --dry-run --net=none --no-overlay --private-users "$BUSYBOX"
	expect_status 0
	expect_match "$output" 'bind appsinfo from stage1/rootfs/opt/stage2/busybox/rootfs \[ pod-root \]'
	expect_match "$output" 'idmap stage1/rootfs/opt/stage2/busybox/rootfs'
	expect_match "$output" 'ids [0-9]+:65536'
}
