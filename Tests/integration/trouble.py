"""Bad input and bad days: nothing crashes, nothing is lost, nothing runs twice, and it is said what is wrong."""
import contextlib
import datetime
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time

import harness
from harness import check, until

FAILED, INVALID = 1, 2
GOOD = """
region: us-east-1
timezone: UTC
notifications: {topicArn: "arn:aws:sns:us-east-1:123456789012:failures"}
defaults: {cluster: batch, timeout: 5m, catchUp: all}
jobs:
  good:
    task: {taskDefinition: good, container: app, command: ["true"]}
  bad:
    task: {taskDefinition: bad, container: app, command: [sh, -c, "exit 3"]}
"""


def job(name, command="true", **more):
    """A job's lines; what is given in `more` stands in them as JSON, which is YAML."""
    keys = {"task": {"taskDefinition": name, "container": "app", "command": ["sh", "-c", command]}, **more}
    return f"  {name}: {json.dumps(keys)}\n"


def soon(seconds):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=seconds)


def serve(where, jobs=GOOD, *options, state=None, **env):
    """A daemon that is expected to refuse to start: what it said, and its exit status."""
    path = where / "refused.yaml"
    path.write_text(jobs)
    return subprocess.run(
        [harness.JOBD, "serve", "-c", str(path), "--state", str(state or where / "state"), "--socket",
         str(where / "refused.sock"), *options],
        capture_output=True, text=True, timeout=60,
        env=harness.environment(AWS_ENDPOINT_URL="http://127.0.0.1:9", **env),
    )


def refused(result, status, *words):
    said = result.stdout + result.stderr
    check(result.returncode == status, f"ended with {result.returncode}, not {status}: {said}")
    for word in words:
        check(word in said, f"does not say {word!r}: {said}")
    for word in ("Fatal error", "Stack dump", "Error Domain", "NSError"):
        check(word not in said, f"says {word!r}: {said}")


def run_of(daemon, name):
    return daemon.ctl_json("show", daemon.ctl_json("history", name)["slots"][0]["runs"][-1]["id"])


def tasks_by_job(url):
    result = {}
    for task in harness.started_tasks(url):
        result.setdefault(task["startedBy"].split("/")[2], []).append(task)
    return result


def each_launch_once(url):
    seen = [task["startedBy"] for task in harness.started_tasks(url)]
    check(len(seen) == len(set(seen)), f"a launch was started twice: {seen}")


# --- What a user gets wrong

BAD_FILES = [
    ("no YAML", "jobs: [a: b\n", r":\d+:\d+: error: ", "not YAML"),
    ("an unknown key", "jobs:\n  a:\n    timeout: 1m\n    tsak: {taskDefinition: a}\n", ":4:5: error: ", "did you mean `task`?"),
    ("a bad zone", "timezone: Asia/Tokio\njobs:\n  a: {task: {taskDefinition: a}}\n", ":1:11: error: ", "did you mean Asia/Tokyo?"),
    ("a bad expression", "jobs:\n  a:\n    schedule: cron(0 25 * * ? *)\n    task: {taskDefinition: a}\n", ":3:22: error: ", "hours are 0 to 23"),
    ("no jobs", "region: us-east-1\n", r":\d+:\d+: error: ", "`jobs`"),
    ("nothing", "", r":\d+:\d+: error: ", "jobs"),
    ("a key twice", "jobs:\n  a: {task: {taskDefinition: a}}\n  a: {task: {taskDefinition: a}}\n", ":3:3: error: ", "twice"),
    ("bytes", "jobs:\n  \x01\x02\x7f: 1\n", r":\d+:\d+: error: ", ""),
]
MACHINE = '{\n  "StartAt": "First",\n  "States": {\n    "First": {"Type": "Pass", "Next": "Missing"}\n  }\n}\n'


