"""The table of docs/performance.md from Benchmarks/results/*.json: report.py."""
import json
import pathlib
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = ROOT / "Benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin of what make bench writes -->", "<!-- end of what make bench writes -->"
HEAD = ["what", "ratio", "goal", "met", "jobd", "beside it"]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def seconds(value):
    return f"{number(value)} s" if value >= 1 else f"{number(value * 1_000)} ms"


def row(what, jobd, beside="", ratio=None, at_least=None, at_most=None, unit="×"):
    """One line; whether the goal is met follows from the figure."""
    goal, met = "", ""
    if at_least is not None:
        goal, met = f"≥ {at_least:g}{unit}", "yes" if ratio >= at_least else "no"
    if at_most is not None:
        goal, met = f"≤ {at_most:g}{unit}", "yes" if ratio <= at_most else "no"
    return [what, "" if ratio is None else number(ratio) + unit, goal, met, jobd, beside]


def next_times(found):
    own, croniter, cronsim = (found[who]["rate"]["median"] for who in ("jobd", "croniter", "cronsim"))
    differing = sum(
        len({found[who]["each"][place]["last"] for who in ("jobd", "croniter", "cronsim")}) > 1
        for place in range(len(found["jobd"]["each"])))
    agree = "all three name the same times" if differing == 0 else f"they differ for {differing} expressions"
    return [
        row(f"next times, to cronsim ({agree})", f"{number(own)}/s", f"cronsim {number(cronsim)}/s", own / cronsim, 30),
        row("the same, to croniter", "", f"croniter {number(croniter)}/s", own / croniter),
    ]


def load(found):
    whole = found["schedules"] / found["rate"]["median"]
    return [row(
        f"loading {found['schedules']:,} schedules from a job file",
        f"{seconds(whole)}, {number(found['rate']['median'])} schedules/s")]


def transitions(found):
    names = {"pass": "Pass with a payload template", "choice": "Pass and Choice in turn", "map": "Map of 1,000 items"}
    return [
        row(f"transitions, {names[name]}, {language}", f"{number(found[name + end]['median'])}/s")
        for name in names for language, end in (("JSONPath", ""), ("JSONata", "-jsonata"))
    ]


def machines(found):
    moto = max(each["median"] for each in found["moto"]["at_a_time"].values())
    jobs = {int(count): each["median"] for count, each in found["jobd"]["jobs"].items()}
    return [
        row(f"executions of ten Pass states, durable, of {count} job{'s' * (count > 1)} at a time", f"{number(rate)}/s",
            f"moto, in memory, {number(moto)}/s", rate / moto, 20 if count == max(jobs) else None)
        for count, rate in jobs.items()
    ]


def commits(found):
    plain, disk = found["plainSQLite"]["median"], found["fdatasync"]["median"]
    rows = [
        row(f"commits of one row, {count} writer{'s' * (int(count) > 1)}", f"{number(each['median'])}/s",
            f"SQLite alone, FULL, {number(plain)}/s", each["median"] / plain, 3 if count == "256" else None)
        for count, each in found["slots"].items()
    ]
    rows += [
        row(f"commits of a launch (six rows), {count} writer{'s' * (int(count) > 1)}", f"{number(each['median'])}/s",
            f"SQLite alone, one row, {number(plain)}/s", each["median"] / plain)
        for count, each in found["launches"].items()
    ]
    return rows + [
        row(f"commits of one row, {count} writer{'s' * (int(count) > 1)}, to the disk", f"{number(each['median'])}/s",
            f"fdatasync {number(disk)}/s", each["median"] / disk)
        for count, each in found["slots"].items()
    ]


def lags(one):
    if one["jobs"] == 1:
        return seconds(one["last"])
    return f"{number(one['perSecond'])}/s; median {seconds(one['median'])}, last {seconds(one['last'])}"


def burst(found):
    rows = []
    for own in (each for each in found if each["who"] == "jobd"):
        peers = [each for each in found if each["jobs"] == own["jobs"] and each["who"] != "jobd"]
        said = lags(own)
        if not peers:
            rows.append(row(f"{own['jobs']:,} jobs due in one second, from due to RunTask", said))
        for peer in peers:
            is_goal = own["jobs"] == 10_000 and peer["store"] == "sqlite" and peer["call"] == "boto3"
            rows.append(row(
                f"{own['jobs']:,} job{'s' * (own['jobs'] > 1)} due in one second, from due to RunTask", said,
                f"{peer['who']} {lags(peer)}",
                own["perSecond"] / peer["perSecond"], 10 if is_goal else None))
    return rows


