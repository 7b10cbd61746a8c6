//! Names for people and streets that do not exist: common ones, put together at random.

use crate::sim::Dice;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾",
    "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛", "叶", "阎",
];

const OLD_WOMEN: &[&str] = &[
    "秀英", "桂兰", "淑珍", "玉兰", "秀兰", "桂英", "淑华", "玉珍", "凤英", "淑英", "秀珍", "桂珍", "玉华", "凤兰",
    "淑琴", "秀云", "桂芝", "玉芬", "素珍", "宝珍",
];

const OLD_MEN: &[&str] = &[
    "德明", "国强", "建国", "志强", "玉山", "宝山", "文斌", "振华", "家祥", "永福", "长林", "庆云", "树森", "广田",
    "福生", "玉林", "德福", "金生", "少华", "学文",
];

const YOUNGER: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "超", "明", "霞", "平", "刚",
    "丽", "海燕", "晓东", "志刚", "建军", "雪梅", "文静", "立新", "红梅", "春生", "永强",
];

/// Streets that run from west to east.
pub(super) const ACROSS: &[&str] = &[
    "安康道",
    "福宁道",
    "长寿道",
    "松鹤道",
    "和顺道",
    "永乐道",
    "清泉道",
    "文华道",
    "瑞祥道",
    "仁爱道",
    "同心道",
    "丰年道",
    "明德道",
    "惠民道",
    "望河道",
    "春晖道",
    "秋实道",
    "康宁道",
    "景和道",
    "学府道",
    "益寿道",
];

/// Streets that run from south to north.
pub(super) const ALONG: &[&str] = &[
    "新柳路",
    "安澜路",
    "泰和路",
    "兴业路",
    "光明路",
    "曙光路",
    "百合路",
    "海棠路",
    "银杏路",
    "槐荫路",
    "枫林路",
    "运河西路",
    "运河东路",
    "梧桐路",
    "玉兰路",
    "牡丹路",
    "翠微路",
    "朝阳路",
    "彩虹路",
    "金桥路",
    "绿茵路",
    "向荣路",
    "雅安路",
    "远景路",
];

/// Communities.
pub(super) const COMMUNITIES: &[&str] = &["运河西里社区", "安康里社区", "福宁里社区", "松鹤里社区", "长乐里社区"];

const ESTATES: &[&str] = &[
    "松鹤", "安康", "福宁", "长乐", "和顺", "清泉", "瑞祥", "仁爱", "同心", "丰年", "明德", "惠民", "春晖", "秋实",
    "康宁",
];
const ESTATE_ENDS: &[&str] = &["里", "园", "家园", "新村", "公寓", "花园", "苑", "东里", "西里", "北里"];

/// How many estates can be named.
pub(super) const ESTATES_MAX: usize = ESTATES.len() * ESTATE_ENDS.len();

/// The name of the estate of this number, each its own.
pub(super) fn estate(number: usize) -> String {
    let end = ESTATE_ENDS[number / ESTATES.len() % ESTATE_ENDS.len()];
    format!("{}{end}", ESTATES[number % ESTATES.len()])
}

fn of(dice: &mut Dice, given: &[&'static str]) -> String {
    format!("{}{}", surname(dice), dice.pick(given).copied().unwrap_or("明"))
}

pub(super) fn surname(dice: &mut Dice) -> &'static str {
    // The first few are far more common than the last.
    let at = dice.below(SURNAMES.len()).min(dice.below(SURNAMES.len()));
    SURNAMES[at]
}

pub(super) fn old_woman(dice: &mut Dice) -> String {
    of(dice, OLD_WOMEN)
}

pub(super) fn old_man(dice: &mut Dice) -> String {
    of(dice, OLD_MEN)
}

pub(super) fn younger(dice: &mut Dice) -> String {
    of(dice, YOUNGER)
}

/// A child of somebody of this name: the same family name.
pub(super) fn child_of(dice: &mut Dice, parent: &str) -> String {
    let family = parent.chars().next().map_or_else(String::new, String::from);
    format!("{family}{}", dice.pick(YOUNGER).copied().unwrap_or("明"))
}
