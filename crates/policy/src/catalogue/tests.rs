//! What the catalogue knows, and that it unpacks no more than it is asked for.

use std::collections::BTreeSet;

use super::*;

fn fresh() -> Catalogue {
    Catalogue::read(FILE).unwrap()
}

/// Every service, all of them unpacked.
fn all() -> Vec<&'static Service> {
    prefixes().map(|prefix| service(prefix).unwrap_or_else(|| panic!("{prefix} cannot be read"))).collect()
}

#[test]
fn weighs_little_and_says_what_it_is() {
    assert!(FILE.len() <= 300_000, "{} bytes", FILE.len());
    let (_, day) = version().rsplit_once('.').unwrap();
    assert!(day.starts_with(&date().replace('-', "")), "the version {} carries the date {}", version(), date());
    assert!(date().parse::<jiff::civil::Date>().is_ok(), "{}", date());
}

#[test]
fn is_whole() {
    let services = all();
    assert!(services.len() >= 400, "{} services", services.len());
    let actions: usize = services.iter().map(|service| service.actions.len()).sum();
    assert!(actions >= 20_000, "{actions} actions");
    let prefixes: Vec<&str> = prefixes().collect();
    assert!(prefixes.is_sorted_by(|one, other| one < other), "sorted, none twice");
    assert!(services.iter().zip(&prefixes).all(|(service, prefix)| service.prefix == *prefix));

    let last = fresh().services.last().unwrap().packed.as_ptr_range().end;
    assert_eq!(last, FILE.as_ptr_range().end, "nothing lies behind the last service");
}

#[test]
fn names_lead_somewhere() {
    for service in all() {
        let prefix = &service.prefix;
        assert!(!service.name.is_empty() && !service.actions.is_empty(), "{prefix}");
        let known = |names: &[String]| names.iter().all(|name| service.key(name).is_some_and(|key| key.name == *name));
        for action in &service.actions {
            let name = &action.name;
            assert_eq!(service.action(name), Some(action), "{prefix}:{name}");
            assert!(known(&action.keys), "{prefix}:{name} has a key that the service lacks");
            for on in &action.resources {
                assert!(service.resource(&on.name).is_some(), "{prefix}:{name} takes an unknown {}", on.name);
                assert!(known(&on.keys), "{prefix}:{name} on {} has a key that the service lacks", on.name);
            }
            for dependent in &action.dependents {
                let (prefix, name) = dependent.split_once(':').unwrap();
                assert!(super::service(prefix).and_then(|service| service.action(name)).is_some(), "{dependent}");
            }
        }
        for resource in &service.resources {
            assert_eq!(service.resource(&resource.name), Some(resource), "{prefix} {}", resource.name);
            assert!(known(&resource.keys), "{prefix} {}", resource.name);
            assert!(!resource.arns.is_empty(), "{prefix} {}", resource.name);
            assert!(resource.arns.iter().all(|arn| arn.starts_with("arn:") && !arn.contains(", ")), "{resource:?}");
        }
    }
}

#[test]
fn knows_some_actions() {
    let s3 = service("s3").unwrap();
    assert_eq!(s3.name, "Amazon S3");
    let get = s3.action("GetObject").unwrap();
    assert_eq!(get.access, Access::Read);
    let on: Vec<(&str, bool)> = get.resources.iter().map(|on| (on.name.as_str(), on.required)).collect();
    // Either will do, so that neither is required.
    assert_eq!(on, [("accesspointobject", false), ("object", false)]);
    assert!(get.keys.contains(&"s3:ExistingObjectTag/<key>".to_owned()));
    assert_eq!(s3.resource("object").unwrap().arns, ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]);
    let required = s3.action("DeleteBucket").unwrap();
    assert!(required.resources.iter().any(|on| on.name == "bucket"), "{required:?}");
    assert_eq!(s3.action("PutBucketPolicy").unwrap().access, Access::PermissionsManagement);
    assert_eq!(s3.action("ListBucket").unwrap().access, Access::List);
    assert!(s3.action("ListAllMyBuckets").unwrap().resources.is_empty());

    let iam = service("iam").unwrap();
    let pass = iam.action("PassRole").unwrap();
    assert_eq!(pass.access, Access::Write);
    assert_eq!(pass.keys, ["iam:AssociatedResourceArn", "iam:PassedToService"]);
    assert!(pass.resources.iter().any(|on| on.name == "role" && on.required));
    assert_eq!(iam.action("TagRole").unwrap().access, Access::Tagging);
    let run = service("ec2").unwrap().action("RunInstances").unwrap();
    assert_eq!(run.keys, ["ec2:Region"]);
    let image = run.resources.iter().find(|on| on.name == "image").unwrap();
    assert!(image.keys.contains(&"ec2:Owner".to_owned()), "{image:?}");
    let lex = service("lex").unwrap().resource("bot").unwrap();
    assert_eq!(lex.arns.len(), 2, "two shapes of ARN are two");
}

