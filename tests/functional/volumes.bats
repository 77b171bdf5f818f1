# SPDX-License-Identifier: Apache-2.0
# Volumes and mounts, as apps see them.

load lib

setup_file() {
	common_setup_file
}

setup() {
	SRC=$BATS_TEST_TMPDIR/src
	mkdir "$SRC"
	echo hello >"$SRC/file"
}

teardown() {
	[ -z "${MOUNTED:-}" ] || umount -R "$MOUNTED"
	common_teardown
}

# An image with mount points, in the store as NAME.
image_with_mounts() {
	make_aci "$BATS_TEST_TMPDIR/$1.aci" ".name = \"example.com/$1\" | .app.mountPoints = $2" "${3:-$FIXTURES/rootfs}"
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/$1.aci" >/dev/null
}

@test "two apps share a directory of the host by their images' mount points, one of them read-only" {
	image_with_mounts reduce-worker '[{"name": "work", "path": "/var/lib/jobs", "readOnly": false}]'
	image_with_mounts worker-backup '[{"name": "work", "path": "/backup", "readOnly": true}]'
	pod --volume="work,kind=host,source=$SRC" \
		example.com/reduce-worker --exec=/bin/sh -- -c 'echo result >/var/lib/jobs/out; echo done' --- \
		example.com/worker-backup --exec=/bin/sh -- -c 'while [ ! -e /backup/out ]; do sleep 0.05; done; cat /backup/out; echo x 2>&1 >/backup/no'
	expect_match "$output" 'result'
	expect_match "$output" "can't create /backup/no: Read-only file system"
	expect_equal "$(<"$SRC/out")" result
}

@test "the volume's own readOnly wins over that of the mount point, either way" {
	image_with_mounts asks-ro '[{"name": "work", "path": "/jobs", "readOnly": true}]'
	pod --volume="work,kind=host,source=$SRC,readOnly=false" example.com/asks-ro --exec=/bin/touch -- /jobs/a
	expect_status 0
	[ -e "$SRC/a" ]
	image_with_mounts asks-rw '[{"name": "work", "path": "/jobs", "readOnly": false}]'
	pod --volume="work,kind=host,source=$SRC,readOnly=true" example.com/asks-rw --exec=/bin/touch -- /jobs/b
	expect_status 1
	[ ! -e "$SRC/b" ]
}

@test "a mount point without a volume gets an empty one of its own, with a warning" {
	image_with_mounts needs-work '[{"name": "work", "path": "/jobs"}]'
	pod example.com/needs-work --name=app --exec=/bin/sh -- -c 'ls -A /jobs; stat -c "%a %u %g" /jobs; touch /jobs/x'
	expect_status 0
	expect_equal "$output" '755 0 0'
	expect_match "$stderr" 'warning: no volume specified for mount point "work", implicitly creating an "empty" volume. This volume will be removed when the pod is garbage-collected.'
}

@test "a volume that no app mounts is fine, and so is one that an app mounts without a mount point" {
	pod_sh 'cat /mnt/file; grep -c unused /proc/self/mountinfo' --volume="unused,kind=empty" \
		--volume="work,kind=host,source=$SRC" --mount=volume=work,target=/mnt
	expect_status 1
	expect_equal "$output" $'hello\n0'
	refute_match "$stderr" warning
}

@test "volumes of a read-only root can be written, unless they are read-only themselves" {
	image_with_mounts frozen '[{"name": "work", "path": "/jobs"}]'
	pod --volume="work,kind=host,source=$SRC" --volume="tmp,kind=empty" --volume="ro,kind=host,source=$SRC,readOnly=true" \
		example.com/frozen --readonly-rootfs=true --mount=volume=tmp,target=/tmp --mount=volume=ro,target=/mnt \
		--exec=/bin/sh -- -c 'touch /jobs/a /tmp/b && echo written; touch /mnt/c /d'
	expect_match "$output" written
	expect_match "$output" '/mnt/c: Read-only file system'
	expect_match "$output" '/d: Read-only file system'
	[ -e "$SRC/a" ]
}

