//! How fast frames of devices are cut and read, on one core: `cargo bench --bench decode`. The goal is a million frames of the watch
//! family a second.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eldercare_dispatch::intake::terminal::{Cut, language, languages};
use eldercare_dispatch::people::Protocol;

/// Frames in one stream.
const FRAMES: usize = 1_000;

/// A day of a watch: a beat, two positions with cells and networks, a reading, now and then an alarm.
const WATCH: &[&str] = &[
    "[3G*1451316451*000D*LK,1200,3,087]",
    "[3G*1451316451*00A3*UD_LTE,010326,040000,A,39.380000,N,117.060000,E,0.40,12.5,5.0,9,90,64,900,0,00000000,1,1,460,0,9360,4082,131,2,ap-one,34:60:f9:ec:19:f8,-82,ap-two,98:48:27:55:18:20,-96,12.0]",
    "[3G*1451316451*0008*PULSE,72]",
    "[SG*1451316451*0087*UD,010326,040000,V,39.380000,N,117.060000,E,0.1,0.0,100,7,60,90,1000,50,00000000,4,1,460,0,9360,4082,131,9360,4092,148,9360,4091,143,9360,4153,141]",
];
const WATCH_ALARM: &str = "[3G*1451316451*0072*AL,010326,040000,A,39.380000,N,117.060000,E,0.00,0.0,0.0,9,90,41,120,0,00010000,1,1,460,0,9360,4082,131,0,]";

const GT06: &[u8] = &[
    0x78, 0x78, 0x22, 0x22, 26, 3, 1, 4, 0, 0, 0xC8, 0x04, 0x39, 0x98, 0x60, 0x0C, 0x8F, 0x4B, 0x40, 0, 0x14, 0, 1,
    0xCC, 0, 0x28, 0x7D, 0, 0x1F, 0x71, 0, 0, 1, 0, 4, 0, 0, 0x0D, 0x0A,
];
const JT808: &[u8] = &[
    0x7E, 2, 0, 0, 0x1C, 1, 0x39, 0, 0, 0, 0x17, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x58, 0xE6, 0xC0, 6, 0xFA, 0x39,
    0xE0, 0, 5, 0, 0, 0, 0, 0x26, 3, 1, 0x12, 0, 0, 0x8B, 0x7E,
];

const H02: &[u8] = b"*HQ,8690000017,V1,040000,A,3922.8000,N,11703.6000,E,0.40,12,010326,FFFFFBFF,460,00,9360,4082#";

const EELINK: &[u8] = &[
    0x67, 0x67, 0x12, 0, 35, 0, 4, 0x69, 0xA3, 0xB7, 0x80, 3, 0x04, 0x39, 0x98, 0x60, 0x0C, 0x8F, 0x4B, 0x40, 0, 5, 0,
    0, 0, 0, 7, 1, 0xCC, 0, 0, 0x28, 0x7D, 0, 0, 0x1F, 0x71, 0x20, 0, 1,
];
const MINIFINDER: &[u8] = b"!D,1/3/26,04:00:00,39.380000,117.060000,0,0,140001,12.5,84,7,14,1.2;";
const EVIEW: &[u8] = &[
    0xAB, 0x10, 29, 0, 0, 0, 2, 0, 1, 9, 0x24, 0x80, 0xB7, 0xA3, 0x69, 0, 0, 0, 0x64, 17, 0x20, 0, 0xE0, 0x78, 0x17, 0,
    0x4A, 0xC6, 0x45, 0, 0, 0, 0, 0, 0, 9, 0,
];

const TRV: &[u8] = b"IWAP01260301A3922.8000N11703.6000E000.1040000323.8706000908000102,460,0,9520,3671,HOME|74-DE-2B-44-88-8C|97&SHOP|98-48-27-55-18-20|64#";

const BLUE: &[u8] = b"\xaa\x00\x2f\x86\x00\x00\x00\x30\x39\x20\x01\x1f\x00\x40\x00\x80\x0f\x52\x1f\x40\x2d\xb7\x17\x70\x00\x00\x00\x00\x00\x00\x00\x1a\x03\x01\x04\x00\x00\x00\x5a\xc7\xa6\x06\x12\x1f\x00\x00\x00\x00";
const GATOR: &[u8] = b"\x24\x24\x80\x00\x26\x0c\xa2\x32\x86\x26\x03\x01\x04\x00\x00\x03\x92\x28\x00\x11\x70\x36\x00\x00\x00\x00\x00\xc0\x47\x00\x07\x9c\x0c\x34\x00\x0a\xd8\x0b\x00\xff\x00\xa1\x0d";
const QUECLINK: &[u8] = b"+RESP:GTFRI,1A0200,869000000000017,,0,1,1,0,1,16,0.0,351,51.6,117.060000,39.380000,20260301040000,0460,0000,1877,0DAE,00,3,85,20260301040000,002C$";
const GOTOP: &[u8] =
    b"869000000000017,CMD-T,A,DATE:260301,TIME:040000,LAT:39.3800000N,LOT:117.0600000E,Speed:000.0,84-20,000#";
