"""jobd against endpoints that others wrote: moto and MiniStack.

They show that the protocol is right: requests are understood, answers are read, signatures are accepted,
SNS delivers. Outcomes and faults are the simulator's business.
"""
import json
import sys

import boto3
import harness
from botocore.config import Config
from harness import ROOT, check, until


def client(service, url):
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 2}),
    )


def tool(venv, name):
    return str(ROOT / f".venv-{venv}" / "bin" / name)


def moto(where):
    port = harness.free_port()
    with harness.Process([tool("moto", "moto_server"), "-H", "127.0.0.1", "-p", str(port)], where / "moto.log"):
        url = f"http://127.0.0.1:{port}"
        until(lambda: harness.answers(url + "/moto-api/data.json"), "moto answers")
        harness.post_json(
            url + "/moto-api/state-manager/set-transition",
            {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 1}},
        )
        # The first use of a service loads it: not what is to be seen here.
        subnet = client("ec2", url).describe_subnets()["Subnets"][0]["SubnetId"]
        exercise(where, url, subnet)


def ministack(where):
    port = harness.free_port()
    env = harness.environment(
        BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port), MINISTACK_ACCOUNT_ID="123456789012", AUTH="true"
    )
    with harness.Process([tool("ministack", "ministack")], where / "ministack.log", env=env):
        url = f"http://127.0.0.1:{port}"
        until(lambda: harness.answers(url + "/_ministack/health"), "MiniStack answers")

        def stop(ecs):
            # Without containers its tasks run until they are stopped.
            for arn in ecs.list_tasks(cluster="batch")["taskArns"]:
                ecs.stop_task(cluster="batch", task=arn)

        exercise(where, url, "subnet-12345678", end=stop)


def exercise(where, url, subnet, end=lambda ecs: None):
    ecs, sns, sqs = (client(service, url) for service in ("ecs", "sns", "sqs"))
    ecs.create_cluster(clusterName="batch")
    ecs.register_task_definition(
        family="report", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[{"name": "app", "image": "busybox", "memory": 128, "essential": True}],
    )
    topic = sns.create_topic(Name="job-failures")["TopicArn"]
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    jobs = f"""
region: us-east-1
timezone: Asia/Tokyo
notifications: {{topicArn: "{topic}"}}
defaults:
  cluster: batch
  launchType: FARGATE
  networkConfiguration: {{awsvpcConfiguration: {{subnets: [{subnet}], securityGroups: []}}}}
  timeout: 10m
jobs:
  report:
    schedule: rate(1 day)
    task: {{taskDefinition: report, container: app, command: [report, --full], environment: {{STAGE: test}}}}
  lost:
    schedule: rate(1 day)
    task: {{taskDefinition: no-such-definition}}
"""
    with harness.Daemon(where, jobs, **harness.endpoints(url)) as daemon:
        until(lambda: daemon.state_of("report") == "RUNNING" or daemon.state_of("report") == "SUCCEEDED", "a run begins")
        until(lambda: ecs.list_tasks(cluster="batch")["taskArns"] or daemon.state_of("report") == "SUCCEEDED",
              "the task is there")
        end(ecs)
        until(lambda: daemon.state_of("report") == "SUCCEEDED", "the task is seen to stop and recorded", 90, 0.5)
        until(lambda: daemon.state_of("lost") == "FAILED", "the run of a missing definition fails", 60, 0.5)
        run = daemon.ctl_json("history", "report")["slots"][0]["runs"][0]["id"]
        launch = daemon.ctl_json("show", run)["launches"][0]
        check(launch["status"] == "SUCCEEDED" and ":task/" in launch["taskARN"], f"the launch is recorded: {launch}")
        message = until(lambda: receive(sqs, queue), "SNS delivers the failure to SQS", 60, 0.5)
        check(message["JOBID"] == "lost" and message["MESSAGE"] == "FAILED", f"the message names the job: {message}")
        check("jobd ctl rerun lost" in json.dumps(message), f"the message holds the rerun command: {message}")
        again = daemon.ctl("rerun", "report")
        check(again.returncode == 3, f"a day that has succeeded is not run again: {again.returncode} {again.stderr}")


def receive(sqs, queue):
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        return json.loads(json.loads(message["Body"])["Message"])
    return None


if __name__ == "__main__":
    harness.main({"moto": moto, "ministack": ministack})
