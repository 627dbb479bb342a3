//! Programs that images carry without a package, continued: those with many spellings of their version.

use super::row::Row;

/// See the head of this file.
pub(super) static THIRD: [Row; 18] = [
    Row {
        class: "zstd-binary",
        glob: "**/zstd",
        package: "zstd",
        purl: "generic/zstd",
        cpes: &["a:facebook:zstandard"],
        patterns: &[r"\x00v<V>\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "xz-binary",
        glob: "**/xz",
        package: "xz",
        purl: "generic/xz",
        cpes: &["a:tukaani:xz"],
        patterns: &[r"\x00xz \(XZ Utils\) <V>\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "gzip-binary",
        glob: "**/gzip",
        package: "gzip",
        purl: "generic/gzip",
        cpes: &["a:gnu:gzip"],
        patterns: &[r"\x00(?P<version>[0-9]+\.[0-9]+)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "sqlcipher-binary",
        glob: "**/sqlcipher",
        package: "sqlcipher",
        purl: "generic/sqlcipher",
        cpes: &["a:zetetic:sqlcipher"],
        patterns: &[r"[^0-9]\x00<V>\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "jq-binary",
        glob: "**/jq",
        package: "jq",
        purl: "generic/jq",
        cpes: &["a:jqlang:jq"],
        patterns: &[r"\x00(?P<version>[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]+)?)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "chrome-binary",
        glob: "**/chrome",
        also: &["**/chromium"],
        package: "chrome",
        purl: "generic/chrome",
        cpes: &["a:google:chrome"],
        patterns: &[r"\x00(?P<version>[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)\x00Default"],
        ..Row::EMPTY
    },
    Row {
        class: "ffmpeg-binary",
        glob: "**/ffmpeg",
        package: "ffmpeg",
        purl: "generic/ffmpeg",
        cpes: &["a:ffmpeg:ffmpeg"],
        patterns: &[r"%s version (?P<version>[0-9]+\.[0-9]+(\.[0-9]+)?)"],
        ..Row::EMPTY
    },
    Row {
        class: "ffmpeg-library",
        glob: "**/libav*",
        package: "ffmpeg",
        purl: "generic/ffmpeg",
        cpes: &["a:ffmpeg:ffmpeg"],
        patterns: &[r"FFmpeg version (?P<version>[0-9]+\.[0-9]+(\.[0-9]+)?)"],
        ..Row::EMPTY
    },
    Row {
        class: "ffmpeg-library",
        glob: "**/libswresample*",
        package: "ffmpeg",
        purl: "generic/ffmpeg",
        cpes: &["a:ffmpeg:ffmpeg"],
        patterns: &[r"FFmpeg version (?P<version>[0-9]+\.[0-9]+(\.[0-9]+)?)"],
        ..Row::EMPTY
    },
    Row {
        class: "elixir-binary",
        glob: "**/elixir",
        package: "elixir",
        purl: "generic/elixir",
        cpes: &["a:elixir-lang:elixir"],
        patterns: &[r"ELIXIR_VERSION=(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:-[a-z0-9]+(?:\.[0-9]+)?)?)"],
        ..Row::EMPTY
    },
    Row {
        class: "elixir-library",
        glob: "**/elixir/ebin/elixir.app",
        package: "elixir",
        purl: "generic/elixir",
        cpes: &["a:elixir-lang:elixir"],
        patterns: &[r#"\{vsn,\s*"(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:-[a-z0-9]+(?:\.[0-9]+)?)?)"\}"#],
        ..Row::EMPTY
    },
    Row {
        class: "istio-binary",
        glob: "**/pilot-discovery",
        package: "pilot-discovery",
        purl: "generic/istio",
        cpes: &["a:istio:istio"],
        patterns: &[
            r"[0-9]+\.[0-9]+\.[0-9]+\x00+(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-alpha\.[0-9]+|-beta\.[0-9]+|-rc\.[0-9]+|-dev)?)\x00",
            r"Clean\x00+(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-alpha\.[0-9]+|-beta\.[0-9]+|-rc\.[0-9]+|-dev)?)\x00",
            r"Modified\x00+(?P<version>[0-9]+\.[0-9]+-dev)\x00",
            r"(?s)(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-alpha\.[0-9]+|-beta\.[0-9]+|-rc\.[0-9]+|-dev)?)\x00+.{1,100}S?=v<y5",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "istio-binary",
        glob: "**/pilot-agent",
        package: "pilot-agent",
        purl: "generic/istio",
        cpes: &["a:istio:istio"],
        patterns: &[
            r"[0-9]+\.[0-9]+\.[0-9]+\x00+(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-alpha\.[0-9]+|-beta\.[0-9]+|-rc\.[0-9]+|-dev)?)\x00",
            r"Clean\x00+(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-alpha\.[0-9]+|-beta\.[0-9]+|-rc\.[0-9]+|-dev)?)\x00",
            r"Modified\x00+(?P<version>[0-9]+\.[0-9]+-dev)\x00",
            r"(?s)(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-alpha\.[0-9]+|-beta\.[0-9]+|-rc\.[0-9]+|-dev)?)\x00+.{1,100}S?=v<y5",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "grafana-binary",
        glob: "**/grafana",
        package: "grafana",
        purl: "generic/grafana",
        cpes: &["a:grafana:grafana"],
        patterns: &[
            r"\x00(?P<version>[0-9]{2}\.[0-9]+\.[0-9]+-[0-9]{6,})\x00",
            r"\x00release-(?P<version>[0-9]{2}\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00",
            r"(?s)\x00go1\.[0-9]+\.[0-9]+\x00+(?P<version>[0-9]{2}\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00+.{1,500}\+DT",
            r"(?P<version>[0-9]{2}\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00+\$a",
            r"\x00.(?P<version>10\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00",
            r"(?s)(?P<version>[0-9]{2}\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00+.{1,100}\x00go1\.[0-9]+\.[0-9]+\x00.{1,100}\+DT",
            r"(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00+v[0-9]+\.[0-9]+\.x\x00",
            r"HEAD\x00+.*\x00(?P<version>[0-9]\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00",
            r"[a-z0-9]\x00+(?P<version>[0-9]\.[0-9]+\.[0-9]+(-beta[0-9]|-test|-preview)?)(\+security-[0-9]+)?\x00+/usr/local/go",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "grafana-binary",
        glob: "**/grafana-server",
        package: "grafana",
        purl: "generic/grafana",
        cpes: &["a:grafana:grafana"],
        patterns: &[
            r"[a-z0-9]\x00+(?P<version>[0-9]\.[0-9]+\.[0-9]+(-beta[0-9]|-test)?)\x00+/usr/local/go",
            r"HEAD\x00+.*\x00(?P<version>[0-9]\.[0-9]+\.[0-9]+(-beta[0-9]|-test)?)\x00",
            r"(?s)\x00(?P<version>[0-9]\.[0-9]+\.[0-9]+(-beta[0-9]|-test)?)\x00.{1,1000}\x00/u",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "envoy-binary",
        glob: "**/envoy",
        package: "envoy",
        purl: "generic/envoy",
        cpes: &["a:envoyproxy:envoy"],
        patterns: &[
            r"(?s)\x00(?P<version>1\.3[0-9]\.[0-9]+(-dev)?)\x00.{0,1000}envoy_reloadable_features",
            r"(?s)\x00(?P<version>1\.34\.5)\x00.{0,200}envoy\.reloadable_features",
            r"(?s)envoy_quic_.{0,1000}\x00(?P<version>1\.2[0-9]\.[0-9]+(-dev)?)\x00",
            r"(?s)\x00(?P<version>1\.[12][0-9]\.[0-9]+(-dev)?)\x00.{0,1000}Unable to",
            r"(?s)\x00(?P<version>1\.2[0-9]\.[0-9]+(-dev)?)\x00.{0,580}ValidationError",
            r"(?s)\x00(?P<version>1\.1[0-9]\.[0-9]+(-dev)?)\x00.{0,1000}ValidationError",
            r"(?s)\[source/.{0,200}\x00(?P<version>1\.1[0-9]\.[0-9]+(-dev)?)\x00",
            r"(?s)\x00(?P<version>1\.[0-9]\.[0-9]+(-dev)?)\x00.{0,20}RELEASE",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "mongodb-binary",
        glob: "**/mongod",
        package: "mongodb",
        purl: "generic/mongodb",
        cpes: &["a:mongodb:mongodb"],
        patterns: &[r"<V>\x00tcmalloc", r"<V>\x00+heap_size", r"<V>\x00+cppdefines"],
        ..Row::EMPTY
    },
    Row {
        class: "ingress-nginx-binary",
        glob: "**/nginx-ingress-controller",
        package: "nginx-ingress-controller",
        purl: "generic/nginx-ingress-controller",
        cpes: &["a:kubernetes:ingress-nginx"],
        patterns: &[
            r"v<V>\x00+.{0,50}go[0-9]+\.[0-9]+(-(alpha|beta)\.[0-9])?\.[0-9]+\x00",
            r"v(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta)\.[0-9])?)\x00+.{0,800}\$a.{0,10}\x00",
            r"\x00v?(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta)\.[0-9])?)\x00+.{0,100}S=v<y5",
            r"\x00go[0-9]+\.[0-9]+\.[0-9]+\x00+v(?P<version>[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta)\.[0-9])?)\x00",
            r"\x00v(?P<version>[0-9]+\.[0-9]+\.[0-9]+-(alpha|beta)\.[0-9])\x00",
        ],
        ..Row::EMPTY
    },
];
