//! Devices: what sends alerts, whose it is, and whether somebody can be heard through it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::flaw::{Flaws, Look, SHORT_TEXT_MAX};
use super::words::words;
use crate::circle::Crs;
use crate::ids::{DeviceId, ElderId, HouseholdId};

words! {
    /// What a device is.
    DeviceKind ("device kind") {
        /// A button on the wall or by the bed.
        SosButton = "sos_button", "紧急按钮";
        /// A button worn around the neck.
        Pendant = "pendant", "呼救吊坠";
        /// A watch or bracelet with a position.
        Watch = "watch", "智能手表";
        /// A telephone with one large key.
        OneKeyPhone = "one_key_phone", "一键通电话";
        /// Finds falls from the wall.
        FallRadar = "fall_radar", "跌倒雷达";
        /// Smoke.
        Smoke = "smoke", "烟感";
        /// Burning gas.
        Gas = "gas", "燃气报警器";
        /// Carbon monoxide.
        Co = "co", "一氧化碳报警器";
        /// A contact on the door.
        Door = "door", "门磁";
        /// Infrared movement.
        Infrared = "infrared", "红外";
        /// A water meter that counts.
        WaterMeter = "water_meter", "智能水表";
        /// A breaker that counts current.
        PowerMeter = "power_meter", "智能断路器";
        /// A mat under the sheet.
        Bed = "bed", "智能床垫";
        /// Blood pressure, pulse, oxygen, sugar.
        Vital = "vital", "健康监测";
        /// Brings other devices to the network.
        Gateway = "gateway", "网关";
        /// Something else that can call.
        Other = "other", "其他";
    }
}

words! {
    /// The language that a device speaks on a line of its own; each has a listener of its own.
    Protocol ("device protocol") {
        /// `[3G*…]`: watches and pendants of the SeTracker family (3G, SG, CS, ZJ).
        Watch = "watch", "手表协议";
        /// GT06 and its kin by Concox.
        Gt06 = "gt06", "GT06协议";
        /// JT/T 808, the Chinese standard for terminals in vehicles, which pendants speak too.
        Jt808 = "jt808", "部标808";
        /// H02, spoken by small pendants and cheap trackers.
        H02 = "h02", "H02协议";
        /// Eelink (移联): trackers, cards and tags.
        Eelink = "eelink", "Eelink协议";
        /// MiniFinder: the text form of Eview's older pendants.
        MiniFinder = "minifinder", "MiniFinder协议";
        /// Eview: the binary form of its pendants (EV-07 and later, MiniFinder's newer ones).
        Eview = "eview", "Eview协议";
        /// TRV and IW: health watches and pendants by Thinkrace and those who build on it.
        Trv = "trv", "TRV/IW协议";
        /// Blue: trackers whose frames begin with AA.
        Blue = "blue", "Blue协议";
        /// Gator (and M588): trackers in binary.
        Gator = "gator", "Gator协议";
        /// Queclink's text (`+RESP:GTSOS,…$`): GL200, GL300 and its other pendants and trackers.
        Queclink = "queclink", "Queclink协议";
        /// Gotop: pocket trackers.
        Gotop = "gotop", "Gotop协议";
        /// GPS103 by Coban (`imei:…,help me,…;`) and those built alike.
        Gps103 = "gps103", "GPS103协议";
        /// PT502 by Portman.
        Pt502 = "pt502", "PT502协议";
        /// TAIP (`>REV…<`): Trimble's text, and what Virloc has made of it.
        Taip = "taip", "TAIP协议";
        /// TK103 in brackets.
        Tk103 = "tk103", "TK103协议";
        /// Topin (ZhongXun): small trackers whose frames look like those of GT06.
        Topin = "topin", "Topin协议";
        /// Behind a broker: sensors and gateways that publish. No line of their own; the broker knows who may publish what.
        Mqtt = "mqtt", "MQTT";
        /// SCAIP over SIP: home alarm units and hubs, known by their controller number. No line of their own.
        Scaip = "scaip", "SCAIP";
    }
}

/// Letters of the name of a device behind a broker: a part of a topic, or several with a stroke between them.
pub const NAME_MAX_CHARS: usize = 64;

