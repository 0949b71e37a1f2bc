"""Successive next times by croniter and cronsim, of the same expressions in the same zones as jobd's: next_times.py INPUTS.

Making the iterators is not counted.
"""
import datetime
import json
import pathlib
import sys
import time
import zoneinfo

import croniter
import cronsim

REPETITIONS = 5


def iterators(peer, case, after):
    start = datetime.datetime.fromtimestamp(after, zoneinfo.ZoneInfo(case["timezone"]))
    if peer == "croniter":
        found = croniter.croniter(case["expression"], start, ret_type=datetime.datetime)
        return lambda: found.get_next()
    return cronsim.CronSim(case["expression"], start).__next__


def walk(peer, cases, given):
    """Seconds that count, and the last of each."""
    spent, last = 0, []
    for case in cases:
        following = iterators(peer, case, given["after"])
        start = time.perf_counter()
        for _ in range(given["count"]):
            at = following()
        spent += time.perf_counter() - start
        last.append(int(at.timestamp()))
    return spent, last


def summary(rates):
    return {"median": sorted(rates)[len(rates) // 2], "best": max(rates), "all": rates}


def rate(peer, cases, given):
    walk(peer, cases, given)
    count = len(cases) * given["count"]
    return summary([count / walk(peer, cases, given)[0] for _ in range(REPETITIONS)])


def measure(peer, given):
    cases = given["expressions"]
    return {
        "rate": rate(peer, cases, given),
        "each": [
            {**case, "rate": rate(peer, [case], given), "last": walk(peer, [case], given)[1][0]} for case in cases
        ],
    }


if __name__ == "__main__":
    given = json.loads((pathlib.Path(sys.argv[1]) / "next.json").read_text())
    print(json.dumps({peer: measure(peer, given) for peer in ("croniter", "cronsim")}))
