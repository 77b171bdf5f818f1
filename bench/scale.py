# SPDX-License-Identifier: Apache-2.0
"""What many containers at once are like: to start, to list, to keep and to remove."""

import re
import shutil
import statistics
import subprocess
import time

from memory import APP, family, field_kb, is_app
from peers import compile_floor, crun_bundle, import_for_podman, podman_command

MANY, FEWER = 500, 50  # podman's would take minutes
ROUNDS = 3
LISTS = 20
SETTLE_S = 3  # for what the kernel still does behind the containers of other tables
RATE_STARTS, RATE_ROUNDS = 100, 5


def run(argv):
    """Milliseconds of one run, which has to succeed. What it starts may go on, and keep its streams."""
    begin = time.perf_counter_ns()
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return (time.perf_counter_ns() - begin) / 1e6


def said(argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


class Rkt:
    name, number = "rkt run --detach", MANY

    def __init__(self, rkt, rootfs, work, image):
        self.rkt, self.image = rkt, image
        run([*rkt, "gc", "--grace-period=0s"])  # pods of other tables

    def start(self, number):
        return [*self.rkt, "run", "--detach", "--net=none", self.image, f"--exec={APP[0]}", "--", *APP[1:]]

    def list(self):
        return [*self.rkt, "list"]

    def names(self):
        return [line.split()[0] for line in said([*self.rkt, "list", "--full", "--no-legend"]).splitlines()]

    def roots(self):
        return [int(re.search("^pid=(.*)$", said([*self.rkt, "status", name]), re.M)[1]) for name in self.names()]

    def end(self):
        names = self.names()
        run([*self.rkt, "stop", "--force", *names])
        for name in names:
            run([*self.rkt, "status", "--wait", name])
        run([*self.rkt, "gc", "--mark-only"])

    def remove(self):
        return [*self.rkt, "gc", "--grace-period=0s"]


class Podman:
    name, number = "podman run -d", FEWER

    def __init__(self, rkt, rootfs, work, image):
        self.podman = podman_command(work / "state")
        import_for_podman(self.podman, rootfs)

    def start(self, number):
        return [*self.podman, "run", "-d", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000",
                "localhost/busybox", *APP]

    def list(self):
        return [*self.podman, "ps"]

    def roots(self):
        return [int(line) for line in said([*self.podman, "inspect", "--format", "{{.State.ConmonPid}}",
                                            *said([*self.podman, "ps", "-q"]).split()]).split()]

    def end(self):
        run([*self.podman, "stop", "-a", "-t", "0"])

    def remove(self):
        return [*self.podman, "rm", "-a"]


class Crun:
    name, number = "crun run -d", MANY

    def __init__(self, rkt, rootfs, work, image):
        self.crun = ["crun", f"--root={work}/state/crun-many", "--cgroup-manager=cgroupfs"]
        self.bundle = crun_bundle(rootfs, work, "many", APP)

    def start(self, number):
        return [*self.crun, "run", "-d", "-b", self.bundle, f"many{number}"]

    def list(self):
        return [*self.crun, "list"]

    def roots(self):
        return []  # nothing of it stays

    def end(self):
        for number in range(self.number):
            run([*self.crun, "kill", f"many{number}", "KILL"])

    def remove(self):
        return ["sh", "-ec", f"for i in $(seq 0 {self.number - 1}); do {' '.join(self.crun)} delete -f many$i; done"]


def measure(engine):
    """First and last tenth, list, memory and removal of one engine, in one round."""
    tenth = engine.number // 10
    time.sleep(SETTLE_S)
    try:
        starts = [run(engine.start(number)) for number in range(engine.number)]
        listing = statistics.median(run(engine.list()) for _ in range(LISTS))
        engine_pids = [pid for root in engine.roots() for pid in family(root) if not is_app(pid)]
        memory = sum(field_kb(pid, "smaps_rollup", "Pss") for pid in engine_pids) / engine.number
    finally:
        engine.end()
    return statistics.median(starts[:tenth]), statistics.median(starts[-tenth:]), listing, memory, run(engine.remove()) / 1e3


def scale_table(rkt, rootfs, work, image):
    lines = ["| what | containers | first tenth, ms each | last tenth, ms each | list ms | PSS kB each | removal s |",
             "|---|---|---|---|---|---|---|"]
    kinds = (Rkt, Crun, Podman)
    engines, failures = {}, {kind: "not installed" for kind in kinds if kind is not Rkt and not shutil.which(kind.name.split()[0])}
    rounds = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in [kind for kind in kinds if kind not in failures]:
            try:
                engines[kind] = engines.get(kind) or kind(rkt, rootfs, work, image)
                rounds[kind].append(measure(engines[kind]))
            except (RuntimeError, OSError, subprocess.CalledProcessError, StopIteration) as error:
                failures[kind] = f"could not be measured: {error}"
    for kind in kinds:
        if kind in failures:
            lines.append(f"| {kind.name} | {kind.number} | {failures[kind]} | | | | |")
            continue
        first, last, listing, memory, removal = (statistics.median(column) for column in zip(*rounds[kind]))
        lines.append(f"| {kind.name} | {kind.number} | {first:.2f} | {last:.2f} | {listing:.1f} | {memory:.0f} | {removal:.2f} |")
    return lines


def rate(argv, at_once):
    """Starts in a second of a container that ends at once, by so many shells that start one after the other."""
    loop = f"n=0; while [ $n -lt {RATE_STARTS // at_once} ]; do n=$((n + 1)); {argv} >/dev/null 2>&1 </dev/null || exit 1; done"
    begin = time.perf_counter()
    shells = [subprocess.Popen(["sh", "-c", loop, str(number)]) for number in range(at_once)]
    if any([shell.wait() for shell in shells]):
        raise RuntimeError(f"{argv} has failed")
    return RATE_STARTS / (time.perf_counter() - begin)


def rate_table(rkt, rootfs, work, image):
    bundle = crun_bundle(rootfs, work, "rate")
    floor_state = work / "state" / "floor-rate"
    (floor_state / "root").mkdir(parents=True)
    lines = ["| what | one at a time, a second | four at once, a second | ratio |", "|---|---|---|---|"]
    for name, argv in (("a program, and no container", "/bin/true"), ("floor", f"{compile_floor(work)} {rootfs} {floor_state} /bin/true"),
                       ("rkt run", f"{' '.join(rkt)} run --net=none {image}"),
                       ("crun run", f"crun --root={work}/state/crun-rate --cgroup-manager=cgroupfs run -b {bundle} rate$0-$n")):
        if not shutil.which(argv.split()[0]):
            lines.append(f"| {name} | not installed | | |")
            continue
        rounds = [(rate(argv, 1), rate(argv, 4)) for _ in range(RATE_ROUNDS)]
        one, four = (statistics.median(column) for column in zip(*rounds))
        lines.append(f"| {name} | {one:.1f} | {four:.1f} | {statistics.median(b / a for a, b in rounds):.2f} |")
    return lines
