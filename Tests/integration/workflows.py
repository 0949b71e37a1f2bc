"""State machines as workflows, on the built binary: machines that people have in Step Functions, Maps and Parallels
through failures and kills, tasks that wait for their token, JSONata, rehearsals, and a Map of 100,000 items.
"""
import contextlib
import json
import os
import shutil
import subprocess
import time

import boto3
import harness
from harness import ROOT, check, until
from operating import ABSENT, DONE, FAILED, INVALID, REFUSED, ends, start, status_of
from production import file_of, has_ended, jobd, moto, says, slots

REGION = "ap-northeast-1"
RUN_TASK = "arn:aws:states:::ecs:runTask.sync"


def client(service, url, region=REGION):
    return boto3.client(
        service, endpoint_url=url, region_name=region, aws_access_key_id="test", aws_secret_access_key="test"
    )


def events_of(daemon, run):
    return daemon.ctl_json("history", run)["events"]


def names_of(events):
    """The states that were entered, in their order."""
    return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]


def entered(daemon, run):
    return names_of(events_of(daemon, run))


def finish(daemon, *arguments, status=DONE):
    """Waits for the run that a command begins, which must end with this status; all about the run."""
    return json.loads(ends(daemon.ctl(*arguments, "--wait", "--json", timeout=90), status).stdout)


def answer(daemon, verb, token, *more):
    return jobd("ctl", "task", verb, token, *more, "--socket", daemon.socket)


def only(values):
    check(len(values) == 1, f"one is expected, not {len(values)}: {values}")
    return values[0]


# --- The machines of docs/examples/seed

SEED = ROOT / "docs" / "examples" / "seed"


def of_a_job(where):
    """What the image does: it fails as long as a file says so, once it may."""
    return (
        f"echo \"$JOB_ID $JOB_TYPE\" >> '{where}/ran'; test ! -e '{where}/broken-'$JOB_ID && exit 0; "
        f"while test ! -e '{where}/go'; do sleep 0.1; done; exit 3"
    )


def register(url, command):
    client("ecs", url).register_task_definition(
        family="seed-job", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[
            {"name": "app", "image": "busybox", "essential": True, "command": ["sh", "-c", command], "memory": 512}
        ],
    )


def aws_for_seed(url):
    """The table, the topic, and a queue to hear what is published."""
    key = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "date", "KeyType": "RANGE"}]
    types = [{"AttributeName": name["AttributeName"], "AttributeType": "S"} for name in key]
    table = client("dynamodb", url)
    table.create_table(TableName="job-status", BillingMode="PAY_PER_REQUEST", KeySchema=key, AttributeDefinitions=types)
    sns, sqs = client("sns", url), client("sqs", url)
    topic = sns.create_topic(Name="job-failures")["TopicArn"]
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def recorded(day):
        items = table.scan(TableName="job-status")["Items"]
        return {item["id"]["S"]: item["status"]["S"] for item in items if item["date"]["S"] == day}

    def heard(told):
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        told.extend(json.loads(message["Body"]) for message in found)
        return told

    return recorded, heard


def children(daemon):
    """The runs of the child machine, the oldest first, by the job that they were started for."""
    result = {}
    for slot in reversed(slots(daemon, "seed-job")):
        for run in slot["runs"]:
            shown = daemon.ctl_json("show", run["id"])
            result.setdefault(shown["input"]["jobId"], []).append(shown)
    return result


def seed(where):
    jobs = SEED / "seed-workflow.yaml"
    ends(jobd("check", "-c", jobs), DONE, "no mistakes")
    for name in ("seed-machine", "seed-parent"):
        ends(jobd("machine", "validate", SEED / f"{name}.asl.json"), DONE)
    with moto(where) as aws, harness.simulator(where, "--cluster", "batch", "--region", REGION) as ecs:
        recorded, heard = aws_for_seed(aws)
        register(ecs.url, of_a_job(where))
        at = {"AWS_ENDPOINT_URL": ecs.url, "AWS_ENDPOINT_URL_DYNAMODB": aws, "AWS_ENDPOINT_URL_SNS": aws}
        with harness.Daemon(where, None, jobs_file=jobs, **at) as daemon:
            again = once_a_day(where, daemon, ecs, recorded)
            a_failure(where, daemon, recorded, heard)
            check(not again["launches"][0].get("error"), "the first day is as it was")


