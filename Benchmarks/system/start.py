"""The release build's size, and how long it takes to start: `jobd --version`, `jobd check`, `jobd serve` until ready.

start.py [--json FILE]
"""
import argparse
import json
import os
import subprocess
import time

from daemon import ROOT, Daemon, harness, spread

EXAMPLE = ROOT / "deploy" / "systemd" / "jobs.example.yaml"
TURNS = 20


def length_of(*command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=harness.environment())
    return time.perf_counter() - start


def serve(where, turn):
    """On a state directory that there was not before, then on the same one again."""
    place = where / str(turn)
    place.mkdir()
    endpoint = harness.endpoints("http://127.0.0.1:9")
    lengths = []
    for _ in range(2):
        with Daemon(place, EXAMPLE.read_text(), **endpoint) as daemon:
            lengths.append(daemon.ready_after)
    return lengths


def measure():
    jobd = harness.JOBD
    length_of(jobd, "--version")  # From the disk into memory.
    with harness.folder() as where:
        served = [serve(where, turn) for turn in range(5)]
    return {
        "bytes": os.stat(jobd).st_size,
        "version": spread([length_of(jobd, "--version") for _ in range(TURNS)]),
        "check": spread([length_of(jobd, "check", "-c", str(EXAMPLE)) for _ in range(TURNS)]),
        "ready": spread([first for first, _ in served]),
        "readyAgain": spread([second for _, second in served]),
    }


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", help="write the figures to this file")
    given = options.parse_args()
    found = json.dumps(measure(), indent=2)
    if given.json:
        with open(given.json, "w") as file:
            file.write(found + "\n")
    print(found)
