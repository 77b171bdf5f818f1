#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Stored images as files again: image extract, render, export.

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

image() {
	run --separate-stderr rkt image "$@"
}

# look DIR: all that there is to know about the files in it, except link counts and sizes of directories, and when
# those were made that no archive brings.
look() {
	(
		cd "$1"
		[ ! -e manifest ] || touch -d @0 . manifest
		find . -printf '%p %y %m %U:%G %T@ %l' \( -type d -printf '\n' -o -printf ' %s %n %D\n' \) | sed 's/ [0-9]*$//' | LC_ALL=C sort
		find . -type f -exec sha256sum {} + | LC_ALL=C sort
		find . \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} + | LC_ALL=C sort
		getfattr -R -P -h -d -m - . | LC_ALL=C sort
		find . -type f -links +1 -printf '%i %p\n' | awk '{ print (seen[$1] ? seen[$1] : seen[$1] = $2), $2 }' | LC_ALL=C sort
	)
}

same() {
	diff <(look "$1") <(look "$2")
}

# An image with one of everything that a tar can have, in everything.aci and its root in everything.
everything() {
	mkdir -p everything/dir/sub everything/sticky
	cd everything
	echo one >dir/file
	ln dir/file hard
	ln -s ../nowhere dir/link
	ln -s "$(printf 'x%.0s' {1..200})" long-link
	mkfifo fifo
	mknod null c 1 3
	mknod disk b 8 1
	cp "$FIXTURES/rootfs/bin/busybox" setuid
	chmod 6755 setuid
	cp "$FIXTURES/rootfs/bin/busybox" caps
	setcap cap_net_bind_service=ep caps
	setfattr -n user.mine -v yours dir/file
	truncate -s 100M sparse
	echo end >>sparse
	local deep
	deep=$(printf 'd%.0s' {1..120})
	mkdir -p "$deep/$deep/$deep"
	echo deep >"$deep/$deep/$deep/$(printf 'f%.0s' {1..200})"
	printf name >$'odd \n\xff name'
	chown 1234:5678 dir/file sticky
	chown 5000000:6000000 dir/sub
	chmod 1777 sticky
	chmod 000 fifo
	find . -exec touch -h -d '2001-02-03 04:05:06.789 UTC' {} +
	cd ..
	jq '.name = "example.com/everything"' "$FIXTURES/manifest" >manifest
	tar -cf everything.aci --format=posix --sparse --numeric-owner --xattrs --xattrs-include='*' manifest \
		--transform='s,^everything,rootfs,S' everything
}

@test "image extract gives what tar gives, with the manifest and without" {
	everything
	mkdir tar
	tar -C tar -xpf everything.aci --numeric-owner --xattrs --xattrs-include='*'
	gzip -k everything.aci
	mv everything.aci.gz compressed.aci
	store "$PWD/compressed.aci"
	image extract example.com/everything out
	expect_status 0
	expect_equal "$output$stderr" ""
	same tar out
	image extract --rootfs-only "$IMAGE" root
	expect_status 0
	same tar/rootfs root
}

@test "image render gives the same for an image that depends on nothing" {
	everything
	store "$PWD/everything.aci"
	image extract "$IMAGE" extracted
	image render "$IMAGE" rendered
	expect_status 0
	same extracted rendered
}

@test "image render puts an image together with what it depends on" {
	everything
	store "$PWD/everything.aci"
	mkdir -p work/rootfs/dir
	echo mine >work/rootfs/dir/own
	ln -s file work/rootfs/null
	chmod 750 work/rootfs/dir
	jq '.name = "example.com/top" | .dependencies = [{"imageName": "example.com/everything"}]' "$FIXTURES/manifest" >work/manifest
	tar -C work -cf top.aci --format=posix manifest rootfs
	store "$PWD/top.aci"
	mkdir expected
	tar -C expected -xpf everything.aci --numeric-owner --xattrs --xattrs-include='*'
	tar -C expected --overwrite -xpf top.aci --numeric-owner
	image render example.com/top out
	expect_status 0
	same expected out
	image render --rootfs-only example.com/top root
	same expected/rootfs root
	image extract example.com/top alone
	same work alone
}

