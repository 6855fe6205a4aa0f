use proptest::prelude::*;
use scorebox_sdk::prelude::*;
use scorebox_sdk::serde_json::{self, Value};
use scorebox_sdk::testing::{check, quotes};

use super::JsonShape;

/// What is found in `output`, as rule, message and the text that it points at.
fn found(settings: Value, output: &str) -> Vec<(String, String, String)> {
    let score = check::<JsonShape>(settings, output).unwrap();
    let texts = quotes(&score, output);
    assert_eq!(texts.len(), score.findings.len(), "every finding points somewhere");
    score
        .findings
        .into_iter()
        .zip(texts)
        .map(|(finding, text)| (finding.rule, finding.message, text))
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "json!() is written in place")]
fn under(schema: Value, output: &str) -> Vec<(String, String, String)> {
    found(json!({"schema": schema}), output)
}

fn one(rule: &str, message: &str, text: &str) -> Vec<(String, String, String)> {
    vec![(rule.to_owned(), message.to_owned(), text.to_owned())]
}

#[expect(clippy::needless_pass_by_value, reason = "json!() is written in place")]
fn refused(schema: Value) -> String {
    match check::<JsonShape>(json!({"schema": schema}), "") {
        Err(Failure::Settings(message)) => message,
        other => panic!("should be refused: {other:?}"),
    }
}

#[test]
fn any_json_passes_without_a_schema() {
    for output in [
        "{}",
        " [1, -0.5e+10, \"\\ud83d\\ude00\\n\", null]\r\n",
        "true",
        "0",
        "\"ü\"",
        "{\"\": {\"a\": [[]]}}",
    ] {
        let score = check::<JsonShape>(json!({}), output).unwrap();
        assert_eq!(
            (score.verdict, score.findings.len()),
            (Verdict::Pass, 0),
            "{output}: {:?}",
            score.findings
        );
    }
}

