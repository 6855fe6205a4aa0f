//! The tokeniser of mteval-v13a, as sacreBLEU has it: made for Western scripts.

/// Separates punctuation from words; split the result at white space.
pub(super) fn tokenize(line: &str) -> String {
    let mut line = line.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if line.contains('&') {
        line = line.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    }
    let mut spaced = String::with_capacity(line.len() + line.len() / 4 + 2);
    spaced.push(' ');
    for c in line.chars() {
        if is_symbol(c) {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    spaced.push(' ');
    let mark = |c| matches!(c, '.' | ',');
    let spaced = pairs(&spaced, |a, b| (!a.is_ascii_digit() && mark(b)).then_some([a, ' ', b, ' ']));
    let spaced = pairs(&spaced, |a, b| (mark(a) && !b.is_ascii_digit()).then_some([' ', a, ' ', b]));
    pairs(&spaced, |a, b| (a.is_ascii_digit() && b == '-').then_some([a, ' ', b, ' ']))
}

/// ASCII punctuation but `'`, `,`, `-` and `.`; also the space.
fn is_symbol(c: char) -> bool {
    matches!(c, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/')
}

/// Replaces pairs of characters from left to right; no character belongs to two pairs.
fn pairs(text: &str, replace: impl Fn(char, char) -> Option<[char; 4]>) -> String {
    let mut replaced = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text.chars();
    while let Some(a) = rest.next() {
        match rest.clone().next().and_then(|b| replace(a, b)) {
            Some(with) => {
                replaced.extend(with);
                rest.next();
            }
            None => replaced.push(a),
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_stands_alone_but_within_numbers() {
        let words = |text| tokenize(text).split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(words("It's 1,000.50 (net), 3-5 days."), "It's 1,000.50 ( net ) , 3 - 5 days .");
        assert_eq!(words("end... A.B well-\nknown &lt;b&gt;"), "end . . . A . B wellknown < b >");
        assert_eq!(words("返金、です。"), "返金、です。");
    }
}
