//! Whoever answers for some areas brings in what is of those: a row about another's is an error of its cell, as a wrong number is.

use std::collections::HashMap;

use super::Look;
use crate::ids::{ContactId, DeviceId, ElderId, HouseholdId, ResponderId, StationId};
use crate::people::import::{ContactRow, ElderRow, Parsed, ResponderRow, RowError, StationRow};
use crate::people::{
    Area, AreaCode, Chain, ChainSubject, Contact, Device, DeviceBinding, Elder, Responder, Shift, Station,
};
use crate::store::StoreError;

const NOT_YOURS: &str = "lies in none of your areas";
const OTHERS: &str = "is on file in an area that is not yours";

impl Look<'_> {
    /// Takes rows that `wrong` complains of from the sound ones.
    fn hold<T>(&self, parsed: &mut Parsed<T>, wrong: impl Fn(&T) -> Option<(&'static str, &'static str)>) {
        if self.sheets.scope.is_none() {
            return;
        }
        let mut found = Vec::new();
        parsed.rows.retain(|(line, row)| match wrong(row) {
            Some((column, message)) => {
                found.push(RowError {
                    line: *line,
                    column: column.to_owned(),
                    value: None,
                    message: message.to_owned(),
                });
                false
            }
            None => true,
        });
        let room = crate::people::import::ERRORS_MAX.saturating_sub(parsed.errors.len());
        parsed.errors_left_out += found.len().saturating_sub(room);
        parsed.errors.extend(found.into_iter().take(room));
        parsed.errors.sort_by_key(|it| it.line);
    }

    fn mine(&self, code: AreaCode) -> bool {
        self.sheets.scope.as_ref().is_none_or(|it| it.contains(code))
    }

    /// Nobody of a responder's areas: family, whom contacts tell apart.
    fn all_mine(&self, it: &Responder) -> bool {
        it.scope.iter().all(|code| self.mine(code))
    }

    pub(super) fn hold_areas(&self, parsed: &mut Parsed<Area>) {
        let Some(scope) = &self.sheets.scope else { return };
        let book = &self.sheets.book;
        let same = |it: &Area| {
            let on_file = book.id(it.code).and_then(|id| book.area(id));
            on_file.map(|on_file| on_file.name == it.name && (!self.has("alias") || on_file.alias == it.alias))
        };
        // What stands above one's own areas may be in the sheet: new, or as it is on file.
        self.hold(parsed, |it| {
            let fine = scope.contains(it.code) || (scope.touches(it.code) && same(it) != Some(false));
            (!fine).then_some(("area_code", NOT_YOURS))
        });
    }

    pub(super) fn hold_elders(&self, parsed: &mut Parsed<ElderRow>, on_file: &HashMap<ElderId, Elder>) {
        self.hold(parsed, |it| {
            let others = on_file.get(&it.elder.id).is_some_and(|it| !self.mine(it.grid));
            match (self.mine(it.elder.grid), others) {
                (false, _) => Some(("grid_code", NOT_YOURS)),
                (true, true) => Some(("elder_code", OTHERS)),
                (true, false) => None,
            }
        });
    }

    pub(super) fn hold_contacts(
        &self,
        parsed: &mut Parsed<ContactRow>,
        on_file: &HashMap<ContactId, Contact>,
        elders: &HashMap<ElderId, Elder>,
    ) {
        let foreign = |id: &ElderId| elders.get(id).is_some_and(|it| !self.mine(it.grid));
        self.hold(parsed, |it| {
            if foreign(&it.contact.elder) {
                return Some(("elder_code", NOT_YOURS));
            }
            let others = on_file.get(&it.contact.id).is_some_and(|it| foreign(&it.elder));
            others.then_some(("contact_code", OTHERS))
        });
    }

    pub(super) async fn hold_responders(
        &self,
        parsed: &mut Parsed<ResponderRow>,
        on_file: &HashMap<ResponderId, Responder>,
    ) -> Result<(), StoreError> {
        if self.sheets.scope.is_none() {
            return Ok(());
        }
        // Family has no area of its own: theirs is that of the elders whose contacts they are.
        let elders = self.sheets.elders_on_file().await?;
        let mut kin: HashMap<ResponderId, bool> = HashMap::new();
        for it in self.sheets.contacts_on_file().await?.into_values() {
            if let (Some(responder), Some(elder)) = (it.responder, elders.get(&it.elder)) {
                *kin.entry(responder).or_insert(true) &= self.mine(elder.grid);
            }
        }
        self.hold(parsed, |it| {
            let it = &it.responder;
            if !self.all_mine(it) {
                return Some(("area_codes", NOT_YOURS));
            }
            let others = on_file.get(&it.id).is_some_and(|old| !self.all_mine(old)) || kin.get(&it.id) == Some(&false);
            others.then_some(("responder_code", OTHERS))
        });
        Ok(())
    }

    pub(super) fn hold_chains(&self, parsed: &mut Parsed<Chain>, grids: &HashMap<HouseholdId, AreaCode>) {
        self.hold(parsed, |it| match it.subject {
            ChainSubject::Grid(code) => (!self.mine(code)).then_some(("grid_code", NOT_YOURS)),
            ChainSubject::Household(id) => {
                let foreign = grids.get(&id).is_some_and(|it| !self.mine(*it));
                foreign.then_some(("household_code", NOT_YOURS))
            }
        });
    }

    pub(super) fn hold_duty(&self, parsed: &mut Parsed<Shift>, responders: &HashMap<ResponderId, Responder>) {
        self.hold(parsed, |it| {
            let foreign = responders.get(&it.responder).is_some_and(|it| !self.all_mine(it));
            foreign.then_some(("responder_code", OTHERS))
        });
    }

    pub(super) fn hold_devices(
        &self,
        parsed: &mut Parsed<Device>,
        on_file: &HashMap<DeviceId, Device>,
        elders: &HashMap<ElderId, Elder>,
        grids: &HashMap<HouseholdId, AreaCode>,
    ) {
        let foreign = |it: &Option<DeviceBinding>| {
            let grid = match it {
                Some(DeviceBinding::Elder(id)) => elders.get(id).map(|it| it.grid),
                Some(DeviceBinding::Household(id)) => grids.get(id).copied(),
                None => None,
            };
            grid.is_some_and(|it| !self.mine(it))
        };
        self.hold(parsed, |it| {
            if foreign(&it.binding) {
                let column = match it.binding {
                    Some(DeviceBinding::Household(_)) => "household_code",
                    Some(DeviceBinding::Elder(_)) | None => "elder_code",
                };
                return Some((column, NOT_YOURS));
            }
            let others = on_file.get(&it.id).is_some_and(|it| foreign(&it.binding));
            others.then_some(("device_code", OTHERS))
        });
    }

    pub(super) fn hold_stations(&self, parsed: &mut Parsed<StationRow>, on_file: &HashMap<StationId, Station>) {
        self.hold(parsed, |it| {
            if !self.mine(it.station.area) {
                return Some(("area_code", NOT_YOURS));
            }
            let others = on_file.get(&it.station.id).is_some_and(|it| !self.mine(it.area));
            others.then_some(("station_code", OTHERS))
        });
    }
}
