//! Chance that can be repeated: the same seed gives the same row of numbers on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, well spread. Not for secrets.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A row of its own for each subject, so that a change in one part of a town does not shuffle the others.
    pub fn new(seed: u64, subject: &str) -> Self {
        // FNV-1a over the subject.
        let name = subject.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, it| {
            (hash ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut dice = Self(seed ^ name);
        dice.next_u64();
        dice
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// At least 0 and below 1.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// At least `low` and below `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// From 0 to `count` - 1; 0 when there is nothing to choose from.
    pub fn below(&mut self, count: usize) -> usize {
        // The bias of one in 2^53 is no matter here.
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Whether something happens that happens in `share` of all cases.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of `all`; `None` when there is none.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// The place of a weight, by weight; 0 when all are nothing.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (at, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return at;
            }
        }
        0
    }

    /// Mixes the order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            let other = self.below(at + 1);
            all.swap(at, other);
        }
    }

    /// A waiting time, in the unit of `mean`, of something that happens at random and independently.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_repeats_and_subjects_differ() {
        let row = |seed, subject| {
            let mut dice = Dice::new(seed, subject);
            [dice.next_u64(), dice.next_u64(), dice.next_u64()]
        };
        assert_eq!(row(1, "roads"), row(1, "roads"));
        assert_ne!(row(1, "roads"), row(2, "roads"));
        assert_ne!(row(1, "roads"), row(1, "people"));
        // The published first output of SplitMix64 for the state 0.
        assert_eq!(Dice(0).next_u64(), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn shares_come_out_as_asked() {
        let mut dice = Dice::new(7, "shares");
        let hits = (0..10_000).filter(|_| dice.chance(0.2)).count();
        assert!((1_850..2_150).contains(&hits), "{hits}");
        let mut counts = [0; 3];
        (0..10_000).for_each(|_| counts[dice.weighted(&[1.0, 0.0, 3.0])] += 1);
        assert!(counts[1] == 0 && (2_300..2_700).contains(&counts[0]), "{counts:?}");
        let mean = (0..10_000).map(|_| dice.exponential(30.0)).sum::<f64>() / 10_000.0;
        assert!((28.5..31.5).contains(&mean), "{mean}");
        let mut order: Vec<u8> = (0..50).collect();
        dice.shuffle(&mut order);
        assert_ne!(order, (0..50).collect::<Vec<u8>>());
        order.sort_unstable();
        assert_eq!(order, (0..50).collect::<Vec<u8>>());
        assert_eq!(dice.pick::<u8>(&[]), None);
        assert!((0..1_000).all(|_| dice.below(3) < 3));
    }
}
