//! Takes the one job from descriptor 3 (bytes, a line feed, that many bytes of JSON), calls what it is given, answers with one frame.
use serde::{de::DeserializeOwned, Serialize};
use std::fs::File;
use std::io::{stdout, Read, Write};
use std::os::fd::FromRawFd;
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use std::sync::{Arc, Mutex, OnceLock};

extern "C" {
    fn fcntl(descriptor: i32, command: i32, ...) -> i32;
    fn close(descriptor: i32) -> i32;
}

const DUPLICATE_FOR_EXEC: i32 = if cfg!(target_os = "macos") { 67 } else { 1030 };
static CHANNEL: OnceLock<Mutex<File>> = OnceLock::new();

/// The arguments of the job.
pub struct Input(serde_json::Map<String, serde_json::Value>);

impl Input {
    /// One argument as the type that the script wants.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> T {
        let given = self.0.remove(name);
        let is_given = given.is_some();
        match serde_json::from_value(given.unwrap_or(serde_json::Value::Null)) {
            Ok(value) => value,
            Err(_) if !is_given => fail("ArgumentError", &format!("argument \"{name}\" is not given"), ""),
            Err(error) => fail("ArgumentError", &format!("argument \"{name}\": {error}"), ""),
        }
    }
}

/// Answers with what `call` makes of the arguments.
pub fn run(call: impl FnOnce(&mut Input) -> Vec<u8>) -> i32 {
    // Out of the script's way, and not for the processes that it starts.
    let moved = unsafe { fcntl(3, DUPLICATE_FOR_EXEC, 500) };
    if moved < 0 {
        return 1;
    }
    unsafe { close(3) };
    let mut input = receive(unsafe { File::from_raw_fd(moved) });
    let seen = watch_panics();
    match catch_unwind(AssertUnwindSafe(|| call(&mut input))) {
        Ok(body) => send("result", &body),
        Err(_) => {
            let (message, place) = seen.lock().map(|seen| seen.clone()).unwrap_or_default();
            fail("panic", &message, &place)
        }
    }
    0
}

/// A value as JSON.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    match serde_json::to_vec(value) {
        Ok(body) => body,
        Err(error) => fail("ExecutionErr", &format!("main returned a value that is no JSON: {error}"), ""),
    }
}

/// An error that main returned.
pub fn refuse<E: std::fmt::Display + std::fmt::Debug>(error: E) -> ! {
    fail("Error", &format!("{error:#}"), &format!("{error:?}"))
}

/// Runs a future that needs no runtime of its own.
pub fn wait<F: std::future::Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = Box::pin(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

fn receive(mut channel: File) -> Input {
    let mut size = String::new();
    let mut next = [0u8];
    loop {
        // Nobody has a job for us any more.
        if !matches!(channel.read(&mut next), Ok(1)) {
            std::process::exit(0);
        }
        if next[0] == b'\n' {
            break;
        }
        size.push(next[0] as char);
    }
    let mut body = vec![0; size.parse().unwrap_or(0)];
    let read = channel.read_exact(&mut body);
    let _ = CHANNEL.set(Mutex::new(channel));
    match read.map(|()| serde_json::from_slice(&body)) {
        Ok(Ok(args)) => Input(args),
        _ => fail("ExecutionErr", "the input is no JSON", ""),
    }
}

/// The last panic: what it said, and where.
fn watch_panics() -> Arc<Mutex<(String, String)>> {
    let seen = Arc::new(Mutex::new((String::new(), String::new())));
    let kept = seen.clone();
    set_hook(Box::new(move |info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
        let message = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_string());
        let place = info.location().map(|at| format!("at {}:{}:{}", at.file(), at.line(), at.column())).unwrap_or_default();
        eprintln!("panicked {place}: {message}");
        if let Ok(mut seen) = kept.lock() {
            *seen = (message, place);
        }
    }));
    seen
}

fn fail(name: &str, message: &str, stack: &str) -> ! {
    send("error", &serde_json::json!({ "name": name, "message": message, "stack": stack }).to_string().into_bytes());
    std::process::exit(1)
}

fn send(kind: &str, body: &[u8]) {
    let _ = stdout().flush();
    let Some(Ok(mut channel)) = CHANNEL.get().map(|channel| channel.lock()) else { return };
    let header = format!("{kind} {}\n", body.len());
    if channel.write_all(header.as_bytes()).and_then(|()| channel.write_all(body)).is_err() {
        eprintln!("the result could not be sent, because the script closed descriptor 3");
        std::process::exit(1);
    }
}
