//! Templates and change sets laid over small inventories.

use forewarn_inventory::{Account, Observed, PolicyText, SourcePlace, overlay};

use super::*;
use crate::propose;

const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Env: { Type: String, Default: prod }
  Partner: { Type: String }
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  Shares: !Equals [!Ref Partner, "yes"]
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "${AWS::AccountId}-${Env}-data"
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: false, RestrictPublicBuckets: false }
      VersioningConfiguration: { Status: Enabled }
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: { SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt Key.Arn }
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy: { Statement: [{ Effect: Allow, Principal: { AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" }, Action: "kms:*", Resource: "*" }] }
  Open:
    Type: AWS::S3::BucketPolicy
    Condition: IsProd
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - { Effect: Allow, Principal: "*", Action: s3:GetObject, Resource: !Sub "${Data.Arn}/*" }
          - Fn::If: [IsProd, !Ref AWS::NoValue, { Effect: Deny, Principal: "*", Action: "*", Resource: "*" }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { AWS: !Ref Partner }, Action: sts:AssumeRole }] }
      ManagedPolicyArns: [!Ref Managed]
      Policies: [{ PolicyName: own, PolicyDocument: { Statement: [{ Effect: Allow, Action: s3:*, Resource: !Join ["", [!GetAtt Data.Arn, "/*"]] }] } }]
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: { Statement: [] }
  Never:
    Type: AWS::IAM::User
    Condition: Shares
  Network:
    Type: AWS::EC2::VPC
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: x }
"#;

fn laid_with(text: &str, name: &str, reading: &Reading) -> Result<Proposal, PlanError> {
    let source = Source { name: name.to_owned(), bytes: text.as_bytes().to_vec() };
    propose(&source, reading, &overlay::inventory(&json!({})).unwrap(), &Place::default())
}

fn laid(text: &str) -> Proposal {
    laid_with(text, "infra/data.yaml", &Reading::default()).unwrap()
}

fn account(proposal: &Proposal) -> &Account {
    &proposal.after.accounts[0]
}

fn of<'p>(proposal: &'p Proposal, address: &str) -> &'p Proposed {
    proposal.proposed.iter().find(|proposed| proposed.address == address).unwrap()
}

#[test]
fn a_template_is_laid_with_all_that_refers_to_each_other() {
    let proposal = laid(TEMPLATE);
    let bucket = &account(&proposal).s3.buckets.items[0];
    assert_eq!(bucket.name, "111111111111-prod-data");
    let policy: Value = serde_json::from_str(bucket.policy.present().unwrap().as_str()).unwrap();
    assert_eq!(policy["Statement"].as_array().unwrap().len(), 1, "a statement that is no value is not there");
    assert_eq!(policy["Statement"][0]["Resource"], "arn:aws:s3:::111111111111-prod-data/*");
    assert_eq!(bucket.policy_status, Observed::Present(true));
    let key = &account(&proposal).kms.keys.items[0];
    assert_eq!(bucket.encryption.present().unwrap().kms_key.as_deref(), Some(key.arn.as_str()));
    let role = &account(&proposal).iam.roles.items[0];
    assert!(role.name.contains("known-after-apply") && role.name.contains("role"), "{}", role.name);
    assert_eq!(role.trust.causes(), ["depends on the parameter Partner"]);
    let managed = account(&proposal).iam.policies.iter().find(|policy| policy.arn == role.attached[0].arn).unwrap();
    assert_eq!(managed.document().map(PolicyText::as_str), Some("{\"Statement\":[]}"));
    assert!(role.inline[0].document.as_str().contains("arn:aws:s3:::111111111111-prod-data/*"));
}

#[test]
fn every_resource_says_how_much_of_it_is_known_and_where_it_stands() {
    let proposal = laid(TEMPLATE);
    assert_eq!(of(&proposal, "Data").understood, Understood::Whole);
    assert_eq!(of(&proposal, "Data").place, SourcePlace { file: "infra/data.yaml".to_owned(), line: Some(10) });
    assert_eq!(of(&proposal, "Open").about, ["arn:aws:s3:::111111111111-prod-data"]);
    assert!(matches!(&of(&proposal, "Role").understood, Understood::Partly(why) if why[0].contains("Partner")));
    assert!(matches!(&of(&proposal, "Never").understood, Understood::Not(why) if why.contains("condition Shares")));
    assert!(matches!(&of(&proposal, "Nested").understood, Understood::Not(_)));
    assert_eq!(of(&proposal, "Network").understood, Understood::NotRelevant);
    assert!(proposal.notes.iter().any(|note| note.contains("parameters Partner")), "{:?}", proposal.notes);
}

