//! What was kept aside is read once more: by a language, a profile or the rules of a cloud's link that have been mended meanwhile, or for
//! a device that somebody has filed by now.
//!
//! Reading shows what the bytes say and does nothing. Each report that comes of them names itself by the row and the bytes, so that
//! however often one is handed to the desk, it is one alert; it happened when the bytes came, not now.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::asserted::Origin;
use super::device_time::{When, when};
use super::mqtt::Link;
use super::push::receive::{self, ReadAgain};
use super::push::{Link as CloudLink, Opened, Platform, Push};
use super::scaip::body::{self, Code};
use super::scaip::envelope;
use super::scaip::words::{Means, said};
use super::terminal::{Alarm, Cut, Heard, Number, Sort, language};
use crate::app::App;
use crate::dispatch::{AlertReport, DeskError};
use crate::people::{Device, Protocol, Terminal};

/// Stands among the warnings of an alert that was read from what had been kept aside.
pub const DECODED_AGAIN: &str = "decoded_again";

/// Bytes that were kept aside.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Their row.
    pub id: Uuid,
    /// Who they were said to come from: a protocol and a number, as the adapters write it.
    pub claimed: &'a str,
    /// Why they were kept aside.
    pub reason: &'a str,
    /// When they came.
    pub at: Timestamp,
    /// The bytes; of a message of a broker, its topic and a line feed before them.
    pub bytes: &'a [u8],
}

/// What they say.
#[derive(Debug, Clone)]
pub struct Again {
    /// In which language, or by which cloud.
    pub way: &'static str,
    /// How whoever says it names itself; none: it does not say.
    pub number: Option<String>,
    /// Whose it is by now.
    pub device: Option<Arc<Device>>,
    /// What it says, one entry a frame.
    pub frames: Vec<Frame>,
}

/// One frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What it says.
    pub heard: Heard,
    /// When it happened: by the device's clock where that can be believed, else when it came.
    pub at: Timestamp,
    /// What the desk would be told: one report for each of `heard.alarms`, none for a stranger's technical matter.
    pub reports: Vec<Option<AlertReport>>,
}

/// The protocol and the number in the words by which an adapter of lines or of brokers names a sender; none for any other sender.
pub fn sender(claimed: &str) -> Option<(Protocol, Option<Terminal>)> {
    let (protocol, number) = claimed.split_once(' ').unwrap_or((claimed, ""));
    let protocol: Protocol = protocol.parse().ok()?;
    let number = protocol.number(number);
    Some((protocol, number.map(|number| Terminal { protocol, number })))
}

/// What a cloud has proved and was kept aside all the same.
const PROVED_BY_A_CLOUD: [&str; 2] = ["unknown_device", "undecodable_push"];

/// By which link of a cloud it came, and the name of the device there; none for anything else, and for whatever no cloud has proved.
pub fn behind_cloud<'a>(push: &'a Push, claimed: &'a str, reason: &str) -> Option<(&'a CloudLink, Option<&'a str>)> {
    if !PROVED_BY_A_CLOUD.contains(&reason) {
        return None;
    }
    let mut words = claimed.splitn(3, ' ');
    let platform: Platform = words.next()?.parse().ok()?;
    let link = push.link_of(platform, words.next()?)?;
    Some((link, words.next().filter(|it| !it.is_empty())))
}

/// Reads them; none: they came by a way whose messages cannot be read apart from it (HTTP with a wrong
/// key, a cloud that has not proved itself).
///
/// # Errors
/// The store's, when it is asked whose the device is.
pub async fn read(app: &App, kept: Kept<'_>) -> Result<Option<Again>, DeskError> {
    if let Some((link, name)) = behind_cloud(&app.push, kept.claimed, kept.reason) {
        return Ok(Some(of_cloud(app, link, name, kept).await));
    }
    let Some((protocol, claimed)) = sender(kept.claimed) else {
        return Ok(None);
    };
    let said = match protocol {
        Protocol::Scaip => of_unit(app, kept),
        Protocol::Mqtt => of_broker(&app.links(), kept),
        _ => of_line(app, protocol, kept),
    };
    let by_frame = said.iter().find_map(|it| it.heard.number);
    let named = by_frame.and_then(|it| protocol.number(it.as_str()));
    let terminal = claimed.or_else(|| named.map(|number| Terminal { protocol, number }));
    let device = match &terminal {
        Some(it) => app.device_at(it).await.map_err(DeskError::from)?,
        None => None,
    };
    let origin = Origin {
        protocol,
        terminal: terminal.as_ref(),
        device: device.as_deref(),
    };
    let frames = said.into_iter().map(|it| it.reported(app, &origin, kept)).collect();
    Ok(Some(Again {
        way: protocol.as_str(),
        number: terminal.map(|it| it.number),
        device,
        frames,
    }))
}

