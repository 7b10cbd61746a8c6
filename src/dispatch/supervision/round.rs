//! The round of checks of an incident: whose devices are dark, in the order in which somebody looks after them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Supervision;
use crate::ids::{CaseId, DeviceId, ElderId};
use crate::people::{DeviceBinding, Elder, ElderStatus, LifeSupport, Need};
use crate::store::StoreError;

/// One elder of a round.
#[derive(Debug, Clone)]
pub struct Check {
    /// Who.
    pub elder: Arc<Elder>,
    /// Their devices and those of their home that went dark.
    pub devices: Vec<DeviceId>,
    /// When the first of these was last heard before it went dark.
    pub heard_at: Timestamp,
    /// All of them are heard again.
    pub back: bool,
}

/// Who is looked after first: whoever needs current to live, then by need. The smaller goes first.
fn rank(elder: &Elder, today: Date) -> (u8, u8) {
    let support = elder.life_support.iter().map(|it| match it {
        LifeSupport::Ventilator => 0, // minutes
        LifeSupport::Oxygen => 1,
        LifeSupport::Dialysis => 2,
    });
    let needs = elder.needs_on(today);
    let need = needs.iter().map(|it| match it {
        Need::HighRisk => 0,
        Need::LivingAlone => 1,
        Need::Disabled => 2,
        Need::Medical => 3,
        Need::MentalSocial => 4,
        Need::General => 5,
        Need::Away => 6,
    });
    (support.min().unwrap_or(u8::MAX), need.min().unwrap_or(u8::MAX))
}

/// Who is still dark before who is back; within these by rank, then whoever has been dark for longest.
pub(in crate::dispatch) fn in_order(mut checks: Vec<Check>, today: Date) -> Vec<Check> {
    checks.sort_by_cached_key(|it| {
        let away = it.elder.is_away(today);
        (
            it.back,
            away,
            rank(&it.elder, today),
            it.heard_at,
            Reverse(it.devices.len()),
            it.elder.id,
        )
    });
    checks
}

impl Supervision {
    /// The round of checks of an incident, in order.
    ///
    /// # Errors
    /// The store's.
    pub async fn round(&self, case: CaseId) -> Result<Vec<Check>, StoreError> {
        let members = self.0.desk.store().incident_devices(&[case]).await?;
        let picture = self.0.desk.picture();
        let mut found: HashMap<ElderId, Check> = HashMap::new();
        for it in members {
            let Some(device) = picture.device(it.device) else {
                continue;
            };
            let theirs = match device.binding {
                Some(DeviceBinding::Elder(id)) => picture.elder(id).into_iter().collect(),
                Some(DeviceBinding::Household(id)) => picture.household(id).map(|it| it.1).unwrap_or_default(),
                None => vec![],
            };
            let back = self
                .0
                .signs
                .of(it.device)
                .is_some_and(|sign| sign.heard_at > it.heard_at);
            for elder in theirs.into_iter().filter(|it| it.status == ElderStatus::Active) {
                let check = found.entry(elder.id).or_insert_with(|| Check {
                    elder,
                    devices: vec![],
                    heard_at: it.heard_at,
                    back: true,
                });
                check.devices.push(it.device);
                check.heard_at = check.heard_at.min(it.heard_at);
                check.back &= back;
            }
        }
        Ok(in_order(found.into_values().collect(), picture.today()))
    }
}