#[test]
fn parameters_decide() {
    let parameters = [("Env", "test"), ("Partner", "yes")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let reading = Reading { parameters: BTreeMap::from(parameters), ..Reading::default() };
    let proposal = laid_with(TEMPLATE, "t.yaml", &reading).unwrap();
    assert_eq!(account(&proposal).s3.buckets.items[0].policy, Observed::Absent, "its condition does not hold");
    assert_eq!(account(&proposal).iam.users.items.len(), 1);
    assert!(proposal.notes.is_empty(), "{:?}", proposal.notes);
}

#[test]
fn json_reads_as_yaml_does() {
    let mut value = yaml::read(TEMPLATE).unwrap().value;
    value["Resources"].as_object_mut().unwrap().retain(|id, _| id == "Data" || id == "Key");
    let text = serde_json::to_string_pretty(&value).unwrap();
    let proposal = laid_with(&text, "t.json", &Reading::default()).unwrap();
    assert_eq!(account(&proposal).s3.buckets.items[0].name, "111111111111-prod-data");
    let line = of(&proposal, "Key").place.line.unwrap();
    assert!(text.lines().nth(line - 1).unwrap().trim().starts_with("\"Key\""));
}

#[test]
fn users_groups_trails_and_topics_come_apart() {
    let proposal = laid(
        r#"
Resources:
  U: { Type: AWS::IAM::User, Properties: { UserName: alice, Groups: [!Ref G], LoginProfile: { Password: x }, ManagedPolicyArns: ["arn:aws:iam::aws:policy/IAMFullAccess"] } }
  G: { Type: AWS::IAM::Group, Properties: { GroupName: ops, Policies: [{ PolicyName: p, PolicyDocument: { Statement: [] } }] } }
  P: { Type: AWS::IAM::Policy, Properties: { PolicyName: q, PolicyDocument: { Statement: [] }, Users: [!Ref U], Groups: [!Ref G] } }
  B: { Type: AWS::S3::Bucket, Properties: { BucketName: b, AccessControl: PublicReadWrite, OwnershipControls: { Rules: [{ ObjectOwnership: ObjectWriter }] } } }
  T: { Type: AWS::CloudTrail::Trail, Properties: { TrailName: t, S3BucketName: !Ref B, IsLogging: true, IsMultiRegionTrail: true, EventSelectors: [{ ReadWriteType: WriteOnly }] } }
  S: { Type: AWS::SNS::Topic, Properties: { TopicName: s, Subscription: [{ Protocol: email, Endpoint: a@b.example }] } }
"#,
    );
    let account = account(&proposal);
    let user = &account.iam.users.items[0];
    assert_eq!((user.groups.as_slice(), user.inline[0].name.as_str()), (["ops".to_owned()].as_slice(), "q"));
    assert_eq!(user.attached[0].name, "IAMFullAccess");
    assert_eq!(account.iam.groups.items[0].inline.len(), 2);
    let row = &account.iam.credential_report.present().unwrap().rows[0];
    assert_eq!(row.password_enabled.value(), Some(&true));
    let grants = &account.s3.buckets.items[0].acl.present().unwrap().grants;
    assert_eq!(grants.iter().map(|grant| grant.permission.as_str()).collect::<Vec<_>>(), ["READ", "WRITE"]);
    assert_eq!(account.trail.trails.items[0].selectors.present().unwrap().basic[0].read_write, "WriteOnly");
    assert!(!account.monitoring.topics.items[0].subscriptions.present().unwrap()[0].confirmed);
    assert!(
        proposal.proposed.iter().all(|proposed| proposed.understood == Understood::Whole),
        "{:?}",
        proposal.proposed
    );
}

#[test]
fn what_is_no_template_says_why() {
    for (text, wanted) in [
        ("Resources: [", "is no YAML"),
        ("AWSTemplateFormatVersion: 2010-09-09\n", "it has no `Resources`"),
        ("{\"Resources\": {\"A\": ", "is not whole"),
        ("hello", "--kind says what it is"),
    ] {
        let error = laid_with(text, "t", &Reading::default()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
    let macros = laid("Transform: [Mine]\nResources: { F: { Type: AWS::Serverless::Function } }");
    assert!(matches!(of(&macros, "Transform").understood, Understood::Not(_)));
    assert!(matches!(of(&macros, "F").understood, Understood::Not(_)));
}

#[test]
fn change_sets_say_what_goes_and_what_comes() {
    let context = |properties: Value| json!({ "Properties": properties }).to_string();
    let block = json!({ "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true });
    let change = |action: &str, id: &str, physical: &str, kind: &str, before: Option<String>, after: Option<String>| {
        json!({ "Type": "Resource", "ResourceChange": { "Action": action, "LogicalResourceId": id, "PhysicalResourceId": physical,
            "ResourceType": kind, "BeforeContext": before, "AfterContext": after } })
    };
    let set = json!({ "ChangeSetId": "c", "StackName": "s", "StackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/s/1", "Changes": [
        change("Modify", "B", "data", "AWS::S3::Bucket", Some(context(json!({ "PublicAccessBlockConfiguration": block }))), Some(context(json!({})))),
        change("Remove", "R", "ci", "AWS::IAM::Role", Some(context(json!({ "Path": "/" }))), None),
        change("Add", "P", "", "AWS::S3::BucketPolicy", None, Some(context(json!({ "Bucket": "data", "PolicyDocument": { "Statement": [] } })))),
        change("Modify", "X", "x", "AWS::IAM::Role", None, None),
    ] });
    let today = json!({ "s3": { "buckets": [{ "name": "data", "public_access_block":
        { "block_public_acls": true, "ignore_public_acls": true, "block_public_policy": true, "restrict_public_buckets": true } }] },
        "iam": { "roles": [{ "name": "ci" }] } });
    let source = Source { name: "set.json".to_owned(), bytes: set.to_string().into_bytes() };
    let proposal =
        propose(&source, &Reading::default(), &overlay::inventory(&today).unwrap(), &Place::default()).unwrap();
    let bucket = &account(&proposal).s3.buckets.items[0];
    assert_eq!(bucket.public_access_block, Observed::Absent);
    assert!(bucket.policy.present().is_some());
    assert!(account(&proposal).iam.roles.items.is_empty());
    assert!(
        matches!(&of(&proposal, "X").understood, Understood::Not(why) if why.contains("--include-property-values"))
    );
    assert_eq!(of(&proposal, "B").action, ProposedAction::Update);
}

#[test]
fn a_cloud_assembly_names_its_stacks() {
    let manifest = json!({ "version": "36.0.0", "artifacts": {
        "App": { "type": "aws:cloudformation:stack", "environment": "aws://111111111111/eu-west-1", "properties": { "templateFile": "App.template.json" } },
        "Any": { "type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "properties": { "templateFile": "Any.template.json", "stackName": "any" } },
        "Stage": { "type": "cdk:cloud-assembly", "properties": { "directoryName": "assembly-Stage" } },
        "Tree": { "type": "cdk:tree", "properties": { "file": "tree.json" } },
    } });
    let source = Source { name: "cdk.out/manifest.json".to_owned(), bytes: manifest.to_string().into_bytes() };
    let found = assembly(&source).unwrap();
    assert_eq!(found.folders, ["assembly-Stage"]);
    assert_eq!(
        found.stacks[0],
        Stack { file: "Any.template.json".to_owned(), name: "any".to_owned(), account: None, region: None }
    );
    assert_eq!(
        (found.stacks[1].name.as_str(), found.stacks[1].account.as_deref(), found.stacks[1].region.as_deref()),
        ("App", Some("111111111111"), Some("eu-west-1"))
    );
    assert!(assembly(&Source { name: "m".to_owned(), bytes: b"{}".to_vec() }).is_err());
}

#[test]
fn what_nobody_can_know_is_never_passed_over() {
    let proposal = laid(
        r#"
Parameters: { Name: { Type: String } }
Resources:
  Fn::Transform: { Name: AWS::Include, Parameters: { Location: s3://a/b } }
  Module: { Type: Acme::S3::Bucket::MODULE }
  Set: { Type: AWS::CloudFormation::StackSet }
  Tomorrow: { Type: AWS::S3::OfTomorrow }
  Untyped: { Properties: {} }
  Included: { Type: AWS::S3::Bucket, Properties: { BucketName: b, Fn::Transform: { Name: AWS::Include } } }
  Named: { Type: AWS::S3::Bucket, Properties: { BucketName: !Sub "${Name}-logs" } }
  Typo: { Type: AWS::S3::BucketPolicy, Properties: { Bucket: !Ref Nobody, PolicyDocument: { Statement: [] } } }
  Plain: { Type: AWS::S3::Bucket }
  Key: { Type: AWS::KMS::Alias }
"#,
    );
    for (address, wanted) in [
        ("Fn::Transform", "not known here"),
        ("Module", "in the module"),
        ("Set", "stack of its own"),
        ("Tomorrow", "this part of S3"),
        ("Untyped", "no type"),
        ("Included", "a transform inside"),
        ("Named", "its name depends on the parameter Name"),
        ("Typo", "Nobody is no parameter and no resource"),
    ] {
        let understood = &of(&proposal, address).understood;
        assert!(matches!(understood, Understood::Not(why) if why.contains(wanted)), "{address}: {understood:?}");
    }
    assert_eq!(of(&proposal, "Plain").understood, Understood::Whole);
    assert_eq!(of(&proposal, "Key").understood, Understood::NotRelevant);
}

#[test]
fn nested_stacks_are_looked_into_where_their_templates_are_beside() {
    let parent = r#"
Resources:
  Logs: { Type: AWS::S3::Bucket, Properties: { BucketName: acme-logs } }
  Below:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: ./below/role.yaml, Parameters: { Bucket: !GetAtt Logs.Arn, Count: 3 } }
  Asset:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: { "Fn::Sub": "https://s3.${AWS::URLSuffix}/assets/1.json" } }
    Metadata: { aws:asset:path: gone.json, aws:asset:property: TemplateURL }
  Use:
    Type: AWS::IAM::Policy
    Properties: { PolicyName: p, Roles: [!GetAtt Below.Outputs.Role], PolicyDocument: { Statement: [] } }
"#;
    let below = r#"
Parameters: { Bucket: { Type: String }, Count: { Type: Number } }
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: sts:AssumeRole }] }
      Policies: [{ PolicyName: read, PolicyDocument: { Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: !Sub "${Bucket}/*" }] } }]
  Again: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: role.yaml, Parameters: { Bucket: x, Count: 1 } } }
