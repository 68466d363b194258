"""What an audit of much costs: calls, processor time, memory.

    python scale.py --program target/release/forewarn [--count 500]
    python scale.py --program target/release/forewarn --organization target/release/examples/organization --stored \\
        [--count 500]
    python scale.py --program target/release/forewarn --organization target/release/examples/organization \\
        [--accounts 40] [--count 500] [--roles 0] [--buckets 100] [--latency 40] [--in-flight 128] [--s3-a-second 0]

Starts an emulator, seeds it, audits it once and prints {"calls", "cpu_seconds", "peak_mb", "wall_seconds"}; with
--organization the simulated AWS with many accounts, without a look back over events, and "ideal_seconds" too: calls × latency
/ calls in flight, or the calls of S3 / what S3 takes in a second where that is longer. "resources" says how many users, roles
and buckets there are. With --stored a snapshot of one account of it is judged and written in seven formats.
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


def audit(program, url, folder, key="testing", more=()):
    report = pathlib.Path(folder, "report.json")
    environment = {"HOME": folder, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "testing",
                   "AWS_EC2_METADATA_DISABLED": "true"}
    command = [program, "audit", "--quiet", "--fail-on", "never", "--allow-unknown", "--endpoint-url", url,
               "--region", "us-east-1", "-f", f"json={report}", *more]
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


def judged(run, expected):
    """An audit that sees little costs little: everything that was seeded must have been judged."""
    for check, number in expected.items():
        found = sum(result["check"] == check for result in run["results"])
        if found < number:
            sys.exit(f"scale.py: {check} judged {found} of {number}")


FORMATS = ("json", "csv", "html", "ocsf", "sarif", "junit", "md")


class Organization:
    """The simulated AWS, for as long as it is needed."""

    def __init__(self, program, *numbers):
        self.server = subprocess.Popen([program, *map(str, numbers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)

    def __enter__(self):
        url = self.server.stdout.readline().strip()
        if not url:
            sys.exit("scale.py: the simulated AWS does not start")
        return url

    def __exit__(self, *_):
        self.server.stdin.close()
        self.server.wait()


def again(program, folder, formats):
    """Judges the snapshot and writes formats: seconds and peak of memory."""
    command = [program, "audit", "--quiet", "--fail-on", "never", "--allow-unknown", "--snapshot", "snapshot.json"]
    for name in formats:
        command += ["-f", f"{name}=again.{name}"]
    began = time.monotonic()
    child = subprocess.Popen(command, env={"HOME": folder}, cwd=folder, stdin=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"scale.py: the audit of the snapshot ended with {child.returncode}")
    for name in formats:
        if pathlib.Path(folder, f"again.{name}").stat().st_size < 1_000:
            sys.exit(f"scale.py: the {name} is nearly empty")
    return round(wall, 2), round(used.ru_maxrss * 1024 / 1e6, 1)


def stored(options):
    """A snapshot of one account, judged by every check and written in every format that the target names."""
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as folder:
        with Organization(options.organization, 1, options.count, options.count, options.count, 0, 0) as url:
            run, _ = audit(program, url, folder, "AKIASIM0100000000000",
                           ["--org", "--events-days", "0", "--save-snapshot", "snapshot.json"])
        seconds, peak = again(program, folder, FORMATS)
        # The shortest format: what is left is reading the snapshot and all the checks.
        checks, _ = again(program, folder, ["md"])
    judged(run, {"s3.reachable_by_anyone": options.count, "iam.user_without_mfa": options.count,
                 "iam.role_trusts_anyone": options.count})
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "checks_seconds": checks}))


def organization(options):
    sizes = [options.accounts, options.count, options.roles, options.buckets]
    with tempfile.TemporaryDirectory() as folder, \
            Organization(options.organization, *sizes, options.latency, options.s3_a_second) as url:
        run, cost = audit(os.path.abspath(options.program), url, folder, "AKIASIM0100000000000",
                          ["--org", "--events-days", "0", "--max-in-flight", str(options.in_flight)])
    unreached = [account for account in run["coverage"]["accounts"] if account["gap"]]
    # The look-back was not asked for.
    gaps = [gap for gap in run["coverage"]["gaps"] if gap["cause"] != "not_asked"]
    if unreached or gaps:
        sys.exit(f"scale.py: not all was read: {unreached} {gaps}")
    judged(run, {"s3.reachable_by_anyone": options.accounts * options.buckets,
                 "iam.user_without_mfa": options.accounts * options.count,
                 "iam.role_trusts_anyone": options.accounts * options.roles})
    ideal = cost["calls"] * options.latency / 1000 / options.in_flight
    if options.s3_a_second:
        of_s3 = sum(counts["sent"] for operation, counts in run["run"]["calls"].items() if operation.startswith("s3:"))
        ideal = max(ideal, of_s3 / options.s3_a_second)
    cost["ideal_seconds"] = round(ideal, 2)
    cost["resources"] = options.accounts * (options.count + options.roles + options.buckets)
    print(json.dumps(cost))


def main():
    parser = argparse.ArgumentParser(description="Measure an audit of a large account, or of an organisation.")
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=500, help="users, roles and buckets; 3/5 of it policies")
    parser.add_argument("--organization", help="the program that serves an organisation")
    parser.add_argument("--stored", action="store_true", help="judge a snapshot of one account of it")
    parser.add_argument("--accounts", type=int, default=40)
    parser.add_argument("--roles", type=int, default=0, help="roles of each account of the organisation")
    parser.add_argument("--buckets", type=int, default=100, help="buckets of each account of the organisation")
    parser.add_argument("--latency", type=int, default=40, help="milliseconds of each answer of the organisation")
    parser.add_argument("--in-flight", type=int, default=128)
    parser.add_argument("--s3-a-second", type=int, default=0, help="requests a second that S3 takes; 0 = all")
    options = parser.parse_args()
    if options.stored:
        return stored(options)
    if options.organization:
        return organization(options)
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
    judged(run, {"s3.reachable_by_anyone": options.count, "iam.user_without_mfa": options.count,
                 "iam.policy_allows_everything": options.count * 3 // 5, "iam.role_trusts_anyone": options.count})
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
