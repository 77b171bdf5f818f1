# SPDX-License-Identifier: Apache-2.0
"""The images of the benchmark: a small busybox root, and a big one in a registry on loopback."""

import concurrent.futures
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tarfile
import time
import urllib.request

LAYERS, FILES_A_LAYER, LAYER_BYTES = 6, 3000, 70 << 20


def small_rootfs(work):
    """WORK/rootfs with busybox and WORK/busybox.aci; the root also satisfies systemd-nspawn."""
    rootfs = work / "rootfs"
    if not (work / "busybox.aci").exists():
        shutil.rmtree(rootfs, ignore_errors=True)
        for name in ("bin", "etc", "usr", "tmp", "proc", "sys", "dev", "root"):
            (rootfs / name).mkdir(parents=True)
        shutil.copy2(shutil.which("busybox"), rootfs / "bin/busybox")
        for applet in ("sh", "true", "sleep"):
            (rootfs / "bin" / applet).symlink_to("busybox")
        (rootfs / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (rootfs / "etc/os-release").write_text("ID=bench\n")
        manifest = {"acKind": "ImageManifest", "acVersion": "0.8.11", "name": "example.com/busybox",
                    "labels": [{"name": "version", "value": "1.0"}, {"name": "arch", "value": "amd64"},
                               {"name": "os", "value": "linux"}],
                    "app": {"exec": ["/bin/true"], "user": "0", "group": "0"}}
        (work / "manifest").write_text(json.dumps(manifest))
        subprocess.run(["tar", "-C", work, "-cf", work / "busybox.aci", "manifest", "rootfs"], check=True)
    return rootfs


def make_layer(arguments):
    """Writes one gzip layer whose content halves under gzip; returns (digest, size, diff id)."""
    number, blobs = arguments
    noise = random.Random(number)
    text = b"".join(b"%d bottles of beer on the wall, take one down and pass it around\n" % i
                    for i in range(20000))
    plain, packed = hashlib.sha256(), hashlib.sha256()
    temporary = blobs / f"layer-{number}"

    class Tee(io.RawIOBase):
        def __init__(self, stream, digest):
            self.stream, self.digest = stream, digest

        def write(self, data):
            self.digest.update(data)
            return self.stream.write(data)

    with open(temporary, "wb") as out, gzip.GzipFile(fileobj=Tee(out, packed), mode="wb", compresslevel=6,
                                                     mtime=0) as zipped:
        with tarfile.open(fileobj=Tee(zipped, plain), mode="w|") as tar:
            for index in range(FILES_A_LAYER):
                # Many small files and few large ones, as in an image of a distribution.
                size = int(LAYER_BYTES / FILES_A_LAYER * noise.paretovariate(1.3) / 4.2)
                size = min(size, 8 << 20)
                half = size // 2
                start = noise.randrange(len(text) // 2)
                data = noise.randbytes(half) + (text[start:] + text * (half // len(text) + 1))[:size - half]
                info = tarfile.TarInfo(f"usr/share/layer{number}/{index % 90:02}/file{index}")
                info.size, info.mtime = len(data), 1_600_000_000
                tar.addfile(info, io.BytesIO(data))
    digest = packed.hexdigest()
    os.rename(temporary, blobs / digest)
    return f"sha256:{digest}", (blobs / digest).stat().st_size, f"sha256:{plain.hexdigest()}"


def make_layout(layout):
    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        layers = list(pool.map(make_layer, [(n, blobs) for n in range(LAYERS)]))

    def store(document):
        data = json.dumps(document).encode()
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    oci = "application/vnd.oci.image."
    config = store({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/true"]},
                    "rootfs": {"type": "layers", "diff_ids": [layer[2] for layer in layers]}})
    manifest = store({"schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
                      "config": {"mediaType": oci + "config.v1+json", **config},
                      "layers": [{"mediaType": oci + "layer.v1.tar+gzip", "digest": digest, "size": size}
                                 for digest, size, _ in layers]})
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": oci + "manifest.v1+json", **manifest,
         "annotations": {"org.opencontainers.image.ref.name": "latest"}}]}))


class BigImage:
    """The big image, made once and kept beside the build, served by a registry while in use."""

    def __init__(self, work):
        self.layout, self.storage = work / "big-image", work / "registry"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.registry = f"127.0.0.1:{probe.getsockname()[1]}"
        self.reference = f"{self.registry}/big:latest"

    def __enter__(self):
        if not (self.layout / "index.json").exists():
            shutil.rmtree(self.layout, ignore_errors=True)
            make_layout(self.layout)
        self.storage.mkdir(exist_ok=True)
        config = self.storage / "config.yml"
        config.write_text(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: "
                          f"{self.storage}/data}}}}\nhttp: {{addr: {self.registry}}}\n")
        with open(self.storage / "log", "w") as log:
            self.server = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
        self.wait()
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false",
                        f"oci:{self.layout}:latest", f"docker://{self.reference}"], check=True)
        return self

    def __exit__(self, *_):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait()

    def wait(self):
        for _ in range(200):
            try:
                return urllib.request.urlopen(f"http://{self.registry}/v2/").close()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the registry does not answer")

    @property
    def layers(self):
        index = json.loads((self.layout / "index.json").read_text())
        digest = index["manifests"][0]["digest"].partition(":")[2]
        return json.loads((self.layout / "blobs/sha256" / digest).read_text())["layers"]

    @property
    def description(self):
        size = sum(layer["size"] for layer in self.layers) >> 20
        return f"{LAYERS} layers, {size} MiB of gzip, about {LAYERS * LAYER_BYTES >> 20} MiB unpacked, {LAYERS * FILES_A_LAYER} files"