Outputs: { Role: { Value: !Ref R } }
"#;
    let file = |name: &str, text: &str| Source { name: name.to_owned(), bytes: text.as_bytes().to_vec() };
    assert_eq!(nested(&file("infra/app.yaml", parent)), ["infra/gone.json", "infra/below/role.yaml"]);
    let path = "infra/below/role.yaml";
    let reading = Reading { nested: BTreeMap::from([(path.to_owned(), file(path, below))]), ..Reading::default() };
    let proposal = laid_with(parent, "infra/app.yaml", &reading).unwrap();
    let role = &account(&proposal).iam.roles.items[0];
    let names: Vec<&str> = role.inline.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!((role.name.as_str(), names.as_slice()), ("reader", ["read", "p"].as_slice()));
    assert!(role.inline[0].document.as_str().contains("arn:aws:s3:::acme-logs/*"), "{:?}", role.inline[0].document);
    assert_eq!(of(&proposal, "Below/R").place, SourcePlace { file: path.to_owned(), line: Some(4) });
    assert!(
        matches!(&of(&proposal, "Asset").understood, Understood::Not(why) if why.contains("`infra/gone.json` is not there"))
    );
    // Where nobody knows what it gets, its defaults are not taken for that.
    let unsure =
        parent.replace("{ Bucket: !GetAtt Logs.Arn, Count: 3 }", "!If [Maybe, { Bucket: a }, { Bucket: b }]").replace(
            "\nResources:",
            "\nParameters: { P: { Type: String } }\nConditions: { Maybe: !Equals [!Ref P, x] }\nResources:",
        );
    let proposal = laid_with(&unsure, "infra/app.yaml", &reading).unwrap();
    let why = &of(&proposal, "Below").understood;
    assert!(matches!(why, Understood::Not(why) if why.contains("its parameters depend on")), "{why:?}");
    let proposal = laid_with(parent, "infra/app.yaml", &reading).unwrap();
    // A template that is nested in itself ends.
    let deep = "Below/Again/Again/Again";
    assert!(matches!(&of(&proposal, deep).understood, Understood::Not(why) if why.contains("too deep")));
}

#[test]
fn what_connectors_make_is_not_passed_over() {
    let proposal = laid(
        r"
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Connectors: { C: { Properties: { Destination: { Id: B }, Permissions: [Read] } } }
    Properties: { Handler: h }
  B: { Type: AWS::S3::Bucket }
",
    );
    let why = &of(&proposal, "F").understood;
    assert!(matches!(why, Understood::Not(why) if why.contains("connectors")), "{why:?}");
}

#[test]
fn functions_of_the_transform_have_their_roles() {
    let proposal = laid(
        r"
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: { Handler: h, Policies: [AdministratorAccess] }
  Use: { Type: AWS::IAM::Policy, Properties: { PolicyName: p, Roles: [!Ref FRole], PolicyDocument: { Statement: [] } } }
",
    );
    let role = &account(&proposal).iam.roles.items[0];
    let attached: Vec<&str> = role.attached.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(attached, ["AWSLambdaBasicExecutionRole", "AdministratorAccess"]);
    assert_eq!(role.inline.iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>(), ["p"]);
    assert_eq!(of(&proposal, "FRole").place.line, Some(4));
    assert_eq!(of(&proposal, "FRole").understood, Understood::Whole);
}
