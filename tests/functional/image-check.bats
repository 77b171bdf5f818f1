#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# image verify and fsck: what finds damage in the store, and what makes it good again.

load lib.bash

# Trees are what is damaged here; what is found of views is in views.bats.
export RKT_LAYER_VIEW=tree

setup_file() {
	start_registry
	push layers team/app:1.0
	start_web
}

teardown_file() {
	stop_registry
	kill "$WEB_PID"
}

# A web server that has the files of the file's directory "web", at $WEB.
start_web() {
	local dir=$BATS_FILE_TMPDIR port
	port=$(free_port)
	mkdir "$dir/web"
	start_nginx "$dir" <<-CONF
		access_log $dir/access.log;
		root $dir/web;
		server { listen 127.0.0.1:$port; location /hour/ { alias $dir/web/; expires 1h; } }
	CONF
	export WEB_PID=$NGINX_PID WEB=http://127.0.0.1:$port
	wait_until curl -so /dev/null "$WEB/"
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

# store IMAGE: fetches it, and waits until its checksums are noted.
store() {
	run --separate-stderr rkt --insecure-options=image,http fetch --pull-policy=new --full "$@"
	expect_status 0
	IMAGE=$output
	wait_until store_is_settled
}

verify() {
	run --separate-stderr rkt --insecure-options=http image verify "$@"
}

fsck() {
	run --separate-stderr rkt --insecure-options=http fsck "$@"
}

registry_image() {
	store "docker://$REGISTRY/team/app:1.0"
}

# The name and digest of each file of the store, whether or not it will be settled.
store_files() {
	(cd "$RKT_DATA/cas" && find . -type f -exec sha256sum {} + | sort)
}

# The layer of an image that has this file.
layer_with() {
	local layer
	for layer in $(sed -n 's/^layer=//p' "$RKT_DATA/cas/image/$IMAGE/info"); do
		[ ! -e "$RKT_DATA/cas/tree/$layer/rootfs/$1" ] || echo "$layer"
	done
}

@test "image verify says that an image is as it came" {
	store "$FIXTURES/busybox.aci"
	verify "$BUSYBOX" "${IMAGE:0:30}"
	expect_status 0
	expect_equal "$output" "successfully verified checksum for image: \"$BUSYBOX\" (\"$IMAGE\")
successfully verified checksum for image: \"${IMAGE:0:30}\" (\"$IMAGE\")"
	expect_equal "$stderr" ""
	fsck
	expect_status 0
	expect_equal "$output$stderr" ""
	verify example.com/absent
	expect_status 254
}

@test "image verify has nothing to do where there is nothing" {
	umoci init --layout empty
	umoci new --image empty:latest
	IMAGE=$(rkt --insecure-options=image fetch --full "oci:$PWD/empty:latest")
	verify "$IMAGE"
	expect_status 0
	expect_equal "$output" ""
	expect_equal "$stderr" "verify: image \"$IMAGE\" not rendered; no verification needed"
}

@test "image verify finds every kind of change, and makes the layer anew" {
	store "$FIXTURES/busybox.aci"
	root=$RKT_DATA/cas/tree/$IMAGE/rootfs
	changes=(
		'printf x | dd of=var/data/file bs=1 conv=notrunc status=none; touch -r bin/busybox var/data/file'
		'rm var/data/file'
		'echo more >etc/more'
		'chmod 700 var'
		'chown 12 bin/busybox'
		'touch -d @5 bin/busybox'
		'setfattr -n user.x -v y var/data'
		'setcap cap_kill=ep bin/busybox'
		'ln -sfn elsewhere bin/sh; touch -h -r bin/busybox bin/sh'
		'mknod var/data/gone c 0 0'
	)
	for change in "${changes[@]}"; do
		(cd "$root" && eval "$change")
		verify "$BUSYBOX"
		expect_status 0
		expect_match "${stderr_lines[0]}" "^verify: tree cache verification failed for image $BUSYBOX: layer $IMAGE is damaged \(checksum [0-9a-f]{16} instead of [0-9a-f]{16}\);  rebuilding\.\.\.$"
		pod "$BUSYBOX" --exec=/bin/sh -- -c 'cat /var/data/file; ls /var/data'
		expect_equal "$output" $'seeded\nfile'
		wait_until store_is_settled
		verify "$BUSYBOX"
		expect_equal "$stderr" ""
	done
}

# Of a layer of the image: whether it has a checksum, and that one.
noted() {
	cat "$RKT_DATA/cas/tree/$1/checksum" 2>/dev/null || echo none
}

@test "a checksum that is damaged is none that is missing: nobody trusts the layer" {
	local fetch layer other
	busybox_image() { store "$FIXTURES/busybox.aci"; }
	for fetch in busybox_image registry_image; do
		new_data_dir "$BATS_TEST_TMPDIR/$fetch"
		$fetch
		layer=$(layer_with bin/busybox)
		echo garbage >"$RKT_DATA/cas/tree/$layer/checksum"
		echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/etc/passwd"
		for _ in 1 2; do
			fsck
			expect_status 254
			expect_equal "$output" "image $IMAGE: nobody can tell whether layer $layer is whole: $RKT_DATA/cas/tree/$layer/checksum is damaged"
		done
		# A fetch of something else does not take for the truth what is there.
		other=$(rkt --insecure-options=image fetch --pull-policy=new --full "oci:$FIXTURES/oci:latest")
		wait_until store_is_settled
		rkt image rm "$other" >/dev/null
		expect_equal "$(noted "$layer")" garbage
		expect_repair grep -c root /etc/passwd
		wait_until store_is_settled
		run ! grep -q damage "$RKT_DATA/cas/tree/$layer/rootfs/etc/passwd"
	done
}

@test "the layer of an ACI that has no checksum yet is compared with the archive" {
	local sum
	# Directories that the archive does not name have the time of the fetch.
	tar -xf "$FIXTURES/busybox.aci"
	tar -cf own.aci manifest $(cd . && find rootfs ! -type d)
	for image in "$FIXTURES/busybox.aci" "$PWD/own.aci"; do
		store "$image"
		sum=$(noted "$IMAGE")
		rm "$RKT_DATA/cas/tree/$IMAGE/checksum"
		fsck
		expect_status 0
		expect_equal "$output$stderr" ""
		expect_equal "$(noted "$IMAGE")" none
		verify "$IMAGE"
		expect_status 0
		expect_equal "$output" "successfully verified checksum for image: \"$IMAGE\" (\"$IMAGE\")"
		expect_equal "$(noted "$IMAGE")" "$sum"
		rm "$RKT_DATA/cas/tree/$IMAGE/checksum"
		echo damage >>"$RKT_DATA/cas/tree/$IMAGE/rootfs/etc/passwd"
		fsck
		expect_status 254
		expect_equal "$output" "image $IMAGE: layer $IMAGE is damaged (it is not as in the archive)"
		expect_equal "$(noted "$IMAGE")" none
		verify "$IMAGE"
		expect_status 0
		expect_match "$stderr" "tree cache verification failed for image $IMAGE: layer $IMAGE is damaged .*;  rebuilding"
		run ! grep -q damage "$RKT_DATA/cas/tree/$IMAGE/rootfs/etc/passwd"
		wait_until store_is_settled
	done
}

@test "a layer of which nobody can tell whether it is whole is told, and gets no checksum for that" {
	registry_image
	layer=$(layer_with bin/busybox)
	rm "$RKT_DATA/cas/tree/$layer/checksum"
	echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/etc/passwd"
	for options in "" --repair; do
		fsck $options
		expect_status 0
		expect_equal "$output" ""
		expect_equal "$stderr" "fsck: image $IMAGE: layer $layer has no checksum yet, and was not checked"
	done
	for _ in 1 2; do
		verify "$IMAGE"
		expect_status 0
		expect_equal "$output" ""
		expect_equal "$stderr" "verify: image \"$IMAGE\" cannot be verified: not all of its layers have a checksum yet"
	done
	expect_equal "$(noted "$layer")" none
}

@test "a pod keeps running from a layer that is made anew" {
	store "$FIXTURES/busybox.aci"
	start_sleeper
	echo damage >>"$RKT_DATA/cas/tree/$IMAGE/rootfs/etc/passwd"
	verify "$BUSYBOX"
	expect_status 0
	expect_match "$(rkt enter "$POD" /bin/cat /etc/passwd)" damage
	expect_equal "$(rkt enter "$POD" /bin/cat /var/data/file)" seeded
	pod "$BUSYBOX" --exec=/bin/grep -- -c damage /etc/passwd
	expect_equal "$output" 0
}

@test "fsck tells what is damaged or missing, and repairs nothing unasked" {
	store "$FIXTURES/busybox.aci"
	echo damage >>"$RKT_DATA/cas/tree/$IMAGE/rootfs/etc/passwd"
	for _ in 1 2; do
		fsck
		expect_status 254
		expect_match "$output" "^image $IMAGE: layer $IMAGE is damaged \(checksum .*\)$"
		expect_equal "$stderr" "fsck: 1 problem(s) found, 0 repaired
fsck: hint: --repair makes anew what is damaged"
	done
	fsck --repair
	expect_status 0
	expect_equal "${lines[-1]}" "image $IMAGE: repaired"
	fsck
	expect_status 0
	wait_until rm -r "$RKT_DATA/cas/tree/$IMAGE"
	fsck
	expect_equal "$output" "image $IMAGE: layer $IMAGE is not in the store"
	fsck --repair
	expect_status 0
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "fsck --repair makes an image anew whose own files are damaged" {
	store "$FIXTURES/busybox.aci"
	echo damage >"$RKT_DATA/cas/image/$IMAGE/manifest"
	fsck --repair
	expect_status 0
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "fsck tells of an image that was lost, keeps it, and makes it anew when asked" {
	local info before say
	# An ACI that came as a file, one of a URL whose archive is gone too, and one of a registry.
	aci_from_file() { store "$FIXTURES/busybox.aci"; }
	aci_without_archive() {
		aci_from_web lost
		rm "$ARCHIVE"
	}
	for image in aci_from_file aci_without_archive registry_image; do
		new_data_dir "$BATS_TEST_TMPDIR/$image"
		$image
		info=$RKT_DATA/cas/image/$IMAGE/info
		for say in missing empty "went down"; do
			case $say in
			missing) rm "$info" ;;
			empty) : >"$info" ;;
			*) sed -i 's/^boot=.*/boot=12345678-0000-0000-0000-000000000000/' "$info" ;;
			esac
			before=$(store_files)
			fsck
			expect_status 254
			expect_match "$output" "^image $IMAGE: .*$say"
			expect_equal "${stderr_lines[0]}" "fsck: 1 problem(s) found, 0 repaired"
			expect_equal "$(store_files)" "$before"
			fsck --repair
			expect_status 0
			expect_equal "${lines[-1]}" "image $IMAGE: repaired"
			wait_until store_is_settled
		done
		fsck
		expect_status 0
		expect_equal "$output$stderr" ""
		pod "$IMAGE" --user=0 --group=0 --exec=/bin/busybox -- echo works
		expect_equal "$output" works
	done
}

