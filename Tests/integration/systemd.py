"""What systemd sees: the unit's hardening, and the daemon's messages to the service manager (sd_notify(3))."""
import os
import re
import signal
import socket
import subprocess
import tempfile

import harness
from harness import ROOT, check, until

UNIT = ROOT / "deploy" / "systemd" / "jobd.service"
JOBS = """
jobs:
  hello: {task: {taskDefinition: hello, container: app, command: ["true"]}}
"""


def hardening(where):
    """`systemd-analyze security` rates the unit at 1.5 or less, and finds no mistake in it."""
    unit = where / "jobd.service"
    # Only the paths of the program are not there on a machine that has not installed it.
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/jobd", "/bin/true"))
    rating = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", str(unit)],
        capture_output=True, text=True,
    )
    said = re.search(r"Overall exposure level.*", rating.stdout)
    check(rating.returncode == 0, f"the unit is rated 1.5 or less: {said.group(0) if said else rating.stderr}")
    verdict = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    check("jobd.service" not in verdict.stderr, f"systemd reads the unit without complaint: {verdict.stderr}")


def messages(where):
    """READY once the socket answers, WATCHDOG while the engine does, RELOADING and READY at SIGHUP, STOPPING."""
    received = []
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = os.path.join(short, "notify")
        manager.bind(path)
        manager.settimeout(0.1)

        def heard(word):
            try:
                while True:
                    received.append(manager.recv(4096).decode())
            except TimeoutError:
                return any(f"{word}=1" in message.splitlines() for message in received)

        daemon = harness.Daemon(where, JOBS, "--local", wait=False, NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
        with daemon:
            until(lambda: heard("READY"), "READY=1", 30)
            check(daemon.ctl("status").returncode == 0, "a daemon that is ready answers")
            until(lambda: heard("WATCHDOG"), "WATCHDOG=1", 10)
            del received[:]
            os.kill(daemon.process.pid, signal.SIGHUP)
            until(lambda: heard("RELOADING") and heard("READY"), "RELOADING=1, then READY=1", 10)
            reloading = next(message for message in received if "RELOADING=1" in message)
            check("MONOTONIC_USEC=" in reloading, "a reload comes with its time")
            check(daemon.end() == 0, "SIGTERM ends the daemon with 0")
            check(heard("STOPPING"), "STOPPING=1")


if __name__ == "__main__":
    harness.main({"hardening": hardening, "messages": messages})
