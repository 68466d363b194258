//! `forewarn.toml`: what stands there holds unless the command line or a `FOREWARN_*` variable says otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use forewarn_findings::{Check, IpNet, Protects, Settings, Side};
use forewarn_inventory::Fact;
use serde::Deserialize;

use crate::cli::Tags;
use crate::output::{sha256, suggestion};

/// The file that is read when it exists and `--config` names no other.
const DEFAULT: &str = "forewarn.toml";

/// The keys of `forewarn.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// SHA-256 of the file; `None` = there is none.
    #[serde(skip)]
    pub(crate) sha256: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) regions: Vec<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) org: bool,
    pub(crate) accounts: Vec<String>,
    pub(crate) skip_accounts: Vec<String>,
    pub(crate) member_role: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) max_in_flight: Option<u16>,
    pub(crate) fail_on: Option<String>,
    pub(crate) allow_unknown: bool,
    pub(crate) exceptions: Option<PathBuf>,
    pub(crate) history: Option<PathBuf>,
    pub(crate) formats: Vec<String>,
    pub(crate) checks: Vec<String>,
    pub(crate) skip: Vec<String>,
    pub(crate) protects: Vec<String>,
    pub(crate) side: Option<String>,
    pub(crate) trusted_accounts: Vec<String>,
    pub(crate) security_principals: Vec<String>,
    pub(crate) deployers: Vec<String>,
    pub(crate) known_networks: Vec<String>,
    pub(crate) events_days: Option<u16>,
    pub(crate) events_budget: Option<u16>,
    pub(crate) parameters: BTreeMap<String, BTreeMap<String, i64>>,
}

impl Config {
    const KEYS: [&'static str; 27] = [
        "profile",
        "region",
        "regions",
        "role_arn",
        "org",
        "accounts",
        "skip_accounts",
        "member_role",
        "external_id",
        "endpoint_url",
        "max_in_flight",
        "fail_on",
        "allow_unknown",
        "exceptions",
        "history",
        "formats",
        "checks",
        "skip",
        "protects",
        "side",
        "trusted_accounts",
        "security_principals",
        "deployers",
        "known_networks",
        "events_days",
        "events_budget",
        "parameters",
    ];

    /// Reads `path`, or `forewarn.toml` of the working folder where there is one.
    pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<Self> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?,
            None => match std::fs::read_to_string(DEFAULT) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
                Err(error) => return Err(error).context(format!("cannot read `{DEFAULT}`")),
            },
        };
        let name = path.map_or_else(|| DEFAULT.to_owned(), |path| path.display().to_string());
        let mut config = Self::parse(&text).with_context(|| format!("in `{name}`"))?;
        config.sha256 = Some(sha256(text.as_bytes()));
        Ok(config)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let table: toml::Table = toml::from_str(text)?;
        for key in table.keys() {
            if !Self::KEYS.contains(&key.as_str()) {
                match suggestion(key, Self::KEYS) {
                    Some(close) => bail!("unknown key `{key}`; did you mean `{close}`?"),
                    None => bail!("unknown key `{key}`; known: {}", Self::KEYS.join(", ")),
                }
            }
        }
        Ok(toml::from_str(text)?)
    }

    /// What the checks are told.
    pub(crate) fn settings(&self, trusted_accounts: &[String]) -> anyhow::Result<Settings> {
        let trusted: BTreeSet<String> = self.trusted_accounts.iter().chain(trusted_accounts).cloned().collect();
        if let Some(wrong) = trusted.iter().find(|id| id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit())) {
            bail!("`{wrong}` is not an account id: twelve digits are wanted");
        }
        let named = self.security_principals.iter().chain(&self.deployers);
        if let Some(wrong) = named.into_iter().find(|arn| arn.split(':').count() < 6) {
            bail!(
                "`{wrong}` is not the ARN of a principal; patterns such as `arn:aws:iam::111122223333:role/security-*` are"
            );
        }
        let mut parameters = BTreeMap::new();
        for (id, values) in &self.parameters {
            let check = match check(id) {
                Ok(check) => check,
                // Thresholds of detections stand there too; `events detect` reads them.
                Err(_) if forewarn_detect::DETECTIONS.iter().any(|detection| detection.id == id) => continue,
                Err(error) => return Err(error),
            };
            for (name, value) in values {
                let known: Vec<&str> = check.parameters.iter().map(|parameter| parameter.name).collect();
                if !known.contains(&name.as_str()) {
                    bail!("check `{id}` has no parameter `{name}`; it has: {}", or_none(&known));
                }
                parameters.insert((id.clone(), name.clone()), *value);
            }
        }
        let network = |text: &String| {
            let address = || text.parse::<std::net::IpAddr>().map(IpNet::from).ok();
            text.parse::<IpNet>()
                .ok()
                .or_else(address)
                .ok_or_else(|| anyhow!("`{text}` of `known_networks` is not a network such as `198.51.100.0/24`"))
        };
        Ok(Settings {
            parameters,
            trusted_accounts: trusted,
            security_principals: self.security_principals.clone(),
            deployers: self.deployers.clone(),
            known_networks: self.known_networks.iter().map(network).collect::<anyhow::Result<_>>()?,
            frameworks: forewarn_checks::frameworks()?,
            earlier: None,
            stored: BTreeMap::new(),
        })
    }
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The check with this id.
pub(crate) fn check(id: &str) -> anyhow::Result<&'static Check> {
    let all = forewarn_checks::all();
    all.iter().copied().find(|check| check.id == id).ok_or_else(|| {
        match suggestion(id, all.iter().map(|check| check.id)) {
            Some(close) => anyhow!("there is no check `{id}`; did you mean `{close}`?"),
            None => anyhow!("there is no check `{id}`; `forewarn checks list` shows them all"),
        }
    })
}

