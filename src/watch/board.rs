//! What is shown: the queue as lines of a screen, or one line a change.
//!
//! Severity is a shape, a word and a colour, never a colour alone. Countdowns run by the service's clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::link::{News, offset};
use crate::live::{ServerFrame, You};

/// Older than this, and a desk may be cut off: the screen says so in red.
const OLD_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Rows of a screen.
const ROWS_MAX: usize = 40;

/// A case, as far as this screen shows one; what else the service sends is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// `ringing`, `engaged`, `on_scene`, `resolved`, `closed`.
    pub state: String,
    /// `home`, `grid`, `street`.
    pub tier: String,
    /// `critical`, `urgent`, `routine`, `technical`.
    pub severity: String,
    /// `sos`, `fall`, …
    pub kind: String,
    /// When something is due next.
    #[serde(default)]
    pub next_due_at: Option<Timestamp>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The desk rings for it.
    #[serde(default)]
    pub tone: bool,
    /// Where it belongs.
    #[serde(default)]
    pub area_name: Option<String>,
    /// Whom it is about, where the viewer may know.
    #[serde(default)]
    pub elder: Option<SeenElder>,
    /// To whom it was put.
    #[serde(default)]
    pub offers: Vec<SeenOffer>,
    /// Who said yes.
    #[serde(default)]
    pub assignments: Vec<SeenAssignment>,
    /// Of its log.
    #[serde(default)]
    pub version: u32,
}

/// The elder of a case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenElder {
    /// As people say it.
    pub name: String,
    /// Where to go.
    pub address: String,
}

/// An offer of a case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenOffer {
    /// Its id.
    pub id: String,
    /// To whom.
    pub responder_id: String,
    /// `open`, `accepted`, `declined`, `ended`.
    pub state: String,
    /// Travel time.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// From a straight line.
    #[serde(default)]
    pub estimated: bool,
}

/// Somebody who said yes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SeenAssignment {
    /// Who.
    pub responder_id: String,
    /// Their name.
    #[serde(default)]
    pub responder_name: Option<String>,
    /// `provisional`, `lead`, `backup`, `stood_down`, `lost`.
    pub place: String,
    /// `accepted`, `en_route`, `arrived`, `inside`, `done`.
    pub stage: String,
    /// When they will be at the door.
    #[serde(default)]
    pub eta_at: Option<Timestamp>,
}

impl Seen {
    fn is_open(&self) -> bool {
        self.state != "closed"
    }

    fn rank(&self) -> u8 {
        match self.severity.as_str() {
            "critical" => 0,
            "urgent" => 1,
            "routine" => 2,
            _ => 3,
        }
    }

    fn lead(&self) -> Option<&SeenAssignment> {
        let placed = |place| self.assignments.iter().find(move |it| it.place == place);
        placed("lead").or_else(|| placed("provisional"))
    }

    /// Columns: number, severity, kind, tier, state, countdown, who comes and when, tone.
    fn row(&self, now: Timestamp) -> String {
        let due = self.next_due_at.map_or_else(|| "-".to_owned(), |it| countdown(it, now));
        let lead = self.lead().map_or_else(
            || "-".to_owned(),
            |it| {
                let name = it.responder_name.as_deref().unwrap_or(&it.responder_id);
                let eta = it
                    .eta_at
                    .map_or_else(String::new, |it| format!(" eta {}", countdown(it, now)));
                format!("{name} ({}, {}{eta})", it.place, it.stage)
            },
        );
        let tone = if self.tone { " ♪" } else { "" };
        let (shape, word) = (shape(&self.severity), word(&self.severity));
        plain(&format!(
            "{} {shape} {word} {} {} {} due {due} lead {lead}{tone}",
            self.number, self.kind, self.tier, self.state
        ))
    }
}

fn shape(severity: &str) -> char {
    match severity {
        "critical" => '▲',
        "urgent" => '◆',
        "routine" => '●',
        _ => '■',
    }
}

fn word(severity: &str) -> &str {
    match severity {
        "critical" => "critical/危急",
        "urgent" => "urgent/紧急",
        "routine" => "routine/一般",
        "technical" => "technical/技术",
        other => other,
    }
}

