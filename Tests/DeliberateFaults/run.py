#!/usr/bin/env python3
"""Shows that the simulation's checker bites: builds jobd once with all the mistakes of this folder, makes one of them after
the other, and looks for seeds in which the checker finds something that it does not find without.

Each NAME.patch beside this file says what is wrong with jobd then, for which invariants it is meant (and "does not end",
where seeds may come to no end by it), and in which shape of simulations it is looked for (hours, unless it says otherwise).
Below that come pieces of the sources as they are and as they are to be, as in a patch without line numbers. What is there
has to stand exactly once in the file, wherever that is; a line need not be whole. `isFaulty` in it says whether this
mistake is the one to make.

The copy is made in .build-faults, which keeps its build.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / ".build-faults"
TREE = OUT / "tree"
BUILD = OUT / "build"
PROGRAM = BUILD / "release" / "simulate"
SWITCH = TREE / "Sources" / "JobModel" / "DeliberateFault.swift"
SWITCH_TEXT = """import Glibc

private let made = getenv("DELIBERATE_FAULT").map { String(cString: $0) }

public func isFaulty(_ name: String) -> Bool { made == name }
"""
DOCUMENT = ROOT / "docs" / "reliability.md"
MARKS = ("<!-- deliberate faults -->\n", "<!-- end of deliberate faults -->\n")
PARTS = ["Sources", "Tests/Simulation", "Tests/Simulate", "Tests/SimulatedDisk", "Tests/ExecutorHook", "Tests/TestSupport"]
# What `simulate` says of a seed that comes to no end, which counts for every mistake.
ENDS = ["traps", "stands still", "breaks off"]
# One seed takes a second or two. One that takes this long counts for those that are meant to be found so.
LONGEST = 60
STUCK = "does not end"


@dataclasses.dataclass
class Hunk:
    path: str
    before: str
    after: str


class Fault:
    def __init__(self, file):
        self.name = file.stem
        head, *parts = re.split(r"^--- ", file.read_text(), flags=re.M)
        shape = re.search(r"^Shape: (\w+)\.?$", head, re.M)
        self.shape = shape.group(1) if shape else "hours"
        self.meant = re.search(r"^Meant for (.*)\.$", head, re.M).group(1)
        self.words = {*self.meant.split(", "), *ENDS}
        self.said = " ".join(line for line in head.splitlines() if not re.match("Meant for |Shape: ", line)).strip()
        self.hunks = [self.hunk(*part.split("\n", 1)) for part in parts]

    def hunk(self, path, lines):
        lines = [line for line in lines.splitlines() if line]
        before = "\n".join(line[1:] for line in lines if line[0] in " -")
        after = "\n".join(line[1:] for line in lines if line[0] in " +")
        return Hunk(path, before, re.sub(r"\bisFaulty\b", f'isFaulty("{self.name}")', after))

    def misfits(self):
        """The files in which a piece does not stand, or not once."""
        return [hunk.path for hunk in self.hunks if (ROOT / hunk.path).read_text().count(hunk.before) != 1]


def with_mistakes(text, hunks):
    """A source with all its hunks, from the last to the first, so that none moves the place of another."""
    end = len(text)
    for place, hunk in sorted(((text.index(hunk.before), hunk) for hunk in hunks), key=lambda each: -each[0]):
        if place + len(hunk.before) > end:
            sys.exit(f"deliberate faults: two change the same place of {hunk.path}: {hunk.before.strip()}")
        text = text[:place] + hunk.after + text[place + len(hunk.before) :]
        end = place
    return text


# The copy


def refresh(faults):
    """Brings the copy to what the sources are, with the mistakes, and touches nothing that is the same."""
    put((ROOT / "Package.swift").read_bytes(), TREE / "Package.swift")
    # The manifest names the test targets, whose sources nobody builds here.
    for target in re.findall(r'^    tests\(\s*"(\w+)"', (ROOT / "Package.swift").read_text(), re.M):
        put(b"", TREE / "Tests" / f"{target}Tests" / "Empty.swift")
    hunks = [hunk for fault in faults for hunk in fault.hunks]
    for part in PARTS:
        files = {path.relative_to(ROOT) for path in (ROOT / part).rglob("*") if path.is_file()}
        for path in (TREE / part).rglob("*"):
            if path.is_file() and path != SWITCH and path.relative_to(TREE) not in files:
                path.unlink()
        for file in files:
            mistakes = [hunk for hunk in hunks if hunk.path == str(file)]
            content = (ROOT / file).read_bytes()
            put(with_mistakes(content.decode(), mistakes).encode() if mistakes else content, TREE / file)
    put(SWITCH_TEXT.encode(), SWITCH)


def put(content, target):
    if not target.is_file() or target.read_bytes() != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def build():
    flags = ["-c", "release", "--product", "simulate", "--package-path", TREE, "--scratch-path", BUILD]
    # A mistake may leave something that is not used.
    environment = {name: value for name, value in os.environ.items() if name != "JOBD_WARNINGS_AS_ERRORS"}
    built = subprocess.run(["swift", "build", *flags], capture_output=True, text=True, errors="replace", env=environment)
    if built.returncode != 0:
        said = [line for line in (built.stdout + built.stderr).splitlines() if "error:" in line]
        sys.exit("\n".join(list(dict.fromkeys(said))[:5]) or built.stderr[-2000:])


# Seeds


def simulate(fault, shape, seeds):
    """What became of each seed, with a mistake or none: a set of invariants that did not hold, or of one word where it came
    to no end."""
    results = {}
    shares = [seeds[worker :: os.cpu_count()] for worker in range(os.cpu_count())]
    workers = [threading.Thread(target=go_through, args=(fault, shape, share, results)) for share in shares if share]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def go_through(fault, shape, seeds, results):
    # A process that ends in the middle of a seed leaves the next ones to another. One seed that does not end is enough.
    while seeds and not any(STUCK in found for found in results.values()):
        found = outcomes(fault, shape, seeds)
        results.update(found)
        seeds = [seed for seed in seeds if seed not in found]


def outcomes(fault, shape, seeds):
    """Of seeds in equal steps, as one process goes through them, up to the one that ended it."""
    step = seeds[1] - seeds[0] if len(seeds) > 1 else 1
    command = [PROGRAM, "--seed", seeds[0], "--count", len(seeds), "--stride", step, "--shape", shape]
    command += ["--failures", len(seeds), "--patience", LONGEST, "--verbose", "--brief"]
    said = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace",
        env={**os.environ, "SWIFT_BACKTRACE": "enable=no", "DELIBERATE_FAULT": fault},
    ).stdout
    found = {}
    for line in said.splitlines():
        if begins := re.match(r"seed (\d+): (.*)", line):
            current = found.setdefault(int(begins.group(1)), set())
            current.update(end for end in (*ENDS, STUCK) if end in begins.group(2))
        elif violated := re.match(r"S\d+(?= )", line):
            current.add(violated.group())
    return found or {seeds[0]: {"says nothing"}}


class Baseline:
    """What the checker says of jobd without a mistake, of the seeds in which it says something of jobd with one."""

    def __init__(self):
        self.known = {}
        self.is_clean = True

    def excess(self, shape, results):
        """Of each seed what is only found with the fault."""
        suspects = [seed for seed, found in results.items() if found]
        known = self.known.setdefault(shape, {})
        # All of them, and not only the suspects: the next mistake needs the others, and they run side by side.
        if not known.keys() >= set(suspects):
            more = simulate("", shape, sorted(results.keys() - known.keys()))
            known.update(more)
            for seed, broken in sorted(more.items()):
                if broken:
                    self.is_clean = False
                    print(f"without a mistake seed {seed} of {shape}: {', '.join(sorted(broken))}", flush=True)
        found = {seed: results[seed] - known.get(seed, set()) for seed in suspects}
        return {seed: excess for seed, excess in found.items() if excess}


@dataclasses.dataclass
class Verdict:
    caught: dict
    seeds: int
    seconds: float

    @property
    def invariants(self):
        """Those that catch it, the one that does most often first."""
        names = [name for found in self.caught.values() for name in found]
        return sorted(set(names), key=lambda name: (-names.count(name), len(name), name))


def attempt(fault, seeds, most, baseline):
    """Whether the mistake is found: in so many seeds, or, where in none, until the first that finds it."""
    start = time.monotonic()
    caught, first, tried = {}, 0, 0
    while not caught and first < most:
        results = simulate(fault.name, fault.shape, range(first, min(first + seeds, most)))
        # What it is not meant for may be chance: every change of jobd makes another simulation of a seed.
        excess = baseline.excess(fault.shape, results)
        caught = {seed: found & fault.words for seed, found in excess.items() if found & fault.words}
        first = min(first + seeds, most)
        tried += len(results)
    return Verdict(caught, tried, time.monotonic() - start)


# Telling


def row(fault, verdict):
    return f"| {fault.said} | {', '.join(verdict.invariants)} | {len(verdict.caught)} of {verdict.seeds} |\n"


def write(rows):
    text = DOCUMENT.read_text()
    before, rest = text.split(MARKS[0])
    head = "| what is wrong with jobd then | found by | in seeds |\n|---|---|---|\n"
    DOCUMENT.write_text(before + MARKS[0] + head + "".join(rows) + MARKS[1] + rest.split(MARKS[1])[1])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME", help="of a fault (default: all)")
    options.add_argument("--seeds", type=int, default=60, help="for each fault (default 60)")
    options.add_argument("--most", type=int, default=600, help="seeds, where none of the first finds it (default 600)")
    options.add_argument("--list", action="store_true", help="say what the faults are, and do nothing")
    options.add_argument("--fit", action="store_true", help="say which faults do not fit the sources any more")
    options.add_argument("--write", action="store_true", help="write the table into docs/reliability.md")
    given = options.parse_args()
    everything = [Fault(file) for file in sorted(HERE.glob("*.patch"))]
    unknown = set(given.names) - {fault.name for fault in everything}
    if unknown:
        sys.exit(f"deliberate faults: there is no {', '.join(sorted(unknown))}")
    faults = [fault for fault in everything if not given.names or fault.name in given.names]
    if given.list:
        for fault in faults:
            print(f"{fault.name}: {fault.said} ({fault.meant})")
        return
    misfits = {fault.name: fault.misfits() for fault in everything}
    for name, paths in misfits.items():
        if paths:
            print(f"{name} does not fit any more: mend what it says of {', '.join(paths)}", flush=True)
    if given.fit or any(misfits.values()):
        sys.exit(any(misfits.values()))
    print("building jobd with the mistakes", flush=True)
    refresh(everything)
    build()
    baseline = Baseline()
    rows, missed = [], []
    for fault in faults:
        verdict = attempt(fault, given.seeds, max(given.seeds, given.most), baseline)
        if verdict.caught:
            rows.append(row(fault, verdict))
            said = f"{', '.join(verdict.invariants)} in {len(verdict.caught)} of {verdict.seeds} seeds of {fault.shape}"
            print(f"caught {fault.name}: {said}, the first {min(verdict.caught)} ({verdict.seconds:.0f} s)", flush=True)
        else:
            missed.append(fault.name)
            said = f"no seed of {verdict.seeds} finds it ({verdict.seconds:.0f} s)"
            print(f"MISSED {fault.name}: {fault.said}\n    {said}", flush=True)
    print(f"{len(faults) - len(missed)} of {len(faults)} deliberate faults are caught")
    if not baseline.is_clean:
        print("what is found without a mistake has to be mended first")
    is_good = baseline.is_clean and not missed
    if given.write and is_good and not given.names:
        write(rows)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
