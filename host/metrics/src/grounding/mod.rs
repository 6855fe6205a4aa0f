//! Finds what the context does not bear out, without a model.
//!
//! The metric reads the context once, into words by number (`lexicon`, `reading`, `number`), and lays them out so that
//! every later question is a look-up (`evidence`). Then it takes the output sentence by sentence. Each is laid on the
//! passage that shares most with it (`alignment`), and the rules look at it in turn, the sure ones first: links, quotes,
//! numbers (`quantities`), names, opposites, negations. What one rule has marked, the next leaves alone. Words in a row
//! that the context does not have come last (`phrases`).
//!
//! The value is
//!
//! > (words + pairs + coverage) / 3 × ½^(facts + phrases / 2)
//!
//! where *words* is the share of the output's words that stand in the context, *pairs* the share of its neighbouring
//! words that are neighbours there, and *coverage* the mean over sentences of the share of each that stands in its
//! nearest passage, words weighted by ln(1 + passages / passages with the word). *Facts* counts different hits of the
//! sure rules, *phrases* those of the last. None of it was fitted: the mean weighs its parts alike, and a fact halves.
//!
//! It compares words, not meanings, so it says "unsupported" and never more: another word for the same thing is as
//! unsupported as an invention. Everything takes time in proportion to the texts' lengths: a word votes for a bounded
//! number of passages, and a number is looked for at a bounded number of places.

mod alignment;
mod claim;
mod contrast;
mod evidence;
mod function_words;
mod hit;
mod lexicon;
mod links;
mod names;
mod negations;
mod number;
mod opposites;
mod phrases;
mod pieces;
mod quantities;
mod quotes;
mod reading;
mod report;
mod support;

use std::collections::HashSet;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::alignment::Aligner;
use self::claim::{Ground, Output};
use self::evidence::{Evidence, is_said};
use self::hit::{Hit, Rule};
use self::lexicon::{Lexicon, StemId, WordId};
use self::names::Names;
use self::reading::{Sentence, covered, read};
use self::support::Support;
use crate::settings::BadSetting;
use crate::text::{About, TextMetric};
use crate::{Cancel, Fault, FaultKind, Kind, Need, Sample, Score, Verdict, Work};

/// Settings of grounding.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GroundingSettings {
    /// Whether what the user wrote supports the output as the context does; false by default, because an answer that
    /// repeats a wrong assumption of the question is unsupported.
    count_input: bool,
    /// Phrases that need no support, such as a greeting or the company's name. Case and punctuation do not count.
    allow: Vec<String>,
}

/// Findings that a score keeps; a person reads no more.
pub(crate) const MAX_FINDINGS: usize = 100;
/// Phrases that may be allowed.
const MAX_ALLOWED: usize = 100;
/// Different hits that are counted; the value is 0 long before.
const MAX_COUNTED: usize = 10_000;
/// Sentences between two looks at whether the run was stopped.
const SENTENCES_AT_A_TIME: usize = 1000;

/// Grounding.
#[derive(Debug, Default)]
pub(crate) struct Grounding(GroundingSettings);

impl TextMetric for Grounding {
    const ABOUT: About = About {
        name: "grounding",
        version: "1.0.0",
        summary: "How much of the output the context bears out, and what it does not: numbers, names, negations, words.",
        kind: Kind::Metric,
        range: Some((0.0, 1.0)),
        higher_is_better: true,
        needs: &[Need::Context],
        work: Work::Compute,
    };
    type Settings = GroundingSettings;

    fn new(settings: GroundingSettings) -> Result<Self, BadSetting> {
        if settings.allow.len() > MAX_ALLOWED {
            let reason = format!("there are {} phrases, more than {MAX_ALLOWED}", settings.allow.len());
            return Err(BadSetting::new("allow", reason));
        }
        let is_empty = |phrase: &String| pieces::pieces(phrase).is_empty();
        if let Some(at) = settings.allow.iter().position(is_empty) {
            return Err(BadSetting::new("allow", format!("phrase {} has no word", at + 1)));
        }
        Ok(Self(settings))
    }

