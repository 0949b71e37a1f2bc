"""Jobs that are due in one second: how soon their RunTask requests reach the endpoint, beside APScheduler.

burst.py [--jobs N]... [--peers] [--turns N] [--json FILE]

The same endpoint (endpoint.c) stamps each request's arrival for all of them. jobd runs as users run it: the release
build (JOBD, or .build/release/jobd), its database on the disk of --state, every launch committed with
synchronous=FULL before it is sent, requests signed. APScheduler 3 runs N date jobs from an SQLAlchemyJobStore on SQLite
and from its memory, in its default pool of threads; it records nothing of what it started. It calls in two ways: as its
users write it, with boto3's run_task (one client for all threads, a connection for each, signed), and with a raw call
(http.client, the same body, no signature, a connection that is kept), which is the least that a call costs Python.
Peers run with .venv-peers (scripts/venv peers).

Lags are counted from the second in which the jobs are due. With --turns each has so many bursts, jobd and its peers one
after the other and then again, since the machine's speed changes within minutes; the one of the median rate is told of,
with the rates of all.
"""
import argparse
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import endpoint
import harness
from harness import check, until

PEER = pathlib.Path(__file__).resolve().parent / "burst_peer.py"
PYTHON = harness.ROOT / ".venv-peers" / "bin" / "python"
# What AWS would have to grant: the endpoint throttles nobody.
QUOTAS = "requestQuotas: {clusterResourceModify: {burst: 100000, perSecond: 100000}}"


def figures(name, due, arrivals, counts, **more):
    """The lags of one burst, checked."""
    jobs = len(arrivals)
    lags = sorted(at - due for at in arrivals)
    check(counts["repeatedStartedBy"] == 0, "no job was launched twice")
    check(lags[0] >= 0, "no task starts before its time")
    rate = jobs / lags[-1]
    said = {
        "who": name, "jobs": jobs, "first": lags[0], "median": lags[jobs // 2], "last": lags[-1], "perSecond": rate,
        "repeatedTokens": counts["repeatedTokens"], **more,
    }
    print(
        f"{name:32} {jobs:6} jobs: first {lags[0]:7.3f} s, median {lags[jobs // 2]:7.3f} s, last {lags[-1]:7.3f} s,"
        f" {rate:7.0f} a second", flush=True,
    )
    return said


def due_after(seconds):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).replace(microsecond=0)


def all_arrived(target, jobs):
    until(lambda: target.counts()["tasks"]["started"] >= jobs, f"{jobs} tasks are started", 300, 0.25)


def processor_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def jobd(where, jobs, target, lead):
    due = due_after(lead + jobs / 500)
    lines = [
        "region: us-east-1", "timezone: UTC", QUOTAS, "defaults: {cluster: burst, timeout: 10m, launchType: EC2}", "jobs:",
    ]
    for number in range(jobs):
        lines += [
            f"  job-{number}:",
            f"    schedule: at({due:%Y-%m-%dT%H:%M:%S})",
            "    task: {taskDefinition: burst, container: app, command: ['true']}",
        ]
    with harness.Daemon(where, "\n".join(lines), **harness.endpoints(target.url)) as daemon:
        check(time.time() < due.timestamp(), "the daemon is ready before the jobs are due")
        before = processor_time(daemon.process.pid)
        time.sleep(max(0, due.timestamp() - time.time()))
        all_arrived(target, jobs)
        arrivals, counts = target.arrivals(), target.counts()
        spent = processor_time(daemon.process.pid) - before
        target.stop_tasks()
        ended_at = until(lambda: daemon.ctl_json("status").get("activeRuns", 0) == 0 and time.time(), "all runs end", 120)
        check(len(arrivals) == jobs, "every job was launched once")
        check(target.counts()["tasks"]["started"] == jobs, "nothing was launched later")
    return figures("jobd", due.timestamp(), arrivals, counts, processorTime=spent, ended=ended_at - due.timestamp())


def peer(where, jobs, target, store, call, lead):
    if not PYTHON.exists():
        sys.exit("burst.py: no .venv-peers; run scripts/venv peers")
    # Storing that many jobs takes it a while; what counts begins when they are due.
    due = due_after(lead + jobs / (150 if store == "sqlite" else 1_000)).timestamp()
    command = [str(PYTHON), str(PEER), str(jobs), target.url, store, call, str(where / "jobs.sqlite"), str(due)]
    process = subprocess.Popen(command, env=harness.environment())
    try:
        time.sleep(max(0, due - time.time()))
        check(process.poll() is None, "APScheduler stores its jobs in time")
        all_arrived(target, jobs)
        arrivals, counts = target.arrivals(), target.counts()
    finally:
        process.kill()
        process.wait()
    who = f"APScheduler ({'SQLite' if store == 'sqlite' else store}, {call if call == 'boto3' else 'raw calls'})"
    return figures(who, due, arrivals, counts, store=store, call=call)


def once(test):
    with tempfile.TemporaryDirectory(prefix="jobd-burst-") as where, endpoint.Endpoint() as target:
        return test(pathlib.Path(where), target)


def median(bursts):
    ordered = sorted(bursts, key=lambda burst: burst["perSecond"])
    return {**ordered[len(ordered) // 2], "perSecondOfTurns": [burst["perSecond"] for burst in bursts]}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, action="append", help="may be given several times; 1, 1000 and 10000")
    options.add_argument("--peers", action="store_true", help="APScheduler too")
    options.add_argument("--turns", type=int, default=1, help="bursts of each; the median counts")
    options.add_argument("--json", type=pathlib.Path, help="where the figures are written")
    options.add_argument("--lead", type=float, default=4, help="seconds for the start, beside those for each job")
    given = options.parse_args()
    if given.turns < 1:
        options.error("--turns takes a number from 1 on")
    results = []
    try:
        for jobs in given.jobs or [1, 1_000, 10_000]:
            tests = [lambda where, target: jobd(where, jobs, target, given.lead)]
            if given.peers:
                tests += [
                    lambda where, target, store=store, call=call: peer(where, jobs, target, store, call, given.lead)
                    for store in ("sqlite", "memory") for call in ("boto3", "raw")
                ]
            turns = [[once(test) for test in tests] for _ in range(given.turns)]
            results += [median(of_one) for of_one in zip(*turns)]
    except harness.Failure as failure:
        sys.exit(f"burst.py: FAILED: {failure}")
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
