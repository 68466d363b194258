//! Questions about policies, as a person asks them: files in, an answer to read and an exit code out.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::{forewarn, said};

const BUCKET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "TlsOnly",
      "Effect": "Deny",
      "Principal": "*",
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::kit/*",
      "Condition": {"Bool": {"aws:SecureTransport": "false"}}
    },
    {
      "Sid": "Pages",
      "Effect": "Allow",
      "Principal": "*",
      "Action": ["s3:PutObjectTagging", "s3:GetObject"],
      "Resource": "arn:aws:s3:::kit/*",
      "Condition": {"StringLike": {"aws:Referer": "https://acme.example/*"}}
    }
  ]
}
"#;

const DEVELOPER: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Work", "Effect": "Allow", "Action": ["s3:*", "ec2:*"], "Resource": "*"},
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111111111111:role/ci-*"}
  ]
}
"#;

const SMALL: &str = r#"{"Version": "2012-10-17", "Statement":
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::kit/*"}}
"#;

const ADMIN: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}
"#;

const SCP: &str = r#"{"Version": "2012-10-17",
 "Statement": {"Sid": "NoWrites", "Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}}
"#;

/// A folder with all of them in it.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let files = [
        ("bucket.json", BUCKET),
        ("developer.json", DEVELOPER),
        ("small.json", SMALL),
        ("admin.json", ADMIN),
        ("scp.json", SCP),
    ];
    for (name, text) in files {
        fs::write(home.path().join(name), text).unwrap();
    }
    home
}

/// The words of a command line after `forewarn policy`.
fn ask(home: &Path, words: &str) -> Output {
    forewarn(home).arg("policy").args(words.split_whitespace()).output().unwrap()
}

/// Asks, and expects this exit code and these texts on stdout.
fn answers(home: &Path, words: &str, code: i32, texts: &[&str]) -> String {
    let output = ask(home, words);
    assert_eq!(output.status.code(), Some(code), "{words}\n{}", said(&output));
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    // A sentence is found wherever it is wrapped.
    let joined = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in texts {
        let found = stdout.contains(text) || joined.contains(text);
        assert!(found, "`{text}` is missing in the answer to {words}\n{}", said(&output));
    }
    stdout
}

/// Asks, and expects exit code 2 and these texts on stderr, with nothing on stdout.
fn refuses(home: &Path, words: &str, texts: &[&str]) {
    let output = ask(home, words);
    assert_eq!(output.status.code(), Some(2), "{words}\n{}", said(&output));
    assert!(output.stdout.is_empty(), "{words}\n{}", said(&output));
    let stderr = String::from_utf8_lossy(&output.stderr);
    for text in texts {
        assert!(stderr.contains(text), "`{text}` is missing after {words}\n{}", said(&output));
    }
}

const OPEN: &str = r#"bucket.json · an S3 bucket arn:aws:s3:::kit
  Read as the policy of an S3 bucket; --kind says otherwise.

OPEN to outsiders: anyone, without signing in

    yes      anyone, without signing in
    yes      any AWS account
    no       anyone in certain networks
    no       a stranger who signs in with a federated provider
    no       other accounts that it names
    no       federated identities that it names
    no       an AWS service that any account can drive
    no       an AWS service for this account
    no       the organisation and trusted accounts
    yes      the account itself
  AWS's own rule, which looks at no Deny, calls this policy public.

  Anyone, without signing in, may call s3:GetObject on arn:aws:s3:::kit/x, given aws:Referer =
    https://acme.example/x, aws:SecureTransport = true

  Allowed by bucket.json:12 statement `Pages`
   12 │     {
   13 │       "Sid": "Pages",
   14 │       "Effect": "Allow",
   15 │       "Principal": "*",
      │                    ^^^
   16 │       "Action": ["s3:PutObjectTagging", "s3:GetObject"],
      │                                         ^^^^^^^^^^^^^^
   17 │       "Resource": "arn:aws:s3:::kit/*",
      │                   ^^^^^^^^^^^^^^^^^^^^
   18 │       "Condition": {"StringLike": {"aws:Referer": "https://acme.example/*"}}
   19 │     }

  The request:
    {
      "principal": {
        "type": "anonymous"
      },
      "action": "s3:GetObject",
      "resource": "arn:aws:s3:::kit/x",
      "resource_account": "111111111111",
      "context": {
        "aws:Referer": "https://acme.example/x",
        "aws:SecureTransport": "true"
      }
    }
  `forewarn policy reach -f json … | jq -c .replay | forewarn policy batch` replays it.
"#;

#[test]
fn reach_shows_who_gets_in_with_which_request_and_by_which_part_of_which_statement() {
    let home = home();
    let shown = answers(home.path(), "reach bucket.json --account 111111111111", 1, &[]);
    assert_eq!(shown, OPEN);
}

#[test]
fn reach_says_what_closes_a_policy_and_what_it_does_not_know() {
    let home = home();
    let closed = ["CLOSED to outsiders", "yes      the account itself", "calls this policy public"];
    answers(home.path(), "reach bucket.json --account 111111111111 --block-public-access", 0, &closed);
    let unknown = ["UNKNOWN", "could not be read. (unreadable)", "unknown  anyone, without signing in"];
    answers(home.path(), "reach unreadable --kind bucket --account 111111111111", 4, &unknown);
    answers(
        home.path(),
        "reach bucket.json --block-public-access=unreadable",
        4,
        &["Block Public Access could not be read"],
    );
    answers(home.path(), "reach bucket.json --action s3:Delete*", 0, &["CLOSED"]);
    answers(
        home.path(),
        "reach bucket.json --rcp unreadable",
        1,
        &["Unless a resource control policy (RCP) that could not be read"],
    );
    // Several files end in the worst of their answers.
    let both = answers(home.path(), "reach small.json bucket.json", 1, &["small.json · ", "bucket.json · "]);
    assert!(both.contains("No statement has a Principal"), "{both}");
}

#[test]
fn who_belongs_to_the_organisation_or_is_trusted_is_no_outsider() {
    let home = home();
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": ["222222222222", "333333333333"]}}}"#;
    fs::write(home.path().join("trust.json"), trust).unwrap();
    let ask = |more: &str, code: i32, text: &str| {
        answers(home.path(), &format!("reach trust.json --account 111111111111 {more}"), code, &[text]);
    };
    ask("", 1, "other accounts that it names (222222222222, 333333333333)");
    ask("--trusted-account 222222222222", 1, "other accounts that it names (333333333333)");
    ask("--trusted-account 222222222222,333333333333", 0, "CLOSED");
    ask("--org-id o-a --org-account 222222222222,333333333333", 0, "yes      the organisation and trusted accounts");
    ask("--org-id o-a", 4, "accounts of the organisation are not all known");
}

#[test]
fn the_request_that_reach_finds_replays_to_allow() {
    let home = home();
    let answer = answers(home.path(), "reach -f json bucket.json small.json", 1, &[]);
    let lines: Vec<Value> = answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "a line for each file");
    assert_eq!((&lines[0]["id"], &lines[0]["audience"]), (&"bucket.json".into(), &"anyone".into()));
    assert_eq!(lines[1]["reachable_by_outsider"], "no");
    let mut batch = forewarn(home.path());
    let output = batch.args(["policy", "batch"]).write_stdin(lines[0]["replay"].to_string()).output().unwrap();
    let replayed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(replayed["decision"], "allow", "{}", said(&output));
}

#[test]
fn what_the_aws_cli_answers_is_taken_as_it_is() {
    let home = home();
    let asked = serde_json::json!({ "Policy": BUCKET.replace('\n', "") }).to_string();
    let mut command = forewarn(home.path());
    let output = command.args(["policy", "reach", "-"]).write_stdin(asked).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    for text in ["stdin · ", "Taken from `Policy` in an answer of the AWS CLI.", "│         \"s3:GetObject\"\n"] {
        assert!(stdout.contains(text), "`{text}` is missing\n{}", said(&output));
    }
    // A role's trust policy brings its role along.
    let role = r#"{
  "Role": {
    "Arn": "arn:aws:iam::111111111111:role/deploy",
    "AssumeRolePolicyDocument": {
      "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
      ]
    }
  }
}"#;
    fs::write(home.path().join("role.json"), role).unwrap();
    let texts =
        ["a role (its trust policy) arn:aws:iam::111111111111:role/deploy", "Allowed by role.json:6\n", "    6 │"];
    let shown = answers(home.path(), "reach role.json", 1, &texts);
    assert!(!shown.contains("--account"), "the ARN names the account\n{shown}");
}

#[test]
fn decide_says_which_statement_of_which_layer_decides() {
    let home = home();
    let ask = |more: &str, code: i32, texts: &[&str]| {
        let who = "--principal arn:aws:iam::111111111111:user/dev --resource arn:aws:s3:::kit/k";
        answers(home.path(), &format!("decide {who} {more}"), code, texts)
    };
    let allowed = [
        "ALLOWED arn:aws:iam::111111111111:user/dev may call s3:PutObject",
        "a policy of the caller: developer.json:4 statement `Work`",
    ];
    ask("--action s3:PutObject --identity developer.json", 0, &allowed);
    let denied = [
        "DENIED",
        "may not call",
        "Denied by a service control policy (SCP): scp.json:2",
        "FullAWSAccess is taken to stand beside",
    ];
    ask("--action s3:PutObject --identity developer.json --scp scp.json", 1, &denied);
    ask("--action s3:GetObject --identity developer.json --scp scp.json", 0, &["ALLOWED"]);
    ask("--action s3:PutObject", 1, &["None is given: --identity."]);
    ask(
        "--action s3:PutObject --identity developer.json --boundary small.json",
        1,
        &["No statement of a permissions boundary allows it."],
    );
    ask(
        "--action s3:GetObject --identity developer.json --boundary unreadable",
        4,
        &["UNKNOWN whether", "The permissions boundary could not be read. (unreadable)"],
    );
    let json = ask("--action s3:PutObject --identity developer.json --scp scp.json -f json", 1, &[]);
    let answer: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&answer["decision"], &answer["blocked_by"]), (&"explicit_deny".into(), &"scp".into()));

    let stranger = "decide --principal anonymous --action s3:GetObject --resource arn:aws:s3:::kit/k --resource-account 111111111111 --resource-policy bucket.json";
    answers(home.path(), stranger, 1, &["No statement of the policy of the resource allows it."]);
    let given = format!("{stranger} --context aws:Referer=https://acme.example/a");
    answers(home.path(), &given, 0, &["ALLOWED Anyone, without signing in, may", "bucket.json:12 statement `Pages`"]);
    answers(home.path(), &format!("{given} --block-public-access"), 1, &["DENIED"]);
}

#[test]
fn an_action_that_does_not_exist_comes_with_the_closest() {
    let home = home();
    let who = "decide --principal anonymous --resource arn:aws:s3:::kit/k --action";
    for (action, close) in [("s3:GetObjct", "s3:GetObject"), ("s33:GetObject", "s3:GetObject")] {
        let output = ask(home.path(), &format!("{who} {action}"));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(&format!("did you mean `{close}`?")), "{}", said(&output));
    }
    let output = ask(home.path(), &format!("{who} s3:GetObject"));
    assert!(output.stderr.is_empty(), "{}", said(&output));
}

#[test]
fn compare_proves_more_and_tells_less_from_the_same() {
    let home = home();
    let more = [
        "MORE developer.json allows what small.json does not",
        "Compared as policies of an identity",
        "Allowed by developer.json:5",
        "The request:",
    ];
    answers(home.path(), "compare developer.json small.json", 1, &more);
    let less = [
        "NO MORE whatever small.json allows, developer.json allows too",
        "It is less, as only developer.json lets this through:",
        "Allowed by developer.json:",
    ];
    answers(home.path(), "compare small.json developer.json", 0, &less);
    answers(home.path(), "compare small.json small.json", 0, &["they allow the same"]);
    answers(
        home.path(),
        "compare developer.json small.json --with-old admin.json --with-new scp.json",
        1,
        &["developer.json and scp.json allow what small.json and admin.json do not"],
    );
    answers(home.path(), "compare small.json unreadable", 4, &["UNKNOWN", "could not be read"]);
    let narrow = BUCKET.replace(r#"["s3:PutObjectTagging", "s3:GetObject"]"#, r#""s3:GetObject""#);
    fs::write(home.path().join("narrow.json"), narrow).unwrap();
    let more =
        ["Compared as policies of a resource", "s3:PutObjectTagging", "Allowed by bucket.json:12 statement `Pages`"];
    answers(home.path(), "compare bucket.json narrow.json", 1, &more);
    answers(home.path(), "compare narrow.json bucket.json", 0, &["NO MORE"]);
    // The statements of several policies of a resource count as one list.
    let texts = ["narrow.json and bucket.json allow", "Allowed by bucket.json:12 statement `Pages`"];
    answers(home.path(), "compare narrow.json narrow.json --with-new bucket.json", 1, &texts);
    let json = answers(home.path(), "compare -f json developer.json small.json", 1, &[]);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["new_allows_more"], "yes");
}

#[test]
fn grants_tells_administrators_from_those_on_the_way() {
    let home = home();
    let admin =
        ["ADMINISTRATOR", "by itself: aws:MultiFactorAuthPresent", "Allowed by a policy of the caller: admin.json:2"];
    answers(home.path(), "grants admin.json", 1, &admin);
    let way = [
        "ESCALATION",
        "iam:PassRole on arn:aws:iam::111111111111:role/ci-",
        "iam:PassedToService = ec2.amazonaws.com",
        "(allowed by developer.json:5)",
        "Assumes that",
    ];
    answers(home.path(), "grants developer.json --account 111111111111", 1, &way);
    answers(home.path(), "grants small.json", 0, &["LIMITED no administrator"]);
    answers(home.path(), "grants admin.json --boundary small.json", 0, &["LIMITED"]);
    answers(home.path(), "grants admin.json --scp unreadable", 4, &["UNKNOWN", "could not be read", "Not known:"]);
    answers(home.path(), "grants bucket.json", 0, &["has a Principal, as in a policy of a resource"]);
    let json: Value = serde_json::from_str(&answers(home.path(), "grants -f json admin.json", 1, &[])).unwrap();
    assert_eq!(json["admin_equivalent"], "yes");
}

#[test]
fn bad_input_is_named_with_its_line_and_shown() {
    let home = home();
    let write = |name: &str, bytes: &[u8]| fs::write(home.path().join(name), bytes).unwrap();
    write("key.json", BUCKET.replace("\"Effect\": \"Allow\"", "\"Efect\": \"Allow\"").as_bytes());
    write("comma.json", BUCKET.replace("\"Sid\": \"Pages\",", "\"Sid\": \"Pages\"").as_bytes());
    write("latin.json", b"{\n \"Id\": \"\xe9\"}");
    write("wide.json", b"\xff\xfe{\0}\0");
    write("deep.json", "[".repeat(100_000).as_bytes());
    write("empty.json", b"");
    let key = [
        "error: key.json:14:7: `Efect` is not an element of a statement\n",
        "   14 │       \"Efect\": \"Allow\",\n      │       ^^^^^^^",
    ];
    refuses(home.path(), "reach key.json", &key);
    refuses(
        home.path(),
        "grants comma.json",
        &["error: comma.json:14:7: `,` or `}` is expected here\n", "      │       ^\n"].map(str::trim_end),
    );
    refuses(home.path(), "compare small.json latin.json", &["latin.json:2:9: this is not UTF-8"]);
    refuses(home.path(), "reach wide.json", &["wide.json", "UTF-16, save it as UTF-8"]);
    refuses(home.path(), "reach deep.json", &["deep.json:1:66: nested more than 64 deep"]);
    refuses(home.path(), "reach empty.json", &["empty.json:1:1: the document ends where a value is expected"]);
    refuses(home.path(), "reach none.json", &["cannot read `none.json`"]);
    refuses(home.path(), "compare - -", &["stdin (`-`) can be read only once"]);
    // All that is wrong is said at once.
    refuses(home.path(), "grants key.json none.json", &["error: key.json:14:7", "error: cannot read `none.json`"]);
    refuses(home.path(), "reach bucket.json --account 12", &["twelve digits"]);
    refuses(home.path(), "decide --principal alice --action s3:GetObject --resource *", &["a caller is an ARN"]);
    refuses(home.path(), "decide --principal anonymous --action s3:* --resource *", &["one action is asked about"]);
}

#[test]
fn a_fault_in_a_policy_out_of_an_answer_is_shown_in_the_policy() {
    let home = home();
    let inside = r#"{"Statement":[{"Efect":"Allow"}]}"#;
    fs::write(home.path().join("answer.json"), serde_json::json!({ "Policy": inside }).to_string()).unwrap();
    let texts = [
        "answer.json:4:7: `Efect` is not an element of a statement (in the policy taken from `Policy`",
        "    4 │       \"Efect\": \"Allow\"\n",
    ];
    refuses(home.path(), "reach answer.json", &texts);
}

#[test]
fn a_key_that_stands_twice_is_told() {
    let home = home();
    fs::write(home.path().join("twice.json"), BUCKET.replace("\"Sid\": \"Pages\",", "\"Effect\": \"Deny\",")).unwrap();
    let output = ask(home.path(), "reach twice.json");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("twice.json:14:7: `/Statement/1/Effect` stands there twice; the last one counts"),
        "{}",
        said(&output)
    );
}

#[test]
fn what_a_hostile_policy_says_cannot_command_the_terminal() {
    let home = home();
    let escape = "\u{1b}[2J\u{202e}";
    let hostile = BUCKET.replace("Pages", "\\u001b[2J\u{202e}").replace("kit", &format!("k{}t", "\u{202e}"));
    fs::write(home.path().join("hostile.json"), hostile).unwrap();
    let broken = BUCKET.replace("\"Effect\"", "\"\\u001b[2J\u{202e}\"");
    fs::write(home.path().join(format!("broken{escape}.json")), broken).unwrap();
    for name in ["hostile.json".to_owned(), format!("broken{escape}.json")] {
        let output = forewarn(home.path()).args(["policy", "reach", &name]).output().unwrap();
        for bytes in [&output.stdout, &output.stderr] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(!text.chars().any(|c| c == '\u{202e}' || c.is_control() && c != '\n'), "{}", said(&output));
        }
        let all = said(&output);
        assert!(all.contains("\\u{1b}[2J\\u{202e}"), "{all}");
    }
}

#[test]
fn colour_is_for_terminals_and_says_nothing_alone() {
    let home = home();
    let coloured = forewarn(home.path())
        .args(["policy", "reach", "bucket.json", "--account", "111111111111"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8(coloured.stdout).unwrap();
    assert!(text.contains("\u{1b}[1m\u{1b}[91m^^^") || text.contains("\u{1b}[1m\u{1b}[31m^^^"), "{text:?}");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = behind.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, OPEN);
}

#[test]
fn every_question_explains_itself_with_an_example() {
    let home = home();
    for question in ["reach", "decide", "compare", "grants", "lint"] {
        answers(
            home.path(),
            &format!("{question} --help"),
            0,
            &["Exit codes: 0", "Example", "forewarn policy", "`-` is stdin"],
        );
    }
}

#[test]
fn lint_shows_what_is_wrong_where_it_stands_and_how_to_mend_it() {
    let home = home();
    let misspelt = DEVELOPER.replace("iam:PassRole", "iam:PasRole");
    fs::write(home.path().join("misspelt.json"), misspelt).unwrap();
    let texts = [
        "misspelt.json · a policy of an identity",
        "misspelt.json:5:35",
        "(unknown_action)",
        "    5 │     {\"Effect\": \"Allow\", \"Action\": \"iam:PasRole\"",
        "      │                                   ^^^^^^^^^^^^^",
        "Fix:",
        "1 error",
    ];
    let shown = answers(home.path(), "lint misspelt.json", 1, &texts);
    assert!(shown.contains("iam:PassRole"), "the closest is named\n{shown}");
    answers(home.path(), "lint small.json", 0, &["CLEAN there is nothing to mend"]);
    let risk = ["a policy of a resource", "SECURITY bucket.json:15:20", "1 security risk in bucket.json"];
    answers(home.path(), "lint bucket.json", 1, &risk);
    answers(home.path(), "lint bucket.json --fail-on error", 0, &risk);
    // A document that is broken is looked at to its end.
    fs::write(home.path().join("comma.json"), BUCKET.replace("\"Sid\": \"Pages\",", "\"Sid\": \"Pages\"")).unwrap();
    answers(home.path(), "lint comma.json", 1, &["(invalid_json)", "comma.json:14:7"]);
    answers(home.path(), "lint misspelt.json --kind scp", 1, &["misspelt.json · a service control policy"]);
    let json = answers(home.path(), "lint -f json misspelt.json small.json", 1, &[]);
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first = &lines[0]["diagnostics"][0];
    assert_eq!((&first["code"], &first["line"], &first["column"]), (&"unknown_action".into(), &5.into(), &35.into()));
    assert_eq!(lines[1]["diagnostics"], serde_json::json!([]));
    refuses(home.path(), "lint none.json", &["cannot read `none.json`"]);
}
