//! Takes the IANA name of a cipher suite apart.

/// What a cipher suite is made of, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// How the keys are agreed.
    pub exchange: Exchange,
    /// By what key the server proves itself.
    pub authentication: Authentication,
    /// Whether the suite was made for the export rules of the 1990s.
    pub export: bool,
    /// What encrypts.
    pub cipher: Cipher,
    /// How it is applied to more than one block.
    pub mode: Mode,
    /// The hash at the end of the name: of the message authentication code, or of the key derivation alone.
    pub hash: Hash,
}

/// How the keys are agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    /// TLS 1.3: the name does not say, and it is ephemeral (RFC 8446 §1.2).
    Separate,
    /// Ephemeral, on an elliptic curve.
    Ecdhe,
    /// Ephemeral, in a finite field.
    Dhe,
    /// The server's own static key on an elliptic curve.
    Ecdh,
    /// The server's own static key in a finite field.
    Dh,
    /// Encrypted to the server's RSA key.
    Rsa,
    /// None at all.
    Null,
    /// Something else, such as keys that were shared before.
    Other,
}

/// By what key the server proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authentication {
    /// TLS 1.3: the name does not say.
    Separate,
    /// An RSA key.
    Rsa,
    /// An elliptic curve key, Edwards curves included (RFC 8422 §5.10).
    Ecdsa,
    /// A DSA key.
    Dss,
    /// None.
    Anonymous,
    /// Something else.
    Other,
}

/// What encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    /// AES with keys of 128 bits.
    Aes128,
    /// AES with keys of 256 bits.
    Aes256,
    /// `ChaCha20` (RFC 8439).
    Chacha20,
    /// Camellia or ARIA.
    CamelliaOrAria,
    /// Triple DES.
    TripleDes,
    /// DES, RC2 or IDEA.
    Des,
    /// RC4.
    Rc4,
    /// Nothing.
    Null,
    /// Something else.
    Other,
}

/// How the cipher is applied to more than one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Galois counter mode (RFC 5288).
    Gcm,
    /// Counter with CBC-MAC (RFC 6655).
    Ccm,
    /// The same with a tag of 64 bits.
    ShortCcm,
    /// Poly1305 (RFC 7905).
    Poly1305,
    /// Cipher block chaining.
    Cbc,
    /// A stream cipher, none, or something else.
    Other,
}

impl Mode {
    /// Whether it authenticates what it encrypts, so that the hash is none of a message authentication code.
    pub(super) const fn authenticates(self) -> bool {
        match self {
            Self::Gcm | Self::Ccm | Self::ShortCcm | Self::Poly1305 => true,
            Self::Cbc | Self::Other => false,
        }
    }
}

/// The hash at the end of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256 or longer of that family.
    Sha2,
    /// None is named, or another.
    Other,
}

/// The parts of a suite, or nothing where the name is none of a suite.
pub(super) fn parts(name: &str) -> Option<Parts> {
    let body = name.strip_prefix("TLS_").filter(|body| !body.is_empty())?;
    // TLS_FALLBACK_SCSV and the like are signals, no suites.
    if body.ends_with("_SCSV") {
        return None;
    }
    let Some((keys, protection)) = body.split_once("_WITH_") else {
        return Some(separate(body));
    };
    let (keys, export) = without_export(keys);
    let (exchange, authentication) = agreement(keys);
    let (cipher, mode, hash) = protection_of(protection);
    Some(Parts {
        exchange,
        authentication,
        export: export
            || matches!(
                cipher_words(protection),
                "DES40_CBC" | "DES_CBC_40" | "RC4_40" | "RC2_CBC_40"
            ),
        cipher,
        mode,
        hash,
    })
}

fn separate(body: &str) -> Parts {
    let (cipher, mode, hash) = protection_of(body);
    // TLS_SHA256_SHA256 and TLS_SHA384_SHA384 authenticate without encryption (RFC 9150).
    let bare = matches!(body, "SHA256_SHA256" | "SHA384_SHA384");
    Parts {
        exchange: Exchange::Separate,
        authentication: Authentication::Separate,
        export: false,
        cipher: if bare { Cipher::Null } else { cipher },
        mode,
        hash,
    }
}

