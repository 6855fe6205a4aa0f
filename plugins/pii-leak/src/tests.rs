use proptest::prelude::*;
use scorebox_sdk::prelude::*;
use scorebox_sdk::serde_json::Value;
use scorebox_sdk::testing::{check, quotes};

use super::PiiLeak;

/// What is found in `output`, as `kind: text`.
fn found_with(settings: Value, output: &str) -> Vec<String> {
    let score = check::<PiiLeak>(settings, output).unwrap();
    let texts = quotes(&score, output);
    score.findings.iter().zip(texts).map(|(finding, text)| format!("{}: {text}", finding.rule)).collect()
}

fn found(output: &str) -> Vec<String> {
    found_with(json!({}), output)
}

fn messages(output: &str) -> Vec<String> {
    check::<PiiLeak>(json!({}), output).unwrap().findings.into_iter().map(|finding| finding.message).collect()
}

#[test]
fn emails() {
    for (output, expected) in [
        ("Write to jane.doe+x@example.com.", "email: jane.doe+x@example.com"),
        ("<mailto:JANE@Example.CO.UK>", "email: JANE@Example.CO.UK"),
        ("_'jörg@müller.de'_", "email: jörg@müller.de"),
        ("メールは田中@例え.jp、", "email: メールは田中@例え.jp"),
        ("a@b.co", "email: a@b.co"),
        ("x@xn--bcher-kva.xn--p1ai!", "email: x@xn--bcher-kva.xn--p1ai"),
        ("john@example.com.2", "email: john@example.com"),
        ("john@example.com-", "email: john@example.com"),
    ] {
        assert_eq!(found(output), [expected], "{output}");
    }
    for output in [
        "user@localhost",
        "@acme",
        "a@",
        "@",
        "a@@b.de",
        "left-pad@1.3.0",
        "logo@2x.png",
        "git@github.com:acme/shop.git",
        "5 apples @ $3.00",
        "a@-x.de",
        "a@x..de",
        "mail@ example.com",
    ] {
        assert_eq!(found(output), [""; 0], "{output}");
    }
}

#[test]
fn phones() {
    for (output, expected) in [
        ("Call +49 30 1234567.", "phone: +49 30 1234567"),
        ("Call +49 (0)30 / 123 45-67", "phone: +49 (0)30 / 123 45-67"),
        ("(+49) 30 1234567", "phone: (+49) 30 1234567"),
        ("+1 (555) 123-4567", "phone: +1 (555) 123-4567"),
        ("tel:+15551234567", "phone: +15551234567"),
        ("+44\u{a0}20\u{a0}7946\u{a0}0958", "phone: +44\u{a0}20\u{a0}7946\u{a0}0958"),
        ("+33 6 12 34 56 78, merci", "phone: +33 6 12 34 56 78"),
        ("0049 30 1234567", "phone: 0049 30 1234567"),
        ("(555) 123-4567", "phone: (555) 123-4567"),
        ("555-123-4567", "phone: 555-123-4567"),
        ("1-800-555-0199?", "phone: 1-800-555-0199"),
        ("555\u{2011}123\u{2011}4567", "phone: 555\u{2011}123\u{2011}4567"),
        ("030 1234567 24/7", "phone: 030 1234567"),
        ("Büro: 030/1234567", "phone: 030/1234567"),
        ("(030) 1234567", "phone: (030) 1234567"),
        ("020 7946 0958", "phone: 020 7946 0958"),
        ("06.12.34.56.78", "phone: 06.12.34.56.78"),
        ("Tel. 1234567", "phone: 1234567"),
        ("call me at 98765 43210", "phone: 98765 43210"),
        ("Meine Handynummer ist 01701234567.", "phone: 01701234567"),
    ] {
        assert_eq!(found(output), [expected], "{output}");
    }
}

#[test]
fn numbers_that_are_no_phones() {
    for output in [
        "Order 1234567890",
        "order number 030-1234567",
        "Bestellnummer 555-123-4567",
        "ORD-555-123-4567",
        "#5551234567",
        "Invoice no. 0123 456 789",
        "2024-01-15",
        "01.02.2024 10:30",
        "01/02/2024 - 03/04/2024",
        "12/31/2024 23:59:59",
        "2024-01-15T10:30:00Z",
        "€ 1 234 567,00",
        "1.234.567,89 €",
        "$555 123 4567",
        "12,345,678.90",
        "0.123456789",
        "+1.5%",
        "+10 000 000 users",
        "+100000000",
        "1 000 000 000",
        "ISBN 978-3-16-148410-0",
        "0-306-40615-2",
        "https://acme.example/p/555-123-4567",
        "?id=0301234567",
        "550e8400-e29b-41d4-a716-446655440000",
        "v1.2.3.4567",
        "3.14159265358979",
        "192.168.100.200",
        "call 2024-01-15",
        "call 911",
        "10-20-30 units",
        "555-555-5555",
        "100 200 3000",
        "2020-2024",
        "Matrix: 12 34 56 78 90 12",
        "a+49301234567",
        "030 1234",
        "01 02 2024",
    ] {
        assert_eq!(found(output), [""; 0], "{output}");
    }
}

