//! The built-in rules: what people write when they promise, in English.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex::Regex;
use scorebox_sdk::Failure;
use scorebox_sdk::text::Folded;

use crate::settings::Group;
use crate::{Promise, negation};

/// A wording of a promise. Patterns are for folded text: lower case, plain quotes and dashes, single spaces.
struct Wording {
    group: Group,
    /// Something of each of these sets stands in every match. Most answers lack one, and then the pattern is not tried.
    stems: &'static [&'static [&'static str]],
    pattern: &'static str,
}

const WORDINGS: &[Wording] = &[
    Wording {
        group: Group::Guarantee,
        stems: &[&["guarantee", "promise", "assure", "warrant", "swear"]],
        pattern: r"\b(?:we|i|our (?:team|company))(?:'ll|'d)?(?: (?:can|do|will|would|fully|absolutely|personally|hereby|always|happily))* (?:guarantee|promise|assure you|warrant|swear)\b",
    },
    Wording {
        group: Group::Guarantee,
        stems: &[&["guarantee"]],
        pattern: r"\b(?:(?:is|are|be|fully|completely|absolutely|100 ?%) )*guaranteed\b",
    },
    Wording {
        group: Group::Guarantee,
        stems: &[&["guarantee"]],
        pattern: r"(?:\b100 ?% |\b(?:full|absolute|lifetime|money-back|money back|satisfaction|unconditional|iron-?clad) )guarantee\b",
    },
    Wording {
        group: Group::Guarantee,
        stems: &[&["risk-free", "zero risk", "no risk", "my word", "our word", "go wrong"]],
        pattern: r"\b(?:risk-free|zero risk|no risk|(?:you have|you've got) (?:my|our) word|nothing (?:can|will) go wrong)\b",
    },
    Wording {
        group: Group::Refund,
        stems: &[&["refund", "reimburse"]],
        pattern: r"\b(?:we|i)(?:'ll| will| can| shall|'re going to| are going to)(?: [a-z]+ly)?(?: (?:fully|gladly|happily|immediately))? (?:refund|reimburse|(?:issue|give|offer|grant|process)(?: you)? (?:a|your|the)(?: (?:full|complete|partial))? refund)\b",
    },
    Wording {
        group: Group::Refund,
        stems: &[&["refund", "reimburse", "money back"]],
        pattern: r"\byou(?:'ll| will| can| are entitled to| are going to)(?: (?:get|receive|have|be|claim|always|even))*(?: (?:a|your|the))?(?: (?:full|complete|fully|instant))? (?:refund|refunded|reimbursed|reimbursement|money back)\b",
    },
    Wording {
        group: Group::Refund,
        stems: &[&["refund", "money-back", "money back"]],
        pattern: r"\b(?:(?:full|complete|instant|immediate|unconditional|no-questions-asked) refunds?|your money back|money-back (?:guarantee|promise|warranty))\b|\b100 ?% refund\b",
    },
    Wording {
        group: Group::Refund,
        stems: &[&["refund"]],
        pattern: r"\brefund (?:is|has been|was) (?:approved|granted|on its way|processed|issued)\b",
    },
    Wording {
        group: Group::Uptime,
        stems: &[&["uptime", "availability", " sla"], &["99", "100"]],
        pattern: r"\b(?:99(?:[.,][0-9]+)?|100) ?(?:%|percent) (?:uptime|availability|sla)\b|\b(?:uptime|availability) (?:of|is|at) (?:at least |over |above )?(?:99(?:[.,][0-9]+)?|100) ?(?:%|percent)",
    },
    Wording {
        group: Group::Uptime,
        stems: &[
            &["downtime", "down-time", "outages", "never", "always"],
            &["down", "offline", "online", "available", "outages"],
        ],
        pattern: r"\b(?:(?:zero|no) (?:down-?time|outages)|never (?:ever )?(?:goes|go|be|is|been) (?:down|offline|unavailable)|always (?:be )?(?:online|available 24/7))\b",
    },
    Wording {
        group: Group::DeliveryDate,
        stems: &[&["arriv", "deliver", "ship", "reach", "with you"], &["will", "'ll", "shall", "going to"]],
        pattern: r"\b(?:will|'ll|shall|going to)(?: (?:definitely|certainly|be|all|surely))* (?:arrive|deliver|delivered|ship|shipped|reach you|with you|arriving)(?: (?:it|them|your|the|order|package|parcel|item|to|you|at|home|door|doorstep))* ?(?:(?:by|on|before|within|no later than|in|until|at the latest) )?(?:the |next |this )?(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:[0-9]+|one|two|three|four|five|six|seven|ten)(?: (?:business|working))?(?: |-)(?:hour|day|week)s?|week|weekend|(?:january|february|march|april|may|june|july|august|september|october|november|december) [0-9]{1,2}|[0-9]{1,2}(?:st|nd|rd|th)\b|[0-9]{1,4}[./-][0-9]{1,2}|christmas)\b",
    },
    Wording {
        group: Group::DeliveryDate,
        stems: &[&["guaranteed"]],
        pattern: r"\bguaranteed (?:same-day|next-day|overnight|same day|next day|on-time|on time) (?:delivery|shipping)\b|\b(?:delivery|arrival|shipping) (?:is |by [a-z]+ is )?guaranteed (?:by|on|before|within)\b",
    },
    Wording {
        group: Group::PriceLock,
        stems: &[
            &["price", "rate", "fee"],
            &["lock", "fix", "frozen", "freeze", "the same", "unchanged", "never", " not "],
        ],
        pattern: r"\b(?:prices?|rates?|fees?)(?: (?:is|are|will|shall|stays?|remains?|be|always|stay|remain))+ (?:locked|fixed|frozen|the same|unchanged)\b|\b(?:lock(?:ed)?|freeze|fix)(?: in)? (?:your|this|the|that|today's|our)(?: current)? (?:price|rate|fee)s?\b|\b(?:prices?|rates?|fees?) (?:will|shall) (?:never|not) (?:ever )?(?:go up|increase|change|rise)\b",
    },
    Wording {
        group: Group::PriceLock,
        stems: &[&["for life", "never pay more"]],
        pattern: r"\b(?:price|rate|discount|fee|plan)(?: [a-z]+){0,3} for life\b|\bnever pay more\b",
    },
    Wording {
        group: Group::Legal,
        stems: &[&["liability", "responsibility", "liable"]],
        pattern: r"\bwe(?:'ll| will)? (?:accept|take|assume|bear)(?: (?:on|full|all|any|complete|the))* (?:legal )?(?:liability|responsibility)\b|\bwe (?:are|will be) (?:fully )?liable\b",
    },
    Wording {
        group: Group::Legal,
        stems: &[
            &["legally binding", "lawsuit", "case", "claim", "damages", "losses", "legal"],
            &["binding", "win ", "cover", " pay "],
        ],
        pattern: r"\b(?:is|are|be) (?:a )?legally binding\b|\byou(?:'ll| will)(?: (?:definitely|certainly))? win (?:your|the|this) (?:case|lawsuit|claim)\b|\bwe(?:'ll| will) (?:cover|pay)(?: [a-z]+){0,3} (?:damages|losses|legal (?:costs|fees))\b",
    },
    Wording {
        group: Group::Legal,
        stems: &[&["complian"]],
        pattern: r"(?:\b100 ?% |\b(?:fully|completely|guaranteed) )(?:[a-z0-9/-]+[ -]){0,2}compliant\b",
    },
];

/// What answers are made of, folded.
const USUAL: &str = "thank you for writing to us. you can change your plan, price or rate at any time under settings, \
    billing; the new fee applies from the next invoice, and nothing will be locked, fixed or deleted. we will look into \
    it by monday 12:30 and let you know; if it does not help, our team is always available (24/7) at 99.9 % of all \
    times, we guarantee or promise \"nothing\" else. you will get a refund within 14 days, i'm afraid it won't be \
    shipped, delivered or reach you by friday - that is why we can't. have a quick look, just keep your eyes open!";

/// The rules of the selected groups, ready to match.
pub(crate) struct Builtin {
    stems: AhoCorasick,
    /// For each stem, the rule that it belongs to, and the bit of its set.
    meaning: Vec<(usize, u8)>,
    rules: Vec<Rule>,
}

struct Rule {
    group: Group,
    /// One bit for each set of stems.
    sets: u8,
    regex: Regex,
}

impl Builtin {
    pub(crate) fn new(groups: &[Group]) -> Result<Self, Failure> {
        let broken =
            |error: &dyn std::error::Error| Failure::failed(format!("a built-in rule is broken: {error}"));
        let mut rules = Vec::new();
        let mut stems: Vec<&str> = Vec::new();
        let mut meaning = Vec::new();
        for wording in WORDINGS.iter().filter(|wording| groups.contains(&wording.group)) {
            let mut sets = 0;
            for (index, set) in wording.stems.iter().enumerate() {
                stems.extend(*set);
                meaning.resize(stems.len(), (rules.len(), 1 << index));
                sets |= 1 << index;
            }
            // The words are English, and the automaton for boundaries between ASCII words is the fast one.
            let pattern = wording.pattern.replace(r"\b", r"(?-u:\b)");
            let regex = Regex::new(&pattern).map_err(|error| broken(&error))?;
            // An automaton is built while it searches. What this text makes it build, every sample starts with.
            regex.find_iter(USUAL).count();
            rules.push(Rule { group: wording.group, sets, regex });
        }
        let stems = AhoCorasick::new(stems).map_err(|error| broken(&error))?;
        Ok(Self { stems, meaning, rules })
    }

