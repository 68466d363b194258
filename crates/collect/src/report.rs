//! The credential report: a CSV whose columns are found by name.

use forewarn_inventory::{CredentialReport, CredentialRow, Reported, ReportedCertificate, ReportedKey};
use jiff::Timestamp;

/// Reads the report; columns that it lacks are `Missing`, columns that nobody knows are passed over.
///
/// # Errors
/// Says what is wrong where it is no report: no CSV, or no column `user` or `arn`.
pub(crate) fn parse(content: &[u8], generated: Timestamp) -> Result<CredentialReport, String> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let columns = Columns { header };
    for needed in ["user", "arn"] {
        if columns.at(needed).is_none() {
            return Err(format!("the credential report has no column {needed}"));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        rows.push(columns.row(&record).ok_or("a row of the credential report has no user or ARN")?);
    }
    rows.sort_by(|one: &CredentialRow, other| one.user.cmp(&other.user));
    Ok(CredentialReport { generated, rows })
}

/// The columns by name.
struct Columns {
    header: csv::StringRecord,
}

impl Columns {
    fn at(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.trim().eq_ignore_ascii_case(name))
    }

    fn text<'a>(&self, record: &'a csv::StringRecord, name: &str) -> Option<&'a str> {
        self.at(name).and_then(|at| record.get(at)).map(str::trim)
    }

    /// A cell; one that cannot be read is `Missing`, which is never taken for a value.
    fn cell<T>(&self, record: &csv::StringRecord, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Reported<T> {
        match self.text(record, name) {
            None | Some("") => Reported::Missing,
            Some(text) if text.eq_ignore_ascii_case("n/a") => Reported::NotApplicable,
            Some(text) if text.eq_ignore_ascii_case("not_supported") => Reported::NotSupported,
            Some(text) if text.eq_ignore_ascii_case("no_information") => Reported::NoInformation,
            Some(text) => read(text).map_or(Reported::Missing, Reported::Value),
        }
    }

    fn flag(&self, record: &csv::StringRecord, name: &str) -> Reported<bool> {
        self.cell(record, name, |text| match text {
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }

    fn time(&self, record: &csv::StringRecord, name: &str) -> Reported<Timestamp> {
        self.cell(record, name, |text| text.parse().ok())
    }

    fn word(&self, record: &csv::StringRecord, name: &str) -> Reported<String> {
        self.cell(record, name, |text| Some(text.to_owned()))
    }

    fn key(&self, record: &csv::StringRecord, slot: u8) -> ReportedKey {
        let column = |name: &str| format!("access_key_{slot}_{name}");
        ReportedKey {
            active: self.flag(record, &column("active")),
            last_rotated: self.time(record, &column("last_rotated")),
            last_used: self.time(record, &column("last_used_date")),
            last_used_region: self.word(record, &column("last_used_region")),
            last_used_service: self.word(record, &column("last_used_service")),
        }
    }

    fn certificate(&self, record: &csv::StringRecord, slot: u8) -> ReportedCertificate {
        ReportedCertificate {
            active: self.flag(record, &format!("cert_{slot}_active")),
            last_rotated: self.time(record, &format!("cert_{slot}_last_rotated")),
        }
    }

    fn row(&self, record: &csv::StringRecord) -> Option<CredentialRow> {
        let named = |name| self.text(record, name).filter(|text| !text.is_empty()).map(str::to_owned);
        Some(CredentialRow {
            user: named("user")?,
            arn: named("arn")?,
            created: self.time(record, "user_creation_time"),
            password_enabled: self.flag(record, "password_enabled"),
            password_last_used: self.time(record, "password_last_used"),
            password_last_changed: self.time(record, "password_last_changed"),
            password_next_rotation: self.time(record, "password_next_rotation"),
            mfa_active: self.flag(record, "mfa_active"),
            keys: [self.key(record, 1), self.key(record, 2)],
            certificates: [self.certificate(record, 1), self.certificate(record, 2)],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

    fn report(text: &str) -> CredentialReport {
        parse(text.as_bytes(), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_report_of_aws_is_read_root_first() {
        let report = report(&format!(
            "{HEADER}\n\
             bob,arn:aws:iam::111111111111:user/bob,2020-01-02T03:04:05+00:00,true,no_information,2020-01-02T03:04:05Z,N/A,\
             false,true,2020-01-02T03:04:05+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n\
             <root_account>,arn:aws:iam::111111111111:root,2019-01-02T03:04:05+00:00,not_supported,2024-01-02T03:04:05+00:00,\
             not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        ));
        let root = report.root().unwrap();
        assert_eq!(report.rows.first(), Some(root));
        assert_eq!(root.password_enabled, Reported::NotSupported);
        assert_eq!(root.mfa_active, Reported::Value(true));
        let bob = report.row("bob").unwrap();
        assert_eq!(bob.created, Reported::Value("2020-01-02T03:04:05Z".parse().unwrap()));
        assert_eq!(bob.password_last_used, Reported::NoInformation);
        assert_eq!(bob.keys[0].active, Reported::Value(true));
        assert_eq!(bob.keys[0].last_used, Reported::NotApplicable);
        assert_eq!(bob.certificates[1].active, Reported::Value(false));
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_with_quotes_and_strangers_among_them() {
        let report = report(
            "mfa_active,additional_credentials_info,\"user\",arn\r\n\
             TRUE,\"a, \"\"b\"\"\n c\",\"=cmd, inc\",arn:aws:iam::1:user/x\r\n\
             perhaps,,short,arn:aws:iam::1:user/y\r\n",
        );
        let odd = report.row("=cmd, inc").unwrap();
        assert_eq!(odd.mfa_active, Reported::Value(true));
        assert_eq!(odd.keys[0], ReportedKey::default());
        assert_eq!(report.row("short").unwrap().mfa_active, Reported::Missing, "an unreadable cell is no value");
    }

    #[test]
    fn what_is_no_report_is_an_error_and_an_empty_one_is_empty() {
        for text in ["", "<html>", "user\nx", "user,arn\n,arn:x", "user,arn\nx"] {
            assert!(parse(text.as_bytes(), Timestamp::UNIX_EPOCH).is_err(), "{text:?}");
        }
        assert_eq!(report(HEADER).rows, []);
        assert_eq!(report("\u{feff}user,arn\n").rows, []);
    }
}
