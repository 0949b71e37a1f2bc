"""What a daemon with many schedules costs while nothing is due: resident memory, and processor time over a while.

The bounds are those of a release build (make release), which is measured where there is one. A debug build is
measured with bounds of its own, which only catch what is grossly wrong. With --json FILE the figures also go to a
file, as one object.
"""
import argparse
import json
import os
import pathlib
import sys
import threading
import time

import harness
from harness import check, until

RELEASE = harness.ROOT / ".build" / "release" / "jobd"
TICKS = os.sysconf("SC_CLK_TCK")


def jobs(count):
    # What every job says alike stands in `defaults`: a file may hold a million values.
    lines = [
        "region: us-east-1", "timezone: Asia/Tokyo",
        "defaults: {cluster: idle, container: app, environment: {STAGE: prod}, timeout: 1h}", "jobs:",
    ]
    # The day after tomorrow at the earliest, whenever this runs: nothing is due meanwhile.
    day = time.gmtime(time.time() + 3 * 86_400)
    for number in range(count):
        minute, hour = number % 60, number // 60 % 24
        lines += [
            f"  job-{number}:",
            f"    schedule: cron({minute} {hour} {day.tm_mday} {day.tm_mon} ? *)",
            f"    task: {{taskDefinition: idle, command: [report, '{number}']}}",
        ]
    return "\n".join(lines) + "\n"


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid):
    """Megabytes by the kernel's names (proc_pid_status(5)): VmRSS is RssAnon, RssFile and RssShmem; VmHWM its peak."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    return {name: int(found[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "RssFile", "VmHWM")}


class Peak:
    """The most that the pages of the program took while something was done."""

    def __init__(self, pid):
        self.pid, self.megabytes, self.is_over = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.is_over.wait(0.02):
            self.megabytes = max(self.megabytes, memory(self.pid)["RssFile"])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def measure(where, count, seconds):
    begin = time.monotonic()
    daemon = harness.Daemon(where, jobs(count), wait=False, **harness.endpoints("http://127.0.0.1:9"))
    with daemon:
        until(lambda: daemon.ctl("status").returncode == 0 or not daemon.is_running, "the daemon answers", 300, 0.1)
        check(daemon.is_running, "the daemon starts:\n" + daemon.tail())
        start = time.monotonic() - begin
        check(daemon.ctl_json("status")["jobs"] == count, f"it has {count} jobs")
        pid = daemon.process.pid
        start_work = processor_seconds(pid)
        time.sleep(3)  # What the start itself leaves to be done.
        before = processor_seconds(pid)
        time.sleep(seconds)
        used = processor_seconds(pid) - before
        sizes = memory(pid)
        # What a list of every job takes, and the code that makes it, is given back within ten seconds.
        with Peak(pid) as listed:
            check(len(daemon.rows()) == count, "it lists its jobs")
        time.sleep(12)
        after = memory(pid)
    return {
        "jobs": count, "residentMB": sizes["VmRSS"], "anonymousMB": sizes["RssAnon"], "fileMB": sizes["RssFile"],
        "afterListMB": after["VmRSS"], "fileMBAtList": listed.megabytes, "fileMBAfterList": after["RssFile"],
        "peakMB": sizes["VmHWM"], "readySeconds": start, "startProcessorSeconds": start_work,
        "idleSeconds": seconds, "idleProcessorSeconds": used,
    }


def judge(figures, is_release):
    count, seconds = figures["jobs"], figures["idleSeconds"]
    kind = "release build" if is_release else "debug build, looser bounds"
    print(
        f"  {count} schedules ({kind}): {figures['residentMB']:.0f} MB resident ({figures['anonymousMB']:.0f} MB of it "
        f"its own data, {figures['peakMB']:.0f} MB at the start), {figures['idleProcessorSeconds'] * 1000:.0f} ms of "
        f"processor time in {seconds} s, ready after {figures['readySeconds']:.1f} s; "
        f"{figures['afterListMB']:.0f} MB twelve seconds after a list of them all",
        flush=True,
    )
    most_used = seconds * (0.005 if is_release else 0.03)
    # 60 MB for 10,000 schedules; a debug build takes four times as much.
    most_memory = (30 + 0.003 * count) * (1 if is_release else 4)
    resident = max(figures["residentMB"], figures["afterListMB"])
    used = figures["idleProcessorSeconds"]
    check(figures["fileMBAfterList"] < figures["fileMBAtList"], "pages of the program are given back")
    check(resident <= most_memory, f"{resident:.0f} MB, more than {most_memory:.0f}")
    check(used <= most_used, f"{used:.2f} s of processor time in {seconds} s, more than {most_used:.2f}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=10_000)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--json", type=pathlib.Path, metavar="FILE")
    given = options.parse_args()
    if "JOBD" not in os.environ and RELEASE.exists():
        harness.JOBD = str(RELEASE)
    release = "release" in harness.JOBD
    with harness.folder() as place:
        try:
            figures = measure(place, given.jobs, given.seconds)
            if given.json:
                given.json.write_text(json.dumps(figures | {"release": release}, indent=2) + "\n")
            judge(figures, release)
        except harness.Failure as failure:
            print(f"FAILED: {failure}")
            sys.exit(1)
    print("ok idle")