#[test]
fn knows_the_actions_that_the_search_tries() {
    let s3 = service("s3").unwrap();
    for (actions, resource) in
        [(crate::services::OBJECT_ACTIONS.as_slice(), "object"), (crate::services::BUCKET_ACTIONS.as_slice(), "bucket")]
    {
        for action in actions {
            let known = s3.action(action.strip_prefix("s3:").unwrap()).unwrap_or_else(|| panic!("no {action}"));
            assert!(known.resources.iter().any(|on| on.name == resource), "{action} on {resource}");
        }
    }
}

#[test]
fn knows_kinds_of_keys() {
    let fact = |key: Option<&ConditionKey>| key.map(|key| (key.name.clone(), key.kind, key.many));
    let is = |name: &str, kind, many| Some((name.to_owned(), kind, many));
    let sts = service("sts").unwrap();
    assert_eq!(fact(sts.key("sts:ExternalId")), is("sts:ExternalId", KeyKind::String, false));
    assert_eq!(fact(global_key("aws:TagKeys")), is("aws:TagKeys", KeyKind::String, true));
    assert_eq!(fact(global_key("aws:sourceip")), is("aws:SourceIp", KeyKind::IpAddress, false));
    assert_eq!(fact(global_key("aws:PrincipalArn")), is("aws:PrincipalArn", KeyKind::Arn, false));
    assert_eq!(fact(global_key("aws:SecureTransport")), is("aws:SecureTransport", KeyKind::Bool, false));
    assert_eq!(fact(global_key("aws:MultiFactorAuthAge")), is("aws:MultiFactorAuthAge", KeyKind::Numeric, false));
    assert_eq!(fact(global_key("aws:CurrentTime")), is("aws:CurrentTime", KeyKind::Date, false));
    // Keys of a session's origin come along to every service.
    assert_eq!(fact(global_key("lambda:SourceFunctionArn")), is("lambda:SourceFunctionArn", KeyKind::Arn, false));
    assert_eq!(fact(global_key("s3:prefix")), None);
    assert_eq!(fact(global_key("aws:SourceIP2")), None);

    // Fact C14.
    let many: BTreeSet<&str> =
        CATALOGUE.global_keys().iter().filter(|key| key.many).map(|key| key.name.as_str()).collect();
    let expected = [
        "aws:CalledVia",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceNamesList",
        "aws:ResourceOrgPaths",
        "aws:SourceOrgPaths",
        "aws:TagKeys",
        "aws:VpceOrgPaths",
    ];
    assert_eq!(many, expected.into());
}

#[test]
fn finds_keys_with_a_name_of_the_authors_choice() {
    let name = |key: Option<&'static ConditionKey>| key.map(|key| key.name.as_str());
    let (s3, sts, events) = (service("s3").unwrap(), service("sts").unwrap(), service("events").unwrap());
    assert_eq!(name(global_key("aws:PrincipalTag/team")), Some("aws:PrincipalTag/${TagKey}"));
    assert_eq!(name(global_key("AWS:principaltag/A/b:c")), Some("aws:PrincipalTag/${TagKey}"));
    assert_eq!(name(global_key("aws:PrincipalTag/${TagKey}")), Some("aws:PrincipalTag/${TagKey}"));
    assert_eq!(name(global_key("aws:PrincipalTag/")), None, "a tag has a name");
    assert_eq!(name(global_key("aws:PrincipalTag")), None);
    assert_eq!(name(s3.key("s3:existingobjecttag/Project")), Some("s3:ExistingObjectTag/<key>"));
    assert_eq!(name(events.key("events:Metadata/a")), Some("events:Metadata/${MetadataKey}"));
    assert_eq!(name(events.key("events:Metadata/a/Matcher")), Some("events:Metadata/${MetadataKey}/Matcher"));
    let github = "token.actions.githubusercontent.com";
    assert_eq!(name(sts.key(&format!("{github}:REF"))), Some("token.actions.githubusercontent.com:ref"));
    assert_eq!(
        name(sts.key(&format!("{github}/enterprise:actor"))),
        Some("token.actions.githubusercontent.com/${SubPath}:actor")
    );
    assert_eq!(name(sts.key("sts:external")), None);
}

#[test]
fn letter_case_does_not_count() {
    let s3 = service("S3").unwrap();
    assert_eq!(s3.prefix, "s3");
    for (one, other) in [("GETOBJECT", "getobject"), ("GetObject", "gETobject")] {
        assert!(s3.action(one).is_some());
        assert_eq!(s3.action(one), s3.action(other));
    }
    assert_eq!(s3.resource("OBJECT"), s3.resource("object"));
    assert_eq!(s3.key("S3:Prefix"), s3.key("s3:prefix"));
    assert!(s3.key("S3:Prefix").is_some());
}

#[test]
fn what_is_not_there_is_not_found() {
    for prefix in ["", "s", "s3s", "s3:", "nope", "zzz", "\u{212a}ms", "s3\0"] {
        assert_eq!(service(prefix), None, "{prefix:?}");
        assert!(!has_resource_control_policies(prefix), "{prefix:?}");
    }
    let s3 = service("s3").unwrap();
    for name in ["", "GetObjec", "GetObjects", "s3:GetObject", "*", "Get*"] {
        assert_eq!(s3.action(name), None, "{name:?}");
    }
    let long = format!("aws:{}", "${".repeat(100_000));
    assert_eq!((global_key(&long), s3.key(&long)), (None, None));
}

