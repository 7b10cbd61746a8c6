//! Partners - a town's centre, a fire or an ambulance service - are told of a case in CAP 1.2, by the same signed HTTP as a webhook.
//!
//! ```text
//! partner_alert -> Alert    partner_update -> Update    partner_cancel -> Cancel, each with all messages before it as references
//! ```
//!
//! What a message says follows from the log of the case up to its row, so each try says the same, whatever has happened since; what
//! has happened since is the next message.
//!
//! Holds always:
//! - scope `Private`, addressed to the partner; status `Actual`: an exercise has no row;
//! - no name, address, number, note or word about health: what the case is about is an area and, where the partner may see it, a circle
//!   of one kilometre round a point that is rounded to a hundredth of a degree.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Deserialize;

use super::config::WebhookConfig;
use super::letter::Language;
use super::webhook::{Webhook, WebhookError};
use super::{Channel, Delivery, Outgoing};
use crate::cap::{
    self, Alert, Area, Category, Certainty, Circle, Info, MsgType, Reference, ResponseType, Scope, Status, Urgency,
};
use crate::case::{Case, Kind, NoticeKind, Record, Severity, State, Subject, Voice};
use crate::circle::Point;
use crate::dispatch::Picture;
use crate::dispatch::partners::{PartnerFrom, PartnerRule, was_nothing};
use crate::people::words::words;
use crate::signature::Secret;
use crate::store::{Store, StoreError};

words! {
    /// What a partner may see of where it is.
    PartnerPlace ("partner's place") {
        /// The grid, as a code and its name.
        Grid = "grid",
        /// The grid, and a circle of one kilometre round a rounded point.
        Rounded = "rounded",
    }
}

/// `[[notify.partners]]`: one partner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerConfig {
    /// Which entry of the list it is, where some could not be read.
    #[serde(skip)]
    pub place_in_list: Option<usize>,
    /// Small letters, digits, `-` and `_`; the rows name the channel `cap:NAME`, so it must stay the same.
    pub name: String,
    /// Where: http or https, no user name and no password in it.
    pub url: String,
    /// `whsec_` and 24 to 64 bytes in base64.
    pub secret: Secret,
    /// The secret before this one, while the other side changes over.
    #[serde(default)]
    pub previous_secret: Option<Secret>,
    /// Who we are to it: the `sender` of our messages.
    pub sender: String,
    /// Who it is: the `addresses` of our messages.
    pub address: String,
    /// From when it is told of a case.
    #[serde(default = "street")]
    pub from: PartnerFrom,
    /// Of which kinds; none: of every call for help.
    #[serde(default)]
    pub kinds: Option<std::collections::BTreeSet<Kind>>,
    /// What it may see of where it is.
    #[serde(default = "grid")]
    pub place: PartnerPlace,
    /// In which language.
    #[serde(default = "chinese")]
    pub language: Language,
    /// How long one try may take, milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// How many tries may be on their way at once.
    #[serde(default = "connections")]
    pub connections: usize,
}

const fn street() -> PartnerFrom {
    PartnerFrom::Street
}

const fn grid() -> PartnerPlace {
    PartnerPlace::Grid
}

const fn chinese() -> Language {
    Language::ZhCn
}

const fn timeout_ms() -> u64 {
    10_000
}

const fn connections() -> usize {
    2
}

impl PartnerConfig {
    /// The channel, as the rows name it.
    pub fn channel(&self) -> String {
        format!("cap:{}", self.name)
    }

    /// Of which cases it is told.
    pub fn rule(&self) -> PartnerRule {
        PartnerRule {
            from: self.from,
            kinds: self.kinds.clone(),
        }
    }

    /// The endpoint, as one of a webhook.
    pub fn endpoint(&self) -> WebhookConfig {
        WebhookConfig {
            name: self.name.clone(),
            url: self.url.clone(),
            secret: self.secret.clone(),
            previous_secret: self.previous_secret.clone(),
            kinds: None,
            timeout_ms: self.timeout_ms,
            connections: self.connections,
        }
    }

