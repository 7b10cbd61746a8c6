//! What holds for every language: any bytes are read, in whatever pieces, within bounds.

use jiff::Timestamp;
use proptest::prelude::*;

use super::terminal::{Cut, Fate, Heard, Language, language, languages};
use crate::people::Protocol;

/// The longest frame in these tests: short, so that it is reached.
const MOST: usize = 300;

fn speaks(protocol: Protocol) -> &'static dyn Language {
    language(protocol).expect("a protocol with lines")
}

/// The frames of a stream that comes in `pieces`; checks on the way that cuts are within bounds and that little is held.
fn frames(protocol: Protocol, stream: &[u8], pieces: &[usize]) -> Vec<Vec<u8>> {
    let language = speaks(protocol);
    let (mut held, mut found) = (Vec::new(), Vec::new());
    let mut from = 0;
    let mut sizes = pieces.iter().copied().cycle();
    while from < stream.len() {
        let size = sizes.next().unwrap_or(1).clamp(1, stream.len() - from);
        held.extend_from_slice(&stream[from..from + size]);
        from += size;
        loop {
            let cut = language.cut(&held, MOST);
            let taken = match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => count,
            };
            assert!((1..=held.len()).contains(&taken), "{cut:?} of {}", held.len());
            if let Cut::Frame(count) = cut {
                assert!(count <= MOST, "a frame of {count} bytes");
                found.push(held[..count].to_vec());
            }
            held.drain(..taken);
        }
        assert!(held.len() < MOST, "{} bytes are held", held.len());
    }
    found
}

fn read(protocol: Protocol, frame: &[u8]) -> Vec<Heard> {
    let mut heard = Vec::new();
    speaks(protocol).read(frame, &mut |it| heard.push(it));
    heard
}

