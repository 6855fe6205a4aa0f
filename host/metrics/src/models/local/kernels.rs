//! What a layer computes between its matrix products, in place.
//!
//! Every loop is written so that the compiler can do sixteen values at once, and compiled for the registers of every
//! processor and for those of AVX2, which [`each`] chooses from. No step is fused or reordered by that, so all processors
//! get the same bits.

use candle_core::{CpuStorage, InplaceOp1, InplaceOp2, Layout, Result};
use pulp::{Arch, NullaryFnOnce};

const LANES: usize = 16;

/// The error function: the rational approximation of Eigen's `generic_fast_erf`, within 4e-7.
#[inline(always)]
#[expect(
    clippy::approx_constant,
    reason = "the approximation's own coefficients: the sum is best with these"
)]
fn erf(x: f32) -> f32 {
    const ENDS: f32 = 3.832_507;
    let x = x.clamp(-ENDS, ENDS);
    let square = x * x;
    let mut above = 0.000_229_050_65;
    for coefficient in [0.003_408_291, 0.050_955_694, 0.185_208_32, 1.128_379_1] {
        above = above * square + coefficient;
    }
    let mut below = -1.179_161_6e-7;
    for coefficient in [2.354_796_6e-5, 0.001_017_962_6, 0.014_070_47, 0.110_985_05, 0.497_469_25, 1.0] {
        below = below * square + coefficient;
    }
    x * above / below
}

/// The exponential function for what is not positive: Cephes' `expf`, within 2e-7 of the value.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.max(-87.0);
    let whole = (x * std::f32::consts::LOG2_E).round_ties_even();
    // The natural logarithm of 2 in two parts, so that the product is exact.
    let rest = (x - whole * 0.693_359_4) - whole * -2.121_944_4e-4;
    let mut series = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        series = series * rest + coefficient;
    }
    (series * rest * rest + rest + 1.0) * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

/// The sum over `term` of the values.
#[inline(always)]
fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += term(*value);
        }
    }
    lanes.into_iter().sum::<f32>() + rest.iter().map(|value| term(*value)).sum::<f32>()
}

/// The largest of the values.
#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    let larger = |one: f32, other: f32| if other > one { other } else { one };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, *value);
        }
    }
    lanes.into_iter().chain(rest.iter().copied()).fold(f32::NEG_INFINITY, larger)
}

/// The values of a tensor that is whole in memory.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let values = match storage {
        CpuStorage::F32(values) => values.as_slice(),
        _ => candle_core::bail!("values are not of 32 bits"),
    };
    let range = layout.contiguous_offsets().and_then(|(start, end)| values.get(start..end));
    range.ok_or_else(|| candle_core::Error::Msg("values do not lie one behind the other".to_owned()))
}

fn values_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    let values = match storage {
        CpuStorage::F32(values) => values.as_mut_slice(),
        _ => candle_core::bail!("values are not of 32 bits"),
    };
    let range = layout.contiguous_offsets().and_then(|(start, end)| values.get_mut(start..end));
    range.ok_or_else(|| candle_core::Error::Msg("values do not lie one behind the other".to_owned()))
}

/// What is done to every row of a matrix.
trait Row {
    /// `index` is that of the row.
    fn apply(&self, row: &mut [f32], index: usize);
}

/// All rows, as something that is compiled for several processors. A closure is not always a part of what is.
struct Rows<'a, R> {
    values: &'a mut [f32],
    width: usize,
    row: R,
}

impl<R: Row> NullaryFnOnce for Rows<'_, R> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (index, row) in self.values.chunks_exact_mut(self.width).enumerate() {
            self.row.apply(row, index);
        }
    }
}

/// Applies `row` to every row of a tensor.
fn each(rows: &mut CpuStorage, layout: &Layout, row: impl Row) -> Result<()> {
    let width = layout.dims().last().copied().unwrap_or(1).max(1);
    Arch::new().dispatch(Rows { values: values_mut(rows, layout)?, width, row });
    Ok(())
}

/// What makes a network more than one matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// With the error function: what BERT and its kin use.
    Gelu,
    /// Rectified linear.
    Relu,
}

/// Adds a bias to every row.
#[derive(Debug)]
pub(super) struct AddBias;

impl InplaceOp2 for AddBias {
    fn name(&self) -> &'static str {
        "add-bias"
    }

    fn cpu_fwd(
        &self,
        rows: &mut CpuStorage,
        layout: &Layout,
        bias: &CpuStorage,
        of_bias: &Layout,
    ) -> Result<()> {
        each(rows, layout, Added(values(bias, of_bias)?))
    }
}

struct Added<'a>(&'a [f32]);

impl Row for Added<'_> {
    #[inline(always)]
    fn apply(&self, row: &mut [f32], _: usize) {
        for (value, bias) in row.iter_mut().zip(self.0) {
            *value += bias;
        }
    }
}

