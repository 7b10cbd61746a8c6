//! Small towns written as text.

use eldercare_dispatch::circle::{Mode, Point, Roads};

/// A place in metres east and north of a corner of Yangcun.
pub fn at(east: f64, north: f64) -> Point {
    let lat = 39.38 + north / 111_195.08;
    let lon = 117.06 + east / (111_195.08 * 39.38_f64.to_radians().cos());
    Point::new(lat, lon).unwrap()
}

/// A town written as `node east north [tags]`, `way n n n [tags]` and `turn kind from via to`, one to a line; ways and
/// turns are numbered from 1 in their order. `via` is a node, or ways as `w3` or `w3,w4`; `from` and `to` may be several.
pub fn xml(town: &str) -> String {
    let tags = |words: &[&str]| -> String {
        let pairs = words.iter().filter_map(|word| word.split_once('='));
        pairs
            .map(|(key, value)| format!(r#"<tag k="{key}" v="{value}"/>"#))
            .collect()
    };
    let (mut text, mut ways, mut turns) = (String::from("<osm>"), 0, 0);
    for line in town.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "way" => {
                ways += 1;
                let refs = words[1..].iter().take_while(|it| !it.contains('='));
                let refs: String = refs.map(|it| format!(r#"<nd ref="{it}"/>"#)).collect();
                text += &format!(r#"<way id="{ways}">{refs}{}</way>"#, tags(&words));
            }
            "turn" => {
                turns += 1;
                let member =
                    |kind: &str, id: &str, role: &str| format!(r#"<member type="{kind}" ref="{id}" role="{role}"/>"#);
                let members = |ids: &str, role: &str| -> String {
                    let of = |id: &str| match id.strip_prefix('w') {
                        Some(id) => member("way", id, role),
                        None if role == "via" => member("node", id, role),
                        None => member("way", id, role),
                    };
                    ids.split(',').map(of).collect()
                };
                let (key, value) = words[1].split_once('=').unwrap_or(("restriction", words[1]));
                text += &format!(
                    r#"<relation id="{turns}"><tag k="type" v="restriction"/><tag k="{key}" v="{value}"/>{}{}{}{}</relation>"#,
                    members(words[2], "from"),
                    members(words[3], "via"),
                    members(words[4], "to"),
                    tags(&words[5..]),
                );
            }
            id => {
                let place = at(words[1].parse().unwrap(), words[2].parse().unwrap());
                text += &format!(
                    r#"<node id="{id}" lat="{:.7}" lon="{:.7}">{}</node>"#,
                    place.lat(),
                    place.lon(),
                    tags(&words)
                );
            }
        }
    }
    text + "</osm>"
}

pub fn town(text: &str) -> Roads {
    Roads::import(&*roads::from_bytes("town.osm", xml(text).into_bytes()).unwrap())
        .unwrap()
        .0
}

pub fn seconds(roads: &Roads, from: Point, to: Point, mode: Mode) -> Option<u32> {
    roads.travel(from, to, mode).map(|trip| {
        assert!(!trip.estimated);
        trip.seconds
    })
}

/// About as many seconds: tables round, and so do deciseconds.
pub fn about(got: Option<u32>, want: Option<f64>) -> bool {
    match (got, want) {
        (Some(got), Some(want)) => (f64::from(got) - want).abs() <= want * 0.02 + 3.0,
        (got, want) => got.is_none() && want.is_none(),
    }
}

/// A grid of streets, 200 m apart, with a forbidden turn here and there.
pub fn grid(side: u32) -> String {
    let mut text = String::new();
    for row in 0..side {
        for column in 0..side {
            text += &format!("{} {} {}\n", row * side + column + 1, column * 200, row * 200);
        }
    }
    for line in 0..side {
        let along: Vec<String> = (0..side).map(|it| (line * side + it + 1).to_string()).collect();
        let up: Vec<String> = (0..side).map(|it| (it * side + line + 1).to_string()).collect();
        let tags = [
            "highway=residential",
            "highway=tertiary",
            "highway=residential oneway=yes",
        ][(line % 3) as usize];
        // One way for each piece, so that turns can be told apart.
        for pair in along.windows(2) {
            text += &format!("way {} {tags}\n", pair.join(" "));
        }
        for pair in up.windows(2) {
            text += &format!("way {} highway=residential\n", pair.join(" "));
        }
    }
    text
}

/// A small generator of numbers.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: f64) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 * limit
    }
}
