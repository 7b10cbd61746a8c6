//! Every decoder under bytes that nobody would send on purpose: samples of its own language, changed, cut, glued and repeated.
//!
//! ```sh
//! make fuzz                                                        # ten minutes a decoder
//! ECD_FUZZ_SECONDS=60 cargo test --profile ci --test fuzz gt06     # one, for so long
//! ECD_FUZZ_SEED=17 …                                               # another walk
//! ```
//!
//! Held for each input: no panic, every cut is within what there is, and what is allocated while it is read is bounded by its
//! length. An input that breaks one is written to `target/fuzz/` and named; add it to `corpus/` with the mend. Without the
//! variable each decoder gets a short walk, always the same one. The walk is blind (it does not see which branches it takes), and
//! so it starts from frames that reach every branch.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eldercare_dispatch::ids::DeviceId;
use eldercare_dispatch::intake::http::{Profile, from_device};
use eldercare_dispatch::intake::mqtt::profile::{Profile as Mapping, shipped};
use eldercare_dispatch::intake::push::config::Secret;
use eldercare_dispatch::intake::push::{self, Asked, Keys, Opened, Platform};
use eldercare_dispatch::intake::scaip::envelope;
use eldercare_dispatch::intake::terminal::{Cut, Fate, language};
use eldercare_dispatch::people::Protocol;
use jiff::{SignedDuration, Timestamp};
use md5::{Digest as _, Md5};
use uuid::Uuid;

/// Inputs of a walk that nobody asked to be longer.
const SHORT_WALK: usize = 20_000;
/// The longest input, bytes: above the longest frame of a line.
const INPUT_MAX: usize = 6_000;
/// The longest frame of a line, bytes, as the sample configuration has it.
const FRAME_MAX: usize = 4_096;
/// What may be allocated for an input of no length, and for each byte of it: what is kept of a frame is a few copies of it, and a
/// tree of JSON is some tens of bytes for each letter.
const ALLOCATED_BASE: usize = 64 * 1024;
const ALLOCATED_PER_BYTE: usize = 256;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which counts what this thread takes.
struct Counting;

// Each call is handed on as it came; counting touches only a cell of this thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATED.try_with(|it| it.set(it.get().wrapping_add(layout.size())));
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same walk on every machine.
struct Walk(u64);

