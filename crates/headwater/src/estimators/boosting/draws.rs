//! Which weeks and columns a tree sees.

/// xoshiro256++ (Blackman and Vigna 2021, *ACM Transactions on Mathematical Software* 47:36), its state
/// filled by SplitMix64: fast, and small enough to be made anew for every tree.
pub(super) struct Draws {
    state: [u64; 4],
}

/// 2^64 over the golden ratio: the step of SplitMix64.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        let mut at = seed;
        let state = [(); 4].map(|()| {
            at = at.wrapping_add(STEP);
            let mixed = (at ^ (at >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        });
        Draws { state }
    }

    /// The stream of one round: rounds do not depend on how much earlier ones drew.
    pub(super) fn of_round(seed: u64, round: usize) -> Self {
        Draws::new(seed ^ (round as u64).wrapping_mul(0x9E37_79B9))
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        drawn
    }

    /// In [0, 1).
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Below `bound`, each as likely as the others (Lemire 2019).
    fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.next()) * u128::from(bound);
            if product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// Each week with probability `share`, at least one, in order.
    pub(super) fn weeks(&mut self, weeks: usize, share: f64, kept: &mut Vec<u32>) {
        kept.clear();
        if share >= 1.0 {
            kept.extend(0..weeks as u32);
            return;
        }
        kept.extend((0..weeks as u32).filter(|_| self.unit() < share));
        if kept.is_empty() {
            kept.push(self.below(weeks as u64) as u32);
        }
    }

    /// This share of the columns, rounded down but at least one, in order.
    pub(super) fn columns(&mut self, columns: usize, share: f32, kept: &mut Vec<u32>) {
        let mut own = Draws::new(self.next());
        kept.clear();
        kept.extend(0..columns as u32);
        if share >= 1.0 {
            return;
        }
        for last in (1..columns).rev() {
            kept.swap(last, own.below(last as u64 + 1) as usize);
        }
        kept.truncate(((share * columns as f32) as usize).clamp(1, columns));
        kept.sort_unstable();
    }
}
