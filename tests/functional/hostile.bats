#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Broken and hostile images: one error that names the file and the reason, status 254, and a store
# that is as it was.

load lib.bash

setup_file() {
	common_setup_file
	printf 'untouched' >"$BATS_FILE_TMPDIR/outside"
}

setup() {
	new_data_dir "$BATS_FILE_TMPDIR"
	before=$(store_content)
	ACI=$BATS_TEST_TMPDIR/bad.aci
}

teardown() {
	common_teardown
}

# Fetches $ACI and expects it to be refused for a reason that matches.
refuse() {
	run --separate-stderr rkt --insecure-options=image fetch "${2:-$ACI}"
	expect_status 254
	expect_equal "$output" ""
	expect_match "$stderr" "^fetch: "
	expect_match "$stderr" "$1"
	expect_equal "$(store_content)" "$before"
	expect_equal "$(<"$BATS_FILE_TMPDIR/outside")" untouched
	expect_equal "$(rkt image list --no-legend | wc -l)" 1
}

# tar_with PYTHON: writes $ACI as a tar with the manifest and what the code adds through add().
tar_with() {
	python3 - "$ACI" "$FIXTURES/manifest" "$BATS_FILE_TMPDIR" "$1" <<-'PYTHON'
		import io, sys, tarfile, textwrap
		tar = tarfile.open(sys.argv[1], "w")
		outside = sys.argv[3] + "/outside"
		def add(name, data=b"", **fields):
		    info = tarfile.TarInfo(name)
		    info.size = len(data)
		    for key, value in fields.items():
		        setattr(info, key, value)
		    tar.addfile(info, io.BytesIO(data))
		add("manifest", open(sys.argv[2], "rb").read())
		add("rootfs", type=tarfile.DIRTYPE, mode=0o755)
		exec(textwrap.dedent(sys.argv[4]))
		tar.close()
	PYTHON
}

# The file of the first layer of a tag of an OCI layout.
layer_blob() {
	local manifest
	manifest=$(jq -r --arg tag "$2" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $tag).digest' "$1/index.json")
	jq -r '.layers[0].digest' "$1/blobs/${manifest/://}" | sed "s,:,/,; s,^,$1/blobs/,"
}

@test "a file that is no image" {
	head -c 4096 /dev/urandom >"$ACI"
	refuse 'bad.aci'
}

@test "an empty file" {
	: >"$ACI"
	refuse 'bad.aci'
}

@test "an ACI cut off in the middle" {
	head -c 1000000 "$FIXTURES/busybox.aci" >"$ACI"
	refuse 'bad.aci'
	gzip -c "$FIXTURES/busybox.aci" | head -c 300000 >"$ACI"
	refuse 'bad.aci'
}

@test "an ACI without a manifest" {
	tar -cf "$ACI" -C "$FIXTURES" rootfs
	refuse 'manifest'
}

@test "a manifest that breaks the schema" {
	make_aci "$ACI" '.app.user = 7'
	refuse 'bad.aci|user'
	make_aci "$ACI" '.name = "Not A Name"'
	refuse 'Not A Name|name'
	make_aci "$ACI" 'del(.app.user)'
	refuse 'user'
	make_aci "$ACI" '.acKind = "PodManifest"'
	refuse 'acKind|kind|PodManifest'
}

@test "an entry with .." {
	tar_with 'add("rootfs/../../../outside", b"overwritten")'
	refuse '\.\.'
}

@test "an absolute name" {
	tar_with 'add(outside, b"overwritten")'
	refuse 'bad.aci|outside'
}

@test "a symlink that leaves the root is never followed" {
	tar_with '
		add("rootfs/dir", type=tarfile.SYMTYPE, linkname=sys.argv[3])
		add("rootfs/dir/outside", b"overwritten")'
	run --separate-stderr rkt --insecure-options=image fetch "$ACI"
	expect_equal "$(<"$BATS_FILE_TMPDIR/outside")" untouched
	rkt image rm "$output" >/dev/null 2>&1 || true
}

@test "a hard link that leaves the root" {
	tar_with 'add("rootfs/link", type=tarfile.LNKTYPE, linkname="../../../outside")'
	refuse 'link'
	tar_with '
		add("rootfs/etc", type=tarfile.SYMTYPE, linkname="/etc")
		add("rootfs/link", type=tarfile.LNKTYPE, linkname="rootfs/etc/passwd")'
	refuse 'link'
}