def once_a_day(where, daemon, ecs, recorded):
    three = ["import-orders", "import-stock", "daily-report"]
    night = finish(daemon, "run", "seed-night")
    day = night["scheduledAt"][:10]
    check(night["input"]["invokeDate"] == night["scheduledAt"], f"the time is filled in: {night['input']}")
    check(recorded(day) == dict.fromkeys(three, "SUCCEEDED"), f"the table of {day}: {recorded(day)}")
    ran = (where / "ran").read_text().splitlines()
    check(ran[2] == "daily-report report", f"the report comes last: {ran}")
    check(sorted(ran[:2]) == ["import-orders import", "import-stock import"], f"each knows what it is: {ran}")
    check(len(harness.started_tasks(ecs.url)) == 3, "three tasks")
    for child in (only(runs) for runs in children(daemon).values()):
        way = ["TakeDate", "GetStatus", "HasSucceeded", "RunTask", "PutSucceeded"]
        check(entered(daemon, child["id"]) == way, f"a child's way: {entered(daemon, child['id'])}")
        check(child["trigger"] == "EXECUTION", f"a child is started by its parent: {child['trigger']}")
        says(ends(daemon.ctl("show", child["id"]), DONE).stdout, night["id"], "SUCCEEDED")
        says(ends(daemon.ctl("show", night["id"]), DONE).stdout, child["id"])
        says(ends(daemon.ctl("history", child["id"]), DONE).stdout, "dynamodb:getItem", "ecs:runTask.sync")
    way = entered(daemon, night["id"])
    check([way[0], *sorted(way[1:3]), *way[3:]] == ["Import", "Orders", "Stock", "Report"], f"the parent's way: {way}")
    says(ends(daemon.ctl("history", night["id"]), DONE).stdout, "states:startExecution.sync", "Orders", "Report (Task)")

    again = finish(daemon, "run", "seed-night", "--input", json.dumps({"invokeDate": night["input"]["invokeDate"]}))
    check(len(harness.started_tasks(ecs.url)) == 3, "the second time of a day nothing runs")
    for name, runs in children(daemon).items():
        check(len(runs) == 2 and runs[-1]["status"] == "SUCCEEDED", f"each child ran again: {name}")
        way = entered(daemon, runs[-1]["id"])
        check(way == ["TakeDate", "GetStatus", "HasSucceeded", "NothingToDo"], f"and had nothing to do: {way}")
    return again


def a_failure(where, daemon, recorded, heard):
    day, told = "2026-02-03", []
    (where / "broken-import-stock").touch()
    before = {name: len(runs) for name, runs in children(daemon).items()}
    night = start(daemon, "run", "seed-night", "--input", json.dumps({"invokeDate": f"{day}T18:00:00Z"}))

    def of_this_night(name):
        return children(daemon)[name][before[name]:]

    until(lambda: any(run["status"] == "SUCCEEDED" for run in of_this_night("import-orders")), "the orders are there")
    (where / "go").touch()
    failed = has_ended(daemon, night, "FAILED")
    check(failed["error"] == "States.TaskFailed", f"the parent's error: {failed['error']}")
    child = only(of_this_night("import-stock"))
    check(child["status"] == "FAILED" and child["error"] == "JobFailed", f"the child: {child}")
    says(failed["cause"], "JobFailed", child["id"], "FAILED")
    way = entered(daemon, child["id"])[3:]
    check(way == ["RunTask", "PutFailed", "Notify", "Failed"], f"its way: {way}")
    wanted = {"import-orders": "SUCCEEDED", "import-stock": "FAILED"}
    check(recorded(day) == wanted, f"the table: {recorded(day)}")
    until(lambda: {message["JOBID"] for message in heard(told)} >= {"import-stock", "seed-night"}, "SNS tells", 30, 0.2)
    message = only([message for message in told if message["JOBID"] == "import-stock"])
    check(message == {"JOBID": "import-stock", "MESSAGE": "FAILED"}, f"the machine's own message: {message}")
    message = only([message for message in told if message["JOBID"] == "seed-night"])
    says(message["rerun"], "jobd ctl rerun seed-night")
    says(ends(daemon.ctl("history", child["id"], "--errors"), DONE).stdout, "JobFailed")
    says(ends(daemon.ctl("history", night, "--errors"), DONE).stdout, "States.TaskFailed")
    check(not of_this_night("daily-report"), "there is no report without stock")

    (where / "broken-import-stock").unlink()
    ran = len((where / "ran").read_text().splitlines())
    rerun = finish(daemon, "rerun", "seed-night", "--from-failed")
    ran = (where / "ran").read_text().splitlines()[ran:]
    check(ran == ["import-stock import", "daily-report report"], f"what the rerun runs: {ran}")
    counts = {name: len(of_this_night(name)) for name in before}
    check(counts == {"import-orders": 1, "import-stock": 2, "daily-report": 1}, f"what succeeded is kept: {counts}")
    check(set(recorded(day).values()) == {"SUCCEEDED"} and len(recorded(day)) == 3, f"the table: {recorded(day)}")
    types = [event["type"] for event in events_of(daemon, rerun["id"])]
    check("ExecutionRedriven" in types and types[-1] == "ExecutionSucceeded", f"a redrive: {types}")


