"""The jobs of the tests that kill and end daemons, and who judges: the simulator's log of started tasks.

The daemon's own word counts for what it says of each run; how many tasks there were, and when they lived, is
what the simulator saw.
"""
import collections

from harness import check, until

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