#[test]
fn syntax_errors_point_at_the_place() {
    for (output, message, text) in [
        ("", "ends where a value should stand", ""),
        ("{\"ü\": 1,}", "has a comma before the end of an object", ","),
        ("[1, 2 3]", "lacks a comma, or the end of the array, here", "3"),
        ("{\"a\" 1}", "has no colon behind the name of a property", "1"),
        ("{a: 1}", "has no property here: JSON writes \"name\": value, with the quotes", "a"),
        ("{'a': 1}", "quotes with ': JSON quotes with \"", "'"),
        ("{“a”: 1}", "has no property here: JSON writes \"name\": value, with the quotes", "“"),
        ("[1, // one\n2]", "has a comment: JSON has none", "/"),
        ("[True]", "writes True: JSON writes it in lower case", "True"),
        ("[None]", "writes None: JSON writes null", "None"),
        ("[NaN]", "writes NaN: JSON has no such number", "NaN"),
        ("[01]", "starts a number with 0: JSON does so only before a point", "01"),
        ("[1.]", "needs a digit behind the point of a number", "]"),
        ("[.5]", "starts a number with + or a point: JSON starts it with a digit or -", "."),
        ("[\"a\nb\"]", "breaks a line in a string: JSON writes \\n", "\n"),
        ("[\"a\\x\"]", "has an escape that JSON does not know: write \\\\ for a backslash", "\\x"),
        ("[\"\\ud83d!\"]", "escapes half a character: \\uD83D and its like come in pairs", "\\ud83d"),
        ("[\"\\u00é0\"]", "has a \\u without four hexadecimal digits", "\\"),
        ("{\"a\": [1, 2", "ends in the middle of an array", ""),
        ("{\"a\": \"héllo", "ends in the middle of a string", "\"héllo"),
        ("[1,, 2]", "has no value where one should stand", ","),
        ("[größe]", "has \"größe\" where a value should stand", "größe"),
    ] {
        assert_eq!(found(json!({}), output), one("json-syntax", message, text), "{output}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(found(json!({}), &deep)[0].1, "nests more than 128 values");
}

#[test]
fn fences() {
    let fenced = "```json\n{\"a\": \"```\"}\n```\n";
    assert_eq!(found(json!({}), fenced), []);
    assert_eq!(found(json!({"fence": "require"}), fenced), []);
    let forbidden = one("code-fence", "is in a code fence: answer with the JSON alone", "```json");
    assert_eq!(found(json!({"fence": "forbid"}), fenced), forbidden);
    let required = one("code-fence", "is not in a code fence: start with ```json, end with ```", "[1]");
    assert_eq!(found(json!({"fence": "require"}), " [1] "), required);
    for output in [
        "```\n[1]\n```",
        "~~~JSON\r\n[1]\r\n~~~",
        "  ````json\n  [1]\n  ````",
        "```json [1] ```",
        "```json\n[1]```",
    ] {
        assert_eq!(found(json!({"schema": {"type": "array"}}), output), [], "{output}");
    }
    let open = one("code-fence", "opens a code fence and never closes it", "```json");
    assert_eq!(found(json!({}), "```json\n[1]"), open);
    assert_eq!(found(json!({}), "```json\n```")[0].1, "ends where a value should stand");
    assert_eq!(found(json!({}), "```")[0].0, "code-fence");
}

#[test]
fn text_around_the_json_is_pointed_at_and_the_json_is_still_checked() {
    let schema = json!({"schema": {"required": ["b"]}});
    let output = "Sure, höre:\n```json\n{\"a\": 1}\n```\nAnything else?";
    let rules: Vec<_> =
        found(schema.clone(), output).into_iter().map(|(rule, _, text)| (rule, text)).collect();
    let expected = [
        ("text-around-json", "Sure, höre:"),
        ("text-around-json", "Anything else?"),
        ("required", "{\"a\": 1}"),
    ];
    assert_eq!(rules, expected.map(|(rule, text)| (rule.to_owned(), text.to_owned())));
    let rules: Vec<_> = found(schema, "Here: {\"a\": 1} Bye.").into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(rules, ["Here:", "Bye.", "{\"a\": 1}"]);
    assert_eq!(found(json!({}), "I cannot do that.")[0].0, "json-syntax");
}

#[test]
fn duplicate_keys_are_found_and_the_last_one_counts() {
    let schema = json!({"properties": {"a": {"type": "string"}}});
    assert_eq!(
        under(schema, "{\"a\": 1, \"b\": 2, \"a\": \"x\"}"),
        one("duplicate-key", "has the property \"a\" twice in one object", "\"a\"")
    );
}

#[test]
fn problems_point_at_the_value() {
    let schema = json!({
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {
                "type": "object",
                "properties": {"price": {"type": "number", "minimum": 0}, "näme/x": {"type": "string", "maxLength": 3}},
                "required": ["price"],
                "additionalProperties": false,
            }},
        },
    });
    let output = "{\"items\": [{\"price\": \"1\"}, {\"price\": -0.50}, {}, {\"price\": 1, \"näme/x\": \"ääää\", \"y\": [1]}]}";
    let expected = [
        ("type", "/items/0/price: is a string, must be a number", "\"1\""),
        ("minimum", "/items/1/price: is -0.5, must be at least 0", "-0.50"),
        ("required", "/items/2: lacks the property \"price\"", "{}"),
        ("max-length", "/items/3/näme~1x: has 4 characters, may have at most 3", "\"ääää\""),
        ("additional-properties", "/items/3/y: the schema has no property \"y\"", "\"y\": [1]"),
    ];
    let expected =
        expected.map(|(rule, message, text)| (rule.to_owned(), message.to_owned(), text.to_owned()));
    assert_eq!(under(schema, output), expected);
    assert_eq!(
        under(json!({"type": ["array", "null"]}), "1"),
        one("type", "the whole: is an integer, must be an array or null", "1")
    );
}