impl Protocol {
    /// How a device of this language is known, out of what it or somebody at the desk says. None: it is no such number.
    pub fn number(self, said: &str) -> Option<String> {
        match self {
            Self::Watch
            | Self::Gt06
            | Self::Jt808
            | Self::H02
            | Self::Eelink
            | Self::MiniFinder
            | Self::Eview
            | Self::Trv
            | Self::Blue
            | Self::Gator
            | Self::Queclink
            | Self::Gotop
            | Self::Gps103
            | Self::Pt502
            | Self::Taip
            | Self::Tk103
            | Self::Topin => terminal_number(said),
            Self::Scaip => {
                // One unit puts a blank into its number, another a plus before it.
                let bare: String = said.chars().filter(|it| !it.is_whitespace() && *it != '+').collect();
                terminal_number(&bare)
            }
            Self::Mqtt => {
                // Names are as their broker has them: large and small letters are two, and a zero before counts.
                let said = said.trim();
                let sound = (1..=NAME_MAX_CHARS).contains(&said.chars().count()) && !said.contains(char::is_control);
                sound.then(|| said.to_owned())
            }
        }
    }

    /// What [`Protocol::number`] takes, in words.
    pub const fn number_rule(self) -> &'static str {
        match self {
            Self::Mqtt => "1 to 64 letters",
            _ => "1 to 20 letters and digits",
        }
    }
}

words! {
    /// What a device can be told to do.
    OrderKind ("kind of command") {
        /// Say where it is, now.
        Locate = "locate", "定位";
        /// Call these numbers when its button is pressed.
        SosNumbers = "sos_numbers", "设置求助号码";
        /// Make a noise, to be found.
        Find = "find", "寻找设备";
        /// Show a text.
        Message = "message", "发送消息";
    }
}

words! {
    /// Where such a command stands.
    OrderState ("state of a command") {
        /// The device is not on its line.
        Queued = "queued", "等待";
        /// It was sent, and not answered yet.
        Sent = "sent", "已发送";
        /// The device has answered that it did it.
        Done = "done", "已完成";
        /// The device has answered that it cannot, or has been told three times without an answer.
        Failed = "failed", "失败";
        /// Its time was over before the device answered.
        Expired = "expired", "已过期";
    }
}

/// Numbers that a device calls at most.
pub const SOS_NUMBERS_MAX: usize = 3;
/// Letters of a text on its screen.
pub const MESSAGE_MAX_CHARS: usize = 50;

/// What a device is told to do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceOrder {
    /// Say where it is.
    Locate,
    /// Call these numbers, in this order.
    SosNumbers {
        /// Digits, one to [`SOS_NUMBERS_MAX`].
        numbers: Vec<String>,
    },
    /// Make a noise.
    Find,
    /// Show a text.
    Message {
        /// At most [`MESSAGE_MAX_CHARS`] letters.
        text: String,
    },
}

impl DeviceOrder {
    /// Which kind.
    pub const fn kind(&self) -> OrderKind {
        match self {
            Self::Locate => OrderKind::Locate,
            Self::SosNumbers { .. } => OrderKind::SosNumbers,
            Self::Find => OrderKind::Find,
            Self::Message { .. } => OrderKind::Message,
        }
    }
}

words! {
    /// Whose network brings what a device says.
    Carrier ("carrier") {
        /// China Mobile.
        Mobile = "mobile", "移动";
        /// China Unicom.
        Unicom = "unicom", "联通";
        /// China Telecom.
        Telecom = "telecom", "电信";
        /// China Broadnet.
        Broadnet = "broadnet", "广电";
        /// The home's own line or network.
        Home = "home", "家庭宽带";
        /// Another.
        Other = "other", "其他";
    }
}

words! {
    /// What was done with a device.
    DeviceDeed ("deed") {
        /// It was entered in the register.
        Filed = "filed", "登记";
        /// It was told how it names itself on its line.
        Named = "named", "登记终端号";
        /// It became somebody's.
        Bound = "bound", "绑定";
        /// It was taken from them.
        Unbound = "unbound", "解绑";
        /// Another took its place.
        ReplacedBy = "replaced_by", "被替换";
        /// It took the place of another.
        Replaces = "replaces", "替换";
        /// Somebody began to test it.
        TestBegun = "test_begun", "开始测试";
        /// They ended the test; one that ends by itself has no line.
        TestEnded = "test_ended", "结束测试";
    }
}

words! {
    /// Why a device was taken away.
    UnbindReason ("reason") {
        /// It does not work.
        Broken = "broken", "损坏";
        /// Nobody knows where it is.
        Lost = "lost", "丢失";
        /// It was given back.
        Returned = "returned", "退还";
        /// Whoever had it has moved away or died.
        Left = "left", "离开";
        /// It was never theirs.
        Mistake = "mistake", "登记有误";
        /// Something else.
        Other = "other", "其他";
    }
}

/// Somebody tests a device for so long at most; then it rings again by itself.
pub const TEST_MAX: SignedDuration = SignedDuration::from_hours(4);

/// The longest beat of a device, seconds: a week.
pub const BEAT_MAX_S: u32 = 7 * 86_400;

