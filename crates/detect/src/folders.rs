//! The folders of `checks/detections`, as part of the program. A test says where one is missing here, and with
//! `FOREWARN_LIST_CHECKS=1` writes the list.

/// What a folder holds.
#[derive(Debug)]
pub struct Folder {
    /// The id of the detection: service and name.
    pub id: &'static str,
    /// The prose.
    pub readme: &'static str,
    /// The Sigma rule; `None` where the detection is written in Rust.
    pub rule: Option<&'static str>,
}

/// Every folder.
#[rustfmt::skip]
pub static FOLDERS: &[Folder] = &[
];
