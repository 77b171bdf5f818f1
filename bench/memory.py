# SPDX-License-Identifier: Apache-2.0
"""What an engine keeps in memory for a container whose app sleeps."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

from peers import crun_bundle, import_for_podman, podman_command

APP = ["/bin/sleep", "1000"]


def children(pid):
    return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family(pid):
    """The process and all that came from it."""
    return [pid] + [one for child in children(pid) for one in family(child)]


def is_app(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "sleep"


def field_kb(pid, file, name):
    with open(f"/proc/{pid}/{file}") as stream:
        return next(int(line.split()[1]) for line in stream if line.startswith(name + ":"))


class Sleeper:
    """One container whose app sleeps; root is the process of its engine that the others come from."""

    def __init__(self, argv, find_root=None):
        with open(os.devnull, "r+b") as quiet:
            self.process = subprocess.Popen(argv, stdin=quiet, stdout=quiet, stderr=quiet)
        self.root = self.process.pid
        if find_root:
            self.process.wait()
            self.root = find_root()

    def wait_for_app(self):
        for _ in range(200):
            if any(is_app(pid) for pid in family(self.root)):
                return
            time.sleep(0.05)
        raise RuntimeError("its app did not start")

    def engine(self):
        return [pid for pid in family(self.root) if not is_app(pid)]

    def end(self):
        for pid in family(self.root):
            if is_app(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


def measure(start, number):
    """kB a container of PSS, RSS and the highest RSS so far, while `number` of them sleep."""
    os.sync()  # dirty pages of a freshly built program count twice otherwise
    sleepers = [start() for _ in range(number)]
    try:
        for sleeper in sleepers:
            sleeper.wait_for_app()
        time.sleep(1)
        pids = [pid for sleeper in sleepers for pid in sleeper.engine()]
        return [sum(field_kb(pid, file, name) for pid in pids) / number
                for file, name in (("smaps_rollup", "Pss"), ("status", "VmRSS"), ("status", "VmHWM"))]
    finally:
        for sleeper in sleepers:
            sleeper.end()


def starters(rkt, rootfs, work, image):
    podman = podman_command(work / "state")

    def conmon():
        done = subprocess.run([*podman, "inspect", "-l", "--format", "{{.State.ConmonPid}}"], capture_output=True,
                              text=True, check=True)
        return int(done.stdout)

    yield "rkt run", (1, 20), lambda: Sleeper([*rkt, "run", "--net=none", image, f"--exec={APP[0]}", "--", *APP[1:]])
    yield "crun run", (1,), lambda: Sleeper(
        ["crun", f"--root={work}/state/crun", "--cgroup-manager=cgroupfs", "run", "-b",
         crun_bundle(rootfs, work, "sleep", APP), "sleeper"])
    yield "systemd-nspawn", (1,), lambda: Sleeper(
        ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--private-network", "--as-pid2", "-D", str(rootfs), *APP])
    import_for_podman(podman, rootfs)
    yield "podman run", (1,), lambda: Sleeper(
        [*podman, "run", "-d", "--rm", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000",
         "localhost/busybox", *APP], conmon)


def memory_table(rkt, rootfs, work, image):
    lines = ["| what | containers | PSS kB | RSS kB | peak RSS kB |", "|---|---|---|---|---|"]
    for name, numbers, start in starters(rkt, rootfs, work, image):
        for number in numbers:
            program = name.split()[0]
            if program != "rkt" and not shutil.which(program):
                lines.append(f"| {name} | {number} | not installed | | |")
                continue
            try:
                figures = " | ".join(f"{kb:.0f}" for kb in measure(start, number))
                lines.append(f"| {name} | {number} | {figures} |")
            except (RuntimeError, OSError, subprocess.CalledProcessError, StopIteration) as error:
                lines.append(f"| {name} | {number} | could not be measured: {error} | | |")
    return lines
