//! `check`: reads every case with its log, and says what is not as it must be.

use clap::Args;

use super::setup::Setup;
use super::{Exit, Failure};

#[derive(Debug, Args)]
pub struct Check {
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

impl Check {
    pub async fn run(self, setup: Setup) -> Result<Exit, Failure> {
        let findings = setup.store.check().await?;
        let aside = setup.store.rows_aside().await?;
        if self.json {
            let lines = |list: &[eldercare_dispatch::store::cases::Finding]| -> Vec<serde_json::Value> {
                list.iter()
                    .map(|it| serde_json::json!({"place": it.place, "what": it.what}))
                    .collect()
            };
            let answer = serde_json::json!({
                "cases": findings.cases,
                "events": findings.events,
                "streams": findings.streams,
                "found": lines(&findings.found),
                "set_aside": lines(&aside),
            });
            println!("{answer}");
        } else {
            println!(
                "{}: {} cases, {} events, {} streams",
                setup.store.place(),
                findings.cases,
                findings.events,
                findings.streams
            );
            for it in &findings.found {
                println!("found: {}: {}", it.place, it.what);
            }
            for it in &aside {
                println!("set aside: {}: {}", it.place, it.what);
            }
            if findings.found.is_empty() && aside.is_empty() {
                println!("nothing found");
            }
        }
        setup.store.close().await;
        let clean = findings.found.is_empty() && aside.is_empty();
        Ok(if clean { Exit::Done } else { Exit::Refused })
    }
}
