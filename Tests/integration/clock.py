"""The clock of the machine is stepped while the daemon runs: no slot is lost, none runs twice, the lease holds.

The daemon alone sees the step (fixtures/stepped-clock.c); the simulator, which judges, keeps the real time. The
monotonic clock goes on as it is, as it does on a machine whose clock is set.
"""
import contextlib
import datetime
import json
import os
import shutil
import struct
import subprocess
import time

import harness
from harness import check, until
from judge import by_run
from trouble import job

SOURCE = harness.ROOT / "Tests" / "integration" / "fixtures" / "stepped-clock.c"
HEAD = """
region: us-east-1
timezone: UTC
defaults: {cluster: clock, timeout: 1m, overlap: allow, catchUp: {mode: all, within: 1d}}
jobs:
"""
UTC = datetime.timezone.utc


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


class Clock:
    """The wall clock of the daemons of one test."""

    def __init__(self, where):
        library = where / "stepped-clock.so"
        compiler = next((name for name in ("cc", "clang", "gcc") if shutil.which(name)), "cc")
        subprocess.run(
            [compiler, "-std=c11", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SOURCE)],
            check=True, capture_output=True,
        )
        self.file = where / "clock"
        self.file.write_bytes(bytes(8))
        self.env = {"LD_PRELOAD": str(library), "JOBD_TEST_CLOCK": str(self.file)}
        self.offset = 0.0

    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.offset, UTC)

    def step(self, seconds):
        self.offset += seconds
        with open(self.file, "r+b", buffering=0) as file:
            file.write(struct.pack("q", round(self.offset * 1e9)))

    def set(self, to):
        self.step((to - self.now()).total_seconds())


@contextlib.contextmanager
def bench(where, jobs, *daemons, set_to=None):
    """A simulator, a clock, and daemons on one state directory."""
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(harness.simulator(where, "--auto-create"))
        clock = Clock(where)
        if set_to:
            clock.set(set_to)
        started = [
            stack.enter_context(
                harness.Daemon(where, HEAD + jobs, "--lease", "2", name=name, **clock.env,
                               **harness.endpoints(simulator.url)))
            for name in daemons or ("jobd",)
        ]
        yield simulator, clock, *started
        for daemon in started:
            check(daemon.end() == 0, "the daemon ends well")


def slots(daemon, name):
    return daemon.ctl_json("history", name, "--limit", "1000")["slots"]


def claimed(daemon, name):
    return sorted(at(slot["scheduledAt"].removesuffix("Z")) for slot in slots(daemon, name))


def instants(daemon, name, state="SUCCEEDED"):
    return sorted(at(slot["scheduledAt"].removesuffix("Z")) for slot in slots(daemon, name) if slot["state"] == state)


def minutes(begin, end, every=1):
    """The instants of `*/every * * * *` after `begin`, until `end`."""
    first = begin.replace(second=0, microsecond=0) + datetime.timedelta(minutes=1)
    result = []
    while first <= end:
        if first.minute % every == 0:
            result.append(first)
        first += datetime.timedelta(minutes=1)
    return result


def each_once(simulator, daemon, *names):
    """One task for each slot that has succeeded, by the simulator's log."""
    tasks = by_run(harness.started_tasks(simulator.url))
    known = [one["id"] for name in names for slot in slots(daemon, name) for one in slot["runs"]]
    check(sorted(tasks) == sorted(known), f"tasks {sorted(tasks)} for the runs {sorted(known)}")
    check(all(len(one) == 1 for one in tasks.values()), "one task a run")
    return len(known)


