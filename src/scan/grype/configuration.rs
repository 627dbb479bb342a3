//! What Grype's configuration, which it copies into the report, leaves out.

use super::super::wire::Scalar;
use super::super::wire::Text;
use super::super::wire::wire;

wire! {
    /// `descriptor.configuration`: whatever options that version has.
    @bag pub(super) struct Configuration<'de> {
        only_fixed: Scalar = "only-fixed",
        only_not_fixed: Scalar = "only-notfixed",
        ignore_wont_fix: Scalar = "ignore-wontfix",
        distro: Scalar = "distro",
        ignore: Vec<IgnoreRule<'de>> = "ignore",
        exclude: Vec<Text<'de>> = "exclude",
        vex: Vec<Text<'de>> = "vex-documents",
    }

    /// `match.IgnoreRule`, in the configuration and with each finding that it set aside.
    @bag pub(super) struct IgnoreRule<'de> {
        vulnerability: Text<'de> = "vulnerability",
        reason: Text<'de> = "reason",
        namespace: Text<'de> = "namespace",
        fix_state: Text<'de> = "fix-state",
        package: RulePackage<'de> = "package",
        vex_status: Text<'de> = "vex-status",
        match_type: Text<'de> = "match-type",
    }

    @bag pub(super) struct RulePackage<'de> {
        name: Text<'de> = "name",
        version: Text<'de> = "version",
        language: Text<'de> = "language",
        kind: Text<'de> = "type",
        location: Text<'de> = "location",
        upstream: Text<'de> = "upstream-name",
    }
}

impl Configuration<'_> {
    /// Why there may be fewer findings than the scanner knows of.
    pub(super) fn filters(&self) -> Vec<String> {
        let mut filters = Vec::new();
        let switches = [
            (&self.only_fixed, "only findings with a fix (only-fixed)"),
            (&self.only_not_fixed, "only findings without a fix (only-notfixed)"),
            (&self.ignore_wont_fix, "no findings that nobody will fix (ignore-wontfix)"),
        ];
        for (value, text) in switches {
            if value.0.as_deref().is_some_and(|value| !matches!(value, "" | "false")) {
                filters.push(text.to_owned());
            }
        }
        if let Some(distro) = self.distro.0.as_deref().filter(|distro| !distro.is_empty()) {
            filters.push(format!("packages were looked up as those of {distro} (distro)"));
        }
        let files = |files: &[Text<'_>]| files.iter().map(|file| &**file).collect::<Vec<_>>().join(", ");
        if !self.exclude.is_empty() {
            filters.push(format!("files were left out (exclude): {}", files(&self.exclude)));
        }
        if !self.vex.is_empty() {
            filters.push(format!("VEX documents were applied: {}", files(&self.vex)));
        }
        let rules = self.ignore.iter().filter(|rule| !rule.is_built_in());
        filters.extend(rules.map(|rule| format!("ignore rule: {}", rule.text())));
        filters
    }
}

impl IgnoreRule<'_> {
    /// Grype adds a few rules to every configuration, unless told to match the headers of kernels like kernels
    /// (`ignoreLinuxKernelHeaders` in `cmd/grype/cli/commands/root.go`). They set aside what is in no running code.
    pub(super) fn is_built_in(&self) -> bool {
        const RULES: [(&str, &str, &str); 4] = [
            ("kernel-headers", "rpm", "kernel"),
            ("linux(-.*)?-headers-.*", "deb", "linux.*"),
            ("linux-libc-dev", "deb", "linux"),
            ("linux-kbuild-.*", "deb", "linux.*"),
        ];
        let package = &self.package;
        let rule = (&*package.name, &*package.kind, &*package.upstream);
        let more = [
            &self.vulnerability,
            &self.namespace,
            &self.fix_state,
            &self.vex_status,
            &package.version,
            &package.language,
            &package.location,
        ];
        RULES.contains(&rule)
            && &*self.match_type == "exact-indirect-match"
            && more.iter().all(|field| field.is_empty())
    }

    /// What it matches, and why.
    pub(super) fn text(&self) -> String {
        let package = &self.package;
        let fields = [
            ("", &self.vulnerability),
            ("namespace ", &self.namespace),
            ("fix state ", &self.fix_state),
            ("package ", &package.name),
            ("version ", &package.version),
            ("type ", &package.kind),
            ("language ", &package.language),
            ("location ", &package.location),
            ("upstream ", &package.upstream),
            ("VEX status ", &self.vex_status),
            ("match ", &self.match_type),
            ("because: ", &self.reason),
        ];
        let parts = fields.iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = parts.map(|(name, value)| format!("{name}{}", &***value)).collect();
        if parts.is_empty() { "everything".to_owned() } else { parts.join(", ") }
    }
}
