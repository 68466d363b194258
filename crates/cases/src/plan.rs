//! What to do, in order, as commands with the real names. Nothing is run.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::fact::{Needs, Sentence, Weight};
use crate::look::{Look, count, list};
use crate::row::Seen;
use crate::who::{account_of, short};

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is done.
    pub title: &'static str,
    /// Why, with its events.
    pub why: Sentence,
    /// Commands, to be read before they are run.
    pub commands: Vec<String>,
    /// What is not known for it.
    pub needs: Vec<Needs>,
}

/// A word of a command that no shell takes for anything else; `None` = it holds what no name of AWS has.
fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_/:-".contains(c);
    let printable = text.chars().all(|c| c.is_ascii() && !c.is_ascii_control() && c != '\'');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        Some(text.to_owned())
    } else {
        (printable && !text.is_empty() && !text.starts_with('-')).then(|| format!("'{text}'"))
    }
}

struct Plan<'l, 'a> {
    look: &'l Look<'a>,
    case: &'l str,
    steps: Vec<Step>,
}

/// A sentence begins with a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The plan of a case.
pub(crate) fn plan(look: &Look<'_>, case: &str, balance: (usize, usize)) -> Vec<Step> {
    let mut plan = Plan { look, case, steps: Vec::new() };
    plan.keep_evidence();
    plan.disable(balance);
    plan.revoke_keys();
    plan.deny_older_sessions();
    plan.restore();
    plan.rotate();
    plan.look_deeper();
    plan.steps
}

impl Plan<'_, '_> {
    fn push(&mut self, title: &'static str, why: Sentence, commands: Vec<Option<String>>, needs: Vec<Needs>) {
        let mut needs = needs;
        if commands.iter().any(Option::is_none) {
            needs.push(Needs::Log("a name that can stand in a command; look it up by hand".to_owned()));
        }
        self.steps.push(Step { title, why, commands: commands.into_iter().flatten().collect(), needs });
    }

    fn say(&self, text: impl Into<String>) -> Sentence {
        Sentence::new(text, Weight::Telling, self.look.id())
    }

    /// The IAM user behind the case, where there is one.
    fn user(&self) -> Option<&str> {
        let name = self.look.gathered.who.name.as_str();
        name.contains(":user/").then(|| short(name))
    }

    fn region(&self) -> String {
        let region = self.look.lead.region.as_deref().and_then(word);
        region.map_or_else(String::new, |region| format!(" --region {region}"))
    }

    fn keep_evidence(&mut self) {
        let look = self.look;
        let (from, until) = look.gathered.episode;
        let mut commands = Vec::new();
        let stopped: Vec<&Seen> =
            look.gathered.rows.iter().filter(|row| row.operation == "StopLogging" && !row.failed).collect();
        for row in &stopped {
            if let Some(trail) = row.resources.iter().find(|line| line.contains(":trail/")) {
                commands.push(
                    word(trail).map(|trail| format!("aws cloudtrail start-logging --name {trail}{}", self.region())),
                );
            }
        }
        let hour = jiff::SignedDuration::from_hours(1);
        let (from, until) = (from.checked_sub(hour).unwrap_or(from), until.checked_add(hour).unwrap_or(until));
        let region = self.region();
        let attribute = match look.gathered.who.name.as_str() {
            name if name.starts_with("arn:") || !name.contains(':') => {
                word(short(name).rsplit('/').next().unwrap_or(name))
                    .map(|name| format!("AttributeKey=Username,AttributeValue={name}"))
            }
            _ => None,
        };
        commands.push(attribute.map(|attribute| {
            format!(
                "aws cloudtrail lookup-events --lookup-attributes {attribute} --start-time {from} --end-time {until}{region} > {}-events.json",
                self.case
            )
        }));
        commands.push(Some(format!("aws iam get-account-authorization-details > {}-iam.json", self.case)));
        commands.push(Some("aws iam generate-credential-report".to_owned()));
        for volume in self.volumes().keys() {
            commands.push(word(volume).map(|volume| {
                format!("aws ec2 create-snapshot --volume-id {volume} --description {}{region}", self.case)
            }));
        }
        let mut text = format!(
            "First keep what {} of the case show, before anything changes.",
            count(look.gathered.focus.len() as u64, "event")
        );
        if !stopped.is_empty() {
            text.push_str(" Logging was stopped: start it again.");
        }
        let why = Sentence::new(text, Weight::Telling, look.focus());
        self.push("Keep the evidence", why, commands, Vec::new());
    }

