//! ISO 639 codes of the languages that can be told.

use whatlang::Lang;

/// Codes of two letters.
const SHORT: [(&str, Lang); 69] = [
    ("af", Lang::Afr),
    ("ak", Lang::Aka),
    ("am", Lang::Amh),
    ("ar", Lang::Ara),
    ("az", Lang::Aze),
    ("be", Lang::Bel),
    ("bg", Lang::Bul),
    ("bn", Lang::Ben),
    ("ca", Lang::Cat),
    ("cs", Lang::Ces),
    ("cy", Lang::Cym),
    ("da", Lang::Dan),
    ("de", Lang::Deu),
    ("el", Lang::Ell),
    ("en", Lang::Eng),
    ("eo", Lang::Epo),
    ("es", Lang::Spa),
    ("et", Lang::Est),
    ("fa", Lang::Pes),
    ("fi", Lang::Fin),
    ("fr", Lang::Fra),
    ("gu", Lang::Guj),
    ("he", Lang::Heb),
    ("hi", Lang::Hin),
    ("hr", Lang::Hrv),
    ("hu", Lang::Hun),
    ("hy", Lang::Hye),
    ("id", Lang::Ind),
    ("it", Lang::Ita),
    ("ja", Lang::Jpn),
    ("jv", Lang::Jav),
    ("ka", Lang::Kat),
    ("km", Lang::Khm),
    ("kn", Lang::Kan),
    ("ko", Lang::Kor),
    ("la", Lang::Lat),
    ("lt", Lang::Lit),
    ("lv", Lang::Lav),
    ("mk", Lang::Mkd),
    ("ml", Lang::Mal),
    ("mr", Lang::Mar),
    ("my", Lang::Mya),
    ("nb", Lang::Nob),
    ("ne", Lang::Nep),
    ("nl", Lang::Nld),
    ("no", Lang::Nob),
    ("or", Lang::Ori),
    ("pa", Lang::Pan),
    ("pl", Lang::Pol),
    ("pt", Lang::Por),
    ("ro", Lang::Ron),
    ("ru", Lang::Rus),
    ("si", Lang::Sin),
    ("sk", Lang::Slk),
    ("sl", Lang::Slv),
    ("sn", Lang::Sna),
    ("sr", Lang::Srp),
    ("sv", Lang::Swe),
    ("ta", Lang::Tam),
    ("te", Lang::Tel),
    ("th", Lang::Tha),
    ("tk", Lang::Tuk),
    ("tl", Lang::Tgl),
    ("tr", Lang::Tur),
    ("uk", Lang::Ukr),
    ("ur", Lang::Urd),
    ("uz", Lang::Uzb),
    ("vi", Lang::Vie),
    ("yi", Lang::Yid),
];

/// Codes that mean a language which is told under another code.
const ALIASES: [(&str, Lang); 6] = [
    ("zh", Lang::Cmn),
    ("zho", Lang::Cmn),
    ("zu", Lang::Zul),
    ("fas", Lang::Pes),
    ("nor", Lang::Nob),
    ("iw", Lang::Heb),
];

/// The language with `code`, in any case, with or without a region.
pub(crate) fn language(code: &str) -> Option<Lang> {
    let code = code.trim().to_ascii_lowercase();
    let code = code.split(['-', '_']).next()?;
    let short = SHORT.iter().chain(&ALIASES).find(|(known, _)| *known == code).map(|(_, language)| *language);
    short.or_else(|| Lang::from_code(code))
}

/// The codes of two letters, for a message.
pub(crate) fn list() -> String {
    let mut codes: Vec<&str> =
        SHORT.iter().chain(&ALIASES).map(|(code, _)| *code).filter(|code| code.len() == 2).collect();
    codes.sort_unstable();
    codes.join(", ")
}