# --- Maps and Parallels of tasks

def container(where, name, script):
    """A Task state: it notes that it began, waits until it may end, and does what the script says."""
    script = (
        f"cd '{where}'; echo . >> began-$ITEM; while test ! -e go && test ! -e go-$ITEM; do sleep 0.1; done; {script}"
    )
    override = {"Name": "app", "Command": ["sh", "-c", script], "Environment": [{"Name": "ITEM", **name}]}
    return {
        "Type": "Task", "Resource": RUN_TASK, "TimeoutSeconds": 300, "End": True,
        "Parameters": {
            "Cluster": "batch", "TaskDefinition": "item", "Overrides": {"ContainerOverrides": [override]},
        },
    }


def spread(where, concurrency, script="true"):
    """Each item by a task of its own, then two tasks side by side."""
    item = container(where, {"Value.$": "$.item"}, script)
    item |= {"ResultSelector": {"code.$": "$.Containers[0].ExitCode"}, "ResultPath": "$.result"}
    branches = [
        {"StartAt": by, "States": {by: container(where, {"Value": by}, "true") | {"ResultSelector": {"by": by}}}}
        for by in ("left", "right")
    ]
    return {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": concurrency,
                "ItemSelector": {"item.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
                "ItemProcessor": {"StartAt": "Item", "States": {"Item": item}}, "ResultPath": "$.each", "Next": "Both",
            },
            "Both": {"Type": "Parallel", "Branches": branches, "ResultPath": "$.both", "End": True},
        },
    }


def spread_file(where, items, concurrency, script="true"):
    machine = spread(where, concurrency, script)
    return file_of({"spread": {"timeout": "5m", "input": {"items": items}, "stateMachine": machine}})


def began(where):
    """How often each item's task began."""
    return {path.name[6:]: len(path.read_text().splitlines()) for path in where.glob("began-*")}


def at_once(tasks):
    """The most tasks that there were at any time."""
    return max(sum(one["created"] <= other["created"] < one["stopped"] for one in tasks) for other in tasks)


@contextlib.contextmanager
def spreading(where, items, concurrency, script="true"):
    with harness.simulator(where, "--auto-create") as simulator:
        text = spread_file(where, items, concurrency, script)
        with harness.Daemon(where, text, **harness.endpoints(simulator.url)) as daemon:
            yield simulator, daemon


def map_parallel(where):
    items = ["a", "b", "c", "d"]
    with spreading(where, items, 2) as (simulator, daemon):
        run = start(daemon, "run", "spread")
        until(lambda: set(began(where)) == {"a", "b"}, "two items begin")
        (where / "go-b").touch()
        until(lambda: "c" in began(where), "the next one takes the place")
        check("d" not in began(where), "there are never more than two")
        (where / "go").touch()
        output = has_ended(daemon, run, "SUCCEEDED")["output"]
        each = [{"item": item, "index": index, "result": {"code": 0}} for index, item in enumerate(items)]
        check(output["each"] == each, f"in the order of the items: {output['each']}")
        check(output["both"] == [{"by": "left"}, {"by": "right"}], f"of both branches: {output['both']}")
        tasks = harness.started_tasks(simulator.url)
        check(len(tasks) == 6 and at_once(tasks) == 2, f"two at a time: {tasks}")
        shown = ends(daemon.ctl("history", run), DONE).stdout
        says(shown, "Each (Map)", "#3", "Both (Parallel)", "left", "right")


