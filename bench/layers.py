# SPDX-License-Identifier: Apache-2.0
"""Layers as views of their archives, beside layers that are unpacked: starts, first reads, removal, and making an index."""

import contextlib
import hashlib
import io
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import tarfile

from peers import Contestant, FreshDisk, podman_command

ENTRIES, FILE_BYTES = 60_000, 3_000
LAYERS = 6


def write_layout(layout, layers):
    """An OCI image of these tars, which are given as functions that fill one."""
    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def document(value):
        return put(json.dumps(value).encode())

    packed = []
    for fill in layers:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            fill(tar)
        packed.append(put(stream.getvalue()))
    oci = "application/vnd.oci.image."
    config = document({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/true"]},
                       "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in packed]}})
    manifest = document({"schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
                         "config": {"mediaType": oci + "config.v1+json", **config},
                         "layers": [{"mediaType": oci + "layer.v1.tar", **layer} for layer in packed]})
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": oci + "manifest.v1+json", **manifest, "annotations": {"org.opencontainers.image.ref.name": "latest"}}]}))


def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(data), 0o755, 1_600_000_000
    tar.addfile(info, io.BytesIO(data))


def fill_base(tar):
    for name in ("bin", "etc", "tmp", "proc", "sys", "dev"):
        info = tarfile.TarInfo(name)
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(info)
    add(tar, "bin/busybox", pathlib.Path(shutil.which("busybox")).read_bytes())
    for applet in ("sh", "true"):
        info = tarfile.TarInfo(f"bin/{applet}")
        info.type, info.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(info)


def fill_small(number):
    return lambda tar: add(tar, f"etc/layer{number}", b"%d\n" % number)


def fill_large(tar):
    for number in range(ENTRIES):
        add(tar, f"usr/share/{number % 600:03}/file{number}", os.urandom(FILE_BYTES // 2) + b"x" * (FILE_BYTES // 2))


class Stores:
    """The same images as trees and as views, on a disk of their own whose files can be put out of memory."""

    def __init__(self, rkt, work):
        self.work, self.disk = work, FreshDisk(work / "layers")
        self.program, self.rest = rkt[0], rkt[2:]
        self.ids = {}

    def command(self, kind, *words):
        # Views are what it makes by itself.
        return ["env", *(["RKT_LAYER_VIEW=tree"] if kind == "tree" else []), self.program, f"--dir={self.disk.directory}/{kind}", *self.rest,
                "--insecure-options=image", *words]

    def fetch(self, kind, image):
        done = subprocess.run(self.command(kind, "fetch", "--full", f"oci:{self.layout(image)}:latest"), check=True,
                              capture_output=True, text=True)
        self.ids[image] = done.stdout.strip()

    def layout(self, image):
        return self.work / f"layers-{image}"

    def collect(self, kind):
        subprocess.run(self.command(kind, "gc", "--grace-period=0s"), capture_output=True)

    def forget(self, kind):
        """Puts the files out of memory: what was read comes from the disk again."""
        self.collect(kind)
        self.disk.remount()


@contextlib.contextmanager
def stores(rkt, work):
    s = Stores(rkt, work)
    images = {"one": [fill_base], "six": [fill_base, *(fill_small(n) for n in range(1, LAYERS))], "large": [fill_base, fill_large]}
    for image, layers in images.items():
        if not (s.layout(image) / "index.json").exists():
            shutil.rmtree(s.layout(image), ignore_errors=True)
            write_layout(s.layout(image), layers)
    s.disk.make(direct=True)
    try:
        for kind in ("tree", "erofs"):
            for image in images:
                s.fetch(kind, image)
        yield s
    finally:
        for kind in ("tree", "erofs"):
            s.collect(kind)
        s.disk.drop()


def layer_starters(s):
    def starter(name, image, kind):
        return Contestant(name, s.command(kind, "run", "--net=none", s.ids[image]))

    return [starter(f"rkt run, {LAYERS} layers, views", "six", "erofs"), starter("one layer, view", "one", "erofs"),
            starter(f"{LAYERS} layers, unpacked", "six", "tree"), starter("one layer, unpacked", "one", "tree")]


def readers(s):
    script = "find /usr -type f | xargs cat >/dev/null"

    def reader(name, kind):
        argv = s.command(kind, "run", "--net=none", s.ids["large"], "--exec=/bin/sh", "--", "-c", script)
        return Contestant(name, argv, before=lambda: s.forget(kind))

    return [reader("rkt run, view", "erofs"), reader("unpacked", "tree")]


def removers(s, work):
    podman = podman_command(s.disk.directory)
    large = f"oci:{s.layout('large')}:latest"

    def remover(name, kind):
        def before():
            # No pod may need it.
            s.collect(kind)
            s.fetch(kind, "large")
        # What an image alone had goes with the second.
        steps = [s.command(kind, "image", "rm", s.ids["large"]), s.command(kind, "image", "gc")]
        return Contestant(name, ["sh", "-c", " && ".join(map(shlex.join, steps))], before=before)

    def pull():
        subprocess.run([*podman, "pull", "-q", large], check=True, capture_output=True)

    return [remover("rkt image rm and image gc, view", "erofs"), remover("unpacked", "tree"),
            Contestant("podman rmi", [*podman, "rmi", "-a", "-f"], before=pull, needs=("podman",))]


def large_tar(s):
    """The tar of the large layer, in the image's directory."""
    layout = s.layout("large")
    return max((layout / "blobs/sha256").iterdir(), key=lambda blob: blob.stat().st_size)