@test "a hard link to something that is not there" {
	tar_with 'add("rootfs/link", type=tarfile.LNKTYPE, linkname="rootfs/absent")'
	refuse 'link'
}

@test "a decompression bomb" {
	head -c 2G /dev/zero | gzip -1 >"$ACI"
	refuse 'bad.aci'
}

@test "a manifest of many megabytes" {
	python3 - "$ACI" <<-'PYTHON'
		import io, sys, tarfile
		tar = tarfile.open(sys.argv[1], "w")
		info = tarfile.TarInfo("manifest")
		data = b'{"acKind":"ImageManifest","acVersion":"0.8.11","name":"' + b"a" * (64 << 20) + b'"}'
		info.size = len(data)
		tar.addfile(info, io.BytesIO(data))
		tar.close()
	PYTHON
	refuse 'manifest'
}

@test "a JSON document nested without end" {
	python3 - "$ACI" <<-'PYTHON'
		import io, sys, tarfile
		tar = tarfile.open(sys.argv[1], "w")
		info = tarfile.TarInfo("manifest")
		data = b'{"annotations":' + b"[" * 500000
		info.size = len(data)
		tar.addfile(info, io.BytesIO(data))
		tar.close()
	PYTHON
	refuse 'manifest'
}

@test "a JSON document of very many values takes little memory" {
	local used
	printf '{"acKind":"ImageManifest","x":[%s1]}' "$(printf '1,%.0s' {1..2000000})" >"$BATS_TEST_TMPDIR/manifest"
	tar -cf "$ACI" -C "$BATS_TEST_TMPDIR" manifest
	refuse 'bad.aci: image manifest: line 1, column [0-9]+: more than 262144 values'
	used=$(python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
		"$BUILD/libexec/rkt-fetch" --dir="$RKT_DATA" --insecure-options=image "$ACI")
	[ "$used" -gt 4096 ] && [ "$used" -lt 65536 ]
}

@test "an OCI layout with a blob that does not match its digest" {
	cp -a "$FIXTURES/oci" "$BATS_TEST_TMPDIR/oci"
	find "$BATS_TEST_TMPDIR/oci/blobs" -type f -size +100k | while read -r blob; do
		printf 'tampered' | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
	done
	refuse 'digest|sha256|inflate|corrupt|data' "oci:$BATS_TEST_TMPDIR/oci:latest"
}

@test "an OCI layout without the wanted tag, or that is none" {
	refuse 'absent' "oci:$FIXTURES/oci:absent"
	mkdir "$BATS_TEST_TMPDIR/empty"
	refuse 'empty' "oci:$BATS_TEST_TMPDIR/empty:latest"
}

@test "an OCI layout with a missing blob" {
	cp -a "$FIXTURES/oci" "$BATS_TEST_TMPDIR/oci"
	rm "$(layer_blob "$BATS_TEST_TMPDIR/oci" latest)"
	refuse 'sha256|No such file|no such file' "oci:$BATS_TEST_TMPDIR/oci:latest"
}

@test "a docker archive that is cut off, and one that is none" {
	head -c 500000 "$FIXTURES/docker.tar" >"$BATS_TEST_TMPDIR/cut.tar"
	refuse 'cut.tar' "docker-archive:$BATS_TEST_TMPDIR/cut.tar"
	tar -cf "$BATS_TEST_TMPDIR/other.tar" -C "$FIXTURES" manifest
	refuse 'other.tar|manifest.json' "docker-archive:$BATS_TEST_TMPDIR/other.tar"
}

@test "a fetch killed at any moment leaves nothing half-made" {
	rkt_command
	gzip -c "$FIXTURES/busybox.aci" >"$BATS_TEST_TMPDIR/good.aci"
	for delay in 0.001 0.003 0.006 0.01 0.015 0.02 0.03; do
		new_data_dir "$BATS_TEST_TMPDIR/$delay"
		"${RKT_COMMAND[@]/--dir=*/--dir=$RKT_DATA}" --insecure-options=image fetch "$BATS_TEST_TMPDIR/good.aci" >/dev/null 2>&1 3>&- &
		fetcher=$!
		sleep "$delay"
		kill -KILL "$fetcher" 2>/dev/null || true
		wait "$fetcher" || true
		count=$(rkt image list --no-legend | wc -l)
		[ "$count" = 0 ] || rkt image cat-manifest "$BUSYBOX" >/dev/null
		run --separate-stderr rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/good.aci"
		expect_status 0
		pod "$BUSYBOX" --exec=/bin/cat -- /var/data/file
		expect_equal "$output" seeded
	done
}
