use scorebox_sdk::prelude::*;
use scorebox_sdk::serde_json::Value;
use scorebox_sdk::testing::{check, quotes};

use super::Language;

/// How an answer was judged: "pass", "undecided" or the message of the finding.
fn judged(settings: Value, sample: impl Into<Sample>) -> String {
    let score = check::<Language>(settings, sample).unwrap();
    match score.findings.first() {
        Some(finding) => finding.message.clone(),
        None if score.summary.starts_with("undecided") => "undecided".to_owned(),
        None => "pass".to_owned(),
    }
}

fn asked(input: &str, output: &str) -> String {
    judged(json!({}), Sample::of_output(output).with_input(input))
}

const ENGLISH: &str = "You can return the order within thirty days, and we pay for the shipping.";
const GERMAN: &str = "Sie können die Bestellung innerhalb von dreißig Tagen kostenlos zurückschicken.";
const DANISH: &str = "Du kan returnere ordren inden for tredive dage, og vi betaler for forsendelsen.";
const RUSSIAN: &str = "Вы можете вернуть заказ в течение тридцати дней, доставку мы оплатим.";
const CHINESE: &str = "您可以在三十天内退货，运费由我们承担。";
const JAPANESE: &str = "三十日以内であれば、送料無料で返品できます。";

#[test]
fn a_fixed_language() {
    assert_eq!(judged(json!({"expect": "de"}), GERMAN), "pass");
    assert_eq!(judged(json!({"expect": "deu"}), ENGLISH), "is in English, expected German");
    assert_eq!(judged(json!({"expect": "en-GB"}), ENGLISH), "pass");
    assert_eq!(judged(json!({"expect": "en"}), RUSSIAN), "is in Russian, expected English");
    assert_eq!(judged(json!({"expect": "zh"}), CHINESE), "pass");
    assert_eq!(judged(json!({"expect": "ja"}), JAPANESE), "pass");
    assert_eq!(judged(json!({"expect": "ja"}), CHINESE), "is in Mandarin, expected Japanese");
    assert_eq!(judged(json!({"expect": "en", "allow": ["de", "fr"]}), GERMAN), "pass");
    assert_eq!(
        judged(json!({"expect": "en", "allow": ["fr"]}), GERMAN),
        "is in German, expected English or French"
    );
}

#[test]
fn the_language_of_the_question() {
    let question = "Wie kann ich meine Bestellung zurückschicken, und was kostet das?";
    assert_eq!(asked(question, GERMAN), "pass");
    assert_eq!(asked(question, ENGLISH), "is in English, expected German");
    assert_eq!(asked(question, CHINESE), "is in Mandarin, expected German");
    assert_eq!(asked("退货要多少钱？", GERMAN), "is in German, expected Mandarin or Japanese");
    assert_eq!(
        asked("Что такое Kubernetes?", ENGLISH),
        "is in English, expected a language in Cyrillic script"
    );
    assert_eq!(
        asked("Что такое Kubernetes?", "Kubernetes — это система для запуска контейнеров."),
        "undecided"
    );
    let allowed = json!({"allow": ["en"]});
    assert_eq!(judged(allowed, Sample::of_output(ENGLISH).with_input(question)), "pass");
}

#[test]
fn short_texts_are_undecided() {
    for output in ["", "OK.", "42", "👍", "Das geht.", "42 €", "Nginx 1.27"] {
        assert_eq!(judged(json!({"expect": "en"}), output), "undecided", "{output}");
    }
    assert_eq!(judged(json!({"expect": "en"}), "Привет"), "is in Russian, expected English");
    assert_eq!(asked("OK?", GERMAN), "undecided");
    assert_eq!(asked("Kubernetes", ENGLISH), "undecided");
    assert_eq!(judged(json!({"expect": "en", "min_letters": 1000}), GERMAN), "undecided");
    let score = check::<Language>(json!({"expect": "en"}), "Das geht.").unwrap();
    assert_eq!(score.summary, "undecided: 7 letters are too few to tell");
    assert_eq!((score.verdict, score.measures), (Verdict::Pass, vec![("confidence".to_owned(), 0.0)]));
}

#[test]
fn close_relatives_are_no_reason_to_fail() {
    assert_eq!(judged(json!({"expect": "de"}), DANISH), "is in Danish, expected German");
    let norwegian = judged(
        json!({"expect": "nb"}),
        "Du kan returnere bestillingen innen tretti dager, og vi betaler for frakten.",
    );
    assert!(matches!(norwegian.as_str(), "pass" | "undecided"), "{norwegian}");
    assert_eq!(
        judged(json!({"expect": "sr"}), "Narudžbinu možete vratiti u roku od trideset dana."),
        "undecided"
    );
}

