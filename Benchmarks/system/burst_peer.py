"""APScheduler with date jobs that are all due at once; see burst.py.

burst_peer.py JOBS URL sqlite|memory raw|boto3 DATABASE DUE
"""
import datetime
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

import boto3
import botocore.config
import sqlalchemy
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.RunTask",
}
connections = threading.local()
# One for all threads, as boto3's own guide has it; set by main().
client = None


def request(number):
    return {
        "cluster": "burst", "count": 1, "launchType": "EC2", "taskDefinition": "burst", "startedBy": f"job-{number}",
        "clientToken": f"token-{number}", "overrides": {"containerOverrides": [{"name": "app", "command": ["true"]}]},
    }


def run_raw(url, number):
    """One RunTask by the thread's own connection, unsigned: the least that a call can cost Python."""
    if not hasattr(connections, "own"):
        address = urllib.parse.urlsplit(url)
        connections.own = http.client.HTTPConnection(address.hostname, address.port)
    connections.own.request("POST", "/", json.dumps(request(number)), HEADERS)
    answer = connections.own.getresponse()
    answer.read()
    assert answer.status == 200


def run_boto3(url, number):
    """One RunTask as users write it."""
    answer = client.run_task(**request(number))
    assert answer["tasks"]


CALLS = {"raw": "__main__:run_raw", "boto3": "__main__:run_boto3"}


def make_client(url):
    return boto3.client(
        "ecs", region_name="us-east-1", endpoint_url=url, aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret", config=botocore.config.Config(max_pool_connections=64))


def scheduler_with(store):
    """The default pool of threads; late starts are starts."""
    return BackgroundScheduler(
        jobstores={"default": store}, executors={"default": ThreadPoolExecutor(10)},
        job_defaults={"coalesce": True, "misfire_grace_time": 3_600}, timezone=datetime.timezone.utc,
    )


def add(scheduler, jobs, when, url, call):
    for number in range(jobs):
        scheduler.add_job(CALLS[call], "date", run_date=when, args=(url, number), id=f"job-{number}")


def main():
    global client
    jobs, url, kind, call, database, due = sys.argv[1:]
    due = float(due)
    client = make_client(url) if call == "boto3" else None
    when = datetime.datetime.fromtimestamp(due, datetime.timezone.utc)
    if kind == "sqlite":
        # Storing the jobs is not what is measured: it need not wait for the disk.
        engine = sqlalchemy.create_engine(f"sqlite:///{database}", poolclass=sqlalchemy.pool.StaticPool)
        sqlalchemy.event.listen(engine, "connect", lambda own, _: own.execute("PRAGMA synchronous = OFF"))
        filling = scheduler_with(SQLAlchemyJobStore(engine=engine))
        filling.start(paused=True)
        add(filling, int(jobs), when, url, call)
        filling.shutdown()
        engine.dispose()
        scheduler = scheduler_with(SQLAlchemyJobStore(url=f"sqlite:///{database}"))
        scheduler.start()
    else:
        scheduler = scheduler_with(MemoryJobStore())
        scheduler.start(paused=True)
        add(scheduler, int(jobs), when, url, call)
        scheduler.resume()
    if time.time() > due:
        print("burst_peer.py: storing the jobs took longer than there was time", file=sys.stderr, flush=True)
        os._exit(1)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
