"""Disks that fill up, go read-only, tear what was written last, or spoil what was written long ago.

Whatever happens to the disk, no task is started twice, what was committed is there again, and it is said what helps.
"""
import contextlib
import datetime
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import time

import harness
from harness import check, until
from judge import JOBS, LAUNCHES, by_run, judge, settle
from trouble import FAILED, job, refused, soon

CYCLES = int(os.environ.get("CYCLES", "6"))
CUTS = int(os.environ.get("CUTS", "1000"))
FRAMES = int(os.environ.get("FRAMES", "8"))
STARTS = int(os.environ.get("STARTS", "24"))
NOBODY = 65534


def asked(daemon, accepted, job_name):
    answer = daemon.ctl("run", job_name, "--json")
    if answer.returncode == 0:
        accepted.add(json.loads(answer.stdout)["run"])
    return answer


def complaint(daemon):
    return daemon.ctl_json("status")["store"].get("error", "")


# --- A full disk

def full(where):
    """The disk fills up while runs go on, again and again; half of the times the daemon is killed meanwhile."""
    if not harness.mounts():
        return
    accepted = set()
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(harness.mounted(where / "disk", "-t", "tmpfs", "-o", "size=24m", "tmpfs"))
        simulator = stack.enter_context(harness.simulator(where, "--auto-create"))
        at = {"state": disk / "state", **harness.endpoints(simulator.url)}

        def start(wait=True):
            daemon = harness.Daemon(where, JOBS, "--lease", "2", wait=wait, **at)
            stack.callback(daemon.kill)
            return daemon

        daemon = start()
        for cycle in range(CYCLES):
            for name in LAUNCHES:
                asked(daemon, accepted, name)
            time.sleep(random.random())
            harness.fill(disk / "filler")
            # The ends of runs cannot be written any more, or else a new one cannot.
            until(lambda: asked(daemon, accepted, "once").returncode == FAILED, "a run is refused", 30)
            until(lambda: "free some space" in complaint(daemon), "the status tells of it, with what helps", 30)
            check("free some space" in daemon.ctl("status").stdout, "people see it too")
            if cycle % 2:
                daemon.kill()
                # It may find the room to begin, or say what it lacks; both leave what is there as it is.
                daemon = start(wait=False)
                until(lambda: daemon.ctl("status").returncode == 0 or not daemon.is_running, "it starts or ends")
                if not daemon.is_running:
                    check("free some space" in daemon.tail(), "it says what helps:\n" + daemon.tail())
            (disk / "filler").unlink()
            if not daemon.is_running:
                daemon = start()
            until(lambda: asked(daemon, accepted, "quick").returncode == 0, "runs are taken again", 30)
        slots = settle(daemon)
        until(lambda: not complaint(daemon), "the status tells that it is over", 30)
        check(len(daemon.log.read_text().splitlines()) < 2000 + 1000 * CYCLES, "the log is not flooded")
        check(daemon.end() == 0, "the daemon ends well")
        tasks = harness.started_tasks(simulator.url)
    judge(slots, tasks, accepted)
    print(f"  {CYCLES} times full, {len(accepted)} runs accepted, {len(tasks)} tasks: none lost, none doubled", flush=True)


# --- A disk that goes read-only

def read_only(where):
    """The kernel takes the file system away from writers, as it does after an error of the disk.

    (A file system with a file that is open for writing cannot be remounted read-only by hand; ext4's mount option
    `abort` does to it what an error does.)
    """
    if not harness.mounts():
        return
    image, accepted = where / "image", set()
    image.touch()
    os.truncate(image, 32 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True, capture_output=True)
    mount = ["-o", "loop", str(image)]
    try:
        with harness.mounted(where / "probe", *mount):
            pass
    except subprocess.SubprocessError:
        print("  skipped: there is no loop device", flush=True)
        return
    jobs = JOBS + job("going", f"while ! test -e '{where}/go'; do sleep 0.1; done")
    with harness.simulator(where, "--auto-create") as simulator:
        at = {"state": where / "disk" / "state", **harness.endpoints(simulator.url)}
        with harness.mounted(where / "disk", *mount), harness.Daemon(where, jobs, "--lease", "2", **at) as daemon:
            accepted.add(daemon.ctl_json("run", "going")["run"])
            for name in LAUNCHES:
                asked(daemon, accepted, name)
            subprocess.run(["mount", "-o", "remount,abort", str(where / "disk")], check=True, capture_output=True)
            answer = until(lambda: unless_taken(asked(daemon, accepted, "once")), "a run is refused", 30)
            check(answer.returncode == FAILED, f"it failed: {answer.returncode}")
            check("jobd.sqlite" in answer.stderr, f"it says which file: {answer.stderr}")
            said = answer.stderr
            (where / "go").touch()
            until(lambda: "jobd.sqlite" in complaint(daemon), "the status tells of it", 30)
            check(daemon.ctl("list").returncode == 0, "looking goes on")
            check(daemon.end(harness.PATIENCE) == 0, "SIGTERM ends it although nothing can be written")
        with harness.mounted(where / "disk", *mount), harness.Daemon(where, jobs, "--lease", "2", **at) as daemon:
            check(asked(daemon, accepted, "once").returncode == 0, "runs are taken again")
            slots = settle(daemon)
            tasks = harness.started_tasks(simulator.url)
    judge(
        slots, tasks, accepted, launches={**LAUNCHES, "going": 1},
        status={"once": "SUCCEEDED", "quick": "SUCCEEDED", "thrice": "SUCCEEDED", "never": "FAILED", "going": "SUCCEEDED"},
    )
    print(f"  {len(accepted)} runs accepted, {len(tasks)} tasks; it says: {said.strip().splitlines()[0]}", flush=True)


