//! The layers that judge a request, with the sources that they were read from.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use anstyle::Style;
use forewarn_policy::{
    BlockPublicAccess, BlockSettings, Document, Effect, LayerName, Layers, Reading, Request, StatementRef, parts_met,
};
use forewarn_reports::{Line, Page, styles, words};

use super::excerpt::Excerpt;
use super::source::{Reader, Source};
use crate::cli::{Block, BlockSetting, Limits};

/// What AWS attaches at every level of an organisation.
const FULL_ACCESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Layers and their sources.
#[derive(Debug, Default)]
pub(super) struct Stack {
    pub(super) layers: Layers,
    /// Levels of service control policies that got AWS's `FullAWSAccess` beside them.
    pub(super) completed: usize,
    sources: BTreeMap<LayerName, Vec<Source>>,
}

impl Stack {
    /// Adds the sources of a layer and says how they were read.
    pub(super) fn add(&mut self, layer: LayerName, sources: Vec<Source>) -> Vec<Reading<Arc<Document>>> {
        let readings = sources.iter().map(|source| source.policy.clone()).collect();
        self.sources.entry(layer).or_default().extend(sources);
        readings
    }

    /// Adds a layer that need not apply.
    pub(super) fn limit(
        &mut self,
        layer: LayerName,
        reader: &mut Reader,
        names: &[String],
    ) -> Option<Vec<Reading<Arc<Document>>>> {
        let sources: Vec<Source> = names.iter().map(|name| reader.read(name)).collect();
        (!sources.is_empty()).then(|| self.add(layer, sources))
    }

    /// Adds the levels of an organisation.
    pub(super) fn levels(
        &mut self,
        layer: LayerName,
        levels: Vec<Vec<Source>>,
    ) -> Option<Vec<Vec<Reading<Arc<Document>>>>> {
        let levels: Vec<_> = levels.into_iter().map(|level| self.add(layer, level)).collect();
        (!levels.is_empty()).then_some(levels)
    }

    /// Adds the boundary and the service control policies of a principal.
    pub(super) fn limits(&mut self, reader: &mut Reader, limits: &Limits) {
        self.layers.boundary = self.limit(LayerName::Boundary, reader, &limits.boundary);
        let mut levels = reader.levels(&limits.scp);
        for level in &mut levels {
            let grants = |source: &Source| {
                let allows = |document: &Arc<Document>| {
                    document.statements().iter().any(|statement| statement.effect() == Effect::Allow)
                };
                source.document().is_none_or(allows)
            };
            if let (false, Ok(document)) = (level.iter().any(grants), Document::parse(FULL_ACCESS)) {
                self.completed += 1;
                level.push(Source {
                    name: "FullAWSAccess".to_owned(),
                    policy: Reading::Read(Arc::new(document)),
                    taken: None,
                    role: None,
                });
            }
        }
        self.layers.scp = self.levels(LayerName::Scp, levels);
    }

    /// Where a statement stands. The statements of policies that count as one follow each other.
    pub(super) fn find(&self, at: &StatementRef) -> Option<(&Source, &Document, usize)> {
        let sources = self.sources.get(&at.layer)?;
        let source = sources.get(at.policy)?;
        let document = &**source.document()?;
        document.statements().get(at.statement).map(|_| (source, document, at.statement))
    }

    /// Writes the statements, each with its file and line, and underlines what a request meets in it.
    pub(super) fn write(
        &self,
        page: &mut Page<'_>,
        because: &[StatementRef],
        request: &Request,
        (verb, style): (&str, Style),
    ) -> io::Result<()> {
        for at in because {
            if let Some(found) = self.find(at) {
                page.gap()?;
                let intro = format!("{verb} by {}:", words::layer(at.layer));
                statement(page, &intro, found, &self.layers, request, style)?;
            }
        }
        Ok(())
    }

    /// `file:line` of the statements that decide.
    pub(super) fn places(&self, because: &[StatementRef]) -> Vec<String> {
        let place = |at: &StatementRef| {
            let (source, document, index) = self.find(at)?;
            let whole = document.statements().get(index)?.span();
            let excerpt = Excerpt { source: document.source(), whole, marks: Vec::new(), style: Style::new() };
            Some(format!("{}:{}", source.name, excerpt.line()))
        };
        because.iter().filter_map(place).collect()
    }
}

/// Writes one statement.
pub(super) fn statement(
    page: &mut Page<'_>,
    intro: &str,
    (source, document, index): (&Source, &Document, usize),
    layers: &Layers,
    request: &Request,
    style: Style,
) -> io::Result<()> {
    let Some(statement) = document.statements().get(index) else { return Ok(()) };
    let marks = parts_met(document, index, layers, request);
    let excerpt = Excerpt { source: document.source(), whole: statement.span(), marks, style };
    let mut head =
        Line::default().styled(styles::DIM, intro).styled(styles::BOLD, &format!("{}:{}", source.name, excerpt.line()));
    if let Some(sid) = statement.sid() {
        head = head.say(&format!("statement `{sid}`"));
    }
    page.hang(2, 4, &head)?;
    excerpt.write(page)
}

/// The switches that the user turned on.
pub(super) fn block_public_access(block: &Block) -> BlockPublicAccess {
    let has = |wanted: BlockSetting| block.settings.contains(&wanted);
    let settings = BlockSettings {
        block_public_acls: has(BlockSetting::All),
        ignore_public_acls: has(BlockSetting::All) || has(BlockSetting::IgnorePublicAcls),
        block_public_policy: has(BlockSetting::All),
        restrict_public_buckets: has(BlockSetting::All) || has(BlockSetting::RestrictPublicBuckets),
    };
    let bucket = if has(BlockSetting::Unreadable) { Reading::Unreadable } else { Reading::Read(settings) };
    BlockPublicAccess { account: Reading::Read(BlockSettings::default()), bucket }
}

/// Says that levels were completed.
pub(super) fn completed(page: &mut Page<'_>, stack: &Stack) -> io::Result<()> {
    if stack.completed == 0 {
        return Ok(());
    }
    let levels = words::count(stack.completed, "level");
    let said = "FullAWSAccess is taken to stand beside them there";
    super::aside(page, &format!("The SCPs that are given allow nothing at {levels}; {said}."))
}
