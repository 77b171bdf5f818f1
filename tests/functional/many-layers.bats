#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images of as many layers as an overlay can have, and of one more.

load lib.bash

setup_file() {
	make_layout "$BATS_FILE_TMPDIR/layout" 499 500
}

setup() {
	new_data_dir "$BATS_TEST_TMPDIR"
}

teardown() {
	wait_until store_is_settled
	common_teardown
}

# make_layout DIR N...: an OCI layout with images of N layers, tagged so. Each layer has /etc, which only the lowest one
# names, with another mode than it gets by itself, and a file there.
make_layout() {
	python3 - "$FIXTURES/rootfs/bin/busybox" "$@" <<-'PYTHON'
		import hashlib, io, json, os, sys, tarfile
		busybox, where, numbers = sys.argv[1], sys.argv[2], sys.argv[3:]
		os.makedirs(where + "/blobs/sha256")
		def blob(data):
		    digest = hashlib.sha256(data).hexdigest()
		    open(where + "/blobs/sha256/" + digest, "wb").write(data)
		    return {"digest": "sha256:" + digest, "size": len(data)}
		def document(value):
		    return blob(json.dumps(value).encode())
		def layer(i):
		    data = io.BytesIO()
		    with tarfile.open(fileobj=data, mode="w") as tar:
		        if i == 0:
		            etc = tarfile.TarInfo("etc")
		            etc.type, etc.mode = tarfile.DIRTYPE, 0o711
		            tar.addfile(etc)
		            tar.add(busybox, "bin/sh")
		        tar.addfile(tarfile.TarInfo("etc/file-%d" % i))
		    return blob(data.getvalue())
		def image(n):
		    layers = [layer(i) for i in range(n)]
		    config = document({"architecture": os.uname().machine.replace("x86_64", "amd64").replace("aarch64", "arm64"),
		        "os": "linux", "rootfs": {"type": "layers", "diff_ids": [l["digest"] for l in layers]}})
		    config["mediaType"] = "application/vnd.oci.image.config.v1+json"
		    for l in layers:
		        l["mediaType"] = "application/vnd.oci.image.layer.v1.tar"
		    manifest = document({"schemaVersion": 2, "config": config, "layers": layers})
		    return manifest | {"mediaType": "application/vnd.oci.image.manifest.v1+json",
		        "annotations": {"org.opencontainers.image.ref.name": str(n)}}
		index = {"schemaVersion": 2, "manifests": [image(int(n)) for n in numbers]}
		open(where + "/index.json", "w").write(json.dumps(index))
		open(where + "/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
	PYTHON
}

fetch() {
	run --separate-stderr rkt --insecure-options=image fetch "oci:$BATS_FILE_TMPDIR/layout:$1"
}

@test "an image of as many layers as can be stacked runs" {
	fetch 499
	expect_status 0
	pod "$output" --exec=/bin/sh -- -c 'cd /etc && set -- file-* && echo $#'
	expect_status 0
	expect_equal "$output" 499
}

@test "an image of more layers than can be stacked is refused when it is fetched" {
	fetch 500
	expect_status 254
	expect_match "$stderr" '500 layers are more than the allowed 499'
	expect_equal "$(rkt image list --no-legend)" ""
	fetch 499
}

@test "directories look right through hundreds of layers, with the usual limit of descriptors" {
	make_layout "$BATS_TEST_TMPDIR/layout" 400
	ulimit -Sn 1024
	run --separate-stderr rkt --insecure-options=image fetch "oci:$BATS_TEST_TMPDIR/layout:400"
	expect_status 0
	pod "$output" --exec=/bin/sh -- -c 'stat -c %a /etc'
	expect_status 0
	expect_equal "$output" 711
}
