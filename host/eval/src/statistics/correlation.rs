//! Rank correlation of scores with grades.

/// Rows sorted by both of their values once.
#[derive(Debug, Clone)]
pub(crate) struct Correlation {
    /// For each row, which of the distinct values it has, from the lowest.
    one: Vec<u32>,
    other: Vec<u32>,
    /// Rows by `one`.
    order: Vec<u32>,
    distinct: (usize, usize),
}

impl Correlation {
    /// Sorts rows; `one` and `other` are equally long, and hold no NaN.
    pub(crate) fn new(one: &[f64], other: &[f64]) -> Self {
        let (one, ones) = levels(one);
        let (other, others) = levels(other);
        let mut order: Vec<u32> = (0..one.len() as u32).collect();
        order.sort_by_key(|&row| one[row as usize]);
        Self { one, other, order, distinct: (ones, others) }
    }

    /// Spearman's rho: Pearson's correlation of the ranks, where equal values share the mean of theirs. `None` where one
    /// side has a single value.
    ///
    /// Source: C. Spearman, "The Proof and Measurement of Association between Two Things", American Journal of Psychology
    /// 15 (1904).
    pub(crate) fn spearman(&self, weights: &[u32]) -> Option<f64> {
        let one = ranks(&self.one, self.distinct.0, weights);
        let other = ranks(&self.other, self.distinct.1, weights);
        let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        // Ranks have this mean, whatever is tied.
        let mean = f64::midpoint(total, 1.0);
        let (mut both, mut of_one, mut of_other) = (0.0, 0.0, 0.0);
        for ((&weight, &a), &b) in weights.iter().zip(&self.one).zip(&self.other) {
            let (weight, a, b) = (f64::from(weight), one[a as usize] - mean, other[b as usize] - mean);
            both += weight * a * b;
            of_one += weight * a * a;
            of_other += weight * b * b;
        }
        let rho = both / (of_one * of_other).sqrt();
        rho.is_finite().then(|| rho.clamp(-1.0, 1.0))
    }

    /// Kendall's tau-b: pairs in the same order minus pairs in the opposite one, over the pairs that are not tied. `None`
    /// where one side has a single value.
    ///
    /// Source: M. G. Kendall, "The Treatment of Ties in Ranking Problems", Biometrika 33 (1945).
    pub(crate) fn kendall(&self, weights: &[u32]) -> Option<f64> {
        let mut seen = Counts::new(self.distinct.1);
        let (mut difference, mut total) = (0_i128, 0_u64);
        let (mut tied, mut start) = (0_u128, 0);
        while start < self.order.len() {
            let level = self.one[self.order[start] as usize];
            let length =
                self.order[start..].iter().take_while(|&&row| self.one[row as usize] == level).count();
            let run = &self.order[start..start + length];
            start += length;
            let mut in_run = 0;
            for &row in run {
                let weight = u64::from(weights[row as usize]);
                if weight > 0 {
                    let level = self.other[row as usize] as usize;
                    let (below, up_to) = (seen.below(level), seen.below(level + 1));
                    let above = total - up_to;
                    difference += i128::from(weight) * (i128::from(below) - i128::from(above));
                    in_run += weight;
                }
            }
            for &row in run {
                seen.add(self.other[row as usize] as usize, u64::from(weights[row as usize]));
            }
            total += in_run;
            tied += pairs(in_run);
        }
        let tied_other: u128 =
            (0..self.distinct.1).map(|level| pairs(seen.below(level + 1) - seen.below(level))).sum();
        let all = pairs(total);
        let apart = ((all - tied) as f64).sqrt() * ((all - tied_other) as f64).sqrt();
        let tau = difference as f64 / apart;
        tau.is_finite().then(|| tau.clamp(-1.0, 1.0))
    }
}

fn pairs(count: u64) -> u128 {
    let count = u128::from(count);
    count * count.saturating_sub(1) / 2
}

/// For each value, its place among the distinct ones; and how many there are.
fn levels(values: &[f64]) -> (Vec<u32>, usize) {
    let value = |row: usize| values[row] + 0.0;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    let mut levels = vec![0; values.len()];
    let mut distinct = 0;
    for (place, &row) in order.iter().enumerate() {
        if place == 0 || value(order[place - 1]) != value(row) {
            distinct += 1;
        }
        levels[row] = distinct as u32 - 1;
    }
    (levels, distinct)
}

/// The mean rank, from 1, of each level.
fn ranks(levels: &[u32], distinct: usize, weights: &[u32]) -> Vec<f64> {
    let mut counts = vec![0_u64; distinct];
    for (&level, &weight) in levels.iter().zip(weights) {
        counts[level as usize] += u64::from(weight);
    }
    let mut before = 0;
    counts
        .into_iter()
        .map(|count| {
            let rank = before as f64 + (count as f64 + 1.0) / 2.0;
            before += count;
            rank
        })
        .collect()
}

/// Counts by level whose sums are had in logarithmic time (P. M. Fenwick, 1994).
#[derive(Debug)]
struct Counts(Vec<u64>);

impl Counts {
    fn new(levels: usize) -> Self {
        Self(vec![0; levels + 1])
    }

    fn add(&mut self, level: usize, count: u64) {
        let mut place = level + 1;
        while place < self.0.len() {
            self.0[place] += count;
            place += place & place.wrapping_neg();
        }
    }

    /// The sum over all levels below this one.
    fn below(&self, level: usize) -> u64 {
        let (mut place, mut sum) = (level, 0);
        while place > 0 {
            sum += self.0[place];
            place &= place - 1;
        }
        sum
    }
}