    fn score(&self, sample: &Sample, cancel: &Cancel) -> Result<Score, Fault> {
        if sample.context.is_empty() {
            return Err(Fault::new(
                FaultKind::InvalidSample,
                "the sample has no `context`, which `grounding` compares the output with: give it one",
            ));
        }
        let mut lexicon = Lexicon::default();
        let evidence = Evidence::new(sample, self.0.count_input, &mut lexicon);
        stop(cancel)?;
        let reading = read(&sample.output, &mut lexicon);
        let phrases = self.0.allow.iter().map(|phrase| words(phrase, &mut lexicon)).collect::<Vec<_>>();
        let done = covered(&reading, &phrases);
        let output = Output { text: &sample.output, reading, done };
        let checked = Check::new(output, &evidence, &lexicon).run(cancel)?;
        Ok(checked.score(&sample.output, &evidence, &lexicon))
    }
}

fn words<'a>(text: &'a str, lexicon: &mut Lexicon<'a>) -> Vec<WordId> {
    read(text, lexicon).tokens.iter().map(|token| token.word).collect()
}

fn stop(cancel: &Cancel) -> Result<(), Fault> {
    if cancel.is_cancelled() {
        return Err(Fault::new(FaultKind::Cancelled, "the run was stopped while this sample was scored"));
    }
    Ok(())
}

/// An output under check.
#[derive(Debug)]
struct Check<'s, 'a> {
    output: Output<'a>,
    evidence: &'s Evidence<'a>,
    lexicon: &'s Lexicon<'a>,
    found: Checked,
}

/// What came of it.
#[derive(Debug, Default)]
struct Checked {
    hits: Vec<Hit>,
    /// Different hits: what an output repeats is found once.
    different: HashSet<(Rule, String), foldhash::fast::RandomState>,
    total: Support,
    /// The mean support of the sentence that has least.
    weakest: Option<f64>,
}

impl<'s, 'a> Check<'s, 'a> {
    fn new(output: Output<'a>, evidence: &'s Evidence<'a>, lexicon: &'s Lexicon<'a>) -> Self {
        Self { output, evidence, lexicon, found: Checked::default() }
    }

    fn run(mut self, cancel: &Cancel) -> Result<Checked, Fault> {
        let (lexicon, evidence) = (self.lexicon, self.evidence);
        let names = Names::new(evidence, !self.is_german());
        let mut aligner = Aligner::new(evidence);
        let sentences = std::mem::take(&mut self.output.reading.sentences);
        let quotes = quotes::unsupported(&self.output, evidence, lexicon);
        let links = self.links();
        let (mut quotes, mut links) = (quotes.into_iter().peekable(), links.into_iter().peekable());
        for (at, sentence) in sentences.iter().enumerate() {
            if at % SENTENCES_AT_A_TIME == 0 {
                stop(cancel)?;
            }
            let stems = self.said(sentence);
            let alignment = aligner.align(&stems);
            let ground = Ground { lexicon, evidence, aligner: &aligner, alignment };
            let tokens = &sentence.tokens;
            let support = Support::of(&ground.claim(&self.output, tokens));
            self.found.count(&support);
            let mut marked = Vec::new();
            for (rule, found) in [(Rule::Link, &mut links), (Rule::Quote, &mut quotes)] {
                while let Some(part) = found.next_if(|part| part.start < tokens.end) {
                    let span = ground.claim(&self.output, tokens).span(part.clone());
                    marked.push((part, Hit { rule, span, passage: alignment.nearest, instead: None }));
                }
            }
            self.mark(marked);
            let one = |(at, hit): (usize, Hit)| (at..at + 1, hit);
            let hits = quantities::hits(&ground.claim(&self.output, tokens)).into_iter().map(one).collect();
            self.mark(hits);
            let hits = names.hits(&ground.claim(&self.output, tokens));
            self.mark(hits);
            let hits = opposites::hits(&ground.claim(&self.output, tokens)).into_iter().map(one).collect();
            self.mark(hits);
            let hits = negations::hits(&ground.claim(&self.output, tokens));
            self.mark(hits);
            let hits = phrases::hits(&ground.claim(&self.output, tokens));
            self.mark(hits.into_iter().map(|hit| (0..0, hit)).collect());
        }
        Ok(self.found)
    }