def redrive(where):
    with spreading(where, ["a", "b", "c", "d"], 2, "test $ITEM != b") as (simulator, daemon):
        run = start(daemon, "run", "spread")
        (where / "go-a").touch()
        until(lambda: "c" in began(where), "the first item is done")
        (where / "go-b").touch()
        failed = has_ended(daemon, run, "FAILED")
        check(failed["error"] == "States.TaskFailed", f"an iteration failed: {failed['error']}")
        check(began(where) == {"a": 1, "b": 1, "c": 1}, f"the last one does not begin: {began(where)}")
        tasks = harness.started_tasks(simulator.url)
        check(all(task["stopped"] for task in tasks), f"what went on was stopped: {tasks}")
        statuses = sorted(launch["status"] for launch in failed["launches"])
        check(statuses.count("FAILED") == 1 and statuses.count("SUCCEEDED") == 1, f"the launches: {statuses}")

        (where / "go").touch()
        daemon.jobs.write_text(spread_file(where, ["none"], 3, "echo mended > mended-$ITEM"))
        ends(daemon.ctl("reload"), DONE, "~ spread")
        rerun = finish(daemon, "rerun", "spread", "--from-failed")
        wanted = {"a": 1, "b": 2, "c": 2, "d": 1, "left": 1, "right": 1}
        check(began(where) == wanted, f"only what is missing runs: {began(where)}")
        check({path.name for path in where.glob("mended-*")} == {"mended-b", "mended-c", "mended-d"}, "as it is now")
        got = [each["item"] for each in rerun["output"]["each"]]
        check(got == ["a", "b", "c", "d"], f"the items are the failed run's: {got}")
        check(len(harness.started_tasks(simulator.url)) == 8, "eight tasks in all")


def stop(where):
    with spreading(where, ["a", "b", "c", "d"], 3) as (simulator, daemon):
        run = start(daemon, "run", "spread")
        until(lambda: len(began(where)) == 3, "three items begin")
        ends(daemon.ctl("stop", run, "--reason", "enough"), DONE)
        stopped = has_ended(daemon, run, "ABORTED")
        says(stopped["reason"], "enough")
        tasks = harness.started_tasks(simulator.url)
        check(len(tasks) == 3 and all(task["stopped"] for task in tasks), f"all of its tasks are stopped: {tasks}")
        (where / "go").touch()
        rerun = finish(daemon, "rerun", "spread", "--from-failed")
        check(len(rerun["output"]["each"]) == 4, "it goes on from there")


def killed(where):
    items = [f"item-{number}" for number in range(6)]
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(harness.simulator(where, "--auto-create"))

        def serve(text=None):
            return stack.enter_context(harness.Daemon(where, text, "--lease", "2", **harness.endpoints(simulator.url)))

        daemon = serve(spread_file(where, items, 3))
        run = start(daemon, "run", "spread")
        until(lambda: len(began(where)) == 3, "three items are under way")
        # A task that ends while nobody looks, and two kills right after the next iteration has begun.
        (where / "go-item-0").touch()
        daemon.kill()
        daemon = serve()
        until(lambda: len(began(where)) == 4, "its end is found")
        for number in (1, 2):
            (where / f"go-item-{number}").touch()
            until(lambda: len(began(where)) == 4 + number, "the next one begins")
            daemon.kill()
            daemon = serve()
        (where / "go").touch()
        ended = has_ended(daemon, run, "SUCCEEDED")
        check([each["item"] for each in ended["output"]["each"]] == items, f"every item: {ended['output']}")
        check(began(where) == dict.fromkeys([*items, "left", "right"], 1), f"each began once: {began(where)}")
        tasks = harness.started_tasks(simulator.url)
        check(len(tasks) == 8 and len({task["startedBy"] for task in tasks}) == 8, f"eight tasks: {len(tasks)}")
        check(at_once(tasks) <= 3, f"at most three at a time: {at_once(tasks)}")


# --- Tasks that wait for their token

def waits(queue, **more):
    return {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {
                    "QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token", "job.$": "$$.Jobd.Job"},
                },
                "TimeoutSeconds": 300, "ResultPath": "$.answer",
                "Catch": [{"ErrorEquals": ["Import.NoFile"], "ResultPath": "$.error", "Next": "Nothing"}],
                "End": True, **more,
            },
            "Nothing": {"Type": "Pass", "End": True},
        },
    }


