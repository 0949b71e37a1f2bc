"""Every integration test, one after the other: each a script that also runs alone."""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = [
    ["clients.py"],
    ["emulators.py"],
    ["systemd.py"],
    ["operating.py"],
    ["trouble.py"],
    ["production.py"],
    ["integrations.py"],
    ["workflows.py"],
    ["burst.py", "--jobs", "1000"],
    ["judge.py"],
    ["crash.py", "--kills", os.environ.get("KILLS", "230"), "--daemons", "1", "1", "2"],
    ["ending.py", "starting", "launching", "following"],
    ["disk.py", "forbidden", "torn"],
    ["clock.py", "forward", "spring", "autumn"],
]
# Less than what make crash, disk and clock do.
SHORT = {"ROUNDS": "3", "CUTS": "100", "FRAMES": "1"}

failed = []
for script in SCRIPTS:
    print(f"== {' '.join(script)}", flush=True)
    if subprocess.run([sys.executable, str(HERE / script[0]), *script[1:]], env={**SHORT, **os.environ}).returncode != 0:
        failed.append(" ".join(script))
print(f"integration: {len(SCRIPTS) - len(failed)} passed, {len(failed)} failed {failed or ''}", flush=True)
sys.exit(1 if failed else 0)
