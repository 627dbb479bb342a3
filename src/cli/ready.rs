//! Commands that are ready to be copied into a shell.

use portcullis::identity::CertificateIdentity;
use portcullis::report::printable;

/// The command of this call, without its signer.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    command: &'static str,
    words: Vec<String>,
}

impl Ready {
    /// `words` are options and operands as they are typed; no credentials among them.
    pub(super) fn new(command: &'static str, words: Vec<String>) -> Self {
        Self { command, words }
    }

    /// The same for one operand.
    pub(super) fn with(&self, operand: &str) -> Self {
        let mut words = self.words.clone();
        words.push(operand.to_owned());
        Self { command: self.command, words }
    }

    /// The command that asks for this signer; nothing if a terminal would not show it as it is.
    pub(super) fn by(&self, signer: &CertificateIdentity) -> Option<String> {
        let issuer = signer.issuer.as_deref().unwrap_or("none");
        let mut text = format!("portcullis {}", self.command);
        for (name, value) in [("--identity", signer.san.as_str()), ("--issuer", issuer)] {
            // A value that looks like an option is one unless it is bound to its name.
            let bind = if value.starts_with('-') { '=' } else { ' ' };
            text.push_str(&format!(" {name}{bind}{}", quote(value)));
        }
        for word in &self.words {
            text.push(' ');
            text.push_str(&quote(word));
        }
        (printable(&text).to_string() == text).then_some(text)
    }
}

/// One word of a POSIX shell, whatever is in it.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(san: &str) -> CertificateIdentity {
        CertificateIdentity { san: san.to_owned(), issuer: None, ..CertificateIdentity::default() }
    }

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        let ready = Ready::new("verify", vec!["--trusted-root".to_owned(), "my root.json".to_owned()]);
        let ready = ready.with("registry.example/app:1");
        for san in ["a@example.com", "a b", "$(touch x)", "it's", "`id`;rm -rf *", "--key", "a\\b\"c", "{}"] {
            let command = ready.by(&signer(san)).unwrap();
            let script = format!("portcullis() {{ printf '%s\\n' \"$@\"; }}\n{command}\n");
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            let words = String::from_utf8(output.stdout).unwrap();
            let words: Vec<&str> = words.lines().collect();
            let identity = match san.starts_with('-') {
                true => vec!["--identity=--key"],
                false => vec!["--identity", san],
            };
            let rest = ["--issuer", "none", "--trusted-root", "my root.json", "registry.example/app:1"];
            assert_eq!(words, [&["verify"], identity.as_slice(), &rest].concat(), "{command}");
        }
    }

    #[test]
    fn what_a_terminal_would_act_on_is_no_command() {
        for san in ["a\x1b[2Jb", "a\nb", "\u{202e}moc.elpmaxe"] {
            assert!(Ready::new("verify", Vec::new()).by(&signer(san)).is_none(), "{san:?}");
        }
    }
}
