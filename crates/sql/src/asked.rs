//! From a statement to its answer.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::Result as Planned;
use datafusion::config::Dialect;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use forewarn_store::{Store, TABLE};
use futures_util::StreamExt as _;

use crate::answer::{Answer, Rows};
use crate::error::Error;
use crate::functions;
use crate::table::Events;

/// The longest statement. Whoever plans one goes down into it, and each level takes some of the stack.
const LONGEST: usize = 64 << 10;

/// The stack of each thread; what is not used of it takes no memory.
const STACK: usize = 512 << 20;

/// What temporary files may take.
const SPILLED: u64 = 20 << 30;

/// What a statement may use.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads to read and compute with.
    pub threads: usize,
    /// Memory for what has to be kept (sorts, groups, joins), in bytes.
    pub memory: usize,
    /// What `now()` says.
    pub now: jiff::Timestamp,
}

/// Answers a statement: `act` has the columns first, then rows, and says whether it wants more. `stop` ends it early.
///
/// # Errors
/// The statement does not read, asks for what is not there or writes; it broke off; the store cannot be read; `stop` came.
pub fn ask<E>(
    store: Store,
    statement: &str,
    options: Options,
    stop: impl Future<Output = ()> + Send,
    mut act: impl FnMut(&Answer, Option<&Rows>) -> Result<bool, E>,
) -> Result<Result<(), E>, Error> {
    let statement = read(statement)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.threads.max(1))
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .map_err(|error| Error::Run(error.to_string()))?;
    let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
    let work = runtime.spawn(async move {
        if let Err(error) = answer(store, statement, options, &sender).await {
            // Where nobody listens any more, nobody needs to know.
            let _ = sender.send(Err(error)).await;
        }
    });
    let mut head: Option<Answer> = None;
    let outcome = runtime.block_on(async {
        tokio::pin!(stop);
        loop {
            let message = tokio::select! {
                biased;
                () = &mut stop => return Err(Error::Interrupted),
                message = receiver.recv() => message,
            };
            let wanted = match message {
                None => return Ok(Ok(())),
                Some(Err(error)) => return Err(error),
                Some(Ok(Message::Head(answer))) => act(head.insert(answer), None),
                Some(Ok(Message::Rows(rows))) => match &head {
                    Some(head) => act(head, Some(&rows)),
                    None => Ok(true),
                },
            };
            match wanted {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
        }
    });
    work.abort();
    // What is under way is dropped at its next pause, with its temporary files; a row group takes milliseconds.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    outcome
}

enum Message {
    Head(Answer),
    Rows(Rows),
}

/// Reads the statement, and refuses what is more than a question.
fn read(text: &str) -> Result<Statement, Error> {
    if text.len() > LONGEST {
        return Err(Error::refused(&format!("the statement is longer than {} KB", LONGEST >> 10)));
    }
    let parsed = DFParserBuilder::new(text).build().and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| Error::planned(&error))?;
    let (Some(statement), None) = (statements.pop_front(), statements.pop_front()) else {
        return Err(Error::refused("one statement is wanted"));
    };
    match &statement {
        Statement::Statement(inner) if matches!(inner.as_ref(), ast::Statement::Query(_)) => Ok(statement),
        Statement::Explain(explain) => match explain.statement.as_ref() {
            Statement::Statement(inner) if matches!(inner.as_ref(), ast::Statement::Query(_)) => Ok(statement),
            _ => Err(Error::refused(READS)),
        },
        _ => Err(Error::refused(READS)),
    }
}

const READS: &str = "only statements that read are answered: SELECT, WITH, VALUES, EXPLAIN";

async fn answer(
    store: Store,
    statement: Statement,
    options: Options,
    sender: &tokio::sync::mpsc::Sender<Result<Message, Error>>,
) -> Result<(), Error> {
    let context = context(store, options).map_err(|error| Error::planned(&error))?;
    let plan = context.state().statement_to_plan(statement).await.map_err(|error| Error::planned(&error))?;
    // The second lock on the same door: the parsed statement was looked at already.
    let only_reads = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    only_reads.verify_plan(&plan).map_err(|_| Error::refused(READS))?;
    let frame = context.execute_logical_plan(plan).await.map_err(|error| Error::planned(&error))?;
    let head = Answer::of(frame.schema().as_arrow())?;
    let ran = |error| Error::ran(error, options.memory);
    let mut stream = frame.execute_stream().await.map_err(ran)?;
    if sender.send(Ok(Message::Head(head))).await.is_err() {
        return Ok(());
    }
    while let Some(batch) = stream.next().await {
        let rows = Rows::of(batch.map_err(ran)?)?;
        if sender.send(Ok(Message::Rows(rows))).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn context(store: Store, options: Options) -> Planned<SessionContext> {
    let kept = NonZeroUsize::new(5).unwrap_or(NonZeroUsize::MIN);
    let pool = TrackConsumersPool::new(FairSpillPool::new(options.memory), kept);
    // Files that a sort merges at a time. Without a bound the first one that merges leaves no memory to the next.
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_max_temp_directory_size(SPILLED)
        .with_max_spill_merge_fan_in(8);
    let mut config = SessionConfig::new().with_target_partitions(options.threads.max(1)).with_information_schema(false);
    // What a sort keeps back to merge its files with; that of the engine is more than a small memory has.
    config.options_mut().execution.sort_spill_reservation_bytes = options.memory / (16 * options.threads.max(1));
    let parser = &mut config.options_mut().sql_parser;
    parser.collect_spans = true;
    parser.map_string_types_to_utf8view = false;
    parser.dialect = Dialect::Generic;
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .with_runtime_env(runtime.build_arc()?)
        .with_type_planner(Arc::new(Times))
        .build();
    let context = SessionContext::new_with_state(state);
    for function in functions::all(options.now) {
        context.register_udf(function);
    }
    context.register_table(TABLE, Arc::new(Events::new(store, options.threads.max(1))))?;
    Ok(context)
}

/// `TIMESTAMP` has milliseconds, as the column has: nanoseconds end in the year 2262, and a record can say any year.
#[derive(Debug)]
struct Times;

impl TypePlanner for Times {
    fn plan_type_field(&self, said: &ast::DataType) -> Planned<Option<FieldRef>> {
        Ok(match said {
            ast::DataType::Timestamp(None, ast::TimezoneInfo::None | ast::TimezoneInfo::WithoutTimeZone) => {
                let kind = DataType::Timestamp(TimeUnit::Millisecond, None);
                Some(Arc::new(Field::new("", kind, true)))
            }
            _ => None,
        })
    }
}
