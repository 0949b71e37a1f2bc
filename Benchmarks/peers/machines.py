"""Executions a second of moto's Step Functions interpreter, in this process, of jobd's machine of ten Pass states:
machines.py INPUTS. Nothing is made durable.

Each execution runs in a thread of its own, and there is one lock for all Python: as many are begun at a time as is best.
"""
import json
import os
import pathlib
import sys
import time
import uuid

import boto3
from moto import mock_aws

REPETITIONS = 5
EXECUTIONS = 100


def batch(client, arn, at_a_time):
    """Runs executions, so many at a time, and returns how many a second came to their end."""
    start = time.perf_counter()
    begun, running, over = 0, [], 0
    while over < EXECUTIONS:
        while begun < EXECUTIONS and len(running) < at_a_time:
            execution = client.start_execution(stateMachineArn=arn, name=str(uuid.uuid4()), input='{"n": 0}')
            running.append(execution["executionArn"])
            begun += 1
        left = []
        for execution in running:
            status = client.describe_execution(executionArn=execution)["status"]
            if status == "RUNNING":
                left.append(execution)
            elif status == "SUCCEEDED":
                over += 1
            else:
                raise SystemExit(f"an execution ended as {status}")
        if len(left) == len(running):
            time.sleep(0.0005)
        running = left
    return EXECUTIONS / (time.perf_counter() - start)


def summary(rates):
    return {"median": sorted(rates)[len(rates) // 2], "best": max(rates), "all": rates}


if __name__ == "__main__":
    definition = (pathlib.Path(sys.argv[1]) / "ten-passes.asl.json").read_text()
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions")
        arn = client.create_state_machine(
            name="ten-passes", definition=definition, roleArn="arn:aws:iam::123456789012:role/any"
        )["stateMachineArn"]
        batch(client, arn, 1)
        print(json.dumps({"executions": EXECUTIONS, "at_a_time": {
            str(count): summary([batch(client, arn, count) for _ in range(REPETITIONS)]) for count in (1, 4)
        }}))