@contextlib.contextmanager
def worker(where):
    """moto, a queue, and how a worker takes the next token out of it."""
    with moto(where) as url:
        sqs = client("sqs", url, "us-east-1")
        queue = sqs.create_queue(QueueName="work")["QueueUrl"]

        def token():
            message = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "a message", 30, 0.1)[0]
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return json.loads(message["Body"])["token"]

        yield harness.endpoints(url), queue, token


def keeps_secret(where, daemon, runs, tokens):
    for run in runs:
        for command in (["show"], ["history", "--full"], ["show", "--json"], ["history", "--json"], ["definition"]):
            said = ends(daemon.ctl(command[0], run, *command[1:]), DONE).stdout
            check(not any(token in said for token in tokens), f"{command} of {run} shows a token")
            if command[0] == "history":
                says(said, "jobd-task-…")
    logs = "".join(log.read_text() for log in where.glob("jobd*.log"))
    check("the run is over" in logs and not any(token in logs for token in tokens), "the log shows a token")


def tokens(where):
    with contextlib.ExitStack() as stack:
        at, queue, token = stack.enter_context(worker(where))
        text = file_of({"asks": {"timeout": "10m", "stateMachine": waits(queue)}})
        daemon = stack.enter_context(harness.Daemon(where, text, "--lease", "2", **at))
        first = start(daemon, "run", "asks")
        one = token()
        ends(answer(daemon, "heartbeat", one), DONE)
        wrong = one[:-1] + ("A" if one[-1] != "A" else "B")
        for verb, more in (("succeed", []), ("heartbeat", []), ("fail", ["--error", "Wrong"])):
            said = ends(answer(daemon, verb, wrong, *more), INVALID, "InvalidToken")
            check(wrong not in said.stdout + said.stderr, "a wrong token is not repeated")
        check(status_of(daemon, first) == "RUNNING", "it still waits")
        daemon.kill()
        ends(answer(daemon, "succeed", one), ABSENT)
        daemon = stack.enter_context(harness.Daemon(where, None, "--lease", "2", **at))
        ends(answer(daemon, "succeed", one, "--output", '{"rows": 12}'), DONE)
        done = has_ended(daemon, first, "SUCCEEDED")
        check(done["output"]["answer"] == {"rows": 12}, f"the answer is its result: {done['output']}")
        ends(answer(daemon, "succeed", one), REFUSED, "TaskTimedOut")
        second = start(daemon, "run", "asks")
        two = token()
        ends(answer(daemon, "fail", two, "--error", "Import.NoFile", "--cause", "nothing has come"), DONE)
        error = has_ended(daemon, second, "SUCCEEDED")["output"]["error"]
        check(error == {"Error": "Import.NoFile", "Cause": "nothing has come"}, f"it is caught: {error}")
        third = start(daemon, "run", "asks")
        three = token()
        ends(answer(daemon, "fail", three), DONE)
        failed = has_ended(daemon, third, "FAILED")
        check(failed["error"] == "States.TaskFailed", f"a failure without a name: {failed['error']}")
        keeps_secret(where, daemon, [first, second, third], [one, two, three])


def unanswered(where):
    """Where nobody answers: the message is sent, nothing is left that could be stopped, and the run ends at once."""
    with worker(where) as (at, queue, token):
        jobs = {
            "silent": waits(queue, HeartbeatSeconds=1), "late": waits(queue, TimeoutSeconds=1), "stopped": waits(queue),
        }
        text = file_of(*({name: {"timeout": "10m", "stateMachine": machine}} for name, machine in jobs.items()))
        with harness.Daemon(where, text, **at) as daemon:
            runs = {name: start(daemon, "run", name) for name in jobs}
            given = [token() for _ in jobs]
            ends(daemon.ctl("stop", runs["stopped"]), DONE)
            for name, status in (("silent", "FAILED"), ("late", "FAILED"), ("stopped", "ABORTED")):
                until(lambda: status_of(daemon, runs[name]) != "RUNNING", f"{name} ends", 15)
                ended = has_ended(daemon, runs[name], status)
                if status == "FAILED":
                    check(ended["error"] == "States.Timeout", f"{name}: {ended['error']}")
            for each in given:
                ends(answer(daemon, "heartbeat", each), REFUSED, "TaskTimedOut")
            keeps_secret(where, daemon, runs.values(), given)


