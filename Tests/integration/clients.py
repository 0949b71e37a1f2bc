"""boto3 and the aws command line drive the built binary's ECS simulator: their parsers accept every answer."""
import subprocess
import sys

import harness


def simulator(where):
    script = harness.ROOT / "Tests" / "clients" / "boto3_simulator.py"
    done = subprocess.run(
        [sys.executable, str(script), harness.JOBD], capture_output=True, text=True, timeout=120,
        env=harness.environment(),
    )
    if done.returncode != 0:
        print(done.stdout[-2000:], done.stderr[-4000:], sep="\n", flush=True)
    harness.check(done.returncode == 0, "a client does not get on with the simulator")
    print(f"  {len(done.stdout.splitlines())} things hold", flush=True)


if __name__ == "__main__":
    harness.main({"simulator": simulator})
