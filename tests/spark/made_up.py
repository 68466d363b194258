"""CloudTrail records that are made up, the same at every run: people, roles, refusals, bursts, odd names."""

import json
import random
from datetime import datetime, timedelta, timezone

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ACTIONS = [
    ("s3", "GetObject"), ("s3", "PutBucketPolicy"), ("s3", "DeleteBucket"), ("iam", "CreateAccessKey"),
    ("iam", "AttachUserPolicy"), ("ec2", "DescribeInstances"), ("ec2", "TerminateInstances"), ("sts", "AssumeRole"),
    ("signin", "ConsoleLogin"), ("kms", "Decrypt"),
]
ADDRESSES = ["192.0.2.10", "198.51.100.7", "198.51.101.200", "203.0.113.9", "2001:db8::1", "s3.amazonaws.com"]
NAMES = ["ana", "bob_smith", "bobXsmith", "per%cent", "zoë", "O'Hara"]


def record(chance: random.Random, number: int) -> dict:
    service, action = chance.choice(ACTIONS)
    account = chance.choice(["111122223333", "444455556666"])
    name = chance.choice(NAMES)
    time = START + timedelta(seconds=chance.randrange(3 * 86400))
    if name == "ana" and chance.random() < 0.5:
        # A burst: what the windows are for.
        service, action = "ec2", "TerminateInstances"
        time = START + timedelta(hours=3, seconds=chance.randrange(900))
    said = {
        "eventVersion": "1.10",
        "eventID": f"10000000-0000-4000-8000-{number:012}",
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": action,
        "awsRegion": chance.choice(["eu-central-1", "us-east-1", "ap-south-1"]),
        "recipientAccountId": account,
        "sourceIPAddress": chance.choice(ADDRESSES),
        "userAgent": chance.choice(["aws-cli/2.15", "console.amazonaws.com", "Boto3/1.34 100%_odd"]),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "readOnly": action.startswith(("Get", "Describe")),
        "requestParameters": {},
        "responseElements": None,
    }
    if service == "s3":
        said["requestParameters"] = {"bucketName": chance.choice(["logs", "my_data", "my-data"])}
    if action == "TerminateInstances":
        said["requestParameters"] = {"instancesSet": {"items": [{"instanceId": f"i-{chance.randrange(40):017}"}]}}
    if chance.random() < 0.2:
        said["errorCode"] = chance.choice(["AccessDenied", "Client.UnauthorizedOperation"])
        said["errorMessage"] = "User is not authorized"
    if chance.random() < 0.3:
        role = chance.choice(["Ops", "Deploy_Prod"])
        said["userIdentity"] = {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "accountId": account,
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "userName": role},
                "attributes": {"mfaAuthenticated": chance.choice(["true", "false"])},
            },
        }
    else:
        said["userIdentity"] = {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{account}:user/{name}",
            "accountId": account,
            "userName": name,
            "accessKeyId": f"AKIAIOSFODNN{chance.randrange(3)}EXAMPLE",
        }
    return said


def write(path, count: int) -> None:
    """Lines of `count` records."""
    chance = random.Random(7)
    with open(path, "w", encoding="utf-8") as out:
        for number in range(count):
            out.write(json.dumps(record(chance, number), ensure_ascii=False) + "\n")