def forward(where):
    """An hour forward: every slot in between is caught up, once, and what runs or waits notices nothing."""
    jobs = (
        job("every", "true", schedule="*/5 * * * *")
        + job("latest", "true", schedule="*/5 * * * *", catchUp="latest")
        + job("going", "sleep 6")
        + job("retried", 'test "$JOBD_ATTEMPT" -ge 2', retry={"maxAttempts": 2, "interval": "4s", "backoffRate": 1})
    )
    with bench(where, jobs) as (simulator, clock, daemon):
        begin = clock.now()
        going, retried = (daemon.ctl_json("run", name)["run"] for name in ("going", "retried"))
        until(lambda: daemon.ctl_json("show", going)["launches"][0].get("taskARN"), "a task runs")
        until(lambda: "diagnosis" in daemon.ctl_json("show", retried)["launches"][0], "a retry is waited for")
        clock.step(3600)
        until(lambda: instants(daemon, "every") == minutes(begin, clock.now(), 5), "every slot succeeds", 60, 0.3)
        wanted = minutes(begin, clock.now(), 5)
        check(len(wanted) in (12, 13), f"an hour has twelve such slots: {len(wanted)}")
        latest = instants(daemon, "latest")
        check(latest and set(latest) <= set(wanted), f"the latest slot alone is caught up: {latest}")
        missed = [slot for slot in slots(daemon, "latest") if slot["state"] == "MISSED"]
        check(len(missed) + len(latest) == len(wanted), "and of the others it is said that they were missed")
        for run in (going, retried):
            until(lambda: daemon.ctl_json("show", run)["status"] != "RUNNING", "it comes to its end", 60, 0.2)
            shown = daemon.ctl_json("show", run)
            check(shown["status"] == "SUCCEEDED", f"{run} is {shown['status']}: {shown.get('reason')}")
        check(len(daemon.ctl_json("show", retried)["launches"]) == 2, "a retry is one retry")
        tasks = by_run(harness.started_tasks(simulator.url))
        check({len(one) for name, one in tasks.items() if name != retried} == {1}, "one task a run")
    print(f"  {len(wanted)} slots of one hour, each once; a timeout of a minute did not strike", flush=True)


def back(where):
    """An hour back, and there again: what has run does not run again, and runs by hand go on."""
    jobs = job("every", "true", schedule="* * * * *") + job("byhand")
    with bench(where, jobs) as (simulator, clock, daemon):
        begin = clock.now()
        clock.step(600)
        until(lambda: instants(daemon, "every") == minutes(begin, clock.now()), "every slot succeeds", 60, 0.3)
        before = instants(daemon, "every")
        clock.step(-3600)
        check(daemon.ctl("run", "byhand", "--wait").returncode == 0, "a run by hand goes its way")
        # Through many of the daemon's looks at the clock and renewals of its lease.
        for _ in range(5):
            clock.step(60)
            time.sleep(1.2)
            check(daemon.ctl("status").returncode == 0, "the daemon answers")
        check(instants(daemon, "every") == before, "nothing runs a second time")
        clock.step(3300)
        until(lambda: instants(daemon, "every") == minutes(begin, clock.now()), "the schedule goes on", 60, 0.3)
        clock.step(180)
        until(lambda: instants(daemon, "every") == minutes(begin, clock.now()), "and on", 60, 0.3)
        count = each_once(simulator, daemon, "every", "byhand")
    print(f"  {count} runs, each once, over a clock that lived 55 minutes twice", flush=True)


NIGHTS = {
    # Europe/Berlin, 2027: the clocks jump from 02:00 to 03:00 (01:00 UTC), and back from 03:00 to 02:00 (01:00 UTC).
    "spring": ("2027-03-28T00:40", "2027-03-28T02:10", {
        # A time that is not there is left out by EventBridge's rules, and comes right after the gap by cron's.
        "bridge": [], "fixed": ["2027-03-28T01:00"],
        "quarters": ["00:45", "01:00", "01:15", "01:30", "01:45", "02:00"],
    }),
    "autumn": ("2027-10-31T00:10", "2027-10-31T02:10", {
        # 02:30 comes twice, at 00:30 and 01:30 UTC; the first counts.
        "bridge": ["2027-10-31T00:30"], "fixed": ["2027-10-31T00:30"],
        "quarters": ["00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45", "02:00"],
    }),
}


def night(name):
    def test(where):
        begin, end, wanted = NIGHTS[name]
        begin, end = at(begin), at(end)
        jobs = (
            job("bridge", "true", schedule="cron(30 2 * * ? *)", timezone="Europe/Berlin")
            + job("fixed", "true", schedule="30 2 * * *", timezone="Europe/Berlin")
            + job("quarters", "true", schedule="*/15 * * * *", timezone="Europe/Berlin")
        )
        with bench(where, jobs, set_to=begin) as (simulator, clock, daemon):
            quarters = [at(f"{begin:%Y-%m-%d}T{text}") for text in wanted["quarters"]]
            while clock.now() < end:
                clock.step(600)
                so_far = [instant for instant in quarters if instant <= clock.now()]
                until(lambda: instants(daemon, "quarters") == so_far, f"the slots until {clock.now()}", 60, 0.2)
            for single in ("bridge", "fixed"):
                expected = [at(text) for text in wanted[single]]
                until(lambda: instants(daemon, single) == expected, f"{single} runs at {expected}", 60, 0.2)
                check(len(slots(daemon, single)) == len(expected), f"{single} has no other slot")
            # Back over the night and through it again.
            clock.step(-5400)
            time.sleep(2.5)
            clock.step(5400)
            time.sleep(2.5)
            check(instants(daemon, "quarters") == quarters, "nothing of that night runs again")
            count = each_once(simulator, daemon, "bridge", "fixed", "quarters")
        print(f"  {count} runs in the night of {begin:%Y-%m-%d}, each once", flush=True)
    return test


