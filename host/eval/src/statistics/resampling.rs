//! The bootstrap: figures of samples that are drawn from the data, with replacement, to see how far they vary.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Random numbers that are the same for the same seed, on every machine.
#[derive(Debug)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `bound`. The bias of taking the upper half of a product is below `bound` in 2^64.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// Puts `items` into a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// How bootstrap samples are drawn: whole groups at a time, since rows of one source resemble each other and would
/// otherwise count as more evidence than they are.
#[derive(Debug)]
pub(crate) struct Resampling<'a> {
    /// The group of each row, from 0.
    groups: &'a [u32],
    count: usize,
    draws: usize,
    seed: u64,
}

impl<'a> Resampling<'a> {
    /// `draws` samples of rows that belong to `groups`.
    pub(crate) fn new(groups: &'a [u32], draws: usize, seed: u64) -> Self {
        let count = groups.iter().max().map_or(0, |&last| last as usize + 1);
        Self { groups, count, draws, seed }
    }

    /// The 95 % percentile interval of each figure that `figures` gives for the weights of the rows. `None` for a figure
    /// that is not defined in more than one draw of ten: too little is known to say how far it varies.
    ///
    /// Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3; A. C. Davison and
    /// D. V. Hinkley, "Bootstrap Methods and their Application" (1997), section 3.8, for groups.
    pub(crate) fn intervals<const N: usize>(
        &self,
        mut figures: impl FnMut(&[u32]) -> [Option<f64>; N],
    ) -> [Option<(f64, f64)>; N] {
        let mut random = Random::new(self.seed);
        let mut values: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(self.draws));
        let mut of_groups = vec![0_u32; self.count];
        let mut of_rows = vec![0_u32; self.groups.len()];
        for _ in 0..self.draws {
            of_groups.fill(0);
            for _ in 0..self.count {
                of_groups[random.below(self.count)] += 1;
            }
            for (weight, &group) in of_rows.iter_mut().zip(self.groups) {
                *weight = of_groups[group as usize];
            }
            for (values, figure) in values.iter_mut().zip(figures(&of_rows)) {
                values.extend(figure);
            }
        }
        values.map(|mut values| {
            if values.len() * 10 < self.draws * 9 {
                return None;
            }
            values.sort_by(f64::total_cmp);
            Some((quantile(&values, 0.025), quantile(&values, 0.975)))
        })
    }
}

/// The quantile of sorted values, between the two nearest where it falls between them.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor();
    let (low, high) = (sorted[below as usize], sorted[place.ceil() as usize]);
    low + (high - low) * (place - below)
}
