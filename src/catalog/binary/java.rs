//! Java runtimes and development kits. One program is of one of them: the first that matches.

use super::row::Row;

/// See the head of this file.
pub(super) static JAVA: [Row; 13] = [
    Row {
        class: "java-binary-graalvm",
        glob: "**/java",
        exclusive: true,
        package: "graalvm",
        purl: "generic/oracle/graalvm",
        cpes: &["a:oracle:graalvm"],
        patterns: &[r"\x00(?P<version>[0-9]+[.0-9]+\+[0-9]+-jvmci-[0-9]+[.0-9]+-b[0-9]+)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-openjdk-zulu",
        glob: "**/java",
        path: Some("**/*zulu*/**"),
        exclusive: true,
        package: "zulu",
        purl: "generic/azul/zulu",
        cpes: &["a:azul:zulu"],
        patterns: &[
            r"\x00java\x00[0-9]+[.0-9]*\x00(?P<version>[0-9]+[^\x00]+)\x00",
            r"\x00[0-9]+[.0-9]*\x00+(?P<version>[0-9]+[^\x00]+)\x00+(openjdk|java)",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-openjdk-with-update",
        glob: "**/java",
        exclusive: true,
        package: "openjdk",
        purl: "generic/oracle/openjdk",
        cpes: &["a:oracle:openjdk"],
        patterns: &[
            r"\x00openjdk\x00java\x00[0-9]+[.0-9]*\x00(?P<version>[0-9][^\x00_]*_[^\x00]+-[^\x00]+)\x00",
            r"\x00[0-9]+[.0-9]*\x00+(?P<version>[0-9][^\x00_]*_[^\x00]+-[^\x00]+)\x00+openjdk\x00java",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-openjdk",
        glob: "**/java",
        exclusive: true,
        package: "openjdk",
        purl: "generic/oracle/openjdk",
        cpes: &["a:oracle:openjdk"],
        patterns: &[
            r"\x00openjdk\x00java\x00[0-9]+[.0-9]*\x00(?P<version>[0-9]+[^\x00]+)\x00",
            r"\x00[0-9]+[.0-9]*\x00+(?P<version>[0-9]+[^\x00]+)\x00+openjdk\x00java",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-ibm",
        glob: "**/java",
        path: Some("**/ibm/**"),
        exclusive: true,
        package: "java",
        purl: "generic/ibm/java",
        cpes: &["a:ibm:java"],
        patterns: &[r"\x00java\x00+[0-9]+[.0-9]+\x00+(?P<version>[0-9]+[-._a-zA-Z0-9]+)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-openjdk-fallthrough",
        glob: "**/java",
        exclusive: true,
        package: "jre",
        purl: "generic/oracle/jre",
        cpes: &["a:oracle:jre"],
        patterns: &[
            r"(?s)openjdk.{0,2000}\x00(?P<version>[0-9]+[.0-9]+\+[-0-9]+)\x00",
            r"(?s)\x00(?P<version>[0-9]+[.0-9]+\+[-0-9]+)\x00.{0,2000}openjdk",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-oracle",
        glob: "**/java",
        exclusive: true,
        package: "jre",
        purl: "generic/oracle/jre",
        cpes: &["a:oracle:jre"],
        patterns: &[r"\x00(?P<version>[0-9]+\.[0-9]+\.[-._+a-zA-Z0-9]+)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-graalvm",
        glob: "**/jdb",
        exclusive: true,
        package: "graalvm",
        purl: "generic/oracle/graalvm",
        cpes: &["a:oracle:graalvm_for_jdk"],
        patterns: &[r"\x00(?P<version>[0-9]+[.0-9]+\+[0-9]+-jvmci-[0-9]+[.0-9]+-b[0-9]+)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "jdb-binary-openjdk-zulu",
        glob: "**/jdb",
        path: Some("**/*zulu*/**"),
        exclusive: true,
        package: "zulu",
        purl: "generic/azul/zulu",
        cpes: &["a:azul:zulu"],
        patterns: &[
            r"\x00openjdk\x00java\x00[0-9]+[.0-9]*\x00(?P<version>[0-9]+[^\x00]+)\x00",
            r"\x00[0-9]+[.0-9]*\x00+(?P<version>[0-9]+[^\x00]+)\x00+openjdk\x00java",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "java-jdb-binary-openjdk",
        glob: "**/jdb",
        exclusive: true,
        package: "openjdk",
        purl: "generic/oracle/openjdk",
        cpes: &["a:oracle:openjdk"],
        patterns: &[
            r"\x00openjdk\x00java\x00[0-9]+[.0-9]*\x00(?P<version>[0-9]+[^\x00]+)\x00",
            r"\x00[0-9]+[.0-9]*\x00+(?P<version>[0-9]+[^\x00]+)\x00+openjdk\x00java",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "java-sdk-binary-ibm",
        glob: "**/jdb",
        path: Some("**/ibm/**"),
        exclusive: true,
        package: "java_sdk",
        purl: "generic/ibm/java_sdk",
        cpes: &["a:ibm:java_sdk"],
        patterns: &[r"\x00java\x00.+?\x00(?P<version>[0-9]+[-._a-zA-Z0-9]+)\x00"],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-openjdk-fallthrough",
        glob: "**/jdb",
        exclusive: true,
        package: "openjdk",
        purl: "generic/oracle/openjdk",
        cpes: &["a:oracle:openjdk"],
        patterns: &[
            r"(?s)openjdk.{0,2000}\x00(?P<version>[0-9]+\.[0-9]+\.[0-9]+(\+[0-9]+)?([-._a-zA-Z0-9]+)?)\x00",
            r"(?s)\x00(?P<version>[0-9]+\.[0-9]+\.[0-9]+(\+[0-9]+)?([-._a-zA-Z0-9]+)?)\x00.{0,2000}openjdk",
        ],
        ..Row::EMPTY
    },
    Row {
        class: "java-binary-jdk",
        glob: "**/jdb",
        exclusive: true,
        package: "jdk",
        purl: "generic/oracle/jdk",
        cpes: &["a:oracle:jdk"],
        patterns: &[r"\x00(?P<version>[0-9]+\.[0-9]+\.[0-9]+(\+[0-9]+)?([-._a-zA-Z0-9]+)?)\x00"],
        ..Row::EMPTY
    },
];