# --- JSONata

JSONATA = {
    "QueryLanguage": "JSONata",
    "StartAt": "Total",
    "States": {
        "Total": {
            "Type": "Pass",
            "Assign": {"total": "{% $sum($states.input.orders.amount) %}", "limit": "{% $states.input.limit %}"},
            "Next": "Each",
        },
        "Each": {
            "Type": "Map", "Items": "{% $states.input.orders %}", "MaxConcurrency": 2,
            "ItemSelector": {
                "order": "{% $states.context.Map.Item.Value %}", "number": "{% $states.context.Map.Item.Index + 1 %}",
            },
            "ItemProcessor": {
                "StartAt": "Size",
                "States": {
                    "Size": {
                        "Type": "Choice",
                        "Choices": [{
                            "Condition": "{% $states.input.order.amount >= $limit %}", "Next": "Large",
                            "Assign": {"kind": "large"},
                        }],
                        "Assign": {"kind": "small"}, "Default": "Small",
                    },
                    "Large": {
                        "Type": "Pass", "End": True,
                        "Output": {"id": "{% $states.input.order.id %}", "kind": "{% $kind %}",
                                   "share": "{% $round($states.input.order.amount / $total, 2) %}"},
                    },
                    "Small": {
                        "Type": "Pass", "Output": "{% $kind & ' ' & $string($states.input.number) %}", "End": True,
                    },
                },
            },
            "Assign": {"results": "{% $states.result %}", "large": "{% $count($states.result[kind = 'large']) %}"},
            "Next": "Any",
        },
        "Any": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $large > 0 %}", "Next": "Tell"}],
            "Default": "None",
        },
        "Tell": {
            "Type": "Task", "Resource": "local:run",
            "Arguments": {"Command": ["sh", "-c", "cat"], "Input": {"large": "{% $large %}", "total": "{% $total %}"}},
            "TimeoutSeconds": 60,
            "Output": {
                "results": "{% $results %}", "told": "{% $states.result.Output %}", "job": "{% $states.context.Jobd.Job %}",
            },
            "End": True,
        },
        "None": {"Type": "Fail", "Error": "Orders.None", "Cause": "{% 'no order reaches ' & $string($limit) %}"},
    },
}


def jsonata(where):
    orders = [{"id": "x", "amount": 30}, {"id": "y", "amount": 5}, {"id": "z", "amount": 65}]
    jobs = {"orders": {"timeout": "1m", "input": {"orders": orders, "limit": 30}, "stateMachine": JSONATA}}
    with harness.Daemon(where, file_of(jobs, localCommands=True), "--local") as daemon:
        output = finish(daemon, "run", "orders")["output"]
        results = [{"id": "x", "kind": "large", "share": 0.3}, "small 2", {"id": "z", "kind": "large", "share": 0.65}]
        wanted = {"results": results, "told": {"large": 2, "total": 100}, "job": "orders"}
        check(output == wanted, f"the output: {output}")
        failed = finish(daemon, "run", "orders", "--input", json.dumps({"orders": orders, "limit": 100}), status=FAILED)
        said = (failed["error"], failed["cause"])
        check(said == ("Orders.None", "no order reaches 100"), f"the machine's own error: {said}")
        wrong = json.dumps({"orders": [{"amount": "many"}], "limit": 1})
        failed = finish(daemon, "run", "orders", "--input", wrong, status=FAILED)
        check(failed["error"] == "States.QueryEvaluationError", f"an expression that fails: {failed['error']}")
        says(failed["cause"], "Total", "$sum")


# --- Without a daemon