/// Messages of a cloud, by its link's rules of today.
async fn of_cloud(app: &App, link: &CloudLink, name: Option<&str>, kept: Kept<'_>) -> Again {
    let opened = Opened {
        id: None,
        text: kept.bytes.to_vec(),
    };
    let messages = link.platform.cloud().read(&opened).unwrap_or_default();
    let (mut frames, mut device) = (Vec::new(), None);
    for (place, message) in (0_u64..).zip(&messages) {
        let ReadAgain {
            said,
            at,
            device: whose,
            reports,
        } = receive::again(app, link, message).await;
        device = device.or(whose);
        let at = at.filter(|it| *it <= kept.at).unwrap_or(kept.at);
        let named = |report: Option<AlertReport>| {
            let mut report = report?;
            // Two parts of one body may say the same thing.
            let parts = [&message.text[..], &place.to_be_bytes(), report.kind.as_bytes()];
            let said = report
                .reading
                .as_ref()
                .and_then(|it| it["said"].as_str())
                .unwrap_or_default();
            let name = Uuid::new_v5(&kept.id, &[parts.concat(), said.as_bytes().to_vec()].concat());
            report.source_ref = Some(format!("quarantine {}", name.simple()));
            report.occurred_at = Some(report.occurred_at.unwrap_or(kept.at));
            report.warnings.push(DECODED_AGAIN.to_owned());
            Some(report)
        };
        frames.push(Frame {
            at,
            reports: reports.into_iter().map(named).collect(),
            heard: Heard {
                sort: if said.alarms.is_empty() {
                    Sort::Reading
                } else {
                    Sort::Alarm
                },
                alarms: said.alarms.into_iter().map(|it| it.alarm).collect(),
                place: said.place,
                measured: said.measured,
                ..Heard::default()
            },
        });
    }
    let said = messages.iter().find_map(|it| it.names.first());
    Again {
        way: link.platform.as_str(),
        number: name.or(said.map(String::as_str)).map(str::to_owned),
        device,
        frames,
    }
}

/// A frame that was read, before it is known whose it is.
struct Said<'a> {
    heard: Heard,
    when: When,
    bytes: &'a [u8],
}

impl Said<'_> {
    fn reported(self, app: &App, origin: &Origin<'_>, kept: Kept<'_>) -> Frame {
        let at = self.when.at.unwrap_or(kept.at);
        let reports = self.heard.alarms.iter().map(|alarm| {
            let name = Uuid::new_v5(&kept.id, &[self.bytes, alarm.said.as_bytes()].concat());
            let reference = format!("quarantine {}", name.simple());
            let when = When {
                at: Some(at),
                odd: self.when.odd,
            };
            let mut report = origin.report(app, (alarm, &self.heard, self.bytes), when, reference)?;
            report.warnings.push(DECODED_AGAIN.to_owned());
            Some(report)
        });
        Frame {
            at,
            reports: reports.collect(),
            heard: self.heard,
        }
    }
}