#[test]
fn patterns_find_actions() {
    let s3 = service("s3").unwrap();
    let named = |glob: &str| -> Vec<&str> { s3.actions_matching(glob).map(|action| action.name.as_str()).collect() };
    assert_eq!(named("getobject"), ["GetObject"]);
    assert_eq!(named("GETOBJECTVERSIONT*"), ["GetObjectVersionTagging", "GetObjectVersionTorrent"]);
    assert_eq!(named("?etObjectAcl"), ["GetObjectAcl"]);
    assert_eq!(named("Nothing*"), Vec::<&str>::new());
    assert_eq!(named("*").len(), s3.actions.len());
    assert_eq!(named("s3:*"), Vec::<&str>::new(), "the prefix is not part of it");
}

#[test]
fn resource_control_policies_reach_some_services() {
    for prefix in ["s3", "sts", "kms", "sqs", "secretsmanager", "S3"] {
        assert!(has_resource_control_policies(prefix), "{prefix}");
    }
    for prefix in ["iam", "ec2", "lambda", "organizations"] {
        assert!(!has_resource_control_policies(prefix), "{prefix}");
    }
    assert!(prefixes().filter(|prefix| has_resource_control_policies(prefix)).count() >= 50);
}

#[test]
fn only_what_is_asked_for_is_unpacked() {
    let catalogue = fresh();
    let unpacked = || -> Vec<&str> {
        let read = catalogue.services.iter().filter(|slot| slot.service.get().is_some());
        read.map(|slot| slot.prefix.as_str()).collect()
    };
    assert!(catalogue.slot("s3").unwrap().reached);
    assert!(catalogue.service("nope").is_none());
    assert_eq!(unpacked(), Vec::<&str>::new());
    assert!(catalogue.dictionary.get().is_none() && catalogue.keys.get().is_none());

    let first: *const Service = catalogue.service("sqs").unwrap();
    assert_eq!(unpacked(), ["sqs"]);
    assert!(catalogue.keys.get().is_none(), "global keys stay packed");
    assert!(std::ptr::eq(first, catalogue.service("SQS").unwrap()), "kept, and not unpacked again");

    assert!(!catalogue.global_keys().is_empty());
    assert_eq!(unpacked(), ["sqs"]);
}

#[test]
fn another_file_is_not_read() {
    let good = Head::read(FILE).unwrap();
    assert_eq!((good.version, good.date), (version(), date()));
    let line_end = FILE.iter().position(|byte| *byte == b'\n').unwrap();
    let line = std::str::from_utf8(&FILE[..line_end]).unwrap();
    let behind = &FILE[line_end + 1..];
    let with_line = |line: String| -> &'static [u8] { [line.as_bytes(), b"\n", behind].concat().leak() };
    assert!(Catalogue::read(with_line(line.to_owned())).is_some());
    assert!(Catalogue::read(with_line(line.replacen("catalogue 1", "catalogue 2", 1))).is_none());
    assert!(Catalogue::read(with_line(line.replacen("forewarn", "backward", 1))).is_none());
    assert!(Catalogue::read(with_line(format!("{line}0000000"))).is_none(), "the index ends behind the file");
    for length in [0, 10, line_end, line_end + 1, line_end + 100, FILE.len() - 1] {
        assert!(Catalogue::read(&FILE[..length]).is_none(), "the first {length} bytes");
    }
}

#[test]
fn a_damaged_part_costs_only_its_service() {
    let mut file = FILE.to_vec();
    let at = fresh().slot("sqs").unwrap().packed.as_ptr().addr() - FILE.as_ptr().addr();
    file[at + 4..at + 40].fill(0xff);
    let catalogue = Catalogue::read(file.leak()).unwrap();
    assert!(catalogue.service("sqs").is_none());
    assert!(catalogue.service("s3").is_some());
    let astray =
        Packed(String::new(), Vec::new(), vec![format::PackedResource("a".into(), Vec::new(), vec![0])], vec![]);
    assert_eq!(astray.unpack("x"), None, "a resource with a key that is not in the list");
}

#[test]
fn patterns_find_the_same_actions_as_a_look_at_each() {
    for service in ["s3", "ec2", "iam", "execute-api"].map(|prefix| service(prefix).unwrap()) {
        for pattern in [
            "*",
            "Get*",
            "get*Acl",
            "*Object",
            "Describe?pcs",
            "GetObject",
            "Nothing*",
            "",
            "?*",
            "*z*",
            "ListAll*s",
            "~*",
        ] {
            let glob = Glob::new(&pattern.to_ascii_lowercase());
            let each = service.actions.iter().filter(|action| glob.matches(&action.name.to_ascii_lowercase()));
            assert!(service.actions_matching(pattern).eq(each), "{}:{pattern}", service.prefix);
        }
    }
}
