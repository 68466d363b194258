//! Every code there is, with its weight and its documentation: the one place that `lint` reports from, and that the
//! command line and the documentation print.
//!
//! To add one: a row here, a call of `Sink::report` with it, and a row of `tests/examples.rs` with a document that earns it
//! and one that just does not. The tests walk this table and refuse a code without both.
//!
//! Codes that compare statements with each other as a whole stand at the end of the table: they ask `compare`, and only
//! `lint_thoroughly` has them.

use crate::lint::Severity;

/// A kind of diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Its name, for ever: `unknown_action`.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, and why that matters.
    pub about: &'static str,
    /// How to mend it.
    pub fix: &'static str,
}

/// Every code, in the order in which a document is read: the text, its elements, principals, actions, resources,
/// conditions, variables, and what all of them let in.
pub fn codes() -> &'static [&'static Code] {
    ALL
}

macro_rules! codes {
    ($($key:ident, $name:literal, $severity:ident, $about:literal, $fix:literal;)+) => {
        $(
            pub(super) static $key: Code =
                Code { name: $name, severity: Severity::$severity, about: $about, fix: $fix };
        )+
        static ALL: &[&Code] = &[$(&$key),+];
    };
}

codes! {
    INVALID_JSON, "invalid_json", Error,
        "The text is not JSON, so that AWS refuses it. What can be made out is judged all the same.",
        "Mend the text at the place shown.";
    NOT_EXAMINED, "not_examined", Warning,
        "The document is so large, or has so many faults, that not all of it was examined or listed.",
        "Mend what is listed and look again; a document that AWS stores is always examined whole.";
    TOO_LARGE, "too_large", Error,
        "The document has more characters than AWS stores. White space outside of strings is not counted here, as IAM does not count it. An inline policy has less room still: 2048 characters for all those of a user, 5120 of a group, 10240 of a role.",
        "Split the policy, or name actions and resources by patterns.";
    OVER_DEFAULT_QUOTA, "over_default_quota", Warning,
        "The trust policy is larger than the 2048 characters that an account allows unless its quota was raised.",
        "Have the quota `Role trust policy length` raised, or name accounts instead of their roles.";
    FORBIDDEN_CHARACTER, "forbidden_character", Error,
        "IAM takes tab, line feed, carriage return and the characters from U+0020 to U+00FF, and refuses others, such as typographic quotes.",
        "Replace the character, or escape it in a string.";
    DUPLICATE_KEY, "duplicate_key", Error,
        "A key stands twice in an object, perhaps in two letter cases. AWS refuses the document, or one of the two is lost.",
        "Put both values into one list, or drop one.";
    WRONG_TYPE, "wrong_type", Error,
        "A value has a type that the policy grammar does not take there.",
        "Write a string, a list of strings or an object, as the message says.";
    UNKNOWN_ELEMENT, "unknown_element", Error,
        "A key is no element of the policy language. Elements are spelled with their capitals.",
        "Spell the element as AWS does, or drop it.";
    MISSING_ELEMENT, "missing_element", Error,
        "The document or a statement lacks an element that it must have; AWS refuses it.",
        "Add the element.";
    CONFLICTING_ELEMENTS, "conflicting_elements", Error,
        "An element and its `Not` form stand in one statement; AWS refuses it.",
        "Keep one of them, or split the statement.";
    EMPTY_ELEMENT, "empty_element", Warning,
        "A list or an object is empty. It matches nothing, or limits nothing.",
        "Fill it or drop it.";
    INVALID_VERSION, "invalid_version", Error,
        "The policy language has two versions, 2012-10-17 and 2008-10-17. A date of one's own is none.",
        "Write `\"Version\": \"2012-10-17\"`.";
    MISSING_VERSION, "missing_version", Warning,
        "A document without `Version` is read by the rules of 2008-10-17, under which policy variables are plain text.",
        "Add `\"Version\": \"2012-10-17\"`.";
    OLD_VERSION, "old_version", Suggestion,
        "Version 2008-10-17 is the old policy language, without policy variables.",
        "Write 2012-10-17, after a look at every `${` in the document.";
    INVALID_EFFECT, "invalid_effect", Error,
        "`Effect` is neither Allow nor Deny, with these capitals.",
        "Write Allow or Deny.";
    INVALID_SID, "invalid_sid", Error,
        "IAM and Organizations take letters A to Z and digits in a `Sid`, and refuse others.",
        "Leave out blanks, hyphens and other signs.";
    DUPLICATE_SID, "duplicate_sid", Error,
        "Two statements have the same `Sid`; IAM refuses that, and reports name the wrong one.",
        "Give each statement its own, or none.";
    PRINCIPAL_NOT_ALLOWED, "principal_not_allowed", Error,
        "Identity policies, boundaries and service control policies are about whoever they are attached to; AWS refuses a principal in them.",
        "Drop the principal, or attach the document to a resource.";
    MISSING_PRINCIPAL, "missing_principal", Error,
        "A statement of a resource, trust or resource control policy says nothing of whom it is about; it never matches.",
        "Add `Principal`.";
    NOT_PRINCIPAL_NOT_ALLOWED, "not_principal_not_allowed", Error,
        "Trust policies and resource control policies take no `NotPrincipal`.",
        "Name the principals, or use `*` with `aws:PrincipalArn` in `Condition`.";
    RESOURCE_NOT_ALLOWED, "resource_not_allowed", Error,
        "A trust policy is about its own role; IAM refuses `Resource` in it.",
        "Drop the element.";
    RCP_ALLOWS, "rcp_allows", Error,
        "A resource control policy has `Deny` statements only; Organizations refuses others.",
        "Say what is forbidden, and spare whom you mean in `Condition`.";
    RCP_PRINCIPAL, "rcp_principal", Error,
        "The principal of a resource control policy is `*` and nothing else.",
        "Write `\"Principal\": \"*\"` and spare whom you mean by `aws:PrincipalArn` or `aws:PrincipalOrgID` in `Condition`.";
    RCP_NOT_ACTION, "rcp_not_action", Error,
        "A resource control policy takes no `NotAction`.",
        "List the actions.";
    RCP_DOES_NOT_REACH, "rcp_does_not_reach", Warning,
        "Resource control policies reach some services only; on others the statement does nothing.",
        "Use a service control policy for what your own principals do there.";
    BOUNDARY_WITHOUT_ALLOW, "boundary_without_allow", Warning,
        "A boundary is what a principal may have at most. One that only denies leaves nothing.",
        "Allow what may be granted, for example `*` on `*`, beside the denials.";
    UNKNOWN_PRINCIPAL_KIND, "unknown_principal_kind", Error,
        "Principals are of the kinds AWS, Service, Federated and CanonicalUser, with these capitals.",
        "Use one of these.";
    INVALID_PRINCIPAL, "invalid_principal", Error,
        "A principal is none that AWS knows: a wildcard in a part of it, a group, an ARN with a part too few. AWS refuses it, or it names nobody.",
        "Name an account, a user, a role or a session by its whole ARN, a service by its host; patterns belong into `Condition`, on `aws:PrincipalArn`.";
    DELETED_PRINCIPAL, "deleted_principal", Warning,
        "AWS replaced the ARN of a deleted principal by its unique id. It matches nobody, also when a principal of the old name is created again.",
        "Drop the entry, or name the new principal.";
    NOT_PRINCIPAL_WITH_ALLOW, "not_principal_with_allow", Error,
        "`Allow` with `NotPrincipal` opens the resource to everybody but a few, strangers included. AWS does not support it.",
        "Name whom you mean in `Principal`.";
    NOT_PRINCIPAL_DENIES_BOUNDED, "not_principal_denies_bounded", Warning,
        "A `Deny` with `NotPrincipal` hits every principal that has a permissions boundary, listed or not. It locks them out.",
        "Deny `*` and spare whom you mean by `ArnNotEquals` on `aws:PrincipalArn`.";
    NOT_PRINCIPAL_WITHOUT_ACCOUNT, "not_principal_without_account", Warning,
        "A `Deny` with `NotPrincipal` spares a principal only where the whole chain is listed: its account, its role, itself.",
        "List the account's root ARN and the role too, or deny `*` with `ArnNotEquals` on `aws:PrincipalArn`.";
    INVALID_ACTION, "invalid_action", Error,
        "An action is `*`, or a service, a colon and a name in which `*` and `?` are wild.",
        "Write it like `s3:Get*`.";
    UNKNOWN_SERVICE, "unknown_service", Error,
        "No service has this prefix. An action of it allows nothing, and denies nothing. Services that AWS retired count as unknown.",
        "Use the prefix of the Service Authorization Reference.";
    UNKNOWN_ACTION, "unknown_action", Error,
        "The service has no such action. It allows nothing, and, worse, denies nothing.",
        "Use the name of the Service Authorization Reference; it is not always that of the API call.";
    ACTION_MATCHES_NOTHING, "action_matches_nothing", Warning,
        "A pattern matches no action of its service today.",
        "Mend the pattern, or drop it.";
    ACTION_NOT_FOR_TRUST, "action_not_for_trust", Error,
        "Only the ways of assuming a role, tagging and naming the session are asked of a trust policy.",
        "Put other actions into the role's identity policies.";
    WRONG_WAY_TO_ASSUME, "wrong_way_to_assume", Error,
        "A principal of this kind assumes roles by another action: users, roles and services by sts:AssumeRole, SAML by sts:AssumeRoleWithSAML, OpenID Connect by sts:AssumeRoleWithWebIdentity.",
        "Allow the action that goes with the principal.";
    REDUNDANT_ACTION, "redundant_action", Suggestion,
        "Another entry of the same list covers this one.",
        "Drop the entry.";
    INVALID_RESOURCE, "invalid_resource", Error,
        "A resource is neither `*` nor a pattern of an ARN.",
        "Write `arn:partition:service:region:account:resource`; a `*` at the end takes the parts behind it.";
    WILDCARD_IN_SERVICE, "wildcard_in_service", Error,
        "The service of an ARN takes no wildcard.",
        "Write one entry a service, or `*`.";
    WILDCARD_STAYS_IN_PART, "wildcard_stays_in_part", Warning,
        "A `*` at the end of a part of an ARN takes everything behind it; inside of a part it takes no colon. The pattern matches less than it seems to.",
        "Write all six parts.";
    UNKNOWN_REGION, "unknown_region", Warning,
        "No region has this name, so that the entry matches nothing.",
        "Use the name of a region: `eu-central-1`.";
    UNKNOWN_RESOURCE_TYPE, "unknown_resource_type", Warning,
        "The service has no type of resource with such an ARN, so that no request is about it.",
        "Take the ARN from the Service Authorization Reference; mind `/` and `:` between type and name.";
    MISPLACED_ARN_PART, "misplaced_arn_part", Warning,
        "The ARNs of this type of resource have no region or account where the entry names one, or the other way round, so that it matches nothing.",
        "Leave the part empty, or write `*` or the value in it.";
    ACTION_RESOURCE_MISMATCH, "action_resource_mismatch", Warning,
        "No resource of the statement can be a resource of this action, so that the action is neither allowed nor denied by it.",
        "Add the ARN of the right type, or move the action to a statement with it.";
    ACTION_NEEDS_STAR, "action_needs_star", Warning,
        "The action takes no specific resource: requests for it are about `*`, which a specific ARN does not match.",
        "Move the action to a statement whose `Resource` is `*`.";
    REDUNDANT_RESOURCE, "redundant_resource", Suggestion,
        "Another entry of the same list covers this one.",
        "Drop the entry.";
    UNKNOWN_OPERATOR, "unknown_operator", Error,
        "There is no such condition operator; AWS refuses the document, and a stored statement does not match.",
        "Spell the operator as AWS does; `ForAllValues:`, `ForAnyValue:` stand before it and `IfExists` behind it.";
    UNKNOWN_CONDITION_KEY, "unknown_condition_key", Error,
        "There is no such condition key, so that no request carries it: the statement never matches, or always.",
        "Use the key of the Service Authorization Reference.";
    KEY_NEVER_APPLIES, "key_never_applies", Warning,
        "The key exists, but no action of the statement comes with it. The condition is always true or never.",
        "Move the actions that have the key to a statement of their own.";
    OPERATOR_KEY_MISMATCH, "operator_key_mismatch", Error,
        "The operator compares values of another type than the key's, so that the condition does not hold what it promises.",
        "Use an operator of the key's type.";
    UNREADABLE_VALUE, "unreadable_value", Error,
        "The operator cannot read the value: a bad date, number, range of addresses, switch or ARN. It matches nothing.",
        "Write the value in the form of the operator.";
    PRIVATE_SOURCE_IP, "private_source_ip", Warning,
        "`aws:SourceIp` is the public address of the caller. Private ranges never come.",
        "Use the public address of the network, or `aws:SourceVpc` and `aws:VpcSourceIp` behind an endpoint.";
    LITERAL_WILDCARD, "literal_wildcard", Warning,
        "`StringEquals` and its kin take `*` and `?` letter by letter; the value matches only this very text.",
        "Use `StringLike`, or leave the wildcard out.";
    MISSING_SET_OPERATOR, "missing_set_operator", Warning,
        "The key can have several values at once. Without a set operator the condition does not match a request with more than one.",
        "Put `ForAnyValue:` or `ForAllValues:` before the operator.";
    SET_OPERATOR_ON_SINGLE_VALUE, "set_operator_on_single_value", Warning,
        "The key has one value at most. `ForAllValues:` is true where it is missing, which opens an `Allow`; `ForAnyValue:` changes nothing.",
        "Drop the set operator.";
    FOR_ALL_VALUES_WITHOUT_GUARD, "for_all_values_without_guard", Security,
        "`ForAllValues:` is true where the request has no such key at all, so that an `Allow` with it lets in more than the values listed.",
        "Add `\"Null\": {\"the key\": \"false\"}` beside it.";
    MFA_IF_EXISTS, "mfa_if_exists", Security,
        "Requests signed with the access keys of a user carry no `aws:MultiFactorAuthPresent`, and others may carry false. `BoolIfExists` and `Null` let them pass without MFA.",
        "Allow with `\"Bool\": {\"aws:MultiFactorAuthPresent\": \"true\"}`.";
    MFA_DENY_MISSES_KEYS, "mfa_deny_misses_keys", Security,
        "Requests signed with the access keys of a user carry no `aws:MultiFactorAuthPresent`, so that a denial with `Bool` and false does not hit them.",
        "Deny with `BoolIfExists`.";
    VARIABLE_IN_OLD_VERSION, "variable_in_old_version", Warning,
        "Policy variables exist in version 2012-10-17 only; without it `${` is plain text and the entry matches nothing.",
        "Write `\"Version\": \"2012-10-17\"`.";
    VARIABLE_NOT_TAKEN, "variable_not_taken", Error,
        "A variable stands where none is taken: in an action, a principal, the first five parts of an ARN, or the value of a numeric, date, address, binary or `Null` operator.",
        "Write the value, or move the variable into the resource part of the ARN or a text condition.";
    MALFORMED_VARIABLE, "malformed_variable", Error,
        "A variable is `${key}` or `${key, 'default'}`.",
        "Close the brace, quote the default; a literal dollar is `${$}`.";
    UNKNOWN_VARIABLE, "unknown_variable", Error,
        "The variable names no condition key, so that it has no value and the entry matches nothing. Variables of templates are among these.",
        "Use the name of a condition key, or let the template fill it in.";
    VARIABLE_WITH_MANY_VALUES, "variable_with_many_values", Warning,
        "The key can have several values at once, and such a key has no value as a variable.",
        "Use a key with one value.";
    ALLOWS_EVERYTHING, "allows_everything", Security,
        "Every action on every resource without a condition: whoever has the policy is an administrator.",
        "List what is needed, or use AWS's AdministratorAccess, which reviewers know by name.";
    NOT_ACTION_WITH_ALLOW, "not_action_with_allow", Security,
        "`Allow` with `NotAction` grants all other actions of all services, also those that AWS adds next year.",
        "List the actions, or allow widely and deny in a statement of its own.";
    NOT_RESOURCE_WITH_ALLOW, "not_resource_with_allow", Security,
        "`Allow` with `NotResource` grants the actions on all other resources, also those that do not exist yet.",
        "List the resources, or allow widely and deny in a statement of its own.";
    PASSES_ANY_ROLE, "passes_any_role", Security,
        "Who may pass any role to any service gets the rights of every role: it starts a machine or a function with it.",
        "List the roles, or fix `iam:PassedToService`.";
    ASSUMES_ANY_ROLE, "assumes_any_role", Security,
        "Every role that trusts the account can be assumed, also in the accounts of others, where data can be carried to.",
        "List the roles, or fix `aws:ResourceOrgID` or `aws:ResourceAccount`.";
    OPEN_TO_EVERYONE, "open_to_everyone", Security,
        "A statement lets in everybody on the internet without a condition.",
        "Name the principals, or add a condition on `aws:PrincipalOrgID`.";
    ONLY_CALLER_CHOSEN_KEYS, "only_caller_chosen_keys", Security,
        "Everybody is let in on conditions that the caller decides, such as `aws:Referer`, `aws:UserAgent` or `aws:SecureTransport`. They keep nobody out.",
        "Name the principals, or add a condition on `aws:PrincipalOrgID`, `aws:SourceIp` or `aws:SourceVpce`.";
    CONFUSED_DEPUTY, "confused_deputy", Security,
        "The service acts for whoever configures it, in any account. Without a fixed source another account can make it act on this resource. A source under an `IfExists` operator is not fixed.",
        "Fix `aws:SourceAccount`, `aws:SourceArn` or `aws:SourceOrgID`.";
    PROVIDER_OPEN_TO_STRANGERS, "provider_open_to_strangers", Security,
        "The identity provider serves many tenants. Without a condition on a claim that names yours, everybody with an account there gets in.",
        "Limit the claim that names your organisation or repository, such as `token.actions.githubusercontent.com:sub`.";
    TRUST_WITHOUT_EXTERNAL_ID, "trust_without_external_id", Suggestion,
        "A whole account is trusted without any condition. If it is a third party that serves others too, one of them can have it assume your role.",
        "Ask for the `sts:ExternalId` that the third party gave you; within one organisation, fix `aws:PrincipalOrgID` instead.";
    UNREACHABLE_STATEMENT, "unreachable_statement", Warning,
        "No request can meet the statement, be it that its conditions exclude each other or that its actions never come with its resources. It allows nothing.",
        "Mend the condition, the actions or the resources, or drop the statement.";
    NEEDLESS_STATEMENT, "needless_statement", Suggestion,
        "The document allows the same without the statement: others allow or deny all that it speaks of.",
        "Drop the statement, or find out what it was meant to do.";
}
