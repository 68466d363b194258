//! What the fuzz targets share.

pub mod inputs;
pub mod logs;
pub mod mutate;