def rehearsal(where):
    machine, parent = SEED / "seed-machine.asl.json", SEED / "seed-parent.asl.json"
    mock = where / "mock.json"

    def rehearse(answers, status=DONE, file=machine, *more, **data):
        mock.write_text(json.dumps(answers))
        data = json.dumps({"invokeDate": "2026-11-21T03:00:00Z", "jobId": "one", "jobType": "daily", **data})
        ended = ends(jobd("machine", "run", file, "--mock", mock, "--input", data, "--history", *more), status)
        ended = json.loads(ended.stdout)
        return ended, names_of(ended["history"])

    empty, stopped = {"Return": {}}, {"Containers": [{"Name": "app", "ExitCode": 0}]}
    answers = {"GetStatus": empty, "RunTask": {"Return": stopped}, "PutSucceeded": empty}
    ended, names = rehearse(answers)
    check(names[-2:] == ["RunTask", "PutSucceeded"], f"it runs: {names}")
    check(ended["output"]["task"] == stopped, f"the task's result: {ended['output']}")
    ended, names = rehearse({"GetStatus": {"Return": {"Item": {"status": {"S": "SUCCEEDED"}}}}})
    check(names[-1] == "NothingToDo", f"it has nothing to do: {names}")
    thrown = {"Throw": {"Error": "ECS.CapacityUnavailable", "Cause": "none left"}}
    ended, names = rehearse({"GetStatus": empty, "RunTask": thrown, "PutFailed": empty, "Notify": empty}, FAILED)
    check(names[-3:] == ["PutFailed", "Notify", "Failed"] and ended["error"] == "JobFailed", f"it fails: {names}")
    ended, _ = rehearse({"GetStatus": empty}, FAILED)
    check(ended["error"] == "States.Runtime", f"a state without an answer: {ended['error']}")
    mock.write_text(json.dumps({"RunTasks": empty, "TakeDate": empty}))
    ends(jobd("machine", "run", machine, "--mock", mock), INVALID, "RunTasks", "TakeDate", "mock.json:1")

    # The parent with its child in one process, and without it.
    child = ["--state-machine", f"seed-job={machine}"]
    answers = {name: {"Return": {"Status": "SUCCEEDED"}} for name in ("Orders", "Stock", "Report")}
    _, names = rehearse(answers, DONE, parent)
    check(names[0] == "Import" and names[-1] == "Report", f"children that a file answers for: {names}")
    table = ends(jobd("machine", "run", parent, *child, "--input", '{"invokeDate": "x"}', **NOWHERE), FAILED).stdout
    says(table, "States.TaskFailed")
    waiting = where / "waiting.asl.json"
    waiting.write_text(json.dumps(WAITING))
    begin = time.monotonic()
    small = where / "small.asl.json"
    small.write_text(json.dumps({"StartAt": "Add", "States": {"Add": {
        "Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.a, $.b)"}, "End": True}}}))
    said = jobd("machine", "run", waiting, "--skip-waits", "--history", "--state-machine", f"small={small}")
    ended = json.loads(ends(said, DONE).stdout)
    check(time.monotonic() - begin < 30, "an hour is skipped")
    check(ended["output"] == {"child": {"sum": 3}}, f"what the child gives: {ended['output']}")
    times = [harness.seconds(event["timestamp"]) for event in ended["history"]]
    check(times[-1] - times[0] >= 3600, f"the history has the hour: {times[-1] - times[0]}")
    ends(jobd("machine", "run", waiting, "--skip-waits"), FAILED, "StateMachineDoesNotExist")
    drawing(where, machine, parent)
    mistakes(where)


NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
WAITING = {
    "StartAt": "Hour",
    "States": {
        "Hour": {"Type": "Wait", "Seconds": 3600, "Next": "Child"},
        "Child": {
            "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSeconds": 60,
            "Parameters": {"StateMachineArn": "small", "Input": {"a": 1, "b": 2}},
            "ResultSelector": {"child.$": "$.Output"}, "End": True,
        },
    },
}


def drawing(where, machine, parent):
    text = ends(jobd("machine", "render", machine), DONE).stdout
    check(text.startswith("flowchart TD\n"), f"a Mermaid flowchart: {text[:40]}")
    says(text, "RunTask<br/>Task: ecs:runTask.sync", "dynamodb:putItem", "catch States.ALL")
    says(ends(jobd("machine", "render", parent), DONE).stdout, "subgraph", "Orders", "Stock")
    for each in (machine, parent):
        text = ends(jobd("machine", "render", each, "--format", "dot"), DONE).stdout
        says(text, "digraph")
        if shutil.which("dot"):
            drawn = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, timeout=60)
            check(drawn.returncode == 0 and "<svg" in drawn.stdout, f"Graphviz takes it: {drawn.stderr}")
    mock, history = where / "mock.json", where / "history.json"
    mock.write_text(json.dumps({"GetStatus": {"Return": {"Item": {"status": {"S": "SUCCEEDED"}}}}}))
    data = '{"invokeDate": "2026-11-21T03:00:00Z", "jobId": "one", "jobType": "daily"}'
    history.write_text(jobd("machine", "run", machine, "--mock", mock, "--input", data, "--history").stdout)
    text = ends(jobd("machine", "render", machine, "--history", history), DONE).stdout
    says(text, "succeeded", "not reached")


