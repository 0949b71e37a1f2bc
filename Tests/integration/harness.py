"""What the integration tests share: starting servers on loopback, a daemon, and asking it.

Every process is started by a test and ended by its process id; every wait has an end.
"""
import concurrent.futures
import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What systemd gives a daemon to end before it kills it.
PATIENCE = int(re.search(r"TimeoutStopSec=(\d+)", (ROOT / "deploy" / "systemd" / "jobd.service").read_text())[1])
JOBD = os.environ.get("JOBD", str(ROOT / ".build" / "debug" / "jobd"))

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}


class Failure(Exception):
    """A test's claim that did not hold."""


def check(condition, claim):
    if not condition:
        raise Failure(claim)


def environment(**more):
    """The test's own environment for a child: nothing of the user's AWS set-up leaks in."""
    base = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and not k.lower().endswith("_proxy")}
    return {**base, **CREDENTIALS, **more}


def until(condition, what, seconds=60, step=0.05):
    """Polls until the condition gives something true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain: {what}")
        time.sleep(step)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, timeout=60):
    """Soon answered, but by a machine that is busy with something else."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read()


def get_json(url):
    return json.loads(get(url))


def post_json(url, value):
    request = urllib.request.Request(
        url, data=json.dumps(value).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        body = answer.read()
        return json.loads(body) if body else None


def delete(url):
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=5) as answer:
        answer.read()


def answers(url):
    try:
        get(url, timeout=2)
        return True
    except OSError:
        return False


def last_lines(log, count):
    return pathlib.Path(log).read_text(errors="replace").splitlines()[-count:]


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="jobd-test-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Process:
    """A child in a process group of its own, whose output goes to a file."""

    def __init__(self, command, log, env=None, cwd=None):
        self.log = pathlib.Path(log)
        self._file = open(self.log, "ab")
        self.process = subprocess.Popen(
            command, stdout=self._file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=env or environment(), cwd=cwd, start_new_session=True,
        )

    @property
    def is_running(self):
        return self.process.poll() is None

    def kill(self):
        if self.is_running:
            self.process.kill()
        self.process.wait()
        self._file.close()

    def end(self, seconds=20):
        """SIGTERM, and SIGKILL for whoever does not listen. Returns the exit status."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._file.close()
        return self.process.returncode

    def tail(self, lines=30):
        return "\n".join(last_lines(self.log, lines))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def simulator(where, *options, port=None, **env):
    """The project's own ECS simulator, as a process of its own that outlives a daemon."""
    port = port or free_port()
    process = Process(
        [JOBD, "simulate", "--port", str(port), "--state", str(where / "simulator"), *options],
        where / "simulator.log", env=environment(**env),
    )
    process.url = f"http://127.0.0.1:{port}"
    until(lambda: answers(process.url + "/_simulator/tasks") or not process.is_running, "the simulator answers")
    check(process.is_running, "the simulator starts:\n" + process.tail())
    return process


def proxy(where, url, seed):
    """A bad network between a daemon and an endpoint (proxy.py)."""
    port = free_port()
    to = url.rsplit(":", 1)[1]
    process = Process(
        [sys.executable, str(ROOT / "Tests" / "integration" / "proxy.py"), "--port", str(port), "--to", to,
         "--seed", str(seed)],
        where / "proxy.log",
    )
    process.url = f"http://127.0.0.1:{port}"
    until(lambda: answers(process.url + "/_proxy/struck") or not process.is_running, "the proxy answers")
    check(process.is_running, "the proxy starts:\n" + process.tail())
    return process