    /// What is wrong beside the endpoint, each with its key.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if !cap::read::is_name(&self.sender) {
            found.push("sender: must be a name without blanks, commas, `<` or `&`".to_owned());
        }
        if self.address.trim().is_empty() || self.address.contains('"') || self.address.chars().count() > 100 {
            found.push("address: must be 1 to 100 letters, without quotation marks".to_owned());
        }
        if self.kinds.as_ref().is_some_and(std::collections::BTreeSet::is_empty) {
            found.push("kinds: names no kind; leave it out for every call for help".to_owned());
        }
        found
    }
}

/// Records of a log that are read at a time.
const PAGE: u64 = 500;

/// A partner's line.
pub struct Partner {
    config: PartnerConfig,
    endpoint: Webhook,
    store: Store,
    picture: Arc<Picture>,
    offset: Offset,
}

impl Partner {
    /// A line as it is configured. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`Webhook::new`].
    pub fn new(
        config: PartnerConfig,
        store: Store,
        picture: Arc<Picture>,
        offset: Offset,
    ) -> Result<Self, WebhookError> {
        let endpoint = Webhook::named(config.channel(), config.endpoint())?;
        Ok(Self {
            config,
            endpoint,
            store,
            picture,
            offset,
        })
    }

    /// The message of a row; none: its case or its row is not there.
    ///
    /// # Errors
    /// The store's.
    async fn message(&self, notice: &Outgoing) -> Result<Option<Alert>, StoreError> {
        let log = self.log(notice).await?;
        let Ok(case) = Case::rebuild(&log) else {
            return Err(StoreError::corrupt("case_event", notice.case, "body", "no log"));
        };
        let mut earlier = Vec::new();
        for it in self.store.notices_of(notice.case).await? {
            // By the record that asked for it: the beginning of the step's name.
            let record = it.step.split(':').next().and_then(|it| it.parse::<i64>().ok());
            if it.row.channel == self.config.channel() && record.is_some_and(|it| it < notice.case_version) {
                earlier.push(self.reference(&it.row.id.to_string(), it.row.made_at));
            }
        }
        Ok(told(notice.kind).map(|kind| {
            let me = self.reference(&notice.id.to_string(), notice.made_at);
            self.worded(kind, me, earlier, &case, notice)
        }))
    }

