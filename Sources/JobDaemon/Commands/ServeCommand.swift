public import ArgumentParser
internal import JobModel
public import Logging

/// `jobd serve`: the daemon.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the daemon.",
    discussion: """
      Runs until it gets SIGTERM or SIGINT; tasks then go on in ECS, and the next start picks them up.
      SIGHUP reads the job file again. Credentials and region are found as the AWS SDKs find them.

      EXAMPLES:
        jobd serve -c /etc/jobd/jobs.yaml
        jobd serve --local -c demo/jobs.yaml --state /tmp/jobd    tasks run on this machine, without AWS
        AWS_ENDPOINT_URL=http://127.0.0.1:5000 jobd serve         against an emulator
      """)

  @OptionGroup var file: JobFileOption

  @Flag(help: "Run tasks as processes on this machine, with no AWS: ECS and SNS are simulated.")
  var local = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The state directory: the database and what local tasks print. Default: $STATE_DIRECTORY, else /var/lib/jobd, with --local .jobd here.",
      valueName: "dir"))
  var state: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The control socket. Default: jobd.sock in $RUNTIME_DIRECTORY, else /run/jobd/jobd.sock, with --local in the state directory.",
      valueName: "path"))
  var socket: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How long other instances leave this one's runs alone after it was last heard of, 1 to 600 seconds.",
      valueName: "seconds"))
  var lease = 15

  @Option(name: .long, help: ArgumentHelp("trace, debug, info, notice, warning or error.", valueName: "level"))
  var logLevel = Logger.Level.info

  func validate() throws {
    guard (1...600).contains(lease) else { throw ValidationError("--lease takes 1 to 600 seconds, not \(lease).") }
  }

  func run() async throws {
    let daemon = Daemon(
      jobFile: JobFileSource(path: file.path, isLocal: local),
      paths: DaemonPaths(state: state, socket: socket, isLocal: local), isLocal: local,
      lease: .seconds(lease), logLevel: logLevel)
    try await daemon.run()
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