@test "a single file is mounted over a file, or where there is nothing" {
	pod_sh 'cat /etc/group /new/place' --mount=volume=v,target=/etc/group --mount=volume=v,target=/new/place \
		--volume="v,kind=host,source=$SRC/file"
	expect_status 0
	expect_equal "$output" "$(printf 'hello\nhello')"
}

@test "a socket of the host is there as one" {
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$SRC/sock"
	pod_sh 'test -S /run/sock && echo socket' --mount=volume=v,target=/run/sock --volume="v,kind=host,source=$SRC/sock"
	expect_equal "$output" socket
}

@test "a link as source is followed on the host" {
	ln -s "$SRC" "$BATS_TEST_TMPDIR/link"
	pod_sh 'cat /v/file' --mount=volume=v,target=/v --volume="v,kind=host,source=$BATS_TEST_TMPDIR/link"
	expect_equal "$output" hello
}

@test "what is mounted below a source comes along, unless recursive=false" {
	mkdir "$SRC/below"
	mount -t tmpfs tmpfs "$SRC/below"
	MOUNTED=$SRC/below
	echo deep >"$SRC/below/file"
	pod_sh 'cat /v/below/file' --mount=volume=v,target=/v --volume="v,kind=host,source=$SRC"
	expect_equal "$output" deep
	pod_sh 'ls -A /v/below; echo end' --mount=volume=v,target=/v --volume="v,kind=host,source=$SRC,recursive=false"
	expect_equal "$output" end
}

@test "read-only goes down to what is mounted below" {
	mkdir "$SRC/below"
	mount -t tmpfs tmpfs "$SRC/below"
	MOUNTED=$SRC/below
	pod_sh 'touch /v/x 2>&1; touch /v/below/x 2>&1' --mount=volume=v,target=/v --volume="v,kind=host,source=$SRC,readOnly=true"
	expect_status 1
	expect_equal "$(grep -c 'Read-only file system' <<<"$output")" 2
	touch "$SRC/below/y"
}

@test "what the host mounts later below a source shows up, and nothing of the pod's mounts on the host" {
	mkdir "$SRC/later"
	mount --bind "$SRC" "$SRC"
	mount --make-shared "$SRC"
	MOUNTED=$SRC
	start_pod "$BUSYBOX" --exec=/bin/sh --mount=volume=v,target=/v --volume="v,kind=host,source=$SRC" -- -c 'while [ ! -e /v/later/there ]; do sleep 0.05; done; cat /v/later/there'
	mount -t tmpfs tmpfs "$SRC/later"
	echo seen >"$SRC/later/there"
	wait_for_pod_end
	expect_equal "$status" 0
	umount "$SRC/later"
	expect_equal "$(findmnt -n -o TARGET | grep -v /cas/views | grep -c "$RKT_DATA")" 0
}

@test "a mount before the first image is one for all apps; an app's own on the same path wins" {
	mkdir "$BATS_TEST_TMPDIR/other"
	echo other >"$BATS_TEST_TMPDIR/other/file"
	pod --volume="a,kind=host,source=$SRC" --volume="b,kind=host,source=$BATS_TEST_TMPDIR/other" --mount=volume=a,target=/v \
		"$BUSYBOX" --name=one --exec=/bin/cat -- /v/file --- \
		"$BUSYBOX" --name=two --mount=volume=b,target=/v/ --exec=/bin/cat -- /v/file
	expect_status 0
	expect_equal "$(sort <<<"$output")" "$(printf 'hello\nother')"
}

@test "an empty volume has the mode and owner that were asked for" {
	pod_sh 'stat -c "%a %u %g" /v' --mount=volume=v,target=/v --volume=v,kind=empty,mode=2770,uid=5,gid=6
	expect_equal "$output" '2770 5 6'
}

@test "a source that does not exist is told before a pod is made" {
	local before
	before=$(rkt list --no-legend | wc -l)
	pod_sh true --mount=volume=v,target=/v --volume=v,kind=host,source=/no/such/dir
	expect_status 254
	expect_match "$stderr" 'volume "v": source /no/such/dir: no such file or directory'
	expect_equal "$(rkt list --no-legend | wc -l)" "$before"
}

