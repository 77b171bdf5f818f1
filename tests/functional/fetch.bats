#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What fetching does beside bringing an image: choosing among several, ceilings, waiting, a full disk, what is shown.

load lib.bash

setup_file() {
	start_registry
	push layers app:layers
	free_port >"$BATS_FILE_TMPDIR/port"
	(cd "$FIXTURES" && exec python3 -m http.server --bind 127.0.0.1 "$(cat "$BATS_FILE_TMPDIR/port")") \
		>"$BATS_FILE_TMPDIR/http.log" 2>&1 3>&- &
	export HTTP_PID=$! HTTP=127.0.0.1:$(cat "$BATS_FILE_TMPDIR/port")
	wait_until curl -so /dev/null "http://$HTTP/manifest"
}

teardown_file() {
	kill "$HTTP_PID"
	stop_registry
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	common_teardown
}

fetch() {
	run --separate-stderr rkt --insecure-options=image,http fetch "$@"
}

# refuse REGEX IMAGE: one error that matches, status 254, nothing stored.
refuse() {
	fetch "$2"
	expect_status 254
	expect_equal "$output" ""
	expect_equal "$(grep -c '^fetch: [^h]' <<<"$stderr")" 1
	expect_match "$stderr" "$1"
	expect_equal "$(store_content)" ""
}

# make_index ARCH...: an OCI layout whose only entry is an index with the fixture's image under each ARCH.
make_index() {
	local manifest index arch entries='[]'
	cp -a "$FIXTURES/oci" layout
	manifest=$(jq -c '[.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "latest")][0] | del(.annotations)' layout/index.json)
	for arch in "$@"; do
		entries=$(jq -c --argjson m "$manifest" --arg a "$arch" '. + [$m + {platform: {os: "linux", architecture: $a}}]' <<<"$entries")
	done
	jq -cn --argjson e "$entries" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: $e}' >index
	index=$(sha256sum index | head -c 64)
	cp index "layout/blobs/sha256/$index"
	jq -cn --arg d "sha256:$index" --argjson s "$(stat -c %s index)" \
		'{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.index.v1+json", digest: $d, size: $s}]}' >layout/index.json
}

@test "of an index the image for this machine is taken" {
	make_index s390x amd64 arm64
	fetch --full oci:layout
	expect_status 0
	image=$output
	fetch --full "oci:$FIXTURES/oci:latest"
	expect_equal "$(rkt image cat-manifest "$image" | jq -c .app)" "$(rkt image cat-manifest "$output" | jq -c .app)"
}

@test "an index without an image for this machine" {
	make_index s390x arm64
	refuse 'no image for linux/amd64' oci:layout
}

@test "a layout with several images needs a tag" {
	refuse 'holds [0-9]+ images' "oci:$FIXTURES/oci"
	expect_match "$stderr" "oci:$FIXTURES/oci:TAG"
}

@test "layers compressed by zstd" {
	skopeo --insecure-policy copy -q --dest-compress --dest-compress-format zstd "oci:$FIXTURES/oci:latest" oci:zstd:latest
	expect_match "$(cat zstd/blobs/sha256/* | grep -ao 'tar+zstd' | head -n 1)" zstd
	fetch oci:zstd
	expect_status 0
	rkt image render "$output" out
	[ -x out/rootfs/bin/busybox ]
}

@test "a docker archive may be compressed as a whole, and hold several images" {
	gzip -c "$FIXTURES/docker.tar" >packed.tar
	fetch --full docker-archive:packed.tar
	expect_status 0
	image=$output
	fetch --full "docker-archive:$FIXTURES/docker.tar"
	expect_equal "$output" "$image"
	mkdir two
	tar -xf "$FIXTURES/docker.tar" -C two
	jq -c '[.[0] + {RepoTags: ["example.com/a:1"]}, .[0] + {RepoTags: ["example.com/b:2"]}]' two/manifest.json >two/new
	mv two/new two/manifest.json
	tar -cf two.tar -C two .
	fetch docker-archive:two.tar
	expect_status 254
	expect_match "$stderr" 'holds 2 images'
	fetch docker-archive:two.tar:example.com/b:2
	expect_status 0
	expect_equal "$(rkt image cat-manifest "$output" | jq -r .name)" example.com/b
}

@test "a layer of an archive that is a link to another one" {
	mkdir links
	tar -xf "$FIXTURES/docker.tar" -C links
	layer=$(jq -r '.[0].Layers[0]' links/manifest.json)
	mkdir links/first
	mv "links/$layer" links/first/layer.tar
	ln -s first/layer.tar "links/$layer"
	tar -cf links.tar -C links .
	fetch docker-archive:links.tar
	expect_status 0
	ln -sf loop links/loop
	jq -c '.[0].Layers[0] = "loop"' links/manifest.json >links/new
	mv links/new links/manifest.json
	tar -cf links.tar -C links .
	new_data_dir "$BATS_TEST_TMPDIR/loop"
	refuse 'there is no loop' docker-archive:links.tar
}

@test "an ACI over http, and from the store once it was fetched" {
	fetch --full "http://$HTTP/busybox.aci"
	expect_status 0
	image=$output
	run --separate-stderr rkt --insecure-options=image fetch --full --pull-policy=never "http://$HTTP/busybox.aci"
	expect_status 0
	expect_equal "$output" "$image"
}

