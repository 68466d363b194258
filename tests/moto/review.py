"""What a review of a large change costs, and one of a single policy: time and memory.

    python review.py --program target/release/forewarn [--roles 5000] [--buckets 1000] [--resources 2000]

Makes a snapshot of one account and a plan over it, reviews both and prints {"seconds", "peak_mb", "policy_seconds"}.
The plan changes roles that are there, makes new ones, and gives buckets policies whose resources only the apply makes
known. The figures are the program's own, as the kernel counts them for its process; of the single policy the middle one of
five runs counts, over an empty account, from process start.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

ACCOUNT = "111122223333"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


def role(name, number):
    statement = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::data-{number % 1000}/*")
    return {
        "name": name,
        "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "id": f"AROA{number:017}",
        "path": "/",
        "created": "2025-01-01T00:00:00Z",
        "trust": TRUST,
        "inline": [{"name": "own", "document": policy(statement)}],
    }


def snapshot(program, folder, roles, buckets):
    """The sample account of the demo, with as many roles and buckets as are asked for."""
    path = pathlib.Path(folder, "today.json")
    subprocess.run(
        [program, "demo", "--quiet", "--fail-on", "never", "--save-snapshot", path], check=True, stdout=subprocess.DEVNULL
    )
    saved = json.loads(path.read_text())
    inventory = saved["inventory"]
    account = next(account for account in inventory["accounts"] if account["id"] == ACCOUNT)
    inventory["accounts"] = [account]
    account["iam"]["roles"] = [role(f"app-{number}", number) for number in range(roles)]
    account["iam"]["users"], account["iam"]["groups"] = [], []
    account["iam"]["credential_report"]["rows"] = []
    like = account["s3"]["buckets"][0]
    block = dict.fromkeys(
        ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"], True
    )
    account["s3"]["buckets"] = [
        {**like, "name": f"data-{n}", "arn": f"arn:aws:s3:::data-{n}", "policy": None, "policy_status": None, "public_access_block": block}
        for n in range(buckets)
    ]
    path.write_text(json.dumps(saved))
    return path


def plan(folder, resources):
    """Half of it roles, old and new, a quarter bucket policies that documents make, a quarter what nobody is about."""
    changes, configured = [], []

    def change(kind, name, actions, before, after, unknown, expressions):
        mode, plain = ("data", kind[5:]) if kind.startswith("data.") else ("managed", kind)
        body = {"actions": actions, "before": before, "after": after, "after_unknown": unknown}
        changes.append(
            {"address": f"{kind}.{name}", "mode": mode, "type": plain, "name": name, "change": body}
        )
        configured.append({"address": f"{kind}.{name}", "provider_config_key": "aws", "expressions": expressions})

    for n in range(resources // 4):
        more = policy(allow(["s3:GetObject", "s3:DeleteObject"], f"arn:aws:s3:::data-{n}/*"))
        inline = {"role": f"app-{n}", "name": "own"}
        change("aws_iam_role_policy", f"p{n}", ["update"], {**inline, "policy": TRUST}, {**inline, "policy": more}, {}, {"policy": {}})
        made = {"name": f"new-{n}", "path": "/", "assume_role_policy": TRUST, "inline_policy": [{"name": "own", "policy": more}]}
        change("aws_iam_role", f"r{n}", ["create"], None, made, {"arn": True, "id": True}, {"name": {}, "inline_policy": [{"policy": {}}]})
        statement = {
            "actions": ["s3:GetObject"],
            "resources": [None],
            "principals": [{"type": "AWS", "identifiers": [f"arn:aws:iam::{ACCOUNT}:role/app-{n}"]}],
        }
        change(
            "data.aws_iam_policy_document", f"d{n}", ["read"], None, {"statement": [statement]},
            {"json": True, "statement": [{"resources": [True]}]},
            {"statement": [{"resources": {"references": [f"aws_s3_bucket.b{n}.arn", f"aws_s3_bucket.b{n}"]}, "principals": [{}]}]},
        )
        change("aws_s3_bucket", f"b{n}", ["no-op"], {"bucket": f"data-{n}"}, {"bucket": f"data-{n}"}, {}, {"bucket": {}})
        change(
            "aws_s3_bucket_policy", f"bp{n}", ["create"], None, {"bucket": f"data-{n}"}, {"policy": True},
            {"bucket": {}, "policy": {"references": [f"data.aws_iam_policy_document.d{n}.json", f"data.aws_iam_policy_document.d{n}"]}},
        )
    path = pathlib.Path(folder, "plan.json")
    path.write_text(json.dumps({
        "format_version": "1.2", "terraform_version": "1.9.8", "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured}},
    }))
    return path


def measured(command):
    """Seconds and the peak of memory of a command that may end in any verdict."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begun
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 4):
        raise SystemExit(f"{command} ended with {code}")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--roles", type=int, default=5000)
    parser.add_argument("--buckets", type=int, default=1000)
    parser.add_argument("--resources", type=int, default=2000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        today = snapshot(asked.program, folder, asked.roles, asked.buckets)
        review = [asked.program, "review", "--quiet"]
        seconds, peak = measured([*review, plan(folder, asked.resources), "--against", today, "-f", "json"])
        single = pathlib.Path(folder, "policy.json")
        single.write_text(policy(allow("s3:*", "arn:aws:s3:::b/*", Principal="*")))
        alone = [*review, single, "--as", "bucket-policy:b", "--standalone", "--account", ACCOUNT]
        each = sorted(measured(alone)[0] for _ in range(5))
        print(json.dumps({"seconds": seconds, "peak_mb": peak, "policy_seconds": each[2]}))


if __name__ == "__main__":
    main()
