//! The part of SARIF 2.1.0 that says what was found, how bad it is and whether the run can be relied on.
//!
//! Numbers are sections of <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>. What is absent and what is `null` are the
//! same (3.7.2), but for lists where the difference to an empty one counts.

use crate::json::Skipped;
use crate::scan::wire::Map;
use crate::scan::wire::Present;
use crate::scan::wire::Scalar;
use crate::scan::wire::Strings;
use crate::scan::wire::Text;
use crate::scan::wire::wire;

wire! {
    /// `sarifLog`, 3.13.
    pub(super) struct Log<'de> {
        version: Scalar = "version",
        runs: Vec<Run<'de>> = "runs",
        inline_properties: Vec<Skipped> = "inlineExternalProperties",
        schema: Present = "SchemaVersion",
        matches: Present = "matches",
    }

    /// `run`, 3.14.
    pub(super) struct Run<'de> {
        tool: Tool<'de> = "tool",
        results: Option<Vec<RunResult<'de>>> = "results",
        invocations: Vec<Invocation<'de>> = "invocations",
        external: Map<Skipped> = "externalPropertyFileReferences",
        properties: RunProperties<'de> = "properties",
    }

    /// What Trivy adds to a run over an image.
    @bag pub(super) struct RunProperties<'de> {
        image_name: Scalar = "imageName",
        image_id: Scalar = "imageID",
        repo_digests: Option<Strings> = "repoDigests",
    }

    /// `tool`, 3.18.
    pub(super) struct Tool<'de> {
        driver: Component<'de> = "driver",
        extensions: Vec<Component<'de>> = "extensions",
    }

    /// `toolComponent`, 3.19.
    pub(super) struct Component<'de> {
        name: Text<'de> = "name",
        version: Text<'de> = "version",
        semantic_version: Text<'de> = "semanticVersion",
        guid: Text<'de> = "guid",
        rules: Vec<Rule<'de>> = "rules",
        strings: Map<MessageString<'de>> = "globalMessageStrings",
    }

    /// `reportingDescriptor`, 3.49.
    pub(super) struct Rule<'de> {
        id: Text<'de> = "id",
        guid: Text<'de> = "guid",
        name: Text<'de> = "name",
        other_ids: Vec<Text<'de>> = "deprecatedIds",
        short: MessageString<'de> = "shortDescription",
        help: MessageString<'de> = "help",
        help_uri: Text<'de> = "helpUri",
        strings: Map<MessageString<'de>> = "messageStrings",
        configuration: Configuration<'de> = "defaultConfiguration",
        properties: RuleProperties<'de> = "properties",
    }

    /// `multiformatMessageString`, 3.12.
    pub(super) struct MessageString<'de> {
        text: Text<'de> = "text",
    }

    /// `reportingConfiguration`, 3.50.
    pub(super) struct Configuration<'de> {
        level: Text<'de> = "level",
    }

    /// GitHub's score, Grype's package URLs and what Trivy repeats of the severity.
    @bag pub(super) struct RuleProperties<'de> {
        score: Scalar = "security-severity",
        tags: Option<Strings> = "tags",
        purls: Option<Strings> = "purls",
    }

    @bag pub(super) struct ResultProperties<'de> {
        score: Scalar = "security-severity",
    }

    /// `result`, 3.27.
    pub(super) struct RunResult<'de> {
        rule_id: Text<'de> = "ruleId",
        rule_index: Option<i64> = "ruleIndex",
        rule: RuleReference<'de> = "rule",
        kind: Text<'de> = "kind",
        level: Text<'de> = "level",
        message: Message<'de> = "message",
        locations: Vec<Location<'de>> = "locations",
        suppressions: Vec<Suppression<'de>> = "suppressions",
        baseline: Text<'de> = "baselineState",
        provenance: Provenance<'de> = "provenance",
        properties: ResultProperties<'de> = "properties",
    }

    /// `reportingDescriptorReference`, 3.52.
    pub(super) struct RuleReference<'de> {
        id: Text<'de> = "id",
        index: Option<i64> = "index",
        guid: Text<'de> = "guid",
        component: ComponentReference<'de> = "toolComponent",
    }

    /// `toolComponentReference`, 3.54.
    pub(super) struct ComponentReference<'de> {
        index: Option<i64> = "index",
        guid: Text<'de> = "guid",
    }

    /// `message`, 3.11.
    pub(super) struct Message<'de> {
        text: Text<'de> = "text",
        id: Text<'de> = "id",
        arguments: Vec<Text<'de>> = "arguments",
    }

    /// `location`, 3.28.
    pub(super) struct Location<'de> {
        physical: PhysicalLocation<'de> = "physicalLocation",
    }

    /// `physicalLocation`, 3.29.
    pub(super) struct PhysicalLocation<'de> {
        artifact: ArtifactLocation<'de> = "artifactLocation",
    }

    /// `artifactLocation`, 3.4.
    pub(super) struct ArtifactLocation<'de> {
        uri: Text<'de> = "uri",
    }

    /// `suppression`, 3.35.
    pub(super) struct Suppression<'de> {
        kind: Text<'de> = "kind",
        status: Text<'de> = "status",
        justification: Text<'de> = "justification",
    }

    /// `resultProvenance`, 3.48.
    pub(super) struct Provenance<'de> {
        invocation: Option<i64> = "invocationIndex",
    }

    /// `invocation`, 3.20.
    pub(super) struct Invocation<'de> {
        successful: Option<bool> = "executionSuccessful",
        started: Text<'de> = "startTimeUtc",
        ended: Text<'de> = "endTimeUtc",
        overrides: Vec<Override<'de>> = "ruleConfigurationOverrides",
        execution: Vec<Notification<'de>> = "toolExecutionNotifications",
        configuration: Vec<Notification<'de>> = "toolConfigurationNotifications",
    }

    /// `configurationOverride`, 3.51.
    pub(super) struct Override<'de> {
        rule: RuleReference<'de> = "descriptor",
        configuration: Configuration<'de> = "configuration",
    }

    /// `notification`, 3.58.
    pub(super) struct Notification<'de> {
        level: Text<'de> = "level",
        message: Message<'de> = "message",
    }
}
