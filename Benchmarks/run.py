"""Runs the benchmarks and writes what they find to Benchmarks/results/NAME.json, then the table in docs/performance.md.

run.py [--folder FOLDER] [NAME...]

Without names all of them; `run.py --list` says which there are. FOLDER, /var/tmp unless given, is on the disk that is
measured: databases are made below it and removed again.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import report

ROOT = pathlib.Path(__file__).resolve().parents[1]
HERE = ROOT / "Benchmarks"
INPUTS = HERE / "inputs"
MEASURE = HERE / ".build" / "release" / "Measure"
PEERS = ROOT / ".venv-peers" / "bin" / "python"
JOBD = os.environ.get("JOBD", str(ROOT / ".build" / "release" / "jobd"))


def call(folder, *command):
    """What a program prints as JSON."""
    command = [str(word) for word in command]
    print("  " + " ".join(command).replace(str(ROOT) + "/", ""), flush=True)
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "JOBD": JOBD, "TMPDIR": str(folder)})
    if ended.returncode != 0:
        raise subprocess.CalledProcessError(ended.returncode, command)
    return json.loads(ended.stdout)


def written(folder, *command):
    """What a program writes to the file that it is given last, as --json FILE."""
    command = [str(word) for word in command]
    print("  " + " ".join(command).replace(str(ROOT) + "/", ""), flush=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = pathlib.Path(place) / "figures.json"
        subprocess.run(
            [*command, "--json", str(file)], check=True, env={**os.environ, "JOBD": JOBD, "TMPDIR": str(folder)})
        return json.loads(file.read_text())


def measure(name, folder):
    with tempfile.TemporaryDirectory(prefix="jobd-bench-", dir=folder) as place:
        return call(folder, MEASURE, name, INPUTS, place)


def peer(script, folder):
    return call(folder, PEERS, HERE / "peers" / script, INPUTS)


def system(script, folder, *options):
    return written(folder, sys.executable, HERE / "system" / script, *options)


def idle(folder, count):
    return written(folder, sys.executable, ROOT / "Tests" / "integration" / "idle.py", "--jobs", count, "--seconds", 60)


# Peers right after what they are compared with, so that a machine that slows down slows both.
BENCHMARKS = {
    "next": lambda folder: {"jobd": measure("next", folder), **peer("next_times.py", folder)},
    "load": lambda folder: measure("load", folder),
    "transitions": lambda folder: measure("transitions", folder),
    "machines": lambda folder: {"jobd": measure("machines", folder), "moto": peer("machines.py", folder)},
    "commits": lambda folder: measure("commits", folder),
    "burst": lambda folder: system("burst.py", folder, "--peers", "--turns", "3"),
    "in-flight": lambda folder: system("in_flight.py", folder),
    "start": lambda folder: system("start.py", folder),
    "idle": lambda folder: {str(count): idle(folder, count) for count in (10_000, 100_000)},
}


def fdatasync_rate(folder):
    """Pages a second that the disk makes durable one after the other, which durable commits are made of."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        page, count = b"x" * 4_096, 4_000
        os.pwrite(file.fileno(), page, 0)
        os.fsync(file.fileno())
        start = time.perf_counter()
        for _ in range(count):
            os.pwrite(file.fileno(), page, 0)
            os.fdatasync(file.fileno())
        return count / (time.perf_counter() - start)


def machine(folder):
    processor = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine())
    kilobytes = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal:"))
    return {
        "processor": processor, "cores": len(os.sched_getaffinity(0)), "memoryGB": round(kilobytes / 1_048_576, 1),
        "kernel": platform.release().split("-")[0], "python": platform.python_version(),
        "fdatasyncPerSecond": round(fdatasync_rate(folder)), "load": os.getloadavg()[0],
    }


def commit():
    """What is measured: the commit, and whether the sources differ from it; nothing outside a checkout."""
    def said(*arguments):
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = said("status", "--porcelain", "--", "Package.swift", "Sources", "Benchmarks", ":!Benchmarks/results")
        return said("rev-parse", "--short", "HEAD") + (" and changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--folder", default="/var/tmp", type=pathlib.Path)
    options.add_argument("--list", action="store_true", help="say which benchmarks there are")
    given = options.parse_args()
    if given.list:
        return print(*BENCHMARKS, sep="\n")
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    failed, measured = [], commit()
    for name in given.names or BENCHMARKS:
        print(name, flush=True)
        on, at = machine(given.folder), datetime.datetime.now(datetime.timezone.utc)
        try:
            found = BENCHMARKS[name](given.folder)
        except subprocess.CalledProcessError as error:
            print(f"  FAILED: {error}", flush=True)
            failed.append(name)
            continue
        result = {
            "benchmark": name, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "commit": measured, "machine": on, "found": found,
        }
        report.RESULTS.mkdir(exist_ok=True)
        (report.RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
    report.write()
    if failed:
        sys.exit(f"benchmarks that failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