@test "what was lost and cannot be had again stays until the next fetch" {
	store "oci:$FIXTURES/oci:layers"
	rm "$RKT_DATA/cas/image/$IMAGE/info"
	before=$(store_files)
	fsck --repair
	expect_status 254
	expect_match "$output" "image $IMAGE: cannot be repaired: nobody knows where image $IMAGE came from"
	expect_equal "$(store_files)" "$before"
	lost=$IMAGE
	store "$FIXTURES/busybox.aci"
	[ ! -e "$RKT_DATA/cas/image/$lost" ]
}

@test "fsck --repair fetches just the layers of a registry image that are damaged" {
	registry_image
	layer=$(layer_with opt/hardlink)
	others=$(ls "$RKT_DATA/cas/tree" | grep -v "$layer")
	before=$(cd "$RKT_DATA/cas/tree" && stat -c %i $others)
	echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/opt/file"
	fsck --repair
	expect_status 0
	expect_match "$output" "image $IMAGE: layer $layer is damaged"
	expect_equal "${lines[-1]}" "image $IMAGE: repaired"
	expect_equal "$(cd "$RKT_DATA/cas/tree" && stat -c %i $others)" "$before"
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
	fsck
	expect_status 0
	expect_equal "$output" ""
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/grep -- -c damage /opt/file
	expect_equal "$output" 0
}

