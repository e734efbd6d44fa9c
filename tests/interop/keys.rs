//! Certificates, made with the openssl command.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes a certification authority and a server certificate for these names: `ca.pem`, `leaf.pem`,
/// `leaf.key` and, with the intermediate authority behind it, `chain.pem`.
pub(crate) fn make(folder: &Path, names: &[&str]) {
    let names: Vec<_> = names.iter().map(|name| format!("DNS:{name}")).collect();
    fs::write(
        folder.join("leaf.ext"),
        format!(
            "subjectAltName={}\nextendedKeyUsage=serverAuth\n",
            names.join(",")
        ),
    )
    .unwrap();
    let key = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ];
    openssl(
        folder,
        [
            "req",
            "-x509",
            "-days",
            "400",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-subj",
            "/CN=Interop CA",
        ]
        .into_iter()
        .chain(key),
    );
    openssl(
        folder,
        [
            "req",
            "-keyout",
            "leaf.key",
            "-out",
            "leaf.csr",
            "-subj",
            "/CN=interop",
        ]
        .into_iter()
        .chain(key),
    );
    openssl(
        folder,
        [
            "x509",
            "-req",
            "-days",
            "90",
            "-in",
            "leaf.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "leaf.ext",
            "-out",
            "leaf.pem",
        ],
    );
    let chain = ["leaf.pem", "ca.pem"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    fs::write(folder.join("chain.pem"), chain.concat()).unwrap();
}

/// SHA-256 of the certificate's public key, in hexadecimal: the data of a TLSA record `3 1 1`.
pub(crate) fn spki_sha256(folder: &Path) -> String {
    openssl(
        folder,
        [
            "x509", "-in", "leaf.pem", "-noout", "-pubkey", "-out", "leaf.pub",
        ],
    );
    openssl(
        folder,
        [
            "pkey",
            "-pubin",
            "-in",
            "leaf.pub",
            "-outform",
            "der",
            "-out",
            "leaf.spki",
        ],
    );
    let digest = openssl(folder, ["dgst", "-sha256", "-r", "leaf.spki"]);
    digest.split_whitespace().next().unwrap().to_owned()
}

/// A DKIM key record for a fresh RSA key of 2048 bits.
pub(crate) fn dkim(folder: &Path) -> String {
    openssl(folder, ["genrsa", "-out", "dkim.key", "2048"]);
    openssl(
        folder,
        ["rsa", "-in", "dkim.key", "-pubout", "-out", "dkim.pub"],
    );
    let pem = fs::read_to_string(folder.join("dkim.pub")).unwrap();
    let key: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let (first, second) = key.split_at(200);
    format!("\"v=DKIM1; k=rsa; p={first}\" \"{second}\"")
}

fn openssl<'a>(folder: &Path, args: impl IntoIterator<Item = &'a str>) -> String {
    let done = Command::new("openssl")
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "openssl: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).into_owned()
}