def in_flight(found):
    tasks = f"{found['tasks']:,}"
    rows = []
    for each in found["describing"]:
        age = seconds(each["youngest"]) if each["youngest"] >= 1 else "0 s"
        rows.append(row(
            f"{tasks} tasks in flight, the youngest {age} old: DescribeTasks calls per 100 tasks and interval",
            f"{number(each['callsPerSecond'])} calls/s, {number(each['processor'] * 100)} % of a core,"
            f" {each['megabytes']:.0f} MB; {number(each['tasksPerCall'])} tasks a call", "", each["callsPer100TasksAndInterval"], at_most=1, unit=""))
    stop, recovery = found["stopToOutcome"], found["recovery"]
    return rows + [
        row(f"{tasks} tasks stop at once: until each outcome is stored",
            f"first {seconds(stop['first'])}, median {seconds(stop['median'])}, last {seconds(stop['last'])}",
            "asked for every 10 s at that age"),
        row(f"SIGKILL with {tasks} in flight: until ready again",
            f"{seconds(recovery['ready'])}; each task asked for after {seconds(recovery['allAskedFor'])}",
            f"{recovery['runTaskSentAgain']} RunTask sent again"),
    ]


def start(found):
    return [
        row("size of the binary, Swift's libraries inside", f"{found['bytes'] / 1_000_000:.0f} MB"),
        row("`jobd --version`", seconds(found["version"]["median"])),
        row("`jobd check` of the example", seconds(found["check"]["median"])),
        row("`jobd serve` until ready, on no database yet", seconds(found["ready"]["median"])),
        row("`jobd serve` until ready, on its database", seconds(found["readyAgain"]["median"])),
    ]


def idle(found):
    rows = []
    for count, each in found.items():
        used = each["idleProcessorSeconds"] / each["idleSeconds"]
        rows.append(row(
            f"idle with {int(count):,} schedules: resident memory",
            f"{each['anonymousMB']:.0f} MB of it its own data; {used * 100:.2g} % of a core; at the start"
            f" {each['peakMB']:.0f} MB, ready after {seconds(each['readySeconds'])}", "",
            each["residentMB"], at_most=60 if count == "10000" else None, unit=" MB"))
    return rows


PARTS = {
    "next": next_times, "load": load, "transitions": transitions, "machines": machines, "commits": commits,
    "burst": burst, "in-flight": in_flight, "start": start, "idle": idle,
}


def results():
    files = [RESULTS / f"{name}.json" for name in PARTS]
    return {file.stem: json.loads(file.read_text()) for file in files if file.exists()}


def machines_named(results):
    """One sentence a machine, should the results be of several, and of which commits they are."""
    found = {}
    for name, result in results.items():
        on = result["machine"]
        key = (on["processor"], on["cores"], on["memoryGB"], on["kernel"])
        found.setdefault(key, []).append((name, result["at"][:10], on["fdatasyncPerSecond"], result.get("commit")))
    for (processor, cores, memory, kernel), those in found.items():
        rates = sorted(rate for _, _, rate, _ in those)
        days = sorted({day for _, day, _, _ in those})
        commits = {}
        for name, _, _, commit in those:
            commits.setdefault(commit, []).append(name)
        if len(commits) == 1:
            of = [f"commit {commit}" for commit in commits if commit]
        else:
            of = [f"{', '.join(names)} at {commit}" for commit, names in commits.items() if commit]
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        which = "" if len(found) == 1 else f" ({', '.join(name for name, _, _, _ in those)})"
        at = f" ({'; '.join(of)})" if of else ""
        yield (
            f"Measured {when}{which}{at} on: {processor}, {cores} cores, {memory:g} GB of memory, Linux {kernel}; the disk makes"
            f" {number(rates[len(rates) // 2])} pages a second durable, one after the other (fdatasync)."
        )


def text(results):
    lines = [*textwrap.wrap(" ".join(machines_named(results)), 120, break_long_words=False, break_on_hyphens=False), ""]
    lines += ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    for name, result in results.items():
        lines += ["| " + " | ".join(cells) + " |" for cells in PARTS[name](result["found"])]
    return "\n".join(lines)


def write():
    before, rest = PAGE.read_text().split(BEGIN, 1)
    _, after = rest.split(END, 1)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text(results())}\n\n{END}{after}")


if __name__ == "__main__":
    write()