    fn disable(&mut self, (alarming, easing): (usize, usize)) {
        let look = self.look;
        let name = look.name();
        let balance = format!(
            "{} of the method {} for something wrong, {} against it.",
            capital(&count(alarming as u64, "question")),
            if alarming > 1 { "speak" } else { "speaks" },
            if easing == 0 { "none".to_owned() } else { easing.to_string() }
        );
        let everything = r#"'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'"#;
        let (text, commands, needs) = if let Some(user) = self.user() {
            let case = self.case;
            (
                format!("Disable the user {name} until their manager confirms that they did this. {balance}"),
                vec![word(user).map(|user| {
                    format!("aws iam put-user-policy --user-name {user} --policy-name {case}-deny --policy-document {everything}")
                })],
                Vec::new(),
            )
        } else if look.gathered.who.name.ends_with(":root") {
            (
                format!(
                    "This is the root user: no policy of the account stops it. Change its password, take its keys away, and set up MFA. {balance}"
                ),
                vec![Some("aws iam get-account-summary".to_owned())],
                vec![Needs::Permission("the root user of the account itself".to_owned())],
            )
        } else if look.gathered.who.is_service {
            (format!("{name} is an AWS service: ask who set it up to do this. {balance}"), Vec::new(), Vec::new())
        } else {
            let text = format!(
                "Disable {name} where they sign in, until their manager confirms that they did this. {balance}"
            );
            let needs = Needs::Permission("the directory or IAM Identity Center that they sign in with".to_owned());
            (text, Vec::new(), vec![needs])
        };
        let why = self.say(text);
        self.push("Disable the user until the manager confirms", why, commands, needs);
    }

    fn revoke_keys(&mut self) {
        let look = self.look;
        let mut keys: BTreeMap<&str, &Seen> = BTreeMap::new();
        for row in look.own().filter(|row| row.time >= look.gathered.episode.0) {
            if let Some(key) = row.key.as_deref().filter(|key| key.starts_with("AKIA")) {
                keys.entry(key).or_insert(row);
            }
        }
        // Keys that were made within the case outlive it.
        let made = look
            .own()
            .filter(|row| row.operation == "CreateAccessKey" && !row.failed && row.time >= look.gathered.episode.0);
        for row in made {
            for key in row.resources.iter().filter(|id| id.starts_with("AKIA")) {
                keys.entry(key).or_insert(row);
            }
        }
        let user = self.user().map(str::to_owned);
        let of = |row: &Seen, key: &str| {
            let owner = row.resources.iter().find(|_| row.operation == "CreateAccessKey" && row.touches(key));
            owner
                .and_then(|_| row.resources.iter().find(|line| !line.starts_with("AKIA") && !line.contains(':')))
                .cloned()
        };
        let mut commands: Vec<Option<String>> = Vec::new();
        for (key, row) in &keys {
            let owner = of(row, key).or_else(|| user.clone());
            commands.push(owner.as_deref().and_then(word).zip(word(key)).map(|(user, key)| {
                format!("aws iam update-access-key --user-name {user} --access-key-id {key} --status Inactive")
            }));
        }
        if let Some(user) = user.as_deref() {
            commands.push(word(user).map(|user| format!("aws iam list-access-keys --user-name {user}")));
        }
        if commands.is_empty() {
            return;
        }
        let text = match keys.len() {
            0 => "The case shows no long-lived key; see which ones the user has, and make them inactive.".to_owned(),
            _ => format!("Make {} inactive that the case shows.", count(keys.len() as u64, "long-lived key")),
        };
        let why = Sentence::new(text, Weight::Telling, look.ids(keys.into_values()));
        self.push("Revoke the access keys", why, commands, Vec::new());
    }

