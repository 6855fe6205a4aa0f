//! What the context says, so laid out that every question to it takes little time.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::contrast::{self, Side};
use super::function_words::is_auxiliary;
use super::lexicon::{Class, Lexicon, StemId, Word, key, normal, stemmed};
use super::links;
use super::number::{Number, Unit};
use super::reading::{Reading, Token, read};
use crate::{Field, Sample};

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
type Set<K> = HashSet<K, foldhash::fast::RandomState>;

/// Every text that may support the output.
#[derive(Debug, Default)]
pub(super) struct Evidence<'a> {
    pub(super) texts: Vec<Support<'a>>,
    pub(super) passages: Vec<Passage>,
    /// By stem: whether the context has it.
    has: Vec<bool>,
    /// Words that stand beside each other.
    pairs: Set<u64>,
    /// Words that stand beside each other, or would but for the negation, only with a negation before or between them.
    denied: Set<u64>,
    numbers: Map<i128, Vec<(u32, u32)>>,
    /// By side of a contrast: a stem that stands on it.
    sides: Map<Side, StemId>,
    /// By stem, the passages that have it: `postings[offsets[stem]..offsets[stem + 1]]`.
    offsets: Vec<u32>,
    postings: Vec<u32>,
    /// By passage, its stems, sorted: `stems[bounds[passage]..bounds[passage + 1]]`.
    bounds: Vec<u32>,
    stems: Vec<StemId>,
    /// By passage, its negations.
    negations: Vec<usize>,
    /// By passage, what its numbers count, as a set of [`Unit::bit`].
    units: Vec<u8>,
    links: Set<String>,
}

/// A text that may support the output.
#[derive(Debug)]
pub(super) struct Support<'a> {
    pub(super) field: Field,
    pub(super) text: &'a str,
    pub(super) reading: Reading,
}

/// A sentence of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    pub(super) text: u32,
    pub(super) sentence: u32,
}

/// Places of a number that are looked at. One that stands more often supports anything.
pub(super) const MOST_PLACES: usize = 16;

impl<'a> Evidence<'a> {
    /// Reads what `sample` offers; with `input`, the question as well.
    pub(super) fn new(sample: &'a Sample, input: bool, lexicon: &mut Lexicon<'a>) -> Self {
        let context = (0u32..).zip(&sample.context).map(|(at, text)| (Field::Context(at), text.as_str()));
        let input = input.then_some((Field::Input, sample.input.as_str()));
        let texts = context
            .chain(input)
            .map(|(field, text)| Support { field, text, reading: read(text, lexicon) })
            .collect();
        let mut evidence = Self { texts, ..Self::default() };
        evidence.index_words(lexicon);
        evidence.index_passages(lexicon);
        evidence
    }

    fn index_words(&mut self, lexicon: &Lexicon<'a>) {
        self.has = vec![false; lexicon.stems()];
        self.pairs.reserve(self.texts.iter().map(|text| text.reading.tokens.len()).sum());
        for (index, support) in (0u32..).zip(&self.texts) {
            let tokens = &support.reading.tokens;
            let mut previous: Option<StemId> = None;
            for token in tokens {
                let word = lexicon.get(token.word);
                self.has[word.stem.index()] = true;
                if let Some(previous) = previous {
                    self.pairs.insert(previous.pair(word.stem));
                }
                for side in word.sides {
                    self.sides.entry(*side).or_insert(word.stem);
                }
                previous = Some(word.stem);
            }
            for sentence in &support.reading.sentences {
                self.denied.extend(denied(support, sentence.tokens.clone(), lexicon));
            }
            for (at, number) in &support.reading.numbers {
                for value in number.readings() {
                    let places = self.numbers.entry(key(value)).or_default();
                    if places.len() < MOST_PLACES {
                        places.push((index, u32::try_from(*at).unwrap_or(u32::MAX)));
                    }
                }
            }
            self.links.extend(links::links(support.text).map(|link| links::plain(&support.text[link])));
        }
        if self.denied.is_empty() {
            return;
        }
        for support in &self.texts {
            for sentence in &support.reading.sentences {
                for pair in affirmed(&support.reading.tokens[sentence.tokens.clone()], lexicon) {
                    self.denied.remove(&pair);
                }
            }
        }
    }