fn colour(severity: &str) -> &'static str {
    match severity {
        "critical" => "31",
        "urgent" => "38;5;208",
        "routine" => "33",
        _ => "34",
    }
}

/// `0:29`, or `-0:03` once it has passed; hours are minutes.
fn countdown(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now).as_secs();
    let sign = if left < 0 { "-" } else { "" };
    format!("{sign}{}:{:02}", left.abs() / 60, left.abs() % 60)
}

/// Text from elsewhere, without what would steer the terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).collect()
}

/// The screen's content.
pub struct Board {
    mine: bool,
    username: String,
    you: Option<You>,
    cases: BTreeMap<String, Seen>,
    /// How far the service's clock is ahead of ours.
    ahead: SignedDuration,
    /// When the last frame came, by our clock.
    heard_at: Option<Timestamp>,
    down: Option<String>,
    said: Option<String>,
}

impl Board {
    /// Empty; `mine`: a responder's.
    pub fn new(mine: bool, username: String) -> Self {
        Self {
            mine,
            username,
            you: None,
            cases: BTreeMap::new(),
            ahead: SignedDuration::ZERO,
            heard_at: None,
            down: None,
            said: None,
        }
    }

    /// Takes in what the socket says; answers the line that tells of it, if it is worth one.
    pub fn take(&mut self, news: News, ours: Timestamp) -> Option<String> {
        let frame = match news {
            News::Frame(frame) => *frame,
            News::Down { why, again_in } => {
                let line = format!(
                    "not connected: {}; again in {:.1} s",
                    plain(&why),
                    again_in.as_secs_f32()
                );
                self.down = Some(line.clone());
                return Some(line);
            }
            News::Ended(why) => return Some(why.to_string()),
        };
        self.heard_at = Some(ours);
        self.down = None;
        match frame {
            ServerFrame::Welcome { now, you, .. } => {
                self.ahead = offset(now, ours);
                let line = format!(
                    "{} connected as {} ({})",
                    clock_of(now),
                    plain(&self.username),
                    you.role
                );
                self.you = Some(you);
                Some(line)
            }
            ServerFrame::Snapshot { cases, .. } => {
                self.cases = cases.into_iter().map(|it| (it.id.clone(), it)).collect();
                let now = self.theirs(ours);
                let mut text = format!("{} snapshot: {} open", clock_of(now), self.cases.len());
                for it in self.queue() {
                    let _ = write!(text, "\n{}   open {}", clock_of(now), it.row(now));
                }
                Some(text)
            }
            ServerFrame::Changed { case, .. } => {
                let now = self.theirs(ours);
                let line = format!(
                    "{} {} {}",
                    clock_of(now),
                    if case.is_open() { "changed" } else { "closed" },
                    case.row(now)
                );
                if case.is_open() {
                    self.cases.insert(case.id.clone(), case);
                } else {
                    self.cases.remove(&case.id);
                }
                Some(line)
            }
            ServerFrame::Gone { id, .. } => {
                let case = self.cases.remove(&id.to_string());
                let number = case.map_or_else(|| id.to_string(), |it| it.number);
                Some(format!("{} gone {number}", clock_of(self.theirs(ours))))
            }
            ServerFrame::Ping { now, .. } => {
                self.ahead = offset(now, ours);
                None
            }
            // Who sits beside whom is the console's: here one person looks at the whole street.
            ServerFrame::Lookers { .. } | ServerFrame::Calls { .. } => None,
        }
    }

    /// What came of a key.
    pub fn say(&mut self, said: String) {
        self.said = Some(said);
    }

    /// Whom the service takes us for.
    pub fn responder(&self) -> Option<String> {
        self.you.as_ref().and_then(|it| it.responder).map(|it| it.to_string())
    }

    /// The cases as they are shown, the most pressing first.
    pub fn queue(&self) -> Vec<&Seen> {
        let mut queue: Vec<&Seen> = self.cases.values().collect();
        queue.sort_by_key(|it| {
            (
                it.rank(),
                it.next_due_at.unwrap_or(Timestamp::MAX),
                it.opened_at,
                &it.id,
            )
        });
        queue
    }

