//! Mistakes that only loading a plugin or making a metric brings to light, shown at their place in the suite.

use crate::suite::model::{MetricPlaces, Suite};
use crate::yaml::{Elsewhere, FileError, Mistake};

/// What is wrong with a metric of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which part of the metric.
    pub place: Place,
    /// What is wrong, and what to write instead unless `help` says it.
    pub message: String,
    /// The line of a policy that it contradicts.
    pub(crate) elsewhere: Option<Elsewhere>,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

/// A part of a metric in a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `plugin` or `builtin`.
    Source,
    /// `settings`.
    Settings,
    /// `grants`, else the metric's name.
    Grants,
}

/// The error that shows each problem at its metric, which is named by its position in [`Suite::metrics`].
pub fn problems_at_metrics(suite: &Suite, problems: impl IntoIterator<Item = (usize, Problem)>) -> FileError {
    let mistake = |(index, problem): (usize, Problem)| {
        let Some(places) = suite.places.metrics.get(index) else {
            return Mistake {
                span: None,
                message: problem.message,
                elsewhere: problem.elsewhere,
                help: problem.help,
            };
        };
        let span = match problem.place {
            Place::Source => places.source.clone(),
            Place::Settings => in_settings(places, &problem.message),
            Place::Grants => places.grants.at.clone().unwrap_or_else(|| places.name.clone()),
        };
        let name = &suite.metrics[index].name;
        let mistake = Mistake::at(span, format!("{name}: {}", problem.message));
        Mistake { elsewhere: problem.elsewhere, help: problem.help, ..mistake }
    };
    FileError::of(suite.source.clone(), problems.into_iter().map(mistake).collect())
}

/// The place of the first setting that the message names in backticks, else of the settings, else of the metric.
fn in_settings(places: &MetricPlaces, message: &str) -> std::ops::Range<usize> {
    let named = message.split('`').skip(1).step_by(2);
    let words = named.flat_map(|path| path.rsplit('.')).map(|part| part.split('[').next().unwrap_or(part));
    let settings = places.settings_node.as_ref();
    words
        .filter_map(|word| settings?.find_key(word))
        .next()
        .or_else(|| places.settings.clone())
        .unwrap_or_else(|| places.name.clone())
}
