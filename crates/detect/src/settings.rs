//! What a user sets: lists and thresholds.

use std::collections::BTreeMap;

use crate::{DETECTIONS, Lists};

/// A threshold of a detection.
#[derive(Debug, Clone, Copy)]
pub struct Threshold {
    /// Its name, such as `minutes`.
    pub name: &'static str,
    /// The value unless one is set.
    pub default: i64,
    /// One sentence for a person.
    pub doc: &'static str,
}

/// What detections are told.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Lists by name.
    pub lists: Lists,
    /// Thresholds, by detection and name, where they are not the default.
    pub thresholds: BTreeMap<(String, String), i64>,
}

impl Settings {
    /// Whether each threshold is one that a detection has, and counts something.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), String> {
        for ((id, name), value) in &self.thresholds {
            let Some(detection) = DETECTIONS.iter().find(|detection| detection.id == id) else {
                return Err(format!("no detection with thresholds is called `{id}`"));
            };
            if !detection.thresholds.iter().any(|threshold| threshold.name == name) {
                let names: Vec<&str> = detection.thresholds.iter().map(|threshold| threshold.name).collect();
                let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(format!("`{id}` has no threshold `{name}`; it has: {names}"));
            }
            if *value < 0 {
                return Err(format!("the threshold `{name}` of `{id}` is below zero"));
            }
        }
        Ok(())
    }

    /// A threshold: as set, else the default.
    pub(crate) fn threshold(&self, id: &str, name: &str) -> i64 {
        let set = self.thresholds.get(&(id.to_owned(), name.to_owned())).copied();
        let default = || {
            let detection = DETECTIONS.iter().find(|detection| detection.id == id)?;
            detection.thresholds.iter().find(|threshold| threshold.name == name).map(|threshold| threshold.default)
        };
        set.or_else(default).unwrap_or_default()
    }

    /// A threshold that counts something.
    pub(crate) fn count(&self, id: &str, name: &str) -> usize {
        usize::try_from(self.threshold(id, name)).unwrap_or_default()
    }
}
