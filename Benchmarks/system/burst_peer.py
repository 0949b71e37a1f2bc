"""APScheduler with date jobs that are all due at once; see burst.py.

burst_peer.py JOBS URL sqlite|memory DATABASE DUE
"""
import datetime
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

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


def run_task(url, number):
    """One RunTask by the thread's own connection."""
    if not hasattr(connections, "own"):
        address = urllib.parse.urlsplit(url)
        connections.own = http.client.HTTPConnection(address.hostname, address.port)
    body = {
        "cluster": "burst", "count": 1, "launchType": "EC2", "taskDefinition": "burst", "startedBy": f"job-{number}",
        "clientToken": f"token-{number}", "overrides": {"containerOverrides": [{"name": "app", "command": ["true"]}]},
    }
    connections.own.request("POST", "/", json.dumps(body), HEADERS)
    answer = connections.own.getresponse()
    answer.read()
    assert answer.status == 200


def scheduler_with(store):
    """The default pool of threads; late starts are starts."""
    return BackgroundScheduler(
        jobstores={"default": store}, executors={"default": ThreadPoolExecutor(10)},
        job_defaults={"coalesce": True, "misfire_grace_time": 3_600}, timezone=datetime.timezone.utc,
    )


def add(scheduler, jobs, when, url):
    for number in range(jobs):
        scheduler.add_job("__main__:run_task", "date", run_date=when, args=(url, number), id=f"job-{number}")


def main():
    jobs, url, kind, database, due = sys.argv[1:]
    due = float(due)
    when = datetime.datetime.fromtimestamp(due, datetime.timezone.utc)
    if kind == "sqlite":
        # Storing the jobs is not what is measured: it need not wait for the disk.
        engine = sqlalchemy.create_engine(f"sqlite:///{database}", poolclass=sqlalchemy.pool.StaticPool)
        sqlalchemy.event.listen(engine, "connect", lambda own, _: own.execute("PRAGMA synchronous = OFF"))
        filling = scheduler_with(SQLAlchemyJobStore(engine=engine))
        filling.start(paused=True)
        add(filling, int(jobs), when, url)
        filling.shutdown()
        engine.dispose()
        scheduler = scheduler_with(SQLAlchemyJobStore(url=f"sqlite:///{database}"))
        scheduler.start()
    else:
        scheduler = scheduler_with(MemoryJobStore())
        scheduler.start(paused=True)
        add(scheduler, int(jobs), when, url)
        scheduler.resume()
    if time.time() > due:
        print("burst_peer.py: storing the jobs took longer than there was time", file=sys.stderr, flush=True)
        os._exit(1)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