/// Bytes such as each language has: its marks often, and whole frames of its own now and then.
fn stream(protocol: Protocol) -> impl Strategy<Value = Vec<u8>> {
    let (marks, samples) = match protocol {
        Protocol::Watch => (&b"[]*,}3G0A"[..], super::watch::SAMPLES),
        Protocol::Gt06 => (&b"\x78\x79\x0d\x0a\x05\x00"[..], super::gt06::SAMPLES),
        Protocol::Jt808 => (&b"\x7e\x7d\x01\x02\x00\xeb"[..], super::jt808::SAMPLES),
        Protocol::H02 => (&b"*$#,V1S\x26\x06"[..], super::h02::SAMPLES),
        Protocol::Eelink => (&b"\x67EL\x00\x01\x02\x14\x0a"[..], super::eelink::SAMPLES),
        Protocol::MiniFinder => (&b"!;,1DC/:.0\n"[..], super::minifinder::SAMPLES),
        Protocol::Eview => (&b"\xab\x10\x00\x01\x02\x09\x24\x20"[..], super::eview::SAMPLES),
        Protocol::Trv => (&b"#,IWTRVAP10|"[..], super::trv::SAMPLES),
        Protocol::Blue => (&b"\xaa\x00\x10\x86\x81\x12\x01\x05"[..], super::blue::SAMPLES),
        Protocol::Gator => (&b"\x24\x0d\x80\x82\x00\x26\x21\xc0"[..], super::gator::SAMPLES),
        Protocol::Queclink => (&b"+RESP:GTSO,$\0AF0.1"[..], super::queclink::SAMPLES),
        Protocol::Gotop => (&b"0123456789,#CMD-KALB"[..], super::gotop::SAMPLES),
        Protocol::Gps103 => (&b"imei:#,;*0NFA9\n"[..], super::gps103::SAMPLES),
        Protocol::Pt502 => (&b"$POSIN1,.A/#\r\n"[..], super::pt502::SAMPLES),
        Protocol::Taip => (&b"><;=*#REVGP+-019"[..], super::taip::SAMPLES),
        Protocol::Tk103 => (&b"()BRO01ZC,AV.NEL"[..], super::tk103::SAMPLES),
        Protocol::Topin => (&b"\x78\x0d\x0a\x01\x08\x10\x17\x94"[..], super::topin::SAMPLES),
        Protocol::Mqtt | Protocol::Scaip => unreachable!("they have no lines"),
    };
    let noise = prop::collection::vec(prop_oneof![3 => prop::sample::select(marks), 1 => any::<u8>()], 0..60);
    let sample = prop::sample::select(samples).prop_map(|it| it.to_vec());
    // A sample with a byte changed, and one cut off.
    let hurt = (sample.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut it, at, byte)| {
        let at = at.index(it.len());
        it[at] = byte;
        it
    });
    let short = (sample.clone(), any::<prop::sample::Index>()).prop_map(|(mut it, at)| {
        it.truncate(at.index(it.len()));
        it
    });
    let long = (1_usize..900, prop::sample::select(marks)).prop_map(|(count, byte)| vec![byte; count]);
    let part = prop_oneof![3 => sample, 2 => hurt, 1 => short, 2 => noise, 1 => long];
    prop::collection::vec(part, 1..8).prop_map(|it| it.concat())
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop::sample::select(languages().map(|it| it.0).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn frames_are_the_same_in_whatever_pieces_they_come(
        (protocol, stream) in protocol().prop_flat_map(|it| (Just(it), stream(it))),
        pieces in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let whole = frames(protocol, &stream, &[usize::MAX]);
        prop_assert_eq!(&frames(protocol, &stream, &[1]), &whole);
        prop_assert_eq!(&frames(protocol, &stream, &pieces), &whole);
    }

    #[test]
    fn whatever_comes_is_read_and_answered_within_bounds(
        (protocol, stream) in protocol().prop_flat_map(|it| (Just(it), stream(it))),
    ) {
        let mut all = frames(protocol, &stream, &[usize::MAX]);
        // Also what no cut would give: the line ended there.
        all.push(stream[..stream.len().min(MOST)].to_vec());
        for frame in all {
            let heard = read(protocol, &frame);
            prop_assert!(heard.len() <= 64, "{} things said in {} bytes", heard.len(), frame.len());
            for it in &heard {
                prop_assert!(it.alarms.len() <= 64 && it.odd.len() <= 8);
                prop_assert!(it.alarms.iter().all(|it| it.said.len() <= 64));
                let first_sos = it.alarms.iter().position(|it| it.kind == crate::case::Kind::Sos);
                prop_assert!(first_sos.is_none_or(|it| it == 0), "the call for help first: {:?}", it.alarms);
            }
            for fate in [Fate::Kept, Fate::NotKept] {
                let mut answer = Vec::new();
                speaks(protocol).answer(&frame, fate, Timestamp::UNIX_EPOCH, &mut answer);
                prop_assert!(answer.len() <= frame.len() + 64);
            }
        }
    }

    #[test]
    fn bytes_of_any_kind_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400), protocol in protocol()) {
        frames(protocol, &bytes, &[7]);
        read(protocol, &bytes);
    }
}

/// What a published test asserts, in our words.
fn kind_of(asserted: &str) -> crate::case::Kind {
    use crate::case::Kind;
    match asserted {
        "sos" => Kind::Sos,
        "fallDown" | "accident" => Kind::Fall,
        "lowBattery" => Kind::LowBattery,
        "powerCut" => Kind::PowerLoss,
        "removing" | "tampering" | "vibration" | "movement" => Kind::Tamper,
        "powerOff" => Kind::LinkLoss,
        "geofenceEnter" | "geofenceExit" => Kind::Geofence,
        // How a vehicle is driven: none of our kinds, and none the less an alarm.
        "acceleration" | "braking" | "cornering" | "overspeed" => Kind::Unknown,
        other => panic!("nothing is said of alarm={other}"),
    }
}

