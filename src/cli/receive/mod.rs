//! `waxseal receive`: an SMTP server for test messages, and what they show of their sender.

pub(super) mod args;
mod probes;
mod record;
mod setup;

use super::args::Color;
use super::exit::Code;
use super::failure::Failure;
use super::{network, terminal};
use crate::collect::Collector;
use crate::facts::outbound::OutboundDocument;
use crate::facts::outbound::enforcement::Posture;
use crate::lab::Lab;
use crate::outbound::analyse::Analyst;
use crate::outbound::server::{Accepted, Event, Server, Service};
use crate::report::{enforcement, escape, received};
use args::Receive;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use probes::Field;
use record::Record;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// How many messages are analysed at once.
const AT_ONCE: usize = 16;

/// How many events wait before sessions do.
const EVENTS: usize = 64;

/// Takes messages until enough came, the time is over, or somebody ends it.
pub(super) fn run(args: &Receive, color: Color) -> Result<Code, Failure> {
    let prepared = probes::prepare(args)?;
    if let (Some(prepared), Some(kind)) = (&prepared, &args.probing.print_zone) {
        probes::print_zone(args, prepared, kind)?;
        return Ok(Code::Passed);
    }
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    let code = runtime.block_on(async {
        let stop = terminal::interrupt().map_err(Failure::Runtime)?;
        let (service, tokens) = setup::service(args)?;
        let (field, listeners, guide) = if let Some(prepared) = prepared {
            let (field, listeners, guide) = Field::open(args, prepared, tokens).await?;
            (Some(field), listeners, guide)
        } else {
            let (listeners, sockets) = setup::listeners(args).await?;
            (None, listeners, setup::guide(args, &service, &sockets))
        };
        let record = Record::open(args.store.output.as_deref())?;
        let (_lab, collector) = open(args).await?;
        let mut desk = Desk {
            args,
            service: Arc::clone(&service),
            collector: &collector,
            record,
            leftovers: service.spool.waiting().into(),
            came: 0,
            colored: terminal::colored(color),
            summary: received::Summary::default(),
            field,
        };
        desk.say(&guide)?;
        let (sender, events) = mpsc::channel(EVENTS);
        let server = Server::start(&service, listeners, &sender);
        drop(sender);
        desk.work(server, events, stop).await?;
        let summary = desk.summary.text(args.store.output.as_deref());
        desk.say(&summary)?;
        desk.conclude()?;
        Ok(desk.code())
    });
    runtime.shutdown_background();
    code
}

async fn open(args: &Receive) -> Result<(Option<Lab>, Collector), Failure> {
    let lab = if args.lab {
        let lab = Lab::start(network::clock(&args.network).now()).await;
        Some(lab.map_err(|error| Failure::Lab(error.to_string()))?)
    } else {
        None
    };
    let collector = network::collector(&args.network, None, lab.as_ref())?;
    Ok((lab, collector))
}

/// Where messages are handed in, analysed and written down.
struct Desk<'a> {
    args: &'a Receive,
    service: Arc<Service>,
    collector: &'a Collector,
    record: Record,
    /// Messages of an earlier run.
    leftovers: VecDeque<String>,
    /// Messages that came in this run, those of an earlier one included.
    came: u32,
    colored: bool,
    summary: received::Summary,
    /// The probes, where they are served.
    field: Option<Field>,
}

/// A message that was analysed.
struct Analysed {
    id: String,
    address: String,
    posture: Option<Posture>,
    document: OutboundDocument,
    /// Whether an earlier run took it, and may have told of it.
    leftover: bool,
}

type Analyses<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Analysed> + 'a>>>;

impl<'a> Desk<'a> {
    /// Works until the end, and then until everything that came is written.
    async fn work(
        &mut self,
        server: Server,
        mut events: mpsc::Receiver<Event>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let mut work = Analyses::new();
        let mut end = Box::pin(end(stop, self.args.time));
        let mut running = Some(server);
        let mut stopping = FuturesUnordered::new();
        let mut trouble = Ok(());
        loop {
            self.take_leftovers(&mut work);
            if (self.is_enough() || trouble.is_err())
                && let Some(server) = running.take()
            {
                stopping.push(server.stop());
            }
            tokio::select! {
                () = &mut end, if running.is_some() => stopping.extend(running.take().map(Server::stop)),
                Some(()) = stopping.next(), if !stopping.is_empty() => (),
                Some(analysed) = work.next(), if !work.is_empty() => {
                    if trouble.is_ok() {
                        trouble = self.finish(&analysed);
                    }
                }
                event = events.recv(), if work.len() < AT_ONCE => match event {
                    Some(Event::Accepted(accepted)) => {
                        self.came += 1;
                        work.push(self.analyse(*accepted, false));
                    }
                    Some(Event::Attempted {
                        posture,
                        attempt,
                        ehlo,
                    }) => {
                        if let Some(field) = &mut self.field {
                            field.attempted(posture, *attempt, &ehlo);
                        }
                    }
                    None if work.is_empty() && self.leftovers.is_empty() => return trouble,
                    // Nothing comes any more: what is left is analysed.
                    None => trouble = self.rest(&mut work, trouble).await,
                },
            }
        }
    }