/// Letters of a terminal's number: twenty digits are the most that a protocol here has (JT/T 808 of 2019).
pub const TERMINAL_MAX_CHARS: usize = 20;

/// How a device names itself on a line of its own or behind a broker. On a line it proves nothing: these protocols have no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Terminal {
    /// Its language.
    pub protocol: Protocol,
    /// IMEI, telephone number or whatever the protocol calls it, as [`Protocol::number`] leaves it.
    pub number: String,
}

/// The number by which a terminal is known: without blanks and leading zeros (JT/T 808 fills up with them, GT06 puts one before the
/// IMEI), letters large. None: there is none in it, or it is too long.
pub fn terminal_number(said: &str) -> Option<String> {
    let said = said.trim().trim_start_matches('0');
    let sound = (1..=TERMINAL_MAX_CHARS).contains(&said.len()) && said.bytes().all(|it| it.is_ascii_alphanumeric());
    sound.then(|| said.to_ascii_uppercase())
}

impl DeviceKind {
    /// Whether it guards the home rather than one person: smoke and gas concern everybody inside.
    pub const fn guards_household(self) -> bool {
        matches!(self, Self::Smoke | Self::Gas | Self::Co | Self::Gateway)
    }

    /// Whether it stays in the home and tells by its readings that somebody is about.
    pub const fn senses_activity(self) -> bool {
        matches!(
            self,
            Self::Door | Self::Infrared | Self::WaterMeter | Self::PowerMeter | Self::Bed
        )
    }

    /// Whether devices of this kind are made with which somebody can speak; whether one is, says its file ([`Device::voice_path`]).
    pub const fn may_speak(self) -> bool {
        matches!(
            self,
            Self::SosButton | Self::Pendant | Self::Watch | Self::OneKeyPhone | Self::Gateway | Self::Other
        )
    }

    /// What devices of this kind raise by themselves, as the words of alerts; what else one says is taken all the same.
    pub const fn raises(self) -> &'static [&'static str] {
        match self {
            Self::SosButton | Self::OneKeyPhone => &["sos", "low_battery", "tamper"],
            Self::Pendant | Self::Watch => &["sos", "fall", "geofence", "vital", "low_battery", "tamper"],
            Self::FallRadar => &["fall", "inactivity", "device_fault"],
            Self::Smoke => &["smoke", "low_battery", "tamper", "device_fault"],
            Self::Gas => &["gas", "device_fault", "power_loss"],
            Self::Co => &["co", "low_battery", "device_fault"],
            Self::Door | Self::Infrared => &["low_battery", "tamper"],
            Self::WaterMeter => &["water_leak", "low_battery", "tamper"],
            Self::PowerMeter => &["device_fault", "power_loss"],
            Self::Bed => &["vital", "device_fault"],
            Self::Vital => &["vital", "low_battery"],
            Self::Gateway => &["sos", "power_loss", "link_loss", "device_fault"],
            Self::Other => &[],
        }
    }

    /// Whether it moves with the person, so that its position matters.
    pub const fn is_worn(self) -> bool {
        matches!(self, Self::Pendant | Self::Watch)
    }
}

/// Whose device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceBinding {
    /// One person's.
    Elder(ElderId),
    /// A home's.
    Household(HouseholdId),
}

/// A terminal or sensor. Its key is kept by the store as a keyed hash and never appears here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Follows from the code.
    pub id: DeviceId,
    /// The serial number on its label.
    pub code: String,
    /// What it is.
    pub kind: DeviceKind,
    /// `None`: not bound; a signal with a valid key becomes a case with an unknown subject.
    pub binding: Option<DeviceBinding>,
    /// Maker and model, which choose how its bytes are read.
    #[serde(default)]
    pub model: Option<String>,
    /// The reference system that this model sends; `None`: its coordinates are taken for what is usual on its line, or stay unresolved unless
    /// each names its own.
    pub crs: Option<Crs>,
    /// Whether the desk can speak with the elder through it.
    pub voice_path: bool,
    /// Where it hangs ("卧室"), for whoever searches.
    #[serde(default)]
    pub place: Option<String>,
    /// How it names itself on a line of its own; `None`: it comes by HTTP, with its key.
    #[serde(default)]
    pub terminal: Option<Terminal>,
    /// How often it says something while it lives, seconds, where that is not as its model or language has it. 0: it says nothing by
    /// itself, and nobody waits for it.
    #[serde(default)]
    pub beat_s: Option<u32>,
    /// Whose network it uses.
    #[serde(default)]
    pub carrier: Option<Carrier>,
    /// Whether alerts from it ring; a device taken out of service keeps its history.
    #[serde(default = "yes")]
    pub in_service: bool,
}

