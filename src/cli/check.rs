//! `check`: reads every case with its log, and says what is not as it must be.

use std::path::{Path, PathBuf};

use clap::Args;
use eldercare_dispatch::store::cases::Root;

use super::setup::Setup;
use super::{Exit, Failure};

#[derive(Debug, Args)]
pub struct Check {
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
    /// Compare with roots that were kept elsewhere: a file of the `root` lines of an earlier check, or of the service's log
    #[arg(long, value_name = "FILE")]
    roots: Option<PathBuf>,
}

impl Check {
    pub async fn run(self, setup: Setup) -> Result<Exit, Failure> {
        let kept = match &self.roots {
            Some(path) => read_roots(path)?,
            None => vec![],
        };
        let findings = setup.store.check_against(&kept).await?;
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
                "handovers": findings.handovers,
                "roots": findings.roots.iter().map(Root::to_string).collect::<Vec<_>>(),
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
            if findings.handovers > 0 {
                println!("{} hand-overs of a desk", findings.handovers);
            }
            for it in &findings.roots {
                println!("root {it}");
            }
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

/// The lines of a file that hold a root: whatever stands before the word `root` (a log's time and level) is passed over, and
/// so are lines without it.
fn read_roots(path: &Path) -> Result<Vec<Root>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let mut roots = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let Some((_, root)) = text.split_once("root ") else {
            continue;
        };
        let root = root
            .parse()
            .map_err(|error| Failure::refused(format!("{}: line {}: {error}", path.display(), line + 1)))?;
        roots.push(root);
    }
    if roots.is_empty() {
        return Err(Failure::refused(format!("{}: there is no root in it", path.display())));
    }
    Ok(roots)
}
