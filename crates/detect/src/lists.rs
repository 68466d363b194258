//! What the user says is so: production instances, trusted accounts, known networks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

/// Lists by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists(BTreeMap<String, BTreeSet<String>>);

impl Lists {
    /// Adds the lines of a text to a list. Empty lines and what follows `#` say nothing; of an ARN its last part counts too.
    pub fn add(&mut self, name: &str, text: &str) {
        let list = self.0.entry(name.to_owned()).or_default();
        for line in text.lines() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            if let Some((_, last)) = entry.rsplit_once('/').filter(|_| entry.starts_with("arn:")) {
                list.insert(last.to_owned());
            }
            list.insert(entry.to_owned());
        }
    }

    /// Whether a list was given at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The entries of a list; none where it was not given.
    pub fn of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Whether a list has this entry, word for word.
    pub fn contains(&self, name: &str, entry: &str) -> bool {
        self.0.get(name).is_some_and(|list| list.contains(entry))
    }

    /// The networks of a list: addresses and CIDR blocks.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn networks(&self, name: &str) -> Result<Vec<IpNet>, String> {
        let network = |entry: &str| {
            let address = || entry.parse::<IpAddr>().map(IpNet::from);
            entry.parse::<IpNet>().or_else(|_| address()).map_err(|_| entry.to_owned())
        };
        self.of(name).map(network).collect()
    }
}