    fn index_passages(&mut self, lexicon: &Lexicon<'a>) {
        let mut counts = vec![0u32; lexicon.stems() + 1];
        self.bounds.push(0);
        let mut unique = Vec::new();
        for (text, support) in (0u32..).zip(&self.texts) {
            for (sentence, tokens) in (0u32..).zip(&support.reading.sentences) {
                self.passages.push(Passage { text, sentence });
                unique.clear();
                let numbers = &support.reading.numbers;
                let from = numbers.partition_point(|(token, _)| *token < tokens.tokens.start);
                let numbers = numbers[from..].iter().take_while(|(token, _)| *token < tokens.tokens.end);
                self.units.push(numbers.fold(0, |units, (_, number)| units | number.unit.bit()));
                let tokens = &support.reading.tokens[tokens.tokens.clone()];
                self.negations
                    .push(tokens.iter().filter(|token| lexicon.get(token.word).is_negation).count());
                let words = tokens.iter().map(|token| lexicon.get(token.word));
                unique.extend(words.filter(|word| is_said(word)).map(|word| word.stem));
                unique.sort_unstable();
                unique.dedup();
                for stem in &unique {
                    counts[stem.index() + 1] += 1;
                }
                self.stems.extend_from_slice(&unique);
                self.bounds.push(u32::try_from(self.stems.len()).unwrap_or(u32::MAX));
            }
        }
        for at in 1..counts.len() {
            counts[at] += counts[at - 1];
        }
        self.postings = vec![0; self.stems.len()];
        let mut next = counts.clone();
        for (passage, bounds) in (0u32..).zip(self.bounds.windows(2)) {
            for stem in &self.stems[bounds[0] as usize..bounds[1] as usize] {
                self.postings[next[stem.index()] as usize] = passage;
                next[stem.index()] += 1;
            }
        }
        self.offsets = counts;
    }

    pub(super) fn has(&self, stem: StemId) -> bool {
        self.has.get(stem.index()).copied().unwrap_or(false)
    }

    pub(super) fn has_pair(&self, pair: u64) -> bool {
        self.pairs.contains(&pair)
    }

    /// Whether the context has these two neighbours only with a negation.
    pub(super) fn only_denies(&self, pair: u64) -> bool {
        self.denied.contains(&pair)
    }

    pub(super) fn has_link(&self, link: &str) -> bool {
        self.links.contains(link)
    }

    /// A stem of the context that stands on this side.
    pub(super) fn on_side(&self, side: Side) -> Option<StemId> {
        self.sides.get(&side).copied()
    }

    /// A stem of the context that stands on another side of the same contrast, and not on this one as well.
    pub(super) fn on_other_side(&self, side: Side) -> Option<StemId> {
        let others = (0..contrast::sides_of(side.contrast)).filter(|other| *other != side.side);
        others.filter_map(|other| self.on_side(Side { side: other, ..side })).next()
    }