def unless_taken(answer):
    return answer if answer.returncode != 0 else None


def forbidden(where):
    """A directory, or the files in it, that the daemon's user may not write."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    where.chmod(0o755)
    try:
        subprocess.run([harness.JOBD, "--version"], check=True, capture_output=True, **user)
    except (OSError, subprocess.SubprocessError):
        print(f"  skipped: {harness.JOBD} is no program for another user than root", flush=True)
        return
    jobs, state, sockets = where / "jobs.yaml", where / "state", where / "sockets"
    jobs.write_text(JOBS)
    sockets.mkdir()

    def serve():
        return subprocess.run(
            [harness.JOBD, "serve", "-c", str(jobs), "--state", str(state), "--socket", str(sockets / "jobd.sock")],
            capture_output=True, text=True, timeout=60, env=harness.environment(AWS_ENDPOINT_URL="http://127.0.0.1:9"),
            **user,
        )

    made = where / "made"
    with harness.Daemon(where, JOBS, state=made, **harness.endpoints("http://127.0.0.1:9")):
        pass
    refused(serve(), FAILED, str(state), "permission", "--state")
    state.mkdir()
    state.chmod(0o777)
    sockets.chmod(0o555)
    refused(serve(), FAILED, str(sockets), "Permission denied", "Let jobd's user write there")
    # From here on the socket has a place, and the state directory alone is in the way.
    sockets.chmod(0o777)
    state.chmod(0o555)
    refused(serve(), FAILED, str(state), "Permission denied", "let jobd's user write there")
    for name, mode, words in (
        ("jobd.sqlite", 0o444, ("read-only", "let jobd's user write the file")),
        ("jobd.sqlite", 0o000, ("not readable", "let jobd's user")),
        ("instances", 0o555, ("Permission denied", "let jobd's user write there")),
        (".", 0o555, ("not writable", "let jobd's user")),
    ):
        shutil.rmtree(state)
        shutil.copytree(made, state)
        for path in (state, *state.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        (state / name).chmod(mode)
        refused(serve(), FAILED, str(state), *words)
    print("  7 places that may not be written: each refused with what helps", flush=True)


# --- A write-ahead log that ends anywhere

class Log:
    """SQLite's write-ahead log (sqlite.org/walformat.html): its frames, and where its transactions end."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.page_size, salts = struct.unpack(">8xI4x8s8x", self.bytes[:32])
        self.frame_size = 24 + self.page_size
        self.frames = []  # (page number, pages of the file after this commit or 0)
        while len(self.bytes) >= self.border(len(self.frames) + 1):
            begin = self.border(len(self.frames))
            page, pages, frame_salts = struct.unpack(">II8s", self.bytes[begin:begin + 16])
            if frame_salts != salts:
                break  # of an earlier round of the same file
            self.frames.append((page, pages))
        while self.frames and not self.frames[-1][1]:
            self.frames.pop()  # of a transaction that the kill cut off
        self.end = self.border(len(self.frames))

    def border(self, count):
        """Where frame number `count`, from 0, begins."""
        return 32 + count * self.frame_size

    def commits_before(self, offset):
        """How many transactions are whole if the bytes from `offset` on are not what they were."""
        return sum(1 for index, (_, pages) in enumerate(self.frames) if pages and self.border(index + 1) <= offset)

    def images(self, main):
        """The database after each transaction, put together from the main file and the frames without SQLite."""
        image = bytearray(main)
        yield bytes(image)
        for index, (page, pages) in enumerate(self.frames):
            begin, place = self.border(index) + 24, (page - 1) * self.page_size
            image.extend(bytes(max(0, place + self.page_size - len(image))))
            image[place:place + self.page_size] = self.bytes[begin:begin + self.page_size]
            if pages:
                del image[pages * self.page_size:]
                yield bytes(image)


