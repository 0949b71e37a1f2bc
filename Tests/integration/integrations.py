"""Task states that call AWS services, against moto: `jobd machine run` as a user calls it, and boto3 to look.

What is sent again, error names in detail and every protocol's wire form are the unit tests' business; here is that a
whole machine reaches each service and that its results are there.
"""
import contextlib
import json
import subprocess

import boto3
import harness
from harness import ROOT, check, until

TABLE = {
    "TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


@contextlib.contextmanager
def moto(where):
    port = harness.free_port()
    command = [str(ROOT / ".venv-moto" / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with harness.Process(command, where / "moto.log"):
        url = f"http://127.0.0.1:{port}"
        until(lambda: harness.answers(url + "/moto-api/data.json"), "moto answers")
        yield url


def client(service, url):
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


def task(resource, parameters, **more):
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True, **more}


def machine(**states):
    """The states one after the other, each with its result under its name."""
    names = list(states)
    for name, following in zip(names, names[1:]):
        states[name] = {k: v for k, v in states[name].items() if k != "End"} | {"Next": following}
    for name in names:
        states[name].setdefault("ResultPath", f"$.{name}")
    return {"StartAt": names[0], "States": states}


def run(where, url, definition, status=0, **data):
    file = where / "machine.asl.json"
    file.write_text(json.dumps(definition))
    ended = subprocess.run(
        [harness.JOBD, "machine", "run", str(file), "--input", json.dumps(data)], capture_output=True, text=True,
        timeout=120, env=harness.environment(**harness.endpoints(url)),
    )
    check(ended.returncode == status, f"machine run ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
    return json.loads(ended.stdout)


def dynamodb(where):
    with moto(where) as url:
        client("dynamodb", url).create_table(**TABLE)
        key = {"id": {"S": "1"}}
        put = {"TableName": "orders", "Item": {**key, "state": {"S": "OPEN"}, "lines": {"M": {"a": {"N": "1"}}}}}
        output = run(
            where, url,
            machine(
                put=task("dynamodb:putItem", put),
                update=task(
                    "dynamodb:updateItem",
                    {
                        "TableName": "orders", "Key": key, "UpdateExpression": "SET #s = :s",
                        "ExpressionAttributeNames": {"#s": "state"}, "ExpressionAttributeValues": {":s": {"S": "DONE"}},
                        "ReturnValues": "UPDATED_NEW",
                    },
                ),
                get=task("dynamodb:getItem", {"TableName": "orders", "Key": key}),
                scan=task("aws-sdk:dynamodb:scan", {"TableName": "orders"}),
                remove=task("dynamodb:deleteItem", {"TableName": "orders", "Key": key}),
            ),
        )["output"]
        check(output["put"]["SdkHttpMetadata"]["HttpStatusCode"] == 200, f"the answer's status: {output['put']}")
        check(output["update"]["Attributes"] == {"state": {"S": "DONE"}}, f"the update: {output['update']}")
        item = {**put["Item"], "state": {"S": "DONE"}}
        check(output["get"]["Item"] == item, f"the item: {output['get']}")
        check((output["scan"]["Count"], output["scan"]["Items"]) == (1, [item]), f"the scan: {output['scan']}")
        check(client("dynamodb", url).scan(TableName="orders")["Count"] == 0, "the item was deleted")


def errors(where):
    with moto(where) as url:
        client("dynamodb", url).create_table(**TABLE)
        item = {"TableName": "orders", "Item": {"id": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(id)"}
        caught = [{"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "ResultPath": "$.error", "Next": "end"}]
        definition = {
            "StartAt": "first",
            "States": {
                "first": {k: v for k, v in task("dynamodb:putItem", item).items() if k != "End"} | {"Next": "second"},
                "second": task("dynamodb:putItem", item, Catch=caught),
                "end": {"Type": "Pass", "End": True},
            },
        }
        cause = run(where, url, definition)["output"]["error"]["Cause"]
        check("(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: Cond" in cause, f"the cause: {cause}")
        for resource, parameters, error in (
            ("aws-sdk:dynamodb:getItem", {"TableName": "none", "Key": {}}, "DynamoDb.ResourceNotFoundException"),
            ("aws-sdk:ec2:describeVpcs", {"VpcIds": ["vpc-00000000"]}, "Ec2.Ec2Exception"),
            ("aws-sdk:dynamodb:getItem", {"Table": "orders"}, "States.Runtime"),
            ("aws-sdk:dynamodb:getNothing", {}, "States.Runtime"),
        ):
            ended = run(where, url, machine(call=task(resource, parameters)), status=1)
            check(ended["error"] == error, f"{resource} {parameters}: {ended}")


def messages(where):
    with moto(where) as url:
        sns, sqs, events = (client(service, url) for service in ("sns", "sqs", "events"))
        topic = sns.create_topic(Name="told")["TopicArn"]
        queue = sqs.create_queue(QueueName="told")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        events.put_rule(Name="told", EventPattern=json.dumps({"source": ["jobd.test"]}))
        events.put_targets(Rule="told", Targets=[{"Id": "1", "Arn": arn}])
        attributes = {"kind": {"DataType": "String", "StringValue": "test"}}
        event = {"Source": "jobd.test", "DetailType": "told", "Detail": {"by": "events"}}
        output = run(
            where, url,
            machine(
                publish=task(
                    "sns:publish", {"TopicArn": topic, "Message": {"by": "sns"}, "MessageAttributes": attributes}
                ),
                send=task("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": {"by": "sqs"}}),
                event=task("events:putEvents", {"Entries": [event]}),
                count=task(
                    "aws-sdk:sqs:getQueueAttributes",
                    {"QueueUrl": queue, "AttributeNames": ["ApproximateNumberOfMessages"]},
                ),
                listen=task("aws-sdk:sns:listSubscriptionsByTopic", {"TopicArn": topic}),
            ),
        )["output"]
        check(output["publish"]["MessageId"] and output["send"]["MD5OfMessageBody"], f"the answers: {output}")
        check(output["event"]["FailedEntryCount"] == 0, f"the event: {output['event']}")
        count = output["count"]["Attributes"]["ApproximateNumberOfMessages"]
        check(count == "3", f"the messages that are there: {count}")
        listed = [(each["Protocol"], each["Endpoint"]) for each in output["listen"]["Subscriptions"]]
        check(listed == [("sqs", arn)], f"who listens: {output['listen']}")
        got = [json.loads(m["Body"]) for m in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]]
        told = sorted(body.get("by") or body["detail"]["by"] for body in got)
        check(told == ["events", "sns", "sqs"], f"what arrived: {got}")


if __name__ == "__main__":
    harness.main({"dynamodb": dynamodb, "errors": errors, "messages": messages})
