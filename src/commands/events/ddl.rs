//! `forewarn events ddl`: the statement that makes the store a table of another engine.

use std::fmt::Write as _;

use anyhow::anyhow;
use forewarn_store::{Field, Kind};

use crate::cli::{Ddl, Engine};
use crate::commands::print;
use crate::exit::{Exit, Failed};

pub(super) fn run(asked: &Ddl) -> Result<Exit, Failed> {
    let named = |name: &str| {
        name.split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
    };
    if !named(&asked.table) {
        return Err(Failed::usage(anyhow!(
            "`{}` is no name of a table: letters, digits, `_` and `.`",
            forewarn_reports::inert(&asked.table)
        )));
    }
    if asked.location.contains(['\'', '\n', '\\']) {
        return Err(Failed::usage(anyhow!("the location must have no quotes, line breaks or backslashes")));
    }
    let statement = statement(asked.engine, asked.location.trim_end_matches('/'), &asked.table);
    print(|out| out.write_all(statement.as_bytes()))
}

/// The statement, with a line for each column.
fn statement(engine: Engine, at: &str, table: &str) -> String {
    let columns: Vec<String> =
        Field::ALL.iter().map(|field| format!("  {} {}", field.name(), kind(engine, field.kind()))).collect();
    let columns = columns.join(",\n");
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = match engine {
        Engine::Athena => write!(
            text,
            "CREATE EXTERNAL TABLE {table} (\n{columns}\n)\nPARTITIONED BY (region string, accountid string, eventday string)\n\
             STORED AS PARQUET\nLOCATION '{at}/'\n\
             TBLPROPERTIES ('parquet.compression' = 'ZSTD');\n\
             -- Then, and again after each import:\nMSCK REPAIR TABLE {table};\n"
        ),
        Engine::Spark => write!(
            text,
            "CREATE TABLE {table} (\n{columns},\n  region STRING,\n  accountId STRING,\n  eventDay STRING\n)\nUSING PARQUET\n\
             PARTITIONED BY (region, accountId, eventDay)\nLOCATION '{at}';\n\
             -- Then, and again after each import:\nMSCK REPAIR TABLE {table};\n"
        ),
        Engine::Trino => write!(
            text,
            "CREATE TABLE {table} (\n{columns},\n  region varchar,\n  accountid varchar,\n  eventday varchar\n)\nWITH (\n  \
             format = 'PARQUET',\n  external_location = '{at}/',\n  \
             partitioned_by = ARRAY['region', 'accountid', 'eventday']\n);\n\
             -- Then, and again after each import, with the table's own schema in place of `default`:\n\
             CALL system.sync_partition_metadata('default', '{table}', 'FULL', false);\n"
        ),
        Engine::Duckdb => write!(
            text,
            "CREATE VIEW {table} AS\nSELECT * FROM read_parquet(\n  '{at}/region=*/accountId=*/eventDay=*/*.parquet',\n  \
             hive_partitioning = true,\n  hive_types = {{'region': VARCHAR, 'accountId': VARCHAR, 'eventDay': VARCHAR}}\n);\n"
        ),
    };
    text
}

fn kind(engine: Engine, kind: Kind) -> &'static str {
    match (engine, kind) {
        (Engine::Trino, Kind::Text) => "varchar",
        (_, Kind::Text) => "STRING",
        (_, Kind::Number) => "BIGINT",
        (_, Kind::Flag) => "BOOLEAN",
        (Engine::Trino, Kind::Time) => "timestamp(3)",
        (_, Kind::Time) => "TIMESTAMP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_has_every_column_and_the_place() {
        for engine in [Engine::Athena, Engine::Spark, Engine::Trino] {
            let statement = statement(engine, "s3://bucket/events", "t");
            for field in Field::ALL {
                assert!(statement.contains(&format!("  {} ", field.name())), "{engine:?} {}", field.name());
            }
            assert!(statement.contains("'s3://bucket/events"), "{statement}");
        }
        assert!(statement(Engine::Duckdb, "x", "t").contains("'x/region=*/accountId=*/eventDay=*/*.parquet'"));
    }
}
