"""The release build of jobd as the system benchmarks measure it, with what they share."""
import os
import pathlib
import socket
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("JOBD", str(ROOT / ".build" / "release" / "jobd"))
sys.path.insert(0, str(ROOT / "Tests" / "integration"))
import harness  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


class Daemon(harness.Daemon):
    """`jobd serve`, which tells when it is ready as it tells systemd: everything is picked up, each job has its alarm."""

    def __init__(self, where, jobs, **more):
        path = where / "notify.sock"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(str(path))
            started = time.monotonic()
            super().__init__(where, jobs, wait=False, NOTIFY_SOCKET=str(path), **more)
            notified.settimeout(1)
            while True:
                try:
                    if b"READY=1" in notified.recv(4096):
                        break
                except TimeoutError:
                    harness.check(self.is_running, "the daemon starts:\n" + self.tail())
        self.ready_after = time.monotonic() - started

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_megabytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise harness.Failure("the daemon has no memory")


def spread(lengths):
    return {"first": min(lengths), "median": statistics.median(lengths), "last": max(lengths)}
