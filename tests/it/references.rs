//! References against another parser: what we accept, `oci-client` reads the same way.

use portcullis::oci::Reference;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn accepted_references_mean_the_same(
        text in "(([a-z0-9.-]{1,12}|localhost|\\[::1\\])(:[0-9]{1,5})?/)?[a-z0-9._-]{1,6}(/[a-z0-9._-]{1,6}){0,2}(:[A-Za-z0-9._-]{1,8})?(@sha256:[0-9a-f]{64})?"
    ) {
        let Ok(ours) = Reference::parse(&text) else { return Ok(()) };
        // IPv6 addresses in brackets are not in the grammar of that parser.
        if !text.starts_with('[') {
            let theirs: oci_client::Reference = text.parse().map_err(|error| {
                TestCaseError::fail(format!("{text}: only we accept it: {error}"))
            })?;
            prop_assert_eq!(ours.registry(), Some(theirs.registry()));
            prop_assert_eq!(ours.repository(), Some(theirs.repository()));
            prop_assert_eq!(ours.digest().map(ToString::to_string), theirs.digest().map(str::to_owned));
            prop_assert_eq!(ours.tag(), theirs.tag());
        }
        let again = Reference::parse(&ours.to_string());
        prop_assert_eq!(again, Ok(ours));
    }

    #[test]
    fn any_text_is_an_error_or_a_round_trip(text in "\\PC{0,60}") {
        if let Ok(reference) = Reference::parse(&text) {
            let again = Reference::parse(&reference.to_string());
            prop_assert_eq!(again, Ok(reference));
        }
    }
}
