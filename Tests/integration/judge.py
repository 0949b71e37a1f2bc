"""The jobs of the tests that kill and end daemons, and who judges: the simulator's log of started tasks.

The daemon's own word counts for what it says of each run; how many tasks there were, and when they lived, is
what the simulator saw.
"""
import collections

from harness import Failure, check, main, until

JOBS = """
region: us-east-1
timezone: UTC
defaults:
  cluster: crash
  timeout: 5m
  overlap: allow
  catchUp: {mode: all, within: 1d}
  retry: {maxAttempts: 3, interval: 1s, backoffRate: 1}
jobs:
  once:
    schedule: "* * * * *"
    task: {taskDefinition: once, container: app, command: [sh, -c, 'sleep 0.3']}
  quick:
    schedule: rate(1 minute)
    task: {taskDefinition: quick, container: app, command: ["true"]}
  thrice:
    schedule: "* * * * *"
    task: {taskDefinition: thrice, container: app, command: [sh, -c, 'test "$JOBD_ATTEMPT" -ge 3']}
  never:
    retry: {maxAttempts: 2, interval: 1s}
    task: {taskDefinition: never, container: app, command: [sh, -c, 'exit 3']}
"""
LAUNCHES = {"once": 1, "quick": 1, "thrice": 3, "never": 2}
STATUS = {"once": "SUCCEEDED", "quick": "SUCCEEDED", "thrice": "SUCCEEDED", "never": "FAILED"}


def settle(daemon, seconds=180):
    """Nothing more comes due, and what goes on comes to its end. Returns every slot."""
    jobs = list(daemon.rows())
    for job in jobs:
        check(daemon.ctl("pause", job).returncode == 0, f"{job} is paused")

    def slots():
        if any(row["running"] for row in daemon.rows().values()):
            return None
        slots = [slot for job in jobs for slot in daemon.ctl_json("history", job, "--limit", "1000")["slots"]]
        return None if any(slot["state"] in ("PENDING", "RUNNING") for slot in slots) else slots

    return until(slots, "every run comes to its end", seconds, 0.5)


def runs_of(slots):
    """Every run that the daemon knows, by its id."""
    return {one["id"]: (slot["job"], one) for slot in slots for one in slot["runs"]}


def by_run(tasks):
    """The simulator's tasks by the run that they were started for; no launch may stand there twice."""
    result = collections.defaultdict(list)
    for launch, count in collections.Counter(task["startedBy"] for task in tasks).items():
        check(count == 1, f"launch {launch} was started {count} times")
    for task in tasks:
        _, _, job, scheduled, rerun, _ = task["startedBy"].split("/")
        result[f"{job}.{scheduled}.{rerun}"].append(task)
    return result


def judge(slots, tasks, accepted, stopped=(), launches=LAUNCHES, status=STATUS):
    """Every accepted run has its outcome and as many tasks as it needs, of which no two lived at a time.

    A run that somebody asked to stop may have been aborted, and have had fewer tasks.
    """
    started, known = by_run(tasks), runs_of(slots)
    for slot in slots:
        if slot["state"] in ("SKIPPED", "MISSED"):
            check(slot.get("reason"), f"{slot['job']} {slot['scheduledAt']} has no reason")
    check(known, "there are runs")
    for name in accepted:
        check(name in known, f"the run {name} was accepted and is lost")
    for name in started:
        check(name in known, f"a task was started for {name}, of which the daemon knows nothing")
    for name, (job, one) in known.items():
        count = len(started[name])
        if name in stopped and one["status"] == "ABORTED":
            check(count <= launches[job], f"{name} was stopped and had {count} tasks, more than {launches[job]}")
        else:
            check(one["status"] == status[job], f"{name} is {one['status']}, not {status[job]}")
            check(count == launches[job], f"{name} had {count} tasks instead of {launches[job]}")
        lives = sorted((task["created"], task["stopped"]) for task in started[name])
        check(all(end is not None for _, end in lives), f"a task of {name} was left behind")
        for (_, end), (begin, _) in zip(lives, lives[1:]):
            check(end <= begin, f"two tasks of {name} lived at the same time")


def bites(_):
    """The judge finds each thing that must not be, in a story of one run with three tasks."""
    run, other = "thrice.20260101T000000Z.0", "once.20260101T000000Z.0"

    def task(number, created, stopped, name=run):
        return {"startedBy": f"jobd/here/{name.replace('.', '/')}/{number}", "created": created, "stopped": stopped}

    def slots(status="SUCCEEDED"):
        return [{"job": "thrice", "scheduledAt": "2026", "state": status, "runs": [{"id": run, "status": status}]}]

    one, two, three = task(1, 0, 1), task(2, 1, 2), task(3, 2, 3)
    judge(slots(), [one, two, three], [run])
    for what, story in {
        "a launch that was started twice": (slots(), [one, two, three, task(3, 3, 4)], [run]),
        "a task too many": (slots(), [one, two, three, task(4, 3, 4)], [run]),
        "a task too few": (slots(), [one, two], [run]),
        "two tasks at a time": (slots(), [task(1, 0, 1.5), two, three], [run]),
        "a task that was left behind": (slots(), [one, two, task(3, 2, None)], [run]),
        "an accepted run that is lost": (slots(), [one, two, three], [run, other]),
        "a task of nobody": (slots(), [one, two, three, task(1, 0, 1, other)], [run]),
        "an outcome that cannot be": (slots("FAILED"), [one, two, three], [run]),
        "a miss without a reason": ([*slots(), {**slots("MISSED")[0], "runs": []}], [one, two, three], [run]),
        "nothing at all": ([], [], []),
    }.items():
        try:
            judge(*story)
        except Failure:
            continue
        raise Failure(f"the judge lets pass {what}")


if __name__ == "__main__":
    main({"bites": bites})
