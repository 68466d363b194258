"""Three empty groups in the account of a running server, then what Security Hub has.

    python securityhub.py --endpoint http://127.0.0.1:PORT seed       makes them, or those that are named
    python securityhub.py --endpoint ... close                        fills one of them and takes another away
    python securityhub.py --endpoint ... findings                     prints the findings as JSON, read by boto3
    python securityhub.py --endpoint ... validate FILE                holds a file of `-f asff` against the service model

`--account ID` does it in a member account, through the role that Organizations makes there.
"""

import argparse
import json

from botocore.session import get_session
from botocore.validate import ParamValidator

from organization import ROLE
from seed import Aws


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("what", choices=["seed", "close", "findings", "validate"])
    parser.add_argument("more", nargs="*")
    parser.add_argument("--account")
    options = parser.parse_args()
    aws = Aws(options.endpoint)
    if options.account:
        role = f"arn:aws:iam::{options.account}:role/{ROLE}"
        aws = Aws(options.endpoint, aws("sts").assume_role(RoleArn=role, RoleSessionName="hub")["Credentials"])
    if options.what == "seed":
        for group in options.more or ("hub-one", "hub-two", "hub-stays"):
            aws("iam").create_group(GroupName=group)
        print("seeded")
    elif options.what == "close":
        for user in ("hub-alice", "hub-bob"):
            aws("iam").create_user(UserName=user)
            aws("iam").add_user_to_group(GroupName="hub-one", UserName=user)
        aws("iam").delete_group(GroupName="hub-two")
        print("closed")
    elif options.what == "findings":
        pages = aws("securityhub").get_paginator("get_findings").paginate()
        print(json.dumps([finding for page in pages for finding in page["Findings"]]))
    else:
        findings = json.load(open(options.more[0]))
        model = get_session().get_service_model("securityhub").operation_model("BatchImportFindings")
        for begin in range(0, len(findings), 100):
            report = ParamValidator().validate({"Findings": findings[begin:begin + 100]}, model.input_shape)
            assert not report.has_errors(), report.generate_report()
        known = set(model.input_shape.members["Findings"].member.members)
        unknown = {key for finding in findings for key in finding} - known
        assert not unknown, unknown
        print(len(findings))


if __name__ == "__main__":
    main()
