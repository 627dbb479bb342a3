//! Programs that images carry without a package: languages, shells, databases, A to R.

use super::row::Row;

/// See the head of this file.
pub(super) static FIRST: [Row; 30] = [
    Row {
        class: "python-binary",
        glob: "**/python*",
        package: "python",
        purl: "generic/python",
        cpes: &["a:python_software_foundation:python", "a:python:python"],
        named: Some("python"),
        patterns: &[r"\x00<NAMED>\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "python-binary-lib",
        glob: "**/libpython*.so*",
        package: "python",
        purl: "generic/python",
        cpes: &["a:python_software_foundation:python", "a:python:python"],
        named: Some("libpython"),
        patterns: &[r"\x00<NAMED>\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "pypy-binary-lib",
        glob: "**/libpypy*.so*",
        package: "pypy",
        purl: "generic/pypy",
        cpes: &[],
        patterns: &[r"\[PyPy <V>"],
        ..Row::EMPTY
    },
    Row {
        class: "go-binary",
        glob: "**/{go,go.exe}",
        package: "go",
        purl: "generic/go",
        cpes: &["a:golang:go"],
        patterns: &[r"go(?P<version>[0-9]+\.[0-9]+(\.[0-9]+|beta[0-9]+|alpha[0-9]+|rc[0-9]+)?)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "julia-binary",
        glob: "**/libjulia-internal.so",
        also: &["**/libjulia-internal.so.*"],
        package: "julia",
        purl: "generic/julia",
        cpes: &["a:julialang:julia"],
        patterns: &[r"__init__\x00<V>\x00verify"],
        ..Row::EMPTY
    },
    Row {
        class: "helm",
        glob: "**/helm",
        package: "helm",
        purl: "golang/helm.sh/helm",
        cpes: &["a:helm:helm"],
        patterns: &[r"\x00v<V>\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "redis-binary",
        glob: "**/redis-server",
        also: &["**/redis-check-rdb", "**/redis-check-aof"],
        package: "redis",
        purl: "generic/redis",
        cpes: &["a:redislabs:redis", "a:redis:redis"],
        patterns: &[
            "[^0-9]<V>buildkitsandbox-[0-9]+",
            r"[^0-9]<V>\w{12}-[0-9]+",
            r"[^0-9]<V>[a-z][-.\w]{0,60}-[0-9]{10}\D",
            "Redis version <V>",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "valkey-binary",
        glob: "**/valkey-server",
        also: &["**/valkey-check-rdb", "**/valkey-check-aof"],
        package: "valkey",
        purl: "generic/valkey",
        cpes: &["a:lfprojects:valkey", "a:linuxfoundation:valkey", "a:valkey-io:valkey"],
        patterns: &["[^0-9]<V>buildkitsandbox-[0-9]+", r"[^0-9]<V>[a-z][-.\w]{0,60}-[0-9]{10}\D"],
        ..Row::EMPTY
    },
    Row {
        class: "nodejs-binary",
        glob: "**/node",
        also: &["**/nodejs"],
        package: "node",
        purl: "generic/node",
        cpes: &["a:nodejs:node.js"],
        patterns: &[r"\x00(node )?v(?P<version>(0|4|5|6)\.[0-9]+\.[0-9]+)\x00", r"node\.js/v<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "busybox-binary",
        glob: "**/busybox",
        package: "busybox",
        purl: "generic/busybox",
        cpes: &["a:busybox:busybox"],
        patterns: &[r"BusyBox\s+v<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "util-linux-binary",
        glob: "**/getopt",
        package: "util-linux",
        purl: "generic/util-linux",
        cpes: &["a:kernel:util-linux"],
        patterns: &[r"\x00util-linux\s(?P<version>[0-9]+\.[0-9]+(\.[0-9]+)?)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "haproxy-binary",
        glob: "**/haproxy",
        package: "haproxy",
        purl: "generic/haproxy",
        cpes: &["a:haproxy:haproxy"],
        patterns: &[
            r"version (?P<version>[0-9]+\.[0-9]+(\.|-dev|-rc)[0-9]+)(-[-+.~0-9a-z]{1,40})?, released 20",
            r"HA-Proxy version (?P<version>[0-9]+\.[0-9]+(\.|-dev)[0-9]+)",
            r"(?P<version>[0-9]+\.[0-9]+(\.|-dev)[0-9]+)-[0-9a-zA-Z]{7}.+HAProxy version",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "perl-binary",
        glob: "**/perl",
        also: &["**/perl5*"],
        package: "perl",
        purl: "generic/perl",
        cpes: &["a:perl:perl"],
        patterns: &["/usr/local/lib/perl[0-9]/<V>", "/usr/local/share/perl/<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "php-cli-binary",
        glob: "**/php",
        also: &["**/php[0-9]*"],
        package: "php-cli",
        purl: "generic/php-cli",
        cpes: &["a:php:php"],
        patterns: &[PHP],
        ..Row::EMPTY
    },
    Row {
        class: "php-fpm-binary",
        glob: "**/php-fpm*",
        package: "php-fpm",
        purl: "generic/php-fpm",
        cpes: &["a:php:php"],
        patterns: &[PHP],
        ..Row::EMPTY
    },
    Row {
        class: "php-apache-binary",
        glob: "**/libphp*.so",
        package: "libphp",
        purl: "generic/php",
        cpes: &["a:php:php"],
        patterns: &[PHP],
        ..Row::EMPTY
    },
    Row {
        class: "php-composer-binary",
        glob: "**/composer*",
        package: "composer",
        purl: "generic/composer",
        cpes: &["a:getcomposer:composer"],
        patterns: &[
            r"'pretty_version'\s*=>\s*'(?P<version>[0-9]+\.[0-9]+\.[0-9]+(beta[0-9]+|alpha[0-9]+|RC[0-9]+)?)'",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "httpd-binary",
        // Debian's name of it.
        glob: "**/{httpd,apache2}",
        package: "httpd",
        purl: "generic/httpd",
        cpes: &["a:apache:http_server"],
        patterns: &["Apache/<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "memcached-binary",
        glob: "**/memcached",
        package: "memcached",
        purl: "generic/memcached",
        cpes: &["a:memcached:memcached"],
        patterns: &[r"memcached\s<V>"],
        ..Row::EMPTY
    },
    Row {
        class: "traefik-binary",
        glob: "**/traefik",
        package: "traefik",
        purl: "generic/traefik",
        cpes: &["a:traefik:traefik"],
        patterns: &[
            r"(\x00v?|[\x80-\xff][^\n]?)(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-alpha[0-9]|-beta[0-9]|-rc[0-9])?)\x00",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "arangodb-binary",
        glob: "**/arangosh",
        package: "arangodb",
        purl: "generic/arangodb",
        cpes: &["a:arangodb:arangodb"],
        patterns: &[r"(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-[0-9]+)?)\s(enterprise\s)?\[linux\]"],
        ..Row::EMPTY
    },
    Row {
        class: "postgresql-binary",
        glob: "**/postgres",
        package: "postgresql",
        purl: "generic/postgresql",
        cpes: &["a:postgresql:postgresql"],
        patterns: &[
            r"(\x00|\?)PostgreSQL (?P<version>[0-9]+(\.[0-9]+)?(\.[0-9]+)?(alpha[0-9]|beta[0-9]|rc[0-9])?)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "mysql-binary",
        glob: "**/mysql",
        package: "mysql",
        purl: "generic/mysql",
        cpes: &["a:oracle:mysql"],
        patterns: &[
            r"\x00(?P<version>[0-9]+(\.[0-9]+)?(\.[0-9]+)?(alpha[0-9]|beta[0-9]|rc[0-9])?)\x00+mysql",
            r"/mysql-(?P<version>[0-9]+(\.[0-9]+)?(\.[0-9]+)?(alpha[0-9]|beta[0-9]|rc[0-9])?)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "mysql-binary",
        glob: "**/mysql",
        package: "percona-server",
        purl: "generic/percona-server",
        cpes: &["a:oracle:mysql", "a:percona:percona_server"],
        patterns: &[
            r"/percona-server-(?P<version>[0-9]+(\.[0-9]+)?(\.[0-9]+)?(alpha[0-9]|beta[0-9]|rc[0-9])?)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "mysql-binary",
        glob: "**/mysql",
        package: "percona-xtradb-cluster",
        purl: "generic/percona-xtradb-cluster",
        cpes: &["a:oracle:mysql", "a:percona:percona_server", "a:percona:xtradb_cluster"],
        patterns: &[
            r"/Percona-XtraDB-Cluster-(?P<version>[0-9]+(\.[0-9]+)?(\.[0-9]+)?(alpha[0-9]|beta[0-9]|rc[0-9])?)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "xtrabackup-binary",
        glob: "**/xtrabackup",
        package: "percona-xtrabackup",
        purl: "generic/percona-xtrabackup",
        cpes: &["a:percona:xtrabackup"],
        patterns: &[
            r"/percona-xtrabackup-(?P<version>[0-9]+(\.[0-9]+)?(\.[0-9]+)?(alpha[0-9]|beta[0-9]|rc[0-9])?)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "mariadb-binary",
        glob: "**/{mariadb,mysql}",
        package: "mariadb",
        purl: "generic/mariadb",
        cpes: &["a:mariadb:mariadb"],
        patterns: &[r"(?P<version>[0-9]+(\.[0-9]+)?(\.[0-9]+)?(alpha[0-9]|beta[0-9]|rc[0-9])?)-MariaDB"],
        ..Row::EMPTY
    },
    Row {
        class: "rust-standard-library-linux",
        glob: "**/libstd-????????????????.so",
        package: "rust",
        purl: "generic/rust",
        cpes: &["a:rust-lang:rust"],
        patterns: &[
            r"\x00clang LLVM \(rustc version (?P<version>[0-9]+\.[0-9]+\.[0-9]+) \(\w+ \d{4}-\d{2}-\d{2}\)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "rust-standard-library-macos",
        glob: "**/libstd-????????????????.dylib",
        package: "rust",
        purl: "generic/rust",
        cpes: &["a:rust-lang:rust"],
        patterns: &[r"c (?P<version>[0-9]+\.[0-9]+\.[0-9]+) \(\w+ \d{4}-\d{2}-\d{2}\)"],
        ..Row::EMPTY
    },
    Row {
        class: "ruby-binary",
        glob: "**/ruby",
        also: &["**/ruby[0-9]*"],
        package: "ruby",
        purl: "generic/ruby",
        cpes: &["a:ruby-lang:ruby"],
        patterns: &[r"ruby (?P<version>[0-9]+\.[0-9]+\.[0-9]+((p|preview|rc|dev)[0-9]*)?) "],
        ..Row::EMPTY
    },
];

/// PHP in every form names itself in answers.
const PHP: &str = r"X-Powered-By: PHP/(?P<version>[0-9]+\.[0-9]+\.[0-9]+(beta[0-9]+|alpha[0-9]+|RC[0-9]+)?)";
