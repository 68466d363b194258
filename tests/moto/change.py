"""A change that is planned, reviewed, and then made for real in a running server.

    python change.py --endpoint http://127.0.0.1:PORT seed      makes what is there before
    python change.py --endpoint ... plan FILE                   writes the change as `terraform show -json` would
    python change.py --endpoint ... apply                       makes it, call by call, through boto3

Both sides stand beside each other in `CHANGE`: what the plan says of a resource, and the call that makes it so.
"""

import argparse
import json

from bucket_cases import OWN
from seed import Aws

OUTSIDER = "999988887777"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def bucket(name):
    return [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


READ = policy(allow("s3:GetObject", "arn:aws:s3:::change-data/*"))
EVERYTHING = policy(allow("*", "*"))
DELETE = policy(allow(["s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::change-data/*"))
TRUST_SERVICE = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
TRUST_OUTSIDER = policy({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OUTSIDER}:root"}, "Action": "sts:AssumeRole"})
TLS = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": bucket("change-logs"),
              "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
PUBLIC = policy(allow("s3:GetObject", "arn:aws:s3:::change-data/*", Principal="*"))
BLOCKED = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)
BLOCK = {"bucket": "change-data", "block_public_acls": True, "ignore_public_acls": True, "block_public_policy": True,
         "restrict_public_buckets": True}
GROUP_ADMIN = f"arn:aws:iam::{OWN}:policy/change-wide"


def seed(aws):
    s3, iam = aws("s3"), aws("iam")
    for name in ("change-data", "change-logs"):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_ownership_controls(
            Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCKED)
    s3.put_bucket_policy(Bucket="change-logs", Policy=TLS)
    for name in ("change-ci", "change-old"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST_SERVICE)
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=READ)
    iam.create_role(RoleName="change-trust", AssumeRolePolicyDocument=TRUST_SERVICE)
    iam.create_user(UserName="change-robot")
    iam.put_user_policy(UserName="change-robot", PolicyName="own", PolicyDocument=READ)
    iam.create_group(GroupName="change-empty")
    iam.create_policy(PolicyName="change-wide", PolicyDocument=READ)


def new_role(aws):
    iam = aws("iam")
    iam.create_role(RoleName="change-partner", AssumeRolePolicyDocument=TRUST_OUTSIDER)
    iam.put_role_policy(RoleName="change-partner", PolicyName="own", PolicyDocument=EVERYTHING)


def wide(aws):
    iam = aws("iam")
    iam.create_policy_version(PolicyArn=GROUP_ADMIN, PolicyDocument=EVERYTHING, SetAsDefault=True)


def old_role(aws):
    aws("iam").delete_role_policy(RoleName="change-old", PolicyName="own")
    aws("iam").delete_role(RoleName="change-old")


PASSWORDS = {"minimum_password_length": 14, "password_reuse_prevention": 24, "max_password_age": 90}

# Type, name, before, after, what is open, what its attributes refer to, the call.
CHANGE = [
    ("aws_s3_bucket", "data", {"bucket": "change-data", "id": "change-data", "arn": "arn:aws:s3:::change-data"},
     {"bucket": "change-data", "id": "change-data", "arn": "arn:aws:s3:::change-data"}, {}, {}, None),
    ("aws_s3_bucket_public_access_block", "data", BLOCK, None, {}, {},
     lambda aws: aws("s3").delete_public_access_block(Bucket="change-data")),
    ("aws_s3_bucket_policy", "data", None, {"policy": PUBLIC}, {"bucket": True},
     {"policy": {}, "bucket": {"references": ["aws_s3_bucket.data.id", "aws_s3_bucket.data"]}},
     lambda aws: aws("s3").put_bucket_policy(Bucket="change-data", Policy=PUBLIC)),
    ("aws_s3_bucket_policy", "logs", {"bucket": "change-logs", "policy": TLS}, None, {}, {},
     lambda aws: aws("s3").delete_bucket_policy(Bucket="change-logs")),
    ("aws_s3_bucket_server_side_encryption_configuration", "logs", None,
     {"bucket": "change-logs", "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]}, {},
     {"bucket": {}, "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": {}}]}]},
     lambda aws: aws("s3").put_bucket_encryption(
         Bucket="change-logs", ServerSideEncryptionConfiguration={
             "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]})),
    ("aws_iam_role_policy", "ci", {"role": "change-ci", "name": "own", "policy": READ},
     {"role": "change-ci", "name": "own", "policy": DELETE}, {}, {},
     lambda aws: aws("iam").put_role_policy(RoleName="change-ci", PolicyName="own", PolicyDocument=DELETE)),
    ("aws_iam_role", "partner", None,
     {"name": "change-partner", "path": "/", "assume_role_policy": TRUST_OUTSIDER,
      "inline_policy": [{"name": "own", "policy": EVERYTHING}]},
     {"arn": True, "id": True}, {"name": {}, "path": {}, "assume_role_policy": {}, "inline_policy": [{"name": {}, "policy": {}}]},
     new_role),
    ("aws_iam_policy", "wide", {"name": "change-wide", "path": "/", "arn": GROUP_ADMIN, "policy": READ},
     {"name": "change-wide", "path": "/", "arn": GROUP_ADMIN, "policy": EVERYTHING}, {}, {}, wide),
    ("aws_iam_role_policy_attachment", "ci", None, {"role": "change-ci"}, {"policy_arn": True},
     {"role": {}, "policy_arn": {"references": ["aws_iam_policy.wide.arn", "aws_iam_policy.wide"]}},
     lambda aws: aws("iam").attach_role_policy(RoleName="change-ci", PolicyArn=GROUP_ADMIN)),
    ("aws_iam_role", "old", {"name": "change-old", "path": "/", "assume_role_policy": TRUST_SERVICE}, None, {}, {}, old_role),
    ("aws_iam_role", "trust", {"name": "change-trust", "path": "/", "assume_role_policy": TRUST_SERVICE},
     {"name": "change-trust", "path": "/", "assume_role_policy": TRUST_OUTSIDER}, {}, {},
     lambda aws: aws("iam").update_assume_role_policy(RoleName="change-trust", PolicyDocument=TRUST_OUTSIDER)),
    ("aws_iam_user_policy", "robot", {"user": "change-robot", "name": "own", "policy": READ},
     {"user": "change-robot", "name": "own", "policy": EVERYTHING}, {}, {},
     lambda aws: aws("iam").put_user_policy(UserName="change-robot", PolicyName="own", PolicyDocument=EVERYTHING)),
    ("aws_iam_access_key", "robot", None, {"user": "change-robot", "status": "Active"}, {"id": True}, {"user": {}},
     lambda aws: aws("iam").create_access_key(UserName="change-robot")),
    ("aws_iam_account_password_policy", "all", None, PASSWORDS, {}, dict.fromkeys(PASSWORDS, {}),
     lambda aws: aws("iam").update_account_password_policy(
         MinimumPasswordLength=14, PasswordReusePrevention=24, MaxPasswordAge=90)),
    ("aws_iam_group", "empty", {"name": "change-empty", "path": "/"}, None, {}, {},
     lambda aws: aws("iam").delete_group(GroupName="change-empty")),
]


def action(before, after):
    if before is None:
        return "create"
    if after is None:
        return "delete"
    return "no-op" if before == after else "update"


def plan():
    def change(kind, name, before, after, unknown, _, __):
        return {
            "address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name,
            "change": {"actions": [action(before, after)], "before": before, "after": after, "after_unknown": unknown},
        }

    configured = [
        {"address": f"{kind}.{name}", "expressions": expressions}
        for kind, name, _, after, _, expressions, _ in CHANGE
        if after is not None
    ]
    return {"format_version": "1.2", "terraform_version": "1.9.8", "resource_changes": [change(*each) for each in CHANGE],
            "configuration": {"root_module": {"resources": configured}}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("what", choices=["seed", "plan", "apply"])
    parser.add_argument("file", nargs="?")
    asked = parser.parse_args()
    aws = Aws(asked.endpoint)
    if asked.what == "seed":
        seed(aws)
    elif asked.what == "plan":
        with open(asked.file, "w") as out:
            json.dump(plan(), out)
    else:
        for *_, call in CHANGE:
            if call:
                call(aws)
    print(asked.what)


if __name__ == "__main__":
    main()
