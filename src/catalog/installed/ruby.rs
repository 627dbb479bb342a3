//! RubyGems: `*.gemspec`, which is Ruby, as `gem install` and Debian write it.
//! <https://guides.rubygems.org/specification-reference/>
//!
//! Nothing is evaluated: a gem's own source may compute its version, and is then passed over.

use std::str::Chars;

use super::super::Want;
use super::super::path;
use super::Described;
use super::Installed;
use super::Source;
use super::capture;
use super::metadata;
use super::package;
use super::pattern;
use crate::package::Kind;
use crate::package::License;
use crate::package::OwnedFile;
use crate::package::Party;
use crate::package::PurlBuilder;

/// What is installed.
pub(in super::super) const GEMS: Installed = Installed {
    name: "ruby-installed-gemspec-cataloger",
    tags: &["gem", "gemspec", "image", "installed", "language", "package", "ruby"],
    wants: &[Want::Bytes("**/specifications/**/*.gemspec")],
    read,
};

/// What is declared.
pub(in super::super) const GEMSPECS: Installed = Installed {
    name: "ruby-gemspec-cataloger",
    tags: &["declared", "directory", "gem", "gemspec", "language", "package", "ruby"],
    wants: &[Want::Bytes("**/*.gemspec")],
    read,
};

fn read(source: &Source<'_>) -> Result<Option<Described>, String> {
    let text = source.text();
    let name = pattern!(r##"(?m)^\s*\w+\.name\s*=\s*(?:"([^"#]+)"|'([^']+)'|%q<([^>]+)>)"##);
    let version = pattern!(
        r##"(?m)^\s*\w+\.version\s*=\s*(?:Gem::Version\.new\(?\s*)?(?:"([^"#]+)"|'([^']+)'|%q<([^>]+)>)"##
    );
    let (Some(name), Some(version)) = (capture(name, &text), capture(version, &text)) else {
        return Ok(None);
    };
    let list = |field: &str| strings(value_of(&text, field).unwrap_or_default());
    let one = |field: &str| list(field).into_iter().next();
    let authors = [list("authors"), list("author")].concat();
    let licenses = [list("licenses"), list("license")].concat();
    let author = authors.first().and_then(|name| Party::from_mailbox(name));
    let email = one("email").filter(|email| email.contains('@'));
    let mut found = package(Kind::Gem, name, version);
    found.purl = Some(PurlBuilder::new("gem", name).version(version).build());
    found.licenses = licenses.iter().map(|text| License::declared(text)).collect();
    found.supplier = author.map(|author| Party { email: author.email.or(email), ..author });
    found.homepage = one("homepage").filter(|page| page.starts_with("http"));
    found.description = one("summary");
    found.files = owned(source, name, version, list("files"));
    found.metadata = metadata(
        "ruby-gemspec",
        [
            ("name", name.into()),
            ("version", version.into()),
            ("authors", authors.into()),
            ("homepage", found.homepage.clone().into()),
        ],
    );
    let need = pattern!(r##"\.add_(?:runtime_)?dependency\(?\s*(?:%q<([^>]+)>|"([^"#]+)"|'([^']+)')"##);
    let needs = need.captures_iter(&text).filter_map(|found| found.iter().skip(1).flatten().next());
    let needs = needs.map(|name| name.as_str().to_owned()).collect();
    Ok(Some(Described { needs, ..Described::new(found) }))
}

/// Those of the files that lie where gems are unpacked; those of default gems are among Ruby's own.
fn owned(source: &Source<'_>, name: &str, version: &str, files: Vec<String>) -> Vec<OwnedFile> {
    let home = path::parent(path::parent(source.path));
    let base = format!("{home}/gems/{name}-{version}");
    let paths = files.iter().filter_map(|file| path::join(&base, file));
    let there = paths.filter(|path| path.starts_with(&base) && source.view.tree().get(path).is_some());
    let mut owned: Vec<OwnedFile> = there.map(|path| OwnedFile { path: format!("/{path}") }).collect();
    owned.sort_unstable();
    owned.dedup();
    owned
}

/// What is assigned to a field: the rest of the line, or up to the end of a list.
fn value_of<'a>(text: &'a str, field: &str) -> Option<&'a str> {
    let assigned = text.match_indices(field).find_map(|(start, _)| {
        let before = text.get(..start)?;
        let rest = text.get(start.saturating_add(field.len())..)?.trim_start_matches([' ', '\t']);
        let line = before.rsplit('\n').next()?.trim_start();
        let is_field = line.strip_suffix('.').is_some_and(|name| name.chars().all(char::is_alphanumeric));
        if is_field { rest.strip_prefix('=') } else { None }
    })?;
    let value = assigned.trim_start_matches([' ', '\t']);
    let end = if value.starts_with('[') { list_end(value) } else { value.find('\n') };
    value.get(..end.unwrap_or(value.len()))
}