/// What the choice of checks rests on beside their names.
#[derive(Debug, Default)]
pub(crate) struct Tagged {
    /// Whether calls for each user and role were asked for.
    pub(crate) last_accessed: bool,
    /// One of these is protected; empty = whatever is.
    pub(crate) protects: Vec<Protects>,
    /// On this side; `None` = on either.
    pub(crate) side: Option<Side>,
}

impl Tagged {
    /// Command line first, then the configuration.
    pub(crate) fn new(given: &Tags, last_accessed: bool, config: &Config) -> anyhow::Result<Self> {
        let mut protects = given.protects.clone();
        if protects.is_empty() {
            let configured: Result<_, String> = config.protects.iter().map(|word| word.parse()).collect();
            protects = configured.map_err(anyhow::Error::msg).context("in `protects` of the configuration")?;
        }
        let configured = || config.side.as_deref().map(str::parse).transpose();
        let side = given.side.map_or_else(configured, |side| Ok(Some(side)));
        Ok(Self {
            last_accessed,
            protects,
            side: side.map_err(anyhow::Error::msg).context("in `side` of the configuration")?,
        })
    }

    /// Whether a check is one of them.
    pub(crate) fn holds(&self, check: &Check) -> bool {
        (self.protects.is_empty() || self.protects.iter().any(|tag| check.protects.contains(tag)))
            && self.side.is_none_or(|side| side == check.side)
            && (self.last_accessed || !is_dear(check))
    }
}

/// Whether a check costs calls for each user and role.
fn is_dear(check: &Check) -> bool {
    check.needs.contains(&Fact::LastAccessed)
}