impl Walk {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`, which is above 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A part of `of`, perhaps all of it.
    fn part<'a>(&mut self, of: &'a [u8]) -> &'a [u8] {
        let from = self.below(of.len() + 1);
        let to = from + self.below(of.len() - from + 1);
        &of[from..to]
    }

    /// A sample after some changes.
    fn input(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut it = corpus[self.below(corpus.len())].clone();
        for _ in 0..self.below(6) {
            let at = self.below(it.len() + 1);
            match self.below(8) {
                0 => it.truncate(at),
                1 => drop(it.drain(..at)),
                2 => {
                    let other = self.below(corpus.len());
                    let other = self.part(&corpus[other]).to_vec();
                    it.splice(at..at, other);
                }
                3 => {
                    let again = self.part(&it.clone()).to_vec();
                    for _ in 0..=self.below(40) {
                        it.splice(at..at, again.iter().copied());
                        if it.len() > INPUT_MAX {
                            break;
                        }
                    }
                }
                4 => {
                    let byte = [
                        0, 1, 0x7f, 0x80, 0xff, b'"', b'\\', b'{', b'[', b']', b'*', b',', b'#', 0x7e,
                    ][self.below(14)];
                    it.splice(at..at, std::iter::repeat_n(byte, self.below(30) + 1));
                }
                _ => {
                    if let Some(byte) = it.get_mut(at) {
                        *byte = if self.below(2) == 0 {
                            *byte ^ (1 << self.below(8))
                        } else {
                            self.next() as u8
                        };
                    }
                }
            }
            it.truncate(INPUT_MAX);
        }
        it
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whole messages of the data folder, each in a file of its own; for SIP each in an envelope.
fn files(frames: &Path, name: &str) -> Vec<Vec<u8>> {
    let prefix = match name {
        "scaip" | "sip" => "scaip-own-",
        "cap" => "cap-own-",
        _ => return vec![],
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(frames)
        .into_iter()
        .flatten()
        .filter_map(|it| Some(it.ok()?.path()))
        .filter(|it| {
            it.file_name()
                .is_some_and(|it| it.to_string_lossy().starts_with(prefix))
        })
        .collect();
    paths.sort();
    let bodies = paths.iter().filter_map(|it| std::fs::read(it).ok());
    let enclosed = |body: Vec<u8>| match name {
        "sip" => {
            let head = format!(
                "MESSAGE sip:arc@example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\r\nFrom: <sip:1@unit>;tag=1\r\n\
                 To: <sip:arc@example>\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body].concat()
        }
        _ => body,
    };
    bodies.map(enclosed).collect()
}

/// The samples of a decoder: our own, and those of the data folder where that is.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let hex = |line: &str| -> Option<Vec<u8>> {
        let digits = line.as_bytes();
        (digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit)).then(|| {
            let pair = |it: &[u8]| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap();
            digits.chunks(2).map(pair).collect()
        })
    };
    let text = std::fs::read_to_string(root().join("tests/fuzz/corpus").join(format!("{name}.hex"))).unwrap();
    let mut all: Vec<Vec<u8>> = text.lines().map(|it| hex(it).expect("hexadecimal digits")).collect();
    let own = all.len();
    if let Some(folder) = std::env::var_os("ECD_TEST_DATA") {
        let frames = PathBuf::from(folder).join("frames");
        let read = |file: &str| std::fs::read_to_string(frames.join(file)).unwrap_or_default();
        let own_table = read(&format!("traccar_{name}.tsv"));
        let table = read("traccar_alarm_other_protocols.tsv");
        let called = if name == "queclink" { "gl200text" } else { name };
        let theirs = table.lines().skip(1).filter(|it| it.split('\t').next() == Some(called));
        // A column of each row holds the frame: as text, or in hexadecimal digits.
        all.extend(
            own_table
                .lines()
                .skip(1)
                .chain(theirs)
                .flat_map(|row| row.split('\t'))
                .filter(|it| it.len() > 12)
                .map(|it| hex(it).unwrap_or_else(|| it.as_bytes().to_vec())),
        );
        all.extend(files(&frames, name));
    }
    println!(
        "{name}: {own} samples of our own, {} of the data folder",
        all.len() - own
    );
    all
}

/// Walks, and lets `read` read each input.
fn walk(name: &str, read: impl Fn(&[u8])) {
    let corpus = corpus(name);
    let seed = number("ECD_FUZZ_SEED").unwrap_or(1);
    let mut walk = Walk(seed);
    #[allow(clippy::disallowed_methods)] // how long somebody wants to wait
    let begun = Instant::now();
    let span = number("ECD_FUZZ_SECONDS").map(Duration::from_secs);
    let (mut count, mut most) = (0_usize, 0_f64);
    let goes_on = |count: usize| span.map_or(count < SHORT_WALK, |it| begun.elapsed() < it);
    while goes_on(count) {
        let input = if count < corpus.len() {
            corpus[count].clone()
        } else {
            walk.input(&corpus)
        };
        count += 1;
        let before = ALLOCATED.get();
        let done = catch_unwind(AssertUnwindSafe(|| read(&input)));
        let allocated = ALLOCATED.get().wrapping_sub(before);
        let allowed = ALLOCATED_BASE + ALLOCATED_PER_BYTE * input.len();
        most = most.max(allocated as f64 / allowed as f64);
        if done.is_err() || allocated > allowed {
            let folder = root().join("target/fuzz");
            let path = folder.join(format!("{name}-{seed}-{count}.bin"));
            std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(&path, &input))
                .unwrap();
            panic!(
                "{name}: input {count} of seed {seed} ({allocated} bytes allocated, {allowed} allowed) is in {}",
                path.display()
            );
        }
    }
    println!(
        "{name}: {count} inputs, none breaks it; at most {:.0} % of the bytes that may be allocated",
        100.0 * most
    );
}

fn now() -> Timestamp {
    Timestamp::from_second(1_772_337_600).unwrap()
}

fn line(protocol: Protocol) {
    let language = language(protocol).expect("a protocol with lines");
    walk(protocol.as_str(), |input| {
        let mut rest = input;
        let mut answer = Vec::new();
        while !rest.is_empty() {
            let cut = match language.cut(rest, FRAME_MAX) {
                Cut::Wait => language.cut_late(rest, FRAME_MAX),
                it => it,
            };
            let (count, whole) = match cut {
                Cut::Wait => (rest.len(), true),
                Cut::Frame(count) => (count, true),
                Cut::Junk(count) => (count, false),
            };
            assert!(
                (1..=rest.len()).contains(&count),
                "a cut of {count} of {} bytes",
                rest.len()
            );
            let (frame, after) = rest.split_at(count);
            rest = after;
            if whole {
                language.read(frame, &mut |heard| {
                    for it in heard.gravest_first().alarms {
                        assert!(it.said.chars().count() < 200, "a word of {} letters", it.said.len());
                    }
                });
                for fate in [Fate::Kept, Fate::NotKept] {
                    answer.clear();
                    language.answer(frame, fate, now(), &mut answer);
                }
            }
        }
    });
}

#[test]
fn watch() {
    line(Protocol::Watch);
}

#[test]
fn gt06() {
    line(Protocol::Gt06);
}

#[test]
fn jt808() {
    line(Protocol::Jt808);
}

#[test]
fn h02() {
    line(Protocol::H02);
}

#[test]
fn eelink() {
    line(Protocol::Eelink);
}

#[test]
fn minifinder() {
    line(Protocol::MiniFinder);
}

#[test]
fn eview() {
    line(Protocol::Eview);
}

#[test]
fn trv() {
    line(Protocol::Trv);
}

#[test]
fn blue() {
    line(Protocol::Blue);
}

#[test]
fn gator() {
    line(Protocol::Gator);
}

#[test]
fn queclink() {
    line(Protocol::Queclink);
}

#[test]
fn gotop() {
    line(Protocol::Gotop);
}

#[test]
fn gps103() {
    line(Protocol::Gps103);
}

#[test]
fn pt502() {
    line(Protocol::Pt502);
}

#[test]
fn taip() {
    line(Protocol::Taip);
}

#[test]
fn tk103() {
    line(Protocol::Tk103);
}

#[test]
fn topin() {
    line(Protocol::Topin);
}

#[test]
fn mqtt() {
    let profiles: Vec<Mapping> = shipped().iter().map(|it| it.read("shipped").unwrap()).collect();
    let names = [
        ("device".to_owned(), "kitchen".to_owned()),
        ("class".to_owned(), "smoke".to_owned()),
    ]
    .into();
    let about = SignedDuration::from_mins(10);
    walk("mqtt", |input| {
        for it in &profiles {
            let _ = it.read(input, input.len() > 3_000, &names, now(), about);
        }
    });
}

#[test]
fn push() {
    walk("push", |input| {
        for platform in Platform::ALL {
            let opened = Opened {
                id: None,
                text: input.to_vec(),
            };
            let _ = platform.cloud().read(&opened);
        }
    });
}

/// The envelope of a cloud, with what proves it and without, and what the rules of a link find within.
#[test]
fn push_envelope() {
    const TOKEN: &str = "0123456789abcdef";
    let keys = Keys {
        token: Secret::new(TOKEN),
        aes: None,
        signature_within: SignedDuration::from_mins(5),
    };
    let locked = Keys {
        aes: Some(Secret::new(TOKEN)),
        ..keys.clone()
    };
    let mapping = rules();
    walk("push", |input| {
        let text = String::from_utf8_lossy(input);
        let part = |from: usize, count: usize| text.chars().skip(from).take(count).collect::<String>();
        let headers = [
            ("signature", part(0, 64)),
            ("timestamp", part(64, 13)),
            ("nonce", part(77, 16)),
        ];
        let headers: Vec<(String, String)> = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let asked = |secret| Asked {
            query: &headers,
            headers: &headers,
            secret,
        };
        for platform in Platform::ALL {
            for keys in [&keys, &locked] {
                let _ = platform.cloud().greet(keys, &asked(""), now());
                let _ = platform.cloud().open(keys, &asked(""), input, now());
            }
        }
        // A cloud that signs nothing, and one whose signature is right: what was signed is what is read.
        let bare = Platform::Ctwing
            .cloud()
            .open(&keys, &asked(TOKEN), input, now())
            .expect("its address proves it");
        assert_eq!(bare.text, input);
        let signature = STANDARD.encode(Md5::digest(format!("{TOKEN}n{text}")));
        let signed = serde_json::json!({"msg": text, "nonce": "n", "signature": signature, "id": "1", "time": now().as_millisecond()});
        let signed = Platform::Onenet
            .cloud()
            .open(&keys, &asked(""), signed.to_string().as_bytes(), now());
        // What looks encrypted waits for its key.
        match signed {
            Ok(it) => assert_eq!(it.text, text.as_bytes()),
            Err(why) => assert_eq!(why, push::Denied::NotDecryptable),
        }
        for platform in Platform::ALL {
            for message in platform.cloud().read(&bare).unwrap_or_default() {
                for it in mapping.read(&message).alarms {
                    assert!(
                        it.alarm.said.chars().count() < 200,
                        "a word of {} letters",
                        it.alarm.said.len()
                    );
                }
            }
        }
    });
}

/// Rules that look into what the samples hold.
fn rules() -> push::mapping::Mapping {
    let rules = [
        "/data/params/sos/value",
        "/eventContent",
        "/properties",
        "/payload/params",
        "/content",
        "",
    ];
    let rule = |(place, at): (usize, &&str)| push::mapping::Rule {
        at: (*at).to_owned(),
        when: [].into(),
        product: None,
        kinds: [("1".to_owned(), "sos".to_owned()), ("0".to_owned(), "none".to_owned())].into(),
        other: None,
        bytes: (place % 2 == 1).then_some((0, 2)),
        lasting: place % 3 == 0,
    };
    let fields = push::mapping::Fields {
        battery_percent: Some("/data/params/battery/value".to_owned()),
        lat: Some("/data/params/lat/value".to_owned()),
        lon: Some("/data/params/lon/value".to_owned()),
        open: Some("/properties/open".to_owned()),
        ..push::mapping::Fields::default()
    };
    push::mapping::Mapping {
        rules: rules.iter().enumerate().map(rule).collect(),
        fields,
    }
}

#[test]
fn http() {
    walk("http", |input| {
        let profile = Profile {
            device: DeviceId::new(Uuid::from_u128(1)),
            crs: None,
            out_of_service: false,
        };
        let report = from_device(profile, input, false);
        assert!(report.raw.len() <= input.len());
    });
}

#[test]
fn cap() {
    walk("cap", |input| {
        let Ok(alert) = eldercare_dispatch::cap::read(input) else {
            return;
        };
        // What we write of it is read again, and then nothing changes any more.
        let written = eldercare_dispatch::cap::write(&alert, jiff::tz::Offset::UTC);
        let once = eldercare_dispatch::cap::read(written.as_bytes()).expect("what is written is read");
        let again = eldercare_dispatch::cap::write(&once, jiff::tz::Offset::UTC);
        assert_eq!(
            eldercare_dispatch::cap::read(again.as_bytes()),
            Ok(once),
            "what is written is read as it was"
        );
    });
}

#[test]
fn scaip() {
    walk("scaip", |input| {
        let reading = eldercare_dispatch::intake::scaip::body::read(input, INPUT_MAX / 2);
        assert!(
            reading.request.fields.len() <= 64,
            "{} fields",
            reading.request.fields.len()
        );
        let _ = reading.request.means();
    });
}

/// The envelope: of a datagram, and cut out of a stream.
#[test]
fn sip() {
    use rsipstack::sip::{SipMessage, Transport};
    const BODY_MAX: usize = 2_000;
    let peer = "192.0.2.7:5060".parse().expect("an address");
    walk("sip", |input| {
        let mut rest = input;
        while let envelope::Cut::Message(count) = envelope::cut(rest, BODY_MAX) {
            assert!(
                (1..=rest.len()).contains(&count),
                "a cut of {count} of {} bytes",
                rest.len()
            );
            let (message, after) = rest.split_at(count);
            let _ = envelope::read(message);
            rest = after;
        }
        if let Some(SipMessage::Request(request)) = envelope::of_datagram(input) {
            let body = request.body.clone();
            assert!(input.ends_with(&body), "the datagram says how long its body is");
            for transport in [Transport::Udp, Transport::Tcp] {
                if let Some(marked) = envelope::mark(request.clone(), peer, transport) {
                    assert_eq!(marked.body, body);
                    let _ = (envelope::user_of(&marked), envelope::address_of(&marked));
                }
            }
        }
        if let Some(answer) = envelope::not_now(input, 5) {
            assert!(
                answer.len() < 2 * input.len() + 200,
                "{} bytes for {}",
                answer.len(),
                input.len()
            );
        }
        if let Some(within) = envelope::request_within(input) {
            assert!(input.ends_with(within));
        }
    });
}
