# SPDX-License-Identifier: Apache-2.0
"""Whom rkt is compared with: how each is called, and what has to be there before and gone after."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
DISK_BYTES = 3 << 30


class Contestant:
    def __init__(self, name, argv, before=None, after=None, needs=()):
        self.name, self.argv = name, argv
        self.before, self.after = before or (lambda: None), after or (lambda: None)
        missing = [program for program in (argv[0], *needs) if not shutil.which(program)]
        self.problem = f"not installed: {', '.join(missing)}" if missing else None


def compile_floor(work):
    floor = work / "floor"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-static", "-o", floor, HERE / "floor.c"], check=True)
    return str(floor)


def crun_bundle(rootfs, work, name="bundle", args=("/bin/true",)):
    bundle = work / "state" / name
    bundle.mkdir()
    if shutil.which("crun"):
        subprocess.run(["crun", "spec"], cwd=bundle, check=True)
        spec = json.loads((bundle / "config.json").read_text())
        spec["process"].update(terminal=False, args=list(args))
        spec["root"].update(path=str(rootfs), readonly=False)
        (bundle / "config.json").write_text(json.dumps(spec))
    return str(bundle)


def podman_command(state):
    # podman takes no longer name for it; this /run is the bench's own
    run = "/run/bench-podman"
    return ["podman", f"--root={state}/podman", f"--runroot={run}", f"--tmpdir={run}-tmp",
            "--storage-driver=overlay", "--cgroup-manager=cgroupfs", "--events-backend=none"]


def import_for_podman(podman, rootfs):
    if shutil.which("podman"):
        archive = subprocess.run(["tar", "-C", rootfs, "-c", "."], capture_output=True, check=True).stdout
        subprocess.run([*podman, "import", "-q", "-", "localhost/busybox"], input=archive, capture_output=True)


def starters(rkt, rootfs, work, image):
    """Nothing that a start leaves behind is removed meanwhile: for seconds after a removal ext4 is slow at making files,
    and would be so for whoever comes next."""
    state = work / "state"
    floor_state = state / "floor"
    (floor_state / "root").mkdir(parents=True)
    podman = podman_command(state)
    import_for_podman(podman, rootfs)
    return [
        Contestant("rkt run", [*rkt, "run", "--net=none", image]),
        Contestant("floor", [compile_floor(work), str(rootfs), str(floor_state), "/bin/true"]),
        Contestant("crun run", ["crun", f"--root={state}/crun", "--cgroup-manager=cgroupfs", "run", "-b",
                                crun_bundle(rootfs, work), "bench"]),
        Contestant("systemd-nspawn", ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--private-network",
                                      "--as-pid2", "-D", str(rootfs), "/bin/true"]),
        Contestant("podman run", [*podman, "run", "--rm", "--network=none", "--ulimit=nofile=1024:1024",
                               "--ulimit=nproc=1000:1000", "localhost/busybox", "/bin/true"]),
    ]


@contextlib.contextmanager
def networked(rkt, rootfs, work, image):
    """The same start without and with the default network, on a host where a pod has that already. What is left of the
    networks is collected in between: a host with hundreds of interfaces is another matter."""
    other = subprocess.run([*rkt, "run", "--detach", "--net=default", image, "--exec=/bin/sleep", "--", "3600"],
                           check=True, capture_output=True, text=True).stdout.split()[0]

    def collect():
        subprocess.run([*rkt, "gc", "--mark-only"], capture_output=True)
        subprocess.run([*rkt, "gc", "--grace-period=0s"], capture_output=True)

    floor_state = work / "state" / "floor-network"
    (floor_state / "root").mkdir(parents=True)
    floor = compile_floor(work)
    try:
        yield [
            Contestant("floor, network", [floor, "--network", str(rootfs), str(floor_state), "/bin/true"], after=collect),
            Contestant("floor, none", [floor, str(rootfs), str(floor_state), "/bin/true"], after=collect),
            Contestant("rkt run, default network", [*rkt, "run", "--net=default", image], after=collect),
            Contestant("rkt run, --net=none", [*rkt, "run", "--net=none", image], after=collect),
        ]
    finally:
        subprocess.run([*rkt, "stop", other], capture_output=True)
        subprocess.run([*rkt, "status", "--wait", other], capture_output=True)
        collect()


REFERENCE_PLUGINS = "/usr/lib/cni"
NETWORK = {"cniVersion": "0.4.0", "name": "bench", "type": "bridge", "bridge": "bench0", "isGateway": True, "ipMasq": True,
           "ipam": {"type": "host-local", "subnet": "10.111.0.0/16", "routes": [{"dst": "0.0.0.0/0"}]}}


def plugins(build, work):
    """ADD and DEL of one network, as a runtime that executes plugins has them, into a namespace that is there."""
    conf = work / "state" / "network.conf"
    conf.write_text(json.dumps(NETWORK))
    subprocess.run(["ip", "netns", "add", "bench"], capture_output=True)
    contestants = []
    for name, directory in (("rkt-cni bridge", f"{build}/libexec/net"), ("reference bridge", REFERENCE_PLUGINS)):
        script = (f"export CNI_CONTAINERID=bench CNI_IFNAME=eth0 CNI_NETNS=/var/run/netns/bench CNI_PATH={directory}\n"
                  f"for CNI_COMMAND in ADD DEL; do export CNI_COMMAND; {directory}/bridge <{conf} >/dev/null || exit; done")
        contestants.append(Contestant(name, ["sh", "-c", script], needs=(f"{directory}/bridge", "ip")))
    return contestants


def lives(rkt, image, work):
    """A pod from its start until nothing is left of it, with the network above of rkt, of the reference plugins, or none."""
    program, directory = rkt[:2]
    contestants = []
    for name, network, links in (("rkt run and gc, bridge of rkt", "bench", ()),
                                 ("with the reference bridge", "bench", ("bridge", "host-local")),
                                 ("with --net=none", "none", ())):
        local = work / "state" / f"local-{len(contestants)}"
        (local / "net.d").mkdir(parents=True)
        (local / "net.d" / "10-bench.conf").write_text(json.dumps(NETWORK))
        for link in links:
            (local / "net.d" / link).symlink_to(f"{REFERENCE_PLUGINS}/{link}")
        command = f"{program} {directory} --local-config={local}"
        contestants.append(Contestant(name, ["sh", "-ec", f"{command} run --net={network} {image}; {command} gc --mark-only >/dev/null 2>&1; "
                                                          f"{command} gc --grace-period=0s >/dev/null"],
                                      needs=[f"{REFERENCE_PLUGINS}/{link}" for link in links]))
    return contestants


class FreshDisk:
    """A newly made ext4 on a loop device: an old one is slow for a while after a large removal."""

    def __init__(self, directory):
        self.directory, self.image = directory, directory.with_suffix(".img")
        self.directory.mkdir(parents=True, exist_ok=True)

    def make(self, direct=False):
        """direct: the memory of the machine has its files once and not twice, so that they can be put out of it."""
        self.direct = direct
        with open(self.image, "wb") as stream:
            stream.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image], check=True)
        self.mount()
        os.sync()

    def mount(self):
        if not self.direct:
            subprocess.run(["mount", "-o", "loop", self.image, self.directory], check=True)
            return
        device = subprocess.run(["losetup", "--direct-io=on", "--find", "--show", self.image], check=True,
                                capture_output=True, text=True).stdout.strip()
        subprocess.run(["mount", device, self.directory], check=True)
        # It goes when it is unmounted.
        subprocess.run(["losetup", "--detach", device], check=True)

    def unmount(self):
        """rkt-fetch leaves a process that waits for the disk; it is nobody else's turn before that has ended."""
        deadline = time.monotonic() + 60
        while subprocess.run(["umount", "-R", self.directory], capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.directory} stays in use")
            time.sleep(0.05)

    def remount(self):
        self.unmount()
        self.mount()

    def drop(self):
        self.unmount()
        self.image.unlink()


