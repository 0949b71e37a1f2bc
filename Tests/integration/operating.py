"""What an operator does, on `jobd serve --local`: looking, running, repeating, stopping, pausing, reloading, ending."""
import datetime
import json
import os
import pty
import signal
import subprocess
import threading
import time

import harness
from harness import check, until

JOBS = """
region: us-east-1
timezone: Asia/Tokyo
notifications: {topicArn: "arn:aws:sns:us-east-1:123456789012:failures"}
defaults: {cluster: batch, timeout: 5m}
jobs:
  good:
    description: Says what it was asked
    input: {greeting: hello}
    task: {taskDefinition: good, container: app, command: [sh, -c, "echo for $JOBD_DAY"]}
  bad:
    task: {taskDefinition: bad, container: app, command: [sh, -c, "exit 3"]}
  long:
    task: {taskDefinition: long, container: app, command: [sh, -c, "echo $$ > '%(where)s/pid'; exec sleep 1000"]}
  mended:
    task: {taskDefinition: mended, container: app, command: [sh, -c, "test -e '%(where)s/mended'"]}
"""
DONE, FAILED, INVALID, REFUSED, ABSENT = range(5)


def local(where, jobs=JOBS, **more):
    return harness.Daemon(where, jobs % {"where": where} if jobs else None, "--local", **more)


def ends(result, status, *words):
    """A command has to end with this status, and to say these words."""
    said = result.stdout + result.stderr
    check(result.returncode == status, f"{result.args} ended with {result.returncode}, not {status}: {said}")
    for word in words:
        check(word in said, f"{result.args} does not say {word!r}: {said}")
    return result


def start(daemon, *arguments):
    return daemon.ctl_json(*arguments)["run"]


def status_of(daemon, run):
    return daemon.ctl_json("show", run)["status"]


