"""What a daemon with many schedules costs while nothing is due: resident memory, and processor time over a while.

The bounds are those of a release build (make release), which is measured where there is one. A debug build is
measured with bounds of its own, which only catch what is grossly wrong.
"""
import argparse
import os
import pathlib
import sys
import time

import harness
from harness import check, until

RELEASE = harness.ROOT / ".build" / "release" / "jobd"
TICKS = os.sysconf("SC_CLK_TCK")


def jobs(count):
    lines = ["region: us-east-1", "timezone: Asia/Tokyo", "defaults: {cluster: idle, timeout: 1h}", "jobs:"]
    # The day after tomorrow at the earliest, whenever this runs: nothing is due meanwhile.
    day = time.gmtime(time.time() + 3 * 86_400)
    for number in range(count):
        minute, hour = number % 60, number // 60 % 24
        lines += [
            f"  job-{number}:",
            f"    schedule: cron({minute} {hour} {day.tm_mday} {day.tm_mon} ? *)",
            f"    task: {{taskDefinition: idle, container: app, command: [report, '{number}'], environment: {{STAGE: prod}}}}",
        ]
    return "\n".join(lines) + "\n"


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_megabytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def run(where, count, seconds, is_release):
    begin = time.monotonic()
    daemon = harness.Daemon(where, jobs(count), wait=False, **harness.endpoints("http://127.0.0.1:9"))
    with daemon:
        until(lambda: daemon.ctl("status").returncode == 0 or not daemon.is_running, "the daemon answers", 300, 0.1)
        check(daemon.is_running, "the daemon starts:\n" + daemon.tail())
        check(daemon.ctl_json("status")["jobs"] == count, f"it has {count} jobs")
        start = time.monotonic() - begin
        time.sleep(3)  # What the start itself leaves to be done.
        pid = daemon.process.pid
        before = processor_seconds(pid)
        time.sleep(seconds)
        used = processor_seconds(pid) - before
        memory = resident_megabytes(pid)
    most_used, most_memory = (seconds * 0.005, 100) if is_release else (seconds * 0.03, 200)
    kind = "release build" if is_release else "debug build, looser bounds"
    print(
        f"  {count} schedules ({kind}): {memory:.0f} MB resident, {used * 1000:.0f} ms of processor time in {seconds} s,"
        f" ready after {start:.1f} s",
        flush=True,
    )
    check(memory <= most_memory, f"{memory:.0f} MB, more than {most_memory}")
    check(used <= most_used, f"{used:.2f} s of processor time in {seconds} s, more than {most_used:.2f}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=10_000)
    options.add_argument("--seconds", type=int, default=10)
    given = options.parse_args()
    release = "JOBD" not in os.environ and RELEASE.exists() or "release" in harness.JOBD
    if release:
        harness.JOBD = str(RELEASE)
    with harness.folder() as place:
        try:
            run(place, given.jobs, given.seconds, release)
        except harness.Failure as failure:
            print(f"FAILED: {failure}")
            sys.exit(1)
    print("ok idle")