PIPELINE = r"""
set -euo pipefail
fetch_layer() {
    mkdir "$2"
    curl -sf "$1" | tee >(sha256sum >"$2.packed") | igzip -dc - | tee >(sha256sum >"$2.plain") | KEEP
}
export -f fetch_layer
xargs -P 2 -n 2 bash -c 'fetch_layer "$0" "$1"'
"""


def fetchers(rkt, image, work):
    disk = FreshDisk(work / "fetch")
    podman = podman_command(disk.directory)
    urls = "\n".join(f"http://{image.registry}/v2/big/blobs/{layer['digest']} {disk.directory}/{number}"
                     for number, layer in enumerate(image.layers))
    unpack, store = (f"{PIPELINE.rstrip().replace('KEEP', keep)} <<'END'\n{urls}\nEND\n"
                     for keep in ('tar -x -C "$2"', 'cat >"$2.tar"'))
    fetch = [rkt[0], f"--dir={disk.directory}/rkt", *rkt[2:], "--insecure-options=image,http", "fetch", f"docker://{image.reference}"]
    skopeo_umoci = (f"skopeo --insecure-policy copy -q --src-tls-verify=false docker://{image.reference} "
                    f"oci:{disk.directory}/oci:latest && umoci unpack --image {disk.directory}/oci:latest {disk.directory}/bundle")

    def contestant(name, argv, needs=()):
        return Contestant(name, argv, before=disk.make, after=disk.drop, needs=needs)

    return [
        contestant("rkt fetch", fetch),
        contestant("rkt fetch, layers unpacked", ["env", "RKT_LAYER_VIEW=tree", *fetch]),
        contestant("floor pipeline", ["bash", "-c", unpack], needs=("igzip", "curl")),
        contestant("floor pipeline without tar: layers stay archives", ["bash", "-c", store], needs=("igzip", "curl")),
        contestant("podman pull", [*podman, "pull", "-q", "--tls-verify=false", image.reference]),
        contestant("skopeo copy + umoci unpack", ["bash", "-c", skopeo_umoci], needs=("skopeo", "umoci")),
    ]
