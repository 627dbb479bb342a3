//! Each row on the bytes that decide. The texts are those of real programs, as far as they were seen: from
//! Debian's packages, and the notes of syft's table and its snippets of official images.

use super::super::testing;
use super::*;

/// Path, content, and what it is.
const KNOWN: &[(&str, &[u8], &str)] = &[
    ("usr/bin/python3.11", b"\0x\x003.11.2\0", "python 3.11.2 pkg:generic/python@3.11.2"),
    ("usr/bin/python3.7", b"\x003.7.4rc1+\0\x003.7.4rc1\0", "python 3.7.4rc1 pkg:generic/python@3.7.4rc1"),
    ("usr/lib/libpython3.11.so.1.0", b"\0\x003.11.2\0", "python 3.11.2 pkg:generic/python@3.11.2"),
    ("usr/lib/libpython3.7m.so.1.0", b"\x003.7.4a0\0", "python 3.7.4a0 pkg:generic/python@3.7.4a0"),
    ("opt/libpypy3-c.so", b"[PyPy 7.3.14 with GCC", "pypy 7.3.14 pkg:generic/pypy@7.3.14"),
    ("usr/local/go/bin/go", b"\0go1.21.3\0", "go 1.21.3 pkg:generic/go@1.21.3"),
    ("usr/local/go/bin/go", b"\0go1.22rc2\0", "go 1.22rc2 pkg:generic/go@1.22rc2"),
    ("lib/libjulia-internal.so", b"__init__\x001.11.0\0verify", "julia 1.11.0 pkg:generic/julia@1.11.0"),
    ("bin/helm", b"\0v3.11.1\0", "helm 3.11.1 pkg:golang/helm.sh/helm@3.11.1"),
    (
        "bin/redis-server",
        b"\x007.0.14buildkitsandbox-1702957741000000000\0",
        "redis 7.0.14 pkg:generic/redis@7.0.14",
    ),
    (
        "bin/redis-server",
        b"\x004.0.11841ce7054bd9-1542359302000000000\0",
        "redis 4.0.11 pkg:generic/redis@4.0.11",
    ),
    ("bin/redis-server", b"Server started, Redis version 2.8.23", "redis 2.8.23 pkg:generic/redis@2.8.23"),
    (
        "bin/valkey-server",
        b"valkey9.0.0buildkitsandbox-1764887574000000000",
        "valkey 9.0.0 pkg:generic/valkey@9.0.0",
    ),
    ("bin/node", b"\0node v0.10.48\0", "node 0.10.48 pkg:generic/node@0.10.48"),
    ("bin/node", b"\0v4.9.1\0", "node 4.9.1 pkg:generic/node@4.9.1"),
    ("bin/node", b"node.js/v22.9.0", "node 22.9.0 pkg:generic/node@22.9.0"),
    ("bin/busybox", b"BusyBox v1.36.1 (2023", "busybox 1.36.1 pkg:generic/busybox@1.36.1"),
    ("usr/bin/getopt", b"\0util-linux 2.37.4\0", "util-linux 2.37.4 pkg:generic/util-linux@2.37.4"),
    ("usr/bin/getopt", b"\0util-linux 2.40\0", "util-linux 2.40 pkg:generic/util-linux@2.40"),
    ("usr/sbin/haproxy", b"version 2.7.3-1065b10, released 2023", "haproxy 2.7.3 pkg:generic/haproxy@2.7.3"),
    ("usr/sbin/haproxy", b"HA-Proxy version 1.5.14 2015", "haproxy 1.5.14 pkg:generic/haproxy@1.5.14"),
    (
        "usr/sbin/haproxy",
        b" version 2.6.12-1+deb12u4, released 2026/10/17",
        "haproxy 2.6.12 pkg:generic/haproxy@2.6.12",
    ),
    (
        "usr/sbin/haproxy",
        b"2.4-dev12-4a2b1c0 HAProxy version",
        "haproxy 2.4-dev12 pkg:generic/haproxy@2.4-dev12",
    ),
    ("usr/local/bin/php", b"X-Powered-By: PHP/8.2.1\0", "php-cli 8.2.1 pkg:generic/php-cli@8.2.1"),
    ("usr/sbin/php-fpm8.2", b"X-Powered-By: PHP/8.2.36\0", "php-fpm 8.2.36 pkg:generic/php-fpm@8.2.36"),
    (
        "usr/lib/apache2/modules/libphp8.2.so",
        b"X-Powered-By: PHP/8.3.0RC1\0",
        "libphp 8.3.0RC1 pkg:generic/php@8.3.0RC1",
    ),
    ("usr/local/bin/perl", b"/usr/local/lib/perl5/5.37.8/x", "perl 5.37.8 pkg:generic/perl@5.37.8"),
    ("usr/bin/composer", b"'pretty_version' => '2.7.7'", "composer 2.7.7 pkg:generic/composer@2.7.7"),
    (
        "usr/bin/composer.phar",
        b"'pretty_version' => '2.0.0RC2'",
        "composer 2.0.0RC2 pkg:generic/composer@2.0.0RC2",
    ),
    (
        "usr/sbin/apache2",
        b"\0Apache/2.4.71\0Apache/2.4.71 (Debian)\0",
        "httpd 2.4.71 pkg:generic/httpd@2.4.71",
    ),
    ("usr/bin/perl", b"\0/usr/local/share/perl/5.36.0\0", "perl 5.36.0 pkg:generic/perl@5.36.0"),
    ("usr/local/apache2/bin/httpd", b"Apache/2.4.54 (Unix)", "httpd 2.4.54 pkg:generic/httpd@2.4.54"),
    ("usr/bin/memcached", b"memcached 1.6.18\0", "memcached 1.6.18 pkg:generic/memcached@1.6.18"),
    ("usr/bin/traefik", b"\0v1.7.34\0", "traefik 1.7.34 pkg:generic/traefik@1.7.34"),
    ("usr/bin/traefik", b"\x002.9.6\0", "traefik 2.9.6 pkg:generic/traefik@2.9.6"),
    ("usr/bin/traefik", b"\xe0a3.0.4\0", "traefik 3.0.4 pkg:generic/traefik@3.0.4"),
    ("usr/bin/arangosh", b"\x003.11.8 [linux] 64bit", "arangodb 3.11.8 pkg:generic/arangodb@3.11.8"),
    ("usr/bin/arangosh", b"3.12.0-2 enterprise [linux]", "arangodb 3.12.0-2 pkg:generic/arangodb@3.12.0-2"),
    ("usr/bin/postgres", b"\0PostgreSQL 15beta4", "postgresql 15beta4 pkg:generic/postgresql@15beta4"),
    ("usr/bin/postgres", b"\0PostgreSQL 9.6.24", "postgresql 9.6.24 pkg:generic/postgresql@9.6.24"),
    ("usr/bin/postgres", b"?PostgreSQL 9.5alpha1", "postgresql 9.5alpha1 pkg:generic/postgresql@9.5alpha1"),
    ("usr/bin/mysql", b"shutdown\x008.0.37\0\0\0\0\0mysql_real_esc", "mysql 8.0.37 pkg:generic/mysql@8.0.37"),
    ("usr/bin/mysql", b"/release/mysql-8.0.4-rc/mysys_ssl", "mysql 8.0.4 pkg:generic/mysql@8.0.4"),
    (
        "usr/bin/mysql",
        b"/percona-server-8.0.35-27/m",
        "percona-server 8.0.35 pkg:generic/percona-server@8.0.35",
    ),
    (
        "usr/bin/mysql",
        b"/Percona-XtraDB-Cluster-8.0.34/",
        "percona-xtradb-cluster 8.0.34 pkg:generic/percona-xtradb-cluster@8.0.34",
    ),
    (
        "usr/bin/xtrabackup",
        b"/percona-xtrabackup-8.0.35-30/",
        "percona-xtrabackup 8.0.35 pkg:generic/percona-xtrabackup@8.0.35",
    ),
    ("usr/bin/mariadb", b"10.6.15-MariaDB", "mariadb 10.6.15 pkg:generic/mariadb@10.6.15"),
    ("usr/bin/mysql", b"10.3.39-MariaDB", "mariadb 10.3.39 pkg:generic/mariadb@10.3.39"),
    (
        "lib/libstd-0123456789abcdef.so",
        b"\0clang LLVM (rustc version 1.48.0 (7eac88abb 2020-11-16))",
        "rust 1.48.0 pkg:generic/rust@1.48.0",
    ),
    (
        "lib/libstd-0123456789abcdef.dylib",
        b"c 1.48.0 (7eac88abb 2020-11-16)",
        "rust 1.48.0 pkg:generic/rust@1.48.0",
    ),
    ("usr/bin/ruby", b"ruby 3.4.0dev (2024-09-15T01:06:11Z", "ruby 3.4.0dev pkg:generic/ruby@3.4.0dev"),
    ("usr/bin/ruby", b"ruby 2.7.7p221 (2022-11-24", "ruby 2.7.7p221 pkg:generic/ruby@2.7.7p221"),
    ("usr/bin/ruby", b"ruby 3.2.1 (2023-02-08", "ruby 3.2.1 pkg:generic/ruby@3.2.1"),
    ("x/erlexec", b"\0/usr/src/otp_src_25.3.2.6/erts/", "erlang 25.3.2.6 pkg:generic/erlang@25.3.2.6"),
    ("x/erlexec", b"\0/usr/local/src/otp-25.3.2.7/erts/", "erlang 25.3.2.7 pkg:generic/erlang@25.3.2.7"),
    ("x/beam.smp", b"\0\x0026.1.2\0\0\0Erlang/OTP", "erlang 26.1.2 pkg:generic/erlang@26.1.2"),
    (
        "x/beam.smp",
        b"Erlang/OTP 17%s [erts-6.4.1.6] [source]\x0017.5.6.9\0\0",
        "erlang 17.5.6.9 pkg:generic/erlang@17.5.6.9",
    ),
    ("x/liberts_internal.a", b"/usr/src/otp_src_26.2.5/erts/", "erlang 26.2.5 pkg:generic/erlang@26.2.5"),
    ("usr/bin/swipl", b"swipl-9.1.8/src", "swipl 9.1.8 pkg:generic/swipl@9.1.8"),
    ("x/dart", b"MathAtan\x002.12.4 (stable)", "dart 2.12.4 pkg:generic/dart@2.12.4"),
    ("x/dart", b"\x003.6.0-216.1.beta (beta)", "dart 3.6.0-216.1.beta pkg:generic/dart@3.6.0-216.1.beta"),
    ("x/deno", b"Deno/2.6.3", "deno 2.6.3 pkg:generic/deno@2.6.3"),
    ("x/deno", b"deno 1.32.5", "deno 1.32.5 pkg:generic/deno@1.32.5"),
    ("x/ghc-9.6.5", b"\0GHC 9.6.5\0", "haskell/ghc 9.6.5 pkg:generic/haskell/ghc@9.6.5"),
    (
        "x/ghc",
        b"\0libHSghc-7.10.3-0AG9TOjDEtx4Ji3wSwHOBe-ghc7.10.3.so\0",
        "haskell/ghc 7.10.3 pkg:generic/haskell/ghc@7.10.3",
    ),
    ("x/cabal", b"\0Cabal-3.10.3.0-", "haskell/cabal 3.10.3.0 pkg:generic/haskell/cabal@3.10.3.0"),
    (
        "x/cabal",
        b"\0/opt/cabal/1.22/lib/cabal-install-1.22.6.0-AfxbHivcmw40BMGrAXG3jJ\0",
        "haskell/cabal 1.22.6.0 pkg:generic/haskell/cabal@1.22.6.0",
    ),
    ("x/stack", b"Version 2.15.7, Git", "haskell/stack 2.15.7 pkg:generic/haskell/stack@2.15.7"),
    ("x/consul", b"CONSUL_VERSION: 1.15.2", "consul 1.15.2 pkg:golang/github.com/hashicorp/consul@1.15.2"),
    ("x/consul", b"GitDescribe=1.12.9\"", "consul 1.12.9 pkg:golang/github.com/hashicorp/consul@1.12.9"),
    ("x/consul", b"\0\0v1.7.14\0\0", "consul 1.7.14 pkg:golang/github.com/hashicorp/consul@1.7.14"),
    (
        "x/vault",
        b"revoke1.18.0",
        "github.com/hashicorp/vault 1.18.0 pkg:golang/github.com/hashicorp/vault@1.18.0",
    ),
    (
        "x/vault",
        b"index_state1.20.0-rc1",
        "github.com/hashicorp/vault 1.20.0-rc1 pkg:golang/github.com/hashicorp/vault@1.20.0-rc1",
    ),
    (
        "x/vault",
        b"0x%016x1.14.3",
        "github.com/hashicorp/vault 1.14.3 pkg:golang/github.com/hashicorp/vault@1.14.3",
    ),
    (
        "x/vault",
        b"\0\x001.11.6\0\0",
        "github.com/hashicorp/vault 1.11.6 pkg:golang/github.com/hashicorp/vault@1.11.6",
    ),
    ("usr/sbin/nginx", b"\0nginx version: nginx/1.25.1\0", "nginx 1.25.1 pkg:generic/nginx@1.25.1"),
    ("usr/sbin/nginx", b"\0nginx version: openresty/1.21.4.1\0", "nginx 1.21.4 pkg:generic/nginx@1.21.4"),
    ("bin/bash", b"@(#)Bash version 5.2.15(1) release GNU", "bash 5.2.15 pkg:generic/bash@5.2.15"),
    ("bin/bash", b"@(#)Bash version 5.2.0(1) rc4 GNU", "bash 5.2.0 pkg:generic/bash@5.2.0"),
    ("usr/bin/openssl", b"\0OpenSSL 3.1.4 24 Oct", "openssl 3.1.4 pkg:generic/openssl@3.1.4"),
    ("usr/bin/openssl", b"\0OpenSSL 1.1.1w  11", "openssl 1.1.1w pkg:generic/openssl@1.1.1w"),
    (
        "usr/bin/openssl",
        b"\0OpenSSL 1.1.1 (compatible; AWS-LC 1.69.0)\0",
        "aws-lc 1.69.0 pkg:generic/aws-lc@1.69.0",
    ),
    ("usr/bin/ldapsearch", b"$OpenLDAP: ldapsearch 2.6.10 (", "openldap 2.6.10 pkg:generic/openldap@2.6.10"),
    (
        "usr/lib/libQt6Core.so.6",
        b"\0\0Qt 6.5.0 (x86_64-little_endian",
        "qtbase 6.5.0 pkg:generic/qtbase@6.5.0",
    ),
    ("usr/lib/libQtCore.so.4", b"QtCore library version 4.8.7", "qtbase 4.8.7 pkg:generic/qtbase@4.8.7"),
    ("usr/local/bin/gcc", b"GCC: (GNU) 12.3.0\0", "gcc 12.3.0 pkg:generic/gcc@12.3.0"),
    ("x/fluent-bit", b"\x003.0.2\0%sFluent Bit", "fluent-bit 3.0.2 pkg:github/fluent/fluent-bit@3.0.2"),
    (
        "x/fluent-bit",
        b"\x001.7.0\0\x1b[1m\0%sFluent Bit",
        "fluent-bit 1.7.0 pkg:github/fluent/fluent-bit@1.7.0",
    ),
    ("usr/local/bin/wp", b"wp-cli/wp-cli 2.9.0", "wp-cli 2.9.0 pkg:generic/wp-cli@2.9.0"),
    ("usr/bin/curl", b"curl/8.4.0", "curl 8.4.0 pkg:generic/curl@8.4.0"),
    ("x/lighttpd", b"\0lighttpd/1.4.76\0", "lighttpd 1.4.76 pkg:generic/lighttpd@1.4.76"),
    ("x/proftpd", b"\0ProFTPD Version 1.3.8b\0", "proftpd 1.3.8b pkg:generic/proftpd@1.3.8b"),
    ("x/zstd", b"\0v1.5.6\0", "zstd 1.5.6 pkg:generic/zstd@1.5.6"),
    ("x/xz", b"\0xz (XZ Utils) 5.6.2\0", "xz 5.6.2 pkg:generic/xz@5.6.2"),
    ("x/gzip", b"\x001.12\0", "gzip 1.12 pkg:generic/gzip@1.12"),
    ("x/sqlcipher", b"r\x004.5.5\0", "sqlcipher 4.5.5 pkg:generic/sqlcipher@4.5.5"),
    ("x/jq", b"\x001.7.1\0", "jq 1.7.1 pkg:generic/jq@1.7.1"),
    ("x/chrome", b"\x00127.0.6533.119\0Default", "chrome 127.0.6533.119 pkg:generic/chrome@127.0.6533.119"),
    ("x/ffmpeg", b"%s version 7.1.1\0", "ffmpeg 7.1.1 pkg:generic/ffmpeg@7.1.1"),
    ("x/libavcodec.so.59", b"FFmpeg version 5.1.4\0", "ffmpeg 5.1.4 pkg:generic/ffmpeg@5.1.4"),
    ("x/libswresample.so.4", b"FFmpeg version 6.0\0", "ffmpeg 6.0 pkg:generic/ffmpeg@6.0"),
    ("x/elixir", b"ELIXIR_VERSION=1.19.0-rc.1\n", "elixir 1.19.0-rc.1 pkg:generic/elixir@1.19.0-rc.1"),
    ("lib/elixir/ebin/elixir.app", b"{vsn,\"1.14.0\"}", "elixir 1.14.0 pkg:generic/elixir@1.14.0"),
    ("x/pilot-discovery", b"\x001.26.8\0\x001.26.8\0", "pilot-discovery 1.26.8 pkg:generic/istio@1.26.8"),
    ("x/pilot-discovery", b"Clean\0\0\x001.8.0\0", "pilot-discovery 1.8.0 pkg:generic/istio@1.8.0"),
    ("x/pilot-agent", b"Modified\0\0\x001.10-dev\0\0", "pilot-agent 1.10-dev pkg:generic/istio@1.10-dev"),
    ("x/grafana", b"\0\x0012.2.0-258092\0\0", "grafana 12.2.0-258092 pkg:generic/grafana@12.2.0-258092"),
    ("x/grafana", b"\0release-12.3.2+security-01\0", "grafana 12.3.2 pkg:generic/grafana@12.3.2"),
    ("x/grafana", b"\xdc\0\xbf10.4.19\0", "grafana 10.4.19 pkg:generic/grafana@10.4.19"),
    ("x/grafana-server", b"HEAD\0\0:\0\0\x007.5.17\0\0", "grafana 7.5.17 pkg:generic/grafana@7.5.17"),
    ("x/envoy", b"\x001.36.4\0abcenvoy_reloadable_features", "envoy 1.36.4 pkg:generic/envoy@1.36.4"),
    ("x/envoy", b"\x001.18.6-dev\0Unable to", "envoy 1.18.6-dev pkg:generic/envoy@1.18.6-dev"),
    ("x/envoy", b"\x001.6.0\0RELEASE", "envoy 1.6.0 pkg:generic/envoy@1.6.0"),
    ("x/mongod", b"6.0.27\0tcmalloc", "mongodb 6.0.27 pkg:generic/mongodb@6.0.27"),
    ("x/mongod", b"8.0.17\0cppdefines", "mongodb 8.0.17 pkg:generic/mongodb@8.0.17"),
    (
        "x/nginx-ingress-controller",
        b"\0\0v1.15.1\0\0@e\x03\0\0go1.26.1\0",
        "nginx-ingress-controller 1.15.1 pkg:generic/nginx-ingress-controller@1.15.1",
    ),
    (
        "x/nginx-ingress-controller",
        b"\0\0v1.2.0-beta.1\0",
        "nginx-ingress-controller 1.2.0-beta.1 pkg:generic/nginx-ingress-controller@1.2.0-beta.1",
    ),
    (
        "jdk/bin/java",
        b"\0openjdk\0java\x000.0\x0011.0.17+8-LTS\0",
        "openjdk 11.0.17+8-LTS pkg:generic/oracle/openjdk@11.0.17%2B8-LTS",
    ),
    (
        "jdk/bin/java",
        b"\0openjdk\0java\x001.8\x001.8.0_352-b08\0",
        "openjdk 1.8.0_352-b08 pkg:generic/oracle/openjdk@1.8.0_352-b08",
    ),
    (
        "jdk/bin/java",
        b"\x000.0\0\0\x0011.0.22+7\0\0\0openjdk\0java\0",
        "openjdk 11.0.22+7 pkg:generic/oracle/openjdk@11.0.22%2B7",
    ),
    (
        "zulu-11/bin/java",
        b"\0openjdk\0java\x000.0\x0011.0.17+8-LTS\0",
        "zulu 11.0.17+8-LTS pkg:generic/azul/zulu@11.0.17%2B8-LTS",
    ),
    (
        "opt/ibm/java/bin/java",
        b"\0java\x001.8\0\0\x001.8.0-foreman_2022_01_20_09_33-b00\0",
        "java 1.8.0-foreman_2022_01_20_09_33-b00 pkg:generic/ibm/java@1.8.0-foreman_2022_01_20_09_33-b00",
    ),
    ("jdk/bin/java", b"\x0019.0.1+10-21\0", "jre 19.0.1+10-21 pkg:generic/oracle/jre@19.0.1%2B10-21"),
    (
        "jdk/bin/java",
        b"\0openjdk\0x\x0019.0.1+10-21\0",
        "jre 19.0.1+10-21 pkg:generic/oracle/jre@19.0.1%2B10-21",
    ),
    ("jdk/bin/jdb", b"\0openjdk\0x\x0017.0.9+9\0", "openjdk 17.0.9+9 pkg:generic/oracle/openjdk@17.0.9%2B9"),
    (
        "zulu-11/zulu/bin/jdb",
        b"\0openjdk\0java\x000.0\x0011.0.17+8-LTS\0",
        "zulu 11.0.17+8-LTS pkg:generic/azul/zulu@11.0.17%2B8-LTS",
    ),
    (
        "opt/ibm/java/bin/jdb",
        b"\0java\0./lib/tools.jar\0\x001.8.0-foreman_2022_01_20_09_33-b00\0",
        "java_sdk 1.8.0-foreman_2022_01_20_09_33-b00 pkg:generic/ibm/java_sdk@1.8.0-foreman_2022_01_20_09_33-b00",
    ),
    (
        "graal/bin/java",
        b"\x0022.0.1+8-jvmci-24.0-b01\0",
        "graalvm 22.0.1+8-jvmci-24.0-b01 pkg:generic/oracle/graalvm@22.0.1%2B8-jvmci-24.0-b01",
    ),
    (
        "jdk/bin/jdb",
        b"\0openjdk\0java\x000.0\x0011.0.17+8-LTS\0",
        "openjdk 11.0.17+8-LTS pkg:generic/oracle/openjdk@11.0.17%2B8-LTS",
    ),
    ("jdk/bin/jdb", b"\x0021.0.1+12\0", "jdk 21.0.1+12 pkg:generic/oracle/jdk@21.0.1%2B12"),
];

