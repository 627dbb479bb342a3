//! Java libraries that a program was built from, by the list that GraalVM's `native-image` puts into it.
//!
//! <https://www.graalvm.org/latest/security-guide/native-image/sbom/>. It is CycloneDX, of which older versions leave
//! the package URLs out.

use std::collections::HashMap;

use serde::Deserialize;

use super::Cataloger;
use super::Findings;
use super::Found;
use super::Want;
use super::view::File;
use super::view::View;
use crate::package::Kind;
use crate::package::Package;
use crate::package::Purl;
use crate::package::PurlBuilder;
use crate::package::Relation;

/// What `native-image --enable-sbom` wrote into programs.
#[derive(Debug)]
pub(super) struct NativeImages;

impl Cataloger for NativeImages {
    fn name(&self) -> &'static str {
        "graalvm-native-image-cataloger"
    }

    fn tags(&self) -> &'static [&'static str] {
        &["directory", "installed", "image", "language", "java", "package"]
    }

    fn wants(&self) -> &'static [Want] {
        &[Want::Executables]
    }

    fn catalog(&self, view: &View<'_>, findings: &mut Findings) {
        for (file, executable) in view.executables() {
            let Some(sbom) = &executable.sbom else { continue };
            match serde_json::from_slice::<Sbom>(sbom) {
                Ok(sbom) => add(sbom, &file, findings),
                Err(error) => findings.unknown(file.location(), format!("SBOM of GraalVM: {error}")),
            }
        }
    }
}

fn add(sbom: Sbom, file: &File<'_>, findings: &mut Findings) {
    let mut found: HashMap<String, Found> = HashMap::new();
    for component in sbom.components {
        if let Some(package) = package(&component, file) {
            let place = findings.add(package);
            found.extend(component.reference.map(|reference| (reference, place)));
        }
    }
    for dependency in sbom.dependencies {
        for to in dependency.needs {
            if let (Some(from), Some(to)) = (found.get(&dependency.reference), found.get(&to)) {
                findings.relate(*from, Relation::DependsOn, *to);
            }
        }
    }
}

fn package(component: &Component, file: &File<'_>) -> Option<Package> {
    let Component { name, version, group, .. } = component;
    if name.is_empty() {
        return None;
    }
    let stated = component.purl.as_deref().and_then(|purl| Purl::parse(purl).ok());
    // Maven's names are of group and artifact: without the group it would be somebody else's.
    let built = || PurlBuilder::new("maven", name).namespace(group).version(version).build();
    let cpes = component.properties.iter().filter(|property| property.name == "syft:cpe23");
    let cpes = cpes.map(|property| property.value.clone()).filter(|cpe| cpe.starts_with("cpe:2.3:"));
    Some(Package {
        name: name.clone(),
        version: Some(version.clone()).filter(|version| !version.is_empty()),
        kind: Kind::Graalvm,
        purl: stated.or_else(|| (!group.is_empty()).then(built)),
        cpes: cpes.collect(),
        locations: vec![file.location()],
        ..Package::default()
    })
}

#[derive(Debug, Deserialize)]
struct Sbom {
    #[serde(default)]
    components: Vec<Component>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    reference: Option<String>,
    #[serde(default)]
    group: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    purl: Option<String>,
    #[serde(default)]
    properties: Vec<Property>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default, rename = "dependsOn")]
    needs: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Property {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::testing;
    use super::*;

    fn program(sbom: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(sbom.as_bytes()).unwrap();
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(4096, 0);
        file.extend(encoder.finish().unwrap());
        file.resize(file.len() + 1000, 0);
        file
    }

    /// In the shapes of GraalVM 22.3, without package URLs, and of 24, with them.
    #[test]
    fn lists_what_was_compiled_in() {
        let old = r#"{"bomFormat":"CycloneDX","specVersion":"1.4","version":1,"components":[{"type":"library","group":"io.netty","name":"netty-codec-http2","version":"4.1.76.Final","properties":[{"name":"syft:cpe23","value":"cpe:2.3:a:codec:codec:4.1.76.Final:*:*:*:*:*:*:*"}]},{"type":"library","name":"main-test-application","version":"1.0"}],"serialNumber":"urn:uuid:43538af4-f715-3d85-9629-336fdd3790ad"}"#;
        let found = testing::find(&NativeImages, &[("app", &program(old))]);
        let expected = [
            "netty-codec-http2 4.1.76.Final pkg:maven/io.netty/netty-codec-http2@4.1.76.Final",
            "main-test-application 1.0 -",
        ];
        assert_eq!(testing::list(&found), expected);
        assert_eq!(found.packages()[0].cpes, ["cpe:2.3:a:codec:codec:4.1.76.Final:*:*:*:*:*:*:*"]);
        let new = r#"{"bomFormat":"CycloneDX","components":[{"type":"library","group":"org.json","name":"json","version":"20211205","bom-ref":"pkg:maven/org.json/json@20211205","purl":"pkg:maven/org.json/json@20211205"},{"name":"svm","version":"24","bom-ref":"svm"}],"dependencies":[{"ref":"svm","dependsOn":["pkg:maven/org.json/json@20211205","absent"]}]}"#;
        let found = testing::find(&NativeImages, &[("app", &program(new))]);
        assert_eq!(testing::list(&found), ["json 20211205 pkg:maven/org.json/json@20211205", "svm 24 -"]);
        assert_eq!(testing::edges(&found), ["svm@24 -> json@20211205"]);
    }

    #[test]
    fn reports_what_it_cannot_read() {
        let found = testing::find(
            &NativeImages,
            &[("app", &program(r#"{"bomFormat":"CycloneDX","components":[{"name":7}]}"#))],
        );
        assert_eq!((found.packages().len(), found.unknowns().len()), (0, 1));
    }
}
