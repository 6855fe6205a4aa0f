//! The attribute of `scorebox-sdk`, which re-exports it and documents it. Nobody depends on this crate directly.

use proc_macro::TokenStream;

/// Marks a struct or an enum as part of a plugin's settings.
///
/// It derives `Deserialize` and `JsonSchema`, so that the type is read from the suite and described in the plugin's
/// schema, and it refuses fields that the type does not have. Doc comments become the schema's descriptions. The
/// attributes of `serde` and `schemars` work on the fields.
///
/// ```ignore
/// #[settings]
/// struct Settings {
///     /// Words that must not appear.
///     words: Vec<String>,
///     /// Tell `IT` from `it`.
///     #[serde(default)]
///     case_sensitive: bool,
/// }
/// ```
#[proc_macro_attribute]
pub fn settings(arguments: TokenStream, item: TokenStream) -> TokenStream {
    if !arguments.is_empty() {
        return error("write `#[settings]` without arguments");
    }
    // Nothing in the item has to be understood: the derives complain about what they cannot handle.
    let mut tokens = parse(
        "#[derive(::scorebox_sdk::serde::Deserialize, ::scorebox_sdk::schemars::JsonSchema)]
         #[serde(crate = \"::scorebox_sdk::serde\", deny_unknown_fields)]
         #[schemars(crate = \"::scorebox_sdk::schemars\")]",
    );
    tokens.extend(item);
    tokens
}

fn error(message: &str) -> TokenStream {
    parse(&format!("::core::compile_error!({message:?});"))
}

fn parse(source: &str) -> TokenStream {
    source.parse().expect("the macro's own tokens are valid")
}
