use clap::Args;

use crate::{cli::parse, proto::v1::Source};

/// Options for the source of a new event or partnership.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SourceOptions {
    /// Publisher of the source.
    #[arg(long, value_name = "NAME")]
    source_publisher: Option<String>,

    /// Title of the source.
    #[arg(long, value_name = "TEXT")]
    source_title: Option<String>,

    /// Address of the source.
    #[arg(long, value_name = "URI")]
    source_uri: Option<String>,

    /// Type of the source.
    #[arg(long, value_name = "TYPE",
        ignore_case = true, value_parser = parse::word("entente.v1.SourceType"))]
    source_type: Option<i32>,

    /// Where in the source the evidence stands, such as "page 3, paragraph 2".
    #[arg(long, value_name = "TEXT")]
    source_locator: Option<String>,
}

impl SourceOptions {
    /// Returns the source with this id.
    pub(super) fn named(&self, id: &str) -> Source {
        Source {
            id: id.to_owned(),
            ..self.clone().source().unwrap_or_default()
        }
    }

    /// Returns the source; `None` if no option was given.
    pub(super) fn source(self) -> Option<Source> {
        let source = Source {
            publisher: self.source_publisher.unwrap_or_default(),
            title: self.source_title.unwrap_or_default(),
            uri: self.source_uri.unwrap_or_default(),
            r#type: self.source_type.unwrap_or_default(),
            quote_locator: self.source_locator.unwrap_or_default(),
            ..Default::default()
        };
        let said = source != Source::default();
        said.then(|| Source {
            id: "source".into(),
            ..source
        })
    }
}
