//! Words that exclude each other: where the context says "increase", an answer's "decrease" is another claim.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::lexicon::stemmed;

/// A side of a contrast: words that mean about the same, and exclude those of the contrast's other sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Side {
    pub(super) contrast: u16,
    pub(super) side: u16,
}

/// The sides that a stem stands on.
pub(super) fn sides(stem: &str) -> &'static [Side] {
    static SIDES: LazyLock<HashMap<String, Vec<Side>>> = LazyLock::new(|| {
        let mut sides: HashMap<String, Vec<Side>> = HashMap::new();
        for (contrast, line) in (0u16..).zip(CONTRASTS) {
            for (side, words) in (0u16..).zip(line.split('|')) {
                for word in words.split_whitespace() {
                    let of_word = sides.entry(stemmed(word)).or_default();
                    let side = Side { contrast, side };
                    if !of_word.contains(&side) {
                        of_word.push(side);
                    }
                }
            }
        }
        sides
    });
    SIDES.get(stem).map_or(&[], Vec::as_slice)
}

/// How many sides a contrast has.
pub(super) fn sides_of(contrast: u16) -> u16 {
    static SIDES: LazyLock<Vec<u16>> = LazyLock::new(|| {
        CONTRASTS
            .iter()
            .map(|line| (1u16..).zip(line.split('|')).last().map_or(0, |(sides, _)| sides))
            .collect()
    });
    SIDES.get(usize::from(contrast)).copied().unwrap_or(0)
}

/// Stems of what a word is the negation of, by its first letters, or of what would be its negation: "incorrect" and
/// "correct". The word is in its normal form.
pub(super) fn negated_forms(word: &str) -> impl Iterator<Item = String> {
    // Prefixes, and the letters that a word has to have behind them; shorter ones only look negated: "intern", "mission".
    const PREFIXES: [(&str, usize); 8] =
        [("un", 4), ("non", 4), ("dis", 5), ("mis", 5), ("in", 6), ("im", 6), ("ir", 6), ("il", 6)];
    // So do these.
    const LOOKS: [&str; 13] = [
        "discover",
        "discount",
        "disclos",
        "discharg",
        "distribut",
        "dispatch",
        "dispos",
        "dispens",
        "dismiss",
        "disorder",
        "incorporat",
        "increas",
        "inspir",
    ];
    let is_one = |word: &str| !LOOKS.iter().any(|look| word.starts_with(look));
    let (is_ascii, length) = (word.is_ascii(), word.len());
    PREFIXES.iter().filter(move |_| is_ascii).flat_map(move |&(prefix, shortest)| {
        let positive = word.strip_prefix(prefix).filter(|rest| rest.len() >= shortest && is_one(word));
        let negative =
            (length >= shortest).then(|| format!("{prefix}{word}")).filter(|negative| is_one(negative));
        positive.map(stemmed).into_iter().chain(negative.as_deref().map(stemmed))
    })
}