#[test]
fn every_keyword_finds_what_it_forbids() {
    for (schema, good, bad, message) in [
        (json!({"enum": [1, "a", null]}), "1.0", "\"b\"", "is \"b\", must be one of 1, \"a\", null"),
        (json!({"const": {"a": [1]}}), "{\"a\": [1e0]}", "{}", "is an object, must be an object"),
        (json!({"multipleOf": 0.1}), "0.3", "0.35", "is 0.35, must be a multiple of 0.1"),
        (json!({"multipleOf": 7}), "7e300", "1e300", "is 1e300, must be a multiple of 7"),
        (
            json!({"maximum": 9007199254740993_u64}),
            "9007199254740993",
            "9007199254740994",
            "is 9007199254740994, must be at most 9007199254740993",
        ),
        (json!({"exclusiveMaximum": 1}), "0.9999999999999999999999", "1", "is 1, must be below 1"),
        (json!({"exclusiveMinimum": 0}), "1e-999", "-0.0", "is 0, must be above 0"),
        (json!({"type": "integer"}), "2.0", "2.5", "is a number, must be an integer"),
        (json!({"minLength": 2}), "\"ab\"", "\"\\ud83d\\ude00\"", "has 1 characters, must have at least 2"),
        (
            json!({"pattern": "^\\d{2}[[\\w]$"}),
            "\"12_\"",
            "\"١٢_\"",
            "is \"١٢_\", must match `^\\d{2}[[\\w]$`",
        ),
        (
            json!({"format": "date"}),
            "\"2024-02-29\"",
            "\"2023-02-29\"",
            "is \"2023-02-29\", must have the format date",
        ),
        (
            json!({"prefixItems": [{"type": "string"}], "items": false}),
            "[\"a\"]",
            "[\"a\", 1]",
            "must not be here",
        ),
        (
            json!({"items": [{}], "additionalItems": {"type": "null"}}),
            "[1, null]",
            "[1, 2]",
            "is an integer, must be null",
        ),
        (
            json!({"contains": {"const": 1}}),
            "[2, 1]",
            "[2]",
            "has 0 items of the kind it must contain, must have at least 1",
        ),
        (
            json!({"contains": {"const": 1}, "maxContains": 1}),
            "[1]",
            "[1, 1]",
            "has 2 items of the kind it must contain, may have at most 1",
        ),
        (json!({"maxItems": 1}), "[1]", "[1, 2]", "has 2 items, may have at most 1"),
        (
            json!({"uniqueItems": true}),
            "[1, true, \"1\"]",
            "[{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1.0}]",
            "is the same as item 0",
        ),
        (
            json!({"patternProperties": {"^x-": {"type": "string"}}}),
            "{\"x\": 1}",
            "{\"x-a\": 1}",
            "is an integer, must be a string",
        ),
        (
            json!({"propertyNames": {"maxLength": 1}}),
            "{\"a\": 1}",
            "{\"ab\": 1}",
            "the name has 2 characters, may have at most 1",
        ),
        (json!({"minProperties": 1}), "{\"a\": 1}", "{}", "has 0 properties, must have at least 1"),
        (
            json!({"dependentRequired": {"a": ["b"]}}),
            "{\"b\": 1}",
            "{\"a\": 1}",
            "has \"a\", so it must have \"b\"",
        ),
        (
            json!({"dependentSchemas": {"a": {"required": ["b"]}}}),
            "{}",
            "{\"a\": 1}",
            "lacks the property \"b\"",
        ),
        (json!({"allOf": [{"minimum": 1}]}), "1", "0", "is 0, must be at least 1"),
        (
            json!({"anyOf": [{"type": "string"}, {"required": ["a"], "type": "object"}]}),
            "\"\"",
            "{}",
            "fits none of 2 alternatives; the nearest: lacks the property \"a\"",
        ),
        (
            json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
            "1",
            "2",
            "fits 2 of the 2 alternatives, must fit one",
        ),
        (json!({"not": {"type": "null"}}), "1", "null", "fits what the schema excludes"),
        (
            json!({"if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"multipleOf": 2}}),
            "20",
            "3",
            "is 3, must be a multiple of 2",
        ),
        (
            json!({"properties": {"a": {}}, "unevaluatedProperties": false}),
            "{\"a\": 1}",
            "{\"a\": 1, \"b\": 2}",
            "the schema has no property \"b\"",
        ),
        (json!({"prefixItems": [{}], "unevaluatedItems": false}), "[1]", "[1, 2]", "must not be here"),
        (json!(false), "", "1", "must not be here"),
    ] {
        if !good.is_empty() {
            assert_eq!(under(schema.clone(), good), [], "{schema} {good}");
        }
        let problems = under(schema.clone(), bad);
        assert_eq!(problems.len(), 1, "{schema} {bad}: {problems:?}");
        assert_eq!(problems[0].1.split_once(": ").unwrap().1, message, "{schema}");
    }
}

#[test]
fn the_alternative_with_the_right_tag_is_the_nearest() {
    let schema = json!({"oneOf": [
        {"properties": {"kind": {"const": "circle"}}, "required": ["kind"]},
        {"properties": {"kind": {"const": "box"}, "w": {"type": "number"}, "h": {"type": "number"}}, "required": ["kind", "w", "h"]},
    ]});
    let problems = under(schema, "{\"kind\": \"box\", \"w\": \"1\", \"h\": \"2\"}");
    assert_eq!(
        problems[0].1,
        "the whole: fits none of 2 alternatives; the nearest: /w is a string, must be a number"
    );
}

#[test]
fn references_stay_in_the_document() {
    let tree = json!({
        "$id": "https://acme.example/tree",
        "$ref": "#/$defs/no%64e",
        "$defs": {"node": {
            "properties": {"left": {"$ref": "https://acme.example/tree"}, "right": {"$ref": "#leaf"}},
            "required": ["v"],
        }, "leaf": {"$anchor": "leaf", "type": "null"}},
    });
    let problems = under(tree, "{\"v\": 1, \"left\": {\"v\": 2, \"left\": {}}, \"right\": 0}");
    let messages: Vec<_> = problems.iter().map(|(_, message, _)| message.as_str()).collect();
    assert_eq!(messages, ["/left/left: lacks the property \"v\"", "/right: is an integer, must be null"]);
}

#[test]
fn schemas_that_cannot_be_used_are_refused() {
    for (schema, message) in [
        (
            json!({"$ref": "https://acme.example/other"}),
            "schema at /$ref: `https://acme.example/other` is another document, which cannot be read: copy it into $defs",
        ),
        (json!({"$ref": "#/$defs/a"}), "schema at /$ref: `#/$defs/a` points at nothing"),
        (json!({"$ref": "#a"}), "schema at /$ref: `#a` names an $anchor that the schema does not have"),
        (
            json!({"$ref": "#"}),
            "schema: refers to itself without going into a property or an item, so it never ends",
        ),
        (
            json!({"properties": {"a/b": {"type": "text"}}}),
            "schema at /properties/a~1b/type: write one or more of null, boolean, integer, number, string, array, object",
        ),
        (json!({"minLength": -1}), "schema at /minLength: write a whole number, 0 or more"),
        (
            json!({"exclusiveMinimum": true}),
            "schema at /exclusiveMinimum: write the number itself: the boolean form is from draft 4",
        ),
        (json!({"multipleOf": 0}), "schema at /multipleOf: write a number above 0"),
        (
            json!({"pattern": "(?=a)"}),
            "schema at /pattern: `(?=a)` cannot be used: look-around, including look-ahead and look-behind, is not supported",
        ),
        (json!({"anyOf": []}), "schema at /anyOf: write at least one schema"),
        (json!({"items": 1}), "schema at /items: write a schema: an object, true or false"),
        (json!({"required": "a"}), "schema at /required: write an array"),
        (json!({"$dynamicRef": "#a"}), "schema at /$dynamicRef: is not supported: write `$ref`"),
        (
            json!({"not": {"$id": "x"}}),
            "schema at /not: a $id inside of a schema is not supported: use $defs and `#/$defs/NAME`",
        ),
        (json!(1), "schema: write a schema: an object, true or false"),
    ] {
        assert_eq!(refused(schema), message);
    }
    let chain: Value = (0..5000)
        .map(|link| (format!("d{link}"), json!({"$ref": format!("#/$defs/d{}", link + 1)})))
        .collect();
    assert!(refused(json!({"$ref": "#/$defs/d0", "$defs": chain})).contains("points at nothing"));
}

#[test]
fn formats_can_be_remarks() {
    let schema = json!({"format": "email"});
    assert_eq!(found(json!({"schema": schema, "formats": false}), "\"x\""), []);
    assert_eq!(found(json!({"schema": schema}), "\"x\"").len(), 1);
    assert_eq!(under(json!({"format": "color", "x-note": 1, "nullable": true}), "\"x\""), []);
}

#[test]
fn findings_are_bounded() {
    let output = format!("[{}1]", "1,".repeat(500));
    let score = check::<JsonShape>(json!({"schema": {"items": {"type": "null"}}}), output).unwrap();
    assert_eq!((score.findings.len(), score.summary.as_str()), (100, "401 more problems are not listed"));
    assert_eq!(score.measures, [("problems".to_owned(), 501.0)]);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(""), Just("a"), Just("b"), Just("ab"), Just("ü1"), Just("2024-01-31")]
        .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3_i64..6).prop_map(Value::from),
        (-20_i64..40).prop_map(|tenths| serde_json::from_str(&format!("{tenths}e-1")).unwrap()),
        Just(json!(1e20)),
        Just(json!(2.0)),
    ]
}

