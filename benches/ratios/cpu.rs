//! CPU time of some threads of this process, from the scheduler's own books.

use std::fs;

/// The name of the client's threads.
pub(crate) const CLIENT: &str = "client";

/// CPU seconds that this thread and the client's threads spend on a piece of work.
pub(crate) fn of_client(work: impl FnOnce()) -> f64 {
    let before = by_name(CLIENT);
    let own = of_this_thread(work);
    own + by_name(CLIENT) - before
}

/// CPU seconds that this thread spends on a piece of work.
pub(crate) fn of_this_thread(work: impl FnOnce()) -> f64 {
    let before = seconds("/proc/thread-self/schedstat");
    work();
    seconds("/proc/thread-self/schedstat") - before
}

/// CPU seconds that the whole process spends on a piece of work, in steps of a hundredth: for work that starts
/// threads of its own and ends them.
pub(crate) fn of_process(work: impl FnOnce()) -> f64 {
    let before = process();
    work();
    process() - before
}

/// User and system time are the 14th and 15th field, in ticks of a hundredth of a second (proc(5)).
fn process() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = behind_name.split(' ').skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn by_name(name: &str) -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let named = tasks.filter(|task| {
        let comm = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        comm.trim() == name
    });
    named
        .map(|task| seconds(&task.path().join("schedstat").display().to_string()))
        .sum()
}

fn seconds(schedstat: &str) -> f64 {
    let text = fs::read_to_string(schedstat).unwrap_or_default();
    let nanoseconds: f64 = text
        .split(' ')
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or(0.0);
    nanoseconds / 1e9
}
