#!/usr/bin/env python3
"""Builds the fuzzers, instrumented, and runs each for a while: `make fuzz`, see --help.

Seeds are Tests/Fuzzing/seeds/TARGET.txt (a line of ===== between them) and a few files of docs/examples and tzdata. What a
fuzzer learns is kept in .build-fuzz/corpora/TARGET, what it finds in .build-fuzz/finds. Exits with 1 where there is a find.
"""

import argparse
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / ".build-fuzz"
BINARY = OUT / "build/release/Fuzz"

# As much as the threads of Swift's concurrency have: what nests too deeply is to be found here.
STACK_BYTES = 512 << 10
# Seconds that one input may take, and megabytes of the whole process.
LONGEST, MEMORY = 10, 2048
ZONES = ["Europe/Dublin", "Asia/Tokyo", "Africa/Casablanca", "America/Sao_Paulo", "Antarctica/Troll", "Etc/UTC"]
MORE_SEEDS = {
    "job-file": [ROOT / "docs/examples/jobs.yaml", ROOT / "docs/examples/production.yaml"],
    "calendar": [ROOT / "docs/examples/holidays.ics"],
    "machine": [ROOT / "docs/examples/seed-job.asl.json"],
    "zone": [pathlib.Path("/usr/share/zoneinfo") / name for name in ZONES],
}
# Bytes of an input, where 4096 do not suffice for the seeds.
LENGTHS = {"job-file": 8192, "machine": 8192, "stored-scopes": 8192}


def build():
    # Every module that is fuzzed has to count its edges: the flags go to all, dependencies included.
    command = ["swift", "build", "-c", "release", "--package-path", HERE, "--scratch-path", OUT / "build"]
    command += ["-Xswiftc", "-sanitize=fuzzer", "-Xswiftc", "-parse-as-library", "-Xswiftc", "-enable-testing"]
    subprocess.run([*command, "--product", "Fuzz"], check=True)


def environment(target):
    # The same input takes the same way in every run.
    variables = {"JOBD_FUZZER": target, "SWIFT_DETERMINISTIC_HASHING": "1"}
    # A trap is libFuzzer's to catch, which writes the input down.
    return {**os.environ, **variables, "SWIFT_BACKTRACE": "enable=no"}


def small_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, resource.getrlimit(resource.RLIMIT_STACK)[1]))


def seeds(target):
    folder = OUT / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    listed = HERE / "seeds" / f"{target}.txt"
    texts = listed.read_bytes().split(b"\n=====\n") if listed.exists() else []
    texts += [path.read_bytes() for path in MORE_SEEDS.get(target, []) if path.exists()]
    for number, text in enumerate(texts):
        (folder / f"{number:03}").write_bytes(text.removesuffix(b"\n") if number < len(texts) else text)
    return folder


def fuzz(target, seconds):
    """Runs one fuzzer; what it found, or None."""
    corpus, finds = OUT / "corpora" / target, OUT / "finds"
    corpus.mkdir(parents=True, exist_ok=True)
    finds.mkdir(exist_ok=True)
    command = [BINARY, corpus, seeds(target), f"-max_total_time={seconds}", f"-timeout={LONGEST}"]
    command += [f"-rss_limit_mb={MEMORY}", f"-max_len={LENGTHS.get(target, 4096)}", f"-artifact_prefix={finds}/{target}-"]
    dictionary = HERE / "dictionaries" / f"{target}.txt"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    log = OUT / f"{target}.log"
    began = time.monotonic()
    with open(log, "wb") as output:
        status = subprocess.run(
            [*command, "-print_final_stats=1"], stdout=output, stderr=output, env=environment(target),
            preexec_fn=small_stack,
        ).returncode
    text = log.read_text(errors="replace")
    executed = re.findall(r"number_of_executed_units: (\d+)", text)
    edges = re.findall(r"cov: (\d+)", text)
    print(
        f"{target:18} {int(executed[-1]) if executed else 0:>12,} inputs in {time.monotonic() - began:5.0f} s, "
        f"{edges[-1] if edges else 0} edges, {len(list(corpus.iterdir()))} files in its corpus",
        flush=True,
    )
    if status == 0:
        return None
    artifact = re.findall(r"Test unit written to (\S+)", text)
    reason = re.findall(r"does not hold: .*|Fatal error: .*|ERROR: libFuzzer: .*", text)
    return (reason[0][:300] if reason else f"exit status {status}, see {log}", artifact[-1] if artifact else None)


def names():
    listed = subprocess.run([BINARY], env=environment(""), capture_output=True, text=True).stdout
    return listed.split(":")[-1].split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", action="append", help="only this one; may be given several times")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--skip-build", action="store_true")
    parser.add_argument("--repeat", metavar="FILE", help="run one input of the one target again, with a stack trace")
    arguments = parser.parse_args()
    if not arguments.skip_build:
        build()
    targets = arguments.target or names()
    unknown = [target for target in targets if target not in names()]
    if unknown or arguments.repeat and len(targets) != 1:
        sys.exit(f"fuzz: the targets are {' '.join(names())}")
    if arguments.repeat:
        command = [BINARY, f"-timeout={LONGEST}", f"-rss_limit_mb={MEMORY}", arguments.repeat]
        backtraces = {**environment(targets[0]), "SWIFT_BACKTRACE": "enable=yes,color=no,threads=crashed"}
        sys.exit(subprocess.run(command, env=backtraces, preexec_fn=small_stack).returncode != 0)
    found = {target: find for target in targets if (find := fuzz(target, arguments.seconds))}
    for target, (reason, artifact) in found.items():
        print(f"\nFOUND by {target}: {reason}")
        if artifact:
            print(f"  again: Tests/Fuzzing/run.py --skip-build --target {target} --repeat {artifact}")
    sys.exit(1 if found else 0)


main()
