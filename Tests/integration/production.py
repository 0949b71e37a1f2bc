"""What a scheduled job needs in production, on the built binary: calendars, queues, pools, exit codes, definitions,
work by hand, logs, questions to AWS, messages, events, backups, reloads, and a new user's way.
"""
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.server
import json
import re
import signal
import sqlite3
import subprocess
import threading
import time

import harness
from emulators import client, receive, tool
from harness import check, get_json, until
from operating import DONE, FAILED, INVALID, REFUSED, ends, start, status_of
from trouble import inject, messages, run_of, soon

HEAD = """
region: us-east-1
timezone: UTC
notifications: {topicArn: "arn:aws:sns:us-east-1:123456789012:failures"}
"""


def jobd(*arguments, **env):
    """A command that needs no daemon."""
    return subprocess.run(
        [harness.JOBD, *map(str, arguments)], capture_output=True, text=True, timeout=60,
        env=harness.environment(**env),
    )


def shell(name, command="true", **more):
    """A job whose container runs a shell command; JSON is YAML."""
    task = {"taskDefinition": name, "container": "app", "command": ["sh", "-c", command], **more.pop("task", {})}
    return {name: {"task": task, **more}}


def file_of(*jobs, head=HEAD, **more):
    """A job file: its head as YAML, and what is given as JSON."""
    merged = {name: job for each in jobs for name, job in each.items()}
    more = {"defaults": {"cluster": "batch", "timeout": "5m"}, "jobs": merged, **more}
    return head + "".join(f"{key}: {json.dumps(value)}\n" for key, value in more.items())


def local(where, text):
    return harness.Daemon(where, text, "--local")


@contextlib.contextmanager
def against_simulator(where, text, *options, **env):
    with harness.simulator(where, "--auto-create") as simulator:
        with harness.Daemon(where, text, *options, **harness.endpoints(simulator.url), **env) as daemon:
            yield simulator, daemon


@contextlib.contextmanager
def moto(where):
    port = harness.free_port()
    with harness.Process([tool("moto", "moto_server"), "-H", "127.0.0.1", "-p", str(port)], where / "moto.log"):
        url = f"http://127.0.0.1:{port}"
        until(lambda: harness.answers(url + "/moto-api/data.json"), "moto answers")
        transition = {"model_name": "ecs::task", "transition": {"progression": "immediate"}}
        harness.post_json(url + "/moto-api/state-manager/set-transition", transition)
        yield url


def slots(daemon, job):
    return daemon.ctl_json("history", job)["slots"]


def has_ended(daemon, run, status):
    """Waits for a run's end, which must be this one; all about the run."""
    until(lambda: status_of(daemon, run) != "RUNNING", f"{run} ends")
    shown = daemon.ctl_json("show", run)
    check(shown["status"] == status, f"{run} is {shown['status']}, not {status}: {shown.get('reason')}")
    return shown


def says(text, *words):
    for word in words:
        check(word in text, f"it does not say {word!r}: {text}")


# --- When

HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//jobd//test//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20201224
DTEND;VALUE=DATE:20201226
SUMMARY:Yule
RRULE:FREQ=YEARLY
END:VEVENT
END:VCALENDAR
"""


def schedules(where):
    (where / "holidays.ics").write_text(HOLIDAYS.replace("\n", "\r\n"))
    path = where / "when.yaml"
    path.write_text(file_of(
        shell(
            "several", schedules=[
                {"expression": "cron(0 9 * * ? *)", "start": "2026-12-23", "end": "2026-12-29"},
                {"expression": "cron(30 18 ? * MON-FRI *)", "timezone": "UTC", "end": "2026-12-24"},
            ], calendar={"not": ["holidays", "weekends"], "instead": "next"}),
        shell("spread", schedule="cron(0 3 * * ? *)", flexibleWindow="15m", calendar="holidays"),
        head="region: us-east-1\ntimezone: Asia/Tokyo\n",
        calendars={
            "holidays": {"file": "holidays.ics", "dates": ["2026-12-28"]}, "weekends": {"weekdays": ["SAT", "SUN"]}},
    ))
    ends(jobd("check", "-c", path), DONE, "2 jobs, no mistakes")

    def coming(job, *more):
        return ends(jobd("next", "--job", job, "-c", path, "--after", "2026-12-22", *more), DONE).stdout

    # 24 and 25 are in the file, 26 and 27 a weekend, 28 a date: all five run at the 29th's time, as one slot, beside
    # its own. The other schedule's last slot is that of the 24th, which goes to the 29th as well.
    wanted = [f"2026-12-{each}:00Z" for each in (
        "21T18:30", "22T18:30", "23T00:00", "23T18:30", "29T00:00", "29T18:30")]
    found = json.loads(coming("several", "--json", "--count", "9"))
    check(found == wanted, f"when it runs: {found}")
    says(coming("several", "--count", "9"), "moved", "by calendar holidays", "by calendar weekends", "(UTC)")
    says(coming("spread"), "left out by calendar holidays", "its flexible window")
    check(coming("spread") == coming("spread"), "the place in the window is the same each time")
    days = [each[:10] for each in json.loads(coming("spread", "--json"))]
    check(days == ["2026-12-21", "2026-12-22", "2026-12-25", "2026-12-26", "2026-12-28"], f"what is left out: {days}")
    path.write_text(file_of(
        shell("a", after="b"), shell("b", after=["a"]), shell("c", schedule="rate(1 hour)", calendar="holiday"),
        shell("d", pool="database"), shell("e", after="nobody"), calendars={"holidays": {"dates": ["2026-12-28"]}},
    ))
    ends(
        jobd("check", "-c", path), INVALID, "a → b → a", "there is no calendar `holiday`; did you mean `holidays`?",
        "nothing says the limit of the pool `database`", "nobody", "4 mistakes",
    )
    # What a calendar leaves out is recorded with its name.
    days = [str(soon(0).date() + datetime.timedelta(days=n)) for n in (0, 1)]
    inventory = {"inventory": {"dates": days}}
    with local(where, file_of(shell("idle", schedule="* * * * * *", calendar="inventory"), calendars=inventory)) as daemon:
        until(lambda: slots(daemon, "idle"), "a slot is recorded", 20)
        slot = slots(daemon, "idle")[-1]
        check(slot["state"] == "SKIPPED" and "inventory" in slot["reason"] and not slot["runs"], f"it is left out: {slot}")


# --- Whether

def waiting(where):
    hold = f"while ! test -e '{where}/%s'; do sleep 0.1; done"
    due = soon(4)
    at = f"at({due:%Y-%m-%dT%H:%M:%S})"
    with local(where, file_of(
        shell("queues", hold % "queue", schedule="*/2 * * * * *", overlap={"mode": "queue", "limit": 1}),
        shell("replaces", "exec sleep 1000", schedule="*/3 * * * * *", overlap="cancelOther"),
        shell("holds", hold % "pool", pool="door"),
        shell("low", pool="door", schedule=at),
        shell("high", pool={"name": "door", "priority": 5}, schedule=at),
        shell("first", f"test -e '{where}/mended'"),
        shell("then", after="first"),
        shell("later", after=["first"], schedule=at),
        pools={"door": 1},
    )) as daemon:
        held = start(daemon, "run", "holds")
        first = start(daemon, "run", "first")
        ends(daemon.ctl("run", "high"), REFUSED, "door")

        # A pool of one place, and what waits for it.
        until(lambda: len([name for name in ("low", "high", "later") if slots(daemon, name)]) == 3, "slots are due", 20)
        shown = daemon.ctl_json("show", "low")
        wanted = {"name": "door", "limit": 1, "active": [held], "waiting": 2}
        check({key: shown["pool"].get(key) for key in wanted} == wanted, f"the pool is full: {shown['pool']}")
        check(all(slots(daemon, name)[0]["state"] == "PENDING" for name in ("low", "high")), "both wait")
        says(ends(daemon.ctl("show", "low"), DONE, "Why does it not run?").stdout.split("Why does it")[1], "door")
        ends(daemon.ctl("list"), DONE, "PENDING", "door")

        # A job after a job: with a schedule it waits, without one it has no slot yet.
        has_ended(daemon, first, "FAILED")
        check(slots(daemon, "later")[0]["state"] == "PENDING" and not slots(daemon, "then"), "they wait for `first`")
        for name in ("then", "later"):
            says(" ".join(daemon.ctl_json("show", name)["whyNot"]), "first")
        (where / "mended").touch()
        ends(daemon.ctl("rerun", "first", "--wait"), DONE)
        until(lambda: all(daemon.state_of(name) == "SUCCEEDED" for name in ("then", "later")), "they run", 30, 0.2)
        check(slots(daemon, "then")[0]["trigger"] == "UPSTREAM", f"a slot of its own: {slots(daemon, 'then')}")
        check(len(slots(daemon, "then")) == 1 and len(slots(daemon, "later")) == 1, "one slot each")

        (where / "pool").touch()
        has_ended(daemon, held, "SUCCEEDED")
        until(lambda: all(daemon.state_of(name) == "SUCCEEDED" for name in ("low", "high")), "the pool empties", 30, 0.2)
        low, high = (slots(daemon, name)[0]["runs"][0] for name in ("low", "high"))
        check(high["endedAt"] <= low["startedAt"], f"by priority, one at a time: {high} {low}")

        # A queue of one, and a skipped slot beyond it.
        states = [slot["state"] for slot in slots(daemon, "queues")]
        check(states.count("RUNNING") == 1 and states.count("PENDING") == 1 and "SKIPPED" in states, f"queued: {states}")
        skipped = next(slot for slot in slots(daemon, "queues") if slot["state"] == "SKIPPED")
        says(skipped["reason"], "1")
        (where / "queue").touch()
        until(lambda: len([slot for slot in slots(daemon, "queues") if slot["state"] == "SUCCEEDED"]) >= 2, "the queue moves")
        runs = sorted(
            (run["startedAt"], run["endedAt"]) for slot in slots(daemon, "queues") for run in slot["runs"] if "endedAt" in run)
        check(all(one[1] <= two[0] for one, two in zip(runs, runs[1:])), f"one at a time: {runs}")

        # The latest replaces the one that goes on.
        until(lambda: [slot for slot in slots(daemon, "replaces") if slot["state"] == "ABORTED"], "a run is replaced")
        replaced = [slot for slot in slots(daemon, "replaces") if slot["state"] == "ABORTED"][-1]["runs"][0]
        says(replaced["reason"], "cancelOther")
        until(lambda: daemon.rows()["replaces"]["running"], "the next one runs")
        check(daemon.rows()["replaces"]["running"][0] > replaced["id"], "it is a later one")


# --- How long, and again

def exits(where):
    attempts = 'n=$(cat {0} 2>/dev/null || echo 0); echo $((n + 1)) > {0}; '
    rules = [{"exitCodes": [75], "maxAttempts": 3, "interval": "1s", "backoffRate": 1}, {"on": "any", "maxAttempts": 1}]
    machine = {
        "StartAt": "Work",
        "States": {
            "Work": {
                "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 60,
                "Parameters": {"Cluster": "batch", "TaskDefinition": "greedy", "Overrides": {
                    "ContainerOverrides": [{"Name": "app", "Command": ["sleep", "60"]}]}},
                "Catch": [{"ErrorEquals": ["ECS.SpotInterruption"], "Next": "Wrong"},
                          {"ErrorEquals": ["ECS.OutOfMemory"], "Next": "Smaller"}],
                "End": True,
            },
            "Wrong": {"Type": "Fail", "Error": "Wrong"},
            "Smaller": {"Type": "Pass", "Result": "smaller", "End": True},
        },
    }
    counted = attempts.format(f"'{where}/attempts'")
    text = file_of(
        shell("again", counted + 'test "$n" -ge 2 || exit 75', retry=rules),
        shell("never", "exit 3", retry=rules),
        shell("nothing", "exit 99", skipExitCodes=[99], successExitCodes=["10-12"]),
        shell("fine", "exit 11", skipExitCodes=[99], successExitCodes=["10-12"]),
        shell("hangs", startTimeout="2s"),
        {"greedy": {"timeout": "1m", "stateMachine": machine}},
    )
    with against_simulator(where, text) as (simulator, daemon):
        inject(simulator, {"effect": "hang", "state": "PENDING", "family": "hangs"},
               {"effect": "stop", "kind": "outOfMemory", "family": "greedy"})
        runs = {name: start(daemon, "run", name) for name in ("again", "never", "nothing", "fine", "hangs", "greedy")}
        again = has_ended(daemon, runs["again"], "SUCCEEDED")
        check(len(again["launches"]) == 3, f"tried until it succeeds: {len(again['launches'])} launches")
        never = has_ended(daemon, runs["never"], "FAILED")
        check(len(never["launches"]) == 1, f"another code is not tried again: {len(never['launches'])} launches")
        nothing = has_ended(daemon, runs["nothing"], "SUCCEEDED")
        slot = slots(daemon, "nothing")[0]
        check(slot["state"] == "SKIPPED" and "99" in slot["reason"], f"there was nothing to do: {slot}")
        check(nothing["launches"][0]["diagnosis"]["class"] == "SKIPPED", f"which the launch says: {nothing['launches']}")
        ends(daemon.ctl("list"), DONE, "SKIPPED")
        has_ended(daemon, runs["fine"], "SUCCEEDED")
        check(slots(daemon, "fine")[0]["state"] == "SUCCEEDED", "a further success is one")
        hangs = has_ended(daemon, runs["hangs"], "FAILED")
        check(hangs["launches"][0]["diagnosis"]["class"] == "START_TIMEOUT", f"it took too long: {hangs['launches']}")
        says(hangs["reason"], "startTimeout", "PENDING")
        until(lambda: all(task["stopped"] for task in harness.started_tasks(simulator.url)), "its task is stopped", 20)
        greedy = has_ended(daemon, runs["greedy"], "SUCCEEDED")
        check(greedy["output"] == "smaller", f"the alias is caught: {greedy['output']}")


# --- Task definitions of the job file

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
VALUE = "b1rdsong-b1rdsong"


def with_definition(where, command, subnet="subnet-0a"):
    """A job with a definition of its own; where a subnet is given, in ECS's own spelling, as moto needs it."""
    container = {"image": "busybox", "command": command}
    if subnet == "subnet-0a":
        container |= {"environment": {"STAGE": VALUE}, "secrets": {"DB_PASSWORD": SECRET}}
    else:
        container |= {"name": "report", "memory": 512, "environment": [{"name": "STAGE", "value": VALUE}],
                      "secrets": [{"name": "DB_PASSWORD", "valueFrom": SECRET}]}
        container = {"containerDefinitions": [container]}
    return file_of(
        {"report": {
            "type": "nightly", "date": "yyyyMMdd",
            "task": {"taskDefinition": "report", "launchType": "FARGATE",
                     "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}}},
        }},
        taskDefinitions={"report": {
            **container, "cpu": "0.25 vCPU", "memory": "0.5 GB",
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        }},
    )


def definitions(where):
    told = where / "environment"
    command = ["sh", "-c", f"env > '{told}.part'; mv '{told}.part' '{told}'"]
    with harness.simulator(where, "--cluster", "batch") as simulator:
        register_once(where, simulator.url, with_definition(where, command), with_definition(where, command + ["again"]))
    day = soon(0).strftime("%Y%m%d")
    given = dict(line.split("=", 1) for line in told.read_text().splitlines())
    wanted = {"JOB_ID": "report", "JOB_TYPE": "nightly", "JOBD_ATTEMPT": "1", "STAGE": VALUE}
    check({key: given.get(key) for key in wanted} == wanted, f"what the container is told: {given}")
    check(given["JOBD_DAY"] in (day, soon(-60).strftime("%Y%m%d")), f"the day as `date` says: {given['JOBD_DAY']}")
    check(re.fullmatch(r"report\.\d{8}T\d{6,9}Z\.0", given["JOBD_RUN"]), f"the run: {given['JOBD_RUN']}")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", given["JOBD_SLOT"]), f"the slot: {given['JOBD_SLOT']}")
    with moto(where) as url:
        client("ecs", url).create_cluster(clusterName="batch")
        subnet = client("ec2", url).describe_subnets()["Subnets"][0]["SubnetId"]
        register_once(where, url, *(with_definition(where, command, subnet) for command in (["one"], ["two"])))


def register_once(where, url, text, changed):
    ecs, at = client("ecs", url), harness.endpoints(url)
    path = where / "definitions.yaml"

    def revisions():
        return ecs.list_task_definitions(familyPrefix="report")["taskDefinitionArns"]

    def runs(text, revision):
        """A daemon of its own each time; what everybody may see of the run."""
        path.write_text(text)
        with harness.Daemon(where, None, jobs_file=path, state=where / f"state-{url[-5:]}", **at) as daemon:
            run = start(daemon, "run", "report")
            until(lambda: status_of(daemon, run) != "RUNNING", "the run ends", 30)
            shown = daemon.ctl_json("show", run)
            check(shown["status"] == "SUCCEEDED", f"it is {shown['status']}: {shown.get('reason')}")
            launch = shown["launches"][0]
            check(launch["taskDefinition"].endswith(f"/report:{revision}"), f"the run names its revision: {launch}")
            says(daemon.ctl("show", run).stdout, f"report:{revision}")
            for arguments in (["show", run], ["show", "report"], ["history", run], ["list"]):
                for more in ([], ["--json"]):
                    answer = ends(daemon.ctl(*arguments, *more), DONE)
                    check(VALUE not in answer.stdout, f"a variable's value stands in {arguments}: {answer.stdout}")

    path.write_text(text)
    says(ends(jobd("diff", "-c", path, **at), 1).stdout, "report")
    runs(text, 1)
    check(len(revisions()) == 1, "it is registered")
    ends(jobd("diff", "-c", path, **at), DONE)
    runs(text, 1)
    check(len(revisions()) == 1, "a restart registers nothing")
    path.write_text(changed)
    difference = ends(jobd("diff", "-c", path, **at), 1).stdout
    says(difference, "report", "command")
    check(VALUE not in difference, f"a variable's value stands in the difference: {difference}")
    runs(changed, 2)
    check(len(revisions()) == 2, "what differs is a new revision")
    container = ecs.describe_task_definition(taskDefinition="report:2")["taskDefinition"]["containerDefinitions"][0]
    check(container["secrets"] == [{"name": "DB_PASSWORD", "valueFrom": SECRET}], f"a secret's place: {container}")


# --- By hand

def by_hand(where):
    counted = f"echo once >> '{where}/first'"
    machine = {"StartAt": "First", "States": {}}
    mended = f"test -e '{where}/mended'"
    for name, command, then in (("First", counted, {"Next": "Second"}), ("Second", mended, {"End": True})):
        container = {"Name": "app", "Command": ["sh", "-c", command]}
        machine["States"][name] = {
            "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 60, "ResultPath": None,
            "Parameters": {"Cluster": "batch", "TaskDefinition": "steps", "Overrides": {"ContainerOverrides": [container]}},
            **then,
        }
    text = file_of(
        shell("job", "exit 9", task={"environment": {"STAGE": "prod"}}),
        {"steps": {"stateMachine": machine, "timeout": "1m", "input": {"month": "March"}}},
        shell("days", "sleep 1.5", schedule="@daily", overlap="allow"),
        shell("long", "exec sleep 1000"),
    )
    with harness.simulator(where, "--auto-create") as simulator:
        at = harness.endpoints(simulator.url)
        daemon = harness.Daemon(where, text, "--lease", "2", **at)
        try:
            (where / "input.json").write_text('{"month": "April"}')
            given = ends(daemon.ctl(
                "run", "job", "--env", "STAGE=trial", "--env", "MORE=a b", "--note", "a trial", "--wait", "--json", "--",
                "sh", "-c", f"echo \"$STAGE $MORE\" > '{where}/told'"), DONE)
            check((where / "told").read_text() == "trial a b\n", f"the container is told: {(where / 'told').read_text()}")
            shown = daemon.ctl_json("show", json.loads(given.stdout)["id"])
            check(shown["note"] == "a trial" and "@" in shown["requestedBy"], f"who asked, and why: {shown}")
            says(daemon.ctl("run", "steps", "--env", "STAGE=trial").stderr, "a state machine takes an input instead")
            ends(daemon.ctl("run", "job", "--env", "JOBD_DAY=1"), INVALID, "JOBD_")

            failed = ends(daemon.ctl("run", "steps", "--input", f"@{where}/input.json", "--wait", "--json"), FAILED)
            failed = json.loads(failed.stdout)
            (where / "mended").touch()
            ends(daemon.ctl("rerun", "steps", "--from-failed", "--note", "mended", "--wait"), DONE, "SUCCEEDED")
            again = run_of(daemon, "steps")
            check((where / "first").read_text() == "once\n", "the first state is not run again")
            check(again["input"] == {"month": "April"} and failed["input"] == again["input"], f"its input: {again['input']}")
            check([launch["state"] for launch in again["launches"]] == ["Second"], f"where it goes on: {again['launches']}")
            check(again["id"].endswith(".1") and again["note"] == "mended", f"a run of its own: {again['id']}")
            ends(daemon.ctl("rerun", "steps", "--from-failed", "--force"), REFUSED)

            stopped = start(daemon, "run", "long")
            until(lambda: daemon.ctl_json("show", stopped)["launches"], "it is launched")
            ends(daemon.ctl("stop", stopped, "--reason", "wrong data"), DONE)
            says(has_ended(daemon, stopped, "ABORTED")["reason"], "wrong data")

            backfill(where, daemon, simulator, lambda: harness.Daemon(where, text, "--lease", "2", **at))
        finally:
            daemon.kill()


def backfill(where, daemon, simulator, again):
    last = soon(0).date() - datetime.timedelta(days=1)
    days = [str(last - datetime.timedelta(days=n)) for n in range(5, -1, -1)]
    span = ["--from", days[0], "--to", days[-1]]

    def states():
        return {slot["day"]: slot["state"] for slot in slots(daemon, "days") if slot["trigger"] == "BACKFILL"}

    ends(daemon.ctl("backfill", "days", *span, "--max-parallel", "2", "--note", "late files"), DONE)
    ends(daemon.ctl("backfill", "days", *span), REFUSED)
    until(lambda: len(states()) >= 3, "some days have begun", 20)
    daemon.kill()
    with again() as daemon:
        says(ends(daemon.ctl("backfill", "days", "--status"), DONE).stdout, days[0], "late files")
        until(lambda: list(states().values()).count("SUCCEEDED") == 6, "every day is run, through a kill", 40, 0.2)
        check(sorted(states()) == days, f"each day of the range: {states()}")
        until(lambda: daemon.ctl_json("backfill", "days", "--list")["backfills"][0]["state"] == "DONE", "it is done")
    tasks = [task for task in harness.started_tasks(simulator.url) if "/days/" in task["startedBy"]]
    check(len(tasks) == 6, f"a task a day: {len(tasks)}")
    most = max(sum(one["created"] <= each["created"] < one["stopped"] for one in tasks) for each in tasks)
    check(most == 2, f"two at a time, not {most}")


# --- Logs

def logs(where):
    talk = f"for n in 1 2 3; do echo line $n; done; until test -e '{where}/go'; do sleep 0.1; done; echo the end"
    with local(where, file_of(shell("talks", talk), shell("says", "echo no such order >&2; exit 3"))) as daemon:
        run = start(daemon, "run", "talks")
        until(lambda: "line 3" in daemon.ctl("logs", run).stdout, "its lines are there")
        follow = [harness.JOBD, "ctl", "logs", "talks", "--follow", "--socket", daemon.socket]
        with harness.Process(follow, where / "follow.log") as follower:
            until(lambda: "line 3" in follower.tail(), "following shows what there is", 20)
            check("the end" not in follower.tail(), "and the run goes on")
            (where / "go").touch()
            check(follower.process.wait(40) == 0, f"following ends with the run: {follower.tail()}")
            says(follower.tail(), "line 1", "line 2", "line 3", "the end")
        has_ended(daemon, run, "SUCCEEDED")
        tail = ends(daemon.ctl("logs", "talks", "--tail", "2"), DONE).stdout
        tail = [line.split(None, 3)[-1] for line in tail.splitlines()]
        check(tail == ["line 3", "the end"], f"the last lines alone: {tail}")
        ends(daemon.ctl("run", "says", "--wait"), FAILED)
        says(ends(daemon.ctl("show", run_of(daemon, "says")["id"]), DONE).stdout, "no such order")
    definition = {"image": "busybox", "cpu": 256, "memory": 512, "logGroup": "/ecs/told", "container": "app",
                  "executionRoleArn": "arn:aws:iam::123456789012:role/execution"}
    subnets = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a"]}}}
    told = shell("told", "echo 42 orders; echo no such order; exit 3", task=subnets)
    text = file_of(told, taskDefinitions={"told": definition})
    with against_simulator(where, text) as (simulator, daemon):
        ends(daemon.ctl("run", "told", "--wait"), FAILED)
        until(lambda: messages(simulator), "the failure is told")
        message = json.loads(messages(simulator)[0]["message"])
        check(message["log"] == ["42 orders", "no such order"], f"the message has the last lines: {message}")
        launch = run_of(daemon, "told")["launches"][0]
        check(launch["diagnosis"]["log"] == message["log"], f"and so has the run: {launch}")
        says(ends(daemon.ctl("logs", "told"), DONE).stdout, "42 orders", "no such order")


# --- Questions to AWS

def aws(where):
    with moto(where) as url:
        at = harness.endpoints(url)
        ecs, iam, ec2, sns, cloudwatch = (client(name, url) for name in ("ecs", "iam", "ec2", "sns", "logs"))
        subnet = existing_task(url)
        vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
        table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
        ec2.create_route(**route, GatewayId=gateway)
        topic = sns.create_topic(Name="failures")["TopicArn"]
        path = where / "aws.yaml"
        path.write_text(existing_job(subnet))

        def asked(status, *words):
            return ends(jobd("check", "-c", path, "--aws", **at), status, *words)

        good = asked(DONE, *(f"ok  {what}" for what in (
            "credentials", "region us-east-1", "cluster batch", "task definition report", "role execution", "role task",
            f"subnet {subnet}", "log group /ecs/report", "topic failures")))
        check("!!" not in good.stdout, f"all is well: {good.stdout}")
        policy = json.loads(ends(jobd("iam-policy", "-c", path, **at), DONE).stdout)["Statement"]
        passed = [each["Resource"] for each in policy if "iam:PassRole" in each["Action"]]
        roles = [f"arn:aws:iam::123456789012:role/{name}" for name in ("execution", "task")]
        check(passed == [roles], f"its roles alone may be passed: {passed}")
        actions = {action for each in policy for action in each["Action"]}
        check({"ecs:RunTask", "sns:Publish", "logs:GetLogEvents"} <= actions, f"what it needs: {actions}")
        check("ecs:RegisterTaskDefinition" not in actions and "*" not in "".join(actions), f"and no more: {actions}")

        def without(what, *words):
            lines = [line for line in asked(1).stdout.splitlines() if line.startswith(f"!!  {what}")]
            check(lines and all("Remedy:" in line for line in lines), f"{what} is missing, with a remedy: {lines}")
            says(" ".join(lines), *words)

        sns.delete_topic(TopicArn=topic)
        without("topic failures", "failures")
        sns.create_topic(Name="failures")
        asked(DONE)
        cloudwatch.delete_log_group(logGroupName="/ecs/report")
        without("log group /ecs/report")
        cloudwatch.create_log_group(logGroupName="/ecs/report")
        iam.delete_role(RoleName="task")
        without("role task")
        make_role(iam, "task")
        ec2.delete_route(**route)
        without(f"way out of {subnet}")
        ec2.create_route(**route, GatewayId=gateway)
        asked(DONE)
        ecs.delete_cluster(cluster="batch")
        without("cluster batch")


def make_role(iam, name):
    allowed = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def existing_task(url):
    """What somebody has whose task EventBridge starts: a cluster, a definition, roles, a log group. Its subnet."""
    ecs, iam = client("ecs", url), client("iam", url)
    ecs.create_cluster(clusterName="batch")
    client("logs", url).create_log_group(logGroupName="/ecs/report")
    ecs.register_task_definition(
        family="report", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        taskRoleArn=make_role(iam, "task"), executionRoleArn=make_role(iam, "execution"),
        containerDefinitions=[{
            "name": "app", "image": "public.ecr.aws/docker/library/busybox:1", "essential": True, "memory": 512,
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/report", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "report"}},
        }],
    )
    return client("ec2", url).describe_subnets()["Subnets"][0]["SubnetId"]


def existing_job(subnet, **more):
    network = {"subnets": [subnet], "securityGroups": [], "assignPublicIp": "ENABLED"}
    task = {"taskDefinition": "report", "container": "app", "command": ["report", "--full"], "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": network}, **more}
    return file_of({"report": {"schedule": "cron(0 3 * * ? *)", "task": task}})