@test "image render of an OCI image gives what umoci gives" {
	store "oci:$FIXTURES/oci:layers"
	image render --rootfs-only "$IMAGE" out
	expect_status 0
	umoci unpack --image "$FIXTURES/oci:layers" bundle >/dev/null 2>&1
	# The upper layer does not name these directories.
	touch -d @0 {bundle/rootfs,out}{,/opt}
	same bundle/rootfs out
	image render "$IMAGE" whole
	touch -d @0 whole/rootfs{,/opt}
	same out whole/rootfs
	expect_equal "$(jq -S . whole/manifest)" "$(rkt image cat-manifest "$IMAGE" | jq -S .)"
}

# refuses MESSAGE: the last command did, and all is as it was.
refuses() {
	expect_status 254
	expect_equal "$stderr" "$1"
	expect_equal "$(cat there/is/something)" something
	rkt image list --no-legend --fields=id | grep -q "${IMAGE:0:19}"
	[ -d "$RKT_DATA/pods" ] && [ -p fifo ]
	expect_equal "$(ls -A . "$RKT_DATA" "$RKT_DATA/cas" | grep rkt-)" ""
}

@test "what is there is replaced only when told so, and by the same kind of thing" {
	everything
	store "$PWD/everything.aci"
	rkt list >/dev/null
	mkdir -p there/is "$RKT_DATA/pods"
	echo something >there/is/something
	mkfifo fifo
	ln -s nowhere link
	for verb in extract render export; do
		what=directory
		[ "$verb" != export ] || what='ACI file'
		for path in there fifo link; do
			image "$verb" "$IMAGE" $path
			refuses "$verb: output $what exists (try --overwrite)"
		done
		for path in fifo link; do
			image "$verb" --overwrite "$IMAGE" $path
			refuses "$verb: $PWD/$path is there and is no ${what/ACI /}"
		done
		image "$verb" --overwrite "$IMAGE" absent/there
		refuses "$verb: open $PWD/absent: no such file or directory"
		image "$verb" --overwrite "$IMAGE" ''
		refuses "$verb: the name of the output ${what/ACI /} is empty"
	done
	image export --overwrite "$IMAGE" there
	refuses "export: $PWD/there is there and is no file"
	image export "$IMAGE" absent/
	refuses 'export: "absent/" is the name of a directory'
	image extract --overwrite "$IMAGE" there
	expect_status 0
	expect_equal "$(ls there | paste -sd' ')" "manifest rootfs"
}

@test "neither the root, the store nor the directory one is in can be replaced" {
	everything
	store "$PWD/everything.aci"
	mkdir -p there/is "$RKT_DATA/pods"
	echo something >there/is/something
	mkfifo fifo
	ln -s "$RKT_DATA" data
	for verb in extract render export; do
		image "$verb" --overwrite "$IMAGE" /.
		refuses "$verb: this would delete your root filesystem. Refusing."
		for path in "$RKT_DATA" data ..; do
			image "$verb" --overwrite "$IMAGE" $path
			refuses "$verb: this would delete $RKT_DATA. Refusing."
		done
		for path in cas cas/tree pods new cas/new; do
			image "$verb" --overwrite "$IMAGE" "data/$path"
			refuses "$verb: $RKT_DATA/$path belongs to rkt, which keeps images and pods there"
		done
		cd there
		for path in . "$PWD"; do
			image "$verb" --overwrite "$IMAGE" "$path"
			expect_equal "$stderr" "$verb: this would delete the directory you are in. Refusing."
		done
		cd ..
	done
}

@test "what a killed command has left goes with the next one" {
	everything
	store "$PWD/everything.aci"
	mkdir -p .rkt-0123456789abcdef/rootfs .rkt-other .rkt-0123456789abcdeg
	echo half >.rkt-fedcba9876543210
	# One that somebody is at, one of somebody else, and one that may not be locked yet.
	mkdir .rkt-000000000000000{0,1,2}
	chown 65534 .rkt-0000000000000001
	touch -d '2 minutes ago' .rkt-*
	touch .rkt-0000000000000002
	exec 8<.rkt-0000000000000000
	flock 8
	image extract "$IMAGE" out
	expect_status 0
	exec 8<&-
	expect_equal "$(echo .rkt-*)" "$(echo .rkt-000000000000000{0,1,2} .rkt-0123456789abcdeg .rkt-other)"
}

@test "an image that is damaged is not extracted, nor exported" {
	everything
	store "$PWD/everything.aci"
	printf x | dd of="$RKT_DATA/cas/blob/$IMAGE" bs=1 seek=3000 conv=notrunc status=none
	for verb in extract render export; do
		image "$verb" "$IMAGE" out
		expect_status 254
		expect_match "$stderr" "^$verb: image hash does not match expected \(sha512-[0-9a-f]+ != $IMAGE\)"
		[ ! -e out ]
	done
	expect_equal "$(ls -A | grep rkt-)" ""
}