def mounts():
    """Whether file systems can be mounted here; says so where they cannot."""
    if os.geteuid() == 0:
        with contextlib.suppress(OSError, subprocess.SubprocessError), folder() as where:
            with mounted(where / "probe", "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
                return True
    print("  skipped: mounting takes root, and a container that lets it", flush=True)
    return False


@contextlib.contextmanager
def mounted(path, *arguments):
    made = not path.exists()
    if made:
        path.mkdir()
    subprocess.run(["mount", *arguments, str(path)], check=True, capture_output=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, capture_output=True)
        if made:
            path.rmdir()


def fill(path):
    """Takes what is left of a file system, to the last byte."""
    with open(path, "wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def started_tasks(url):
    """Every task that a simulator ever started, as its log tells: startedBy, created, stopped (or None)."""
    tasks = {}
    for event in get_json(url + "/_simulator/tasks")["events"]:
        task = tasks.setdefault(event["taskArn"], {"startedBy": event.get("startedBy"), "stopped": None})
        task["created"] = seconds(event["createdAt"])
        if "stoppedAt" in event:
            task["stopped"] = seconds(event["stoppedAt"])
    return list(tasks.values())


class Daemon(Process):
    """`jobd serve` on a state directory, and `jobd ctl` against it."""

    def __init__(self, where, jobs, *options, name="jobd", wait=True, state=None, jobs_file=None, **env):
        self.where = where
        self.socket = str(where / f"{name}.sock")
        self.jobs = jobs_file or where / f"{name}.yaml"
        if jobs is not None:
            self.jobs.write_text(jobs)
        self.state = state or where / "state"
        self.state.mkdir(exist_ok=True)
        super().__init__(
            [JOBD, "serve", "-c", str(self.jobs), "--state", str(self.state), "--socket", self.socket, *options],
            where / f"{name}.log", env=environment(**env),
        )
        if wait:
            until(lambda: self.ctl("status").returncode == 0 or not self.is_running, "the daemon answers", 30)
            check(self.is_running, "the daemon starts:\n" + self.tail())

    def ctl(self, command, *arguments, timeout=60):
        return subprocess.run(
            [JOBD, "ctl", command, "--socket", self.socket, *arguments], capture_output=True, text=True,
            timeout=timeout, env=environment(),
        )

    def ctl_json(self, *arguments, timeout=60):
        result = self.ctl(*arguments, "--json", timeout=timeout)
        check(result.returncode == 0, f"jobd ctl {' '.join(arguments)} ended with {result.returncode}: {result.stderr}")
        return json.loads(result.stdout)

    def rows(self):
        return {row["job"]: row for row in self.ctl_json("list")["jobs"]}

    def state_of(self, job):
        return self.rows()[job]["days"][-1].get("state")


def endpoints(url):
    """The environment that sends a daemon's calls to one endpoint."""
    return {"AWS_ENDPOINT_URL": url}


def attempt(name, test):
    """Runs a test in a folder of its own; whether it held, and what there is to say of it."""
    start, said = time.monotonic(), []
    try:
        with folder() as where:
            try:
                test(where)
            except BaseException:
                for log in sorted(where.glob("*.log")):
                    said += [f"--- {log.name}", *last_lines(log, 40)]
                raise
        return True, f"ok {name} ({time.monotonic() - start:.1f} s)"
    except (Failure, AssertionError, subprocess.SubprocessError, OSError, LookupError) as error:
        return False, "\n".join([*said, f"FAILED {name}: {error!r}"])


def outcomes(chosen, at_a_time):
    """What became of tests, each as soon as it is known."""
    if at_a_time == 1:
        yield from (attempt(*each) for each in chosen)
        return
    with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
        futures = [pool.submit(attempt, *each) for each in chosen]
        try:
            for future in concurrent.futures.as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def main(tests, at_a_time=1):
    """Runs named tests, one after the other or several at a time; ends with 1 if one failed."""
    wanted = sys.argv[1:]
    unknown = [name for name in wanted if name not in tests]
    if unknown:
        sys.exit(f"no such test: {', '.join(unknown)}; there are {', '.join(tests)}")
    failed = 0
    for held, said in outcomes([each for each in tests.items() if not wanted or each[0] in wanted], at_a_time):
        failed += not held
        print(said, flush=True)
    print(f"{len(wanted) or len(tests)} integration tests, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