/// Messages of JT/T 808 are published as their decoder takes them, without escapes: on the wire they have them.
fn as_on_the_wire(message: &[u8]) -> Vec<u8> {
    let inner = &message[1..message.len() - 1];
    let (check, rest) = inner.split_last().unwrap();
    assert_eq!(
        rest.iter().fold(0, |sum, it| sum ^ it),
        *check,
        "no message without escapes"
    );
    let mut out = vec![0x7E];
    for byte in inner {
        match byte {
            0x7E => out.extend_from_slice(&[0x7D, 2]),
            0x7D => out.extend_from_slice(&[0x7D, 1]),
            other => out.push(*other),
        }
    }
    out.push(0x7E);
    out
}

/// The source's word for a language, in ours.
fn word_of(spoken: &str) -> &str {
    match spoken {
        "gl200text" => "queclink",
        other => other,
    }
}

/// Where published frames lie; none, and said plainly, where nobody says.
fn published() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("ECD_TEST_DATA");
    if folder.is_none() {
        println!("ECD_TEST_DATA is not set: no published frame was read");
    }
    folder.map(|it| std::path::Path::new(&it).join("frames"))
}

fn of_hex(text: &str) -> Vec<u8> {
    let digits = (0..text.len() / 2).map(|it| u8::from_str_radix(&text[it * 2..it * 2 + 2], 16).unwrap());
    digits.collect()
}

/// With `ECD_TEST_DATA`: the published streams, each cut where its own test cuts it, in whatever pieces it comes.
#[test]
fn every_published_stream_is_cut_where_its_own_test_cuts_it() {
    let Some(folder) = published() else { return };
    let text = std::fs::read_to_string(folder.join("traccar_framing.tsv")).unwrap();
    let mut seen = 0;
    for row in text.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [spoken, n, _, _, stream, expected, ..] = cells[..] else {
            panic!("{row}")
        };
        let protocol: Protocol = spoken.parse().unwrap();
        let (stream, expected) = (of_hex(stream), of_hex(expected.strip_prefix("firstFrame=").unwrap()));
        for pieces in [&[usize::MAX][..], &[1], &[7, 3]] {
            let first = frames(protocol, &stream, pieces).into_iter().next();
            let as_published = stream.windows(expected.len()).any(|it| it == expected);
            match (protocol, first) {
                // Made up for a decoder that looks for the end alone: the length that such a frame names is not its own, and the line waits for
                // the rest of it.
                (Protocol::Gt06, first) if usize::from(stream[2]) + 5 != stream.len() => {
                    assert!(first.is_none_or(|it| it == expected), "{spoken} {n}");
                    let late = speaks(protocol).cut_late(&stream, 65_536);
                    assert_eq!(late, Cut::Frame(expected.len()), "{spoken} {n}");
                }
                // The text of a lock on a bicycle: nobody wears one.
                (Protocol::Jt808, None) => assert_eq!(stream[0], b'(', "{row}"),
                // What stands behind the 32 bytes of the binary form is passed over.
                (Protocol::H02, Some(first)) if first[0] == b'$' => assert_eq!(first, expected[..32], "{spoken} {n}"),
                (_, Some(first)) if as_published => assert_eq!(first, expected, "{spoken} {n}"),
                // Published without its escapes: it is all that stands there.
                (_, Some(first)) => assert!(stream.ends_with(&first) && first.len() > expected.len(), "{spoken} {n}"),
                (_, None) => panic!("{spoken} {n}: nothing was cut"),
            }
        }
        seen += 1;
    }
    assert!(seen >= 15, "{seen}");
}

