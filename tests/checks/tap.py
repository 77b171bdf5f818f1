# SPDX-License-Identifier: Apache-2.0
"""What every check shares: the list of source files and the TAP printer."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def tracked_files():
    """Every file of the project: those in git, and new ones that git does not ignore."""
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in sorted(listing.split("\0")) if name and (ROOT / name).is_file()]


def sources():
    """The C files under src/, relative to it."""
    return [f.relative_to(ROOT / "src") for f in tracked_files()
            if f.is_relative_to(ROOT / "src") and f.suffix in (".c", ".h")]


def report(points):
    """Prints one TAP point for each (name, problems) pair and exits accordingly."""
    points = list(points)
    print(f"1..{len(points)}")
    for number, (name, problems) in enumerate(points, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        for problem in problems:
            print(f"# {problem}")
    sys.exit(1 if any(problems for _, problems in points) else 0)