@test "image export gives the tar of an ACI, byte for byte" {
	everything
	zstd -qk everything.aci -o compressed.aci
	store "$PWD/compressed.aci"
	image export example.com/everything out.aci
	expect_status 0
	cmp everything.aci out.aci
	image export "$IMAGE" out.aci
	expect_status 254
	expect_equal "$stderr" 'export: output ACI file exists (try --overwrite)'
	echo other >out.aci
	image export --overwrite "$IMAGE" out.aci
	expect_status 0
	cmp everything.aci out.aci
}

@test "image export makes an ACI of an OCI image" {
	store "oci:$FIXTURES/oci:layers"
	oci=$IMAGE
	image export "$oci" out.aci
	expect_status 0
	image render "$oci" expected
	mkdir tar
	tar -C tar -xpf out.aci --numeric-owner --xattrs --xattrs-include='*'
	same expected tar
	new_data_dir "$BATS_TEST_TMPDIR/other"
	store "$PWD/out.aci"
	image render "$IMAGE" back
	same expected back
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/sh -- -c 'ls /opt/opaque'
	expect_equal "$output" upper
}

@test "members of the group of the store get files of their own" {
	mkdir -p plain/dir
	echo one >plain/dir/file
	chown 1234 plain/dir/file
	make_aci plain.aci '.name = "example.com/plain"' "$PWD/plain"
	store "$PWD/plain.aci"
	mkdir -m 777 for-all
	local dir=$RKT_DATA
	while [ "$dir" != / ]; do
		chmod a+rx "$dir"
		dir=$(dirname "$dir")
	done
	as_nobody() {
		run --separate-stderr setpriv --reuid=65534 --regid=0 --clear-groups "$RKT" --dir="$RKT_DATA" image "$@"
	}
	as_nobody render "$IMAGE" for-all/out
	expect_status 0
	expect_equal "$(stat -c '%U %a' for-all/out/rootfs/dir/file)" "nobody 644"
	as_nobody export "$IMAGE" for-all/out.aci
	expect_status 0
	cmp plain.aci for-all/out.aci
	store "oci:$FIXTURES/oci:latest"
	as_nobody render "$IMAGE" for-all/oci
	expect_status 254
	expect_match "$stderr" 'permission denied'
}
@test "images that the old program has stored are fetched from its files, which stay" {
	local cas=$RKT_DATA/cas key old
	mkdir -p -m 2770 "$cas" "$cas"/{blob,imageManifest,db,tmp,tree,imagelocks,treestorelocks}
	mkdir "$cas"/{blob,imageManifest}/sha512
	cp "$FIXTURES/busybox.aci" plain.tar
	key=sha512-$(sha512sum plain.tar | head -c 64)
	old=$cas/blob/sha512/${key:7:2}
	mkdir "$old" "$cas/imageManifest/sha512/${key:7:2}"
	mv plain.tar "$old/$key"
	tar -xOf "$old/$key" manifest >"$cas/imageManifest/sha512/${key:7:2}/$key"
	echo database >"$cas/db/ql.db"
	mkdir -p "$cas/tree/deps-sha512-0123/rootfs"
	echo "$key" >"$cas/tree/deps-sha512-0123/image"
	find "$RKT_DATA" -type f -exec sha256sum {} + | sort >before
	image list --no-legend
	expect_equal "$output$stderr" ''
	# As docs/formats/store.md tells.
	ln -s "$cas"/blob/sha512/*/sha512-* old.aci
	store ./old.aci
	expect_equal "$IMAGE" "$key"
	# There everybody of the group rkt could write.
	expect_equal "$(find "$cas" "$cas"/{blob,tmp,tree,image,ref} -prune -perm /022)" ''
	expect_equal "$(stat -c %a "$cas"/{blob,tmp} | paste -sd' ')" '2750 2700'
	pod "$BUSYBOX" --exec=/bin/echo -- moved
	expect_equal "$output" moved
	rkt image gc >/dev/null
	rkt gc --grace-period=0s >/dev/null
	expect_equal "$(find "$RKT_DATA" -type f -not -name view-support -exec sha256sum {} + | sort | comm -13 - before)" ''
}