    async fn log(&self, notice: &Outgoing) -> Result<Vec<Record>, StoreError> {
        let until = usize::try_from(notice.case_version).unwrap_or(usize::MAX);
        let mut log: Vec<Record> = Vec::new();
        while log.len() < until {
            let after = i64::try_from(log.len()).unwrap_or(i64::MAX);
            let page = self.store.events(notice.case, after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            log.extend(page.into_iter().map(|it| it.record));
        }
        log.truncate(until);
        Ok(log)
    }

    fn reference(&self, identifier: &str, at: Timestamp) -> Reference {
        Reference {
            sender: self.config.sender.clone(),
            identifier: identifier.to_owned(),
            sent: Timestamp::from_second(at.as_second()).unwrap_or(at),
        }
    }

    fn worded(
        &self,
        msg_type: MsgType,
        me: Reference,
        references: Vec<Reference>,
        case: &Case,
        notice: &Outgoing,
    ) -> Alert {
        let chinese = self.config.language == Language::ZhCn;
        let event = event(case.kind, self.config.language);
        let area = self.area(case, &notice.area_code);
        let over = matches!(case.state, State::Resolved | State::Closed);
        let heard = case.contact || case.voice.is_some_and(Voice::is_contact);
        let mut parameters = vec![("state".to_owned(), case.state.as_str().to_owned())];
        parameters.push(("tier".to_owned(), case.tier.as_str().to_owned()));
        parameters.extend(
            notice
                .case_number
                .iter()
                .map(|it| ("case_number".to_owned(), it.to_string())),
        );
        let agencies = case
            .referrals
            .iter()
            .map(|it| ("referred_to".to_owned(), it.to.as_str().to_owned()));
        parameters.extend(agencies);
        parameters.extend(
            case.outcome
                .iter()
                .filter(|_| over)
                .map(|it| ("outcome".to_owned(), it.as_str().to_owned())),
        );
        let info = Info {
            language: Some(self.config.language.as_str().to_owned()),
            categories: categories(case.kind),
            event: event.to_owned(),
            response_types: vec![match (over, case.referrals.is_empty()) {
                (true, _) => ResponseType::AllClear,
                (false, true) => ResponseType::Monitor,
                (false, false) => ResponseType::Assess,
            }],
            urgency: match (over, case.severity) {
                (true, _) => Urgency::Past,
                (false, Severity::Critical | Severity::Urgent) => Urgency::Immediate,
                (false, Severity::Routine | Severity::Technical) => Urgency::Expected,
            },
            severity: match case.severity {
                Severity::Critical => cap::Severity::Extreme,
                Severity::Urgent => cap::Severity::Severe,
                Severity::Routine => cap::Severity::Moderate,
                Severity::Technical => cap::Severity::Minor,
            },
            certainty: match case.outcome {
                Some(it) if over && was_nothing(it) => Certainty::Unlikely,
                _ if heard => Certainty::Observed,
                _ => Certainty::Likely,
            },
            event_codes: vec![("kind".to_owned(), case.kind.as_str().to_owned())],
            onset: None,
            expires: None,
            sender_name: Some(
                if chinese {
                    "街道应急调度中心"
                } else {
                    "Street command centre"
                }
                .to_owned(),
            ),
            headline: Some(match chinese {
                true => format!("{}：{event}", area.description),
                false => format!("{event}, {}", area.description),
            }),
            description: None,
            instruction: None,
            parameters,
            areas: vec![area],
        };
        Alert {
            identifier: me.identifier,
            sender: me.sender,
            sent: me.sent,
            status: Status::Actual,
            msg_type,
            scope: Scope::Private,
            addresses: vec![self.config.address.clone()],
            note: None,
            references,
            infos: vec![info],
        }
    }

    fn area(&self, case: &Case, code: &str) -> Area {
        let name = code.parse().ok().and_then(|it| self.picture.area_name(it));
        let circle = (self.config.place == PartnerPlace::Rounded)
            .then(|| self.point(case.subject))
            .flatten();
        Area {
            description: name.unwrap_or_else(|| code.to_owned()),
            polygons: vec![],
            circles: circle.into_iter().filter_map(rounded).collect(),
            geocodes: vec![("area_code".to_owned(), code.to_owned())],
        }
    }

    fn point(&self, subject: Subject) -> Option<Point> {
        match subject {
            Subject::Elder(id) => self.picture.elder(id)?.door_on(self.picture.today()).1,
            Subject::Household(id) => self.picture.household(id)?.0.home,
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => None,
        }
    }
}

/// A hundredth of a degree is 1.1 km north and 0.85 km east in Yangcun: what is inside lies within a kilometre of the rounded point.
fn rounded(point: Point) -> Option<Circle> {
    let hundredths = |it: f64| (it * 100.0).round() / 100.0;
    Some(Circle {
        middle: Point::new(hundredths(point.lat()), hundredths(point.lon())).ok()?,
        radius_km: 1.0,
    })
}

const fn told(kind: NoticeKind) -> Option<MsgType> {
    match kind {
        NoticeKind::PartnerAlert => Some(MsgType::Alert),
        NoticeKind::PartnerUpdate => Some(MsgType::Update),
        NoticeKind::PartnerCancel => Some(MsgType::Cancel),
        _ => None,
    }
}

fn categories(kind: Kind) -> Vec<Category> {
    match kind {
        Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide => vec![Category::Fire, Category::Rescue],
        Kind::Duress => vec![Category::Security, Category::Rescue],
        Kind::WaterLeak | Kind::PowerLoss | Kind::Outage => vec![Category::Infra],
        Kind::DeviceFault | Kind::LowBattery | Kind::Tamper | Kind::LinkLoss | Kind::SelfCheck => vec![Category::Other],
        Kind::ServiceRequest | Kind::FollowUp | Kind::WelfareReview | Kind::AreaAlert => vec![Category::Other],
        Kind::Sos
        | Kind::Fall
        | Kind::Inactivity
        | Kind::Offline
        | Kind::Vital
        | Kind::Geofence
        | Kind::MissedVisit
        | Kind::Unknown => vec![Category::Health, Category::Rescue],
    }
}

/// What happens, in words that say nothing of a person's health.
const fn event(kind: Kind, language: Language) -> &'static str {
    let (zh, en) = match kind {
        Kind::Sos => ("紧急呼叫", "Call for help"),
        Kind::Fall => ("跌倒求助", "Fall"),
        Kind::Smoke => ("烟感报警", "Smoke alarm"),
        Kind::Gas => ("燃气报警", "Gas alarm"),
        Kind::CarbonMonoxide => ("一氧化碳报警", "Carbon monoxide alarm"),
        Kind::Duress => ("响应人员求助", "Responder in danger"),
        Kind::Geofence => ("人员走失", "Missing person"),
        Kind::WaterLeak => ("漏水", "Water leak"),
        Kind::AreaAlert => ("区域预警核查", "Checks after a warning"),
        Kind::Outage => ("多台设备离线", "Many devices dark"),
        Kind::Inactivity | Kind::Offline | Kind::MissedVisit | Kind::Vital | Kind::Unknown => {
            ("人员安全核查", "Welfare check")
        }
        Kind::ServiceRequest | Kind::FollowUp | Kind::WelfareReview => ("服务请求", "Request for service"),
        Kind::DeviceFault | Kind::LowBattery | Kind::Tamper | Kind::LinkLoss | Kind::PowerLoss | Kind::SelfCheck => {
            ("设备信号", "Technical signal")
        }
    };
    match language {
        Language::ZhCn => zh,
        Language::En => en,
    }
}

