//! Texts that break careless code.

/// Bytes of the longest ones.
const LONG: usize = 1 << 20;

/// A text and what is nasty about it.
pub(super) struct Nasty {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// All of them, the same on every machine.
pub(super) fn corpus() -> Vec<Nasty> {
    let nasty = |name, text: &str| Nasty { name, text: text.to_owned() };
    let long = |name, piece: &str| Nasty { name, text: piece.repeat(LONG / piece.len()) };
    vec![
        nasty("empty", ""),
        nasty("one space", " "),
        nasty("only white space", " \t\r\n\u{a0}\u{2003}\u{3000}\u{2028}\u{2029}"),
        nasty("one letter", "a"),
        nasty("NUL in the middle", "before\0after"),
        nasty(
            "every control character",
            &(0..0x20_u8).map(char::from).chain(['\u{7f}', '\u{85}', '\u{9b}']).collect::<String>(),
        ),
        nasty("terminal escapes", "\x1b[2J\x1b[31mred\x1b[0m\x1b]0;title\x07"),
        nasty("lone combining marks", "\u{301}\u{308}\u{20dd}"),
        nasty("a letter under a hundred marks", &format!("Z{}", "\u{335}\u{489}".repeat(50))),
        nasty("both normal forms", "e\u{301} é Å \u{212b} A\u{30a} ﬁ fi"),
        nasty("letters that change their length with case", "İ ı ß ẞ ŉ ΐ ǰ Ω K ſ ﬀ"),
        nasty("right to left", "שלום עולם مرحبا بالعالم abc 123"),
        nasty("bidirectional overrides", "\u{202e}evil\u{202c}\u{2066}x\u{2069}"),
        nasty("emoji with joiners", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 1️⃣"),
        nasty("half a flag, half a family", "🇩👩‍"),
        nasty("zero-width characters", "a\u{200b}b\u{200c}c\u{200d}d\u{2060}e\u{feff}f"),
        nasty("tags and private use", "\u{e0041}\u{e0042}\u{f8ff}\u{10ffff}\u{fffd}\u{fffe}"),
        nasty("four bytes each", "𐀀𝒳𠜎🎄𐍈"),
        nasty("escapes that look invalid", r"\xff \u{d800} \ud83d %FF %00 &#0; \0 \"),
        nasty("format strings", "%s %n %x {} {0} ${HOME} {{name}} $(id) `id`"),
        nasty("regular expressions", "(a+)+$ [[[ \\ ( ) * + ? ^ | {9999999}"),
        nasty("HTML", "<script>alert(1)</script><img src=x onerror='a'>&amp;&lt;<!--"),
        nasty("JSON", r#"{"a": [1, 2, {"b": null}], "c": "\u0000\ud83d"}"#),
        nasty("JSON that ends early", r#"{"a": [1, "#),
        nasty("deep JSON", &format!("{}{}", "[".repeat(5000), "]".repeat(5000))),
        nasty(
            "long numbers",
            "99999999999999999999999999999999 1e999 -0 NaN 0x1p-1074 1.7976931348623159e308",
        ),
        nasty("Markdown", "# a\n\n```rust\nlet x = 1;\n```\n| a | b |\n|---|---|\n[x](javascript:y)"),
        nasty("line ends of three kinds", "one\rtwo\r\nthree\nfour\r"),
        nasty("quotes of all kinds", "\"'`“”‘’«»‹›„‚"),
        long("1 MB of one letter", "a"),
        long("1 MB in one line", "lorem ipsum dolor sit amet "),
        long("1 MB of short lines", "a\n"),
        long("1 MB of blank lines", "\n"),
        long("1 MB of brackets", "([{<"),
        long("1 MB of digits", "0123456789"),
        long("1 MB of emoji", "👩‍👩‍👧 "),
        long("1 MB of combining marks", "e\u{301}\u{308}"),
    ]
}
