use clap::Args;

use crate::{cli::parse, proto::v1::Source};

/// Where the facts of a new event come from.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SourceOptions {
    /// Who published the source.
    #[arg(long, value_name = "NAME")]
    source_publisher: Option<String>,

    /// Title of the source.
    #[arg(long, value_name = "TEXT")]
    source_title: Option<String>,

    /// Address of the source.
    #[arg(long, value_name = "URI")]
    source_uri: Option<String>,

    /// Who is behind the source.
    #[arg(long, value_name = "TYPE",
        ignore_case = true, value_parser = parse::word("entente.v1.SourceType"))]
    source_type: Option<i32>,
}

impl SourceOptions {
    /// The source under an id of its own.
    pub(super) fn named(&self, id: &str) -> Source {
        Source {
            id: id.to_owned(),
            ..self.clone().source().unwrap_or_default()
        }
    }

    /// The source; none when nothing was said about it.
    pub(super) fn source(self) -> Option<Source> {
        let source = Source {
            publisher: self.source_publisher.unwrap_or_default(),
            title: self.source_title.unwrap_or_default(),
            uri: self.source_uri.unwrap_or_default(),
            r#type: self.source_type.unwrap_or_default(),
            ..Default::default()
        };
        let said = source != Source::default();
        said.then(|| Source {
            id: "source".into(),
            ..source
        })
    }
}