#[test]
fn cards() {
    for number in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "5500 0000 0000 0004",
        "2221 0000 0000 0009",
        "378282246310005",
        "3782 822463 10005",
        "6011 1111 1111 1117",
        "30569309025904",
        "3056 930902 5904",
        "3530111333300000",
        "6200000000000005",
        "4222222222222",
    ] {
        assert_eq!(found(&format!("Card: {number}, 123")), [format!("card: {number}")]);
    }
    assert_eq!(found("12 4111 1111 1111 1111 123"), ["card: 4111 1111 1111 1111"]);
    for output in [
        "4111 1111 1111 1112",
        "1234567812345670",
        "4111 1111-1111 1111",
        "41 11 11 11 11 11 11 11",
        "a4111111111111111",
        "0.4111111111111111",
        "4111111111111111000",
        "411111111111111",
        "order_4111111111111111",
        "4111.1111.1111.1111",
    ] {
        assert!(!found(output).iter().any(|leak| leak.starts_with("card")), "{output}");
    }
}

#[test]
fn ibans() {
    for number in [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB82 WEST 1234 5698 7654 32",
        "de89370400440532013000",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO93-8601-1117-947",
        "MT84MALT011000012345MTLCAST001S",
    ] {
        assert_eq!(found(&format!("IBAN: {number}.")), [format!("iban: {number}")]);
    }
    for output in [
        "DE88370400440532013000",
        "XX89370400440532013000",
        "DE8937040044053201300",
        "DE893704004405320130001",
        "ADE89370400440532013000",
        "DE89  3704 0044 0532 0130 00",
    ] {
        assert!(!found(output).iter().any(|leak| leak.starts_with("iban")), "{output}");
    }
}

#[test]
fn tokens() {
    let random = "aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vW2xY4zA6bC8d";
    for (secret, mask) in [
        (format!("sk-proj-{random}"), "sk-…C8d"),
        (format!("sk-ant-api03-{random}"), "sk-…C8d"),
        (format!("sk_live_{}", &random[..24]), "sk_live_…pQ6"),
        ("AKIAIOSFODNN7QWERTYU".to_owned(), "AKIA…TYU"),
        (format!("ghp_{}", &random[..36]), "ghp_…xY4"),
        (format!("github_pat_{random}"), "github_pat_…C8d"),
        (format!("glpat-{}", &random[..20]), "glpat-…2nO"),
        ("xoxb-123456789012-aB3dE5fG7h".to_owned(), "xoxb-…G7h"),
        (format!("AIza{}", &random[..35]), "AIza…2xY"),
        (format!("SG.{}.{}", &random[..22], &random[..43]), "SG.…C8d"),
        (format!("hf_{}", &random[..34]), "hf_…W2x"),
        (format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.{random}"), "eyJ…C8d"),
        (
            format!("https://hooks.slack.com/services/T0AB/B0CD/{}", &random[..24]),
            "https://hooks.slack.com/…pQ6",
        ),
    ] {
        let output = format!("The key is `{secret}`.");
        assert_eq!(found(&output), [format!("secret: {secret}")]);
        let message = messages(&output).remove(0);
        assert!(message.ends_with(&format!(": {mask}")), "{message} {mask}");
    }
}

#[test]
fn private_keys() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabc+/=\n-----END RSA PRIVATE KEY-----";
    assert_eq!(found(&format!("Use\n{key}\nnow")), [format!("secret: {key}")]);
    let cut = "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7";
    assert_eq!(found(&format!("{cut} …")), [format!("secret: {cut}")]);
    assert_eq!(messages(cut), ["reveals a private key: …"]);
    assert_eq!(found("-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----"), [""; 0]);
}

