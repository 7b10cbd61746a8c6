//! Stations: fixed places that give service in a circle.

use serde::{Deserialize, Serialize};

use super::area::AreaCode;
use super::flaw::{ADDRESS_MAX, Flaws, Look, SHORT_TEXT_MAX};
use super::secret::Phone;
use super::service::StationService;
use super::words::words;
use crate::circle::Point;
use crate::ids::StationId;

words! {
    /// The three fifteen-minute circles.
    ServiceCircle ("circle") {
        /// Somebody able at the door.
        Emergency = "emergency", "应急";
        /// Meals, bathing, cleaning, shopping, walking, errands.
        Living = "living", "生活";
        /// Health station, family doctor, pharmacy, rehabilitation.
        Medical = "medical", "医疗";
    }
}

words! {
    /// What a station gives.
    StationKind ("station kind") {
        /// Community health service station.
        HealthStation = "health_station", "卫生服务站";
        /// Hospital or clinic with an emergency room.
        Hospital = "hospital", "医院";
        /// Pharmacy.
        Pharmacy = "pharmacy", "药店";
        /// Canteen for elders.
        Canteen = "canteen", "老人食堂";
        /// Day care and service centre.
        DayCare = "day_care", "日间照料中心";
        /// Care home with beds.
        CareHome = "care_home", "养老院";
        /// Repairs and household help.
        HomeService = "home_service", "家政服务点";
        /// Police post of a police grid.
        PolicePost = "police_post", "警务室";
        /// Micro fire post.
        FirePost = "fire_post", "微型消防站";
        /// A defibrillator that anyone may take.
        Aed = "aed", "AED";
        /// The street's command centre.
        CommandCentre = "command_centre", "指挥调度中心";
    }
}

impl StationKind {
    /// The circle to which a station of this kind belongs.
    pub const fn circle(self) -> ServiceCircle {
        match self {
            Self::HealthStation | Self::Hospital | Self::Pharmacy => ServiceCircle::Medical,
            Self::Canteen | Self::DayCare | Self::CareHome | Self::HomeService => ServiceCircle::Living,
            Self::PolicePost | Self::FirePost | Self::Aed | Self::CommandCentre => ServiceCircle::Emergency,
        }
    }

    /// Whether a station of this kind may have beds.
    pub const fn has_beds(self) -> bool {
        matches!(self, Self::CareHome | Self::DayCare | Self::Hospital)
    }
}

/// Beds of a care home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beds {
    /// All of them.
    pub total: u16,
    /// Those that somebody could have tonight.
    pub free: u16,
}

/// A fixed place giving service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Station {
    /// Follows from the code.
    pub id: StationId,
    /// The street's own number for it.
    pub code: String,
    /// What it gives.
    pub kind: StationKind,
    /// On its sign.
    pub name: String,
    /// Where it says it is.
    pub address: String,
    /// Its entrance; a station without a point is in no circle.
    pub point: Option<Point>,
    /// The area that it lies in, of any level below the district.
    pub area: AreaCode,
    /// Opening hours as on the door ("08:00-18:00"); `None` when nobody said.
    #[serde(default)]
    pub hours: Option<String>,
    /// Only for kinds with beds.
    #[serde(default)]
    pub beds: Option<Beds>,
    /// What it gives, when, and with how much room.
    #[serde(default)]
    pub service: StationService,
}

/// What the store seals of a station: nothing but the number to call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StationSecrets {
    /// The number behind the counter.
    pub phone: Option<Phone>,
}

impl Station {
    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.text("code", &self.code, SHORT_TEXT_MAX);
        look.text("name", &self.name, SHORT_TEXT_MAX);
        look.text("address", &self.address, ADDRESS_MAX);
        if let Some(point) = self.point {
            look.point("point", point);
        }
        if let Some(hours) = &self.hours {
            look.text("hours", hours, SHORT_TEXT_MAX);
        }
        if let Some(beds) = self.beds {
            look.when(!self.kind.has_beds(), "beds", "a station of this kind has no beds");
            look.when(beds.free > beds.total, "beds", "more are free than there are");
        }
        self.service.look(&mut look);
        look.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::samples::{code, fields};
    use crate::people::station_id;

    #[test]
    fn each_wrong_field_is_named() {
        let home = Station {
            id: station_id("S1"),
            code: "S1".into(),
            kind: StationKind::CareHome,
            name: "养老院".into(),
            address: "泉州路2号".into(),
            point: Some(Point::new(39.38, 117.06).unwrap()),
            area: code("120114001003"),
            hours: None,
            beds: Some(Beds { total: 40, free: 40 }),
            service: StationService::default(),
        };
        assert_eq!(home.check(), Ok(()));
        assert_eq!(
            fields(
                Station {
                    beds: Some(Beds { total: 40, free: 41 }),
                    ..home.clone()
                }
                .check()
            ),
            ["beds"]
        );
        assert_eq!(
            fields(
                Station {
                    kind: StationKind::Canteen,
                    ..home.clone()
                }
                .check()
            ),
            ["beds"]
        );
        let spoilt = Station {
            code: "".into(),
            name: "".into(),
            address: "".into(),
            hours: Some("".into()),
            ..home
        };
        assert_eq!(fields(spoilt.check()), ["code", "name", "address", "hours"]);
    }

    #[test]
    fn each_circle_has_stations() {
        for circle in ServiceCircle::ALL {
            assert!(StationKind::ALL.iter().any(|it| it.circle() == *circle), "{circle}");
        }
    }
}
