#!/usr/bin/env python3
"""boto3 and the aws command line as clients of the ECS simulator.

Usage: boto3_simulator.py PATH-OF-JOBD [ARGUMENTS…]

Starts `jobd simulate`, drives it, and prints a line `ok …` for each thing that holds; ends with 1 at the
first that does not. boto3's own parser has to accept every answer.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config

CLUSTER = "batch"
SHELL = ["/bin/sh", "-c"]
QUICK = {"Delay": 1, "MaxAttempts": 30}


def ok(text):
    print(f"ok {text}", flush=True)


def check(condition, text):
    if not condition:
        print(f"not ok {text}", flush=True)
        raise SystemExit(1)
    ok(text)


def refused(code, text, call, **arguments):
    """The call must fail with this error name; the error's response is returned."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        check(error.response["Error"]["Code"] == code, f"{code}: {text}: {error.response['Error'].get('Message')}")
        return error.response
    check(False, f"{code} was expected: {text}")


class Simulator:
    def __init__(self, command, folder, *arguments):
        self.log = pathlib.Path(folder) / "tasks.jsonl"
        self.process = subprocess.Popen(
            [*command, "simulate", "--log", str(self.log), *arguments], stdout=subprocess.PIPE, text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("AWS_")})
        words = self.process.stdout.readline().split()
        self.variables = dict(word.split("=", 1) for word in words[1:])
        self.endpoint = self.variables["AWS_ENDPOINT_URL"]

    def client(self, service, **overrides):
        arguments = {
            "endpoint_url": self.endpoint, "region_name": self.variables["AWS_REGION"],
            "aws_access_key_id": self.variables["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self.variables["AWS_SECRET_ACCESS_KEY"],
            "config": Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20),
        }
        return boto3.client(service, **(arguments | overrides))

    def control(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_simulator/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def faults(self, *rules):
        self.control("faults", {"rules": list(rules)})

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def register(ecs, family, command, **container):
    return ecs.register_task_definition(
        family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        containerDefinitions=[{"name": "app", "image": "busybox", "command": command, **container}],
    )["taskDefinition"]


def run(ecs, family, **arguments):
    return ecs.run_task(**({
        "cluster": CLUSTER, "taskDefinition": family, "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a"]}}} | arguments))


def wait(ecs, waiter, *arns):
    ecs.get_waiter(waiter).wait(cluster=CLUSTER, tasks=list(arns), WaiterConfig=QUICK)
    return [ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0] for arn in arns]


def definitions(ecs):
    check(ecs.create_cluster(clusterName=CLUSTER)["cluster"]["status"] == "ACTIVE", "create_cluster")
    check(len(ecs.list_clusters()["clusterArns"]) == 1, "list_clusters")
    described = ecs.describe_clusters(clusters=[CLUSTER, "other"])
    check(described["failures"][0]["reason"] == "MISSING", "describe_clusters names what is missing")
    first = register(ecs, "report", [*SHELL, "echo $GREETING; exit 3"])
    second = register(ecs, "report", [*SHELL, "echo $GREETING; exit 0"],
                      environment=[{"name": "GREETING", "value": "hello"}])
    check((first["revision"], second["revision"]) == (1, 2), "register_task_definition counts revisions")
    latest = ecs.describe_task_definition(taskDefinition="report")["taskDefinition"]
    check(latest["taskDefinitionArn"] == second["taskDefinitionArn"], "a family is its latest revision")
    check(len(ecs.list_task_definitions(familyPrefix="report")["taskDefinitionArns"]) == 2, "list_task_definitions")
    register(ecs, "gone", ["true"])
    ecs.deregister_task_definition(taskDefinition="gone:1")
    refused("ClientException", "an inactive family", run, ecs=ecs, family="gone")


