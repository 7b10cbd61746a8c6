//! The promises, on real databases. One binary, so that the service is linked once.

mod aftercare;
mod api_auth;
mod api_cases;
mod api_family;
mod api_intake;
mod api_photos;
mod api_rights;
mod api_serve;
mod api_town;
mod cli_commands;
mod cli_serve;
mod demo_quiet;
mod harness;
mod live_kit;
mod live_promises;
mod live_watch;
mod notify_outbox;
mod notify_webhook;
mod porto;
mod promises;
mod retention;
mod roots;
mod store_foundations;
mod store_register;
mod store_upgrade;
mod store_users;