    /// Passages that have the stem as a word that says something.
    pub(super) fn passages_with(&self, stem: StemId) -> &[u32] {
        let at = stem.index();
        match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(start), Some(end)) => &self.postings[*start as usize..*end as usize],
            _ => &[],
        }
    }

    pub(super) fn passage_has(&self, passage: u32, stem: StemId) -> bool {
        let at = passage as usize;
        let stems = &self.stems[self.bounds[at] as usize..self.bounds[at + 1] as usize];
        stems.binary_search(&stem).is_ok()
    }

    /// Whether the passage has a number of this sort.
    pub(super) fn counts(&self, passage: u32, unit: Unit) -> bool {
        self.units[passage as usize] & unit.bit() != 0
    }

    /// How many negations the passage has.
    pub(super) fn negations(&self, passage: u32) -> usize {
        self.negations[passage as usize]
    }

    /// How much the word says in this context: ln(1 + passages / passages that have it).
    #[expect(clippy::cast_precision_loss, reason = "counts of passages stay far below 2^52")]
    pub(super) fn weight(&self, stem: StemId) -> f64 {
        let all = self.passages.len() as f64;
        (1.0 + all / self.passages_with(stem).len().max(1) as f64).ln()
    }

    pub(super) fn tokens(&self, passage: u32) -> &[Token] {
        let (support, range) = self.sentence(passage);
        &support.reading.tokens[range]
    }

    fn sentence(&self, passage: u32) -> (&Support<'a>, Range<usize>) {
        let Passage { text, sentence } = self.passages[passage as usize];
        let support = &self.texts[text as usize];
        (support, support.reading.sentences[sentence as usize].tokens.clone())
    }

    /// The whole text that a passage is part of.
    pub(super) fn text(&self, passage: u32) -> &'a str {
        self.texts[self.passages[passage as usize].text as usize].text
    }

    /// The text of a passage, and where it comes from.
    pub(super) fn quote(&self, passage: u32) -> (Field, &'a str) {
        let (support, range) = self.sentence(passage);
        let tokens = &support.reading.tokens[range];
        let start = tokens.first().map_or(0, |token| token.start);
        let end = tokens.iter().map(|token| token.end).max().unwrap_or(start);
        (support.field, &support.text[start..end])
    }

    /// Where numbers with one of the values of `number` stand: index of the text, index of the token. `None` if there is
    /// no such number that can bear it out.
    pub(super) fn places(&self, number: &Number) -> Option<Vec<(u32, u32)>> {
        let mut places = Vec::new();
        for place in number.readings().filter_map(|value| self.numbers.get(&key(value))).flatten() {
            let numbers = &self.texts[place.0 as usize].reading.numbers;
            let found = numbers.binary_search_by_key(&(place.1 as usize), |(token, _)| *token).ok();
            if found.is_some_and(|at| number.is_borne_out_by(&numbers[at].1)) {
                places.push(*place);
            }
        }
        (!places.is_empty()).then_some(places)
    }
}

/// Whether the word says something, so that a passage with it is about it.
pub(super) fn is_said(word: &Word) -> bool {
    word.class != Class::Function
}

/// The neighbours in a sentence that a negation stands before or between.
fn denied(support: &Support<'_>, sentence: Range<usize>, lexicon: &Lexicon<'_>) -> Vec<u64> {
    let tokens = &support.reading.tokens[sentence];
    let stem = |at: usize| lexicon.get(tokens[at].word).stem;
    let raw = |at: usize| normal(&support.text[tokens[at].start..tokens[at].end]);
    let mut denied = Vec::new();
    for at in (0..tokens.len()).filter(|at| lexicon.get(tokens[*at].word).is_negation) {
        if at + 2 < tokens.len() {
            denied.push(stem(at + 1).pair(stem(at + 2)));
        }
        if at == 0 || at + 1 >= tokens.len() {
            continue;
        }
        denied.push(stem(at - 1).pair(stem(at + 1)));
        // "Solo does not include" denies "Solo includes", and "it isn't free" denies "is free".
        if at >= 2 && is_auxiliary(&raw(at - 1)) {
            denied.push(stem(at - 2).pair(stem(at + 1)));
        }
        let verb = raw(at).strip_suffix("n't").map(stemmed);
        denied.extend(verb.and_then(|verb| lexicon.stem(&verb)).map(|verb| verb.pair(stem(at + 1))));
    }
    denied
}

/// The neighbours in a sentence that no negation stands before.
fn affirmed(tokens: &[Token], lexicon: &Lexicon<'_>) -> impl Iterator<Item = u64> {
    let word = move |at: usize| lexicon.get(tokens[at].word);
    let pairs = (1..tokens.len()).filter(move |at| *at < 2 || !word(at - 2).is_negation);
    pairs.map(move |at| word(at - 1).stem.pair(word(at).stem))
}