/// Which of the two knows a program.
fn of(path: &str) -> &'static dyn Cataloger {
    if path.contains("/php") || path.contains("/libphp") { &PhpInterpreters } else { &Binaries }
}

#[test]
fn knows_each() {
    for (path, content, expected) in KNOWN {
        let found = testing::find(of(path), &[(path, content)]);
        assert_eq!(testing::list(&found), [*expected], "{path} {}", content.escape_ascii());
    }
}

#[test]
fn every_row_is_met() {
    let met: BTreeSet<(String, String)> = KNOWN
        .iter()
        .flat_map(|(path, content, _)| {
            let found = testing::find(of(path), &[(path, content)]);
            let class = |package: &Package| {
                let fields = &package.metadata.as_ref().unwrap().fields;
                (fields["matches"][0]["classifier"].as_str().unwrap().to_owned(), package.name.clone())
            };
            found.packages().iter().map(class).collect::<Vec<_>>()
        })
        .collect();
    let missing: Vec<_> = rows::all()
        .map(|row| (row.class.to_owned(), row.package.to_owned()))
        .filter(|row| !met.contains(row))
        .collect();
    assert_eq!(missing, [], "rows without an example");
}

/// Wrong names, other programs of that name, versions without what must stand around them.
#[test]
fn knows_nothing_else() {
    let files: &[(&str, &[u8])] = &[
        ("usr/bin/python3.11", b"\x003.12.1\0"),
        ("usr/bin/python3", b"\x003.11.2\0"),
        ("usr/share/python.txt", b"\x003.11.2\0"),
        ("usr/bin/bash", b"GNU bash, version 5.2.15(1)-release"),
        ("usr/bin/perl", b"/usr/share/perl/5.36.0"),
        ("usr/bin/nginx.conf", b"\0nginx version: nginx/1.25.1\0"),
        ("usr/bin/redis-check-rdb", b"\x007.0.14buildkitsandbox-1702957741000000000\0"),
        ("usr/bin/gzip", b"#!/bin/sh\necho 1.12\n"),
        ("bin/helm", b""),
    ];
    assert_eq!(testing::list(&testing::find(&Binaries, files)), [""; 0]);
}