const fn yes() -> bool {
    true
}

impl Device {
    /// The elder to whom it is bound, if to one person.
    pub const fn elder(&self) -> Option<ElderId> {
        match self.binding {
            Some(DeviceBinding::Elder(id)) => Some(id),
            Some(DeviceBinding::Household(_)) | None => None,
        }
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.text("code", &self.code, SHORT_TEXT_MAX);
        if let Some(model) = &self.model {
            look.text("model", model, SHORT_TEXT_MAX);
        }
        if let Some(place) = &self.place {
            look.text("place", place, SHORT_TEXT_MAX);
        }
        let terminal = self.terminal.as_ref();
        look.when(
            terminal.is_some_and(|it| it.protocol.number(&it.number).as_ref() != Some(&it.number)),
            "terminal",
            "must be 1 to 20 letters and digits, without leading zeros; for mqtt 1 to 64 letters",
        );
        look.when(
            self.beat_s.is_some_and(|it| it > BEAT_MAX_S || (1..10).contains(&it)),
            "beat_s",
            "must be 0, or 10 to 604800 seconds",
        );
        let worn_by_a_home = self.kind.is_worn() && matches!(self.binding, Some(DeviceBinding::Household(_)));
        look.when(
            worn_by_a_home,
            "binding",
            "a worn device belongs to one elder, not to a household",
        );
        look.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::samples::fields;
    use crate::people::{device_id, elder_id, household_id};

    #[test]
    fn one_number_is_known_however_it_is_written() {
        for (said, known) in [
            ("8800000015", Some("8800000015")),
            (" 0358899051234567 ", Some("358899051234567")),
            ("000000000000", None),
            ("a1b2", Some("A1B2")),
            ("", None),
            ("12-34", None),
            ("00000000012345678901", Some("12345678901")),
            ("123456789012345678901", None),
        ] {
            assert_eq!(terminal_number(said).as_deref(), known, "{said}");
        }
    }

    #[test]
    fn a_controller_is_known_with_its_plus_and_blanks_and_without() {
        for said in ["12011400003", "+12011400003", " 120 1140 0003 ", "0012011400003"] {
            assert_eq!(Protocol::Scaip.number(said).as_deref(), Some("12011400003"), "{said}");
        }
        assert_eq!(Protocol::Scaip.number("+"), None);
    }

    #[test]
    fn a_name_behind_a_broker_is_as_the_broker_has_it() {
        for (said, known) in [
            ("0x00158D0001a2b3c4", Some("0x00158D0001a2b3c4")),
            (" 厨房烟感 ", Some("厨房烟感")),
            ("home-12/smoke 1", Some("home-12/smoke 1")),
            ("", None),
            ("a\u{0}b", None),
        ] {
            assert_eq!(Protocol::Mqtt.number(said).as_deref(), known, "{said}");
        }
        assert_eq!(Protocol::Mqtt.number(&"a".repeat(65)), None);
        assert_eq!(Protocol::Watch.number("0088").as_deref(), Some("88"));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let watch = Device {
            id: device_id("W1"),
            code: "W1".into(),
            kind: DeviceKind::Watch,
            binding: Some(DeviceBinding::Elder(elder_id("E1"))),
            model: None,
            crs: Some(Crs::Gcj02),
            voice_path: true,
            place: None,
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        assert_eq!(watch.check(), Ok(()));
        assert_eq!(watch.elder(), Some(elder_id("E1")));
        let household = Some(DeviceBinding::Household(household_id("H1")));
        assert_eq!(
            fields(
                Device {
                    binding: household,
                    ..watch.clone()
                }
                .check()
            ),
            ["binding"]
        );
        assert_eq!(
            fields(
                Device {
                    kind: DeviceKind::Smoke,
                    binding: household,
                    ..watch.clone()
                }
                .check()
            ),
            [""; 0]
        );
        assert_eq!(
            Device {
                kind: DeviceKind::Smoke,
                binding: household,
                ..watch.clone()
            }
            .elder(),
            None
        );
        let terminal = |number: &str| Device {
            terminal: Some(Terminal {
                protocol: Protocol::Watch,
                number: number.into(),
            }),
            ..watch.clone()
        };
        assert_eq!(fields(terminal("8800000015").check()), [""; 0]);
        for wrong in ["", "0880", "88 00", "八八", "123456789012345678901"] {
            assert_eq!(fields(terminal(wrong).check()), ["terminal"], "{wrong}");
        }
        let texts = Device {
            code: "".into(),
            model: Some("".into()),
            place: Some("\t".into()),
            ..watch
        };
        assert_eq!(fields(texts.check()), ["code", "model", "place", "place", "place"]);
    }
}
