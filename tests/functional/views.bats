#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Layers that are views of their tars, never unpacked: what pods and verbs see is what they see of trees.

load lib.bash

LAYERS="oci:$FIXTURES/oci:layers"

setup_file() {
	common_setup_file
	RKT_LAYER_VIEW=erofs rkt --insecure-options=image fetch "$LAYERS" >"$BATS_FILE_TMPDIR/id"
	RKT_LAYER_VIEW=tree RKT_DATA=$BATS_FILE_TMPDIR/trees rkt --insecure-options=image fetch "$LAYERS" >/dev/null
}

teardown() {
	common_teardown
}

# of_trees COMMAND...: with the store that has the same image unpacked.
of_trees() {
	RKT_DATA=$BATS_FILE_TMPDIR/trees "$@"
}

# The names of the layers that are views.
views() {
	(cd "$RKT_DATA/cas/tree" && ls -d sha256-*/index | cut -d/ -f1)
}

# see FILE ARGS...: lists what a pod of the image shows; of a user namespace's numbers, which are other ones for each
# pod, that they are such.
see() {
	local file=$1
	shift
	start_pod "$@" "$(<"$BATS_FILE_TMPDIR/id")" --user=0 --group=0 --exec=/bin/sleep -- 1000
	listing "$(first_app)" | grep -v '^./etc/mtab ' | sed -E 's/ [0-9]{7,}:[0-9]{7,} / mapped /; s/(capability=0x01000003.*)[0-9a-f]{8}$/\1 mapped/' >"$file"
	rkt stop "$POD"
	wait_for_pod_end
}

@test "a layer is kept as its tar and an index of it, and nothing of it is unpacked" {
	local layer size
	expect_equal "$(views | wc -l)" 4
	for layer in $(views); do
		expect_equal "$(ls -A "$RKT_DATA/cas/tree/$layer/rootfs")" ''
		size=$(sed -n 's/^tar=//p' "$RKT_DATA/cas/tree/$layer/info")
		expect_equal "sha256-$(head -c "$size" "$RKT_DATA/cas/tree/$layer/tar" | sha256sum | cut -d' ' -f1)" "$layer"
	done
	expect_equal "$(find "$RKT_DATA/cas/tree" -path '*/opt/setuid')" ''
}