def far(where):
    """Ten years forward, and back: what `catchUp` allows runs, the rest is missed, and the daemon lives on."""
    jobs = job("daily", "true", schedule="0 3 * * *") + job("rare", "true", schedule="cron(0 3 1 1 ? *)") + job("byhand")
    with bench(where, jobs) as (simulator, clock, daemon):
        begin = clock.now()
        clock.step(10 * 365 * 86_400)
        until(lambda: instants(daemon, "daily"), "the last day's slot runs", 120, 0.3)
        latest = instants(daemon, "daily")
        check(len(latest) == 1 and clock.now() - latest[0] < datetime.timedelta(days=1), f"it alone: {latest}")
        missed = instants(daemon, "rare", "MISSED")
        check(len(missed) + len(instants(daemon, "rare")) in (9, 10, 11), f"of each year it is said: {missed}")
        check(daemon.ctl("run", "byhand", "--wait").returncode == 0, "a run by hand goes its way")
        clock.set(begin + datetime.timedelta(minutes=1))
        check(daemon.ctl("run", "byhand", "--wait").returncode == 0, "there again, too")
        tasks = by_run(harness.started_tasks(simulator.url))
        check({len(one) for one in tasks.values()} == {1}, "one task a run")
    print(f"  one run of the last day, {len(missed)} years missed, {len(tasks)} tasks", flush=True)


def leases(where):
    """Two daemons on one database whose clock jumps about: neither takes the other for dead."""
    jobs = "".join(job(f"going-{number}", "sleep 8") for number in range(6)) + job("every", "true", schedule="*/10 * * * *")
    with bench(where, jobs, "one", "two") as (simulator, clock, one, two):
        begin = furthest = clock.now()
        runs = [(one, two)[number % 2].ctl_json("run", f"going-{number}")["run"] for number in range(6)]
        jumps = (3600, -3600, 7200, -7200, 3, -3, 60, -60, 86_400, -86_400)
        for seconds in jumps:
            clock.step(seconds)
            if seconds >= 3600:
                # Slots come due only before those who look at the clock while it is ahead.
                latest = clock.now() - datetime.timedelta(minutes=10)
                until(lambda: claimed(one, "every")[-1:] > [latest], "what is due by this clock is claimed", 120, 0.2)
            time.sleep(1)
            furthest = max(furthest, clock.now())
            for daemon in (one, two):
                check(daemon.is_running, "the daemon lives:\n" + daemon.tail())
        said = "".join(daemon.log.read_text() for daemon in (one, two))
        check("a run is taken over" not in said, "no living daemon's run is taken over")
        for run in runs:
            until(lambda: one.ctl_json("show", run)["status"] != "RUNNING", "it comes to its end", 60, 0.2)
            check(two.ctl_json("show", run)["status"] == "SUCCEEDED", f"{run} succeeds")
        until(lambda: not any(row["running"] for row in one.rows().values()), "every run ends", 60, 0.3)
        tasks = by_run(harness.started_tasks(simulator.url))
        check({len(each) for each in tasks.values()} == {1}, "one task a run")
        check(sum("going" in name for name in tasks) == 6, "six runs, six tasks")
        ran = instants(one, "every")
        lost = sorted(set(minutes(begin, begin + datetime.timedelta(hours=23), 10)) - set(ran))
        states = {str(at(slot["scheduledAt"].removesuffix("Z"))): slot["state"] for slot in slots(one, "every")}
        check(not lost, f"no slot is lost: {[(str(due), states.get(str(due))) for due in lost]}")
        check(ran[-1] <= furthest, "none runs before its time")
    print(f"  {len(jumps)} jumps, two daemons, {len(tasks)} runs and as many tasks", flush=True)


if __name__ == "__main__":
    harness.main({
        "forward": forward, "back": back, "spring": night("spring"), "autumn": night("autumn"), "far": far, "leases": leases,
    }, at_a_time=2)
