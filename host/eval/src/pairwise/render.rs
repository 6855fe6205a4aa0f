//! A comparison as a person reads it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Pairwise;
use crate::report::{Cell, count, escape, escape_line, grouped, percent, write_table};
use crate::run::Rate;

const BOLD: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const CAUTION: Style = AnsiColor::Yellow.on_default();

/// Position bias beyond which the verdict rests on too few samples to mean much.
const MUCH: f64 = 0.3;

impl Pairwise {
    /// Writes what came of it: what to know first, who won how often, and how far the judge can be believed.
    pub fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{BOLD}{}{BOLD:#}  {QUIET}two sides, compared in both orders{QUIET:#}",
            escape_line(&self.suite)
        )?;
        writeln!(out, "{QUIET}{}{QUIET:#}", escape(&self.provenance.to_string()))?;
        for note in &self.notes {
            writeln!(out, "{CAUTION}note:{CAUTION:#} {}", escape(note))?;
        }
        writeln!(out)?;
        let header = ["side", "wins", "win rate", "95 % interval"];
        let mut rows = vec![vec![
            Cell::left("").styled(QUIET),
            Cell::left(header[0]).styled(QUIET),
            Cell::right(header[1]).styled(QUIET),
            Cell::right(header[2]).styled(QUIET),
            Cell::right(header[3]).styled(QUIET),
        ]];
        let turned = self.b_win_rate.map(|rate| Rate {
            value: 1.0 - rate.value,
            low: 1.0 - rate.high,
            high: 1.0 - rate.low,
            n: rate.n,
        });
        for (letter, name, wins, rate) in
            [("A", &self.a, self.a_wins, turned), ("B", &self.b, self.b_wins, self.b_win_rate)]
        {
            rows.push(vec![
                Cell::left(letter).styled(BOLD),
                Cell::left(escape_line(name)),
                Cell::right(grouped(wins)),
                Cell::right(rate.map_or_else(String::new, |rate| percent(rate.value))),
                Cell::right(rate.map_or_else(String::new, interval)),
            ]);
        }
        write_table(&rows, out)?;
        writeln!(out)?;
        let compared = self.a_wins + self.b_wins + self.ties;
        let mut facts = vec![
            format!("{} compared", count(compared, "sample")),
            format!("{} (half a win for each)", count(self.ties, "tie")),
        ];
        if self.faulted > 0 {
            facts.push(format!("{} that the judge could not judge", count(self.faulted, "sample")));
        }
        if self.without_answer > 0 {
            facts.push(format!("{} without an answer on both sides", count(self.without_answer, "sample")));
        }
        writeln!(out, "  {}", facts.join(", "))?;
        if let Some(bias) = self.position_bias {
            let style = if bias.value > MUCH { CAUTION } else { Style::new() };
            let turned = count((bias.value * bias.n as f64).round() as u64, "comparison");
            writeln!(
                out,
                "  {style}position bias {}{style:#} ({}): in {turned} of {} the judge turned with the order, for the first \
                 answer in {} and for the second in {}",
                percent(bias.value),
                interval(bias),
                grouped(bias.n),
                grouped(self.favoured_first),
                grouped(self.favoured_second)
            )?;
        }
        if self.judges.len() > 1 {
            for judge in &self.judges {
                writeln!(
                    out,
                    "  {}: {} for A, {} for B, turned in {} of {}",
                    escape_line(&judge.judge),
                    grouped(judge.a_wins),
                    grouped(judge.b_wins),
                    grouped(judge.inconsistent),
                    grouped(judge.comparisons)
                )?;
            }
        }
        writeln!(out, "\n{BOLD}{}{BOLD:#}", self.conclusion())
    }

    /// What the numbers amount to.
    fn conclusion(&self) -> &'static str {
        match self.b_win_rate {
            Some(rate) if rate.low > 0.5 => "B is better",
            Some(rate) if rate.high < 0.5 => "A is better",
            Some(_) => "neither is shown to be better",
            None => "nothing was compared",
        }
    }
}

fn interval(rate: Rate) -> String {
    format!("{} to {}", percent(rate.low), percent(rate.high))
}
