//! `restored`: a copy of the store was put back. What live clients saw after the copy was made has not happened in this
//! history; with a new epoch their cursors mean nothing, and each takes a new snapshot.

use super::setup::Setup;
use super::{Exit, Failure};

pub async fn run(setup: Setup) -> Result<Exit, Failure> {
    let epoch = setup.ids.make();
    setup.store.renew_epoch(epoch, setup.now()).await?;
    println!(
        "{}: another history begins ({epoch}); every live client takes a new snapshot",
        setup.store.place()
    );
    setup.store.close().await;
    Ok(Exit::Done)
}