/// The checks to run: those named, or all, without those left out and those with other tags.
pub(crate) fn select(named: &[String], skipped: &[String], tagged: &Tagged) -> anyhow::Result<Vec<&'static Check>> {
    let skipped: BTreeSet<&str> = skipped.iter().map(|id| check(id).map(|check| check.id)).collect::<Result<_, _>>()?;
    let named: BTreeSet<&str> = named.iter().map(|id| check(id).map(|check| check.id)).collect::<Result<_, _>>()?;
    let dear = forewarn_checks::all().into_iter().find(|check| is_dear(check) && named.contains(check.id));
    if let Some(check) = dear.filter(|_| !tagged.last_accessed) {
        bail!("check `{}` costs calls for each user and role: it needs `--last-accessed`", check.id);
    }
    let chosen: Vec<&'static Check> = forewarn_checks::all()
        .iter()
        .copied()
        .filter(|check| (named.is_empty() || named.contains(check.id)) && !skipped.contains(check.id))
        .filter(|check| tagged.holds(check))
        .collect();
    if chosen.is_empty() {
        bail!("no check is left to run: --skip, --protects or --side take away all that --check names");
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_is_an_error_with_a_suggestion() {
        let error = Config::parse("regoin = \"eu-west-1\"").unwrap_err().to_string();
        assert_eq!(error, "unknown key `regoin`; did you mean `region`?");
    }

    #[test]
    fn every_key_is_known_to_both_lists() {
        let every = r#"
            profile = "p"
            region = "r"
            regions = ["r"]
            role_arn = "a"
            org = true
            accounts = ["111122223333"]
            skip_accounts = ["111122223333"]
            member_role = "audit"
            external_id = "e"
            endpoint_url = "u"
            max_in_flight = 1
            fail_on = "low"
            allow_unknown = true
            exceptions = "exceptions.toml"
            history = "history.db"
            formats = ["csv"]
            checks = ["c"]
            skip = ["s"]
            protects = ["integrity"]
            side = "shared"
            trusted_accounts = ["444444444444"]
            security_principals = ["arn:aws:iam::111122223333:role/security-*"]
            deployers = ["arn:aws:iam::111122223333:role/deploy-*"]
            known_networks = ["198.51.100.0/24"]
            events_days = 30
            events_budget = 120
            [parameters."iam.access_key_old"]
            max_age_days = 45
        "#;
        let table: toml::Table = toml::from_str(every).unwrap();
        assert_eq!(table.len(), Config::KEYS.len());
        assert!(Config::parse(every).is_ok());
    }

    #[test]
    fn checks_are_chosen_by_their_tags() {
        let config = Config { protects: vec!["availability".to_owned()], ..Config::default() };
        let configured = Tagged::new(&Tags::default(), false, &config).unwrap();
        let chosen = select(&[], &[], &configured).unwrap();
        assert!(chosen.len() < forewarn_checks::all().len());
        assert!(chosen.iter().all(|check| check.protects.contains(&Protects::Availability)));
        let given = Tags { protects: vec![Protects::Confidentiality], side: Some(Side::Shared) };
        let chosen = select(&[], &[], &Tagged::new(&given, false, &config).unwrap()).unwrap();
        assert!(chosen.iter().any(|check| !check.protects.contains(&Protects::Availability)));
        assert!(chosen.iter().all(|check| check.side == Side::Shared));
        let dear = ["iam.service_access_unused".to_owned()];
        assert!(select(&dear, &[], &Tagged::default()).unwrap_err().to_string().contains("--last-accessed"));
        let asked = Tagged { last_accessed: true, ..Tagged::default() };
        assert_eq!(select(&dear, &[], &asked).unwrap().len(), 1);
        let all = |tagged: &Tagged| select(&[], &[], tagged).unwrap().len();
        assert_eq!(all(&asked), all(&Tagged::default()) + 1);
        let named = ["iam.group_empty".to_owned()];
        assert!(select(&named, &[], &configured).is_err());
        let wrong = Config { side: Some("aws".to_owned()), ..Config::default() };
        assert!(
            format!("{:#}", Tagged::new(&Tags::default(), false, &wrong).unwrap_err()).contains("customer, shared")
        );
    }

    #[test]
    fn a_check_that_does_not_exist_is_named_with_the_closest() {
        let error = check("iam.user_without_mffa").unwrap_err().to_string();
        assert_eq!(error, "there is no check `iam.user_without_mffa`; did you mean `iam.user_without_mfa`?");
    }

    #[test]
    fn an_unknown_parameter_says_which_there_are() {
        let config = Config::parse("[parameters.\"iam.access_key_old\"]\nmax_days = 1").unwrap();
        let error = config.settings(&[]).unwrap_err().to_string();
        assert!(error.contains("has no parameter `max_days`; it has: max_age_days"), "{error}");
    }

    #[test]
    fn a_known_network_is_a_network_or_an_address() {
        let settings = |text: &str| Config { known_networks: vec![text.to_owned()], ..Config::default() }.settings(&[]);
        let of = |text: &str| settings(text).unwrap().known_networks[0].to_string();
        assert_eq!((of("198.51.100.0/24"), of("2001:db8::1")), ("198.51.100.0/24".into(), "2001:db8::1/128".into()));
        assert!(settings("office").unwrap_err().to_string().contains("`office` of `known_networks`"));
        let deployers = Config { deployers: vec!["deploy".to_owned()], ..Config::default() };
        assert!(deployers.settings(&[]).is_err());
    }

    #[test]
    fn a_trusted_account_has_twelve_digits() {
        assert!(Config::default().settings(&["4444".to_owned()]).is_err());
        assert!(Config::default().settings(&["444444444444".to_owned()]).is_ok());
    }
}