    fn theirs(&self, ours: Timestamp) -> Timestamp {
        ours + self.ahead
    }

    /// The whole screen, drawn from its upper left corner.
    pub fn screen(&self, ours: Timestamp) -> String {
        let now = self.theirs(ours);
        let mut text = String::from("\x1b[H\x1b[2J");
        let age = self.heard_at.map(|it| ours.duration_since(it));
        let age_text = age.map_or_else(
            || "nothing heard yet".to_owned(),
            |it| format!("last frame {} s ago", it.as_secs()),
        );
        let view = if self.mine { "own cases" } else { "queue" };
        let _ = writeln!(
            text,
            "eldercare-dispatch · {} · {view} · {} · {age_text}",
            plain(&self.username),
            clock_of(now)
        );
        // Care sockets are pinged every 15 seconds, so there only a broken connection says so.
        let old = !self.mine && age.is_none_or(|it| it > OLD_AFTER);
        if let Some(why) = &self.down {
            let _ = writeln!(
                text,
                "\x1b[1;97;41m NOT CURRENT · 数据不是最新 · {} \x1b[0m",
                plain(why)
            );
        } else if old {
            let _ = writeln!(text, "\x1b[1;97;41m NOT CURRENT · 数据不是最新 · {age_text} \x1b[0m");
        }
        let queue = self.queue();
        if queue.is_empty() {
            let _ = writeln!(text, "no open cases");
        }
        for (at, it) in queue.iter().take(ROWS_MAX).enumerate() {
            let place = if self.mine {
                format!("{} ", at + 1)
            } else {
                String::new()
            };
            let _ = writeln!(text, "\x1b[{}m{place}{}\x1b[0m", colour(&it.severity), it.row(now));
            if self.mine {
                let _ = writeln!(text, "    {}", plain(&self.own(it)));
            }
        }
        if queue.len() > ROWS_MAX {
            let _ = writeln!(text, "… and {} more", queue.len() - ROWS_MAX);
        }
        if self.mine {
            let _ = writeln!(text, "{}", super::hand::HELP);
        }
        if let Some(said) = &self.said {
            let _ = writeln!(text, "> {}", plain(said));
        }
        text
    }

    /// What is mine of a case: the offer, the assignment, the address once it is mine to know.
    fn own(&self, case: &Seen) -> String {
        let me = self.responder().unwrap_or_default();
        let offer = case.offers.iter().rev().find(|it| it.responder_id == me);
        let assignment = case.assignments.iter().find(|it| it.responder_id == me);
        let mut parts = Vec::new();
        if let Some(it) = assignment {
            parts.push(format!("you: {}, {}", it.place, it.stage));
        } else if let Some(it) = offer {
            let about = if it.estimated { " (estimated)" } else { "" };
            let far = it
                .seconds
                .map_or_else(String::new, |it| format!(", {} min away{about}", it.div_ceil(60)));
            parts.push(format!("offer {}{far}", it.state));
        }
        match &case.elder {
            Some(it) => parts.push(format!("{} · {}", it.name, it.address)),
            None => parts.extend(case.area_name.clone()),
        }
        parts.join(" · ")
    }
}

