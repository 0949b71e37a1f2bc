public import JobModel

/// A machine's ECS tasks, and what cannot be told of them before the run.
public struct CollectedTasks: Hashable, Sendable {
  public var tasks: [CheckedTask]
  public var undetermined: [UndeterminedField]

  public init(tasks: [CheckedTask] = [], undetermined: [UndeterminedField] = []) {
    self.tasks = tasks
    self.undetermined = undetermined
  }
}

/// Finds the ECS tasks of state machine definitions, those within Parallel and Map included.
public enum TaskCollector {
  /// Machines nest their branches; deeper than this nobody writes them.
  private static let depth = 32

  /// - Parameter machine: an ASL definition. What is no definition has no tasks: that it is wrong, others say.
  public static func tasks(of machine: JSONValue, job: JobName) -> CollectedTasks {
    var collected = CollectedTasks()
    collect(machine, job, depth: 0, into: &collected)
    return collected
  }

  private static func collect(
    _ machine: JSONValue, _ job: JobName, depth: Int, into collected: inout CollectedTasks
  ) {
    guard depth < TaskCollector.depth else { return }
    for (name, state) in machine["States"]?.objectValue ?? [:] {
      let inner = (state["Branches"]?.arrayValue ?? []) + [state["ItemProcessor"], state["Iterator"]].compactMap { $0 }
      for machine in inner { collect(machine, job, depth: depth + 1, into: &collected) }
      guard state["Type"] == "Task", let resource = state["Resource"]?.stringValue, ECSResource(resource) != nil
      else { continue }
      let (task, dynamic) = read(state, job)
      if let task, !collected.tasks.contains(task) { collected.tasks.append(task) }
      collected.undetermined += dynamic.map { UndeterminedField(job: job, state: name, field: $0) }
    }
  }

  /// The task, unless its definition or its cluster is worked out by the run.
  private static func read(_ state: JSONValue, _ job: JobName) -> (CheckedTask?, [String]) {
    guard let members = (state["Parameters"] ?? state["Arguments"])?.objectValue else {
      return (nil, [state["Arguments"] == nil ? "Parameters" : "Arguments"])
    }
    let arguments = TaskArguments(members)
    var dynamic: [String] = []
    let definition = definition(of: arguments, &dynamic)
    let cluster = arguments.text("cluster", &dynamic)
    let isClusterKnown = !dynamic.contains("Cluster")
    guard let definition, isClusterKnown else { return (nil, dynamic) }
    var task = CheckedTask(job: job, cluster: cluster ?? "default", taskDefinition: definition)
    task.launchType = arguments.text("launchType", &dynamic)
    task.capacityProviderStrategy = arguments.structures("capacityProviderStrategy", &dynamic)
      .compactMap { $0.text("capacityProvider", &dynamic) }
    task.platformVersion = arguments.text("platformVersion", &dynamic)
    task.enablesExecuteCommand = arguments.value("enableExecuteCommand", &dynamic)?.boolValue ?? false
    // Each of the three has ECS tag the task, for which RunTask wants ecs:TagResource.
    let hasOwnTags = arguments.value("tags", &dynamic)?.arrayValue?.isEmpty == false
    let propagates = arguments.text("propagateTags", &dynamic) == "TASK_DEFINITION"
    let isManaged = arguments.value("enableECSManagedTags", &dynamic)?.boolValue ?? false
    task.hasTags = hasOwnTags || propagates || isManaged
    task.infrastructureRoles = arguments.structures("volumeConfigurations", &dynamic).compactMap {
      $0.structure("managedEBSVolume", &dynamic)?.text("roleArn", &dynamic)
    }
    readNetwork(arguments, into: &task, &dynamic)
    readOverrides(arguments, into: &task, &dynamic)
    return (task, dynamic)
  }

  private static func definition(of arguments: TaskArguments, _ dynamic: inout [String]) -> TaskDefinitionReference? {
    switch arguments.value("taskDefinition", &dynamic) {
    case .string(let name): return .named(name)
    case .object(let members):
      dynamic += TaskArguments.dynamicFields(in: .object(members), at: "TaskDefinition")
      return .given(TaskDefinitionSpelling.apiSpelling(.object(members)))
    default: return nil
    }
  }

  private static func readNetwork(_ arguments: TaskArguments, into task: inout CheckedTask, _ dynamic: inout [String]) {
    guard
      let network = arguments.structure("networkConfiguration", &dynamic)?
        .structure("awsvpcConfiguration", &dynamic)
    else { return }
    task.subnets = network.texts("subnets", &dynamic)
    task.securityGroups = network.texts("securityGroups", &dynamic)
    task.assignPublicIp = network.text("assignPublicIp", &dynamic) == "ENABLED"
  }

  private static func readOverrides(
    _ arguments: TaskArguments, into task: inout CheckedTask, _ dynamic: inout [String]
  ) {
    guard let overrides = arguments.structure("overrides", &dynamic) else { return }
    task.overrideTaskRole = overrides.text("taskRoleArn", &dynamic)
    task.overrideExecutionRole = overrides.text("executionRoleArn", &dynamic)
    task.containers = overrides.structures("containerOverrides", &dynamic).compactMap { $0.text("name", &dynamic) }
  }
}