#[test]
fn links_name_programs() {
    let file = ("usr/bin/redis-check-rdb", b"\x007.0.14buildkitsandbox-1702957741000000000\0".as_slice());
    let links = [("usr/bin/redis-server", "redis-check-rdb"), ("bin", "usr/bin")];
    let found = testing::find_linked(&Binaries, &[file], &links);
    assert_eq!(testing::list(&found), ["redis 7.0.14 pkg:generic/redis@7.0.14"]);
    assert_eq!(found.packages()[0].locations[0].path, "/usr/bin/redis-check-rdb");
}

#[test]
fn a_version_lies_anywhere() {
    for place in [0, (256 << 10) - 5, 300_000, 600_000] {
        let mut file = vec![b'x'; place];
        file.extend(b"\0nginx version: nginx/1.25.1\0");
        file.resize(700_000, b'x');
        let found = testing::find(&Binaries, &[("usr/sbin/nginx", &file)]);
        assert_eq!(testing::list(&found), ["nginx 1.25.1 pkg:generic/nginx@1.25.1"], "{place}");
    }
}

#[test]
fn names_for_vulnerability_databases() {
    assert_eq!(full_cpe("a:gnu:bash", "5.2.15"), "cpe:2.3:a:gnu:bash:5.2.15:*:*:*:*:*:*:*");
    assert_eq!(
        full_cpe("a:oracle:openjdk", "11.0.17+8-LTS"),
        r"cpe:2.3:a:oracle:openjdk:11.0.17\+8-LTS:*:*:*:*:*:*:*"
    );
    assert_eq!(
        full_cpe("a:oracle:openjdk", "1.8.0_352-b08"),
        "cpe:2.3:a:oracle:openjdk:1.8.0:update352:*:*:*:*:*:*"
    );
}

#[test]
fn every_pattern_compiles() {
    for row in rows::all() {
        assert_eq!(classify::compile(row, "3.11").len(), row.patterns.len(), "{}", row.class);
    }
}
