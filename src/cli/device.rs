//! `device`: files a device, and gives it its key. A key is shown once, by the command that made it; the store keeps a keyed
//! hash only.

use clap::{Args, Subcommand};

use eldercare_dispatch::circle::Crs;
use eldercare_dispatch::ids::DeviceId;
use eldercare_dispatch::people::{self, AreaCode, DeviceBinding, DeviceKind, device_id, elder_id, household_id};
use eldercare_dispatch::store::DeviceKey;

use super::setup::Setup;
use super::{Exit, Failure};

#[derive(Debug, Subcommand)]
pub enum Device {
    /// File a device and print its key, once
    Add(Add),
    /// Give a device another key and print it, once; the one before is void at once
    Key(Key),
}

#[derive(Debug, Args)]
pub struct Add {
    /// The serial number on its label
    code: String,
    /// What it is
    #[arg(long, value_parser = super::words_of(DeviceKind::ALL, DeviceKind::as_str))]
    kind: String,
    /// The elder whose it is (the street's number)
    #[arg(long, value_name = "CODE", conflicts_with = "household")]
    elder: Option<String>,
    /// The household that it guards (the street's number)
    #[arg(long, value_name = "CODE")]
    household: Option<String>,
    /// The desk can speak with the elder through it
    #[arg(long)]
    voice: bool,
    /// The reference system of the positions that it sends
    #[arg(long, value_parser = ["wgs84", "gcj02", "bd09"])]
    crs: Option<String>,
    /// Maker and model
    #[arg(long)]
    model: Option<String>,
    /// Where it hangs
    #[arg(long)]
    place: Option<String>,
    /// Print one JSON object: device_id, key, elder_id
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct Key {
    /// The serial number on its label
    code: String,
    /// Print one JSON object: device_id, key, elder_id
    #[arg(long)]
    json: bool,
}
