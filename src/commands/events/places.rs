//! Where addresses are, out of a database in the format of MaxMind that the user has.

use std::net::IpAddr;
use std::path::Path;

use anyhow::Context as _;
use forewarn_cases::{Place, Places};
use forewarn_reports::inert;
use maxminddb::Reader;
use maxminddb::geoip2::City;

/// An open database, held in memory.
pub(super) struct Database {
    file: String,
    reader: Reader<Vec<u8>>,
}

impl Database {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = inert(&path.to_string_lossy()).into_owned();
        let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
        let reader = Reader::from_source(bytes);
        let reader = reader.with_context(|| format!("`{shown}` is no database in the format of MaxMind"))?;
        let file = path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned());
        Ok(Self { file, reader })
    }
}

impl Places for Database {
    /// A database of countries has the same fields as one of cities, but fewer of them.
    fn place(&self, address: IpAddr) -> Option<Place> {
        let found = self.reader.lookup(address).ok()?;
        let city: City<'_> = found.decode().ok()??;
        let text = |text: Option<&str>| text.map(str::to_owned);
        Some(Place {
            code: text(city.country.iso_code),
            country: text(city.country.names.english),
            region: text(city.subdivisions.first().and_then(|region| region.names.english)),
            continent: text(city.continent.names.english),
        })
    }

    fn file(&self) -> &str {
        &self.file
    }
}