def job_files(where):
    for what, text, place, words in BAD_FILES:
        path = where / "refused.yaml"
        path.write_text(text)
        checked = subprocess.run([harness.JOBD, "check", "-c", str(path)], capture_output=True, text=True, timeout=30)
        for result in (checked, serve(where, text)):
            refused(result, INVALID, words)
            check(re.search(re.escape(str(path)) + place, result.stderr), f"{what}: no place in {result.stderr}")
        check(not (where / "state").exists(), f"{what}: nothing is made before the file is right")
    (where / "machine.asl.json").write_text(MACHINE)
    jobs = "jobs:\n  a:\n    stateMachine: machine.asl.json\n"
    refused(serve(where, jobs), INVALID, f"{where / 'machine.asl.json'}:4:5: error: ", "Missing")
    refused(serve(where, jobs.replace("machine.", "nowhere.")), INVALID, "refused.yaml:3:19: error: ", "nowhere.asl.json")
    for command in ("check", "serve"):
        result = subprocess.run(
            [harness.JOBD, command, "-c", str(where / "nowhere.yaml")], capture_output=True, text=True, timeout=30
        )
        refused(result, INVALID, str(where / "nowhere.yaml"), "there is no such file")


def places(where):
    """State directories and databases that cannot be used: it is said which, and what helps."""
    (where / "file").write_text("")
    refused(serve(where, state=where / "file" / "state"), FAILED, str(where / "file" / "state"), "--state")
    refused(serve(where, state=where / "file"), FAILED, str(where / "file"))

    made = where / "made"
    with harness.Daemon(where, GOOD, state=made, **harness.endpoints("http://127.0.0.1:9")) as daemon:
        for number in range(20):
            daemon.ctl("run", "good", "--input", json.dumps({"number": number, "text": "x" * 4_000}))
    database = made / "jobd.sqlite"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        # What stands in the log as well is not spoiled by spoiling the file.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def spoiled(name, spoil):
        state = where / name
        shutil.copytree(made, state)
        spoil(state / "jobd.sqlite")
        return serve(where, state=state), str(state / "jobd.sqlite")

    def overwrite(offset, length):
        def spoil(path):
            check(path.stat().st_size > offset + length, "there is something to spoil")
            with open(path, "r+b") as file:
                file.seek(offset)
                file.write(os.urandom(length))
        return spoil

    def sql(*statements):
        def spoil(path):
            with contextlib.closing(sqlite3.connect(path)) as connection:
                for statement in statements:
                    connection.execute(statement)
                connection.commit()
        return spoil

    result, path = spoiled("header", overwrite(0, 100))
    refused(result, FAILED, path, "restore a backup")
    result, path = spoiled("pages", overwrite(4_096, 40_000))
    refused(result, FAILED, path, "restore a backup")
    result, path = spoiled("truncated", lambda path: os.truncate(path, 10_000))
    refused(result, FAILED, path, "restore a backup")
    result, path = spoiled("newer", sql("INSERT INTO schema_steps (number, name) VALUES (99, 'of a later jobd')"))
    refused(result, FAILED, path, "version 99", "newer jobd")
    result, path = spoiled("another", sql("PRAGMA application_id = 7"))
    refused(result, FAILED, path, "another program", "name another file")
    result, path = spoiled("folder", lambda path: (path.unlink(), path.mkdir()))
    refused(result, FAILED, path, "not a regular file")
    if harness.mounts():
        with harness.mounted(where / "state", "-o", f"bind,ro", str(made)):
            refused(serve(where), FAILED, str(where / "state"), "Read-only file system", "--state")
        (where / "bound").mkdir()
        shutil.copytree(made, where / "bound", dirs_exist_ok=True)
        with harness.mounted(where / "bound" / "jobd.sqlite", "-o", "bind,ro", str(database)):
            refused(serve(where, state=where / "bound"), FAILED, "bound/jobd.sqlite", "read-only", "mounted writable")


# --- What comes in at the socket

