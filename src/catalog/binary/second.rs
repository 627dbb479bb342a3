//! Programs that images carry without a package, continued: servers, tools and libraries.

use super::row::Row;

/// See the head of this file.
pub(super) static SECOND: [Row; 23] = [
    Row {
        class: "erlang-binary",
        glob: "**/erlexec",
        package: "erlang",
        purl: "generic/erlang",
        cpes: &["a:erlang:erlang\\/otp"],
        patterns: &[
            r"/src/otp_src_(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)/erts/",
            r"/usr/local/src/otp-(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)/erts/",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "erlang-alpine-binary",
        glob: "**/beam.smp",
        package: "erlang",
        purl: "generic/erlang",
        cpes: &["a:erlang:erlang\\/otp"],
        patterns: &[
            r"/src/otp_src_(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)/erts/",
            r"/usr/local/src/otp-(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)/erts/",
            r"\x00(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)\x00+Erlang/OTP",
            r"(?s)Erlang/OTP.{1,150}\x00+(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)\x00",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "erlang-library",
        glob: "**/liberts_internal.a",
        package: "erlang",
        purl: "generic/erlang",
        cpes: &["a:erlang:erlang\\/otp"],
        patterns: &[
            r"/src/otp_src_(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)/erts/",
            r"/usr/local/src/otp-(?P<version>[0-9]+\.[0-9]+(\.[0-9]+){0,2}(-rc[0-9])?)/erts/",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "swipl-binary",
        glob: "**/swipl",
        package: "swipl",
        purl: "generic/swipl",
        cpes: &["a:swi-prolog:swi-prolog"],
        patterns: &["swipl-<V>/"],
        ..Row::EMPTY
    },
    Row {
        class: "dart-binary",
        glob: "**/dart",
        package: "dart",
        purl: "generic/dart",
        cpes: &["a:dart:dart_software_development_kit"],
        patterns: &[r"\x00(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-[0-9]+(\.[0-9]+)?\.beta)?) "],
        ..Row::EMPTY
    },
    Row {
        class: "deno-binary",
        glob: "**/deno",
        package: "deno",
        purl: "generic/deno",
        cpes: &["a:deno:deno"],
        patterns: &["Deno/<V>", r"deno[\s-]*<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "haskell-ghc-binary",
        glob: "**/ghc*",
        package: "haskell/ghc",
        purl: "generic/haskell/ghc",
        cpes: &["a:haskell:ghc"],
        patterns: &[
            r"\x00GHC <V>\x00",
            r"\x00libHSghc-<V>-([a-zA-Z0-9]+-)?ghc[0-9]+\.[0-9]+\.[0-9]+\.so\x00",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "haskell-cabal-binary",
        glob: "**/cabal",
        package: "haskell/cabal",
        purl: "generic/haskell/cabal",
        cpes: &["a:haskell:cabal"],
        patterns: &[
            r"\x00Cabal-(?P<version>[0-9]+\.[0-9]+\.[0-9]+(\.[0-9]+)?)-",
            r"\x00.{0,50}cabal-install-(?P<version>[0-9]+\.[0-9]+\.[0-9]+(\.[0-9]+)?)-[a-zA-Z0-9]+\x00",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "haskell-stack-binary",
        glob: "**/stack",
        package: "haskell/stack",
        purl: "generic/haskell/stack",
        cpes: &["a:haskell:stack"],
        patterns: &[r"Version\s*<V>,\s*Git"],
        ..Row::EMPTY
    },
    Row {
        class: "consul-binary",
        glob: "**/consul",
        package: "consul",
        purl: "golang/github.com/hashicorp/consul",
        cpes: &["a:hashicorp:consul"],
        patterns: &["CONSUL_VERSION: <V>", r#"GitDescribe=<V>""#, r"\x00v<V>\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "hashicorp-vault-binary",
        glob: "**/vault",
        package: "github.com/hashicorp/vault",
        purl: "golang/github.com/hashicorp/vault",
        cpes: &["a:hashicorp:vault"],
        patterns: &[
            "revoke<V>",
            r"state(?P<version>[0-9]+\.[0-9]+\.[0-9]+-rc[0-9])",
            r"016x(?P<version>1\.1[134]\.[0-9]{1,2})",
            r"\x00(?P<version>1\.[0-9][01]?\.[0-9]+)\x00",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "nginx-binary",
        glob: "**/nginx",
        package: "nginx",
        purl: "generic/nginx",
        cpes: &["a:f5:nginx", "a:nginx:nginx"],
        patterns: &[
            r"(\x00|\?)nginx version: [^/]+/(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:\+[0-9]+)?(?:-[0-9]+)?)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "bash-binary",
        glob: "**/bash",
        package: "bash",
        purl: "generic/bash",
        cpes: &["a:gnu:bash"],
        patterns: &[r"@\(#\)Bash version <V>\([0-9]+\) [a-z0-9]+ GNU"],
        ..Row::EMPTY
    },
    Row {
        class: "openssl-binary-aws-lc",
        glob: "**/openssl",
        exclusive: true,
        package: "aws-lc",
        purl: "generic/aws-lc",
        cpes: &["a:amazon:aws_libcrypto"],
        patterns: &[r"AWS-LC <V>\)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "openssl-binary",
        glob: "**/openssl",
        exclusive: true,
        package: "openssl",
        purl: "generic/openssl",
        cpes: &["a:openssl:openssl"],
        patterns: &[
            r"\x00OpenSSL (?P<version>[0-9]+\.[0-9]+\.[0-9]+([a-z]+|-alpha[0-9]|-beta[0-9]|-rc[0-9])?)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "openldap-search-binary",
        glob: "**/ldapsearch",
        package: "openldap",
        purl: "generic/openldap",
        cpes: &["a:openldap:openldap"],
        patterns: &[r"\$OpenLDAP:\sldapsearch\s<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "qt-qtbase-lib",
        glob: "**/libQt*Core.so*",
        package: "qtbase",
        purl: "generic/qtbase",
        cpes: &["a:qt:qt", "a:qt:qtbase"],
        patterns: &[r"\x00Qt <V> \(", "QtCore library version <V>"],
        ..Row::EMPTY
    },
    Row {
        class: "gcc-binary",
        glob: "**/gcc",
        also: &["**/gcc-[0-9]*", "**/x86_64-linux-gnu-gcc-[0-9]*", "**/aarch64-linux-gnu-gcc-[0-9]*"],
        package: "gcc",
        purl: "generic/gcc",
        cpes: &["a:gnu:gcc"],
        patterns: &[r"GCC: \(GNU\) <V>"],
        ..Row::EMPTY
    },
    Row {
        class: "fluent-bit-binary",
        glob: "**/fluent-bit",
        package: "fluent-bit",
        purl: "github/fluent/fluent-bit",
        cpes: &["a:treasuredata:fluent_bit"],
        patterns: &[r"\x00<V>\x00(\x1b\[1m\x00|\x00|\x00\x00)?(%s)?Fluent"],
        ..Row::EMPTY
    },
    Row {
        class: "wordpress-cli-binary",
        glob: "**/wp",
        package: "wp-cli",
        purl: "generic/wp-cli",
        cpes: &["a:wp-cli:wp-cli"],
        patterns: &["wp-cli/wp-cli <V>"],
        ..Row::EMPTY
    },
    Row {
        class: "curl-binary",
        glob: "**/curl",
        package: "curl",
        purl: "generic/curl",
        cpes: &["a:haxx:curl"],
        patterns: &["curl/<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "lighttpd-binary",
        glob: "**/lighttpd",
        package: "lighttpd",
        purl: "generic/lighttpd",
        cpes: &["a:lighttpd:lighttpd"],
        patterns: &[r"\x00lighttpd/<V>[-\x00]"],
        ..Row::EMPTY
    },
    Row {
        class: "proftpd-binary",
        glob: "**/proftpd",
        package: "proftpd",
        purl: "generic/proftpd",
        cpes: &["a:proftpd:proftpd"],
        patterns: &[r"\x00ProFTPD Version (?P<version>[0-9]+\.[0-9]+\.[0-9]+[a-z]?)\x00"],
        ..Row::EMPTY
    },
];
