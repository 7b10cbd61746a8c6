//! `migrate`: brings the tables up to this program's version.

use std::path::Path;

use super::setup::Setup;
use super::{Exit, Failure};

pub async fn run(config: Option<&Path>) -> Result<Exit, Failure> {
    let setup = Setup::open_as_it_is(config).await?;
    let steps = setup.store.migrate().await?;
    let place = setup.store.place();
    if steps.is_empty() {
        println!("{place}: nothing to do, the tables are this program's");
    } else {
        println!("{place}: {} steps applied", steps.len());
        for step in steps {
            println!("  {step}");
        }
    }
    setup.store.close().await;
    Ok(Exit::Done)
}