    /// Keeps hits and closes their tokens for the rules that follow.
    fn mark(&mut self, hits: Vec<(Range<usize>, Hit)>) {
        for (tokens, hit) in hits {
            if self.output.done[tokens.clone()].iter().any(|done| *done) {
                continue;
            }
            self.output.done[tokens].fill(true);
            if self.found.different.len() < MAX_COUNTED {
                let text = self.output.text[hit.span.clone()].to_lowercase();
                self.found.different.insert((hit.rule, text));
            }
            if self.found.hits.len() < MAX_FINDINGS {
                self.found.hits.push(hit);
            }
        }
    }

    /// The different words of a sentence that say something.
    fn said(&self, sentence: &Sentence) -> Vec<StemId> {
        let open = sentence.tokens.clone().filter(|at| !self.output.done[*at]);
        let words = open.map(|at| (at, self.lexicon.get(self.output.reading.tokens[at].word)));
        let said = words.filter(|(at, word)| is_said(word) && !(*at == 0 && word.is_reply));
        let mut stems = said.map(|(_, word)| word.stem).collect::<Vec<_>>();
        stems.sort_unstable();
        stems.dedup();
        stems
    }

    /// The tokens of the links that the context does not have. Those of the others need no further support.
    fn links(&mut self) -> Vec<Range<usize>> {
        let tokens = &self.output.reading.tokens;
        let mut unsupported = Vec::new();
        let mut supported = Vec::new();
        for link in links::links(self.output.text) {
            let first = tokens.partition_point(|token| token.end <= link.start);
            let range = first..tokens.partition_point(|token| token.start < link.end);
            if self.evidence.has_link(&links::plain(&self.output.text[link])) {
                supported.push(range);
            } else if !range.is_empty() {
                unsupported.push(range);
            }
        }
        for range in supported {
            self.output.done[range].fill(true);
        }
        unsupported
    }

    /// Whether one word in eight is one that only German has.
    fn is_german(&self) -> bool {
        let tokens = &self.output.reading.tokens;
        let german = tokens.iter().filter(|token| self.lexicon.get(token.word).is_german).count();
        german * 8 > tokens.len()
    }
}

impl Checked {
    fn count(&mut self, sentence: &Support) {
        self.total.add(sentence);
        if sentence.says_something() {
            let mean = sentence.mean();
            self.weakest = Some(self.weakest.map_or(mean, |weakest| weakest.min(mean)));
        }
    }

    /// `(words + pairs + coverage) / 3 × ½^(facts + phrases / 2)`, with findings in the order of the output.
    fn score(mut self, output: &str, evidence: &Evidence<'_>, lexicon: &Lexicon<'_>) -> Score {
        let counts =
            Rule::ALL.map(|rule| (rule, self.different.iter().filter(|(other, _)| *other == rule).count()));
        #[expect(clippy::cast_precision_loss, reason = "counts of findings stay far below 2^52")]
        let weighted = |(rule, count): &(Rule, usize)| (*count as f64, rule.weight());
        let hits = counts.iter().map(weighted).map(|(count, weight)| count * weight).sum::<f64>();
        let mean = self.total.mean();
        let value = mean * 0.5f64.powf(hits);
        let mut measures = vec![
            ("words-supported".to_owned(), self.total.words()),
            ("pairs-supported".to_owned(), self.total.pairs()),
            ("passage-coverage".to_owned(), self.total.coverage()),
            ("weakest-sentence".to_owned(), self.weakest.unwrap_or(mean)),
        ];
        measures.extend(counts.iter().map(|count| (count.0.measure().to_owned(), weighted(count).0)));
        self.hits.sort_by_key(|hit| (hit.span.start, hit.span.end));
        let findings = self.hits.iter().map(|hit| report::finding(hit, output, evidence, lexicon)).collect();
        let summary = if self.total.checked() == 0 {
            "the output has no words to check".to_owned()
        } else {
            report::summary(&counts, self.total.words())
        };
        Score { value, verdict: Verdict::Unjudged, summary, findings, measures }
    }
}

#[cfg(test)]
mod tests;