fn of_line<'a>(app: &App, protocol: Protocol, kept: Kept<'a>) -> Vec<Said<'a>> {
    let Some(language) = language(protocol) else {
        return Vec::new();
    };
    let desk = &app.desk;
    let about = SignedDuration::from_secs(desk.config().stale_after_s.into());
    let most = app.config.intake.tcp.frame_max_bytes;
    let mut said = Vec::new();
    let mut rest = kept.bytes;
    while !rest.is_empty() {
        // Nothing more will come.
        let (count, whole) = match language.cut_late(rest, most) {
            // The beginning of a frame may be half a call for help.
            Cut::Wait => (rest.len(), true),
            Cut::Frame(count) => (count, true),
            Cut::Junk(count) => (count, false),
        };
        let (frame, after) = rest.split_at(count.clamp(1, rest.len()));
        rest = after;
        if whole {
            language.read(frame, &mut |heard| {
                let offset = desk.plans().utc_offset_hours;
                let when = when(heard.said, heard.stored, kept.at, offset, about);
                said.push(Said {
                    heard,
                    when,
                    bytes: frame,
                });
            });
        }
    }
    said
}

/// A request by itself: what it says of a message before it says nothing here.
fn of_unit<'a>(app: &App, kept: Kept<'a>) -> Vec<Said<'a>> {
    let body = envelope::request_within(kept.bytes).unwrap_or(kept.bytes);
    let reading = body::read(body, app.config.scaip.message_max_bytes);
    let request = &reading.request;
    let has_form = !matches!(reading.wrong, Some((Code::WrongFormat | Code::TooLong, _)));
    let mut heard = Heard {
        number: request.controller.as_deref().and_then(|it| Number::of(it.as_bytes())),
        sort: if has_form { Sort::Reading } else { Sort::Broken },
        place: request.place,
        odd: request.odd.clone(),
        ..Heard::default()
    };
    heard.odd.extend(reading.wrong.map(|it| it.1));
    let kind = match request.means() {
        // Of what has no form only what says so itself is a call, as when it came.
        Means::Help(kind) if has_form || request.status.is_some() => Some(kind),
        Means::Technical(kind) => Some(kind),
        _ => None,
    };
    if let Some(kind) = kind {
        heard.sort = Sort::Alarm;
        heard.alarms.push(Alarm {
            kind,
            said: Cow::Owned(said(request.device, request.status)),
            lasting: false,
        });
    }
    vec![Said {
        heard,
        // The only time in it is that of the position.
        when: When { at: None, odd: None },
        bytes: body,
    }]
}

/// By the first link that has a profile for its topic.
fn of_broker<'a>(links: &[Arc<Link>], kept: Kept<'a>) -> Vec<Said<'a>> {
    let Some(at) = kept.bytes.iter().position(|it| *it == b'\n') else {
        return Vec::new();
    };
    let (topic, payload) = (&kept.bytes[..at], &kept.bytes[at + 1..]);
    let topic = String::from_utf8_lossy(topic);
    let found = links.iter().find_map(|link| Some((link, link.profile_of(&topic)?)));
    let Some((link, (profile, names))) = found else {
        return Vec::new();
    };
    let about = SignedDuration::from_secs(link.app.desk.config().stale_after_s.into());
    let read = profile.read(payload, false, &names, kept.at, about);
    let heard = Heard {
        sort: match (read.unreadable, read.alarms.is_empty()) {
            (true, true) => Sort::Broken,
            (_, false) => Sort::Alarm,
            (false, true) => Sort::Reading,
        },
        alarms: read.alarms,
        place: read.place,
        measured: read.measured,
        odd: read.odd,
        ..Heard::default()
    };
    let when = When { at: read.at, odd: None };
    vec![Said {
        heard,
        when,
        bytes: payload,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_named_by_protocol_and_number() {
        let named = |claimed| sender(claimed).map(|(it, who)| (it, who.map(|it| it.number)));
        for (claimed, is) in [
            ("watch 1451316451", Some((Protocol::Watch, Some("1451316451")))),
            ("gt06 0358899051234567", Some((Protocol::Gt06, Some("358899051234567")))),
            ("jt808", Some((Protocol::Jt808, None))),
            ("mqtt home 3/smoke", Some((Protocol::Mqtt, Some("home 3/smoke")))),
            ("onenet a 17", None),
            ("0a1b2c3d", None),
            ("*", None),
            ("", None),
        ] {
            let is = is.map(|(it, number): (Protocol, Option<&str>)| (it, number.map(str::to_owned)));
            assert_eq!(named(claimed), is, "{claimed}");
        }
    }
}