@test "fsck --repair fetches documents of a registry image, and says when there is no registry" {
	registry_image
	for blob in "$RKT_DATA"/cas/blob/sha256-*; do
		echo damage >>"$blob"
	done
	fsck
	expect_equal "$(grep -c '^image .*: blob sha256-[0-9a-f]* is damaged$' <<<"$output")" 2
	fsck --repair
	expect_status 0
	fsck
	expect_status 0
	new_data_dir "$BATS_TEST_TMPDIR/other"
	store "oci:$FIXTURES/oci:layers"
	layer=$(layer_with opt/hardlink)
	echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/opt/file"
	fsck --repair
	expect_status 254
	expect_equal "${lines[-1]}" "image $IMAGE: cannot be repaired: nobody knows where image $IMAGE came from: fetch it again"
	# A damaged layer is better than none.
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/cat -- /opt/file
	expect_match "$output" damage
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}

@test "a damaged archive is found, and nothing is made of it" {
	store "$FIXTURES/busybox.aci"
	printf x | dd of="$RKT_DATA/cas/blob/$IMAGE" bs=1 seek=3000 conv=notrunc status=none
	before=$(store_content)
	fsck --repair
	expect_status 254
	expect_match "${lines[0]}" "^image $IMAGE: image hash does not match expected"
	# No URL is known of it, and its name leads nowhere.
	expect_match "${lines[1]}" "^image $IMAGE: cannot be repaired: .*example.com"
	expect_equal "$(store_content)" "$before"
	pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

# aci_from_web FILE: an image from there, as FILE.aci with an hour for which it is not asked for again.
aci_from_web() {
	cp "$FIXTURES/busybox.aci" "$BATS_FILE_TMPDIR/web/$1.aci"
	store "$WEB/hour/$1.aci"
	ARCHIVE=$RKT_DATA/cas/blob/$IMAGE
}

# Repairs what is damaged, and sees that the image runs.
expect_repair() {
	local id=$IMAGE
	fsck
	expect_status 254
	fsck --repair
	expect_status 0
	expect_equal "${lines[-1]}" "image $id: repaired"
	fsck
	expect_status 0
	expect_equal "$output" ""
	expect_equal "$(rkt image list --no-legend --full --fields=id)" "$id"
	pod "$id" --user=0 --group=0 --exec=/bin/"$@"
}

@test "fsck --repair fetches the archive of an ACI again, from where it came" {
	aci_from_web whole
	printf x | dd of="$ARCHIVE" bs=1 seek=3000 conv=notrunc status=none
	expect_repair cat -- /var/data/file
	expect_equal "$output" seeded
	cmp "$ARCHIVE" "$FIXTURES/busybox.aci"
	rm "$ARCHIVE"
	expect_repair cat -- /var/data/file
	truncate -s 2000 "$ARCHIVE"
	rm -r "$RKT_DATA/cas/tree/$IMAGE"
	expect_repair cat -- /var/data/file
	expect_equal "$output" seeded
	# Nothing but its URL is left.
	rm "$ARCHIVE"
	echo damage >"$RKT_DATA/cas/image/$IMAGE/info"
	expect_repair cat -- /var/data/file
	expect_equal "$output" seeded
	# image verify looks at layers only, and needs it to make one anew.
	rm "$ARCHIVE"
	echo damage >>"$RKT_DATA/cas/tree/$IMAGE/rootfs/etc/passwd"
	verify "$IMAGE"
	expect_status 0
	cmp "$ARCHIVE" "$FIXTURES/busybox.aci"
}

@test "an archive that is another one now, or gone, repairs nothing" {
	aci_from_web changed
	rm "$ARCHIVE"
	before=$(store_content)
	make_aci "$BATS_FILE_TMPDIR/web/changed.aci" '.name = "example.com/other"'
	fsck --repair
	expect_status 254
	expect_match "${lines[-1]}" "^image $IMAGE: cannot be repaired: image hash does not match expected"
	expect_equal "$(store_content)" "$before"
	rm "$BATS_FILE_TMPDIR/web/changed.aci"
	fsck --repair
	expect_status 254
	expect_match "${lines[-1]}" "^image $IMAGE: cannot be repaired: .*GET $WEB/hour/changed.aci: bad HTTP status code: 404$"
	expect_equal "$(store_content)" "$before"
	pod "$IMAGE" --exec=/bin/cat -- /var/data/file
	expect_equal "$output" seeded
}

@test "fsck --repair makes the own files of a registry image anew, of whatever its tag is today" {
	push layers team/moved:1.0
	store "docker://$REGISTRY/team/moved:1.0"
	own=$RKT_DATA/cas/image/$IMAGE
	sed -i 's/linux/Linux/' "$own/manifest"
	expect_repair cat -- /opt/file
	rm "$own/manifest"
	expect_repair cat -- /opt/file
	echo damage >"$own/info"
	expect_repair cat -- /opt/file
	echo damage >"$own/info"
	push latest team/moved:1.0
	expect_repair cat -- /opt/file
	# By its tag it would be another image.
	rm "$own/manifest"
	before=$(store_content)
	fsck --repair
	expect_status 254
	expect_match "${lines[-1]}" "^image $IMAGE: cannot be repaired: docker://$REGISTRY/team/moved:1.0: it is another image now"
	expect_equal "$(store_content)" "$before"
}

@test "a layer of directories is made anew of those below it, without a registry" {
	store "oci:$FIXTURES/oci:layers"
	layer=$(sed -n 's/^layer=//p' "$RKT_DATA/cas/image/$IMAGE/info" | grep '^dirs-')
	before=$(stat -c '%a %Y' "$RKT_DATA/cas/tree/$layer/rootfs/opt")
	chmod 700 "$RKT_DATA/cas/tree/$layer/rootfs/opt"
	expect_repair cat -- /opt/opaque/upper
	expect_equal "$output" upper
	expect_equal "$(stat -c '%a %Y' "$RKT_DATA/cas/tree/$layer/rootfs/opt")" "$before"
	rm -r "$RKT_DATA/cas/tree/$layer"
	expect_repair cat -- /opt/opaque/upper
}

@test "what a registry that is gone has is not repaired, and stays as it is" {
	# One of this test's own, with the same images.
	start_registry
	registry_image
	layer=$(layer_with opt/hardlink)
	echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/opt/file"
	for blob in "$RKT_DATA"/cas/blob/sha256-*; do
		echo damage >>"$blob"
	done
	before=$(store_content)
	stop_registry
	fsck --repair
	expect_status 254
	expect_equal "$(grep -c "^image $IMAGE: cannot be repaired: .*$REGISTRY" <<<"$output")" 3
	expect_equal "$stderr" "fsck: 3 problem(s) found, 0 repaired"
	# But for the mark that the next fetch is to bring the layer.
	expect_equal "$(store_content | grep -v '/damaged$')" "$before"
}

@test "what nobody knows where it came from is kept until a fetch brings it anew, also under a pod" {
	store "oci:$FIXTURES/oci:layers"
	layer=$(layer_with opt/hardlink)
	echo damage >>"$RKT_DATA/cas/tree/$layer/rootfs/opt/file"
	start_pod "$IMAGE" --user=0 --group=0 --exec=/bin/busybox -- sleep 1000
	fsck --repair
	expect_status 254
	expect_equal "${lines[-1]}" "image $IMAGE: cannot be repaired: nobody knows where image $IMAGE came from: fetch it again"
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/busybox -- tail -n 1 /opt/file
	expect_equal "$output" damage
	others=$(ls "$RKT_DATA/cas/tree" | grep -v "$layer")
	before=$(cd "$RKT_DATA/cas/tree" && stat -c %i $others)
	store "oci:$FIXTURES/oci:layers"
	expect_equal "$(cd "$RKT_DATA/cas/tree" && stat -c %i $others)" "$before"
	fsck
	expect_status 0
	pod "$IMAGE" --user=0 --group=0 --exec=/bin/busybox -- grep -c damage /opt/file
	expect_equal "$output" 0
	expect_equal "$(rkt enter "$POD" /bin/busybox tail -n 1 /opt/file)" damage
}

@test "an image that was put together is put together anew" {
	store "$FIXTURES/busybox.aci"
	mkdir -p lib/etc
	echo lib >lib/etc/lib
	make_aci lib.aci '.name = "example.com/lib" | .dependencies = [{"imageName": "example.com/busybox"}]' "$PWD/lib"
	store "$PWD/lib.aci"
	mkdir -p app/etc
	make_aci app.aci '.name = "example.com/app" | .dependencies = [{"imageName": "example.com/lib"}] | .pathWhitelist = ["/bin/busybox", "/bin/cat", "/etc/lib"]' "$PWD/app"
	store "$PWD/app.aci"
	for layer in "$RKT_DATA"/cas/tree/deps-*; do
		echo damage >>"$layer/rootfs/etc/lib"
	done
	verify example.com/lib example.com/app
	expect_status 0
	expect_match "$stderr" 'tree cache verification failed for image example.com/app: layer deps-[0-9a-f]* is damaged'
	pod example.com/app --exec=/bin/cat -- /etc/lib
	expect_equal "$output" lib
}