const GPS103: &[u8] = b"imei:869000000000017,tracker,260301120000,,F,040000.000,A,3922.8000,N,11703.6000,E,0.00,0;";
const PT502: &[u8] =
    b"$POS,869000000000017,040000.000,A,3922.8000,N,11703.6000,E,0.00,12.5,010326,,,A/00000,00000/0/29200//f44//#";
const TAIP: &[u8] = b">RGP010326040000+3938000+117060000000003007F0001;ID=0017;#0001;*2A<";
const TK103: &[u8] = b"(013900000017BR00260301A3922.8000N11703.6000E000.004000012.5000000000L000024DE)";
const TOPIN: &[u8] =
    b"\x78\x78\x15\x10\x1a\x03\x01\x04\x00\x00\x98\x04\x39\x98\x60\x0c\x8f\x4b\x40\x00\x14\x00\x00\x05\x00\r\n";

fn stream(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Watch => {
            let of = |n: usize| {
                if n % 100 == 99 {
                    WATCH_ALARM
                } else {
                    WATCH[n % WATCH.len()]
                }
            };
            (0..FRAMES).flat_map(|n| of(n).bytes()).collect()
        }
        // A place with cells, of each; the sums are not looked at before they are reckoned.
        Protocol::Gt06 => GT06.repeat(FRAMES),
        Protocol::Jt808 => JT808.repeat(FRAMES),
        Protocol::H02 => H02.repeat(FRAMES),
        Protocol::Eelink => EELINK.repeat(FRAMES),
        Protocol::MiniFinder => MINIFINDER.repeat(FRAMES),
        Protocol::Eview => EVIEW.repeat(FRAMES),
        Protocol::Trv => TRV.repeat(FRAMES),
        Protocol::Blue => BLUE.repeat(FRAMES),
        Protocol::Gator => GATOR.repeat(FRAMES),
        Protocol::Queclink => QUECLINK.repeat(FRAMES),
        Protocol::Gotop => GOTOP.repeat(FRAMES),
        Protocol::Gps103 => GPS103.repeat(FRAMES),
        Protocol::Pt502 => PT502.repeat(FRAMES),
        Protocol::Taip => TAIP.repeat(FRAMES),
        Protocol::Tk103 => TK103.repeat(FRAMES),
        Protocol::Topin => TOPIN.repeat(FRAMES),
        Protocol::Mqtt | Protocol::Scaip => unreachable!("it has no lines"),
    }
}

/// Cuts and reads everything; how many alarms there were.
fn read_all(protocol: Protocol, stream: &[u8]) -> (usize, usize) {
    let language = language(protocol).expect("a protocol with lines");
    let (mut at, mut frames, mut alarms) = (0, 0, 0);
    loop {
        match language.cut(&stream[at..], 65_536) {
            Cut::Wait => return (frames, alarms),
            Cut::Junk(count) => at += count,
            Cut::Frame(count) => {
                language.read(&stream[at..at + count], &mut |it| alarms += black_box(it).alarms.len());
                at += count;
                frames += 1;
            }
        }
    }
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(FRAMES as u64));
    for (protocol, _) in languages() {
        let stream = stream(protocol);
        assert_eq!(read_all(protocol, &stream).0, FRAMES);
        group.bench_with_input(BenchmarkId::from_parameter(protocol), &stream, |bench, stream| {
            bench.iter(|| read_all(protocol, black_box(stream)));
        });
    }
    group.finish();
}

/// A warning with a polygon of a hundred points, as a weather service sends it.
fn warning(criterion: &mut Criterion) {
    let ring: Vec<String> = (0..100)
        .map(|n| {
            let turn = f64::from(n) / 100.0 * std::f64::consts::TAU;
            format!("{:.5},{:.5}", 39.38 + 0.05 * turn.sin(), 117.06 + 0.05 * turn.cos())
        })
        .collect();
    let text = format!(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>a-1</identifier><sender>met@wuqing.example</sender>\
         <sent>2026-07-05T09:30:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>\
         <language>zh-CN</language><category>Met</category><event>高温</event><urgency>Expected</urgency><severity>Severe</severity>\
         <certainty>Likely</certainty><headline>高温橙色预警</headline><area><areaDesc>杨村街道</areaDesc>\
         <polygon>{} {}</polygon></area></info></alert>",
        ring.join(" "),
        ring[0]
    );
    let mut group = criterion.benchmark_group("cap");
    group.throughput(Throughput::Elements(1));
    group.bench_function("read", |bench| {
        bench.iter(|| eldercare_dispatch::cap::read(black_box(text.as_bytes())).expect("a message"));
    });
    group.finish();
}

criterion_group!(benches, decode, warning);
criterion_main!(benches);