/// Adds a bias to every row, then applies an activation.
#[derive(Debug)]
pub(super) struct Activate(pub(super) Activation);

impl InplaceOp2 for Activate {
    fn name(&self) -> &'static str {
        "activate"
    }

    fn cpu_fwd(
        &self,
        rows: &mut CpuStorage,
        layout: &Layout,
        bias: &CpuStorage,
        of_bias: &Layout,
    ) -> Result<()> {
        let bias = values(bias, of_bias)?;
        match self.0 {
            Activation::Gelu => each(rows, layout, Gelu(bias)),
            Activation::Relu => each(rows, layout, Relu(bias)),
        }
    }
}

struct Gelu<'a>(&'a [f32]);

impl Row for Gelu<'_> {
    #[inline(always)]
    fn apply(&self, row: &mut [f32], _: usize) {
        for (value, bias) in row.iter_mut().zip(self.0) {
            let x = *value + bias;
            *value = 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
        }
    }
}

struct Relu<'a>(&'a [f32]);

impl Row for Relu<'_> {
    #[inline(always)]
    fn apply(&self, row: &mut [f32], _: usize) {
        for (value, bias) in row.iter_mut().zip(self.0) {
            *value = (*value + bias).max(0.0);
        }
    }
}

/// The softmax of every row, whose values are scaled first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Softmax {
    /// Positive.
    pub(super) scale: f32,
}

impl InplaceOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, rows: &mut CpuStorage, layout: &Layout) -> Result<()> {
        each(rows, layout, *self)
    }
}

impl Row for Softmax {
    #[inline(always)]
    fn apply(&self, row: &mut [f32], _: usize) {
        let largest = largest(row);
        for value in row.iter_mut() {
            *value = exp((*value - largest) * self.scale);
        }
        let share = 1.0 / sum(row, |value| value);
        for value in row.iter_mut() {
            *value *= share;
        }
    }
}

/// Adds a bias and what went around the layer, then brings every row to mean 0 and variance 1, scales and shifts it.
#[derive(Debug)]
pub(super) struct AddAndNormalize<'a> {
    pub(super) bias: &'a [f32],
    pub(super) norm: &'a LayerNorm,
}

/// What is learned of a normalisation of rows.
#[derive(Debug)]
pub(super) struct LayerNorm {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
    /// Keeps a row without variance from being divided by zero.
    pub(super) epsilon: f32,
}

impl LayerNorm {
    #[inline(always)]
    pub(super) fn apply(&self, row: &mut [f32]) {
        let count = row.len() as f32;
        let mean = sum(row, |value| value) / count;
        let variance = sum(row, |value| (value - mean) * (value - mean)) / count;
        let scale = 1.0 / (variance + self.epsilon).sqrt();
        for ((value, by), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
            *value = (*value - mean) * scale * by + shift;
        }
    }
}

impl InplaceOp2 for AddAndNormalize<'_> {
    fn name(&self) -> &'static str {
        "add-and-normalize"
    }

    fn cpu_fwd(
        &self,
        rows: &mut CpuStorage,
        layout: &Layout,
        around: &CpuStorage,
        of_around: &Layout,
    ) -> Result<()> {
        let Self { bias, norm } = *self;
        each(rows, layout, AddedAndNormalized { bias, norm, around: values(around, of_around)? })
    }
}

struct AddedAndNormalized<'a> {
    bias: &'a [f32],
    norm: &'a LayerNorm,
    around: &'a [f32],
}

impl Row for AddedAndNormalized<'_> {
    #[inline(always)]
    fn apply(&self, row: &mut [f32], index: usize) {
        // A matrix of another form leaves nothing to add.
        let around = self.around.chunks_exact(row.len()).nth(index).unwrap_or_default();
        for ((value, around), bias) in row.iter_mut().zip(around).zip(self.bias) {
            *value += around + bias;
        }
        self.norm.apply(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz and Stegun 7.1.5, to double precision where |x| < 4.
    fn exact_erf(x: f64) -> f64 {
        let mut term = x;
        let mut sum = x;
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn approximations_are_as_near_as_they_say() {
        for step in -4000..=4000 {
            let x = step as f32 / 1000.0;
            let off = (f64::from(erf(x)) - exact_erf(f64::from(x))).abs();
            assert!(off < 4e-7, "erf({x}) is off by {off}");
            let x = -(step + 4000) as f32 / 100.0;
            let off = (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs();
            assert!(off < 2e-7, "exp({x}) is off by {off}");
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn sums_and_maxima_see_every_value() {
        for count in [0, 1, 15, 16, 17, 33] {
            let values: Vec<f32> = (1..=count).map(|value| value as f32).collect();
            assert_eq!(sum(&values, |value| value), (count * (count + 1) / 2) as f32);
            let expected = if count == 0 { f32::NEG_INFINITY } else { count as f32 };
            assert_eq!(largest(&values), expected);
        }
    }
}