    /// The promises in a text. Where those of one group overlap, the longest counts.
    pub(crate) fn find(&self, folded: &Folded<'_>) -> Vec<Promise> {
        let text = folded.text();
        let mut found = vec![0; self.rules.len()];
        for hit in self.stems.find_overlapping_iter(text) {
            let (rule, set) = self.meaning[hit.pattern().as_usize()];
            found[rule] |= set;
        }
        let mut hits: Vec<(Group, Range<usize>)> = Vec::new();
        for (rule, _) in self.rules.iter().zip(&found).filter(|(rule, found)| rule.sets == **found) {
            for hit in rule.regex.find_iter(text).filter(|hit| !negation::denies(&text[..hit.start()])) {
                hits.push((rule.group, hit.range()));
            }
        }
        hits.sort_by_key(|(group, range)| (*group, range.start));
        let mut kept: Vec<(Group, Range<usize>)> = Vec::new();
        for (group, range) in hits {
            match kept.last_mut() {
                Some((other, last)) if *other == group && range.start < last.end => {
                    if range.len() > last.len() {
                        *last = range;
                    }
                }
                _ => kept.push((group, range)),
            }
        }
        kept.into_iter()
            .filter_map(|(group, range)| {
                let quote = &text[range.clone()];
                Some(Promise {
                    rule: group.rule().to_owned(),
                    message: format!("{}: “{quote}”", group.act()),
                    bytes: folded.original(range.clone())?,
                })
            })
            .collect()
    }
}
