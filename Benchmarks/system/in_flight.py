"""Many tasks in flight: how often ECS is asked for them, what a SIGKILL costs, and when their ends are known.

in_flight.py [--tasks N] [--json FILE]

1. N jobs are due at one moment; their tasks go on until they are told to stop. RunTask has a quota that no account has,
   so that they are all there soon.
2. DescribeTasks calls are counted for a while at three ages of the tasks and compared with the fewest that keep to the
   documented intervals: each task once an interval of its age, 100 tasks a call. At the third age that is four whole
   rounds, counted from a pause between two of them, long after the last question that was due at the age before.
3. The daemon is killed and started again: until it is ready, and until it has asked for every task. No RunTask may
   arrive a second time.
4. All tasks stop at one moment: until each run's outcome is in the database.
"""
import argparse
import datetime
import json
import sqlite3
import time

from daemon import Daemon, harness, spread
from endpoint import Endpoint
from harness import check, until

# The intervals of docs/operations.md by the age of a task, in seconds: under so old, once in so many.
INTERVALS = [(60, 2), (300, 4), (1_800, 10)]
BATCH = 100
# 20 calls a second for less than an interval of ten seconds.
MOST_TASKS = 16_000
# For the start alone, which is not what is measured here; DescribeTasks keeps to the quota that every account has.
QUOTAS = "requestQuotas: {clusterResourceModify: {burst: 100000, perSecond: 100000}}"


def job_file(count, due):
    lines = ["region: us-east-1", "timezone: UTC", QUOTAS, "defaults: {cluster: flight, timeout: 1d}", "jobs:"]
    for number in range(count):
        lines.append(
            f"  job-{number}: {{schedule: at({due:%Y-%m-%dT%H:%M:%S}), task: {{taskDefinition: flight, container: app}}}}"
        )
    return "\n".join(lines) + "\n"


def fewest_calls(arrivals, begin, end):
    """DescribeTasks calls that keep every task within the interval of its age, from begin to end."""
    asks = 0.0
    for arrival in arrivals:
        young = 0
        for old, interval in INTERVALS:
            from_, to = max(begin, arrival + young), min(end, arrival + old)
            asks += max(0.0, to - from_) / interval
            young = old
    return asks / BATCH


def described(endpoint):
    counts = endpoint.counts()
    return counts["calls"].get("DescribeTasks", 0), counts["described"]


def watch(endpoint, daemon, arrivals, seconds):
    """DescribeTasks over a while."""
    begin, used, (calls, asked) = time.time(), daemon.processor_seconds(), described(endpoint)
    time.sleep(seconds)
    end, (calls_then, asked_then) = time.time(), described(endpoint)
    fewest = fewest_calls(arrivals, begin, end)
    return {
        "youngest": begin - max(arrivals), "seconds": end - begin, "calls": calls_then - calls,
        "callsPerSecond": (calls_then - calls) / (end - begin),
        "tasksPerCall": (asked_then - asked) / max(1, calls_then - calls),
        "fewestCalls": fewest, "callsPer100TasksAndInterval": (calls_then - calls) / fewest,
        "processor": (daemon.processor_seconds() - used) / (end - begin), "megabytes": daemon.resident_megabytes(),
    }


def await_pause(endpoint):
    """Until nothing was asked for a second: a round of questions, which the quota stretches to five, is over."""
    def is_quiet():
        calls, _ = described(endpoint)
        time.sleep(1)
        return described(endpoint)[0] == calls

    until(is_quiet, "a round of DescribeTasks calls is over", 60, 0)


def query(daemon, sql):
    with sqlite3.connect(f"file:{daemon.state / 'jobd.sqlite'}?mode=ro", uri=True) as database:
        return database.execute(sql).fetchall()


def submitted(daemon):
    return query(daemon, "SELECT count(*) FROM launches WHERE task_arn IS NOT NULL")[0][0]


def fill(where, endpoint, count):
    due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=10 + count / 500)
    daemon = Daemon(where, job_file(count, due), **harness.endpoints(endpoint.url))
    check(time.time() < due.timestamp(), "the daemon is ready before the jobs are due")
    until(lambda: endpoint.counts()["tasks"]["running"] == count, f"{count} tasks are started", 900, 0.5)
    until(lambda: submitted(daemon) == count, "every task's ARN is in the database", 60, 0.2)
    return daemon


def recover(where, endpoint, daemon, count):
    daemon.kill()
    before, (_, asked) = endpoint.counts(), described(endpoint)
    begin = time.monotonic()
    daemon = Daemon(where, None, **harness.endpoints(endpoint.url))
    until(lambda: described(endpoint)[1] - asked >= count, "every task is asked for again", 600, 0.05)
    all_asked = time.monotonic() - begin
    time.sleep(5)  # Whoever would send something twice has had the time.
    after = endpoint.counts()
    check(after["calls"]["RunTask"] == before["calls"]["RunTask"], "no RunTask is sent after the restart")
    check(after["repeatedTokens"] == 0 and after["repeatedStartedBy"] == 0, "no RunTask was sent twice")
    return daemon, {"ready": daemon.ready_after, "allAskedFor": all_asked, "megabytes": daemon.resident_megabytes(),
                    "runTaskSentAgain": after["calls"]["RunTask"] - before["calls"]["RunTask"]}


def stop(endpoint, daemon, count):
    answer = endpoint.stop_tasks()
    check(answer["stopped"] == count, f"{answer['stopped']} tasks stopped instead of {count}")
    running = "SELECT count(*) FROM runs WHERE status = 'RUNNING'"
    until(lambda: query(daemon, running)[0][0] == 0, "every run has an outcome", 600, 0.2)
    ends = query(daemon, "SELECT status, ended_at FROM runs")
    check(len(ends) == count and {status for status, _ in ends} == {"SUCCEEDED"}, "every run succeeded")
    return spread([at / 1_000 - answer["at"] for _, at in ends])


def measure(count):
    with harness.folder() as where, Endpoint() as endpoint:
        daemon = fill(where, endpoint, count)
        try:
            arrivals = endpoint.arrivals()
            result = {"tasks": count, "filledIn": max(arrivals) - min(arrivals)}
            result["describing"] = []
            for age in (0, 60, 330):
                time.sleep(max(0, max(arrivals) + age - time.time()))
                if age >= 300:
                    await_pause(endpoint)
                result["describing"].append(watch(endpoint, daemon, arrivals, 40))
            daemon, result["recovery"] = recover(where, endpoint, daemon, count)
            result["stopToOutcome"] = stop(endpoint, daemon, count)
            return result
        except harness.Failure:
            print(daemon.tail())
            raise
        finally:
            daemon.end()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", type=int, default=10_000)
    options.add_argument("--json", help="write the figures to this file")
    given = options.parse_args()
    if given.tasks > MOST_TASKS:
        options.error(f"at most {MOST_TASKS} tasks: with more, rounds of DescribeTasks calls have no pause between them")
    found = json.dumps(measure(given.tasks), indent=2)
    if given.json:
        with open(given.json, "w") as file:
            file.write(found + "\n")
    print(found)
