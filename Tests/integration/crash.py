"""Kills daemons at random moments behind a bad network; the simulator's log of started tasks is the judge.

Daemons are killed with SIGKILL, started again on the same state directory, and so on, on several state directories
side by side. What they say to the simulator, and it to them, passes a proxy (proxy.py) that loses, delays, repeats and
spoils a quarter of it. Meanwhile runs are asked for, by schedule and by hand. In the end: every run that was accepted
has an outcome, every job's tasks were started exactly as often as the job needs (a job that succeeds at once: one task
a run; one that fails twice first: three), and no two tasks of one run ever lived at the same time.
"""
import argparse
import concurrent.futures
import contextlib
import json
import random
import sys
import time

import harness
from harness import check, until
from judge import JOBS, LAUNCHES, judge, settle


def run(where, kills, seed, daemons):
    """One state directory with so many daemons; returns what there was to judge."""
    chance = random.Random(seed)
    accepted = set()
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(harness.simulator(where, "--auto-create"))
        proxy = stack.enter_context(harness.proxy(where, simulator.url, chance.randrange(1 << 32)))
        running = []
        stack.callback(lambda: [daemon.end() for daemon in running])

        def start(number):
            return harness.Daemon(
                where, JOBS, "--lease", "2", name=f"jobd{number}", wait=False, **harness.endpoints(proxy.url)
            )

        running += [start(number) for number in range(daemons)]
        for _ in range(kills):
            victim = chance.randrange(daemons)
            daemon = running[victim]
            # Sometimes in the middle of the start, mostly in the middle of the work.
            if chance.random() < 0.85:
                until(lambda: daemon.ctl("status").returncode == 0 or not daemon.is_running, "the daemon answers")
                check(daemon.is_running, "the daemon lives:\n" + daemon.tail())
                for _ in range(chance.randrange(3)):
                    answer = daemon.ctl("run", chance.choice(list(LAUNCHES)), "--json")
                    if answer.returncode == 0:
                        accepted.add(json.loads(answer.stdout)["run"])
            time.sleep(chance.random() * 0.6)
            daemon.kill()
            running[victim] = start(victim)
        until(lambda: running[0].ctl("status").returncode == 0, "the last daemon answers")
        slots = settle(running[0])
        tasks = harness.started_tasks(simulator.url)
        struck = harness.get_json(proxy.url + "/_proxy/struck")
    judge(slots, tasks, accepted)
    return sum(len(slot["runs"]) for slot in slots), len(tasks), struck


def main(place, kills, seed, daemons):
    begin = time.monotonic()
    lanes = []
    with concurrent.futures.ThreadPoolExecutor(len(daemons)) as pool:
        for number, count in enumerate(daemons):
            where = place / f"lane-{number}"
            where.mkdir()
            share = kills // len(daemons) + (number < kills % len(daemons))
            lanes.append(pool.submit(run, where, share, seed + number, count))
        runs, tasks, struck = zip(*(lane.result() for lane in lanes))
    faults = {name: sum(one.get(name, 0) for one in struck) for name in {name for one in struck for name in one}}
    passed = faults.pop("none", 0)
    print(
        f"  {kills} kills in {time.monotonic() - begin:.0f} s on {len(daemons)} state directories ({sum(daemons)} daemons),"
        f" {sum(runs)} runs, {sum(tasks)} tasks: each launched exactly as often as it had to be\n"
        f"  of {passed + sum(faults.values())} exchanges {passed} passed untouched; {dict(sorted(faults.items()))}",
        flush=True,
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=1000)
    options.add_argument(
        "--daemons", type=int, nargs="+", default=[1, 1, 2, 2], help="a state directory each: how many daemons share it")
    options.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    given = options.parse_args()
    print(f"crash: {given.kills} kills, daemons {given.daemons}, --seed {given.seed}", flush=True)
    with harness.folder() as place:
        try:
            main(place, given.kills, given.seed, given.daemons)
        except harness.Failure as failure:
            for log in sorted(place.glob("*/*.log")):
                print(f"--- {log.parent.name}/{log.name}", *harness.last_lines(log, 60), sep="\n")
            print(f"FAILED: {failure}\nagain with --seed {given.seed}")
            sys.exit(1)
    print("ok crash")