fn without_export(keys: &str) -> (&str, bool) {
    for ending in ["_EXPORT", "_EXPORT1024"] {
        if let Some(rest) = keys.strip_suffix(ending) {
            return (rest, true);
        }
    }
    (keys, false)
}

fn agreement(keys: &str) -> (Exchange, Authentication) {
    let (exchange, key) = keys.split_once('_').unwrap_or((keys, ""));
    let authentication = match key {
        "RSA" => Authentication::Rsa,
        "ECDSA" => Authentication::Ecdsa,
        "DSS" => Authentication::Dss,
        "anon" | "ANON" => Authentication::Anonymous,
        _ => Authentication::Other,
    };
    match (exchange, key) {
        ("NULL", "") => (Exchange::Null, Authentication::Anonymous),
        ("RSA", "") => (Exchange::Rsa, Authentication::Rsa),
        ("RSA", _) => (Exchange::Rsa, authentication),
        // Without authentication the server has no static key: these are ephemeral (RFC 5246 §7.4.3, RFC 8422 §2.5).
        ("DH", "anon" | "ANON") | ("DHE", _) => (Exchange::Dhe, authentication),
        ("ECDH", "anon" | "ANON") | ("ECDHE", _) => (Exchange::Ecdhe, authentication),
        ("DH", _) => (Exchange::Dh, authentication),
        ("ECDH", _) => (Exchange::Ecdh, authentication),
        _ => (Exchange::Other, authentication),
    }
}

fn hash_of(word: &str) -> Option<Hash> {
    match word {
        "MD5" => Some(Hash::Md5),
        "SHA" => Some(Hash::Sha1),
        "SHA256" | "SHA384" | "SHA512" => Some(Hash::Sha2),
        "SM3" | "NULL" | "IMIT" | "OMAC" => Some(Hash::Other),
        _ => None,
    }
}

/// The cipher and its mode, without the hash.
fn cipher_words(protection: &str) -> &str {
    match protection.rsplit_once('_') {
        Some((cipher, last)) if hash_of(last).is_some() => cipher,
        Some(_) | None => protection,
    }
}

fn protection_of(protection: &str) -> (Cipher, Mode, Hash) {
    let words = cipher_words(protection);
    let last = protection.rsplit('_').next().unwrap_or_default();
    let hash = hash_of(last).unwrap_or(Hash::Other);
    (cipher_of(words), mode_of(words), hash)
}

fn cipher_of(words: &str) -> Cipher {
    let starts = [
        ("AES_128_", Cipher::Aes128),
        ("AES_256_", Cipher::Aes256),
        ("CHACHA20_", Cipher::Chacha20),
        ("CAMELLIA_", Cipher::CamelliaOrAria),
        ("ARIA_", Cipher::CamelliaOrAria),
        ("3DES_", Cipher::TripleDes),
        ("DES_", Cipher::Des),
        ("DES40_", Cipher::Des),
        ("RC2_", Cipher::Des),
        ("IDEA_", Cipher::Des),
        ("RC4_", Cipher::Rc4),
    ];
    if words == "NULL" {
        return Cipher::Null;
    }
    starts
        .into_iter()
        .find(|(start, _)| words.starts_with(start))
        .map_or(Cipher::Other, |(_, cipher)| cipher)
}

fn mode_of(words: &str) -> Mode {
    let has = |wanted: &str| words.split('_').any(|word| word == wanted);
    if has("GCM") {
        Mode::Gcm
    } else if words.ends_with("_CCM_8") {
        Mode::ShortCcm
    } else if has("CCM") {
        Mode::Ccm
    } else if has("POLY1305") {
        Mode::Poly1305
    } else if has("CBC") {
        Mode::Cbc
    } else {
        Mode::Other
    }
}
