//! Authorities and certificates for tests.

use crate::facts::timestamp::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;
use time::OffsetDateTime;

/// The moment at which the tests judge.
pub(in crate::derive) fn now() -> Timestamp {
    Timestamp::parse("2026-06-01T00:00:00Z").unwrap()
}

/// So many days from [`now`].
pub(in crate::derive) fn day(days: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(now().unix() + days * 86_400).unwrap()
}

/// What a certificate is made from.
#[derive(Clone)]
pub(in crate::derive) struct Plan<'a> {
    pub(in crate::derive) common_name: &'a str,
    pub(in crate::derive) names: &'a [&'a str],
    /// Days from [`now`].
    pub(in crate::derive) days: (i64, i64),
    pub(in crate::derive) is_ca: bool,
}

impl<'a> Plan<'a> {
    pub(in crate::derive) const fn server(names: &'a [&'a str]) -> Self {
        Self {
            common_name: "server",
            names,
            days: (-10, 80),
            is_ca: false,
        }
    }

    pub(in crate::derive) const fn ca(common_name: &'a str) -> Self {
        Self {
            common_name,
            names: &[],
            days: (-100, 3000),
            is_ca: true,
        }
    }

    pub(in crate::derive) const fn days(mut self, from: i64, to: i64) -> Self {
        self.days = (from, to);
        self
    }

    fn params(&self) -> CertificateParams {
        let names: Vec<String> = self.names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, self.common_name);
        params.not_before = day(self.days.0);
        params.not_after = day(self.days.1);
        if self.is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        } else {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }
        params
    }
}

/// Something with a certificate and its key: an authority or a server.
pub(in crate::derive) struct Authority {
    pub(in crate::derive) params: CertificateParams,
    pub(in crate::derive) key: KeyPair,
    pub(in crate::derive) der: CertificateDer<'static>,
}

impl Authority {
    pub(in crate::derive) fn root(common_name: &str) -> Self {
        Self::self_signed(&Plan::ca(common_name))
    }

    pub(in crate::derive) fn self_signed(plan: &Plan<'_>) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = plan.params();
        let der = params.self_signed(&key).unwrap().der().clone();
        Self { params, key, der }
    }

    /// A certificate that this authority signs.
    pub(in crate::derive) fn issue(&self, plan: &Plan<'_>) -> Self {
        self.issue_params(plan.params())
    }

    pub(in crate::derive) fn issue_params(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let der = params.signed_by(&key, &issuer).unwrap().der().clone();
        Self { params, key, der }
    }

    pub(in crate::derive) fn pem(&self) -> String {
        let body = data_encoding::BASE64.encode(&self.der);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }
}
