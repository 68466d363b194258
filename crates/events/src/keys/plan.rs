//! How to give each user of a shared key something of its own, and to take the key away: commands for a person to run.

use super::{Judged, Unit};

/// The steps, each a comment that begins with `#` or a command of the AWS CLI. Nothing of it is run.
///
/// Names are quoted for a POSIX shell.
pub fn plan(judged: &Judged) -> Vec<String> {
    let usage = &judged.usage;
    let mut steps = Vec::new();
    let mut say = |step: String| steps.push(step);
    let places: Vec<&String> =
        if usage.networks.len() > 1 { usage.networks.keys() } else { usage.hosts.keys() }.collect();
    say(format!("# 1. Find out who stands behind each place: {}", listed(&places)));
    match &usage.unit {
        Unit::Key(key) => {
            let user = usage.users.iter().next().map_or("", String::as_str);
            let key = quoted(key);
            if user.ends_with(":root") || !user.contains(":user/") {
                say("# The key is one of the root user: it must go, whoever uses it. Sign in as root and delete it."
                    .to_owned());
                say(format!("aws iam update-access-key --access-key-id {key} --status Inactive"));
                say(format!("aws iam delete-access-key --access-key-id {key}"));
                return steps;
            }
            let name = user.rsplit('/').next().unwrap_or_default();
            let quoted_name = quoted(name);
            say("# 2. Give each its own way in: people sign in through IAM Identity Center, workloads take a role. Where".to_owned());
            say("#    neither can be had at once, a user each, with what this one holds:".to_owned());
            say(format!("aws iam list-groups-for-user --user-name {quoted_name}"));
            say(format!("aws iam list-attached-user-policies --user-name {quoted_name}"));
            say(format!("aws iam list-user-policies --user-name {quoted_name}"));
            for (number, place) in places.iter().enumerate().skip(1) {
                let own = quoted(&format!("{name}-{}", number + 1));
                say(format!("# for {}", one_line(place)));
                say(format!("aws iam create-user --user-name {own}"));
                say(format!("aws iam create-access-key --user-name {own}"));
            }
            say("# 3. Wait until only one place is left:".to_owned());
            say(format!("forewarn events keys key:{key} since:1d"));
            say("# 4. Switch the key off, which can be undone, and see whether anything breaks:".to_owned());
            say(format!("aws iam update-access-key --user-name {quoted_name} --access-key-id {key} --status Inactive"));
            say("# 5. Sessions that were made with it go on until they end. To end them now:".to_owned());
            say(deny_older("put-user-policy", "--user-name", name, judged));
            say("# 6. Take it away:".to_owned());
            say(format!("aws iam delete-access-key --user-name {quoted_name} --access-key-id {key}"));
        }
        Unit::Sessions(person) if person.contains(":user/") => {
            let name = person.rsplit('/').next().unwrap_or_default();
            say("# 2. A user each, or better a person each in IAM Identity Center. Then change the password, which only its".to_owned());
            say("#    owner may know, and end the sessions that are open:".to_owned());
            say(format!("aws iam update-login-profile --user-name {} --password-reset-required", quoted(name)));
            say(deny_older("put-user-policy", "--user-name", name, judged));
        }
        Unit::Sessions(person) => {
            say(format!(
                "# 2. End the sessions of {} in IAM Identity Center (Users > Active sessions), and have the password and the",
                one_line(person)
            ));
            say("#    MFA devices renewed by their owner.".to_owned());
        }
    }
    steps
}

fn listed(places: &[&String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = places.iter().take(SHOWN).map(|place| one_line(place)).collect();
    let more = places.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join("; "))
}

/// Text for a comment: whatever would end the line goes.
fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// A policy that ends every session from before the last call that was seen.
fn deny_older(command: &str, option: &str, name: &str, judged: &Judged) -> String {
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": { "DateLessThan": { "aws:TokenIssueTime": judged.usage.last_time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() } } }] });
    format!(
        "aws iam {command} {option} {} --policy-name DenyOlderSessions --policy-document {}",
        quoted(name),
        quoted(&policy.to_string())
    )
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "+=,.@_-/:".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", one_line(word).replace('\'', r"'\''"))
}