    async fn rest(
        &mut self,
        work: &mut Analyses<'a>,
        mut trouble: Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.take_leftovers(work);
        while let Some(analysed) = work.next().await {
            if trouble.is_ok() {
                trouble = self.finish(&analysed);
            }
            self.take_leftovers(work);
        }
        trouble
    }

    /// Messages of an earlier run, as far as there is room for them.
    fn take_leftovers(&mut self, work: &mut Analyses<'a>) {
        while work.len() < AT_ONCE
            && let Some(id) = self.leftovers.pop_front()
        {
            match self.service.spool.read(&id) {
                Ok(accepted) => {
                    self.came += 1;
                    work.push(self.analyse(accepted, true));
                }
                Err(error) => {
                    let text = format!("the message {id} of an earlier run can't be read: {error}");
                    terminal::note(&escape::line(&text));
                }
            }
        }
    }

    fn analyse(
        &self,
        accepted: Accepted,
        leftover: bool,
    ) -> Pin<Box<dyn Future<Output = Analysed> + 'a>> {
        let collector = self.collector;
        Box::pin(async move {
            // The analyst's time is that of the message.
            let analyst = Analyst::new(collector);
            let document = analyst.observe(accepted.delivered).await;
            Analysed {
                id: accepted.id,
                address: accepted.address,
                posture: accepted.posture,
                document,
                leftover,
            }
        })
    }

    /// Writes the observation down, and only then lets the message go.
    fn finish(&mut self, analysed: &Analysed) -> Result<(), Failure> {
        let store = &self.args.store;
        // What comes to the other probes is evidence of the round alone: their servers are faulty, and say nothing of how
        // the sender delivers elsewhere.
        let tells = matches!(analysed.posture, None | Some(Posture::Good));
        if tells && !(analysed.leftover && self.record.tells_of(&analysed.document)) {
            self.write(&analysed.document)?;
        }
        self.service
            .spool
            .done(&analysed.id, store.keep.as_deref())
            .map_err(|source| Failure::Write {
                file: store.keep.clone().unwrap_or_else(|| self.args.spool()),
                source,
            })?;
        if tells {
            self.summary.add(&analysed.document);
        }
        if let Some(field) = &mut self.field {
            field.arrived(&analysed.address, analysed.posture, &analysed.document);
        }
        let line = received::line(&analysed.document, &analysed.address, self.colored);
        self.say(&line)
    }

    /// Writes a document where documents go.
    fn write(&mut self, document: &OutboundDocument) -> Result<(), Failure> {
        self.record.add(document)?;
        if self.args.store.json {
            terminal::print(|out| {
                serde_json::to_writer(&mut *out, document)?;
                writeln!(out)
            })?;
        }
        Ok(())
    }

    /// Tells what the round of the probes comes to.
    fn conclude(&mut self) -> Result<(), Failure> {
        let conclusions = self.field.as_ref().map(Field::conclusions);
        for document in conclusions.into_iter().flatten() {
            self.write(&document)?;
            if let Some(seen) = &document.enforcement {
                self.say(&enforcement::text(&document.domain, seen, self.colored))?;
            }
        }
        for remark in self.field.as_ref().map(Field::remarks).unwrap_or_default() {
            self.say(&format!("\n{remark}"))?;
        }
        Ok(())
    }

    fn is_enough(&self) -> bool {
        self.args.wait.is_some_and(|wait| self.came >= wait)
            || self.field.as_ref().is_some_and(Field::is_settled)
    }

    /// What is for people goes where no document goes.
    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.args.store.quiet {
            return Ok(());
        }
        if self.args.store.json {
            terminal::aside(text);
            return Ok(());
        }
        terminal::print(|out| writeln!(out, "{text}"))
    }

    fn code(&self) -> Code {
        let Some(wait) = self.args.wait else {
            let waited_in_vain = self.args.time.is_some() && self.came == 0;
            return if waited_in_vain {
                Code::Empty
            } else {
                Code::Passed
            };
        };
        if self.came >= wait {
            Code::Passed
        } else if self.came > 0 {
            Code::Undecided
        } else {
            Code::Empty
        }
    }
}

/// Comes about when somebody or the clock ends it.
async fn end(stop: impl Future<Output = ()>, time: Option<Duration>) {
    tokio::select! {
        () = stop => (),
        () = sleep(time.unwrap_or(Duration::MAX)) => (),
    }
}