#[async_trait]
impl Channel for Partner {
    fn name(&self) -> &str {
        self.endpoint.name()
    }

    fn slots(&self) -> usize {
        self.endpoint.slots()
    }

    async fn send(&self, notice: &Outgoing) -> Delivery {
        match self.message(notice).await {
            Ok(Some(alert)) => {
                let body = cap::write(&alert, self.offset).into_bytes();
                self.endpoint.post(notice, cap::MEDIA_TYPE, body).await
            }
            Ok(None) => Delivery::Refused {
                why: "no kind of notice for a partner".to_owned(),
            },
            Err(error) => {
                tracing::warn!(notice.id = %notice.id, %error, "what a partner is to be told could not be read");
                Delivery::Later {
                    after: None,
                    why: "the case could not be read".to_owned(),
                }
            }
        }
    }

    fn disabled(&self) -> Option<String> {
        self.endpoint.disabled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_point_says_no_more_than_a_kilometre() {
        for (lat, lon) in [(39.3812, 117.0649), (39.385, 117.065), (39.3749, 117.0551)] {
            let door = Point::new(lat, lon).unwrap();
            let circle = rounded(door).unwrap();
            assert!(circle.middle.distance_m(door) <= circle.radius_km * 1_000.0, "{door}");
            for it in [circle.middle.lat(), circle.middle.lon()] {
                assert!((it * 100.0 - (it * 100.0).round()).abs() < 1e-6, "{it}");
            }
        }
    }

    #[test]
    fn no_word_of_an_event_tells_of_health() {
        for kind in Kind::ALL {
            for language in Language::ALL {
                let text = event(*kind, *language).to_lowercase();
                for word in ["血", "脉", "病", "oxygen", "vital", "pulse", "heart"] {
                    assert!(!text.contains(word), "{kind}: {text}");
                }
            }
        }
    }
}
