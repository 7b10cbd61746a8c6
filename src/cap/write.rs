//! A message becomes bytes: the elements in the order of the schema, times with an offset and never `Z`, everything escaped.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::Offset;
use quick_xml::escape::escape;

use super::area::Area;
use super::read::is_legible;
use super::{Alert, Info, NAME_SPACE, Reference};
use crate::circle::Point;

/// Writes a message; its times in the local time of `offset`.
pub fn write(alert: &Alert, offset: Offset) -> String {
    let mut out = Out {
        text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
        offset,
    };
    let _ = writeln!(out.text, "<alert xmlns=\"{NAME_SPACE}\">");
    out.element("identifier", &alert.identifier);
    out.element("sender", &alert.sender);
    out.instant("sent", Some(alert.sent));
    out.element("status", alert.status.as_str());
    out.element("msgType", alert.msg_type.as_str());
    out.element("scope", alert.scope.as_str());
    if !alert.addresses.is_empty() {
        let quoted = alert.addresses.iter().map(|it| {
            // A quotation mark within one cannot be written at all.
            let plain = it.replace('"', "");
            if plain.contains(char::is_whitespace) {
                format!("\"{plain}\"")
            } else {
                plain
            }
        });
        out.element("addresses", &quoted.collect::<Vec<_>>().join(" "));
    }
    out.text_of("note", alert.note.as_deref());
    if !alert.references.is_empty() {
        let all: Vec<String> = alert.references.iter().map(|it| out.reference(it)).collect();
        out.element("references", &all.join(" "));
    }
    for info in &alert.infos {
        out.info(info);
    }
    out.text.push_str("</alert>\n");
    out.text
}

/// Local time with its offset: `2026-02-25T14:13:20+08:00`; of UTC `-00:00`, as the standard has it.
fn stamp(at: Timestamp, offset: Offset) -> String {
    let local = offset.to_datetime(at);
    let seconds = offset.seconds();
    let sign = if seconds > 0 { '+' } else { '-' };
    let minutes = seconds.abs() / 60;
    format!(
        "{}{sign}{:02}:{:02}",
        local.strftime("%Y-%m-%dT%H:%M:%S"),
        minutes / 60,
        minutes % 60
    )
}

struct Out {
    text: String,
    offset: Offset,
}

impl Out {
    fn element(&mut self, name: &str, text: &str) {
        // What XML cannot hold at all is left out.
        let legible: String = text.chars().filter(|it| is_legible(*it)).collect();
        let _ = writeln!(self.text, "<{name}>{}</{name}>", escape(legible.as_str()));
    }

    fn text_of(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.element(name, text);
        }
    }

    fn instant(&mut self, name: &str, at: Option<Timestamp>) {
        if let Some(at) = at {
            let text = stamp(at, self.offset);
            self.element(name, &text);
        }
    }

    fn reference(&self, it: &Reference) -> String {
        format!("{},{},{}", it.sender, it.identifier, stamp(it.sent, self.offset))
    }

    fn pairs(&mut self, name: &str, pairs: &[(String, String)]) {
        for (key, value) in pairs {
            let _ = writeln!(self.text, "<{name}>");
            self.element("valueName", key);
            self.element("value", value);
            let _ = writeln!(self.text, "</{name}>");
        }
    }

    fn info(&mut self, info: &Info) {
        self.text.push_str("<info>\n");
        self.text_of("language", info.language.as_deref());
        for it in &info.categories {
            self.element("category", it.as_str());
        }
        self.element("event", &info.event);
        for it in &info.response_types {
            self.element("responseType", it.as_str());
        }
        self.element("urgency", info.urgency.as_str());
        self.element("severity", info.severity.as_str());
        self.element("certainty", info.certainty.as_str());
        self.pairs("eventCode", &info.event_codes);
        self.instant("onset", info.onset);
        self.instant("expires", info.expires);
        self.text_of("senderName", info.sender_name.as_deref());
        self.text_of("headline", info.headline.as_deref());
        self.text_of("description", info.description.as_deref());
        self.text_of("instruction", info.instruction.as_deref());
        self.pairs("parameter", &info.parameters);
        for it in &info.areas {
            self.area(it);
        }
        self.text.push_str("</info>\n");
    }

    fn area(&mut self, area: &Area) {
        let pair = |it: &Point| format!("{},{}", it.lat(), it.lon());
        self.text.push_str("<area>\n");
        self.element("areaDesc", &area.description);
        for ring in &area.polygons {
            let points: Vec<String> = ring.iter().map(pair).collect();
            self.element("polygon", &points.join(" "));
        }
        for it in &area.circles {
            let text = format!("{} {}", pair(&it.middle), it.radius_km);
            self.element("circle", &text);
        }
        self.pairs("geocode", &area.geocodes);
        self.text.push_str("</area>\n");
    }
}