def is_alive(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def looking(where):
    with local(where) as daemon:
        good = json.loads(ends(daemon.ctl("run", "good", "--wait", "--json"), DONE).stdout)["id"]
        bad = json.loads(ends(daemon.ctl("run", "bad", "--wait", "--json"), FAILED).stdout)["id"]
        texts = [
            ends(daemon.ctl("list"), DONE, "good", "SUCCEEDED", "bad", "FAILED", "exited with code 3"),
            ends(daemon.ctl("list", "--days", "14"), DONE, "good"),
            ends(daemon.ctl("list", "--date", "2020-01-01"), DONE, "good"),
            ends(daemon.ctl("show", "good"), DONE, "Says what it was asked", "Asia/Tokyo", good),
            ends(daemon.ctl("show", good), DONE, "SUCCEEDED", "by hand", "greeting"),
            ends(daemon.ctl("show", bad), DONE, "exited with code 3", "EXIT_CODE", f"jobd ctl rerun bad"),
            ends(daemon.ctl("history", "good"), DONE, good),
            ends(daemon.ctl("history", bad), DONE, "started", "calls ecs:runTask.sync", "FAILED after"),
            ends(daemon.ctl("status"), DONE, "SQLite", str(daemon.jobs)),
        ]
        for text in texts:
            check("\x1b" not in text.stdout, f"there are no colours in a pipe: {text.args}")
            check(not text.stderr, f"nothing goes to standard error: {text.stderr}")
        for arguments in (
            ["list"], ["list", "--days", "3"], ["show", "good"], ["show", bad], ["history", "good"], ["history", bad],
            ["status"], ["reload"], ["pause", "good"], ["resume", "good"], ["rerun", "bad"], ["rerun", "good", "--force"],
        ):
            check(daemon.ctl_json(*arguments) is not None, f"{arguments} --json is JSON")
        events = daemon.ctl_json("history", good)["events"]
        check([event["id"] for event in events] == list(range(1, len(events) + 1)), "events are numbered from 1")
        check("\x1b[" in on_terminal(daemon, "list"), "there are colours on a terminal")
        check("\x1b[" not in on_terminal(daemon, "list", NO_COLOR="1"), "NO_COLOR is respected")
        ends(daemon.ctl("show", "nobody"), INVALID, "nobody")
        ends(daemon.ctl("show", "good.20200101T000000Z.0"), INVALID, "good.20200101T000000Z.0")
        ends(daemon.ctl("show", "not/a/name"), INVALID)
        ends(daemon.ctl("list", "--date", "2020-13-01"), INVALID)
        ends(daemon.ctl("dance"), INVALID)


def on_terminal(daemon, *arguments, **more):
    master, slave = pty.openpty()
    env = {key: value for key, value in harness.environment(TERM="xterm", **more).items()}
    if "NO_COLOR" not in more:
        env.pop("NO_COLOR", None)
    command = subprocess.Popen(
        [harness.JOBD, "ctl", *arguments, "--socket", daemon.socket], stdout=slave, stderr=slave, env=env
    )
    os.close(slave)
    read = b""
    try:
        while chunk := os.read(master, 65536):
            read += chunk
    except OSError:
        pass  # The other end is closed.
    os.close(master)
    command.wait(30)
    return read.decode()


def running(where):
    with local(where) as daemon:
        run = start(daemon, "run", "good", "--input", '{"greeting": "bonjour"}', "--note", "a try")
        until(lambda: status_of(daemon, run) == "SUCCEEDED", "the run succeeds")
        shown = daemon.ctl_json("show", run)
        check(shown["input"] == {"greeting": "bonjour"}, f"the input is taken: {shown['input']}")
        check(shown["note"] == "a try", f"the note is kept: {shown.get('note')}")
        ends(daemon.ctl("run", "good", "--input", "{greeting"), INVALID)
        ends(daemon.ctl("run", "nobody"), INVALID, "nobody")
        followed = ends(daemon.ctl("run", "good", "--wait"), DONE, "started", "launch 1", "SUCCEEDED")
        check(len(followed.stdout.splitlines()) >= 4, "a line per change")
        ends(daemon.ctl("run", "bad", "--wait"), FAILED, "FAILED", "exited with code 3")
        message = daemon.ctl_json("show", daemon.ctl_json("history", "bad")["slots"][0]["runs"][-1]["id"])["messages"]
        check(len(message) == 1 and "bad" in message[0]["subject"], f"a failure is told: {message}")


def rerunning(where):
    with local(where) as daemon:
        ends(daemon.ctl("rerun", "good"), INVALID, "good")  # There is nothing to repeat yet.
        ends(daemon.ctl("run", "mended", "--wait"), FAILED)
        ends(daemon.ctl("rerun", "mended", "--wait"), FAILED)
        (where / "mended").touch()
        ends(daemon.ctl("rerun", "mended", "--wait"), DONE, "SUCCEEDED")
        ends(daemon.ctl("rerun", "mended"), REFUSED, "SUCCEEDED", "--force")
        slot = daemon.ctl_json("history", "mended")["slots"][0]
        check([run["id"].rsplit(".", 1)[1] for run in slot["runs"]] == ["0", "1", "2"], f"one slot, three runs: {slot}")
        ends(daemon.ctl("rerun", "mended", "--date", slot["day"]), REFUSED)
        ends(daemon.ctl("rerun", "mended", "--slot", slot["scheduledAt"]), REFUSED)
        ends(daemon.ctl("rerun", "mended", "--date", slot["day"], "--force", "--wait"), DONE)
        ends(daemon.ctl("rerun", "mended", "--slot", slot["scheduledAt"], "--force", "--wait"), DONE)
        check(len(daemon.ctl_json("history", "mended")["slots"]) == 1, "a rerun makes no slot")
        ends(daemon.ctl("rerun", "mended", "--date", "2020-01-01"), INVALID, "2020-01-01")
        ends(daemon.ctl("rerun", "mended", "--slot", "2020-01-01T00:00:00Z"), INVALID, "2020-01-01")
        ends(daemon.ctl("rerun", "mended", "--date", "2020-01-01", "--slot", "2020-01-01T00:00:00Z"), INVALID)
        # A rerun that fails makes the day FAILED, and then it may be repeated without force.
        (where / "mended").unlink()
        ends(daemon.ctl("rerun", "mended", "--force", "--wait"), FAILED)
        check(daemon.state_of("mended") == "FAILED", "the latest run decides")
        ends(daemon.ctl("rerun", "mended", "--wait"), FAILED)


def stopping(where):
    with local(where) as daemon:
        run = start(daemon, "run", "long")
        pid = int(until(lambda: (where / "pid").exists() and (where / "pid").read_text().strip(), "the task runs"))
        check(is_alive(pid), "its process lives")
        ends(daemon.ctl("rerun", "long"), REFUSED, "running", run)
        ends(daemon.ctl("rerun", "long", "--force"), REFUSED, "running")
        waiting = threading.Thread(target=lambda: waited.append(daemon.ctl("rerun", "long", "--wait")))
        waited = []
        ends(daemon.ctl("stop", run, "--reason", "wrong data"), DONE, run)
        until(lambda: status_of(daemon, run) == "ABORTED", "the run is ABORTED")
        until(lambda: not is_alive(pid), "the task's process is gone", 20)
        check("wrong data" in daemon.ctl("show", run).stdout, "the reason is shown")
        check(daemon.state_of("long") == "ABORTED", "so is the day")
        ends(daemon.ctl("stop", run), REFUSED, "ABORTED")
        ends(daemon.ctl("stop", "long.20200101T000000Z.0"), INVALID)
        # Whoever follows a run hears of its end.
        (where / "pid").unlink()
        waiting.start()
        until(lambda: (where / "pid").exists(), "it runs again")
        again, = daemon.rows()["long"]["running"]
        ends(daemon.ctl("stop", again), DONE)
        waiting.join(20)
        check(waited, "the follower ends")
        ends(waited[0], FAILED, "ABORTED")


def pausing(where):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=6)
    jobs = JOBS + f"""
  soon:
    timezone: UTC
    schedule: at({soon:%Y-%m-%dT%H:%M:%S})
    task: {{taskDefinition: soon, container: app, command: ["true"]}}
"""
    with local(where, jobs) as daemon:
        ends(daemon.ctl("pause", "soon", "--note", "stock-taking"), DONE, "resume")
        check(time.time() < soon.timestamp(), "the job is paused before it is due")
        check(daemon.rows()["soon"]["pause"]["note"] == "stock-taking", "the list says so")
        ends(daemon.ctl("show", "soon"), DONE, "paused", "stock-taking")
        ends(daemon.ctl("status"), DONE, "1 paused")
        ends(daemon.ctl("pause", "nobody"), INVALID, "nobody")
        until(lambda: daemon.ctl_json("history", "soon")["slots"], "the slot is recorded", 20, 0.2)
        slot = daemon.ctl_json("history", "soon")["slots"][0]
        check(slot["state"] == "SKIPPED" and "stock-taking" in slot["reason"], f"it is SKIPPED, and why: {slot}")
        check(not slot["runs"], "nothing has run")
        ends(daemon.ctl("run", "soon", "--wait"), DONE)  # By hand it runs all the same.
        # A pause outlives the daemon.
        check(daemon.end() == 0, "the daemon ends well")
    with local(where, jobs) as daemon:
        check(daemon.rows()["soon"]["pause"]["note"] == "stock-taking", "the pause is kept")
        ends(daemon.ctl("resume", "soon"), DONE)
        check("pause" not in daemon.rows()["soon"], "the pause is over")