@test "config and image df tell what layers become and why, as it was found out in this boot" {
	local layer
	unset RKT_LAYER_VIEW
	expect_match "$(rkt config 2>&1 >/dev/null)" 'config: layers that come are not unpacked'
	run --separate-stderr rkt image df --full
	expect_match "$stderr" 'df: layers that come are not unpacked'
	layer=$(views | head -n 1)
	expect_equal "$(awk -v id="$layer" '$2 == id { print $1, $3 }' <<<"$output")" \
		"view $(($(stat -c %s "$RKT_DATA/cas/tree/$layer/index") + $(stat -c %s "$RKT_DATA/cas/tree/$layer/tar")))"
	expect_match "$(RKT_LAYER_VIEW='' rkt config 2>&1 >/dev/null)" 'config: layers that come are not unpacked'
	expect_match "$(RKT_LAYER_VIEW=tree rkt config 2>&1 >/dev/null)" 'are unpacked, as RKT_LAYER_VIEW says'
	new_data_dir "$BATS_TEST_TMPDIR/store"
	expect_match "$(rkt config 2>&1 >/dev/null)" 'is found out when the first of this boot does'
	mount -t tmpfs tmpfs "$RKT_DATA"
	run --separate-stderr rkt --insecure-options=image fetch "$LAYERS"
	expect_status 0
	# Nobody has asked for views.
	expect_equal "$stderr" ''
	expect_match "$(rkt config 2>&1 >/dev/null)" 'are unpacked, since views of them do not work here: EROFS takes no files of this filesystem'
	# What was found out in another boot, or elsewhere, means nothing.
	sed -i 's/^boot=./boot=g/' "$RKT_DATA/cas/view-support"
	expect_match "$(rkt config 2>&1 >/dev/null)" 'is found out when the first of this boot does'
	umount -l "$RKT_DATA"
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "where there can be no views layers are unpacked, and that is told" {
	new_data_dir "$BATS_TEST_TMPDIR/store"
	mount -t tmpfs tmpfs "$RKT_DATA"
	RKT_LAYER_VIEW=erofs run --separate-stderr rkt --insecure-options=image fetch "$LAYERS"
	expect_status 0
	expect_match "$stderr" 'fetch: layers are unpacked, since views of them do not work here: EROFS takes no files of this filesystem'
	expect_equal "$(find "$RKT_DATA/cas/tree" -name index)" ''
	[ -u "$(find "$RKT_DATA/cas/tree" -path '*/opt/setuid')" ]
	umount -l "$RKT_DATA"
	RKT_LAYER_VIEW=squashfs run --separate-stderr rkt --insecure-options=image fetch "$LAYERS"
	expect_status 254
	expect_match "$stderr" 'RKT_LAYER_VIEW is "squashfs": it can be tree or erofs'
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "a store on overlayfs has no layers that remove files, and says what to do" {
	mkdir "$BATS_TEST_TMPDIR"/{ram,store}
	mount -t tmpfs tmpfs "$BATS_TEST_TMPDIR/ram"
	mkdir "$BATS_TEST_TMPDIR"/ram/{lower,upper,work}
	mount -t overlay overlay -o "lowerdir=$BATS_TEST_TMPDIR/ram/lower,upperdir=$BATS_TEST_TMPDIR/ram/upper,workdir=$BATS_TEST_TMPDIR/ram/work" "$BATS_TEST_TMPDIR/store"
	new_data_dir "$BATS_TEST_TMPDIR/store"
	run --separate-stderr rkt --insecure-options=image fetch "$LAYERS"
	expect_status 254
	expect_match "$stderr" 'opt/.wh.gone": create: operation not permitted'
	expect_match "$stderr" "hint: layers that remove files of others cannot be unpacked to overlayfs: rkt's data directory \(--dir\) has to be on another filesystem"
	run --separate-stderr rkt --insecure-options=image fetch "$FIXTURES/busybox.aci"
	expect_status 0
	umount -l "$BATS_TEST_TMPDIR/store" "$BATS_TEST_TMPDIR/ram"
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "a disk that was full when views were tried is no reason to unpack what comes later" {
	local disk=$BATS_TEST_TMPDIR/disk filler=0
	unset RKT_LAYER_VIEW
	mkdir "$disk"
	truncate -s 32M "$disk.img"
	mkfs.ext4 -q -N 256 "$disk.img"
	mount -o loop "$disk.img" "$disk"
	new_data_dir "$disk"
	RKT_LAYER_VIEW=tree run rkt --insecure-options=image fetch "oci:$FIXTURES/oci:no-such-tag"
	expect_status 254
	while : >"$disk/filler-$filler"; do filler=$((filler + 1)); done 2>/dev/null
	# One file for the directory in which they are tried, or for the note of what came of it.
	rm "$disk/filler-0"
	run rkt --insecure-options=image fetch "$LAYERS"
	expect_status 254
	expect_match "$output" 'no space left on device'
	rm "$disk"/filler-*
	rkt --insecure-options=image fetch "$LAYERS"
	expect_equal "$(views | wc -l)" 4
	umount -l "$disk"
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "an ACI is a view, unless it shows what others have or not all that it has" {
	local id
	new_data_dir "$BATS_TEST_TMPDIR/store"
	export RKT_LAYER_VIEW=erofs
	make_aci "$BATS_TEST_TMPDIR/whole.aci" '.name = "example.com/whole"'
	make_aci "$BATS_TEST_TMPDIR/listed.aci" '.name = "example.com/listed" | .pathWhitelist = ["/bin", "/bin/sh", "/bin/busybox", "/bin/ls"]'
	id=$(rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/whole.aci")
	expect_match "$(ls "$RKT_DATA/cas/tree")" "^$id[0-9a-f]+\$"
	expect_equal "$(ls -A "$RKT_DATA/cas/tree/$id"*/rootfs)" ''
	pod "$id" --exec=/bin/ls -- /bin/busybox
	expect_equal "$output" /bin/busybox
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/listed.aci" >/dev/null
	expect_equal "$(ls "$RKT_DATA"/cas/tree/deps-*/rootfs/bin | tr '\n' ' ')" 'busybox ls sh '
	expect_nothing_left
	unset RKT_LAYER_VIEW
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "a layer with a sparse file has a tree" {
	local layer
	mkdir -p "$BATS_TEST_TMPDIR/root/srv"
	truncate -s 5M "$BATS_TEST_TMPDIR/root/srv/sparse"
	echo tail >>"$BATS_TEST_TMPDIR/root/srv/sparse"
	tar -C "$BATS_TEST_TMPDIR/root" --sparse --format=posix -cf "$BATS_TEST_TMPDIR/layer.tar" .
	# A file that says that it is larger than what the archive has of it.
	(cd "$BATS_TEST_TMPDIR" && python3 -c '
import io, tarfile
with tarfile.open("claim.tar", "w") as tar:
    file = tarfile.TarInfo("claim")
    file.size, file.pax_headers = 700, {"GNU.sparse.realsize": "3000"}
    tar.addfile(file, io.BytesIO(b"A" * 700))
    tar.addfile(tarfile.TarInfo("next"))')
	umoci init --layout "$BATS_TEST_TMPDIR/layout"
	umoci new --image "$BATS_TEST_TMPDIR/layout:latest"
	umoci raw add-layer --image "$BATS_TEST_TMPDIR/layout:latest" "$BATS_TEST_TMPDIR/layer.tar"
	umoci raw add-layer --image "$BATS_TEST_TMPDIR/layout:latest" "$BATS_TEST_TMPDIR/claim.tar"
	new_data_dir "$BATS_TEST_TMPDIR/store"
	RKT_LAYER_VIEW=erofs rkt --insecure-options=image fetch "oci:$BATS_TEST_TMPDIR/layout:latest"
	layer=sha256-$(sha256sum <"$BATS_TEST_TMPDIR/layer.tar" | cut -d' ' -f1)
	expect_equal "$(ls "$RKT_DATA/cas/tree/$layer" | grep -v checksum)" $'info\nrootfs'
	cmp "$BATS_TEST_TMPDIR/root/srv/sparse" "$RKT_DATA/cas/tree/$layer/rootfs/srv/sparse"
	layer=sha256-$(sha256sum <"$BATS_TEST_TMPDIR/claim.tar" | cut -d' ' -f1)
	expect_equal "$(tr -d '\0' <"$RKT_DATA/cas/tree/$layer/rootfs/claim" | wc -c)" 700
	expect_equal "$(stat -c %s "$RKT_DATA/cas/tree/$layer/rootfs/claim")" 3000
}

@test "a pod sees the same as with trees, whatever made its root" {
	local mode
	for mode in --no-overlay=false --no-overlay --private-users; do
		see "$BATS_TEST_TMPDIR/views" $mode
		of_trees see "$BATS_TEST_TMPDIR/trees" $mode
		diff "$BATS_TEST_TMPDIR/trees" "$BATS_TEST_TMPDIR/views"
		grep -qE '^\./opt/opaque/upper ' "$BATS_TEST_TMPDIR/views"
	done
	grep -q mapped "$BATS_TEST_TMPDIR/views"
	pod --private-users "$(<"$BATS_FILE_TMPDIR/id")" --user=0 --group=0 --exec=/bin/stat -- -c %U:%u:%g /opt/file
	expect_match "$output" ':33:44$'
}

@test "nothing stays mounted, and the host sees no view" {
	local before
	rkt gc --grace-period=0s
	before=$(cat /proc/self/mountinfo)
	start_pod "$(<"$BATS_FILE_TMPDIR/id")" --exec=/bin/sleep -- 1000
	expect_equal "$(grep -c erofs /proc/self/mountinfo || true)" 0
	rkt stop "$POD"
	wait_for_pod_end
	rkt gc --grace-period=0s
	expect_equal "$(cat /proc/self/mountinfo)" "$before"
	expect_equal "$(find "$RKT_DATA/cas/tree" -path '*/opt/setuid')" ''
}

# cached: how many bytes of a file of the pod's first app are in memory.
cached() {
	fincore --bytes --noheadings --output=RES "/proc/$(first_app)/root/opt/setuid" | tr -d ' '
}

@test "pods share what of a file is in memory" {
	local first first_pid
	start_pod "$(<"$BATS_FILE_TMPDIR/id")" --exec=/bin/sleep -- 1000
	first=$POD first_pid=$POD_PID
	cat "/proc/$(first_app)/root/opt/setuid" >/dev/null
	[ "$(cached)" -gt 1000000 ]
	start_pod "$(<"$BATS_FILE_TMPDIR/id")" --exec=/bin/sleep -- 1000
	[ "$(cached)" -gt 1000000 ]
	rkt stop "$POD"
	wait_for_pod_end
	# As it is without that.
	umount "$RKT_DATA/cas/views"
	start_pod "$(<"$BATS_FILE_TMPDIR/id")" --exec=/bin/sleep -- 1000
	expect_equal "$(cached)" 0
	rkt stop "$POD"
	wait_for_pod_end
	POD=$first POD_PID=$first_pid
	rkt stop "$POD"
	wait_for_pod_end
}

@test "damage of a view is found, and the layer that is made anew is what new pods see" {
	local tar old
	new_data_dir "$BATS_TEST_TMPDIR/store"
	export RKT_LAYER_VIEW=erofs
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci"
	tar=$(echo "$RKT_DATA"/cas/tree/*/tar)
	start_sleeper
	old=$(stat -c %i "$tar")
	python3 - "$tar" <<-'END'
		import sys, tarfile
		place = tarfile.open(sys.argv[1]).getmember("rootfs/etc/passwd").offset_data
		with open(sys.argv[1], "r+b") as file:
		    file.seek(place)
		    file.write(b"damage")
	END
	run rkt image verify "$BUSYBOX"
	expect_status 0
	expect_match "$output" 'is damaged \(its tar has the digest [0-9a-f]{128}\);  rebuilding'
	[ "$(stat -c %i "$tar")" != "$old" ]
	# What is called by the layer's name alone would be the damaged one.
	pod "$BUSYBOX" --exec=/bin/head -- -n 1 /etc/passwd
	expect_match "$output" '^root:'
	rkt stop "$POD"
	wait_for_pod_end
	expect_nothing_left
	unset RKT_LAYER_VIEW
	new_data_dir "$BATS_FILE_TMPDIR"
}

# tells LAYER WHAT DAMAGE...: fsck tells what is wrong once DAMAGE was done in the layer's directory.
tells() {
	local layer=$1 what=$2
	shift 2
	(cd "$RKT_DATA/cas/tree/$layer" && "$@")
	run rkt fsck
	expect_status 254
	expect_match "$output" "layer $layer is damaged \($what\)"
}

# repairs LAYER WHAT DAMAGE...: and then it is made anew, as it was.
repairs() {
	local layer=$RKT_DATA/cas/tree/$1 before
	before=$(cd "$layer" && sha256sum tar index)
	tells "$@"
	run rkt fsck --repair
	expect_status 0
	expect_equal "$(cd "$layer" && sha256sum tar index)" "$before"
	rkt fsck
}

overwrite() {
	printf 'damage' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a layer whose info file is damaged is none: the next fetch brings it anew" {
	local damage with
	new_data_dir "$BATS_TEST_TMPDIR/store"
	for damage in 'sed -i s/^bytes=./bytes=x/' 'truncate -s 300'; do
		for with in image orphan; do
			rkt --insecure-options=image fetch "$LAYERS" >"$BATS_TEST_TMPDIR/id"
			# With and without an image that needs the layer.
			[ "$with" = image ] || rkt image rm "$(<"$BATS_TEST_TMPDIR/id")"
			$damage "$(echo "$RKT_DATA"/cas/tree/sha256-*/info | cut -d' ' -f1)"
			rkt --insecure-options=image fetch "$LAYERS"
			rkt fsck
			pod "$(<"$BATS_TEST_TMPDIR/id")" --exec=/bin/true
			expect_status 0
		done
	done
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "each file of a view is checked: whatever is damaged is made anew, the same" {
	local layer
	new_data_dir "$BATS_TEST_TMPDIR/store"
	export RKT_LAYER_VIEW=erofs
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci"
	layer=$(basename "$RKT_DATA"/cas/tree/*)
	# Nothing has to be noted for that.
	expect_equal "$(ls "$RKT_DATA/cas/tree/$layer")" $'index\ninfo\nrootfs\ntar'
	repairs "$layer" 'its tar has the digest [0-9a-f]{128}' overwrite tar 300000
	repairs "$layer" 'its tar cannot be read' overwrite tar 300
	repairs "$layer" 'its tar (cannot be read|has the digest .*)' truncate --size=300000 tar
	repairs "$layer" 'it has no tar' rm tar
	repairs "$layer" 'its index is not that of its tar' overwrite index 1290
	repairs "$layer" 'its index is not that of its tar' truncate --size=1000 index
	repairs "$layer" 'its index is not that of its tar' truncate --size=+512 index
	repairs "$layer" 'its index is not that of its tar' rm index
	new_data_dir "$BATS_TEST_TMPDIR/other"
	rkt --insecure-options=image fetch "$LAYERS" >/dev/null
	rkt fsck
	layer=$(basename "$(dirname "$RKT_DATA"/cas/tree/*/implicit | head -n 1)")
	tells "$layer" 'its implicit is not that of its tar' rm implicit
	unset RKT_LAYER_VIEW
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "of a view that lacks its index or its tar nothing starts, and what makes it anew is told" {
	local image file
	image=$(<"$BATS_FILE_TMPDIR/id")
	new_data_dir "$BATS_TEST_TMPDIR/store"
	export RKT_LAYER_VIEW=erofs
	rkt --insecure-options=image fetch "$LAYERS"
	for file in index tar; do
		rm "$RKT_DATA/cas/tree/$(views | head -n 1)/$file"
		run --separate-stderr rkt run --net=none "$image" --exec=/bin/true
		expect_status 254
		expect_match "$stderr" 'mount the view of layer sha256-[0-9a-f]*: no such file or directory'
		expect_match "$stderr" 'hint: the layer is damaged: "rkt fsck --repair" makes it anew'
		run rkt fsck --repair
		expect_match "$output" 'nobody knows where image .* came from: fetch it again'
		rkt --insecure-options=image fetch "$LAYERS"
		rkt fsck
		expect_equal "$(views | wc -l)" 4
	done
	pod "$image" --exec=/bin/cat -- /opt/opaque/upper
	expect_status 0
	rkt gc --grace-period=0s
	unset RKT_LAYER_VIEW
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "a store that was brought to where views do not work says what to do, and is mended by that" {
	local image
	new_data_dir "$BATS_TEST_TMPDIR/store"
	for image in "$FIXTURES/busybox.aci" "oci:$FIXTURES/oci:latest"; do
		RKT_DATA=$BATS_TEST_TMPDIR/made RKT_LAYER_VIEW=erofs rkt --insecure-options=image fetch "$image" >>"$BATS_TEST_TMPDIR/ids"
	done
	mount -t tmpfs tmpfs "$RKT_DATA"
	cp -a "$BATS_TEST_TMPDIR/made/cas" "$RKT_DATA/"
	for image in $(<"$BATS_TEST_TMPDIR/ids"); do
		run --separate-stderr rkt run --net=none "$image" --exec=/bin/true
		expect_status 254
		expect_match "$stderr" 'mount the view of layer sha[0-9]*-[0-9a-f]*: block device required'
		expect_match "$stderr" 'hint: .*remove the image and fetch it again'
	done
	rkt image rm $(<"$BATS_TEST_TMPDIR/ids") >/dev/null
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" "oci:$FIXTURES/oci:latest" >/dev/null
	for image in $(<"$BATS_TEST_TMPDIR/ids"); do
		pod "$image" --exec=/bin/echo -- works
		expect_status 0
		expect_equal "$output" works
	done
	expect_equal "$(find "$RKT_DATA/cas/tree" -name index)" ''
	umount -l "$RKT_DATA"
	new_data_dir "$BATS_FILE_TMPDIR"
}

@test "a fetch that wants trees makes them of views, also under a pod that runs" {
	new_data_dir "$BATS_TEST_TMPDIR/store"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	start_sleeper
	RKT_LAYER_VIEW=tree rkt --insecure-options=image fetch --pull-policy=update "$FIXTURES/busybox.aci" >/dev/null
	expect_equal "$(find "$RKT_DATA/cas/tree" -name index)" ''
	expect_match "$(rkt exec "$POD" head -n 1 /etc/passwd)" '^root:'
	pod "$BUSYBOX" --exec=/bin/head -- -n 1 /etc/passwd
	expect_match "$output" '^root:'
	rkt stop "$POD"
	wait_for_pod_end
	rkt fsck
	new_data_dir "$BATS_FILE_TMPDIR"
}

# shared: how many views there are that pods share.
shared() {
	python3 -c 'import ctypes, os, sys
ctypes.CDLL(None).setns(os.open(sys.argv[1], 0), 0x20000)
print(len(os.listdir("/")))' "$RKT_DATA/cas/views"
}

@test "gc drops the views that no pod needs, and none that one does" {
	start_pod "$(<"$BATS_FILE_TMPDIR/id")" --exec=/bin/sleep -- 1000
	expect_equal "$(shared)" 4
	rkt gc --grace-period=0s
	expect_equal "$(shared)" 4
	rkt stop "$POD"
	wait_for_pod_end
	mountpoint "$RKT_DATA/cas/views"
	rkt gc --grace-period=0s
	run ! mountpoint "$RKT_DATA/cas/views"
	expect_equal "$(rkt image list --no-legend | grep -c oci)" 1
	pod "$(<"$BATS_FILE_TMPDIR/id")" --exec=/bin/cat -- /opt/opaque/upper
	expect_status 0
}

@test "an app that is added to a running pod sees them" {
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$BATS_TEST_TMPDIR/uuid" --net=none >"$BATS_TEST_TMPDIR/pod.out" 2>&1 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$BATS_TEST_TMPDIR/uuid"
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
	rkt status --wait-ready=20s "$POD" >/dev/null
	rkt app add "$POD" "$(<"$BATS_FILE_TMPDIR/id")" --name=one --exec=/bin/sh -- -c 'cat /opt/file; ls /opt/opaque'
	rkt app start "$POD" --app=one
	wait_until grep -q 'one.*: upper$' "$BATS_TEST_TMPDIR/pod.out"
	expect_equal "$(grep -c erofs /proc/self/mountinfo || true)" 0
	rkt stop "$POD"
	wait_for_pod_end
}

@test "image render, export and cp of a pod that has ended have what is in them" {
	local image
	image=$(<"$BATS_FILE_TMPDIR/id")
	rkt image render "$image" "$BATS_TEST_TMPDIR/views"
	of_trees rkt image render "$image" "$BATS_TEST_TMPDIR/trees"
	diff -r --no-dereference --exclude=fifo --exclude=null "$BATS_TEST_TMPDIR/trees/rootfs/opt" "$BATS_TEST_TMPDIR/views/rootfs/opt"
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$image" --user=0 --group=0 --exec=/bin/sh -- -c 'echo mine >/opt/mine'
	POD=$(<"$BATS_TEST_TMPDIR/uuid")
	rkt cp "$POD:/opt/file" "$BATS_TEST_TMPDIR/file"
	cmp "$BATS_TEST_TMPDIR/views/rootfs/opt/file" "$BATS_TEST_TMPDIR/file"
	rkt export "$POD" "$BATS_TEST_TMPDIR/pod.aci"
	expect_equal "$(tar -xOf "$BATS_TEST_TMPDIR/pod.aci" rootfs/opt/mine)" mine
	cmp <(tar -xOf "$BATS_TEST_TMPDIR/pod.aci" rootfs/opt/setuid) "$BATS_TEST_TMPDIR/views/rootfs/opt/setuid"
}

@test "what is in them is what is in trees, and what umoci unpacks" {
	local image
	image=$(<"$BATS_FILE_TMPDIR/id")
	cd "$BATS_TEST_TMPDIR"
	umoci unpack --image "$FIXTURES/oci:layers" umoci
	rkt image render "$image" views
	of_trees rkt image render "$image" trees
	contents umoci/rootfs >umoci.list
	[ "$(wc -l <umoci.list)" -gt 50 ]
	contents views/rootfs >views.list
	contents trees/rootfs >trees.list
	diff umoci.list views.list
	diff umoci.list trees.list
}

@test "fsck reads them, and image rm and gc remove them" {
	rkt fsck
	rkt gc --grace-period=0s
	rkt image rm "$(<"$BATS_FILE_TMPDIR/id")"
	rkt image gc
	expect_equal "$(ls "$RKT_DATA/cas/tree" | grep -c sha256- || true)" 0
	expect_equal "$(ls -A "$RKT_DATA/cas/tmp")" ''
}
