use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

use tokio::sync::mpsc;

use super::{eventually, soon};

/// What a command left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A command that runs, with what it prints line by line. Dropped, it is killed.
pub struct Running {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    errors: mpsc::UnboundedReceiver<String>,
}

/// The program, without the settings of whoever runs the tests.
pub(super) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ENTENTE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// The same with so many file descriptors.
pub(super) fn program_within(descriptors: u32) -> Command {
    let program = program();
    let mut limited = Command::new("sh");
    limited.args([
        "-c",
        &format!("ulimit -n {descriptors} && exec \"$0\" \"$@\""),
    ]);
    limited.arg(program.get_program());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.stdin(Stdio::null());
    limited
}

/// Runs the program to its end.
pub async fn entente(arguments: &[&str], input: &str) -> Ended {
    let mut running = Running::start(arguments, input);
    let status = running.ended().await;
    Ended {
        code: status.code(),
        stdout: all(&mut running.lines).await,
        stderr: all(&mut running.errors).await,
    }
}

impl Running {
    /// Starts the program and gives it something to read.
    pub fn start(arguments: &[&str], input: &str) -> Running {
        let mut child = program()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let mut stdin = child.stdin.take().expect("it is piped");
        let input = input.to_owned();
        // A command that reads nothing closes its end.
        thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let lines = read(child.stdout.take().expect("it is piped"));
        let errors = read(child.stderr.take().expect("it is piped"));
        Running {
            child,
            lines,
            errors,
        }
    }

    /// The next line on standard output.
    pub async fn line(&mut self) -> String {
        match soon("a line", self.lines.recv()).await {
            Some(line) => line,
            None => panic!("it prints nothing more: {}", all(&mut self.errors).await),
        }
    }

    /// The next line on standard error that contains a text.
    pub async fn error_with(&mut self, text: &str) -> String {
        loop {
            let line = soon(text, self.errors.recv()).await;
            let line = line.unwrap_or_else(|| panic!("it never said {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("our own child");
        self.child.wait().expect("our own child");
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("the command to end", async || {
            child.try_wait().expect("our own child")
        })
        .await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; it is our own child in any case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(from: impl Read + Send + 'static) -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if line.map_or(true, |line| sender.send(line).is_err()) {
                return;
            }
        }
    });
    receiver
}

async fn all(lines: &mut mpsc::UnboundedReceiver<String>) -> String {
    let mut text = String::new();
    while let Some(line) = soon("the end of the output", lines.recv()).await {
        text += &line;
        text.push('\n');
    }
    text
}
