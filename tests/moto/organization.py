"""Seeds an organisation of four accounts in a running serve.py, and prints their ids as JSON.

    python organization.py --endpoint http://127.0.0.1:PORT

`own` manages it, `member` has the role that Organizations makes, `other` has a role of another name only, `closed` is
suspended. `own` and `member` hold the same bucket policy and the same role; a service control policy over `member` denies
what that role needs to become administrator.
"""

import argparse
import json

from seed import Aws

ROLE = "OrganizationAccountAccessRole"
OPEN = {"Sid": "Everybody", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
RUN = {"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*"}
NO_COMPUTE = {"Sid": "NoCompute", "Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def fill(aws, name):
    """A user, a role that can pass an administrator role to an instance, and a bucket that everybody may read."""
    iam, s3 = aws("iam"), aws("s3")
    iam.create_user(UserName="alice")
    for role in ("builder", "runner"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy(EC2))
    iam.attach_role_policy(RoleName="builder", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.put_role_policy(RoleName="runner", PolicyName="run", PolicyDocument=policy(RUN))
    bucket = f"fw-{name}-open"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(OPEN | {"Resource": f"arn:aws:s3:::{bucket}/*"}))


def main():
    parser = argparse.ArgumentParser(description="Seed an organisation in the emulator.")
    parser.add_argument("--endpoint", required=True)
    endpoint = parser.parse_args().endpoint
    aws = Aws(endpoint)
    organizations = aws("organizations")
    own = organizations.create_organization(FeatureSet="ALL")["Organization"]["MasterAccountId"]

    def create(name, role):
        made = organizations.create_account(Email=f"{name}@example.com", AccountName=f"fw {name}", RoleName=role)
        return made["CreateAccountStatus"]["AccountId"]

    ids = {"own": own, "member": create("member", ROLE), "other": create("other", "SomethingElse"),
           "closed": create("closed", ROLE)}
    organizations.close_account(AccountId=ids["closed"])
    guard = organizations.create_policy(Name="no-compute", Type="SERVICE_CONTROL_POLICY", Description="",
                                        Content=policy(NO_COMPUTE))["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=guard, TargetId=ids["member"])
    fill(aws, "own")
    session = aws("sts").assume_role(RoleArn=f"arn:aws:iam::{ids['member']}:role/{ROLE}", RoleSessionName="seed")
    fill(Aws(endpoint, session["Credentials"]), "member")
    print(json.dumps(ids))


if __name__ == "__main__":
    main()