    fn deny_older_sessions(&mut self) {
        let look = self.look;
        let last = look.gathered.extent.last.as_ref().map_or(look.lead.time, |(at, _)| *at);
        let document = format!(
            r#"'{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"DateLessThan":{{"aws:TokenIssueTime":"{last}"}}}}}}]}}'"#
        );
        let mut commands = Vec::new();
        let own = look.own().filter(|row| row.time >= look.gathered.episode.0);
        let roles: BTreeSet<&str> = own.filter_map(|row| row.role.as_deref()).collect();
        for role in &roles {
            commands.push(word(short(role)).map(|role| {
                format!("aws iam put-role-policy --role-name {role} --policy-name AWSRevokeOlderSessions --policy-document {document}")
            }));
        }
        if let Some(user) = self.user() {
            commands.push(word(user).map(|user| {
                format!("aws iam put-user-policy --user-name {user} --policy-name AWSRevokeOlderSessions --policy-document {document}")
            }));
        }
        if commands.is_empty() {
            return;
        }
        let why = self.say(format!(
            "A session outlives the key it was made with. The time {last} is that of the last event of the log; put the present time in its place."
        ));
        self.push("Deny older sessions", why, commands, Vec::new());
    }

    /// Volumes of the instances, as far as they were attached by a call of the log.
    fn volumes(&self) -> BTreeMap<&str, &str> {
        let look = self.look;
        let instances = look.instances();
        let mut volumes = BTreeMap::new();
        for row in look.gathered.rows.iter().filter(|row| row.operation == "AttachVolume" && !row.failed) {
            let Some(instance) = instances.iter().find(|id| row.touches(id)) else { continue };
            volumes.extend(row.resources.iter().filter(|id| id.starts_with("vol-")).map(|id| (id.as_str(), *instance)));
        }
        volumes
    }