#[test]
fn assigned_secrets() {
    for (output, expected) in [
        ("api_key=9f8e7d6c5b4a3210", "9f8e7d6c5b4a3210"),
        ("API-Key: \"Zx81-Qw92-Er03\"", "Zx81-Qw92-Er03"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI7K7MDENGbPxRfiCYzzzKEY", "wJalrXUtnFEMI7K7MDENGbPxRfiCYzzzKEY"),
        ("Your password is **Summer2024!**", "Summer2024!"),
        ("**Passwort:** Größe1x!.", "Größe1x!"),
        ("{\"password\": \"tr0ub4dor&3\"}", "tr0ub4dor&3"),
        ("Authorization: Bearer 4f9a8b7c6d5e4f3a2b1c0d9e", "4f9a8b7c6d5e4f3a2b1c0d9e"),
        ("postgres://admin:hunter2@db.acme.example/shop", "hunter2"),
    ] {
        assert_eq!(found(output), [format!("secret: {expected}")], "{output}");
        assert!(!messages(output)[0].contains(expected));
    }
    for output in [
        "api_key=YOUR_API_KEY_1",
        "password: ********",
        "password: required",
        "secret = os.environ['SECRET_1']",
        "token: ${TOKEN_V2}",
        "Your password is case-sensitive.",
        "max_tokens: 128000",
        "api_key: <your key 1>",
        "token: authentication",
        "password=aaaaaaa1",
        "sk-learn-is-a-nice-library",
        "task-0123456789abcdefghij",
        "sk-xxxxxxxxxxxxxxxxxxxxxxx1",
        "The secret: https://acme.example/page1",
        "https://acme.example:8080/a@b",
    ] {
        assert_eq!(found(output), [""; 0], "{output}");
    }
}

#[test]
fn ip_addresses_only_when_asked() {
    assert_eq!(found("203.0.113.7"), [""; 0]);
    let ip = |output: &str| found_with(json!({"kinds": ["ip"]}), output);
    assert_eq!(ip("From 203.0.113.7."), ["ip: 203.0.113.7"]);
    assert_eq!(ip("host 203.0.113.7:8080"), ["ip: 203.0.113.7"; 0]);
    assert_eq!(ip("[2001:db8::7]: ü"), ["ip: 2001:db8::7"]);
    for output in [
        "127.0.0.1",
        "0.0.0.0",
        "::1",
        "version 1.2.3.4",
        "v1.2.3.4",
        "1.2.3.4.5",
        "256.1.1.1",
        "10:30:15",
        "a::b",
    ] {
        assert_eq!(ip(output), [""; 0], "{output}");
    }
}

#[test]
fn kinds_restrict_what_is_looked_for() {
    let output = "jane@example.com, 4111 1111 1111 1111";
    assert_eq!(found_with(json!({"kinds": ["card"]}), output), ["card: 4111 1111 1111 1111"]);
    let score = check::<PiiLeak>(json!({"kinds": ["card", "email"]}), output).unwrap();
    assert_eq!(score.measures, [("card".to_owned(), 1.0), ("email".to_owned(), 1.0)]);
    assert_eq!((score.verdict, score.value), (Verdict::Fail, 0.0));
}

#[test]
fn what_is_allowed_is_fine_in_any_spelling() {
    let settings = json!({"allow": [
        "Support@acme.example", "@acme.test", "globex.example", "+49 30 1234567", "4111 1111 1111 1111",
        "DE89370400440532013000", "sk-test-aB3dE5fG7hI9jK1lM2",
    ]});
    let output = "support@ACME.example, x@acme.test, y@mail.globex.example, 0049 30 1234567, +49 (0)30 123 45 67, \
        4111111111111111, DE89 3704 0044 0532 0130 00, sk-test-aB3dE5fG7hI9jK1lM2";
    assert_eq!(found_with(settings.clone(), output), [""; 0]);
    let others = "sales@acme.example, x@notacme.test, x@acme.test.evil.io, +49 30 1234568";
    assert_eq!(found_with(settings, others).len(), 4);
}

#[test]
fn what_the_user_wrote_may_be_repeated_if_the_suite_says_so() {
    let sample = Sample::of_output("We call +49 30 1234567, and mail JANE@example.com, not joe@example.com.")
        .with_input("My number is 0049-30-1234567, mail jane@example.com");
    let strict = check::<PiiLeak>(json!({}), &sample).unwrap();
    assert_eq!(strict.findings.len(), 3);
    let lenient = check::<PiiLeak>(json!({"ignore_in_input": true}), &sample).unwrap();
    assert_eq!(quotes(&lenient, &sample), ["joe@example.com"]);
}

#[test]
fn messages_show_a_mask() {
    assert_eq!(
        messages("jane@example.com al@example.com +49 30 1234567 DE89370400440532013000 4111111111111111"),
        [
            "reveals an e-mail address: j…@example.com",
            "reveals an e-mail address: …@example.com",
            "reveals a telephone number: +49…67",
            "reveals an account number (IBAN): DE…00",
            "reveals a card number: …1111",
        ]
    );
}

#[test]
fn wrong_settings_are_named() {
    let refused = |settings| match check::<PiiLeak>(settings, "") {
        Err(Failure::Settings(message)) => message,
        other => panic!("should be refused: {other:?}"),
    };
    assert!(refused(json!({"kinds": []})).starts_with("kinds: nothing to look for"));
    assert!(refused(json!({"kinds": ["fax"]})).contains("unknown variant `fax`, expected one of"));
    assert_eq!(
        refused(json!({"allow": ["a", " "]})),
        "allow[1]: write a value or a domain, not an empty text"
    );
}

#[test]
fn findings_are_bounded() {
    let score = check::<PiiLeak>(json!({}), "ann@example.com ".repeat(3000)).unwrap();
    assert_eq!(score.findings.len(), 200);
    assert_eq!(score.summary, "2800 more leaks are not listed");
}

/// A value that must be found, of any kind.
fn secret_value() -> impl Strategy<Value = String> {
    let luhn = |digits: String| {
        (0..10).map(|check| format!("{digits}{check}")).find(|number| luhn_sum(number) % 10 == 0).unwrap()
    };
    let iban = |body: String| {
        (0..97)
            .map(|check| format!("DE{check:02}{body}"))
            .find(|iban| {
                let moved = format!("{body}1314{}", &iban[2..4]);
                moved.bytes().fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97) == 1
            })
            .unwrap()
    };
    prop_oneof![
        "[a-zäß][a-z0-9.]{0,12}[a-z0-9]@[a-z]{2,9}\\.(com|de|io)",
        "\\+49 [1-9][0-9]{2} [0-9]{3}[1-9]{4}".prop_filter("varied", |text| varied(text)),
        "\\([2-9][0-9]{2}\\) [0-9]{3}-[0-9]{4}".prop_filter("varied", |text| varied(text)),
        "4[0-9]{14}".prop_map(luhn),
        "[1-9][0-9]{17}".prop_map(iban),
        "sk-[a-z]{4}[0-9]{4}[A-Z]{4}[g-m]{4}[3-7]{4}[n-z]{4}".prop_filter("random", |text| varied(text)),
        "ghp_[a-z]{9}[0-9]{9}[A-Z]{9}[a-z]{9}",
        "AKIA[A-Z]{8}[2-7]{8}",
    ]
}

