//! A carrier whose provider does what a test says.

#![allow(dead_code)] // a harness offers more than each test takes

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eldercare_dispatch::notify::Carrier;
use eldercare_dispatch::notify::letter::{
    Address, Callback, CallbackError, Handed, Letter, Report, ReportOf, ReportWord, Understood,
};
use eldercare_dispatch::people::Way;
use serde_json::Value;
use tokio::sync::Notify;

/// What the provider does with one letter.
#[derive(Debug, Clone)]
pub enum Part {
    /// It answers.
    Says(Handed),
    /// It never answers.
    Silence,
    /// It answers when it is let go.
    Held(Arc<Notify>, Handed),
}

/// The number that the provider gives to a letter of a row to an address, written out.
pub fn proof(notice: impl std::fmt::Display, address: &str) -> String {
    format!("p-{notice}-{address}")
}

/// Where a letter goes, written out.
pub fn address(letter: &Letter) -> String {
    match &letter.address {
        Address::Phone(it) => it.reveal().to_owned(),
        Address::Mailbox(it) | Address::Member(it) => it.clone(),
        Address::Push(it) => it.endpoint.clone(),
        Address::Fixed => "fixed".to_owned(),
    }
}

/// A carrier of a test. Cheap to clone.
#[derive(Clone)]
pub struct Fake(Arc<Inner>);

struct Inner {
    name: String,
    way: Way,
    slots: usize,
    once: AtomicBool,
    next: Mutex<VecDeque<Part>>,
    at: Mutex<BTreeMap<String, Part>>,
    always: Mutex<Part>,
    heard: Mutex<Vec<Letter>>,
}

/// It took it, under a number that follows from the letter.
pub fn taken() -> Part {
    Part::Says(Handed::Taken { proof: None })
}

/// It refuses.
pub fn refused() -> Part {
    Part::Says(Handed::Refused { why: "no".to_owned() })
}

impl Fake {
    /// A carrier of this name, whose way is the word before its colon; it takes everything.
    pub fn new(name: &str) -> Self {
        Self::with_slots(name, 4)
    }

    /// As [`Fake::new`], with so many letters on their way at once.
    pub fn with_slots(name: &str, slots: usize) -> Self {
        let way = name.split(':').next().unwrap().parse().unwrap();
        Self(Arc::new(Inner {
            name: name.to_owned(),
            way,
            slots,
            once: AtomicBool::new(false),
            next: Mutex::default(),
            at: Mutex::default(),
            always: Mutex::new(taken()),
            heard: Mutex::default(),
        }))
    }

    pub fn carrier(&self) -> Arc<dyn Carrier> {
        Arc::new(self.clone())
    }

    /// Its provider knows a repeat by the letter's id.
    pub fn once(&self) {
        self.0.once.store(true, Ordering::Relaxed);
    }

    /// What it does with the next letter.
    pub fn next(&self, part: Part) {
        self.0.next.lock().unwrap().push_back(part);
    }

    /// What it does with all that go to this address.
    pub fn at(&self, address: &str, part: Part) {
        self.0.at.lock().unwrap().insert(address.to_owned(), part);
    }

    /// What it does with all that follow.
    pub fn always(&self, part: Part) {
        *self.0.always.lock().unwrap() = part;
    }

    /// The letters so far.
    pub fn heard(&self) -> Vec<Letter> {
        self.0.heard.lock().unwrap().clone()
    }

    /// The letters to one target so far.
    pub fn to(&self, target: &str) -> Vec<Letter> {
        let all = self.heard();
        all.into_iter().filter(|it| it.target == target).collect()
    }

    /// Waits until it has heard so many.
    pub async fn hears(&self, many: usize) -> Vec<Letter> {
        for _ in 0..20_000 {
            let heard = self.heard();
            if heard.len() >= many {
                return heard;
            }
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)))
                .await
                .unwrap();
        }
        panic!("{} has heard {} of {many}", self.0.name, self.heard().len());
    }
}

#[async_trait]
impl Carrier for Fake {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn way(&self) -> Way {
        self.0.way
    }

    fn slots(&self) -> usize {
        self.0.slots
    }

    fn hears(&self) -> bool {
        true
    }

    fn knows_repeats(&self) -> bool {
        self.0.once.load(Ordering::Relaxed)
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        self.0.heard.lock().unwrap().push(letter.clone());
        let here = self.0.at.lock().unwrap().get(&address(letter)).cloned();
        let next = here.or_else(|| self.0.next.lock().unwrap().pop_front());
        let part = next.unwrap_or_else(|| self.0.always.lock().unwrap().clone());
        match part {
            Part::Says(Handed::Taken { proof: None }) => Handed::Taken {
                proof: Some(proof(letter.notice, &address(letter))),
            },
            Part::Says(it) => it,
            Part::Silence => std::future::pending().await,
            Part::Held(go, it) => {
                go.notified().await;
                it
            }
        }
    }

    /// Header `x-sign: good`; `[{"letter"|"proof"|"phone": …, "word": "delivered"|"read"|"failed"|"key"|"reply", "says": …}]`.
    fn understand(&self, callback: &Callback<'_>) -> Result<Understood, CallbackError> {
        let signed = |it: &&(String, String)| it.0 == "x-sign" && it.1 == "good";
        if callback.headers.iter().find(signed).is_none() {
            return Err(CallbackError::Signature);
        }
        let all: Vec<Value> =
            serde_json::from_slice(callback.body).map_err(|_| CallbackError::Unreadable("no list".to_owned()))?;
        let reports = all.iter().map(|it| {
            let text = |name: &str| it[name].as_str().map(str::to_owned);
            let of = match (text("letter"), text("proof"), text("phone")) {
                (Some(id), ..) => ReportOf::Letter(id.parse().unwrap()),
                (_, Some(proof), _) => ReportOf::Proof(proof),
                (_, _, phone) => ReportOf::Phone(phone.unwrap().parse().unwrap()),
            };
            let says = text("says").unwrap_or_default();
            let word = match it["word"].as_str().unwrap() {
                "delivered" => ReportWord::Delivered,
                "read" => ReportWord::Read,
                "failed" => ReportWord::Failed { why: says },
                "key" => ReportWord::Key(says.chars().next().unwrap()),
                _ => ReportWord::Reply(says),
            };
            let at = text("at").map(|it| it.parse().unwrap());
            Report { of, word, at }
        });
        Ok(Understood {
            reports: reports.collect(),
            odd: vec![],
            answer: ("text/plain", "OK".to_owned()),
        })
    }
}