/// Hours, minutes and seconds of UTC: the screen of a service says the same to everybody.
fn clock_of(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CaseId, UserId};
    use crate::people::Role;
    use serde_json::json;
    use std::time::Duration;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::constant(1_772_000_000, 0);

    fn case(n: u128, severity: &str, tier: &str, due_in: i64) -> Seen {
        let value = json!({
            "id": CaseId::new(Uuid::from_u128(n)).to_string(), "number": format!("20260225-120114001-{n:04}"),
            "state": "ringing", "tier": tier, "severity": severity, "kind": "sos", "opened_at": NOW.to_string(),
            "next_due_at": (NOW + SignedDuration::from_secs(due_in)).to_string(), "tone": severity == "critical",
            "offers": [], "assignments": [], "version": 1, "lane": "help", "something": "new"
        });
        serde_json::from_value(value).unwrap()
    }

    fn frame(frame: ServerFrame<Seen>) -> News {
        News::Frame(Box::new(frame))
    }

    fn welcomed(ours: Timestamp) -> Board {
        let mut board = Board::new(false, "d1\u{1b}[31m".to_owned());
        let you = You {
            user: UserId::new(Uuid::nil()),
            role: Role::Dispatcher,
            responder: None,
        };
        let line = board.take(
            frame(ServerFrame::Welcome {
                now: NOW,
                you,
                epoch: "e".to_owned(),
                ping_every_s: 2,
                looking_every_s: 15,
            }),
            ours,
        );
        assert_eq!(line.unwrap(), "06:13:20Z connected as d1[31m (dispatcher)");
        board
    }

    #[test]
    fn the_most_pressing_stands_first_and_counts_down_by_the_services_clock() {
        let ours = NOW - SignedDuration::from_hours(3);
        let mut board = welcomed(ours);
        let cases = vec![
            case(1, "technical", "grid", 5),
            case(2, "critical", "home", 29),
            case(3, "critical", "grid", 9),
        ];
        let text = board
            .take(
                frame(ServerFrame::Snapshot {
                    cursor: "c".to_owned(),
                    cases,
                }),
                ours,
            )
            .unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "06:13:20Z snapshot: 3 open");
        assert_eq!(
            lines[1],
            "06:13:20Z   open 20260225-120114001-0003 ▲ critical/危急 sos grid ringing due 0:09 lead - ♪"
        );
        assert!(
            lines[2].contains("-0002 ▲") && lines[3].contains("-0001 ■ technical"),
            "{text}"
        );
        let screen = board.screen(ours + SignedDuration::from_secs(4));
        assert!(
            screen.contains("due 0:05") && screen.contains("last frame 4 s ago"),
            "{screen}"
        );
        assert!(
            !screen.contains("NOT CURRENT") && !screen.contains("d1\u{1b}"),
            "{screen}"
        );
        let screen = board.screen(ours + SignedDuration::from_secs(12));
        assert!(
            screen.contains("NOT CURRENT") && screen.contains("due -0:03"),
            "{screen}"
        );
    }

    #[test]
    fn a_change_is_a_line_and_what_is_gone_is_gone() {
        let mut board = welcomed(NOW);
        let cursor = || "c".to_owned();
        let mut it = case(2, "critical", "grid", 60);
        it.assignments = vec![SeenAssignment {
            responder_id: "resp_1".to_owned(),
            responder_name: Some("李".to_owned()),
            place: "lead".to_owned(),
            stage: "en_route".to_owned(),
            eta_at: Some(NOW + SignedDuration::from_secs(300)),
        }];
        let line = board
            .take(
                frame(ServerFrame::Changed {
                    cursor: cursor(),
                    case: it,
                }),
                NOW,
            )
            .unwrap();
        assert!(line.ends_with("due 1:00 lead 李 (lead, en_route eta 5:00) ♪"), "{line}");
        assert_eq!(
            board.take(
                frame(ServerFrame::Ping {
                    cursor: cursor(),
                    now: NOW,
                    alarms_fail_since: None,
                    notices_late_since: None,
                    canary_failed_since: None
                }),
                NOW
            ),
            None
        );
        let id = CaseId::new(Uuid::from_u128(2));
        let line = board
            .take(frame(ServerFrame::Gone { cursor: cursor(), id }), NOW)
            .unwrap();
        assert_eq!(line, "06:13:20Z gone 20260225-120114001-0002");
        assert!(board.queue().is_empty());
        let mut closed = case(3, "urgent", "street", 0);
        closed.state = "closed".to_owned();
        closed.next_due_at = None;
        let line = board
            .take(
                frame(ServerFrame::Changed {
                    cursor: cursor(),
                    case: closed,
                }),
                NOW,
            )
            .unwrap();
        assert!(line.starts_with("06:13:20Z closed 20260225-120114001-0003 ◆"), "{line}");
        assert!(board.queue().is_empty());
        let down = News::Down {
            why: "gone\u{7}".to_owned(),
            again_in: Duration::from_millis(1_500),
        };
        assert_eq!(board.take(down, NOW).unwrap(), "not connected: gone; again in 1.5 s");
        assert!(board.screen(NOW).contains("NOT CURRENT"));
    }
}
