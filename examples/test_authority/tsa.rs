//! RFC 3161 over HTTP (section 3.4).

use hyper::StatusCode;

use crate::Answer;
use crate::State;
use crate::now;
use crate::support::authority::der;
use crate::typed;

/// `POST /api/v1/timestamp` with a `TimeStampReq`.
pub(crate) fn stamp(state: &State, body: &[u8]) -> Result<Answer, String> {
    let request = der::children(body).ok_or("not a TimeStampReq")?;
    let [_, imprint, options @ ..] = request.as_slice() else { return Err("no messageImprint".to_owned()) };
    let imprint = der::children(imprint).ok_or("no messageImprint")?;
    let hashed = imprint.get(1).and_then(|octets| der::contents(octets)).ok_or("no hash")?;
    if hashed.len() != 32 {
        return Err("only SHA-256 is supported".to_owned());
    }
    // The only INTEGER among the optional fields is the nonce.
    let nonce = options.iter().find(|field| field.first() == Some(&0x02)).map(Vec::as_slice);
    let tsa = &state.authority.tsa;
    let reply = tsa.respond(&hashed, nonce, now(), &[&tsa.leaf, &tsa.root]);
    Ok(typed(StatusCode::CREATED, "application/timestamp-reply", reply))
}