# --- Telling

HOOK_PATH, PING_PATH = "hook-0a1b2c3d", "ping-4e5f6a7b"
KEY = base64.b64encode(bytes(range(32))).decode()


@contextlib.contextmanager
def serving(handler, port=0):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body=b"", kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def is_genuine(headers, body, key=KEY):
    """As Standard Webhooks says."""
    id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    signed = hmac.new(base64.b64decode(key), f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(signed).decode()
    return abs(time.time() - int(timestamp)) < 300 and expected in headers["webhook-signature"].split()


def telling(where):
    due = soon(4)
    at = f"at({due:%Y-%m-%dT%H:%M:%S})"
    hook, pings, hooked = harness.free_port(), [], []
    (where / "key").write_text(f"whsec_{KEY}\n")

    class Receiver(Quiet):
        def do_POST(self):
            body = self.body()
            hooked.append((self.path, dict(self.headers), body))
            self.answer(204)

    class Monitor(Quiet):
        def do_GET(self):
            pings.append((time.monotonic(), self.path))
            self.answer(200)

    with contextlib.ExitStack() as stack:
        monitor = stack.enter_context(serving(Monitor))
        head = HEAD.replace("failures\"}", f"failures\", webhook: {{url: \"http://127.0.0.1:{hook}/{HOOK_PATH}\", "
                            f"secretFile: \"{where}/key\"}}}}")
        head += f"deadManPing: {{url: \"http://127.0.0.1:{monitor}/{PING_PATH}\", every: 10s}}\n"
        text = file_of(
            shell("flips", f"test -e '{where}/mended'"),
            shell("slow", "sleep 5", schedule=at, lateAfter="1s", tooLongAfter="1s"),
            shell("first", "exit 1", notifications="none"),
            shell("unmet", after="first", schedule=at, catchUp={"mode": "latest", "within": "3s"}),
            head=head)
        simulator, daemon = stack.enter_context(against_simulator(where, text))
        until(lambda: pings, "the monitor is pinged at once", 10)
        ends(daemon.ctl("run", "flips", "--wait"), FAILED)
        failed = run_of(daemon, "flips")
        until(lambda: messages(simulator), "SNS takes it while the webhook is down", 20)
        until(lambda: next(each for each in daemon.ctl_json("show", failed["id"])["messages"]
                           if "127.0.0.1" in each["receiver"]).get("lastError"), "it says why the webhook does not", 20)
        said = [ends(daemon.ctl(*each), DONE) for each in (
            ["show", failed["id"]], ["show", failed["id"], "--json"], ["show", "flips", "--json"], ["status", "--json"])]
        check(daemon.ctl_json("status")["outbox"]["unsent"] >= 1, "it is kept")
        stack.enter_context(serving(Receiver, hook))
        (where / "mended").touch()
        ends(daemon.ctl("rerun", "flips", "--wait"), DONE)
        wanted = {
            ("failed", "flips"), ("recovered", "flips"), ("missed", "unmet"), ("late", "slow"), ("tooLong", "slow")}

        def sent():
            return {(each["attributes"]["event"], each["attributes"]["job"]) for each in messages(simulator)}

        until(lambda: wanted <= sent(), "SNS has all five kinds", 40)
        check(sent() == wanted, f"and nothing else: {sent()}")
        until(lambda: len(hooked) >= len(wanted), "the webhook gets them once it is there", 60)
        for path, headers, body in hooked:
            lower = {key.lower(): value for key, value in headers.items()}
            check(path == f"/{HOOK_PATH}" and is_genuine(lower, body), f"it is signed: {lower}")
            check(not is_genuine(lower, body + b" "), "the signature is of the body")
        ids = {headers["webhook-id"] for _, headers, _ in hooked}
        check(len(ids) == len(wanted), f"an id each: {ids}")
        told = {(message["event"], message["JOBID"]) for message in (json.loads(body) for _, _, body in hooked)}
        check(told == wanted, f"both are told the same: {told}")
        for each in messages(simulator):
            message, attributes = json.loads(each["message"]), each["attributes"]
            check(set(attributes) == {"job", "event", "status", "day", "messageId"}, f"attributes: {attributes}")
            check(attributes["status"] == message["MESSAGE"] and attributes["day"] == message["day"], f"they fit: {attributes}")
        missed = next(json.loads(each["message"]) for each in messages(simulator) if each["attributes"]["event"] == "missed")
        says(missed["reason"], "first")
        until(lambda: daemon.ctl_json("status")["outbox"]["unsent"] == 0, "nothing waits", 20)
        until(lambda: len(pings) >= 2, "the monitor is pinged again", 20)
        check({path for _, path in pings} == {f"/{PING_PATH}"}, f"at its own place: {pings}")
        said += [ends(daemon.ctl("show", name, "--json"), DONE) for name in ("flips", "slow", "unmet")]
        check(daemon.end() == 0, "the daemon ends well")
        count, ended = len(pings), time.monotonic()
        fifo(where)
        until(lambda: time.monotonic() > ended + 11, "a ping would be due", 20)
        check(len(pings) == count, f"no ping without a daemon: {len(pings) - count}")
    answers = "".join(each.stdout + each.stderr for each in said).encode()
    logs = {path.name: path.read_bytes() for path in where.glob("jobd*.log")}
    files = {str(path): path.read_bytes() for path in (where / "state").rglob("*") if path.is_file()}
    check(any(name.endswith(".sqlite") for name in files), "there is a database to look at")
    for name, content in {**logs, **files, "the answers": answers}.items():
        for value in (KEY, PING_PATH):
            check(value.encode() not in content, f"{value} stands in {name}")
    for name, content in {**logs, "the answers": answers}.items():
        check(HOOK_PATH.encode() not in content, f"the webhook's path stands in {name}")


def fifo(where):
    """A FIFO topic drops what is sent again, since an answer was lost."""
    with moto(where) as url:
        sns, sqs, published = client("sns", url), client("sqs", url), []

        class LosesTheFirst(Quiet):
            def do_POST(self):
                body = self.body()
                request = harness.urllib.request.Request(url + self.path, data=body, headers=dict(self.headers))
                with harness.urllib.request.urlopen(request, timeout=10) as response:
                    answer = response.read()
                    published.append(body)
                    if len(published) == 1:
                        self.close_connection = True
                        return
                    self.answer(response.status, answer, response.headers["Content-Type"])

        topic = sns.create_topic(Name="failures.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
        queue = sqs.create_queue(QueueName="failures.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        client("ecs", url).create_cluster(clusterName="batch")
        text = file_of(shell("lost"), head=HEAD.replace("arn:aws:sns:us-east-1:123456789012:failures", topic))
        with serving(LosesTheFirst) as port, harness.Daemon(
            where, text, name="jobd-fifo", state=where / "state-fifo", AWS_ENDPOINT_URL=url,
            AWS_ENDPOINT_URL_SNS=f"http://127.0.0.1:{port}",
        ) as daemon:
            ends(daemon.ctl("run", "lost", "--wait"), FAILED)
            until(lambda: daemon.ctl_json("status")["outbox"]["unsent"] == 0, "the topic takes it", 30, 0.2)
            check(len(published) == 2, f"it was sent twice: {len(published)}")
            received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
            check(len(received) == 1, f"it has arrived once: {len(received)}")
            check(received[0]["Attributes"]["MessageGroupId"] == "lost", f"in its job's group: {received[0]}")


# --- Faster ends

def events(where):
    with moto(where) as url, harness.simulator(where, "--auto-create") as simulator:
        sqs, ecs = client("sqs", url), client("ecs", simulator.url)
        queue = sqs.create_queue(QueueName="events")["QueueUrl"]
        names = ["one", "two", "three"]
        text = file_of(
            *(shell(name, f"until test -e '{where}/{name}'; do sleep 0.1; done") for name in names),
            head=HEAD + f"events: {{queueUrl: \"{queue}\"}}\n")
        env = {**harness.endpoints(simulator.url), "AWS_ENDPOINT_URL_ECS": simulator.url, "AWS_ENDPOINT_URL_SQS": url}
        own = 0

        def asked():
            return get_json(simulator.url + "/_simulator/requests")["DescribeTasks"]["requests"] - own

        def described(arn):
            nonlocal own
            own += 1
            return ecs.describe_tasks(cluster="batch", tasks=[arn])["tasks"][0]

        def send(task):
            event = {"version": "0", "id": "1", "source": "aws.ecs", "detail-type": "ECS Task State Change",
                     "account": "123456789012", "time": f"{soon(0):%Y-%m-%dT%H:%M:%SZ}", "region": "us-east-1",
                     "resources": [task["taskArn"]], "detail": task}
            sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event, default=lambda value: value.isoformat()))

        with harness.Daemon(where, text, **env) as daemon:
            runs = {name: start(daemon, "run", name) for name in names}
            arns = {name: until(lambda: daemon.ctl_json("show", run)["launches"][0].get("taskARN"), "it is launched")
                    for name, run in runs.items()}
            early = {name: until(lambda: running(described(arn)), f"{name} runs") for name, arn in arns.items()}
            for task in early.values():
                send(task)
            until(lambda: waiting_messages(sqs, queue) == 0, "the queue is read", 20)
            time.sleep(2.5)  # Those that were due already.
            before, begin = asked(), time.monotonic()
            for name, run in runs.items():
                (where / name).touch()
                late = until(lambda: stopped(described(arns[name])), f"{name} stops", 20)
                # The end, twice, and what came before it, after it.
                for task in (late, early[name], late):
                    send(task)
                sent = time.monotonic()
                until(lambda: status_of(daemon, run) == "SUCCEEDED", f"{name} is seen to end", 10)
                check(time.monotonic() - sent < 3, f"{name}: the event tells of the end at once")
                time.sleep(2)
                check(len(daemon.ctl_json("show", run)["launches"]) == 1, "once")
            took = time.monotonic() - begin
            check(took > 5, f"long enough to tell it from asking every two seconds: {took}")
            check(asked() - before <= 1, f"ECS was hardly asked: {asked() - before} times in {took:.0f} s")


def running(task):
    return task if task["lastStatus"] == "RUNNING" else None


def stopped(task):
    return task if task["lastStatus"] == "STOPPED" else None


def waiting_messages(sqs, queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(int(n) for n in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values())


# --- Keeping

def keeping(where):
    old = where / "old"
    old.mkdir()
    fixture = (harness.ROOT / "Tests" / "integration" / "fixtures" / "first-schema.sql").read_text()
    with contextlib.closing(sqlite3.connect(old / "jobd.sqlite")) as database:
        database.executescript(fixture)
    text = file_of(shell("report"), shell("busy", schedule="* * * * * *", overlap="allow"))
    began = time.monotonic()
    with harness.simulator(where, "--auto-create") as simulator:
        at = harness.endpoints(simulator.url)
        with harness.Daemon(where, text, state=old, **at) as daemon:
            days = {slot["day"]: slot["state"] for slot in slots(daemon, "report")}
            was = {"2019-12-31": "FAILED", "2020-01-01": "SUCCEEDED", "2020-01-02": "FAILED"}
            check(days == was, f"what was there is there: {days}")
            shown = daemon.ctl_json("show", slots(daemon, "report")[0]["runs"][0]["id"])
            check(shown["requestedBy"] == "ann" and "code 3" in shown["reason"], f"all of it: {shown}")
            ends(daemon.ctl("list", "--date", "2020-01-02"), DONE, "report", "FAILED", "code 3")
            until(lambda: messages(simulator), "what was owed is sent", 20)

            # A copy, while runs go on.
            until(lambda: len(slots(daemon, "busy")) > 2, "runs go on", 20)
            copy = where / "copy" / "jobd.sqlite"
            copy.parent.mkdir()
            ends(daemon.ctl("backup", str(copy)), DONE)
            check(copy.stat().st_mode & 0o777 == 0o600, "it is for its owner alone")
            check(ends(daemon.ctl("backup", str(copy)), INVALID).stderr, "an existing file is refused")
            ends(daemon.ctl("backup", str(copy), "--force"), DONE)
            check(not list(copy.parent.glob("*.partial")), "nothing else is left")
            with contextlib.closing(sqlite3.connect(copy)) as database:
                check(database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the copy is sound")
                count, = database.execute("SELECT count(*) FROM runs").fetchone()
                check(count >= 4, f"it has the runs: {count}")
            with harness.Daemon(where, file_of(shell("report")), name="copy", state=copy.parent, **at) as other:
                check(len(slots(other, "report")) == 3, "a daemon can go on with it")
            says(daemon.ctl("list").stdout, "report")

            # A minute after the start what is too old goes, but for the latest slot and the latest success.
            check(len(slots(daemon, "report")) == 3 or time.monotonic() > began + 60, "nothing goes at once")
            until(lambda: len(slots(daemon, "report")) < 3, "what is no longer kept is removed", 80, 0.5)
            days = [slot["day"] for slot in slots(daemon, "report")]
            check(days == ["2020-01-02", "2020-01-01"], f"these two stay: {days}")
            check("removed what is no longer kept" in daemon.log.read_text(), "the log says so")
            check(len(slots(daemon, "busy")) > 2, "what is new stays")


# --- Reload

def reload(where):
    def machine(word):
        waits = f"until test -e '{where}/go'; do sleep 0.1; done"
        states = {}
        said = f"echo {word} >> '{where}/said'"
        for name, command, then in (("Wait", waits, {"Next": "Say"}), ("Say", said, {"End": True})):
            container = {"Name": "app", "Command": ["sh", "-c", command]}
            states[name] = {
                "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 60, **then,
                "Parameters": {"TaskDefinition": "steps", "Overrides": {"ContainerOverrides": [container]}}}
        return {"steps": {"stateMachine": {"StartAt": "Wait", "States": states}, "timeout": "5m"}}

    def text(word, *more, **changed):
        return file_of(machine(word), shell("same"), shell("changes", **changed), *more, pools={"door": 1})

    first = text("old", shell("goes", pool="door"), schedule="rate(1 hour)", overlap="queue")
    second = text("new", shell("comes", pool="door"), schedule="rate(2 hours)", pool="door", lateAfter="1h")
    with local(where, first) as daemon:
        run = start(daemon, "run", "steps")
        daemon.jobs.write_text(second.replace('"lateAfter"', '"laterAfter"'))
        ends(daemon.ctl("reload"), INVALID, "laterAfter", "not applied")
        check(set(daemon.rows()) == {"steps", "same", "changes", "goes"}, "a mistake changes nothing")
        daemon.jobs.write_text(second)
        answer = daemon.ctl_json("reload")
        changed = {each["job"]: set(each["parts"]) for each in answer["changed"]}
        wanted = {"steps": {"stateMachine"}, "changes": {"schedule", "overlap", "pool", "lateAfter"}}
        check(changed == wanted, f"what changed, job by job: {changed}")
        wanted = {"added": ["comes"], "removed": ["goes"], "unchanged": ["same"]}
        check({key: answer[key] for key in wanted} == wanted, f"and what else: {answer}")
        (where / "go").touch()
        has_ended(daemon, run, "SUCCEEDED")
        check((where / "said").read_text() == "old\n", "a run goes on with the definition with which it began")
        ends(daemon.ctl("run", "steps", "--wait"), DONE)
        check((where / "said").read_text() == "old\nnew\n", "the next one has the new one")
        daemon.jobs.write_text(first)
        ends(daemon.ctl("reload"), DONE, "~ changes", "lateAfter", "+ goes", "- comes")
        daemon.jobs.write_text(second)
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "comes" in daemon.rows(), "SIGHUP reads it again")


# --- From EventBridge and ECS to a job

def new_user(where):
    with moto(where) as url:
        at, path = harness.endpoints(url), where / "jobs.yaml"
        ecs, sns, sqs = (client(name, url) for name in ("ecs", "sns", "sqs"))
        subnet = existing_task(url)
        topic = sns.create_topic(Name="failures")["TopicArn"]
        queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        path.write_text(existing_job(subnet))
        ends(jobd("check", "-c", path), DONE, "1 job, no mistakes")
        says(ends(jobd("next", "--job", "report", "-c", path), DONE).stdout, "At 03:00 every day")
        says(ends(jobd("iam-policy", "-c", path, **at), DONE).stdout, "ecs:RunTask", "iam:PassRole", "sns:Publish")
        asked = jobd("check", "-c", path, "--aws", **at).stdout
        says(asked, "ok  cluster batch", "ok  task definition report", "ok  topic failures")
        told = []

        def hears(word):
            def heard():
                told.extend(receive(sqs, queue))
                return [each for each in told if each["MESSAGE"] == word]

            return until(heard, f"{word} is told", 30, 0.3)[0]

        with harness.Daemon(where, None, jobs_file=path, **at) as daemon:
            ends(daemon.ctl("run", "report", "--wait"), DONE, "SUCCEEDED")
            # Somebody takes its task definition away.
            ecs.deregister_task_definition(taskDefinition="report:1")
            path.write_text(existing_job(subnet, taskDefinition="reports"))
            ends(jobd("check", "-c", path, "--aws", **at), 1, "!!  task definition reports", "Remedy:")
            ends(daemon.ctl("reload"), DONE, "~ report", "task")
            ends(daemon.ctl("run", "report", "--wait"), FAILED, "FAILED")
            message = hears("FAILED")
            says(message["rerun"], "jobd ctl rerun report --slot")
            says(daemon.ctl("show", "report").stdout, "Latest failure", message["rerun"])
            ecs.register_task_definition(
                family="reports", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
                containerDefinitions=[{"name": "app", "image": "busybox", "essential": True, "memory": 512}])
            ends(daemon.ctl(*message["rerun"].split()[2:], "--wait"), DONE, "SUCCEEDED")
            hears("RECOVERED")
            ends(daemon.ctl("rerun", "report"), REFUSED)
            check(daemon.state_of("report") == "SUCCEEDED", "the day has succeeded")


if __name__ == "__main__":
    harness.main({
        "keeping": keeping, "telling": telling, "waiting": waiting, "by-hand": by_hand, "definitions": definitions,
        "events": events, "logs": logs, "schedules": schedules, "exits": exits, "aws": aws, "reload": reload,
        "new-user": new_user,
    }, at_a_time=4)