/// With `ECD_TEST_DATA`: the published frames of traccar's tests. Each is cut whole; each asserted alarm is reported, each asserted
/// place is where it says.
#[test]
fn every_published_frame_with_an_asserted_alarm_yields_that_alarm() {
    let Some(frames) = published() else { return };
    let (mut seen, mut alarms, mut places, mut short) = (0, 0, 0, 0);
    for (protocol, _) in languages() {
        for name in [
            format!("traccar_{protocol}.tsv"),
            "traccar_alarm_other_protocols.tsv".to_owned(),
        ] {
            let Ok(text) = std::fs::read_to_string(frames.join(&name)) else {
                continue;
            };
            for row in text.lines().skip(1) {
                let cells: Vec<&str> = row.split('\t').collect();
                let [spoken, n, _, encoding, frame, asserted, ..] = cells[..] else {
                    panic!("{name}: {row}")
                };
                if word_of(spoken) != protocol.as_str() {
                    continue;
                }
                let bytes = match encoding {
                    "text" => frame.as_bytes().to_vec(),
                    _ => of_hex(frame),
                };
                let bytes = match protocol {
                    Protocol::Jt808 => as_on_the_wire(&bytes),
                    // Published without their end.
                    Protocol::Trv | Protocol::Gotop => [&bytes[..], b"#"].concat(),
                    _ => bytes,
                };
                seen += 1;
                // The binary form of H02 has no end: what a longer one has behind its 32 bytes is passed over.
                let whole = match (protocol, &bytes[..]) {
                    (Protocol::H02, [b'$', ..]) => 32,
                    // A sentence of theirs ends its line.
                    (Protocol::H02, [.., b'#', b'\r', b'\n']) => bytes.len() - 2,
                    _ => bytes.len(),
                };
                let cut = speaks(protocol).cut(&bytes, 65_536);
                if cut == Cut::Wait {
                    // One published frame lacks its last byte.
                    short += 1;
                    continue;
                }
                assert_eq!(cut, Cut::Frame(whole), "{name} {n}");
                let bytes = &bytes[..whole];
                let heard = read(protocol, bytes);
                assert!(
                    heard.iter().all(|it| it.sort != super::terminal::Sort::Broken),
                    "{name} {n}: {heard:?}"
                );
                if let Some(alarm) = asserted.strip_prefix("alarm=") {
                    let (alarm, of_a_model) = alarm.split_once(' ').map_or((alarm, false), |it| (it.0, true));
                    let kinds: Vec<_> = heard.iter().flat_map(|it| &it.alarms).map(|it| it.kind).collect();
                    // One byte means another thing with one maker; without its name it is at least an alarm.
                    let told = kinds.contains(&kind_of(alarm)) || (of_a_model && !kinds.is_empty());
                    assert!(told, "{name} {n}: {alarm} is none of {kinds:?}");
                    alarms += 1;
                }
                // What the list says of low bits, beside what a test asserts.
                let low = cells
                    .get(7)
                    .and_then(|it| it.split("clearedAlarmBits=").nth(1))
                    .unwrap_or("none");
                let has = |kind| heard.iter().flat_map(|it| &it.alarms).any(|it| it.kind == kind);
                assert_eq!(
                    has(crate::case::Kind::Sos) && protocol == Protocol::H02,
                    low == "sos",
                    "{name} {n}"
                );
                let cell = |name: &str| {
                    asserted
                        .split(';')
                        .find_map(|it| it.strip_prefix(name)?.parse::<f64>().ok())
                };
                if let Some((lat, lon)) = cell("lat=").zip(cell("lon=")) {
                    let place = heard[0].place.unwrap_or_else(|| panic!("{name} {n} has no place"));
                    assert!(
                        (place.lat - lat).abs() < 1e-5 && (place.lon - lon).abs() < 1e-5,
                        "{name} {n}: {place:?}"
                    );
                    places += 1;
                }
            }
        }
    }
    // Every row with an asserted alarm was among them: none is of a language that nobody reads.
    let asserted: usize = std::fs::read_dir(&frames)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.extension().is_some_and(|it| it == "tsv"))
        .map(|it| {
            let text = std::fs::read_to_string(&it).unwrap();
            text.lines().filter(|row| row.contains("\talarm=")).count()
        })
        .sum();
    assert_eq!(alarms, asserted, "alarms of the folder that were not looked at");
    println!("{seen} frames, {alarms} alarms, {places} places, {short} cut off");
    assert!(short <= 1, "{short} are cut off");
    assert!(seen >= 180 && alarms >= 13 && places >= 4, "{seen} {alarms} {places}");
}