def reloading(where):
    with local(where) as daemon:
        text = daemon.jobs.read_text()
        daemon.jobs.write_text(text + "  more:\n    timeout: 1m\n    task: {taskDefinition: more, container: app}\n")
        ends(daemon.ctl("reload"), DONE, "+ more", "1 added", "4 unchanged")
        check("more" in daemon.rows(), "the new job is there")
        before = daemon.rows()
        daemon.jobs.write_text(text + "  more:\n    tsak: {taskDefinition: more}\n")
        refused = ends(daemon.ctl("reload"), INVALID, "tsak", "did you mean", "not applied")
        line = len(text.splitlines()) + 2
        check(f"{daemon.jobs}:{line}:5: error:" in refused.stderr, f"it says where: {refused.stderr}")
        asked = daemon.ctl("reload", "--json")
        check(asked.returncode == INVALID and json.loads(asked.stdout)["isApplied"] is False, "so it does in JSON")
        check(daemon.rows().keys() == before.keys(), "nothing has changed")
        ends(daemon.ctl("run", "more", "--wait"), FAILED)  # It is still the job of before: no command.
        # SIGHUP asks for the same.
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "the job file stays as it was" in daemon.tail(400), "the log tells why nothing is read again")
        daemon.jobs.write_text(text)
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "more" not in daemon.rows(), "the job is gone")
        check("the job file is read again" in daemon.tail(400), "the log tells that the file is read again")
        ends(daemon.ctl("history", "more"), DONE, "FAILED")  # What it did is kept.
        ends(daemon.ctl("run", "more"), INVALID, "more")
        daemon.jobs.unlink()
        ends(daemon.ctl("reload"), INVALID, "no such file")
        ends(daemon.ctl("run", "good", "--wait"), DONE)