@test "an ACI over http that is not there" {
	refuse 'bad HTTP status code: 404' "http://$HTTP/absent.aci"
}

@test "a policy of never asks nobody" {
	run --separate-stderr rkt --insecure-options=image,http fetch --pull-policy=never "docker://$REGISTRY/app:layers"
	expect_status 254
	expect_match "$stderr" "unable to fetch docker image from URL \"docker://$REGISTRY/app:layers\": either image was not found in the store"
}

@test "a stage1 may come from a registry, but has to name its entry points" {
	run --separate-stderr rkt --insecure-options=image,http run --stage1-url="docker://$REGISTRY/app:layers" "$FIXTURES/busybox.aci"
	expect_status 254
	expect_match "$stderr" 'coreos.com/rkt/stage1/run'
}

@test "docker images are not taken unverified" {
	for image in "docker://$REGISTRY/app:layers" "oci:$FIXTURES/oci:latest" "docker-archive:$FIXTURES/docker.tar"; do
		run --separate-stderr rkt --insecure-options=http fetch "$image"
		expect_status 254
		expect_match "$stderr" 'signature verification for .* is not supported \(try --insecure-options=image\)'
		expect_equal "$(store_content)" ""
	done
}

@test "an ACI with a signature that cannot be verified is refused" {
	cp "$FIXTURES/busybox.aci" .
	: >busybox.aci.asc
	run --separate-stderr rkt fetch ./busybox.aci
	expect_status 254
	expect_match "$stderr" 'cannot verify the signature of /.*/busybox.aci: keystore: no valid signatures found in signature file'
	expect_equal "$(store_content)" ""
}

@test "a signature file for an image that has none of its kind is refused" {
	for image in "oci:$FIXTURES/oci:layers" docker://127.0.0.1:1/app docker-archive:/nowhere.tar; do
		run --separate-stderr rkt --insecure-options=image fetch "$image" --signature=/nope
		expect_status 254
		expect_match "$stderr" '--signature=/nope: .* have no such signatures, only ACIs have'
	done
}

@test "ceilings for what an image unpacks to" {
	for limit in --max-image-size=100000 --max-image-entries=3; do
		for image in "$FIXTURES/busybox.aci" "oci:$FIXTURES/oci:latest"; do
			run --separate-stderr "$BUILD/libexec/rkt-fetch" --dir="$RKT_DATA" --insecure-options=image "$limit" "$image"
			expect_status 254
			expect_match "$stderr" 'more than'
			expect_equal "$(store_content)" ""
		done
	done
}

@test "a full disk" {
	mkdir small
	mount -t tmpfs -o size=1500k tmpfs small
	new_data_dir "$BATS_TEST_TMPDIR/small"
	fetch "$FIXTURES/busybox.aci"
	aci=$status aci_error=$stderr
	fetch "docker://$REGISTRY/app:layers"
	images=$(rkt image list --no-legend)
	wait_until umount small
	expect_equal "$aci $status" "254 254"
	expect_match "$aci_error" 'no space left on device'
	expect_match "$stderr" 'no space left on device'
	expect_equal "$images" ""
}

@test "a layer that another process is downloading is waited for" {
	fetch "oci:$FIXTURES/oci:latest"
	layer=$(basename "$(find "$RKT_DATA/cas/tree" -mindepth 1 -maxdepth 1)")
	new_data_dir "$BATS_TEST_TMPDIR/waiting"
	mkdir -p "$RKT_DATA/cas/tmp" "$RKT_DATA/cas/"{blob,image,tree,ref/name,ref/remote}
	exec {lock}>"$RKT_DATA/cas/tmp/fetch-$layer"
	flock "$lock"
	rkt_command
	"${RKT_COMMAND[@]}" --insecure-options=image fetch "oci:$FIXTURES/oci:latest" >out 2>err 3>&- {lock}>&- &
	fetcher=$!
	wait_until grep -q 'another rkt instance is downloading this file, waiting...' err
	expect_equal "$(rkt image list --no-legend)" ""
	exec {lock}>&-
	wait "$fetcher"
	expect_match "$(cat out)" '^sha512-'
	expect_equal "$(ls "$RKT_DATA/cas/tmp")" ""
}

@test "bars on a terminal, lines elsewhere" {
	fetch "docker://$REGISTRY/app:layers"
	expect_match "$stderr" 'Downloading sha256:[0-9a-f]{11} \.\.\.'
	refute_match "$stderr" $'\033'
	new_data_dir "$BATS_TEST_TMPDIR/terminal"
	rkt_command
	script -qec "stty cols 60; ${RKT_COMMAND[*]} --insecure-options=image,http fetch docker://$REGISTRY/app:layers" screen >/dev/null </dev/null
	expect_match "$(cat screen)" 'Downloading sha256:[0-9a-f]{11} \[=+\] .* / '
	# What stands between two control sequences or line ends is one line on the screen.
	longest=$(sed -E 's/\x1b\[[0-9]*[A-Za-z]/\n/g; s/\r/\n/g' screen | grep Downloading | awk '{ if (length > n) n = length } END { print n }')
	[ "$longest" -le 59 ]
}

@test "the first image that fails ends the command" {
	fetch "$FIXTURES/busybox.aci" ./absent.aci "oci:$FIXTURES/oci:latest"
	expect_status 254
	expect_match "$stderr" "^fetch: open $BATS_TEST_TMPDIR/absent.aci: no such file or directory"
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}
