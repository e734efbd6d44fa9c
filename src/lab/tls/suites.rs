//! What the lab knows of cipher suites, by number: whose key signs, how keys are agreed on, from which version on.

/// How the keys of a session come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Encrypted to the key of the certificate.
    Rsa,
    /// Encrypted to a key of 512 bits that the server signs.
    RsaExport,
    Dhe,
    /// Over a prime of 512 bits.
    DheExport,
    Ecdhe,
}

/// Which kind of key a suite needs in the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    Rsa,
    Ecdsa,
    /// Anonymous: there is no certificate.
    Nobody,
}

/// What protects the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    /// A stream cipher, or none.
    Plain,
    /// Blocks in chains, with a MAC.
    Cbc,
    /// What there is since TLS 1.2 only: AEAD, and MACs by SHA-2.
    Modern,
}

/// The parts of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anatomy {
    pub(crate) exchange: Exchange,
    pub(crate) signer: Signer,
    pub(crate) cipher: Cipher,
}

/// The suites that servers of the lab can be given (IANA, TLS cipher suites).
const KNOWN: &[(u16, Exchange, Signer, Cipher)] = &[
    (0x0001, Exchange::Rsa, Signer::Rsa, Cipher::Plain),
    (0x0002, Exchange::Rsa, Signer::Rsa, Cipher::Plain),
    (0x0003, Exchange::RsaExport, Signer::Rsa, Cipher::Plain),
    (0x0004, Exchange::Rsa, Signer::Rsa, Cipher::Plain),
    (0x0005, Exchange::Rsa, Signer::Rsa, Cipher::Plain),
    (0x0008, Exchange::RsaExport, Signer::Rsa, Cipher::Cbc),
    (0x0009, Exchange::Rsa, Signer::Rsa, Cipher::Cbc),
    (0x000a, Exchange::Rsa, Signer::Rsa, Cipher::Cbc),
    (0x0014, Exchange::DheExport, Signer::Rsa, Cipher::Cbc),
    (0x0016, Exchange::Dhe, Signer::Rsa, Cipher::Cbc),
    (0x0018, Exchange::Dhe, Signer::Nobody, Cipher::Plain),
    (0x002f, Exchange::Rsa, Signer::Rsa, Cipher::Cbc),
    (0x0033, Exchange::Dhe, Signer::Rsa, Cipher::Cbc),
    (0x0034, Exchange::Dhe, Signer::Nobody, Cipher::Cbc),
    (0x0035, Exchange::Rsa, Signer::Rsa, Cipher::Cbc),
    (0x0039, Exchange::Dhe, Signer::Rsa, Cipher::Cbc),
    (0x003a, Exchange::Dhe, Signer::Nobody, Cipher::Cbc),
    (0x009c, Exchange::Rsa, Signer::Rsa, Cipher::Modern),
    (0x009d, Exchange::Rsa, Signer::Rsa, Cipher::Modern),
    (0x009e, Exchange::Dhe, Signer::Rsa, Cipher::Modern),
    (0x009f, Exchange::Dhe, Signer::Rsa, Cipher::Modern),
    (0xc006, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Plain),
    (0xc007, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Plain),
    (0xc008, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Cbc),
    (0xc009, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Cbc),
    (0xc00a, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Cbc),
    (0xc011, Exchange::Ecdhe, Signer::Rsa, Cipher::Plain),
    (0xc012, Exchange::Ecdhe, Signer::Rsa, Cipher::Cbc),
    (0xc013, Exchange::Ecdhe, Signer::Rsa, Cipher::Cbc),
    (0xc014, Exchange::Ecdhe, Signer::Rsa, Cipher::Cbc),
    (0xc018, Exchange::Ecdhe, Signer::Nobody, Cipher::Cbc),
    (0xc02b, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Modern),
    (0xc02c, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Modern),
    (0xc02f, Exchange::Ecdhe, Signer::Rsa, Cipher::Modern),
    (0xc030, Exchange::Ecdhe, Signer::Rsa, Cipher::Modern),
    (0xcca8, Exchange::Ecdhe, Signer::Rsa, Cipher::Modern),
    (0xcca9, Exchange::Ecdhe, Signer::Ecdsa, Cipher::Modern),
];

/// The parts of the suite with this number, where the lab knows it.
pub(crate) fn anatomy(suite: u16) -> Option<Anatomy> {
    let (_, exchange, signer, cipher) = KNOWN.iter().find(|(number, ..)| *number == suite)?;
    Some(Anatomy {
        exchange: *exchange,
        signer: *signer,
        cipher: *cipher,
    })
}

impl Anatomy {
    /// Whether rustls can finish a handshake with it.
    pub(crate) fn is_sound(self) -> bool {
        self.exchange == Exchange::Ecdhe
            && self.cipher == Cipher::Modern
            && self.signer != Signer::Nobody
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rustls_can_finish_is_what_it_lists() {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let theirs: Vec<u16> = provider
            .cipher_suites
            .iter()
            .map(|suite| u16::from(suite.suite()))
            .collect();
        for (suite, ..) in KNOWN {
            let sound = anatomy(*suite).is_some_and(Anatomy::is_sound);
            assert_eq!(sound, theirs.contains(suite), "{suite:04x}");
        }
        assert_eq!(anatomy(0x1301), None);
    }
}
