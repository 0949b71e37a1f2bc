"""Kills the daemon at random moments; the simulator's log of started tasks is the judge.

The daemon is killed with SIGKILL, started again on the same state directory, and so on. Meanwhile runs are
asked for, by schedule and by hand. In the end: every run that was accepted has an outcome, every job's tasks
were started exactly as often as the job needs (a job that succeeds at once: one task a run; one that fails
twice first: three), and no two tasks of one run ever lived at the same time.
"""
import argparse
import collections
import json
import random
import sys
import time

import harness
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


def run(where, kills, seed, daemons=1):
    chance = random.Random(seed)
    accepted = set()
    with harness.simulator(where, "--auto-create") as simulator:
        def start(number):
            return harness.Daemon(
                where, JOBS, "--lease", "2", name=f"jobd{number}", wait=False, **harness.endpoints(simulator.url)
            )

        running = [start(number) for number in range(daemons)]
        for kill in range(kills):
            victim = chance.randrange(daemons)
            daemon = running[victim]
            # Sometimes in the middle of the start, mostly in the middle of the work.
            if chance.random() < 0.85:
                until(lambda: daemon.ctl("status").returncode == 0 or not daemon.is_running, "the daemon answers", 30)
                check(daemon.is_running, "the daemon lives:\n" + daemon.tail())
                for _ in range(chance.randrange(3)):
                    answer = daemon.ctl("run", chance.choice(list(LAUNCHES)), "--json")
                    if answer.returncode == 0:
                        accepted.add(json.loads(answer.stdout)["run"])
            time.sleep(chance.random() * 0.6)
            daemon.kill()
            running[victim] = start(victim)
            if (kill + 1) % 25 == 0:
                print(f"  {kill + 1} kills, {len(accepted)} runs by hand", flush=True)
        daemon = running[0]
        until(lambda: daemon.ctl("status").returncode == 0, "the last daemon answers", 30)
        for job in LAUNCHES:
            daemon.ctl("pause", job)
        until(
            lambda: not any(row["running"] for row in daemon.rows().values()), "every run comes to its end", 180, 0.5
        )
        slots = [slot for job in LAUNCHES for slot in daemon.ctl_json("history", job, "--limit", "1000")["slots"]]
        tasks = harness.started_tasks(simulator.url)
        for one in running:
            one.end()
    judge(slots, tasks, accepted)
    runs = sum(len(slot["runs"]) for slot in slots)
    print(f"  {kills} kills, {runs} runs, {len(tasks)} tasks: each launched exactly as often as it had to be", flush=True)


def judge(slots, tasks, accepted):
    """Sees what the simulator saw, and what the daemon says of it."""
    by_run = collections.defaultdict(list)
    launches = collections.Counter()
    for task in tasks:
        launches[task["startedBy"]] += 1
        _, _, job, scheduled, rerun, _ = task["startedBy"].split("/")
        by_run[f"{job}.{scheduled}.{rerun}"].append(task)
    for launch, count in launches.items():
        check(count == 1, f"launch {launch} was started {count} times")
    known = {}
    for slot in slots:
        for one in slot["runs"]:
            known[one["id"]] = (slot["job"], one)
        if slot["state"] in ("SKIPPED", "MISSED"):
            check(slot.get("reason"), f"{slot['job']} {slot['scheduledAt']} has no reason")
    check(known, "there are runs")
    for name in accepted:
        check(name in known, f"the run {name} was accepted and is lost")
    for name in by_run:
        check(name in known, f"a task was started for {name}, of which the daemon knows nothing")
    for name, (job, one) in known.items():
        check(one["status"] == STATUS[job], f"{name} is {one['status']}, not {STATUS[job]}")
        check(
            len(by_run[name]) == LAUNCHES[job], f"{name} had {len(by_run[name])} tasks instead of {LAUNCHES[job]}"
        )
        lives = sorted((task["created"], task["stopped"]) for task in by_run[name])
        for (_, end), (begin, _) in zip(lives, lives[1:]):
            check(end is not None and end <= begin, f"two tasks of {name} lived at the same time")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--daemons", type=int, default=1)
    options.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    given = options.parse_args()
    print(f"crash: {given.kills} kills, {given.daemons} daemon(s), --seed {given.seed}", flush=True)
    with harness.folder() as place:
        try:
            run(place, given.kills, given.seed, given.daemons)
        except harness.Failure as failure:
            for log in sorted(place.glob("*.log")):
                print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-60:], sep="\n")
            print(f"FAILED: {failure}\nagain with --seed {given.seed}")
            sys.exit(1)
    print("ok crash")