def absent(where):
    with local(where) as daemon:
        with_same_socket = subprocess.run(
            [harness.JOBD, "serve", "--local", "-c", str(daemon.jobs), "--state", str(where / "other"), "--socket",
             daemon.socket],
            capture_output=True, text=True, timeout=30, env=harness.environment(),
        )
        ends(with_same_socket, FAILED, daemon.socket, "another jobd is listening", "--socket")
        ends(daemon.ctl("status"), DONE)
        check(os.stat(daemon.socket).st_mode & 0o777 == 0o660, "the socket is for user and group alone")
    for arguments in (["list"], ["run", "good", "--wait"], ["stop", "good.20200101T000000Z.0"], ["status", "--json"]):
        nobody = ends(daemon.ctl(*arguments), ABSENT, daemon.socket)
        check(not nobody.stdout, "an error is no result")
    # A socket file without a listener, as kill -9 leaves it.
    daemon = local(where)
    daemon.kill()
    ends(daemon.ctl("status"), ABSENT, daemon.socket)
    with local(where) as daemon:
        ends(daemon.ctl("status"), DONE)


def ending(where):
    jobs = """
region: us-east-1
defaults: {cluster: batch, timeout: 5m}
jobs:
  slow:
    task: {taskDefinition: slow, container: app, command: [sh, -c, "while ! test -e '%(where)s/go'; do sleep 0.1; done"]}
""" % {"where": where}
    with harness.simulator(where, "--auto-create") as simulator:
        daemon = harness.Daemon(where, jobs, **harness.endpoints(simulator.url))
        run = start(daemon, "run", "slow")
        until(lambda: daemon.ctl_json("show", run)["launches"][0].get("taskARN"), "the task is submitted")
        follower = subprocess.Popen(
            [harness.JOBD, "ctl", "rerun", "slow", "--wait", "--socket", daemon.socket], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=harness.environment(),
        )
        begin = time.monotonic()
        check(daemon.end() == 0, "SIGTERM ends the daemon with 0:\n" + daemon.tail())
        took = time.monotonic() - begin
        check(took < 5, f"it ends promptly, not after {took:.1f} s")
        check(follower.wait(20) != 0, "a command that asks a daemon that ends fails")
        (task,) = harness.started_tasks(simulator.url)
        check(task["stopped"] is None, "the task goes on")
        (where / "go").touch()
        until(lambda: harness.started_tasks(simulator.url)[0]["stopped"], "the task ends while jobd is away")
        with harness.Daemon(where, jobs, **harness.endpoints(simulator.url)) as daemon:
            until(lambda: status_of(daemon, run) == "SUCCEEDED", "the next start sees how it ended")
            check(len(daemon.ctl_json("show", run)["launches"]) == 1, "with one launch")
        check(len(harness.started_tasks(simulator.url)) == 1, "and one task")