/// One contrast a line, its sides apart by bars. A word may stand in several.
const CONTRASTS: &[&str] = &[
    "increase rise rose risen grow grew grown up higher raise gain more growth upward boost climb jump surge uptick \
     expand expansion enhance strengthen accelerate upturn greater | decrease fall fell fallen decline down lower reduce \
     reduction cut less drop downward shrink shrank plunge slump contract weaken slow downturn fewer loss diminish",
    "above over exceed | below under",
    "most maximum | least minimum",
    "include | exclude",
    "with | without",
    "before prior earlier | after following later",
    "begin start open launch | end finish stop close cease",
    "early | late",
    "accept approve agree confirm support endorse | reject refuse disagree deny decline oppose",
    "allow permit | forbid prohibit ban",
    "profit gain earn earnings income | loss lose lost",
    "win won winner victory | lose lost loser defeat",
    "success succeed | failure fail unsuccessful",
    "positive | negative",
    "strong strength | weak weakness",
    "improve improvement better best | worsen worse worst deteriorate",
    "buy bought purchase | sell sold sale",
    "lend | borrow",
    "love enjoy fond | hate dislike detest",
    "happy glad pleased | sad unhappy upset",
    "good great | bad poor terrible",
    "easy simple | difficult hard complex",
    "cheap inexpensive | expensive costly",
    "fast quick rapid | slow",
    "old | young new",
    "large big huge | small little tiny",
    "long | short",
    "wide broad | narrow",
    "deep | shallow",
    "hot warm | cold cool",
    "wet | dry",
    "rich wealthy | poor",
    "full | empty",
    "alive living survive | dead died killed death",
    "male man men boy | female woman women girl",
    "father dad | mother mum mom",
    "brother | sister",
    "son | daughter",
    "husband | wife",
    "king | queen",
    "friend ally | enemy rival",
    "attack | defend defence defense",
    "advantage benefit | disadvantage drawback",
    "true | false",
    "legal | illegal",
    "valid | invalid",
    "able | unable",
    "public | private",
    "internal inside indoor inner | external outside outdoor outer",
    "front | back rear",
    "north northern | south southern | east eastern | west western",
    "left | right",
    "top | bottom",
    "same | different",
    "always | never | sometimes | rarely seldom",
    "all every everyone everybody everything | none nobody nothing",
    "many | few",
    "current present | former previous past",
    "next future upcoming | previous last past",
    "remain stay | leave left depart",
    "arrive | depart leave",
    "import | export",
    "hire | fire",
    "praise | criticise criticize criticism",
    "remember | forget forgot",
    "appear | disappear",
    "connect | disconnect",
    "enable | disable",
    "optional voluntary | mandatory required compulsory",
    "temporary | permanent",
    "partial partly | complete full fully entire",
    "domestic national local | foreign international global overseas",
    "day daily | night nightly | week weekly | month monthly | quarter quarterly | year yearly annual | decade | century \
     | hour hourly | minute",
    "morning | afternoon | evening",
    "spring | summer | autumn fall | winter",
    "monday | tuesday | wednesday | thursday | friday | saturday | sunday",
    "january | february | march | april | june | july | august | september | october | november | december",
    "thousand | million | billion | trillion",
    "red | blue | green | yellow | black | white | orange | purple | pink | brown | grey gray",
    "upgrade | downgrade",
    "upside tailwind | downside headwind",
    "surplus | deficit",
    "asset | liability",
    "optimistic bullish confident | pessimistic bearish",
    "favorable favourable | unfavorable unfavourable",
    "exceed beat outperform surpass | miss underperform",
    "ahead | behind",
    "online | offline",
    "free | paid",
    "majority | minority",
    "senior | junior",
    "major | minor",
    "absent | present attend",
    "continue | discontinue halt stop",
    "encourage | discourage",
    "satisfied | dissatisfied",
    "excited | bored",
    "clean | dirty",
    "significant substantial considerable | negligible insignificant slight small",
    "approximately about around roughly nearly almost | exactly precisely",
    "first | last final",
    "today | tomorrow | yesterday",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_exclude_each_other_stand_on_two_sides_of_one_contrast() {
        for (one, other) in [
            ("increasing", "decreased"),
            ("including", "excluding"),
            ("higher", "lower"),
            ("monthly", "yearly"),
            ("Tuesday", "friday"),
            ("million", "billion"),
        ] {
            let sides = |word: &str| sides(&stemmed(&word.to_lowercase())).to_vec();
            let opposed = sides(one)
                .iter()
                .any(|a| sides(other).iter().any(|b| a.contrast == b.contrast && a.side != b.side));
            assert!(opposed, "{one}, {other}");
        }
        assert!(sides("refund").is_empty());
    }

    #[test]
    fn negated_forms_are_those_of_grammar() {
        let forms = |word: &str| negated_forms(word).collect::<Vec<_>>();
        for (word, other) in [("incorrect", "correct"), ("limited", "unlimited"), ("active", "inactive")] {
            assert!(forms(word).contains(&stemmed(other)), "{word}, {other}");
        }
        for (word, other) in
            [("discover", "cover"), ("intern", "tern"), ("cover", "discover"), ("improve", "prove")]
        {
            assert!(!forms(word).contains(&stemmed(other)), "{word}, {other}");
        }
    }
}
