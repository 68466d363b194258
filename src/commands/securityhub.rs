//! `forewarn securityhub import`: what a stored run found, into the Security Hub of each account.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use forewarn_collect::{Accounts, BATCH_IMPORT_FINDINGS, Entered, GET_FINDINGS};
use forewarn_findings::Report;
use forewarn_inventory::Gap;
use forewarn_push::security_hub::{Answer, Failed, Hub, Import, calls, estimate, filters};
use forewarn_reports::{asff, inert, words};
use serde_json::{Value, json};

use crate::cli::ImportFindings;
use crate::commands::audit::{options, runtime};
use crate::config::Config;
use crate::exit::{Exit, Failed as Ended};
use crate::terminal::Terminal;

/// How often a finding that the service did not take is sent again.
const AGAIN: u32 = 2;

/// What became of the findings about an account.
#[derive(Default)]
struct Told {
    import: Import,
    taken: usize,
    refused: Vec<Failed>,
}

pub(crate) fn run(asked: &ImportFindings, config: &Config, terminal: &Terminal) -> Result<Exit, Ended> {
    let file = std::fs::File::open(&asked.run).with_context(|| format!("cannot read `{}`", asked.run.display()));
    let report = forewarn_reports::read(std::io::BufReader::new(file.map_err(Ended::usage)?))
        .with_context(|| format!("`{}` is no stored run", asked.run.display()))
        .map_err(Ended::usage)?;
    let assessed = report.coverage.accounts.iter().filter(|account| account.is_assessed());
    let named = &asked.connection.accounts;
    let accounts: Vec<String> =
        assessed.map(|account| account.id.clone()).filter(|id| named.is_empty() || named.contains(id)).collect();
    if accounts.is_empty() {
        return Err(Ended::usage(anyhow::anyhow!(
            "the run assessed none of the accounts, so there is nothing to tell"
        )));
    }
    if asked.include_pass {
        let of_them = |finding: &asff::Asff| accounts.contains(&finding.aws_account_id);
        terminal.note(&estimate(asff::findings(&report).filter(of_them).count()));
    }
    let mut options = options(&asked.connection, config).map_err(Ended::usage)?;
    options.accounts = match &accounts[..] {
        [_] if !asked.connection.org && named.is_empty() => Accounts::Own,
        all => Accounts::Named(all.iter().cloned().collect()),
    };
    let actions = ["securityhub:BatchImportFindings", "securityhub:GetFindings"];
    let told = runtime()?.block_on(async {
        let own = Entered::own(options, &actions).await.map_err(Ended::unreached)?;
        let mut told: BTreeMap<&str, Result<Told, Gap>> = BTreeMap::new();
        for account in &accounts {
            told.insert(account, tell(&own, account, &report, asked.include_pass).await);
        }
        Ok::<_, Ended>(told)
    })?;
    said(&told)
}

/// Tells the Security Hub of one account.
async fn tell(own: &Entered, account: &str, report: &Report, everything: bool) -> Result<Told, Gap> {
    let member;
    let entered = if own.account() == account {
        own
    } else {
        member = own.member(account).await?;
        &member
    };
    let hub = Hub {
        account: account.to_owned(),
        partition: entered.partition().to_owned(),
        region: entered.region().to_owned(),
    };
    let known = known(entered, &hub).await?;
    let mut import = Import::of(report, &hub, &known, everything);
    let (calls, refused) = calls(std::mem::take(&mut import.findings));
    let mut told = Told { import, taken: 0, refused };
    for call in calls {
        send(entered, call, &mut told).await?;
    }
    Ok(told)
}

/// The findings of ours that Security Hub has as failing.
async fn known(entered: &Entered, hub: &Hub) -> Result<Vec<Value>, Gap> {
    let mut known = Vec::new();
    let mut next = Value::Null;
    loop {
        let mut body = json!({ "Filters": filters(hub), "MaxResults": 100 });
        if let (Value::Object(fields), false) = (&mut body, next.is_null()) {
            fields.insert("NextToken".to_owned(), next.clone());
        }
        let mut page = entered.post(&GET_FINDINGS, "/findings", &body).await?;
        let Some(Value::Array(findings)) = page.get_mut("Findings").map(Value::take) else {
            return Err(Gap::new(forewarn_inventory::Cause::Malformed, "securityhub:GetFindings").on(&hub.account));
        };
        known.extend(findings);
        let token = page.get_mut("NextToken").map(Value::take).unwrap_or_default();
        if token.is_null() || token == "" {
            return Ok(known);
        }
        if token == next {
            let gap = Gap::new(forewarn_inventory::Cause::Malformed, "securityhub:GetFindings");
            return Err(gap.on(&hub.account).detail("the same page over and over"));
        }
        next = token;
    }
}

/// Sends one call, and what of it was not taken again.
async fn send(entered: &Entered, mut call: Vec<Value>, told: &mut Told) -> Result<(), Gap> {
    for attempt in 0..=AGAIN {
        let body = json!({ "Findings": call });
        let answer = entered.post(&BATCH_IMPORT_FINDINGS, "/findings/import", &body).await?;
        let Some(answer) = Answer::read(&answer, call.len()) else {
            let gap = Gap::new(forewarn_inventory::Cause::Malformed, "securityhub:BatchImportFindings");
            return Err(gap.on(entered.account()).detail("the answer does not say what became of each finding"));
        };
        told.taken += answer.taken;
        if answer.failed.is_empty() {
            return Ok(());
        }
        if attempt == AGAIN {
            told.refused.extend(answer.failed);
            return Ok(());
        }
        call.retain(|finding| {
            let id = finding.get("Id").and_then(Value::as_str);
            answer.failed.iter().any(|failed| Some(failed.id.as_str()) == id)
        });
        entered.pause(Duration::from_secs(1 << attempt)).await;
    }
    Ok(())
}

/// Says what became of it.
fn said(told: &BTreeMap<&str, Result<Told, Gap>>) -> Result<Exit, Ended> {
    super::print(|out| {
        for (account, told) in told {
            let told = match told {
                Ok(told) => told,
                Err(gap) => {
                    writeln!(out, "{account}  nothing more was told: {}", inert(&gap.to_string()))?;
                    continue;
                }
            };
            let import = &told.import;
            write!(out, "{account}  {} sent: {} failing", words::count(told.taken, "finding"), import.failing)?;
            if import.others > 0 {
                write!(out, ", {} others", import.others)?;
            }
            writeln!(out, ", {} no longer there and archived", import.resolved)?;
            if import.left > 0 {
                writeln!(out, "  {} left as they are: this run did not look at their whole scope", import.left)?;
            }
            for failed in &told.refused {
                let Failed { id, code, message } = failed;
                writeln!(out, "  not taken: {} {}: {}", inert(id), inert(code), inert(message))?;
            }
        }
        Ok(())
    })?;
    let whole = told.values().filter(|told| told.as_ref().is_ok_and(|told| told.refused.is_empty())).count();
    Ok(match (whole, told.values().all(Result::is_err)) {
        (_, true) => Exit::Unreached,
        (whole, _) if whole == told.len() => Exit::Clean,
        _ => Exit::Unknown,
    })
}
