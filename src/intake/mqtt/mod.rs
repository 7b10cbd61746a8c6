//! Devices behind a broker: sensors, gateways and bridges that publish by MQTT 5 or 3.1.1.
//!
//! Holds always:
//! - a message is acknowledged when all that it asserts is committed, and not before ([`message`]); where it cannot be, it stays with
//!   the broker and is tried again;
//! - what the broker brings again, keeps for everybody (retained) or a bridge repeats rings once; a second press with the same bytes
//!   is a second press ([`crate::dispatch::deliveries`]);
//! - the messages of one topic are worked off in their order; a topic that cannot go on holds up no other ([`link`]);
//! - whoever is not in the register is kept aside for the desk, and a call for help from them is a case at the street tier;
//! - while we are away the broker keeps what comes: the session outlives us, and a subscription that it has lost is made anew.

pub mod condition;
pub mod config;
pub mod link;
mod message;
pub mod profile;
pub mod topic;
pub mod wire;

use std::sync::Arc;

pub use link::{Link, State};

use crate::app::App;

/// Starts a link to each broker of the configuration; they end with the service.
pub fn start(app: &App) -> Vec<Arc<Link>> {
    let config = &app.config.mqtt;
    let mut links = Vec::new();
    for (at, broker) in config.brokers.iter().enumerate() {
        // Looked at when the service started: what is wrong was told then.
        let Ok(routes) = config.routes(at) else { continue };
        let link = Link::new(app.clone(), broker.clone(), routes);
        app.workers().spawn(link.clone().run());
        links.push(link);
    }
    app.set_links(links.clone());
    links
}
