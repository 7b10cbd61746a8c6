//! Quotas: how often a carrier's account, and one person by it, may be used. Booked before the sending, in the store.
//!
//! Where the configuration says nothing, those that providers are known to keep: a call 1 a minute, 5 an hour and 20 a day to one
//! telephone (Aliyun voice), 50 short messages a day to one telephone (Aliyun SMS, notices), 20 messages a minute by a robot
//! (WeCom, DingTalk) or 100 (Feishu), 30 a minute to one member of WeCom.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::people::Way;
use crate::store::Limit;

const MINUTE_S: u32 = 60;
const HOUR_S: u32 = 3_600;
const DAY_S: u32 = 86_400;

/// `[notify.limits.voice]`: of one way, or of one carrier by name. What is left out is as it ships; 0: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// By the account, within a minute.
    pub minute: Option<u32>,
    /// By the account, within an hour.
    pub hour: Option<u32>,
    /// By the account, within a day.
    pub day: Option<u32>,
    /// To one telephone or member, within a minute.
    pub callee_minute: Option<u32>,
    /// To one telephone or member, within an hour.
    pub callee_hour: Option<u32>,
    /// To one telephone or member, within a day.
    pub callee_day: Option<u32>,
}

/// `[notify.limits]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Limits(pub BTreeMap<String, LimitConfig>);

const fn shipped(way: Way) -> LimitConfig {
    let none = LimitConfig {
        minute: None,
        hour: None,
        day: None,
        callee_minute: None,
        callee_hour: None,
        callee_day: None,
    };
    match way {
        Way::Voice => LimitConfig {
            callee_minute: Some(1),
            callee_hour: Some(5),
            callee_day: Some(20),
            ..none
        },
        Way::Sms => LimitConfig {
            callee_day: Some(50),
            ..none
        },
        Way::WecomRobot | Way::DingtalkRobot => LimitConfig {
            minute: Some(20),
            ..none
        },
        Way::FeishuRobot => LimitConfig {
            minute: Some(100),
            ..none
        },
        Way::WecomApp => LimitConfig {
            callee_minute: Some(30),
            ..none
        },
        Way::WebPush | Way::Email | Way::WechatTemplate | Way::Webhook | Way::Print => none,
    }
}

impl Limits {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let wrong = |name: &&String| name.split(':').next().unwrap_or_default().parse::<Way>().is_err();
        let names = self.0.keys().filter(wrong);
        names
            .map(|it| format!("notify.limits.{it}: is no way and no carrier"))
            .collect()
    }

    /// What a carrier must keep, the strictest stretch first.
    pub fn of(&self, carrier: &str, way: Way) -> Vec<Limit> {
        let base = shipped(way);
        let by_way = self.0.get(way.as_str()).copied().unwrap_or_default();
        let own = self.0.get(carrier).copied().unwrap_or_default();
        let pick = |of: fn(&LimitConfig) -> Option<u32>| of(&own).or(of(&by_way)).or(of(&base)).filter(|it| *it > 0);
        let rows = [
            (true, MINUTE_S, pick(|it| it.callee_minute)),
            (true, HOUR_S, pick(|it| it.callee_hour)),
            (true, DAY_S, pick(|it| it.callee_day)),
            (false, MINUTE_S, pick(|it| it.minute)),
            (false, HOUR_S, pick(|it| it.hour)),
            (false, DAY_S, pick(|it| it.day)),
        ];
        let limit = |(callee, within_s, most): (bool, u32, Option<u32>)| {
            Some(Limit {
                callee,
                within_s,
                most: most?,
            })
        };
        rows.into_iter().filter_map(limit).collect()
    }
}

/// Whether this reason is a quota's.
pub fn is_quota(why: &str) -> bool {
    why.starts_with("quota: ")
}

/// A limit in stable words: `quota: 5 an hour to one`.
pub fn words(limit: Limit) -> String {
    let stretch = match limit.within_s {
        MINUTE_S => "a minute",
        HOUR_S => "an hour",
        _ => "a day",
    };
    let whose = if limit.callee { "to one" } else { "by the account" };
    format!("quota: {} {stretch} {whose}", limit.most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_keeps_what_ships_unless_it_or_its_way_says_otherwise() {
        let text = "[voice]\ncallee_hour = 3\nday = 1000\n[\"voice:second\"]\ncallee_minute = 0\n[pigeon]\nday = 1";
        let limits: Limits = toml::from_str(text).unwrap();
        assert_eq!(limits.mistakes(), ["notify.limits.pigeon: is no way and no carrier"]);
        let of = |name| limits.of(name, Way::Voice).into_iter().map(words).collect::<Vec<_>>();
        assert_eq!(
            of("voice"),
            [
                "quota: 1 a minute to one",
                "quota: 3 an hour to one",
                "quota: 20 a day to one",
                "quota: 1000 a day by the account"
            ]
        );
        assert_eq!(of("voice:second").len(), 3);
        assert!(limits.of("email", Way::Email).is_empty());
        assert!(toml::from_str::<Limits>("[voice]\nminutes = 1").is_err());
    }
}
