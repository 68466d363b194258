"""moto_server that can also hold six things which no API call can bring about:

- an old access key: the user's tag `key-ages` gives the ages in days ("1-300"), in order of creation;
- a failing delivery: the trail's tag `delivery-error`;
- a credential report of now: moto's own says that it was made in 2015, before every user;
- a root user: with password; account alias fw-main: keys and no MFA, fw-second: MFA and no keys;
- a role that nobody can assume: one that its account does not have. Who may assume one that it has is not looked at;
- a finding that Security Hub does not take: one about a resource whose name ends in `-refused`, and the first time one whose
  name ends in `-busy`.

Usage: python serve.py -H 127.0.0.1 -p PORT   (the arguments of moto_server)
"""

import datetime
import os

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.cloudtrail import models as cloudtrail  # noqa: E402
from moto.core.responses import ActionResult  # noqa: E402
from moto.iam import models as iam  # noqa: E402
from moto.iam.responses import IamResponse  # noqa: E402
from moto.securityhub import models as securityhub  # noqa: E402
from moto.server import main  # noqa: E402
from moto.sts import models as sts  # noqa: E402
from moto.sts.exceptions import STSClientError  # noqa: E402


def _tags(tags):
    return {t["Key"]: t["Value"] for t in tags}


_create_access_key = iam.IAMBackend.create_access_key


def create_access_key(self, user_name, *args, **more):
    key = _create_access_key(self, user_name, *args, **more)
    user = self.get_user(user_name)
    ages = _tags(self.tagger.list_tags_for_resource(user.arn)["Tags"]).get("key-ages", "").split("-")
    slot = len(user.access_keys) - 1
    if slot < len(ages) and ages[slot].isdigit():
        age = datetime.timedelta(days=int(ages[slot]))
        key.create_date -= age
        user.create_date = min(user.create_date, key.create_date)
    return key


_trail_status = cloudtrail.CloudTrailBackend.get_trail_status


class _Failing:
    def __init__(self, status, error):
        self.status, self.error = status, error

    def description(self):
        return {**self.status.description(), "LatestDeliveryError": self.error}


def get_trail_status(self, name):
    status = _trail_status(self, name)
    for backend in cloudtrail.cloudtrail_backends[self.account_id].values():
        for trail in backend.trails.values():
            if trail.status is status:
                tags = _tags(backend.tagging_service.list_tags_for_resource(trail.arn)["TagsList"])
                error = tags.get("delivery-error")
                return _Failing(status, error) if error else status
    return status


_summary_map = iam.AccountSummary.summary_map


def summary_map(self):
    summary = dict(_summary_map.fget(self))
    alias = (self._iam_backend.account_aliases or [""])[0]
    summary["AccountPasswordPresent"] = 1
    summary["AccountAccessKeysPresent"] = 0 if alias == "fw-second" else 1
    summary["AccountMFAEnabled"] = 1 if alias == "fw-second" else 0
    return summary


def get_credential_report(self):
    return ActionResult({
        "Content": self.backend.get_credential_report(),
        "ReportFormat": "text/csv",
        "GeneratedTime": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    })


_assume_role = sts.STSBackend.assume_role


def assume_role(self, region_name, role_session_name, role_arn, *args, **more):
    account, name = role_arn.split(":")[4], role_arn.split("/")[-1]
    roles = iam.iam_backends[account]["aws"].roles.values()
    if name not in {role.name for role in roles}:
        raise STSClientError("AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {role_arn}")
    return _assume_role(self, region_name, role_session_name, role_arn, *args, **more)


_import_findings = securityhub.SecurityHubBackend.batch_import_findings
_once = set()


def _refusal(finding):
    name, identity = finding["Resources"][0]["Id"], finding["Id"]
    if name.endswith("-refused"):
        return {"Id": identity, "ErrorCode": "InvalidInput", "ErrorMessage": "Finding does not adhere to the format"}
    if name.endswith("-busy") and identity not in _once:
        _once.add(identity)
        return {"Id": identity, "ErrorCode": "InternalError", "ErrorMessage": "Try again"}
    return None


def batch_import_findings(self, findings):
    refused = [refusal for refusal in map(_refusal, findings) if refusal]
    names = {refusal["Id"] for refusal in refused}
    failed, taken, why = _import_findings(self, [finding for finding in findings if finding["Id"] not in names])
    return failed + len(refused), taken, why + refused


IamResponse.get_credential_report = get_credential_report
iam.IAMBackend.create_access_key = create_access_key
cloudtrail.CloudTrailBackend.get_trail_status = get_trail_status
iam.AccountSummary.summary_map = property(summary_map)
sts.STSBackend.assume_role = assume_role
securityhub.SecurityHubBackend.batch_import_findings = batch_import_findings

if __name__ == "__main__":
    main()
