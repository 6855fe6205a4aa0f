//! What a judge is shown of a sample.

use crate::prompt::Material;
use crate::{Fault, FaultKind, Sample};

/// What the sample says beside its answer, in the order of a question.
pub(super) fn around<'a>(sample: &'a Sample, context: &'a str, show_expected: bool) -> Vec<Material<'a>> {
    let mut materials = Vec::new();
    if !context.is_empty() {
        materials.push(Material { label: "context", text: context });
    }
    if !sample.input.is_empty() {
        materials.push(Material { label: "question", text: &sample.input });
    }
    if let (true, Some(expected)) = (show_expected, &sample.expected) {
        materials.push(Material { label: "reference", text: expected });
    }
    materials
}

/// Refuses a question that is too long to be read, rather than to cut what is judged.
pub(super) fn check_length(materials: &[Material<'_>], most: usize) -> Result<(), Fault> {
    let length = materials.iter().map(|material| material.text.len()).sum::<usize>();
    if length <= most {
        return Ok(());
    }
    let longest = materials.iter().max_by_key(|material| material.text.len());
    let longest = longest.map_or(String::new(), |material| {
        format!(", {} of them the {}", material.text.len(), material.label)
    });
    Err(Fault::new(
        FaultKind::Refused,
        format!(
            "the judge would be shown {length} bytes{longest}, more than `max_bytes: {most}`: raise it if the model reads \
             that much, shorten the sample, or set `show_context: false`"
        ),
    ))
}
