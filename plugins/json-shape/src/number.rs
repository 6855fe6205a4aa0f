//! Numbers as they are written. Binary fractions would find that 0.3 is no multiple of 0.1.

use std::cmp::Ordering;

/// A JSON number: `mantissa * 10^exponent` where the digits fit, else the nearest binary fraction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    /// The mantissa does not end in zero, unless it is zero; the exponent of zero is zero.
    Exact {
        mantissa: i128,
        exponent: i32,
    },
    Approximate(f64),
}

impl Number {
    /// Reads text in JSON's grammar of numbers.
    pub(crate) fn parse(text: &str) -> Self {
        Self::exact(text).unwrap_or_else(|| Self::Approximate(text.parse().unwrap_or(f64::MAX)))
    }

    fn exact(text: &str) -> Option<Self> {
        let (decimal, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
        let mut mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
        if mantissa == 0 {
            return Some(Self::Exact { mantissa: 0, exponent: 0 });
        }
        let mut exponent: i32 = exponent.parse().ok()?;
        exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent = exponent.checked_add(1)?;
        }
        Some(Self::Exact { mantissa, exponent })
    }

    pub(crate) fn is_integer(self) -> bool {
        match self {
            Self::Exact { exponent, .. } => exponent >= 0,
            Self::Approximate(value) => value.fract() == 0.0,
        }
    }

    pub(crate) fn is_positive(self) -> bool {
        self.compare(Self::Exact { mantissa: 0, exponent: 0 }) == Ordering::Greater
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        if let (
            Self::Exact { mantissa: left, exponent: from },
            Self::Exact { mantissa: right, exponent: to },
        ) = (self, other)
        {
            let lowest = from.min(to);
            if let (Some(left), Some(right)) = (scale(left, from, lowest), scale(right, to, lowest)) {
                return left.cmp(&right);
            }
            // The digits do not fit side by side, so the numbers are orders of magnitude apart or enormous.
            if left.signum() != right.signum() || left == 0 {
                return left.signum().cmp(&right.signum());
            }
            let magnitude = |mantissa: i128, exponent: i32| {
                i64::from(exponent) + i64::from(mantissa.unsigned_abs().ilog10())
            };
            match magnitude(left, from).cmp(&magnitude(right, to)) {
                Ordering::Equal => {}
                order if left < 0 => return order.reverse(),
                order => return order,
            }
        }
        self.to_f64().total_cmp(&other.to_f64())
    }

    pub(crate) fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact { mantissa, exponent }, Self::Exact { mantissa: other, exponent: others }) => {
                mantissa == other && exponent == others
            }
            _ => self.compare(other) == Ordering::Equal,
        }
    }

    pub(crate) fn is_multiple_of(self, divisor: Self) -> bool {
        if let (Self::Exact { mantissa, exponent }, Self::Exact { mantissa: by, exponent: unit }) =
            (self, divisor)
        {
            if mantissa == 0 {
                return true;
            }
            if by == 0 {
                return false;
            }
            if exponent < unit {
                // A divisor that outgrows the digits is larger than the number.
                return scale(by, unit, exponent).is_some_and(|by| mantissa % by == 0);
            }
            // Multiply by ten and take the remainder, as often as it still can change.
            let mut rest = mantissa % by;
            let mut steps = i64::from(exponent) - i64::from(unit);
            while rest != 0 && steps > 0 && steps < 100_000 {
                let Some(product) = rest.checked_mul(10) else { break };
                rest = product % by;
                steps -= 1;
            }
            if rest == 0 || steps == 0 {
                return rest == 0;
            }
        }
        let quotient = self.to_f64() / divisor.to_f64();
        quotient.is_finite() && quotient.fract() == 0.0
    }

    fn to_f64(self) -> f64 {
        match self {
            Self::Exact { mantissa, exponent } => {
                format!("{mantissa}e{exponent}").parse().unwrap_or(f64::MAX)
            }
            Self::Approximate(value) => value,
        }
    }
}

/// The mantissa that says the same with a lower exponent.
fn scale(mantissa: i128, from: i32, to: i32) -> Option<i128> {
    let power = u32::try_from(i64::from(from) - i64::from(to)).ok()?;
    mantissa.checked_mul(10_i128.checked_pow(power)?)
}