    fn restore(&mut self) {
        let look = self.look;
        let ends =
            matches!(look.lead.operation.as_str(), "TerminateInstances" | "DeleteInstances") && !look.lead.failed;
        if !ends {
            return;
        }
        let instances = look.instances();
        let volumes = self.volumes();
        let region = self.region();
        let copies = &look.gathered.copies;
        let gone = |id: &str| {
            copies.iter().any(|row| {
                matches!(row.operation.as_str(), "DeleteSnapshot" | "DeregisterImage") && !row.failed && row.touches(id)
            })
        };
        // The newest image or snapshot of each instance or volume.
        let mut images: BTreeMap<&str, (&str, &Seen)> = BTreeMap::new();
        let mut snapshots: BTreeMap<&str, (&str, &Seen)> = BTreeMap::new();
        for row in copies.iter().filter(|row| !row.failed && row.time <= look.lead.time) {
            let of =
                |prefix: &str| row.resources.iter().map(String::as_str).find(|id| id.starts_with(prefix) && !gone(id));
            match row.operation.as_str() {
                "CreateImage" => {
                    if let (Some(image), Some(instance)) = (of("ami-"), instances.iter().find(|id| row.touches(id))) {
                        images.insert(instance, (image, row));
                    }
                }
                "CreateSnapshot" => {
                    if let (Some(snapshot), Some(volume)) = (of("snap-"), volumes.keys().find(|id| row.touches(id))) {
                        snapshots.insert(volume, (snapshot, row));
                    }
                }
                "CreateSnapshots" => {
                    if let (Some(snapshot), Some(instance)) = (of("snap-"), instances.iter().find(|id| row.touches(id)))
                    {
                        snapshots.insert(instance, (snapshot, row));
                    }
                }
                _ => {}
            }
        }
        let mut commands: Vec<Option<String>> = Vec::new();
        let mut sources: Vec<&Seen> = Vec::new();
        for (instance, (image, row)) in &images {
            sources.push(row);
            commands.push(word(image).zip(word(instance)).map(|(image, instance)| {
                format!("aws ec2 run-instances --image-id {image}{region} # in the place of {instance}")
            }));
        }
        for (of, (snapshot, row)) in &snapshots {
            sources.push(row);
            commands.push(word(snapshot).zip(word(of)).map(|(snapshot, of)| {
                format!("aws ec2 create-volume --snapshot-id {snapshot} --availability-zone ZONE{region} # {of}")
            }));
        }
        let restored: BTreeSet<&str> =
            images.keys().copied().chain(snapshots.keys().map(|of| volumes.get(of).copied().unwrap_or(of))).collect();
        let missing: Vec<&str> = instances.iter().copied().filter(|id| !restored.contains(id)).collect();
        let mut needs = Vec::new();
        if !missing.is_empty() {
            let account = look.lead.account.as_deref().and_then(word).unwrap_or_else(|| "self".to_owned());
            commands.push(Some(format!("aws ec2 describe-images --owners {account}{region}")));
            commands.push(Some(format!("aws ec2 describe-snapshots --owner-ids {account}{region}")));
            needs.push(Needs::Log(format!(
                "the images and snapshots of {}: the log shows none that exists (the two describe commands list all)",
                list(&missing, 5)
            )));
        }
        let text = format!(
            "If it was not authorised, rebuild from EBS snapshots or AMIs: the log shows {} and {} of the {} instances that were not deleted since.",
            count(images.len() as u64, "image"),
            count(snapshots.len() as u64, "snapshot"),
            instances.len()
        );
        let why = Sentence::new(text, Weight::Telling, look.id().and(sources.iter().map(|row| row.id.as_str())));
        self.push("Restore what was lost", why, commands, needs);
    }

    fn rotate(&mut self) {
        let Some(user) = self.user() else { return };
        let mut commands = vec![word(user).map(|user| {
            format!("aws iam update-login-profile --user-name {user} --password-reset-required --password NEW-PASSWORD")
        })];
        commands.push(word(user).map(|user| format!("aws iam list-mfa-devices --user-name {user}")));
        let why = self.say(format!(
            "Rotate every credential of {}: a new password, new keys, MFA, before the user is let in again.",
            self.look.name()
        ));
        self.push("Rotate the credentials", why, commands, Vec::new());
    }

    fn look_deeper(&mut self) {
        let look = self.look;
        let mut commands: Vec<Option<String>> = Vec::new();
        for address in look.addresses() {
            commands.push(word(address).map(|address| format!("forewarn events investigate {address}")));
        }
        for account in look.lead.account.as_deref().into_iter().chain(account_of(&look.gathered.who.name)).take(1) {
            commands.push(
                word(account)
                    .map(|account| format!("forewarn events search account:{account} since:30d --by actor,ip")),
            );
        }
        let from = look.addresses();
        let text = if from.is_empty() {
            "Find out where it came from: the record does not say.".to_owned()
        } else {
            format!("Look deeper into the origin: what else came from {}.", list(&from, 5))
        };
        let why = Sentence::new(text, Weight::Telling, look.focus());
        self.push("Look deeper into the origin", why, commands, Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(word("Roboman1").as_deref(), Some("Roboman1"));
        assert_eq!(word("a b;c").as_deref(), Some("'a b;c'"));
        for hostile in ["a'b", "x\ny", "-rf", "", "é", "\u{1b}[31m"] {
            assert_eq!(word(hostile), None, "{hostile:?}");
        }
    }
}
