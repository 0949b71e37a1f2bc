"""jobd against endpoints that others wrote: moto and MiniStack.

They show that the protocol is right: requests are understood, answers are read, signatures are accepted,
SNS delivers. Outcomes and faults are the simulator's business.
"""
import json
import sys

import boto3
import harness
from botocore.config import Config
from botocore.exceptions import ClientError
from harness import ROOT, check, until


def client(service, url, key=("test", "test")):
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=key[0], aws_secret_access_key=key[1],
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

        # Of the key "test" it checks no signature; of a user's own key it checks every one.
        iam = client("iam", url)
        iam.create_user(UserName="jobd")
        iam.put_user_policy(
            UserName="jobd", PolicyName="all",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
            ),
        )
        key = iam.create_access_key(UserName="jobd")["AccessKey"]
        key = (key["AccessKeyId"], key["SecretAccessKey"])
        wrong = client("ecs", url, (key[0], "wrong" + key[1]))
        try:
            wrong.list_clusters()
            raise harness.Failure("MiniStack accepts a wrong signature: this test would show nothing")
        except ClientError:
            pass

        def stop(ecs):
            # Without containers its tasks run until they are stopped, which is no success.
            for arn in ecs.list_tasks(cluster="batch")["taskArns"]:
                ecs.stop_task(cluster="batch", task=arn)

        exercise(where, url, "subnet-12345678", key, outcome="FAILED", end=stop)


def exercise(where, url, subnet, key=("test", "test"), outcome="SUCCEEDED", end=lambda ecs: None):
    ecs, sns, sqs = (client(service, url, key) for service in ("ecs", "sns", "sqs"))
    ecs.create_cluster(clusterName="batch")
    ecs.register_task_definition(
        family="report", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[{"name": "app", "image": "busybox", "memory": 128, "essential": True}],
    )
    topic = sns.create_topic(Name="job-failures")["TopicArn"]
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue_arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
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
    keys = {"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1]}
    with harness.Daemon(where, jobs, **harness.endpoints(url), **keys) as daemon:
        until(lambda: ecs.list_tasks(cluster="batch")["taskArns"] or daemon.state_of("report") == outcome, "a task runs")
        end(ecs)
        until(lambda: daemon.state_of("report") == outcome, "the task is seen to stop and recorded", 90, 0.5)
        until(lambda: daemon.state_of("lost") == "FAILED", "the run of a missing definition fails", 60, 0.5)
        run = daemon.ctl_json("history", "report")["slots"][0]["runs"][0]["id"]
        launch = daemon.ctl_json("show", run)["launches"][0]
        check(launch["status"] == outcome and ":task/" in launch["taskARN"], f"the launch is recorded: {launch}")
        received = []
        until(
            lambda: received.extend(receive(sqs, queue)) or any(m["JOBID"] == "lost" for m in received),
            "SNS delivers the failure to SQS", 60, 0.5,
        )
        message = next(m for m in received if m["JOBID"] == "lost")
        check(message["MESSAGE"] == "FAILED", f"the message says what happened: {message}")
        check("jobd ctl rerun lost" in json.dumps(message), f"the message holds the rerun command: {message}")
        again = daemon.ctl("rerun", "report")
        refused = 3 if outcome == "SUCCEEDED" else 0
        check(again.returncode == refused, f"only a day that has not succeeded is run again: {again.stderr}")


def receive(sqs, queue):
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(json.loads(message["Body"])["Message"]) for message in messages]


if __name__ == "__main__":
    harness.main({"moto": moto, "ministack": ministack})