def life(simulator, ecs):
    answer = run(ecs, "report", startedBy="jobd/one", tags=[{"key": "job", "value": "report"}], overrides={
        "containerOverrides": [{"name": "app", "environment": [{"name": "GREETING", "value": "good day"}]}]})
    task = answer["tasks"][0]
    check(task["lastStatus"] == "PROVISIONING" and not answer["failures"], "run_task")
    stopped, = wait(ecs, "tasks_stopped", task["taskArn"])
    container = stopped["containers"][0]
    check(container["exitCode"] == 0 and stopped["stopCode"] == "EssentialContainerExited", "a task runs and stops")
    times = [stopped[key] for key in (
        "createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "stoppingAt", "executionStoppedAt", "stoppedAt")]
    check(times[:4] == sorted(times[:4]) and times[3] <= times[6], "its times are in order")
    check(stopped["group"] == "family:report" and stopped["startedBy"] == "jobd/one", "group and startedBy")
    logs = simulator.control(f"logs?task={task['taskArn']}")["logs"]
    check(logs == {"app": "good day\n"}, "its output, with the environment of the overrides")
    failed = run(ecs, "report:1")["tasks"][0]["taskArn"]
    check(wait(ecs, "tasks_stopped", failed)[0]["containers"][0]["exitCode"] == 3, "a real exit code")
    broken = run(ecs, "report", overrides={"containerOverrides": [{"name": "app", "command": ["/no/such/file"]}]})
    stopped, = wait(ecs, "tasks_stopped", broken["tasks"][0]["taskArn"])
    check(stopped["stopCode"] == "TaskFailedToStart" and "exitCode" not in stopped["containers"][0],
          f"a command that is not there: {stopped['stoppedReason']}")


def stopping(ecs):
    register(ecs, "sleeper", [*SHELL, "sleep 600 & wait"], stopTimeout=2)
    register(ecs, "stubborn", [*SHELL, "trap '' TERM; sleep 600 & while true; do wait; done"], stopTimeout=1)
    arns = [run(ecs, family, startedBy="jobd/stop")["tasks"][0]["taskArn"] for family in ("sleeper", "stubborn")]
    check(all(t["lastStatus"] == "RUNNING" for t in wait(ecs, "tasks_running", *arns)), "waiter tasks_running")
    listed = ecs.list_tasks(cluster=CLUSTER, startedBy="jobd/stop")["taskArns"]
    check(sorted(listed) == sorted(arns), "list_tasks by startedBy")
    for arn in arns:
        answer = ecs.stop_task(cluster=CLUSTER, task=arn, reason="enough")["task"]
        check(answer["desiredStatus"] == "STOPPED" and answer["stoppedReason"] == "enough", "stop_task")
    codes = [t["containers"][0]["exitCode"] for t in wait(ecs, "tasks_stopped", *arns)]
    check(codes == [143, 137], f"SIGTERM, then SIGKILL: {codes}")
    check(not ecs.list_tasks(cluster=CLUSTER, startedBy="jobd/stop")["taskArns"], "list_tasks no longer lists them")
    listed = ecs.list_tasks(cluster=CLUSTER, startedBy="jobd/stop", desiredStatus="STOPPED")["taskArns"]
    check(sorted(listed) == sorted(arns), "list_tasks by desiredStatus STOPPED")


def errors(simulator, ecs):
    refused("ClusterNotFoundException", "cluster", run, ecs=ecs, family="report", cluster="nowhere")
    refused("ClientException", "task definition", run, ecs=ecs, family="nothing")
    refused("InvalidParameterException", "no network", run, ecs=ecs, family="report", networkConfiguration={})
    refused("InvalidParameterException", "launch type and strategy", run, ecs=ecs, family="report",
            capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT"}])
    refused("InvalidParameterException", "unknown container", run, ecs=ecs, family="report",
            overrides={"containerOverrides": [{"name": "other", "command": ["true"]}]})
    refused("InvalidParameterException", "long overrides", run, ecs=ecs, family="report",
            overrides={"containerOverrides": [{"name": "app", "command": ["x" * 9000]}]})
    refused("InvalidParameterException", "too many", ecs.describe_tasks, cluster=CLUSTER, tasks=["0" * 32] * 101)
    refused("InvalidParameterException", "stop of nothing", ecs.stop_task, cluster=CLUSTER, task="0" * 32)
    refused("UnknownOperationException", "an operation that is not here", ecs.list_services, cluster=CLUSTER)
    missing = ecs.describe_tasks(cluster=CLUSTER, tasks=["0" * 32])["failures"]
    check(missing[0]["reason"] == "MISSING", "an unknown task is MISSING")
    wrong = simulator.client("ecs", aws_secret_access_key="wrong")
    refused("InvalidSignatureException", "wrong secret", wrong.list_clusters)
    wrong = simulator.client("ecs", aws_access_key_id="nobody")
    refused("UnrecognizedClientException", "unknown key", wrong.list_clusters)
    unsigned = simulator.client("ecs", config=Config(signature_version=botocore.UNSIGNED))
    refused("MissingAuthenticationTokenException", "unsigned", unsigned.list_clusters)
    refused("SignatureDoesNotMatch", "wrong secret, SNS",
            simulator.client("sns", aws_secret_access_key="wrong").list_topics)


def tokens(ecs):
    first = run(ecs, "sleeper", clientToken="token-1", startedBy="jobd/token")
    again = run(ecs, "sleeper", clientToken="token-1", startedBy="jobd/token")
    arn = first["tasks"][0]["taskArn"]
    check(again["tasks"][0]["taskArn"] == arn, "a client token replays the answer")
    response = refused("ConflictException", "other parameters", run, ecs=ecs, family="report", clientToken="token-1")
    check(response.get("resourceIds") == [arn], "the conflict names the task")
    check(len(ecs.list_tasks(cluster=CLUSTER, startedBy="jobd/token")["taskArns"]) == 1, "one task runs")
    ecs.stop_task(cluster=CLUSTER, task=arn)


def paging(ecs):
    register(ecs, "many", ["true"], dockerLabels={"jobd.simulate": "after=never"})
    for _ in range(3):
        run(ecs, "many", count=10)
    pages = list(ecs.get_paginator("list_tasks").paginate(
        cluster=CLUSTER, family="many", PaginationConfig={"PageSize": 7}))
    arns = [arn for page in pages for arn in page["taskArns"]]
    check([len(page["taskArns"]) for page in pages] == [7, 7, 7, 7, 2], "list_tasks in pages")
    check(len(set(arns)) == 30, "every task once")
    check(len(ecs.describe_tasks(cluster=CLUSTER, tasks=arns, include=["TAGS"])["tasks"]) == 30, "describe 30 tasks")
    for arn in arns:
        ecs.stop_task(cluster=CLUSTER, task=arn)


def faults(simulator, ecs):
    simulator.faults({"operation": "RunTask", "effect": "throttle"})
    refused("ThrottlingException", "by request", run, ecs=ecs, family="many")
    simulator.faults({"operation": "RunTask", "effect": "error", "status": 503})
    refused("ServerException", "by request", run, ecs=ecs, family="many")
    simulator.faults({"effect": "failure", "reason": "RESOURCE:MEMORY"})
    answer = run(ecs, "many")
    check(not answer["tasks"] and answer["failures"][0]["reason"] == "RESOURCE:MEMORY", "a capacity failure")
    simulator.faults({"effect": "failure", "reason": "Capacity is unavailable at this time.", "startsAnyway": True})
    run(ecs, "many", startedBy="jobd/lie")
    check(len(ecs.list_tasks(cluster=CLUSTER, startedBy="jobd/lie")["taskArns"]) == 1, "one that lies")
    for effect in ("drop", "truncate", "garbage"):
        simulator.faults({"operation": "RunTask", "effect": effect} | ({"afterWork": True} if effect == "drop" else {}))
        try:
            run(ecs, "many", startedBy=f"jobd/{effect}")
            check(False, f"{effect} goes unseen")
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, ValueError) as error:
            ok(f"{effect}: {type(error).__name__}")
        check(len(ecs.list_tasks(cluster=CLUSTER, startedBy=f"jobd/{effect}")["taskArns"]) == 1, "the work was done")
    simulator.faults({"effect": "missing", "seconds": 1})
    arn = run(ecs, "many")["tasks"][0]["taskArn"]
    check(ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["failures"][0]["reason"] == "MISSING", "MISSING at first")
    wait_until(lambda: ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"], "then there")
    simulator.faults({"effect": "stop", "kind": "image"})
    stopped, = wait(ecs, "tasks_stopped", run(ecs, "many")["tasks"][0]["taskArn"])
    check("CannotPullContainerError" in stopped["stoppedReason"] and "startedAt" not in stopped, "no image")
    simulator.faults({"effect": "stop", "kind": "spot", "seconds": 0.2})
    stopped, = wait(ecs, "tasks_stopped", run(ecs, "sleeper")["tasks"][0]["taskArn"])
    check(stopped["stopCode"] == "SpotInterruption", "a spot interruption")
    simulator.faults({"effect": "stop", "kind": "outOfMemory"}, {"effect": "noExitCode"})
    stopped, = wait(ecs, "tasks_stopped", run(ecs, "sleeper")["tasks"][0]["taskArn"])
    check("OutOfMemoryError" in stopped["containers"][0]["reason"] and "exitCode" not in stopped["containers"][0],
          "out of memory, without an exit code")
    check(any(r["struck"] == 1 for r in simulator.control("faults")["rules"]), "rules are counted")


def wait_until(condition, text):
    until = time.monotonic() + 20
    while not condition():
        if time.monotonic() > until:
            check(False, text)
        time.sleep(0.1)
    ok(text)


def notifications(simulator):
    sns = simulator.client("sns")
    topic = sns.create_topic(Name="failures")["TopicArn"]
    check(sns.list_topics()["Topics"] == [{"TopicArn": topic}], "create_topic, list_topics")
    text = 'a "quote" & <angle>, 日本語, 1+1=2 100%'
    sns.publish(TopicArn=topic, Subject="job failed", Message=text, MessageAttributes={
        "job": {"DataType": "String", "StringValue": "report"}})
    message, = simulator.control("messages")["messages"]
    check(message["message"] == text and message["attributes"] == {"job": "report"}, "publish keeps the message")
    refused("NotFound", "an unknown topic", sns.publish, TopicArn=topic + "x", Message="x")
    refused("InvalidParameter", "a subject with a line break", sns.publish, TopicArn=topic, Message="x", Subject="a\nb")
    identity = simulator.client("sts").get_caller_identity()
    check(identity["Account"] == "123456789012", "get_caller_identity")


def logs(simulator, ecs):
    client = simulator.client("logs")
    options = {"awslogs-group": "/ecs/talk", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "jobs"}
    register(ecs, "talk", [*SHELL, "for i in $(seq 1 25); do echo line $i; done; printf end"],
             logConfiguration={"logDriver": "awslogs", "options": options})
    group, = client.describe_log_groups(logGroupNamePrefix="/ecs/")["logGroups"]
    check(group["logGroupName"] == "/ecs/talk", "describe_log_groups knows the definition's group")
    arn = run(ecs, "talk")["tasks"][0]["taskArn"]
    wait(ecs, "tasks_stopped", arn)
    stream, = client.describe_log_streams(logGroupName="/ecs/talk")["logStreams"]
    check(stream["logStreamName"] == f"jobs/app/{arn.split('/')[-1]}", "the stream is prefix/container/task")
    place = {"logGroupName": "/ecs/talk", "logStreamName": stream["logStreamName"]}
    written = [f"line {i}" for i in range(1, 26)] + ["end"]
    shown, token = [], {}
    while True:
        page = client.get_log_events(**place, startFromHead=True, limit=10, **token)
        shown += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token.get("nextToken"):
            break
        token = {"nextToken": page["nextForwardToken"]}
    check(shown == written, "get_log_events forward, until the token comes back")
    last = [event["message"] for event in client.get_log_events(**place, limit=3)["events"]]
    check(last == written[-3:], "get_log_events from the end")
    refused("ResourceNotFoundException", "a stream that is not there", client.get_log_events,
            logGroupName="/ecs/talk", logStreamName="no")
    refused("ResourceNotFoundException", "a group that is not there", client.get_log_events,
            logGroupName="/ecs/no", logStreamName="no")


def command_line(simulator):
    aws = shutil.which("aws", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]))
    if aws is None:
        check(False, "the aws command line is not installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | simulator.variables

    def call(*arguments):
        done = subprocess.run([aws, *arguments, "--output", "json"], env=environment, capture_output=True, text=True,
                              timeout=60)
        return done.returncode, json.loads(done.stdout or "null"), done.stderr

    code, answer, problem = call(
        "ecs", "run-task", "--cluster", CLUSTER, "--task-definition", "report", "--launch-type", "FARGATE",
        "--started-by", "jobd/cli", "--network-configuration", "awsvpcConfiguration={subnets=[subnet-0a]}")
    check(code == 0, f"aws ecs run-task {problem}")
    arn = answer["tasks"][0]["taskArn"]
    code, _, problem = call("ecs", "wait", "tasks-stopped", "--cluster", CLUSTER, "--tasks", arn)
    check(code == 0, f"aws ecs wait tasks-stopped {problem}")
    _, answer, _ = call("ecs", "describe-tasks", "--cluster", CLUSTER, "--tasks", arn)
    check(answer["tasks"][0]["containers"][0]["exitCode"] == 0, "aws ecs describe-tasks")
    code, _, problem = call("ecs", "run-task", "--cluster", "nowhere", "--task-definition", "report")
    check(code != 0 and "ClusterNotFoundException" in problem, "aws shows the error")


def permissive(command, folder):
    simulator = Simulator(command, folder, "--auto-create")
    ecs = simulator.client("ecs")
    arn = ecs.run_task(cluster="any", taskDefinition="import:42", overrides={
        "containerOverrides": [{"name": "main", "command": [*SHELL, "exit 7"]}]})["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(cluster="any", tasks=[arn], WaiterConfig=QUICK)
    task = ecs.describe_tasks(cluster="any", tasks=[arn])["tasks"][0]
    check(task["containers"][0]["exitCode"] == 7 and task["taskDefinitionArn"].endswith("import:42"), "--auto-create")
    refused("ClientException", "no command", ecs.run_task, cluster="any", taskDefinition="other")
    check(simulator.stop() == 0, "ends with 0")


def end(simulator, ecs, folder):
    marker = pathlib.Path(folder) / "alive"
    register(ecs, "beat", [*SHELL, f"(while true; do date +%N > {marker}; sleep 0.1; done) & wait"])
    run(ecs, "beat")
    wait_until(marker.exists, "a process with a child")
    events = [json.loads(line) for line in simulator.log.read_text().splitlines()]
    check(events == simulator.control("tasks")["events"], "the task log is on disk")
    check(all(e["taskArn"] for e in events) and events[0]["event"] == "accepted", f"{len(events)} events")
    check(simulator.control("requests")["RunTask"]["requests"] > 0, "requests are counted")
    check(simulator.stop() == 0, "the simulator ends on SIGTERM")
    before = marker.read_text()
    time.sleep(0.5)
    check(marker.read_text() == before, "what it started has ended with it")


def main():
    command = sys.argv[1:]
    if not command:
        print(__doc__)
        raise SystemExit(2)
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(command, folder)
        try:
            ecs = simulator.client("ecs")
            definitions(ecs)
            life(simulator, ecs)
            stopping(ecs)
            errors(simulator, ecs)
            tokens(ecs)
            paging(ecs)
            faults(simulator, ecs)
            notifications(simulator)
            logs(simulator, ecs)
            command_line(simulator)
            end(simulator, ecs, folder)
        finally:
            if simulator.process.poll() is None:
                simulator.process.kill()
        permissive(command, folder)
    ok("all")


if __name__ == "__main__":
    main()