def seed_job(where):
    """docs/examples, as the documentation says: a machine as people have it in Step Functions."""
    examples = harness.ROOT / "docs" / "examples"
    machine = examples / "seed-job.asl.json"
    for command in (["check", "-c", str(examples / "jobs.yaml")], ["machine", "validate", str(machine)]):
        ends(subprocess.run([harness.JOBD, *command], capture_output=True, text=True, timeout=30), DONE)
    with local(where, None, jobs_file=examples / "jobs.yaml") as daemon:
        def run(*arguments, status=DONE):
            return json.loads(ends(daemon.ctl("run", *arguments, "--wait", "--json"), status).stdout)

        done = run("seed-job")
        output = done["output"]
        check(done["input"]["invokeDate"] == done["scheduledAt"], f"the time is filled in: {done['input']}")
        check(output["date"] == done["scheduledAt"][:10], f"the date is taken out of it: {output}")
        check(output["task"] == {"exitCode": 0, "stopCode": "EssentialContainerExited"}, f"the task's end: {output}")
        check(output["put"]["Item"]["status"]["S"] == "SUCCEEDED", f"what is put into the table: {output}")
        printed = "".join(log.read_text() for log in daemon.state.rglob("*.log"))
        check(f"seed-job (daily) for {output['date']}" in printed, f"the container knows its job: {printed!r}")
        given = {"invokeDate": "2026-11-21T18:00:00Z", "jobId": "seed-job", "jobType": "daily"}
        nothing = run("seed-job", "--input", json.dumps({**given, "recorded": "SUCCEEDED"}))
        check(not nothing["launches"], "a day that has succeeded is not run again")
        check(nothing["output"]["date"] == "2026-11-21", "the day is the input's")
        broken = run("seed-job", "--input", json.dumps({**given, "jobType": "broken", "recorded": "NONE"}), status=FAILED)
        check(broken["error"] == "JobFailed" and len(broken["launches"]) == 1, f"a task that fails: {broken['error']}")
        entered = [
            event["stateEnteredEventDetails"]["name"] for event in daemon.ctl_json("history", broken["id"])["events"]
            if event["type"].endswith("StateEntered")
        ]
        wanted = ["TakeDate", "GetStatus", "HasSucceeded", "RunTask", "PutFailed", "Notify", "Failed"]
        check(entered == wanted, f"its way through the machine: {entered}")
        until(lambda: daemon.ctl_json("show", broken["id"])["messages"][0].get("sentAt"), "jobd itself tells as well")
        ends(daemon.ctl("run", "seed-job-natively", "--wait"), DONE)


def waiting(where):
    """`--wait` goes on through a killed and restarted daemon, and ends with the run's own status."""
    jobs = "jobs:\n  slow: {timeout: 1m, task: {taskDefinition: slow, container: app, command: [sleep, '5']}}\n"
    with harness.simulator(where, "--auto-create") as simulator:
        daemon = harness.Daemon(where, jobs, "--lease", "2", **harness.endpoints(simulator.url))
        wait = subprocess.Popen(
            [harness.JOBD, "ctl", "run", "slow", "--wait", "--socket", daemon.socket], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=harness.environment(),
        )
        until(lambda: daemon.rows()["slow"]["running"], "the run begins")
        daemon.kill()
        with harness.Daemon(where, jobs, "--lease", "2", **harness.endpoints(simulator.url)):
            said, _ = wait.communicate(timeout=60)
            check(wait.returncode == 0, f"the wait ends with the run's success: {wait.returncode} {said}")
            check("SUCCEEDED" in said, f"and says so: {said}")


if __name__ == "__main__":
    harness.main({
        "looking": looking, "running": running, "rerunning": rerunning, "stopping": stopping, "pausing": pausing,
        "reloading": reloading, "absent": absent, "ending": ending, "waiting": waiting, "seed-job": seed_job,
    })
