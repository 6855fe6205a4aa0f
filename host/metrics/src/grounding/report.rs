//! Says what was found, so that a reader sees why without knowing how.

use super::evidence::Evidence;
use super::hit::{Hit, Rule};
use super::lexicon::Lexicon;
use crate::{Field, Finding, Span};

/// Characters of a passage that a message quotes.
const LONGEST_QUOTE: usize = 200;
/// Characters of the output that a message quotes.
const LONGEST_CLAIM: usize = 80;

/// The finding that shows a hit in `output`.
pub(super) fn finding(hit: &Hit, output: &str, evidence: &Evidence<'_>, lexicon: &Lexicon<'_>) -> Finding {
    let claim = quote(&output[hit.span.clone()], LONGEST_CLAIM);
    let instead = || {
        hit.instead
            .and_then(|stem| word(stem, hit.passage?, evidence, lexicon))
            .map(|word| quote(word, LONGEST_CLAIM))
    };
    let mut message = match hit.rule {
        Rule::Link => format!("the link {claim} is not in the context"),
        Rule::Quote => format!("the quotation {claim} does not stand in the context"),
        Rule::Number => format!("the number {claim} is not in the context"),
        Rule::NumberElsewhere => format!("the number {claim} is in the context, but not near these words"),
        Rule::Name => format!("the name {claim} is not in the context"),
        Rule::Opposite => match instead() {
            Some(other) => format!("{claim} is not in the context, but its opposite is, {other}"),
            None => format!("{claim} is not in the context, but its opposite is"),
        },
        Rule::NegationAdded => format!("the negation {claim} is not in the nearest passage"),
        Rule::NegationDropped => format!("the context has {claim} only with a negation"),
        Rule::Phrase => format!("the words {claim} are not in the context"),
        Rule::Sentence => "the context says next to nothing of this sentence".to_owned(),
    };
    match hit.passage {
        Some(passage) => {
            let (field, text) = evidence.quote(passage);
            let place = match field {
                Field::Context(index) => format!("context {index}"),
                _ => "the input".to_owned(),
            };
            message.push_str(&format!("; nearest, in {place}: {}", quote(text, LONGEST_QUOTE)));
        }
        None => message.push_str("; no passage is near"),
    }
    let location = u32::try_from(hit.span.start).ok().zip(u32::try_from(hit.span.end).ok());
    let location = location.map(|(start, end)| Span { field: Field::Output, start, end });
    Finding { rule: hit.rule.name().to_owned(), message, location }
}

/// The word of the passage with this stem, as it is written there.
fn word<'a>(
    stem: super::lexicon::StemId,
    passage: u32,
    evidence: &Evidence<'a>,
    lexicon: &Lexicon<'a>,
) -> Option<&'a str> {
    let token = evidence.tokens(passage).iter().find(|token| lexicon.get(token.word).stem == stem)?;
    evidence.text(passage).get(token.start..token.end)
}

/// A text in quotation marks, on one line, cut behind a word.
fn quote(text: &str, longest: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = line.char_indices().nth(longest) else { return format!("{line:?}") };
    let cut = &line[..end];
    let cut = cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole);
    format!("{cut:?}…")
}

/// One sentence on all that was found.
pub(super) fn summary(counts: &[(Rule, usize)], words: f64) -> String {
    let total = counts.iter().map(|(_, count)| count).sum::<usize>();
    let things = match total {
        0 => "nothing is".to_owned(),
        1 => "1 thing is".to_owned(),
        _ => format!("{total} things are"),
    };
    format!("{things} unsupported; the context has {:.0} % of the words", (words * 100.0).floor())
}