def exchange(path, *pieces, end=True, timeout=10):
    """Sends bytes to the socket, and returns what comes back until it is closed."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout)
        client.connect(path)
        answer = b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            for piece in pieces:
                client.sendall(piece)
            if end:
                client.shutdown(socket.SHUT_WR)
            while chunk := client.recv(65536):
                answer += chunk
        return answer


def post(body, path="/v1/jobs/good/run", kind="application/json", length=None):
    head = f"POST {path} HTTP/1.1\r\nHost: jobd\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    return (head + f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode() + body


def control_socket(where):
    with harness.Daemon(where, GOOD, "--local") as daemon:
        at = daemon.socket
        for name, request, status in [
            ("a body that is no JSON", post(b"{garbage"), 400),
            ("a body that is no object", post(b"[1]"), 400),
            ("an unknown member", post(b'{"inptu": 1}'), 400),
            ("deep JSON", post(b'{"input":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), 400),
            ("bytes that are no UTF-8", post(b'{"note": "\xff\xfe"}'), 400),
            ("another content type", post(b"{}", kind="text/plain"), 415),
            ("a body over the limit", post(b'{"note": "' + b"x" * (4 << 20) + b'"}'), 413),
            ("no such route", post(b"", path="/v2/nothing"), 404),
            ("no such job", post(b"", path="/v1/jobs/nobody/run"), 404),
            ("a path that climbs", post(b"", path="/v1/jobs/..%2f..%2fetc/run"), 404),
            ("a long path", post(b"", path="/v1/jobs/" + "x" * 2_000), 404),
            ("another method", post(b"", path="/v1/status"), 405),
        ]:
            answer = exchange(at, request, end=False)
            check(answer.startswith(b"HTTP/1.1 %d" % status), f"{name}: {status} was expected: {answer[:300]}")
            text = json.loads(answer.split(b"\r\n\r\n", 1)[1])
            check(text["error"]["message"], f"{name}: it is said what is wrong: {text}")
        for name, *pieces in [
            ("no HTTP", b"\x00\xff\xfe" * 1_000),
            ("no HTTP at all", b"\r\n" * 10_000),
            ("a huge header", b"GET /v1/status HTTP/1.1\r\nX: " + b"x" * (2 << 20) + b"\r\n\r\n"),
            ("many headers", b"GET /v1/status HTTP/1.1\r\n" + b"a: b\r\n" * 50_000 + b"\r\n"),
            ("a long target", b"GET /" + b"x" * (2 << 20) + b" HTTP/1.1\r\n\r\n"),
            ("half a request", b"POST /v1/reload HT"),
            ("half a body", post(b'{"note": ', length=1_000)),
            ("a negative length", post(b"{}", length=-1)),
            ("a length that is none", post(b"{}", length="9" * 40)),
            ("broken chunks", b"POST /v1/jobs/good/run HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            ("an endless chunk", b"POST /v1/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"),
            ("TLS", bytes.fromhex("16030100c8010000c40303") + os.urandom(200)),
        ]:
            exchange(at, *pieces, timeout=1)
            check(daemon.is_running, f"{name}: the daemon lives:\n" + daemon.tail())
        check(not daemon.ctl_json("history", "good")["slots"], "nothing of that has started a run")
        # Many that say nothing, and some that stop in the middle of a word.
        idle = [socket.socket(socket.AF_UNIX) for _ in range(200)]
        for number, one in enumerate(idle):
            one.connect(at)
            if number % 2:
                one.sendall(b"POST /v1/jobs/good/run HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
        check(daemon.ctl("run", "good", "--wait").returncode == 0, "it works on beside 200 silent connections")
        begin = time.monotonic()
        check(daemon.end() == 0, "it ends well:\n" + daemon.tail())
        check(time.monotonic() - begin < 8, f"it ends promptly, not after {time.monotonic() - begin:.1f} s")
        for one in idle:
            one.close()


# --- What AWS does on a bad day

# job: its fault rules, how many launches and tasks there have to be, how it ends, what the class of a failure is
RETRY = {"retry": {"maxAttempts": 3, "interval": "1s", "backoffRate": 1}}
ANSWERS = {
    "throttled": ([{"operation": "RunTask", "effect": "throttle", "times": 4}], 1, 1),
    "refusing": ([{"operation": "RunTask", "effect": "error", "status": 503, "times": 3}], 1, 1),
    "done-yet-500": ([{"operation": "RunTask", "effect": "error", "status": 500, "afterWork": True, "times": 2}], 1, 1),
    "dropped-before": ([{"operation": "RunTask", "effect": "drop", "times": 2}], 1, 1),
    "dropped-after": ([{"operation": "RunTask", "effect": "drop", "afterWork": True, "times": 2}], 1, 1),
    "truncated": ([{"operation": "RunTask", "effect": "truncate", "times": 2}], 1, 1),
    "garbage": ([{"operation": "RunTask", "effect": "garbage", "times": 2}], 1, 1),
    "html": ([{"operation": "RunTask", "effect": "html", "times": 2}], 1, 1),
    "late": ([{"operation": "RunTask", "effect": "delay", "seconds": 2}], 1, 1),
    "no-capacity": ([{"effect": "failure", "reason": "RESOURCE:MEMORY", "times": 2}], 3, 1),
    "lying": ([{"effect": "failure", "reason": "Capacity is unavailable at this time.", "startsAnyway": True}], 1, 1),
    "missing": ([{"effect": "missing", "seconds": 6}], 1, 1),
    "spot": ([{"effect": "stop", "kind": "spot", "seconds": 0.2}], 2, 2),
    "hanging": ([{"effect": "hang", "state": "PENDING"}], 2, 2),
    "unpulled": ([{"effect": "stop", "kind": "image"}], 2, 2),
}
ENDS = {
    "codeless": ([{"effect": "noExitCode"}], "no exit code"),
    "forbidden": ([{"operation": "RunTask", "effect": "error", "status": 400, "code": "AccessDeniedException",
                    "message": "not authorized"}], "IAM policy"),
    "too-big": ([{"effect": "stop", "kind": "outOfMemory"}], "memory"),
    "imageless": ([{"effect": "stop", "kind": "image"}], "CannotPullContainerError"),
}


def answers(where):
    jobs = GOOD
    for name in ANSWERS:
        more = dict(RETRY, timeout="4s") if name == "hanging" else RETRY
        jobs += job(name, "sleep 1" if name == "spot" else "true", **more)
    for name in ENDS:
        jobs += job(name, "sleep 2" if name == "too-big" else "true")
    with harness.simulator(where, "--auto-create") as simulator:
        for name, (rules, *_) in {**ANSWERS, **ENDS}.items():
            inject(simulator, *({"family": name, **rule} for rule in rules))
        # What is asked for all of them together goes wrong as well.
        for operation in ("DescribeTasks", "ListTasks"):
            for effect in ("throttle", "error", "drop", "truncate", "garbage", "html"):
                inject(simulator, {"operation": operation, "effect": effect, "times": None, "probability": 0.08})
        with harness.Daemon(where, jobs, **harness.endpoints(simulator.url)) as daemon:
            for name in (*ANSWERS, *ENDS):
                daemon.ctl_json("run", name)
            until(lambda: not any(row["running"] for row in daemon.rows().values()), "every run ends", 90, 0.5)
            tasks = tasks_by_job(simulator.url)
            for name, (_, launches, started) in ANSWERS.items():
                run = run_of(daemon, name)
                why = f"{name}: {run.get('reason')}"
                check(run["status"] == "SUCCEEDED", f"{why}: it is {run['status']}")
                check(len(run["launches"]) == launches, f"{why}: {len(run['launches'])} launches, not {launches}")
                check(len(tasks[name]) == started, f"{why}: {len(tasks[name])} tasks, not {started}")
                check(all(task["stopped"] for task in tasks[name]), f"{why}: a task was left behind")
            for name, (_, words) in ENDS.items():
                run = run_of(daemon, name)
                check(run["status"] == "FAILED", f"{name}: it is {run['status']}")
                check(words in run["reason"], f"{name}: the reason does not speak of {words}: {run['reason']}")
                check(len(tasks.get(name, [])) == (name != "forbidden"), f"{name}: {len(tasks.get(name, []))} tasks")
            each_launch_once(simulator.url)
            rules = harness.get_json(simulator.url + "/_simulator/faults")["rules"]
            idle = [rule for rule in rules if not rule["struck"] and rule.get("operation") != "ListTasks"]
            check(not idle, f"every fault has struck: {idle}")
            classes = {name: run_of(daemon, name)["launches"][0]["diagnosis"]["class"] for name in ("spot", "no-capacity")}
            check(classes == {"spot": "SPOT", "no-capacity": "CAPACITY"}, f"what failed has a class: {classes}")


def inject(simulator, *rules):
    harness.post_json(simulator.url + "/_simulator/faults", {"rules": list(rules)})


def heal(simulator):
    harness.delete(simulator.url + "/_simulator/faults")


def messages(simulator):
    return harness.get_json(simulator.url + "/_simulator/messages")["messages"]


def notifications(where):
    with harness.simulator(where, "--auto-create") as simulator:
        inject(simulator, {"operation": "Publish", "effect": "error", "status": 503, "times": None})
        with harness.Daemon(where, GOOD, **harness.endpoints(simulator.url)) as daemon:
            check(daemon.ctl("run", "bad", "--wait").returncode == FAILED, "the run fails")
            until(lambda: daemon.ctl_json("status")["outbox"].get("lastError"), "the status says that SNS does not take it", 60)
            outbox = daemon.ctl_json("status")["outbox"]
            check(outbox["unsent"] == 1, f"one message waits: {outbox}")
            check("1 not sent" in daemon.ctl("status").stdout, "people see it too")
            check(not messages(simulator), "nothing has arrived")
            daemon.kill()
        with harness.Daemon(where, GOOD, **harness.endpoints(simulator.url)) as daemon:
            check(daemon.ctl_json("status")["outbox"]["unsent"] == 1, "the message outlives the daemon")
            heal(simulator)
            until(lambda: messages(simulator), "SNS is there again, and gets the message", 90, 0.2)
            until(lambda: daemon.ctl_json("status")["outbox"]["unsent"] == 0, "nothing waits any more")
            message = json.loads(messages(simulator)[0]["message"])
            check(message["JOBID"] == "bad" and message["MESSAGE"] == "FAILED", f"what happened: {message}")
            time.sleep(1)
            check(len(messages(simulator)) == 1, "it has arrived once")


def outage(where):
    """The whole endpoint is away for a while, with wrong credentials before that."""
    port = harness.free_port()
    url = f"http://127.0.0.1:{port}"
    with harness.Daemon(where, GOOD, **harness.endpoints(url)) as daemon:
        run = daemon.ctl_json("run", "good")["run"]
        time.sleep(2)
        check(daemon.ctl_json("show", run)["status"] == "RUNNING", "an endpoint that is away fails nothing")
        check("127.0.0.1" in daemon.tail(), "the log says what cannot be reached:\n" + daemon.tail())
        with harness.simulator(where, "--auto-create", port=port) as simulator:
            until(lambda: daemon.ctl_json("show", run)["status"] == "SUCCEEDED", "the run goes on when it is back", 90, 0.2)
            each_launch_once(simulator.url)
            check(len(harness.started_tasks(simulator.url)) == 1, "one task")


# --- What this machine does on a bad day

def full_disk(where):
    if not harness.mounts():
        return
    due = soon(9)
    command = f"while ! test -e '{where}/go'; do sleep 0.1; done"
    jobs = GOOD + job("going", command) + job("due", schedule=f"at({due:%Y-%m-%dT%H:%M:%S})")
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(harness.mounted(where / "disk", "-t", "tmpfs", "-o", "size=3m", "tmpfs"))
        simulator = stack.enter_context(harness.simulator(where, "--auto-create"))
        daemon = stack.enter_context(
            harness.Daemon(where, jobs, state=disk / "state", **harness.endpoints(simulator.url)))
        going = daemon.ctl_json("run", "going")["run"]
        until(lambda: daemon.ctl_json("show", going)["launches"][0].get("taskARN"), "a task runs")
        harness.fill(disk / "filler")
        refused_run = until(lambda: unless_taken(daemon.ctl("run", "good")), "a write is refused", 20)
        check(refused_run.returncode == FAILED, f"it failed: {refused_run.returncode} {refused_run.stderr}")
        check("free some space" in refused_run.stderr, f"it says what helps: {refused_run.stderr}")
        accepted = len(daemon.ctl_json("history", "good")["slots"])
        (where / "go").touch()
        until(lambda: daemon.ctl_json("status")["store"].get("error"), "the status shows what the store refuses", 20)
        check("free some space" in daemon.ctl("status").stdout, "people see it too")
        until(lambda: time.time() > due.timestamp() + 1, "a slot has become due meanwhile", 20)
        check(daemon.is_running, "the daemon lives:\n" + daemon.tail())
        check("free some space" in daemon.log.read_text(), "the log says it")
        check(len(daemon.log.read_text().splitlines()) < 300, "the log is not flooded")
        check(daemon.ctl("list").returncode == 0, "looking goes on")
        (disk / "filler").unlink()
        until(lambda: daemon.ctl_json("show", going)["status"] == "SUCCEEDED", "the run goes on", 60, 0.2)
        until(lambda: daemon.state_of("due") == "SUCCEEDED", "the slot is caught up", 60, 0.2)
        check(daemon.ctl("run", "good", "--wait").returncode == 0, "runs are taken again")
        until(lambda: not daemon.ctl_json("status")["store"].get("error"), "the status says that it is over")
        each_launch_once(simulator.url)
        tasks = tasks_by_job(simulator.url)
        counts = {name: len(tasks.get(name, [])) for name in ("going", "due", "good")}
        check(counts == {"going": 1, "due": 1, "good": accepted + 1}, f"nothing is lost or doubled: {counts}")
        check(daemon.end() == 0, "the daemon ends well")


def unless_taken(result):
    return result if result.returncode != 0 else None


def two_daemons(where):
    due = soon(8)
    jobs = GOOD + "".join(job(f"due-{n}", "sleep 0.2", schedule=f"at({due:%Y-%m-%dT%H:%M:%S})") for n in range(30))
    with harness.simulator(where, "--auto-create") as simulator:
        at = harness.endpoints(simulator.url)
        with harness.Daemon(where, jobs, name="one", **at) as one, harness.Daemon(where, jobs, name="two", **at) as two:
            check(time.time() < due.timestamp(), "both are there in time")
            check(len(two.ctl_json("status")["otherInstances"]) == 1, "they know of each other")
            until(
                lambda: all(row["days"][-1].get("state") == "SUCCEEDED" for name, row in one.rows().items() if "due" in name),
                "every slot succeeds", 60, 0.3,
            )
            each_launch_once(simulator.url)
            check(len(harness.started_tasks(simulator.url)) == 30, "30 slots, 30 tasks")
            states = [[(name, row["days"]) for name, row in each.rows().items()] for each in (one, two)]
            check(states[0] == states[1], "both tell the same")
            # A run is stopped, repeated, and seen to its end through whichever daemon is asked.
            check(two.ctl("rerun", "due-1").returncode == 3, "the other refuses what has succeeded")
            check(two.ctl("rerun", "due-1", "--force", "--wait").returncode == 0, "and repeats it by force")
            for each in (one, two):
                until(lambda: len(each.ctl_json("history", "due-1")["slots"][0]["runs"]) == 2, "both know", 20)


def quick_restart(where):
    """A killed daemon's runs are taken over at once where its lock shows that it is dead, whatever its lease."""
    jobs = GOOD + job("going", f"while ! test -e '{where}/go'; do sleep 0.1; done")
    with harness.simulator(where, "--auto-create") as simulator:
        for lease in ("2", "300"):
            with contextlib.suppress(FileNotFoundError):
                (where / "go").unlink()
            with contextlib.ExitStack() as stack:
                at = harness.endpoints(simulator.url)
                daemon = harness.Daemon(where, jobs, "--lease", lease, **at)
                run = daemon.ctl_json("run", "going")["run"]
                until(lambda: daemon.ctl_json("show", run)["launches"][0].get("taskARN"), "a task runs")
                before = daemon.ctl_json("show", run)["owner"]["instance"]
                daemon.kill()
                daemon = stack.enter_context(harness.Daemon(where, jobs, "--lease", lease, **at))
                begin = time.monotonic()
                until(lambda: daemon.ctl_json("show", run)["owner"]["instance"] != before, "the next one owns the run", 20)
                took = time.monotonic() - begin
                check(took < 2, f"lease {lease} s: the run was taken over after {took:.1f} s")
                (where / "go").touch()
                until(lambda: daemon.ctl_json("show", run)["status"] == "SUCCEEDED", "it sees the task's end")
        each_launch_once(simulator.url)
        check(len(harness.started_tasks(simulator.url)) == 2, "two runs, two tasks")