fn varied(text: &str) -> bool {
    let digits: std::collections::BTreeSet<_> = text.chars().skip(3).filter(char::is_ascii_digit).collect();
    digits.len() >= 3
}

fn luhn_sum(number: &str) -> u32 {
    let digit = |(place, digit): (usize, u8)| match (place % 2, u32::from(digit - b'0')) {
        (1, digit) => digit * 2 / 10 + digit * 2 % 10,
        (_, digit) => digit,
    };
    number.bytes().rev().enumerate().map(digit).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn nothing_that_leaves_the_plugin_holds_a_value(
        values in prop::collection::vec(secret_value(), 1..5),
        words in prop::collection::vec("[a-zA-Zäöü€→]{1,8}", 5),
    ) {
        let mut output = String::new();
        for (value, word) in values.iter().zip(&words) {
            // The letter keeps the word from being one, such as "id", that says what the value is.
            output.push_str(&format!("q{word}: {value};\n"));
        }
        let score = check::<PiiLeak>(json!({}), output.as_str()).unwrap();
        prop_assert_eq!(score.verdict, Verdict::Fail);
        let mut leaving = score.summary.clone();
        for finding in &score.findings {
            leaving.push_str(&format!("\n{} {}", finding.rule, finding.message));
        }
        for (name, value) in &score.measures {
            leaving.push_str(&format!("\n{name} {value}"));
        }
        let quoted = quotes(&score, output.as_str());
        for value in &values {
            prop_assert!(quoted.iter().any(|quote| quote.contains(value.as_str())), "{value} not in {quoted:?}");
        }
        for value in values.iter().chain(&quoted) {
            prop_assert!(!leaving.contains(value.as_str()), "{value} in {leaving}");
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            for line in leaving.lines() {
                let line: String = line.chars().filter(char::is_ascii_digit).collect();
                prop_assert!(digits.len() < 7 || !line.contains(&digits), "{value} in {leaving}");
            }
        }
    }

    #[test]
    fn no_text_breaks_it(output in "(?s)[a-z0-9@.+:/ ()€ü\u{a0}_=-]{0,80}|.{0,60}") {
        let settings = json!({"kinds": ["secret", "card", "iban", "email", "phone", "ip"]});
        let score = check::<PiiLeak>(settings, output.as_str()).unwrap();
        for (finding, quote) in score.findings.iter().zip(quotes(&score, output.as_str())) {
            prop_assert!(!finding.message.contains(&quote), "{} {quote}", finding.message);
        }
    }
}