#[test]
fn everyday_sentences_raise_no_alarm() {
    for (code, sentences) in [
        (
            "en",
            &[
                "Please restart the router and try again.",
                "Your refund will arrive in three days.",
                "I am sorry to hear that.",
                "Click the gear icon, then choose Settings.",
                "No, this plan does not include phone support.",
                "The meeting is on Monday at ten o'clock.",
                "Reset your password from the login page.",
            ][..],
        ),
        (
            "de",
            &[
                "Bitte starten Sie den Router neu.",
                "Das Geld ist in drei Tagen auf Ihrem Konto.",
                "Das tut mir leid.",
                "Nein, dieser Tarif enthält keinen Telefonsupport.",
                "Setzen Sie Ihr Passwort auf der Anmeldeseite zurück.",
            ][..],
        ),
        (
            "fr",
            &[
                "Veuillez redémarrer votre routeur.",
                "Je suis désolé de l'apprendre.",
                "Le remboursement arrivera dans trois jours.",
            ][..],
        ),
        (
            "es",
            &[
                "Reinicie el enrutador e inténtelo de nuevo.",
                "El reembolso llegará en tres días.",
                "Lo siento mucho.",
            ][..],
        ),
        ("pt", &["Reinicie o roteador e tente novamente.", "O reembolso chegará em três dias."][..]),
        ("it", &["Riavvia il router e riprova.", "Il rimborso arriverà entro tre giorni lavorativi."][..]),
        (
            "nl",
            &[
                "Start de router opnieuw op en probeer het nog eens.",
                "Het geld staat over drie dagen op uw rekening.",
            ][..],
        ),
        ("ja", &["ルーターを再起動してください。", "東京都渋谷区"][..]),
        ("ko", &["라우터를 다시 시작해 주세요."][..]),
        ("ar", &["يرجى إعادة تشغيل جهاز التوجيه والمحاولة مرة أخرى."][..]),
    ] {
        for sentence in sentences {
            let judged = judged(json!({"expect": code}), *sentence);
            assert!(matches!(judged.as_str(), "pass" | "undecided"), "{code} {sentence}: {judged}");
        }
    }
}

#[test]
fn code_and_addresses_have_no_language() {
    let output = format!(
        "```python\n# You have to install the package before you can use it in the program.\n```\n{GERMAN} \
         Siehe https://acme.example/how-to-return-the-order-and-get-the-money-back `git checkout the-other-branch`"
    );
    assert_eq!(judged(json!({"expect": "de"}), output.as_str()), "pass");
    let only_code = "```\nfor every item in the list of the things that you have bought\n```";
    assert_eq!(judged(json!({"expect": "de"}), only_code), "undecided");
    assert_eq!(
        judged(json!({"expect": "de"}), "~~~\nan open fence that goes on and on until the very end"),
        "undecided"
    );
}

#[test]
fn findings_point_at_the_answer_or_at_its_first_wrong_sentence() {
    let quote = |settings: Value, output: &str| quotes(&check::<Language>(settings, output).unwrap(), output);
    let output = format!("  {ENGLISH}\n");
    assert_eq!(quote(json!({"expect": "de"}), &output), [ENGLISH]);
    let second = "The label that you need for this was in the parcel, and the money will be with you after three days.";
    let output = format!("{GERMAN} {ENGLISH} {second}");
    assert_eq!(quote(json!({"expect": "de"}), &output), [ENGLISH]);
}

#[test]
fn long_answers_are_judged_by_passages() {
    let output =
        format!("{}{}{}", format!("{GERMAN} ").repeat(60), format!("{ENGLISH} ").repeat(6), GERMAN.repeat(2));
    let score = check::<Language>(json!({"expect": "de", "each_sentence": true}), output.as_str()).unwrap();
    assert!(quotes(&score, output.as_str()).iter().all(|quote| quote.contains(ENGLISH)), "{score:?}");
    assert_eq!(score.verdict, Verdict::Fail);
}

#[test]
fn each_sentence_can_be_judged() {
    let output = format!("{GERMAN} Größe: 42. {GERMAN}\n{ENGLISH}\n{GERMAN} {GERMAN}");
    assert_eq!(judged(json!({"expect": "de"}), output.as_str()), "pass");
    let score = check::<Language>(json!({"expect": "de", "each_sentence": true}), output.as_str()).unwrap();
    assert_eq!(quotes(&score, output.as_str()), [ENGLISH]);
    assert_eq!(score.findings[0].message, "has a passage in English, expected German");
    let sample = Sample::of_output(output.as_str()).with_input(GERMAN);
    assert_eq!(check::<Language>(json!({"each_sentence": true}), sample).unwrap().verdict, Verdict::Fail);
}

#[test]
fn wrong_settings_and_samples_are_named() {
    let refused = |settings| match check::<Language>(settings, "") {
        Err(Failure::Settings(message)) => message,
        other => panic!("should be refused: {other:?}"),
    };
    let message = refused(json!({"expect": "english"}));
    assert!(
        message.starts_with("expect: \"english\" is no language that can be told: write one of af, ak, am,"),
        "{message}"
    );
    assert!(refused(json!({"allow": ["en", "xx"]})).starts_with("allow[1]: \"xx\""));
    assert_eq!(
        check::<Language>(json!({}), "text"),
        Err(Failure::sample("the sample has no input whose language the answer could share"))
    );
}

#[test]
fn positions_survive_odd_text() {
    for output in ["`ü`", "```ü", "ü```\nß\n```é", "a@ü.de ß", "。。", "…", "\u{2028}é\u{301}`", "`\n`ü"]
    {
        for settings in
            [json!({"expect": "ja"}), json!({"expect": "de", "each_sentence": true, "min_letters": 0})]
        {
            check::<Language>(settings, output).unwrap();
        }
    }
}

#[test]
fn a_short_question_is_one_of_those_that_are_asked() {
    let question = "Our plan ended last Friday. How long can we still get our data out?";
    let answer = "You still have time. The account stays read-only for sixty days after the end of the plan.";
    let sample = Sample::of_output(answer).with_input(question);
    let verdict = |settings| check::<Language>(settings, sample.clone()).unwrap().verdict;
    assert_eq!(verdict(json!({})), Verdict::Fail, "the question looks Swedish to trigrams");
    assert_eq!(verdict(json!({"input_languages": ["en", "de"]})), Verdict::Pass);
    let french = Sample::of_output(
        "Vous avez encore le temps de récupérer toutes vos données, ne vous inquiétez pas.",
    );
    let french = french.with_input(question);
    let score = check::<Language>(json!({"input_languages": ["en", "de"]}), french).unwrap();
    assert_eq!(score.verdict, Verdict::Fail, "an answer can be in any language");
}