@test "links in an image lead no mount out of the app's root" {
	local root=$BATS_TEST_TMPDIR/rootfs
	cp -a "$FIXTURES/rootfs" "$root"
	mkdir -p "$root$SRC"
	ln -s "../../../../../..$SRC" "$root/relative"
	ln -s "$SRC" "$root/absolute"
	ln -s /proc/1/root "$root/magic"
	mkdir "$SRC/target" "$BATS_TEST_TMPDIR/vol"
	echo mine >"$BATS_TEST_TMPDIR/vol/mark"
	image_with_mounts links '[]' "$root"
	for way in relative absolute; do
		pod example.com/links --volume="v,kind=host,source=$BATS_TEST_TMPDIR/vol" --mount="volume=v,target=/$way/target" \
			--exec=/bin/sh -- -c "cat $SRC/target/mark && echo inside"
		expect_status 0
		expect_equal "$output" "$(printf 'mine\ninside')"
		[ ! -e "$SRC/target/mark" ]
	done
	pod example.com/links --volume="v,kind=host,source=$BATS_TEST_TMPDIR/vol" --mount="volume=v,target=/magic/tmp" --exec=/bin/true
	[ ! -e /tmp/mark ]
}

@test "an image that changes a link while a pod starts leads no mount out of its root" {
	local i other
	mkdir "$SRC/target" "$SRC/flip"
	start_pod "$BUSYBOX" --exec=/bin/sh --mount=volume=w,target=/w --volume="w,kind=host,source=$SRC/flip" -- \
		-c 'while :; do mkdir /w/d 2>/dev/null; rmdir /w/d; ln -s /proc/1/root/'"$SRC"' /w/d; rm -f /w/d; ln -s ../../../../../../../..'"$SRC"' /w/d; rm -f /w/d; done'
	mkdir "$BATS_TEST_TMPDIR/vol"
	touch "$BATS_TEST_TMPDIR/vol/mark"
	for i in {1..25}; do
		# Into the volume that the first pod changes all the time.
		rkt run --net=none "$BUSYBOX" --exec=/bin/true --mount=volume=w,target=/w --mount=volume=v,target=/w/d/target \
			--volume="w,kind=host,source=$SRC/flip" --volume="v,kind=host,source=$BATS_TEST_TMPDIR/vol" >/dev/null 2>&1 || true
		[ ! -e "$SRC/target/mark" ]
	done
	expect_equal "$(grep -c "$SRC" "/proc/self/mountinfo")" 0
}

# An OCI image whose /data has files, a link and owners, and which says that /data is a volume.
seeded_image() {
	local dir=$BATS_FILE_TMPDIR/seeded work=$BATS_FILE_TMPDIR/seeded-root
	[ ! -e "$dir" ] || return 0
	cp -a "$FIXTURES/rootfs" "$work"
	mkdir -p "$work/data/sub"
	echo seed >"$work/data/file"
	ln -s file "$work/data/link"
	chown 7:8 "$work/data" "$work/data/file"
	chmod 2750 "$work/data"
	umoci init --layout "$dir" >/dev/null
	umoci new --image "$dir:1" >/dev/null
	umoci insert --image "$dir:1" "$work" / >/dev/null
	umoci config --image "$dir:1" --config.volume /data --config.volume /absent --config.entrypoint /bin/sh >/dev/null
}

@test "an implicit volume of an OCI image begins as what the image has there, and is the pod's own" {
	seeded_image
	pod "oci:$BATS_FILE_TMPDIR/seeded:1" --insecure-options=image --name=a \
		-- -c 'stat -c "%a %u %g" /data /data/file; cat /data/link; ls -d /data/sub /absent; echo changed >/data/file; grep -c " /data " /proc/self/mountinfo'
	expect_status 0
	expect_equal "$output" "$(printf '2750 7 8\n644 7 8\nseed\n/absent\n/data/sub\n1')"
	pod "oci:$BATS_FILE_TMPDIR/seeded:1" --insecure-options=image --name=a -- -c 'cat /data/file'
	expect_equal "$output" seed
}

@test "an explicit empty volume is not filled" {
	seeded_image
	pod "oci:$BATS_FILE_TMPDIR/seeded:1" --insecure-options=image --volume=volume-data,kind=empty -- -c 'ls -A /data; echo end'
	expect_status 0
	expect_equal "$output" end
}

