internal import Foundation

// SIGHUP asks the daemon to read its job file again, and would end it until it listens. What is lost here is
// not missed, since the file has not been read yet. Every other command ends with its terminal.
if CommandLine.arguments.dropFirst().first == "serve" { signal(SIGHUP, SIG_IGN) }

await JobdCommand.start()
