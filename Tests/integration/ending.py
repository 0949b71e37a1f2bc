"""SIGTERM in the middle of everything: the daemon ends with 0, and the next start goes on.

Each test ends a daemon ROUNDS times (default 20) at a random moment of one thing that it does, with runs in all phases
and a bad network (proxy.py) before the simulator. In the end nothing may be lost or launched twice (judge.py).
"""
import contextlib
import functools
import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import harness
from harness import check, until
from judge import JOBS, LAUNCHES, STATUS, judge, settle

ROUNDS = int(os.environ.get("ROUNDS", "20"))
LONG = "  long:\n    task: {taskDefinition: long, container: app, command: [sh, -c, 'sleep 3']}\n"


class Rounds:
    """What the rounds of one test have in common: the daemon of the moment, and what people asked of it."""

    def __init__(self, where, url, chance):
        self.where, self.url, self.chance = where, url, chance
        self.accepted, self.stopped, self.clients = set(), set(), []
        self.daemon = None

    def start(self):
        self.daemon = harness.Daemon(self.where, JOBS + LONG, "--lease", "2", wait=False, **harness.endpoints(self.url))
        self.logged = self.daemon.log.stat().st_size
        return self.daemon

    def wait(self):
        until(lambda: self.daemon.ctl("status").returncode == 0 or not self.daemon.is_running, "the daemon answers")
        check(self.daemon.is_running, "the daemon lives:\n" + self.daemon.tail())

    def client(self, *arguments):
        """`jobd ctl`, which need not be through when the daemon is ended."""
        client = subprocess.Popen(
            [harness.JOBD, "ctl", arguments[0], "--socket", self.daemon.socket, *arguments[1:]],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            env=harness.environment(), start_new_session=True,
        )
        self.clients.append((arguments, client))
        return client

    def run(self, job):
        """A run by hand, whose acceptance is waited for."""
        answer = self.daemon.ctl("run", job, "--json")
        if answer.returncode != 0:
            return None
        run = json.loads(answer.stdout)["run"]
        self.accepted.add(run)
        return run

    def some_runs(self):
        for _ in range(self.chance.randrange(1, 4)):
            self.client("run", self.chance.choice([*LAUNCHES, "long"]), "--json")

    def end(self):
        """SIGTERM, and the daemon has to be gone in time, with 0."""
        daemon = self.daemon
        begin = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        try:
            status = daemon.process.wait(harness.PATIENCE)
        except subprocess.TimeoutExpired:
            raise harness.Failure(f"the daemon still runs {harness.PATIENCE} s after SIGTERM:\n{daemon.tail()}") from None
        took = time.monotonic() - begin
        daemon.kill()
        with open(daemon.log, errors="replace") as log:
            log.seek(self.logged)
            has_answered = "jobd answers" in log.read()
        # Before a process has said how it takes SIGTERM, the signal itself ends it, and there is nothing to end.
        check(
            status == 0 or (status == -signal.SIGTERM and not has_answered),
            f"SIGTERM ended the daemon with {status}:\n{daemon.tail()}",
        )
        for arguments, client in self.clients:
            # Some wait until a daemon is there again.
            is_patient = arguments[0] in ("watch", "logs") or "--wait" in arguments
            with contextlib.suppress(subprocess.TimeoutExpired):
                client.wait(0.2 if is_patient else 60)
            check(is_patient or client.poll() is not None, f"ctl {arguments} hangs without its daemon")
            if client.poll() is None:
                client.kill()
            output, said = client.communicate()
            check(client.returncode in (0, 1, 2, 3, 4, -signal.SIGKILL), f"ctl {arguments}: {client.returncode} {said}")
            if arguments[0] == "run" and "--json" in arguments and client.returncode == 0:
                self.accepted.add(json.loads(output)["run"])
        self.clients.clear()
        return took, status


def starting(rounds):
    """Anywhere between the first instruction and the first answer, and a little after it."""
    time.sleep(rounds.chance.uniform(0, 0.4))


def launching(rounds):
    rounds.wait()
    rounds.some_runs()
    time.sleep(rounds.chance.uniform(0, 0.5))


def reloading(rounds):
    rounds.wait()
    rounds.some_runs()
    jobs = rounds.daemon.jobs
    if rounds.chance.random() < 0.3:
        jobs.write_text("jobs: [")
    else:
        jobs.write_text((JOBS + LONG).replace("timeout: 5m", f"timeout: {rounds.chance.randrange(5, 60)}m"))
    if rounds.chance.random() < 0.5:
        rounds.client("reload")
    else:
        rounds.daemon.process.send_signal(signal.SIGHUP)
    time.sleep(rounds.chance.uniform(0, 0.2))


def following(rounds):
    rounds.wait()
    rounds.some_runs()
    run = rounds.run("long")
    rounds.client("run", rounds.chance.choice(list(LAUNCHES)), "--wait")
    rounds.client("watch")
    if run:
        rounds.client("logs", run, "--follow")
    time.sleep(rounds.chance.uniform(0, 0.8))


def stopping(rounds):
    rounds.wait()
    rounds.some_runs()
    run = rounds.run("long")
    time.sleep(rounds.chance.uniform(0, 1))
    if run:
        rounds.stopped.add(run)
        rounds.client("stop", run)
    time.sleep(rounds.chance.uniform(0, 0.4))


def copying(rounds):
    rounds.wait()
    rounds.some_runs()
    copy = rounds.where / "copy.sqlite"
    copy.unlink(missing_ok=True)
    rounds.client("backup", str(copy))
    time.sleep(rounds.chance.uniform(0, 0.2))


def sound(copy):
    """What stands under a backup's final name is whole."""
    if copy.exists():
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            check(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "a backup is whole")


def during(moment, where):
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    took, signalled = [], 0
    with harness.simulator(where, "--auto-create") as simulator:
        with harness.proxy(where, simulator.url, seed) as proxy:
            rounds = Rounds(where, proxy.url, chance)
            try:
                for _ in range(ROUNDS):
                    rounds.start()
                    moment(rounds)
                    seconds, status = rounds.end()
                    took.append(seconds)
                    signalled += status != 0
                    sound(where / "copy.sqlite")
                rounds.start()
                rounds.wait()
                check(rounds.run("once"), "runs are taken again")
                # A task that was stopped before its ARN was known is waited for, for three minutes.
                slots = settle(rounds.daemon, 300)
                check(rounds.daemon.end() == 0, "the last daemon ends well")
                tasks = harness.started_tasks(simulator.url)
            finally:
                rounds.daemon.kill()
                for _, client in rounds.clients:
                    client.kill()
    judge(
        slots, tasks, rounds.accepted, rounds.stopped, launches={**LAUNCHES, "long": 1},
        status={**STATUS, "long": "SUCCEEDED"},
    )
    runs = sum(len(slot["runs"]) for slot in slots)
    print(
        f"  {moment.__name__}: {ROUNDS} times SIGTERM, gone after {max(took):.1f} s at most"
        f" ({signalled} before the start was through), {runs} runs, {len(tasks)} tasks",
        flush=True,
    )


if __name__ == "__main__":
    moments = [starting, launching, reloading, following, stopping, copying]
    harness.main({moment.__name__: functools.partial(during, moment) for moment in moments}, at_a_time=3)