fn instance() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Schemas that use every keyword.
fn schema() -> impl Strategy<Value = Value> {
    let types =
        prop::sample::select(vec!["null", "boolean", "integer", "number", "string", "array", "object"]);
    let patterns = prop::sample::select(vec!["^a", "\\d", "[^b]$", "^\\w+$", ""]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        types.prop_map(|kind| json!({"type": kind})),
        prop::collection::vec(instance(), 1..3).prop_map(|values| json!({"enum": values})),
        instance().prop_map(|value| json!({"const": value})),
        (prop::sample::select(vec!["maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"]), number())
            .prop_map(|(keyword, limit)| json!({keyword: limit})),
        prop::sample::select(vec![json!(0.1), json!(2), json!(0.5), json!(1e19)])
            .prop_map(|unit| json!({"multipleOf": unit})),
        (
            prop::sample::select(vec![
                "maxLength",
                "minLength",
                "maxItems",
                "minItems",
                "maxProperties",
                "minProperties"
            ]),
            0..3,
        )
            .prop_map(|(keyword, count)| json!({keyword: count})),
        patterns.prop_map(|pattern| json!({"pattern": pattern})),
        prop::collection::btree_set(text(), 0..3).prop_map(|names| json!({"required": names})),
        any::<bool>().prop_map(|unique| json!({"uniqueItems": unique})),
        (text(), prop::collection::btree_set(text(), 1..3))
            .prop_map(|(name, names)| json!({"dependentRequired": {name: names}})),
        Just(json!({"$ref": "#/$defs/shared"})),
    ];
    let merge = |parts: Vec<Value>| {
        let mut all = serde_json::Map::new();
        for part in parts {
            match part {
                Value::Object(members) => all.extend(members),
                other => return other,
            }
        }
        Value::Object(all)
    };
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..3);
        let table = || prop::collection::btree_map(text(), inner.clone(), 0..3);
        let applicator = prop::sample::select(vec!["allOf", "anyOf", "oneOf", "prefixItems"]);
        let single = prop::sample::select(vec![
            "items", "not", "contains", "additionalProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems",
        ]);
        let part = prop_oneof![
            3 => inner.clone(),
            3 => (applicator, list()).prop_map(|(keyword, schemas)| json!({keyword: schemas})),
            4 => (single, inner.clone()).prop_map(|(keyword, schema)| json!({keyword: schema})),
            3 => table().prop_map(|schemas| json!({"properties": schemas})),
            1 => table().prop_map(|schemas| json!({"dependentSchemas": schemas})),
            1 => inner.clone().prop_map(|schema| json!({"patternProperties": {"^a": schema, "b$": {"type": "integer"}}})),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(condition, then, otherwise)| json!({"if": condition, "then": then, "else": otherwise})),
            1 => (inner.clone(), 0..3, 0..3)
                .prop_map(|(schema, least, most)| json!({"contains": schema, "minContains": least, "maxContains": most})),
        ];
        prop::collection::vec(part, 1..4).prop_map(merge)
    })
}

