//! `forewarn demo`: the audit of a bundled sample organisation, over the same path as a real one.

use std::sync::Arc;

use forewarn_collect::{AccessKey, Accounts, Lookups, Options};
use forewarn_simaws::{Settings, SimAws, demo};

use crate::assessment::Plan;
use crate::cli::Demo;
use crate::commands::audit::{Tell, collect, judging_ahead, runtime};
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(crate) fn run(asked: &Demo, config: &Config, terminal: &Terminal, verbose: bool) -> Result<Exit, Failed> {
    let plan =
        Plan::new(&asked.selection, &asked.output, config, asked.save_snapshot.as_deref()).map_err(Failed::usage)?;
    plan.exceptions_hold(jiff::Timestamp::now())?;
    terminal.note("serving a sample organisation on a loopback port and auditing it; no AWS account is touched");
    let assessment = plan.assessment();
    let audit = async |tell: Tell<'_>| {
        let organization = Arc::new(demo::organization_at(jiff::Timestamp::now()));
        let served = SimAws::start(organization, Settings::default()).await.map_err(Failed::internal)?;
        let (id, secret) = served.credentials(demo::ACCOUNT);
        let options = Options {
            region: Some("us-east-1".to_owned()),
            endpoint_url: Some(served.url()),
            access_key: Some(AccessKey { id, secret }),
            needs: plan.needs(),
            accounts: Accounts::Organization,
            // The endpoint is ours: nobody else needs its calls.
            lookups: Lookups { per_second: 1000.0, ..Lookups::default() },
            ..Options::default()
        };
        let inventory = collect(&options, terminal, tell).await;
        served.stop().await;
        inventory
    };
    let inventory = judging_ahead(&assessment, |tell| runtime()?.block_on(audit(tell)))?;
    let exit = plan.finish(assessment, &inventory, asked.save_snapshot.as_deref(), terminal, verbose)?;
    terminal.note(
        "\nNext:\n  \
         forewarn checks explain s3.reachable_by_anyone    what one of these means, and how to fix it\n  \
         forewarn demo -f csv=findings.csv                 the same for a spreadsheet\n  \
         forewarn permissions                              the IAM policy that a real audit needs\n  \
         forewarn audit --profile NAME                     your own account; with --org your organisation",
    );
    Ok(exit)
}