/// The `]` that is in no string.
fn list_end(value: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    value.find(|c: char| {
        let ends = quote.is_none() && c == ']';
        match quote {
            _ if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        ends
    })
}

/// The strings of a value, without their escapes: `["a".freeze, %q<b>, 'c']`.
fn strings(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        let close = match c {
            '"' | '\'' => c,
            '%' if rest.as_str().starts_with("q<") => {
                rest.nth(1);
                '>'
            }
            '#' => break,
            _ => continue,
        };
        let mut string = String::new();
        while let Some(c) = rest.next() {
            match c {
                '\\' => match rest.next() {
                    Some('n') => string.push('\n'),
                    Some('u') => string.extend(code_point(&mut rest)),
                    Some(other) => string.push(other),
                    None => {}
                },
                _ if c == close => break,
                _ => string.push(c),
            }
        }
        // Ruby would put in what it evaluates.
        if !string.is_empty() && !string.contains("#{") {
            found.push(string);
        }
    }
    found
}

/// The character behind `\u`: `00E9` or `{1F600}`.
fn code_point(rest: &mut Chars<'_>) -> Option<char> {
    let (digits, skipped) = match rest.as_str().strip_prefix('{') {
        Some(inner) => inner.split_once('}').map(|(digits, _)| (digits, digits.len().saturating_add(2)))?,
        None => (rest.as_str().get(..4)?, 4),
    };
    let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
    rest.nth(skipped.saturating_sub(1));
    Some(character)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn strings_have_escapes() {
        // As RubyGems writes the authors of bundler.
        let list = strings("[\"Andr\\u00E9 Arko\".freeze, \"David Rodr\\u{ed}guez\", \"a\\\"b\", \"\\u00\"]");
        assert_eq!(list, ["Andr\u{e9} Arko", "David Rodr\u{ed}guez", "a\"b", "00"]);
    }

    const RAILS: &[u8] = br#"# -*- encoding: utf-8 -*-
# stub: rails 6.1.7.10 ruby lib

Gem::Specification.new do |s|
  s.name = "rails".freeze
  s.version = "6.1.7.10"

  s.required_rubygems_version = Gem::Requirement.new(">= 1.8.11".freeze) if s.respond_to? :required_rubygems_version=
  s.authors = ["David [D] Heinemeier \"x\"".freeze, "B".freeze]
  s.email = "david@example.com".freeze
  s.files = ["README.md".freeze, "lib/no.rb".freeze, "../../x".freeze]
  s.homepage = "https://rubyonrails.org".freeze
  s.licenses = ["MIT".freeze]
  s.summary = "Full-stack framework.".freeze

  if s.respond_to? :add_runtime_dependency then
    s.add_runtime_dependency(%q<activesupport>.freeze, ["= 6.1.7.10"])
    s.add_development_dependency(%q<rake>.freeze, [">= 0"])
  end
end
"#;

    #[test]
    fn reads_installed_gems() {
        let directory = "usr/lib/ruby/gems/3.1.0";
        let files: [(&str, &[u8]); 5] = [
            (&format!("{directory}/specifications/rails-6.1.7.10.gemspec"), RAILS),
            (
                &format!("{directory}/specifications/default/activesupport.gemspec"),
                b"Gem::Specification.new do |spec|\r\n  spec.name = 'activesupport'\r\n  spec.version = Gem::Version.new('6.1')\r\n  spec.license = 'MIT'\r\n",
            ),
            (&format!("{directory}/specifications/rake.gemspec"), b"s.name = %q<rake>\ns.version = %q<13.0>\n"),
            (&format!("{directory}/specifications/computed.gemspec"), b"s.name = 'x'\ns.version = X::VERSION\n\xff"),
            (&format!("{directory}/gems/rails-6.1.7.10/README.md"), b""),
        ];
        let found = testing::find(&GEMS, &files);
        let mut listed = testing::list(&found);
        listed.sort();
        let expected = [
            "activesupport 6.1 pkg:gem/activesupport@6.1",
            "rails 6.1.7.10 pkg:gem/rails@6.1.7.10",
            "rake 13.0 pkg:gem/rake@13.0",
        ];
        assert_eq!(listed, expected);
        assert_eq!(testing::edges(&found), ["rails@6.1.7.10 -> activesupport@6.1"]);
        let rails = found.packages().iter().find(|package| package.name == "rails").unwrap();
        let supplier = rails.supplier.as_ref().unwrap();
        assert_eq!(
            (supplier.name.as_str(), supplier.email.as_deref()),
            ("David [D] Heinemeier \"x\"", Some("david@example.com"))
        );
        assert_eq!(rails.licenses[0].expression.as_deref(), Some("MIT"));
        let files: Vec<&str> = rails.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(files, ["/usr/lib/ruby/gems/3.1.0/gems/rails-6.1.7.10/README.md"]);
        assert!(found.unknowns().is_empty());
    }

    #[test]
    fn strings_are_taken_apart() {
        assert_eq!(strings(r#"["a\nb".freeze, 'c', %q<d>, "e#{f}"] # "g""#), ["a\nb", "c", "d"]);
        assert_eq!(strings("[\"open"), ["open"]);
        assert_eq!(value_of("s.files = [\"]\",\n 'b']\n", "files"), Some("[\"]\",\n 'b'"));
        assert_eq!(value_of("s.test_files = 1", "files"), None);
    }
}
