"""What an audit of a large account costs: calls, processor time, memory.

    python scale.py --program target/release/forewarn [--count 500]

Starts an emulator, seeds it, audits it once and prints {"calls", "cpu_seconds", "peak_mb", "wall_seconds"}.
The figures are the program's own, as the kernel counts them for its process. This process stays small, for
the peak of a child begins with that of its parent.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent

# The kernel chooses the port of the socket that this very process serves: no other can be meant. The end of its
# input ends it, so that it does not outlive us.
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


def audit(program, url, folder):
    report = pathlib.Path(folder, "report.json")
    environment = {"HOME": folder, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
                   "AWS_EC2_METADATA_DISABLED": "true"}
    command = [program, "audit", "--quiet", "--fail-on", "never", "--allow-unknown", "--endpoint-url", url,
               "--region", "us-east-1", "-f", f"json={report}"]
    began = time.monotonic()
    child = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if child.returncode != 0:
        sys.exit(f"scale.py: the audit ended with {child.returncode}")
    if not report.exists():
        sys.exit("scale.py: the audit wrote no report")
    run = json.loads(report.read_text())
    return run, {
        "calls": sum(counts["sent"] for counts in run["run"]["calls"].values()),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss * 1024 / 1e6, 1),
        "wall_seconds": round(wall, 2),
    }


def main():
    parser = argparse.ArgumentParser(description="Measure an audit of a large account in the emulator.")
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=500, help="users, roles and buckets; 3/5 of it policies")
    options = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True,
                              env={**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"})
    try:
        port = server.stdout.readline().strip()
        if not port:
            sys.exit("scale.py: the emulator does not start")
        url = f"http://127.0.0.1:{port}"
        seed = [sys.executable, HERE / "seed.py", "--endpoint", url, "--scale", str(options.count)]
        subprocess.run(seed, check=True, stdout=subprocess.DEVNULL)
        with tempfile.TemporaryDirectory() as folder:
            run, cost = audit(os.path.abspath(options.program), url, folder)
    finally:
        server.stdin.close()
        server.wait()
    # An audit that sees little costs little: every bucket, user and customer policy must have been judged.
    for check, number in (("s3.reachable_by_anyone", options.count), ("iam.user_without_mfa", options.count),
                          ("iam.policy_allows_everything", options.count * 3 // 5),
                          ("iam.role_trusts_anyone", options.count)):
        judged = sum(result["check"] == check for result in run["results"])
        if judged < number:
            sys.exit(f"scale.py: {check} judged {judged} of {number}")
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