@test "in a user namespace what a volume begins with belongs to the pod's users" {
	seeded_image
	pod "oci:$BATS_FILE_TMPDIR/seeded:1" --insecure-options=image --private-users -- -c 'stat -c "%a %u %g" /data /data/file; cat /data/file'
	expect_status 0
	expect_equal "$output" "$(printf '2750 7 8\n644 7 8\nseed')"
}

@test "a device that is a volume can be used, one that is read-only only read, and no other" {
	local loop image=$BATS_TEST_TMPDIR/disk
	head -c 1048576 /dev/zero >"$image"
	loop=$(losetup --find --show "$image") || skip "no loop device can be had"
	pod_sh 'echo written | dd of=/dev/disk conv=fsync 2>/dev/null && dd if=/dev/disk bs=7 count=1 2>/dev/null' \
		--mount=volume=d,target=/dev/disk --volume="d,kind=host,source=$loop"
	local first=$status written=$output
	pod_sh 'dd if=/dev/disk bs=7 count=1 2>/dev/null; (echo no >/dev/disk) 2>&1; mknod /x b 7 200; head -c 1 /x 2>&1' \
		--mount=volume=d,target=/dev/disk --volume="d,kind=host,source=$loop,readOnly=true"
	losetup -d "$loop"
	expect_equal "$first" 0
	expect_equal "$written" written
	expect_match "$output" '^written'
	expect_match "$output" "can't create /dev/disk: Read-only file system|can't create /dev/disk: Operation not permitted"
	expect_match "$output" '/x: Operation not permitted'
}

@test "a host directory is mounted where told, and read-only if told" {
	mkdir "$BATS_TEST_TMPDIR/host"
	echo from-host >"$BATS_TEST_TMPDIR/host/file"
	pod --volume="data,kind=host,source=$BATS_TEST_TMPDIR/host" --mount=volume=data,target=/mnt/data \
		"$BUSYBOX" --exec=/bin/sh -- -c 'cat /mnt/data/file; echo back >/mnt/data/new'
	expect_equal "$output" from-host
	expect_equal "$(<"$BATS_TEST_TMPDIR/host/new")" back
	pod --volume="data,kind=host,source=$BATS_TEST_TMPDIR/host,readOnly=true" "$BUSYBOX" --mount=volume=data,target=/mnt/data \
		--exec=/bin/sh -- -c 'touch /mnt/data/x 2>&1'
	expect_match "$output" 'Read-only file system'
}

@test "an empty volume is shared by the apps that name it" {
	pod --volume=shared,kind=empty,mode=0777,uid=33,gid=44 --mount=volume=shared,target=/shared \
		"$BUSYBOX" --name=writer --exec=/bin/sh -- -c 'stat -c %a:%u:%g /shared; echo word >/shared/f' \
		--- "$BUSYBOX" --name=reader --exec=/bin/sh -- -c 'until [ -s /shared/f ]; do sleep 0.05; done; cat /shared/f'
	expect_status 0
	expect_match "$output" '777:33:44'
	expect_match "$output" 'word'
}

@test "a mount of a volume that nobody declared is refused" {
	run --separate-stderr rkt run --net=none --mount=volume=nope,target=/x "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'dangling mount point "/x": volume "nope" not found'
}

@test "a target that is a symlink out of the root stays inside" {
	make_aci "$BATS_TEST_TMPDIR/link.aci" '.name = "example.com/link"' "$(
		cp -a "$FIXTURES/rootfs" "$BATS_TEST_TMPDIR/rootfs"
		ln -s /../../../../../../tmp "$BATS_TEST_TMPDIR/rootfs/escape"
		echo "$BATS_TEST_TMPDIR/rootfs"
	)"
	mkdir "$BATS_TEST_TMPDIR/host"
	touch "$BATS_TEST_TMPDIR/host/file"
	run --separate-stderr rkt --insecure-options=image run --net=none --volume="v,kind=host,source=$BATS_TEST_TMPDIR/host" \
		--mount=volume=v,target=/escape/x "$BATS_TEST_TMPDIR/link.aci" --exec=/bin/ls -- /tmp/x
	plain_output
	expect_equal "$output" file
	[ ! -e /tmp/x ]
}