/// Objects and arrays of which several parts of the schema see a little, for the `unevaluated` keywords.
fn overlapping() -> impl Strategy<Value = (Value, Value)> {
    let name = || prop::sample::select(vec!["a", "b", "ab"]);
    let kind = || {
        prop::sample::select(vec![
            json!(true),
            json!({"type": "integer"}),
            json!({"type": "string"}),
            json!(false),
        ])
    };
    let see = move || {
        prop_oneof![
            3 => (name(), kind()).prop_map(|(name, kind)| json!({"properties": {name: kind}})),
            1 => (name(), name()).prop_map(|(name, other)| json!({"properties": {name: true}, "required": [other]})),
            1 => kind().prop_map(|kind| json!({"patternProperties": {"b$": kind}})),
            1 => kind().prop_map(|kind| json!({"additionalProperties": kind})),
            2 => prop::collection::vec(kind(), 1..3).prop_map(|kinds| json!({"prefixItems": kinds})),
            1 => kind().prop_map(|kind| json!({"contains": kind})),
            1 => kind().prop_map(|kind| json!({"contains": kind, "minContains": 0})),
            1 => kind().prop_map(|kind| json!({"items": kind})),
            1 => Just(json!({"unevaluatedProperties": {"type": "integer"}, "unevaluatedItems": {"type": "integer"}})),
        ]
    };
    let apply = prop_oneof![
        see(),
        see().prop_map(|schema| json!({"$ref": "#/$defs/shared", "$defs": {"shared": schema}})),
        (prop::sample::select(vec!["allOf", "anyOf", "oneOf"]), prop::collection::vec(see(), 1..4))
            .prop_map(|(keyword, schemas)| json!({keyword: schemas})),
        see().prop_map(|schema| json!({"not": {"not": schema}})),
        (see(), see(), see()).prop_map(
            |(condition, then, otherwise)| json!({"if": condition, "then": then, "else": otherwise})
        ),
        see().prop_map(|schema| json!({"if": schema})),
        (name(), see()).prop_map(|(name, schema)| json!({"dependentSchemas": {name: schema}})),
    ];
    let value = || prop_oneof![Just(json!(1)), Just(json!("x"))];
    let instance = prop_oneof![
        prop::collection::btree_map(name().prop_map(str::to_owned), value(), 1..4)
            .prop_map(|members| members.into_iter().collect::<Value>()),
        prop::collection::vec(value(), 1..4).prop_map(Value::from),
    ];
    let schema = (apply, see(), kind(), kind()).prop_map(|(apply, see, properties, items)| {
        let mut schema = json!({"unevaluatedProperties": properties, "unevaluatedItems": items});
        let members = schema.as_object_mut().unwrap();
        members.extend(see.as_object().unwrap().clone());
        members.extend(apply.as_object().unwrap().clone());
        schema
    });
    (schema, instance)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// The same verdict as the validator that everybody uses.
    #[test]
    fn agrees_with_the_jsonschema_crate(schema in schema(), shared in schema(), instances in prop::collection::vec(instance(), 6)) {
        let mut document = match schema {
            Value::Object(members) => members,
            other => serde_json::Map::from_iter([("not".to_owned(), json!({"not": other}))]),
        };
        // What is shared refers to nothing, so that there is no circle.
        let shared: Value = serde_json::from_str(&shared.to_string().replace("#/$defs/shared", "#/$defs/leaf")).unwrap();
        document.insert("$defs".to_owned(), json!({"shared": shared, "leaf": {"type": ["string", "array"]}}));
        document.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        let document = Value::Object(document);
        let oracle = jsonschema::validator_for(&document).unwrap();
        for instance in instances {
            let output = serde_json::to_string_pretty(&instance).unwrap();
            let ours = check::<JsonShape>(json!({"schema": document, "formats": false}), output.as_str()).unwrap();
            let passes = ours.verdict == Verdict::Pass;
            prop_assert_eq!(passes, oracle.is_valid(&instance), "{} {} {:?}", document, instance, ours.findings);
        }
    }

    /// The same for what one part of a schema leaves to another.
    #[test]
    fn agrees_on_what_is_unevaluated((schema, instance) in overlapping()) {
        let oracle = jsonschema::draft202012::new(&schema).unwrap();
        let ours = check::<JsonShape>(json!({"schema": schema}), instance.to_string()).unwrap();
        prop_assert_eq!(ours.verdict == Verdict::Pass, oracle.is_valid(&instance), "{} {} {:?}", schema, instance, ours.findings);
    }

    /// The same judgement of syntax as serde_json, and every span on a character boundary.
    #[test]
    fn agrees_with_serde_json_on_syntax(output in "[\\[\\]{}\",:0-9.eE+\\-truefalsn\\\\u ü\n]{0,24}") {
        let findings = found(json!({}), &output);
        let syntax = findings.iter().filter(|(rule, ..)| rule != "duplicate-key").count() == 0;
        let number_out_of_range = |error: &serde_json::Error| error.to_string().contains("number out of range");
        match serde_json::from_str::<Value>(&output) {
            Ok(_) => prop_assert!(syntax, "{output} {findings:?}"),
            Err(error) => prop_assert!(!syntax || number_out_of_range(&error), "{output} {error}"),
        }
    }

    /// What serde_json writes, we read, whatever strings it holds.
    #[test]
    fn strings_survive(text in "(?s).{0,20}", key in "(?s).{0,5}") {
        let output = json!({key.clone(): [text.clone()]}).to_string();
        let schema = json!({"required": [key.clone()], "properties": {key: {"const": [text]}}});
        prop_assert_eq!(under(schema, &output), []);
    }
}

#[test]
fn messages_stay_short_whatever_the_keys_are() {
    let key = "k\n/".repeat(30_000);
    let output = json!({key.clone(): {key.clone(): 1}, "a": "x".repeat(100_000)}).to_string();
    let schema =
        json!({"additionalProperties": {"additionalProperties": false, "maxLength": 1, "enum": [key]}});
    for (_, message, _) in under(schema, &output) {
        assert!(message.len() < 1000, "{}", message.len());
    }
}