def secrets(where):
    """Credentials stand in no log, no answer, and nowhere on disk."""
    secret, token = "S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr", "T0k3nT0k3nT0k3nT0k3nT0k3nT0k3n"
    key = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}
    said = []
    with harness.simulator(where, "--auto-create", **key) as simulator:
        inject(simulator, {"operation": "Publish", "effect": "error", "status": 403, "times": 1})
        inject(simulator, {"operation": "DescribeTasks", "effect": "garbage", "times": 2})
        for env in (key, {**key, "AWS_SECRET_ACCESS_KEY": secret + "-wrong"}):
            with harness.Daemon(where, GOOD, "--log-level", "trace", **harness.endpoints(simulator.url), **env) as daemon:
                for name in ("good", "bad"):
                    outcome = daemon.ctl("run", name, "--wait")
                    run = daemon.ctl_json("history", name)["slots"][0]["runs"][-1]["id"]
                    said += [outcome, *(daemon.ctl(*arguments, "--json") for arguments in (
                        ["show", name], ["show", run], ["history", run], ["list"], ["status"]))]
                if env is not key:
                    check(outcome.returncode == FAILED, "a wrong secret fails the run")
                    reason = run_of(daemon, "good")["reason"]
                    check("signature" in reason.lower(), f"the reason speaks of the signature: {reason}")
    answers_text = "".join(one.stdout + one.stderr for one in said)
    files = {str(path): path.read_bytes() for path in where.rglob("*") if path.is_file()}
    check(any(path.endswith("jobd.sqlite") for path in files) and len(files) > 3, "there is something to look at")
    for name, content in {**files, "the answers": answers_text.encode()}.items():
        for value in (secret, token):
            check(value.encode() not in content, f"a secret stands in {name}")


