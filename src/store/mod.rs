//! What is known: tables, mapping, transactions. The only room that knows SeaORM; it speaks domain types.
//!
//! Start at [`Store`]: [`Store::open`], [`Store::migrate`], [`Store::unlock`], then read and write through the files named
//! after their subject.
//!
//! Holds always:
//! - every instant is an integer of microseconds ([`micros`]), brought by the caller; SQL never asks for the time;
//! - a write happens whole or not at all, in a transaction that no caller can cancel ([`Store::write`]);
//! - an unknown word in a row sets that row aside and names it, never its neighbours;
//! - a field that is nobody's business is sealed ([`seal`]) under the key of its elder.

pub mod activity;
pub mod area_maps;
pub mod areas;
pub mod canaries;
pub mod cases;
pub mod chains;
pub mod channel_tests;
pub mod connect;
pub mod contacts;
pub mod device_care;
pub mod device_orders;
pub mod device_photos;
pub mod device_states;
pub mod devices;
pub mod elders;
pub mod error;
pub mod family;
pub mod handovers;
pub mod incidents;
pub mod link_token;
pub mod links;
pub mod micros;
pub mod mqtt;
pub mod need_labels;
pub mod phone_calls;
pub mod practice;
pub mod quarantine;
pub mod quotas;
pub mod reach;
pub mod register_log;
pub mod registry;
pub mod responders;
pub mod rota;
pub mod round_checks;
pub mod seal;
pub mod settings;
pub mod sheet_mails;
pub mod stations;
pub mod street_plans;
pub mod users;
pub mod views;
pub mod visits;
pub mod walls;
pub mod warnings;

pub use area_maps::{MapVersion, Regridded, StreetMap};
pub use areas::AreaBook;
pub use connect::{Engine, Store, StoreConfig, Work, rows_per_statement, shielded, write_lock_first};
pub use contacts::ContactFile;
pub use device_care::{DeviceChange, DeviceEvent, DeviceTest};
pub use device_orders::OrderRow;
pub use device_photos::DevicePhoto;
pub use devices::KeptDevice;
pub use elders::{ElderField, ElderFile, ElderQuery};
pub use error::{Conflict, Reason, StoreError};
pub use family::{FamilyDevice, Invite, NewInvite, Shown};
pub use handovers::{HandoverRow, HandoverText};
pub use link_token::LinkToken;
pub use micros::{Days, Micros};
pub use need_labels::StreetLabels;
pub use phone_calls::{Begun, KeptCall};
pub use practice::Practitioner;
pub use quarantine::{Quarantined, Unproved};
pub use quotas::{Booking, Limit};
pub use reach::{AgreedOn, Owner, PUSH_MAX};
pub use register_log::{LinesWanted, RegisterEvent};
pub use registry::{Kept, Loaded, PAGE_MAX, Page};
pub use responders::{ResponderFile, ResponderQuery};
pub use rota::ShiftSwap;
pub use round_checks::RoundCheck;
pub use seal::{DeviceKey, KeyRing, MasterKey, SealError, Sealed, random};
pub use stations::StationFile;
pub use street_plans::{NewVersion, PlanHead, PlanProposal, ProposalState, StreetPlan};
pub use users::{Account, Lockout, NewAccount, RefreshToken, Rights, Rotation};
pub use views::{Seen, View};
pub use visits::{MissedVisit, Visit, VisitCode, VisitCount, VisitDue, VisitPhoto};
pub use walls::{NewWall, Wall};
pub use warnings::{WarningCase, WarningRow};