def content(connection):
    """Every row of every table."""
    tables = sorted(row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"))
    return {table: sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"'))) for table in tables}


def opened(path):
    connection = sqlite3.connect(path)
    connection.row_factory = None
    return contextlib.closing(connection)


class Work:
    """A state directory as a kill in the middle of much work left it, and the simulator that knows the tasks."""

    def __init__(self, where, simulator):
        self.where, self.simulator = where, simulator
        # So few that SQLite does not yet write its log back into the file (at 1000 pages), and not all at once, so that
        # there are many commits.
        begin, thrice = soon(7), 'test "$JOBD_ATTEMPT" -ge 3'
        self.jobs = JOBS.split("jobs:\n")[0] + "jobs:\n"
        self.launches = {}
        for number in range(8):
            due = {"schedule": f"at({begin + datetime.timedelta(seconds=number % 4):%Y-%m-%dT%H:%M:%S})"}
            self.jobs += job(f"single-{number}", "sleep 0.2", **due) + job(f"thrice-{number}", thrice, **due)
            self.launches |= {f"single-{number}": 1, f"thrice-{number}": 3}
        self.state = where / "state"
        # The jobs are known, and the log is empty, before the work begins.
        with self.daemon(self.state) as daemon:
            check(time.time() < begin.timestamp(), "the jobs are known before they are due")
            check(daemon.end() == 0, "the daemon ends well")
        with self.daemon(self.state) as daemon:
            with opened(self.state / "jobd.sqlite") as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.main = (self.state / "jobd.sqlite").read_bytes()
            wanted = sum(self.launches.values())
            until(lambda: len(harness.started_tasks(simulator.url)) > 0.6 * wanted, "most tasks are started", 60, 0.01)
            daemon.kill()
        check((self.state / "jobd.sqlite").read_bytes() == self.main, "all that was done stands in the log alone")
        self.log = Log(self.state / "jobd.sqlite-wal")

    def daemon(self, state, wait=True):
        return harness.Daemon(self.where, self.jobs, "--lease", "2", state=state, wait=wait,
                              **harness.endpoints(self.simulator.url))

    def copy(self, name, log):
        """A state directory with this log. SQLite's index of the log is not copied: a crash of the machine takes it."""
        state = self.where / name
        state.mkdir()
        (state / "jobd.sqlite").write_bytes(self.main)
        (state / "jobd.sqlite-wal").write_bytes(log)
        return state


def cuts_of(log, chance, count):
    """Where a log is cut: at every byte of its head and its first frames; beyond them at the borders and anywhere."""
    borders = [log.border(n) for n in range(len(log.frames) + 1)]
    some = borders[-40:] + chance.sample(borders, min(len(borders), max(0, count // 5)))
    near = {border + by for border in some for by in (-1, 0, 1)}
    anywhere = {chance.randrange(log.end) for _ in range(count // 3)}
    return sorted(near | anywhere | set(range(log.border(min(FRAMES, len(log.frames))))))


def damages(log, chance, count):
    """Logs that lack their end or are spoiled, as (what was done, bytes, the first byte that is not as it was)."""
    for cut in cuts_of(log, chance, count):
        yield f"cut at {cut}", log.bytes[:cut], min(cut, log.end)
    latest = [log.border(n) for n in range(len(log.frames) + 1)][-40:]
    for number in range(count // 3):
        # A torn write: from anywhere in the last frames on, for some bytes, zeros or anything.
        begin = chance.randrange(latest[0], log.end)
        length = chance.randrange(1, log.end - begin + 1) if number % 3 else log.end - begin
        filling = bytes(length) if number % 2 else chance.randbytes(length)
        spoiled = log.bytes[:begin] + filling + log.bytes[begin + length:]
        first = next((n for n in range(begin, begin + length) if spoiled[n] != log.bytes[n]), log.end)
        yield f"{length} bytes torn from {begin}", spoiled, first


def torn(where):
    """After any cut and any tear of the log, the database is what it was after a commit: the last whole one."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with harness.simulator(where, "--auto-create") as simulator:
        work = Work(where, simulator)
        log = work.log
        known, events = [], set()
        for number, image in enumerate(log.images(work.main)):
            path = where / "image.sqlite"
            # Without a log: bytes 18 and 19 say how a file is written (sqlite.org/fileformat.html).
            path.write_bytes(image[:18] + b"\1\1" + image[20:])
            with opened(path) as connection:
                known.append(content(connection))
            later = set(known[-1]["history"])
            check(events <= later, f"commit {number} took back an event")
            events = later
        check(len(known) > 10, f"there are commits to lose: {len(known)}")
        begin, tried = time.monotonic(), 0
        for what, damaged, first in damages(log, chance, CUTS):
            state = work.copy("cut", damaged)
            with opened(state / "jobd.sqlite") as connection:
                check(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], f"{what}: whole")
                found = content(connection)
            check(found == known[log.commits_before(first)], f"{what}: not what the commits before it left (seed {seed})")
            shutil.rmtree(state)
            tried += 1
        print(
            f"  {len(log.frames)} frames, {len(known) - 1} commits, {tried} cuts and tears in"
            f" {time.monotonic() - begin:.1f} s, at every byte of the first {FRAMES} frames: each left the commits before"
            " it, and nothing else",
            flush=True,
        )


def resumed(where):
    """A daemon goes on after any cut, and finds the tasks of launches whose rows are lost by their identity."""
    chance = random.Random()
    with harness.simulator(where, "--auto-create") as simulator:
        work = Work(where, simulator)
        before = len(harness.started_tasks(simulator.url))
        borders = [work.log.border(n) for n in range(len(work.log.frames) + 1)]
        cuts = [borders[0], borders[-1], *(chance.choice(borders) + chance.choice((-1, 0, 1)) for _ in range(STARTS // 2))]
        cuts += [chance.randrange(work.log.end) for _ in range(STARTS - len(cuts))]
        begin = time.monotonic()
        for number, cut in enumerate(cuts):
            state = work.copy(f"resumed-{number}", work.log.bytes[:max(0, cut)])
            with work.daemon(state) as daemon:
                until(
                    lambda: all(row["days"][-1].get("state") == "SUCCEEDED" for row in daemon.rows().values()),
                    f"every slot succeeds after a cut at {cut}", 180, 0.2,
                )
                if number == len(cuts) - 1:
                    slots = settle(daemon)
                check(daemon.end() == 0, f"cut at {cut}: it ends well")
            shutil.rmtree(state)
        tasks = harness.started_tasks(simulator.url)
    judge(slots, tasks, [], launches=work.launches, status=dict.fromkeys(work.launches, "SUCCEEDED"))
    print(
        f"  {len(cuts)} starts after a cut in {time.monotonic() - begin:.0f} s: {before} tasks were started before the kill,"
        f" {len(tasks)} in all, one for each of the launches",
        flush=True,
    )


# --- A main file that is spoiled

def spoiled(where):
    """Bytes of the database that are not what they were: it is refused with what helps, or it works; nothing crashes."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    with harness.simulator(where, "--auto-create") as simulator:
        work = Work(where, simulator)
        with work.daemon(work.state) as daemon:
            settle(daemon)
            check(daemon.end() == 0, "the daemon ends well")
        main = (work.state / "jobd.sqlite").read_bytes()
        refusals = 0
        for number in range(STARTS):
            begin = chance.randrange(len(main))
            length = chance.choice((1, 16, 512, 4096))
            state = work.copy(f"spoiled-{number}", b"")
            (state / "jobd.sqlite").write_bytes((main[:begin] + chance.randbytes(length) + main[begin + length:])[:len(main)])
            daemon = work.daemon(state, wait=False)
            try:
                until(lambda: daemon.ctl("status").returncode == 0 or not daemon.is_running, "it answers, or ends")
                if daemon.is_running:
                    check(daemon.ctl("list").returncode in (0, 1), "looking does no harm")
                    status = daemon.end(harness.PATIENCE)
                    check(status == 0, f"{length} bytes at {begin}: it ended with {status} (seed {seed})")
                else:
                    refusals += 1
                    status, said = daemon.process.returncode, daemon.tail(5)
                    check(status == FAILED, f"{length} bytes at {begin}: it ended with {status} (seed {seed}): {said}")
                    check(str(state / "jobd.sqlite") in said, f"it says which file: {said}")
            finally:
                daemon.kill()
                daemon.log.unlink()
            shutil.rmtree(state)
        check(refusals, "some damage was found")
        by_run(harness.started_tasks(simulator.url))
    print(f"  {STARTS} spoiled files: {refusals} refused, {STARTS - refusals} taken, no crash", flush=True)


if __name__ == "__main__":
    harness.main({
        "full": full, "read-only": read_only, "forbidden": forbidden, "torn": torn, "resumed": resumed, "spoiled": spoiled,
    })