def unwritable_log(where):
    """A log that cannot be written is no reason to stop working."""
    jobs = where / "jobs.yaml"
    jobs.write_text("jobs:\n  hello: {timeout: 1m, task: {taskDefinition: hello, container: app, command: ['true']}}\n")
    path = str(where / "jobd.sock")
    command = [harness.JOBD, "serve", "--local", "-c", str(jobs), "--state", str(where / "state"), "--socket", path]

    def ctl(*arguments):
        return [harness.JOBD, "ctl", *arguments, "--socket", path]

    with open("/dev/full", "w") as full:
        daemon = subprocess.Popen(command, stderr=full, env=harness.environment(), start_new_session=True)
        try:
            until(lambda: subprocess.run(ctl("status"), capture_output=True).returncode == 0, "the daemon answers", 30)
            run = subprocess.run(ctl("run", "hello", "--wait"), capture_output=True, text=True, timeout=60)
            check(run.returncode == 0, f"a job runs although no log line can be written: {run.stderr}")
            listing = subprocess.run(ctl("list"), stdout=full, stderr=subprocess.PIPE, text=True)
            check(listing.returncode == 1, f"results that cannot be written end with 1, not {listing.returncode}")
            check("cannot write to standard output" in listing.stderr, f"and say so: {listing.stderr}")
            check(daemon.poll() is None, "the daemon lives")
        finally:
            daemon.terminate()
            daemon.wait(20)


if __name__ == "__main__":
    harness.main({
        "job-files": job_files, "places": places, "control-socket": control_socket, "answers": answers,
        "notifications": notifications, "outage": outage, "full-disk": full_disk, "two-daemons": two_daemons,
        "quick-restart": quick_restart, "secrets": secrets, "unwritable-log": unwritable_log,
    })
