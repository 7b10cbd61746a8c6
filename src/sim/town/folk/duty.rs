//! Who works when: the rota of a fortnight.

use jiff::civil::Weekday;

use super::{Folk, GRIDS_A_COMMUNITY};
use crate::people::ResponderKind;
use crate::people::import::Sheet;

impl Folk<'_> {
    /// The rota: grid workers by day and one of each community by night, who is off the next day; teams and leaders in turns.
    pub fn duty(&mut self) {
        use ResponderKind::*;
        let responders = std::mem::take(&mut self.responders);
        for day in 0..usize::from(self.plan.days) {
            let Some(date) = self.day(day as i64) else { break };
            let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
            for it in &responders {
                let night = it.part % GRIDS_A_COMMUNITY == day % GRIDS_A_COMMUNITY;
                let after_night = it.part % GRIDS_A_COMMUNITY == (day + GRIDS_A_COMMUNITY - 1) % GRIDS_A_COMMUNITY;
                let span = match it.kind {
                    GridWorker if night => Some(("18:00", "08:00")),
                    GridWorker if after_night && day > 0 => None,
                    GridWorker => Some(("08:00", "18:00")),
                    GridHead => (!weekend || it.part == day % 2).then_some(("08:00", "18:00")),
                    CommunitySecretary => (!weekend).then_some(("08:30", "17:30")),
                    CommunityDoctor => Some(("08:00", "18:00")),
                    Caregiver => Some(("07:00", "19:00")),
                    Volunteer => self.dice.chance(0.6).then_some(("09:00", "17:00")),
                    PoliceGrid | FirePost | PropertyGuard => Some(("08:00", "08:00")),
                    StreetTeam => [Some(("08:00", "20:00")), Some(("20:00", "08:00")), None][(day + it.part) % 3],
                    DutyLeader => [Some(("08:00", "20:00")), Some(("20:00", "08:00"))][(day + it.part) % 2],
                    Family => None,
                };
                if let Some((from, until)) = span {
                    let date = date.to_string();
                    self.row(
                        Sheet::Duty,
                        &[
                            ("responder_code", &it.code),
                            ("date", &date),
                            ("from", from),
                            ("until", until),
                        ],
                    );
                }
            }
        }
        // On the first evening a grid worker is ill, and the head of the grid stands in.
        let ill = responders.iter().find(|it| it.kind == GridWorker && it.part == 0);
        let head = ill.and_then(|ill| {
            responders
                .iter()
                .find(|it| it.kind == GridHead && it.community == ill.community)
        });
        if let (Some(ill), Some(head)) = (ill, head) {
            let date = self.plan.from.to_string();
            self.row(
                Sheet::Duty,
                &[
                    ("responder_code", &head.code),
                    ("date", &date),
                    ("from", "18:00"),
                    ("until", "08:00"),
                    ("stands_in_for", &ill.code),
                ],
            );
        }
        self.responders = responders;
    }
}
