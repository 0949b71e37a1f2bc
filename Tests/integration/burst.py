"""Many jobs due in one second: each is launched once; reports the time from due to RunTask.

ECS's own limits (client-side token buckets: a burst of 100 RunTask calls, then 40 a second; for Fargate 20)
bound the rate, not jobd.
"""
import argparse
import datetime
import sys
import time

import harness
from harness import check, until


def run(where, jobs):
    now = datetime.datetime.now(datetime.timezone.utc)
    due = (now + datetime.timedelta(seconds=12)).replace(microsecond=0)
    lines = ["region: us-east-1", "timezone: UTC", "defaults: {cluster: burst, timeout: 10m}", "jobs:"]
    for number in range(jobs):
        lines += [
            f"  job-{number}:",
            f"    schedule: at({due:%Y-%m-%dT%H:%M:%S})",
            "    task: {taskDefinition: burst, container: app, command: ['true']}",
        ]
    with harness.simulator(where, "--auto-create", "--no-processes") as simulator:
        with harness.Daemon(where, "\n".join(lines), **harness.endpoints(simulator.url)) as daemon:
            check(time.time() < due.timestamp(), "the daemon is ready before the jobs are due")

            def tasks():
                return harness.started_tasks(simulator.url)

            until(lambda: len(tasks()) >= jobs, f"{jobs} tasks are started", 180, 0.5)
            until(
                lambda: all(row["days"][-1].get("state") == "SUCCEEDED" for row in daemon.rows().values()),
                "every job succeeds", 180, 1,
            )
            started = tasks()
    check(len(started) == jobs, f"{len(started)} tasks instead of {jobs}")
    check(len({task["startedBy"] for task in started}) == jobs, "every job was launched once")
    lags = sorted(task["created"] - due.timestamp() for task in started)
    check(lags[0] >= 0, "no task starts before its time")
    median, last = lags[len(lags) // 2], lags[-1]
    print(
        f"  {jobs} jobs due in one second: due to RunTask"
        f" first {lags[0]:.3f} s, median {median:.3f} s, last {last:.3f} s, {jobs / last:.0f} launches a second",
        flush=True,
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=1000)
    given = options.parse_args()
    with harness.folder() as place:
        try:
            run(place, given.jobs)
        except harness.Failure as failure:
            for log in sorted(place.glob("*.log")):
                print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-40:], sep="\n")
            print(f"FAILED: {failure}")
            sys.exit(1)
    print("ok burst")
