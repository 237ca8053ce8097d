//! Who had to sign.

use crate::finding::Finding;
use crate::signer::Signer;
use rekor_verifier::report::Outcome;
use rekor_verifier::sigstore::{Expected, IdentityPolicy};

/// Whether the signer is the one whom the reader named; `signature` is what came of the signature.
pub fn check(signer: &Signer, expected: Option<&IdentityPolicy>, signature: Outcome) -> Finding {
    match signer {
        Signer::Certificate(info) => {
            let (identity, issuer) = (info.identity.as_ref().map(|name| name.as_str()), info.issuer.as_deref());
            let finding = match expected {
                None => Finding::untrusted("You named nobody who had to sign."),
                Some(policy) if is(&policy.identity, identity) && is(&policy.issuer, issuer) => {
                    Finding::passed("The certificate was issued to whom you named.")
                }
                Some(_) => Finding::untrusted("The certificate was issued to somebody whom you did not name."),
            };
            finding.with("identity", identity).with("issuer", issuer)
        }
        Signer::Managed { .. } if signature == Outcome::Passed => Finding::passed("You named the key."),
        Signer::Managed { .. } | Signer::Unnamed => Finding::untrusted("No key that you named made the signature."),
        Signer::Malformed(why) => Finding::not_checked(format!("The signer cannot be told: {why}.")),
    }
}

/// What the certificate does not say is nobody's, whatever is expected.
fn is(expected: &Expected, found: Option<&str>) -> bool {
    found.is_some_and(|found| expected.matches(found))
}
