//! OTP applications: `*.app`, an Erlang term. <https://www.erlang.org/doc/apps/kernel/app.html>

use super::super::Want;
use super::Described;
use super::Installed;
use super::Source;
use super::capture;
use super::metadata;
use super::package;
use super::pattern;
use crate::package::Kind;
use crate::package::PurlBuilder;

pub(in super::super) const OTP: Installed = Installed {
    name: "erlang-otp-application-cataloger",
    tags: &["declared", "directory", "erlang", "language", "otp", "package"],
    wants: &[Want::Bytes("**/*.app")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let text = source.text();
    // Other programs have files of that name.
    let name = pattern!(r#"(?m)^\s*\{\s*application\s*,\s*(?:'([^'\n]+)'|([a-z][\w@]*))\s*,"#);
    let version = pattern!(r#"\{\s*vsn\s*,\s*"([^"\n]+)"\s*\}"#);
    let (Some(name), Some(version)) = (capture(name, &text), capture(version, &text)) else {
        return Ok(None);
    };
    // A template, that the build would have filled in.
    if version.contains(['%', '{']) {
        return Ok(None);
    }
    let list = capture(pattern!(r"\{\s*applications\s*,\s*\[([^\]]*)\]"), &text).unwrap_or_default();
    let needs = list.split(',').map(|need| need.trim().trim_matches('\'').to_owned());
    let needs = needs.filter(|need| !need.is_empty()).collect();
    let description = capture(pattern!(r#"\{\s*description\s*,\s*"([^"\n]+)"\s*\}"#), &text);
    let mut found = package(Kind::Erlang, name, version);
    found.purl = Some(PurlBuilder::new("otp", name).version(version).build());
    found.description = description.map(str::to_owned);
    found.metadata = metadata("erlang-otp-application", [("name", name.into()), ("version", version.into())]);
    Ok(Some(Described { needs, ..Described::new(found) }))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn reads_applications() {
        let rabbit = b"%% comment\n{application, 'rabbit', [\n\t{description, \"RabbitMQ\"},\n\t{vsn, \"3.12.10\"},\n\t{modules, ['a']},\n\t{applications, [kernel,stdlib,\n 'os_mon']}\n]}.\n";
        let found = testing::find(
            &OTP,
            &[
                ("opt/rabbit.app", rabbit),
                ("opt/os_mon.app", b"{application, os_mon,\r\n [{vsn,\"2.8\"}]}.\r\n"),
                ("opt/template.app", b"{application, t, [{vsn, \"%VSN%\"}]}"),
                ("opt/other.app", b"<plist/>\xff"),
            ],
        );
        let expected = ["os_mon 2.8 pkg:otp/os_mon@2.8", "rabbit 3.12.10 pkg:otp/rabbit@3.12.10"];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(testing::edges(&found), ["rabbit@3.12.10 -> os_mon@2.8"]);
    }
}
