#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image rm and image gc: what goes, and what stays because something needs it.

load lib.bash

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

store() {
	run --separate-stderr rkt --insecure-options=image fetch --pull-policy=new --full "$@"
	expect_status 0
	IMAGE=$output
}

gc() {
	run --separate-stderr rkt image gc "$@"
}

# unused IMAGE: nobody has used it for two days.
unused() {
	touch -d '2 days ago' "$RKT_DATA/cas/image/$1/lastused"
}

content() {
	ls "$RKT_DATA/cas/$1"
}

@test "image gc removes images that were not used for long, and all that only they need" {
	store "oci:$FIXTURES/oci:layers"
	oci=$IMAGE
	store "$FIXTURES/busybox.aci"
	unused "$oci"
	trees=$(sed -n 's/^layer=//p' "$RKT_DATA/cas/image/$oci/info" | LC_ALL=C sort)
	gc
	expect_status 0
	expect_equal "$output" "successfully removed aci for image: \"$oci\""
	expect_equal "$(grep treestore <<<"$stderr" | sed 's/.*"\(.*\)"/\1/' | LC_ALL=C sort)" "$trees"
	expect_match "${stderr_lines[0]}" '^gc: removed treestore "(sha256|dirs)-[0-9a-f]{64}"$'
	expect_equal "${stderr_lines[-1]}" 'gc: 1 image(s) successfully removed'
	expect_equal "$(content image) $(content tree) $(content blob)" "$IMAGE $IMAGE $IMAGE"
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "the grace period says how long images stay, and use begins it anew" {
	store "$FIXTURES/busybox.aci"
	unused "$IMAGE"
	gc --grace-period=49h
	expect_equal "$output$stderr" ""
	pod "$BUSYBOX" --exec=/bin/true
	gc
	expect_status 0
	expect_equal "$output$stderr" ""
	rkt gc --grace-period=0s >/dev/null 2>&1
	gc --grace-period=0s
	expect_equal "$output" "successfully removed aci for image: \"$IMAGE\""
	expect_equal "$(content image)$(content tree)$(content blob)" ""
	gc
	expect_status 0
	expect_equal "$output$stderr" ""
}

@test "images and layers of pods stay as long as these need them" {
	store "$FIXTURES/busybox.aci"
	start_sleeper
	unused "$IMAGE"
	gc
	expect_equal "$output$stderr" ""
	run --separate-stderr rkt image rm "$IMAGE"
	expect_equal "$output" "successfully removed aci for image: \"$IMAGE\""
	expect_equal "$stderr" 'rm: 1 image(s) successfully removed'
	gc
	expect_equal "$output$stderr" ""
	expect_equal "$(rkt enter "$POD" /bin/cat /var/data/file)" seeded
	rkt stop --force "$POD" >/dev/null
	wait_for_pod_end
	POD_PID=
	# An exited pod still can be looked at.
	gc
	expect_equal "$(content tree)" "$IMAGE"
	rkt rm "$POD" >/dev/null
	gc
	expect_equal "$stderr" "gc: removed treestore \"$IMAGE\""
}

@test "a prepared pod can be run after image gc" {
	store "$FIXTURES/busybox.aci"
	prepare_pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	unused "$IMAGE"
	gc
	expect_equal "$output$stderr" ""
	run --separate-stderr rkt run-prepared --net=none "$POD"
	plain_output
	expect_equal "$output" seeded
	rkt gc --grace-period=0s >/dev/null 2>&1
	unused "$IMAGE"
	gc
	expect_equal "$output" "successfully removed aci for image: \"$IMAGE\""
}

@test "a prepared pod can be run after image rm" {
	local image how
	for image in "$FIXTURES/busybox.aci" "oci:$FIXTURES/oci:layers"; do
		for how in "" --no-overlay; do
			store "$image"
			prepare_pod $how "$IMAGE" --user=0 --group=0 --exec=/bin/sh -- -c 'echo "runs $(ls /opt/opaque /var/data 2>/dev/null)"'
			run --separate-stderr rkt image rm "$IMAGE"
			expect_equal "$output" "successfully removed aci for image: \"$IMAGE\""
			# The layers of what is still to be run stay.
			gc --grace-period=0s
			expect_status 0
			expect_equal "$output$stderr" ""
			run --separate-stderr rkt run-prepared --net=none "$POD"
			expect_status 0
			plain_output
			expect_match "$output" '^runs .*(upper|file)'
			rkt gc --grace-period=0s >/dev/null 2>&1
			gc --grace-period=0s
			expect_equal "$(content tree)" ""
		done
	done
}

@test "layers that images share stay, also of what only they depend on" {
	store "$FIXTURES/busybox.aci"
	base=$IMAGE
	mkdir own
	make_aci app.aci '.name = "example.com/app" | .dependencies = [{"imageName": "example.com/busybox"}]' "$PWD/own"
	store "$PWD/app.aci"
	unused "$base"
	gc
	expect_equal "$output" "successfully removed aci for image: \"$base\""
	# The layer of an ACI with dependencies is unpacked when it comes.
	expect_equal "$(grep -v 'is no longer unpacked: it is seen by a view$' <<<"$stderr")" 'gc: 1 image(s) successfully removed'
	pod example.com/app --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "image gc waits for a fetch, and removes what one has left half-done" {
	store "$FIXTURES/busybox.aci"
	boot=$(</proc/sys/kernel/random/boot_id)
	echo half >"$RKT_DATA/cas/tmp/p-$boot-half"
	echo half >"$RKT_DATA/cas/tmp/p-$boot-old"
	touch -d '2 days ago' "$RKT_DATA/cas/tmp/p-$boot-old"
	gc
	expect_equal "$(content tmp)" "p-$boot-half"
	exec 9<"$RKT_DATA/locks/prepareLock"
	flock -s 9
	rkt image gc --grace-period=0s >gc.out 2>&1 9<&- &
	gc_pid=$!
	wait_until grep -q -- "-> FLOCK.*:$(stat -c %i "$RKT_DATA/locks/prepareLock") " /proc/locks
	expect_equal "$(content image)" "$IMAGE"
	exec 9<&-
	wait "$gc_pid"
	expect_match "$(<gc.out)" 'successfully removed aci for image'
	expect_equal "$(content tmp)$(content image)" ""
}

@test "what looks at a store that is not there makes none" {
	local verb
	rmdir "$RKT_DATA"
	for verb in "image gc" "image gc --grace-period=0s" fsck "fsck --repair" "image df" "image list" gc; do
		run --separate-stderr rkt $verb
		expect_status 0
		[ ! -e "$RKT_DATA" ] || {
			echo "rkt $verb has made $(find "$RKT_DATA")"
			return 1
		}
	done
	gc --grace-period=-24h
	expect_status 254
	expect_match "$stderr" '--grace-period must not be negative'
}

@test "image gc and what reads an image wait for one another" {
	store "oci:$FIXTURES/oci:layers"
	local verb job
	for verb in export extract render; do
		exec 9<"$RKT_DATA/locks/prepareLock"
		flock -x 9
		rkt image "$verb" "$IMAGE" "$verb" 9<&- 3>&- &
		job=$!
		wait_until grep -q -- "-> FLOCK.*:$(stat -c %i "$RKT_DATA/locks/prepareLock") " /proc/locks
		[ ! -e "$verb" ]
		exec 9<&-
		wait "$job"
		[ -e "$verb" ]
	done
}

# again TIMES COMMAND...: one time after the other, until one fails.
again() {
	local n
	for ((n = $1; n > 0; n--)); do
		"${@:2}" || return 1
	done
}

@test "images come and go at the same time, and the store stays whole" {
	fetch_one() { rkt --insecure-options=image fetch --pull-policy=new "$1" >/dev/null; }
	list_all() { expect_equal "$(rkt image list 2>&1 >/dev/null)" "" >&2; }
	remove_one() { rkt image rm example.com/busybox >/dev/null 2>&1; }
	collect() { rkt image gc --grace-period=0s >/dev/null; }
	jobs=()
	# The directories of a store have to be there before anybody looks for them.
	store "$FIXTURES/busybox.aci"
	for job in "fetch_one $FIXTURES/busybox.aci" "fetch_one $FIXTURES/busybox.aci" "fetch_one oci:$FIXTURES/oci:layers" \
		"fetch_one oci:$FIXTURES/oci:latest" list_all remove_one collect; do
		again 8 $job 2>"job-${#jobs[@]}" 3>&- &
		jobs+=($!)
	done
	for i in "${!jobs[@]}"; do
		wait "${jobs[$i]}" || {
			cat "job-$i"
			echo "job $i failed"
			return 1
		}
	done
	store "$FIXTURES/busybox.aci"
	store "oci:$FIXTURES/oci:layers"
	wait_until store_is_settled
	run --separate-stderr rkt fsck
	expect_equal "$output$stderr" ""
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/ls -- /opt/opaque
	expect_equal "$output" upper
}

@test "an image that a newer version has stored is not read, and nothing of it collected" {
	store "$FIXTURES/busybox.aci"
	wait_until store_is_settled
	sed -i 's/^version=1$/version=2/' "$RKT_DATA/cas/image/$IMAGE/info"
	before=$(cd "$RKT_DATA/cas" && find image blob tree -type f -exec sha256sum {} + | sort)
	run --separate-stderr rkt image list
	expect_status 0
	expect_equal "$stderr" "list: cannot read image $IMAGE: the info file has the unknown version \"2\"
list: 1 image(s) in the store cannot be read (see \"rkt fsck\")"
	pod "$IMAGE"
	expect_status 254
	expect_match "$stderr" 'the info file has the unknown version "2"$'
	gc --grace-period=0s
	expect_equal "$(cd "$RKT_DATA/cas" && find image blob tree -type f -exec sha256sum {} + | sort)" "$before"
	run --separate-stderr rkt fsck
	expect_status 254
	expect_match "$output" "^image $IMAGE: cannot read image $IMAGE: the info file has the unknown version \"2\"|the info file has the unknown version \"2\"$"
}

@test "with a damaged image only what nobody can need goes" {
	store "oci:$FIXTURES/oci:layers"
	oci=$IMAGE
	store "$FIXTURES/busybox.aci"
	echo damage >"$RKT_DATA/cas/image/$oci/manifest"
	unused "$IMAGE"
	gc
	expect_status 0
	expect_equal "$output" "successfully removed aci for image: \"$IMAGE\""
	expect_match "$stderr" '1 image\(s\) are damaged: what they may need stays'
	[ -d "$RKT_DATA/cas/tree/$IMAGE" ]
}

@test "image rm tells of what it cannot find, and removes the rest" {
	store "$FIXTURES/busybox.aci"
	run --separate-stderr rkt image rm example.com/absent sha512-00ff "$IMAGE"
	expect_status 0
	expect_equal "$output" "successfully removed aci for image: \"$IMAGE\""
	expect_equal "${#stderr_lines[@]}" 3
	expect_equal "${stderr_lines[1]}" 'rm: no image IDs found'
	expect_equal "${stderr_lines[2]}" 'rm: 1 image(s) successfully removed'
}

@test "image rm counts what it cannot remove" {
	store "$FIXTURES/busybox.aci"
	chattr +i "$RKT_DATA/cas/image" 2>/dev/null || skip "this filesystem has no immutable files"
	run --separate-stderr rkt image rm "$IMAGE"
	chattr -i "$RKT_DATA/cas/image"
	expect_status 254
	expect_equal "${stderr_lines[-1]}" 'rm: 1 image(s) cannot be removed'
	chattr +i "$RKT_DATA/cas/blob/$IMAGE"
	run --separate-stderr rkt image rm "$IMAGE"
	chattr -i "$RKT_DATA/cas/blob/$IMAGE"
	expect_status 254
	expect_equal "${stderr_lines[-1]}" 'rm: 1 image(s) removed but left some stale files'
	expect_equal "$(content image)" ""
}