def mistakes(where):
    definition = json.loads((SEED / "seed-machine.asl.json").read_text())
    states = definition["States"]
    states["HasSucceeded"]["Default"] = "RunTasks"
    states["RunTask"]["TimeoutSeconds"] = "3600"
    states["GetStatus"]["Parameters"]["Key"]["id"] = {"S.$": "$.["}
    states["Orphan"] = {"Type": "Succeed"}
    states["PutFailed"]["Retries"] = []
    file = where / "mistakes.asl.json"
    file.write_text(json.dumps(definition, indent=2))
    said = ends(jobd("machine", "validate", file), INVALID).stdout
    for place in (
        "/States/HasSucceeded/Default", "/States/RunTask/TimeoutSeconds", "/States/GetStatus/Parameters/Key/id/S.$",
        "/States/Orphan", "/States/PutFailed/Retries",
    ):
        line = only([line for line in said.splitlines() if line.endswith(f" at {place}")])
        number = int(line.split(":")[1])
        written = file.read_text().splitlines()[number - 1]
        check(f'"{place.split("/")[-1]}"' in written, f"the line of {place}: {number} {written}")
    says(said, "RunTask", "MISSING_TRANSITION_TARGET", "SCHEMA_VALIDATION_FAILED")
    listed = json.loads(ends(jobd("machine", "validate", file, "--json"), INVALID).stdout)
    check(len(listed) == len(said.splitlines()), f"the same as a list: {listed}")
    ends(jobd("machine", "render", file), INVALID, "/States/Orphan")
    ends(jobd("machine", "run", file), INVALID, "/States/Orphan")


# --- 100,000 items

ITEMS = 100_000


def count_of(number):
    return {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 40,
                "ItemProcessor": {
                    "StartAt": "Add",
                    "States": {"Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($, 1)"}, "End": True}},
                },
                "ResultSelector": {"count.$": "States.ArrayLength($)", "last.$": f"$[{number - 1}].n"}, "End": True,
            },
        },
    }


def resident(where, number):
    """Runs a Map of so many items; the process's peak of resident memory in MiB, and the seconds that it took."""
    machine, data, said = where / "map.asl.json", where / "items.json", where / f"{number}.json"
    machine.write_text(json.dumps(count_of(number)))
    data.write_text(json.dumps({"items": list(range(number))}))
    command = [harness.JOBD, "machine", "run", str(machine), "--input", f"@{data}", "--limits", "large"]
    begin = time.monotonic()
    with harness.Process(command, said) as process:
        _, status, usage = os.wait4(process.process.pid, 0)
        process.process.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - begin
        check(process.process.returncode == 0, f"it succeeds: {process.tail()}")
    ended = json.loads(said.read_text())
    check(ended["output"] == {"count": number, "last": number}, f"every item has its turn: {ended}")
    return usage.ru_maxrss / 1024, took


def large(where):
    """Memory must grow by items alone and not by events: the history of this run would be 400,000 of them."""
    base, _ = resident(where, 1)
    peak, took = resident(where, ITEMS)
    # Of each iteration: it started, its state was entered and left, it succeeded.
    transitions = 4 * ITEMS
    each = (peak - base) * 1024 * 1024 / ITEMS
    print(
        f"a Map of {ITEMS} items: {took:.1f} s, {took / transitions * 1e6:.0f} µs a transition; {peak:.0f} MiB at its "
        f"peak, {base:.0f} MiB for one item, {each:.0f} bytes an item", flush=True,
    )
    # An item, its result and its place in the list are three values; 1 KiB holds them with room to spare, and not four
    # events with their details, which are 250 bytes each and more.
    check(each < 1024, f"memory for each item: {each:.0f} bytes")


if __name__ == "__main__":
    harness.main({
        "large": large, "seed": seed, "killed": killed, "redrive": redrive, "map-parallel": map_parallel, "stop": stop,
        "tokens": tokens, "unanswered": unanswered, "jsonata": jsonata, "rehearsal": rehearsal,
    }, at_a_time=3)
