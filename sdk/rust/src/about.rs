//! What a plugin says of itself.

/// What a plugin says of itself. Name and version come from the plugin's `Cargo.toml`, the schema of the settings from
/// [`Plugin::Settings`](crate::Plugin::Settings).
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    pub(crate) summary: String,
    pub(crate) kind: Kind,
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) higher_is_better: bool,
    pub(crate) needs: Vec<Need>,
}

impl About {
    /// A rule that holds or does not. Its score carries a verdict; its values lie in 0 to 1 unless [`About::range`]
    /// says otherwise.
    ///
    /// `summary` is one sentence that says what holds where the check passes, such as "Names no competitor.".
    pub fn constraint(summary: impl Into<String>) -> Self {
        Self { range: Some((0.0, 1.0)), ..Self::new(summary.into(), Kind::Constraint) }
    }

    /// A measure, whose threshold the suite sets. Its values have no bounds unless [`About::range`] gives some.
    ///
    /// `summary` is one sentence that says what is measured, such as "Share of sentences that cite a passage.".
    pub fn metric(summary: impl Into<String>) -> Self {
        Self::new(summary.into(), Kind::Metric)
    }

    fn new(summary: String, kind: Kind) -> Self {
        Self { summary, kind, range: None, higher_is_better: true, needs: Vec::new() }
    }

    /// The lowest and the highest value that a score can have. The host refuses scores outside.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Says that 0 beats 1, as for an error rate.
    #[must_use]
    pub fn lower_is_better(mut self) -> Self {
        self.higher_is_better = false;
        self
    }

    /// Names a part of the sample that the plugin cannot do without. A sample that lacks it is reported as such, and
    /// never reaches [`Plugin::evaluate`](crate::Plugin::evaluate).
    #[must_use]
    pub fn needs(mut self, need: Need) -> Self {
        if !self.needs.contains(&need) {
            self.needs.push(need);
        }
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Metric,
    Constraint,
}

/// A part of a sample that a plugin cannot do without. The output is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The input.
    Input,
    /// The reference answer.
    Expected,
    /// At least one passage.
    Context,
    /// At least one message.
    Conversation,
}
