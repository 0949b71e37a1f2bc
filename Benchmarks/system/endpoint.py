"""The benchmarks' endpoint (endpoint.c, whose head says what it does) as a child process."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Tests" / "integration"))
import harness  # noqa: E402

BINARY = harness.ROOT / ".build" / "benchmarks" / "endpoint"


def build():
    """Compiles the endpoint where its source is newer than what was compiled."""
    source = HERE / "endpoint.c"
    if not BINARY.exists() or BINARY.stat().st_mtime < source.stat().st_mtime:
        BINARY.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", str(BINARY), str(source)], check=True)


class Endpoint:
    """Started at once, ended by ``with``."""

    def __init__(self, length=None):
        """length: how long each task runs, in ms; None: until told."""
        build()
        command = [str(BINARY)] + ([] if length is None else ["--length", str(length)])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def counts(self):
        return harness.get_json(self.url + "/_endpoint/counts")

    def arrivals(self):
        """When each task's RunTask arrived, in seconds since 1970."""
        return harness.get_json(self.url + "/_endpoint/arrivals")

    def stop_tasks(self):
        return harness.post_json(self.url + "/_endpoint/stop", {})

    def set_length(self, milliseconds):
        harness.post_json(self.url + f"/_endpoint/length?{milliseconds}", {})

    def reset(self):
        harness.post_json(self.url + "/_endpoint/reset", {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
