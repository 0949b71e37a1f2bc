internal import JobModel

/// The passing of time, and what processes report.
extension SimulatedECS {
  /// Does everything whose time has come, in the order of its times.
  mutating func advance(to now: Instant) {
    while let entry = agenda.take(dueAt: now) {
      guard var task = tasks[entry.task], task.nextAt == entry.at else { continue }
      tasks[entry.task] = nil
      pass(&task, at: entry.at)
      if task.forgottenAt.map({ $0 <= entry.at }) ?? false {
        forget(task)
        continue
      }
      tasks[task.id] = task
      schedule(task)
    }
  }

  mutating func report(_ key: ContainerKey, _ report: ContainerReport, at now: Instant) {
    switch report {
    case .started: break
    case .failedToStart, .exited: processes -= 1
    }
    if var task = tasks[key.task], task.containers.indices.contains(key.index) {
      switch report {
      case .started: containerStarted(&task, key.index, at: now)
      case .failedToStart(let reason): containerFailed(&task, key.index, reason: reason, at: now)
      case .exited(let code): containerExited(&task, key.index, code: code, at: now)
      }
      tasks[task.id] = task
      schedule(task)
    }
    startWaitingTasks(at: now)
  }

  mutating func schedule(_ task: SimulatedTask) {
    if let at = task.nextAt { agenda.add(Agenda.Entry(at: at, task: task.id)) }
  }

  mutating func record(_ event: String, _ task: SimulatedTask, at now: Instant) {
    effects.append(.record(task.record(event, at: now, arns)))
  }

  mutating func enterFirstState(_ task: inout SimulatedTask, at now: Instant) {
    task.phaseEndsAt = end(of: task.status, settings.delays.provisioning, task.fate, from: now)
    if task.status == .pending { enterPending(&task, at: now) }
  }

  private func end(of status: TaskStatus, _ delay: Duration, _ fate: TaskFate, from now: Instant) -> Instant? {
    fate.hangsIn == status ? nil : now + delay + (fate.slow[status] ?? .zero)
  }

  private mutating func pass(_ task: inout SimulatedTask, at now: Instant) {
    if task.phaseEndsAt.map({ $0 <= now }) ?? false {
      task.phaseEndsAt = nil
      endPhase(&task, at: now)
    }
    if task.faultStopsAt.map({ $0 <= now }) ?? false {
      task.faultStopsAt = nil
      stopByFault(&task, at: now)
    }
    for index in task.containers.indices {
      if task.containers[index].exitsAt.map({ $0 <= now }) ?? false {
        let code = task.containers[index].nextExitCode
        containerExited(&task, index, code: code, at: now)
      }
      if task.containers[index].killsAt.map({ $0 <= now }) ?? false {
        task.containers[index].killsAt = nil
        kill(&task, index, at: now)
      }
    }
  }

  private mutating func endPhase(_ task: inout SimulatedTask, at now: Instant) {
    switch task.status {
    case .provisioning: enterPending(&task, at: now)
    case .pending:
      task.pullStoppedAt = now
      if let cause = task.fate.failsToStart {
        for index in task.containers.indices where task.containers[index].isEssential {
          task.containers[index].reason = cause.reason
        }
        beginStopping(&task, cause, at: now)
      } else {
        startContainers(&task, at: now)
      }
    case .activating: enterRunning(&task, at: now)
    case .deactivating: enterStopping(&task, at: now)
    case .deprovisioning: enterStopped(&task, at: now)
    case .running, .stopping, .stopped: break
    }
  }

  private func move(_ task: inout SimulatedTask, to status: TaskStatus) {
    task.status = status
    task.version += 1
  }

  private mutating func enterPending(_ task: inout SimulatedTask, at now: Instant) {
    if task.status != .pending { move(&task, to: .pending) }
    task.connectivityAt = now
    task.pullStartedAt = now
    task.phaseEndsAt = end(of: .pending, settings.delays.pending, task.fate, from: now)
  }

  /// Starts all containers, or queues the task until there are processes to be had.
  private mutating func startContainers(_ task: inout SimulatedTask, at now: Instant) {
    guard task.processes == 0 || processes == 0 || processes + task.processes <= settings.maximumProcesses else {
      queue.append(task.id)
      return
    }
    processes += task.processes
    for index in task.containers.indices {
      let container = task.containers[index]
      let stream = task.logStream(index)
      if let stream { effects.append(.openLog(ContainerKey(task: task.id, index: index), stream)) }
      if container.behaviour != nil {
        task.containers[index].state = .running
      } else {
        task.containers[index].state = .starting
        effects.append(
          .start(
            ContainerLaunch(
              key: ContainerKey(task: task.id, index: index), name: container.name, arguments: container.arguments,
              environment: container.environment, secrets: container.secrets, isLogged: stream != nil)))
      }
    }
    activateIfStarted(&task, at: now)
  }

  private mutating func startWaitingTasks(at now: Instant) {
    while let id = queue.first {
      guard var task = tasks[id], task.status == .pending, task.isDesiredToRun else {
        queue.removeFirst()
        continue
      }
      guard processes == 0 || processes + task.processes <= settings.maximumProcesses else { return }
      queue.removeFirst()
      startContainers(&task, at: now)
      tasks[id] = task
      schedule(task)
    }
  }

  private mutating func activateIfStarted(_ task: inout SimulatedTask, at now: Instant) {
    guard task.status == .pending, !task.containers.contains(where: { $0.state == .starting }) else { return }
    move(&task, to: .activating)
    task.phaseEndsAt = end(of: .activating, settings.delays.activating, task.fate, from: now)
    if task.phaseEndsAt == now {
      task.phaseEndsAt = nil
      enterRunning(&task, at: now)
    }
  }

  /// A simulated container's time begins when its task runs.
  private mutating func enterRunning(_ task: inout SimulatedTask, at now: Instant) {
    move(&task, to: .running)
    task.startedAt = now
    record("started", task, at: now)
    if let stop = task.fate.stop { task.faultStopsAt = now + stop.after }
    if task.fate.hangsIn == .running { return }
    for index in task.containers.indices {
      guard let behaviour = task.containers[index].behaviour, let after = behaviour.after else { continue }
      task.containers[index].nextExitCode = behaviour.exitCode
      task.containers[index].exitsAt = now + after + (task.fate.slow[.running] ?? .zero)
    }
    if task.containers.contains(where: { $0.isEssential && $0.state == .stopped }) {
      beginStopping(&task, .essentialContainerExited, at: now)
    }
  }

  private mutating func containerStarted(_ task: inout SimulatedTask, _ index: Int, at now: Instant) {
    guard task.containers[index].state == .starting else { return }
    task.containers[index].state = .running
    activateIfStarted(&task, at: now)
  }

  private mutating func containerFailed(
    _ task: inout SimulatedTask, _ index: Int, reason: String, at now: Instant
  ) {
    task.containers[index].state = .stopped
    task.containers[index].reason = reason
    let text = task.launchType == "FARGATE" ? reason : "Task failed to start"
    if task.isDesiredToRun { beginStopping(&task, StopCause(code: "TaskFailedToStart", reason: text), at: now) }
    endStoppingIfDone(&task, at: now)
  }

  private mutating func containerExited(
    _ task: inout SimulatedTask, _ index: Int, code: Int?, at now: Instant
  ) {
    task.containers[index].exitsAt = nil
    task.containers[index].killsAt = nil
    guard task.containers[index].state != .stopped else { return }
    task.containers[index].state = .stopped
    task.containers[index].exitCode = code
    if let reason = task.containers[index].behaviour?.reason { task.containers[index].reason = reason }
    if task.status == .running, task.containers[index].isEssential, task.isDesiredToRun {
      beginStopping(&task, .essentialContainerExited, at: now)
    }
    endStoppingIfDone(&task, at: now)
  }
}

/// The way to STOPPED.
extension SimulatedECS {
  mutating func beginStopping(_ task: inout SimulatedTask, _ cause: StopCause, at now: Instant) {
    task.stop = cause
    task.stoppingAt = now
    task.faultStopsAt = nil
    task.version += 1
    if task.areContainersStopped { task.executionStoppedAt = now }
    guard task.areContainersStarted else { return enterDeprovisioning(&task, at: now) }
    if task.status == .running {
      move(&task, to: .deactivating)
      task.phaseEndsAt = end(of: .deactivating, settings.delays.deactivating, task.fate, from: now)
      if task.phaseEndsAt == now { enterStopping(&task, at: now) }
    } else {
      enterStopping(&task, at: now)
    }
  }

  private mutating func enterStopping(_ task: inout SimulatedTask, at now: Instant) {
    task.phaseEndsAt = nil
    move(&task, to: .stopping)
    for index in task.containers.indices {
      switch task.containers[index].state {
      case .waiting, .stopped: continue
      case .starting, .running: terminate(&task, index, at: now)
      }
    }
    endStoppingIfDone(&task, at: now)
  }

  private mutating func terminate(_ task: inout SimulatedTask, _ index: Int, at now: Instant) {
    task.containers[index].killsAt = now + task.containers[index].stopTimeout
    guard let behaviour = task.containers[index].behaviour else {
      effects.append(.terminate(ContainerKey(task: task.id, index: index)))
      return
    }
    task.containers[index].exitsAt = nil
    if case .exits(let code) = behaviour.termination {
      containerExited(&task, index, code: code, at: now)
    }
  }

  private mutating func kill(_ task: inout SimulatedTask, _ index: Int, at now: Instant) {
    if task.containers[index].behaviour == nil {
      effects.append(.kill(ContainerKey(task: task.id, index: index)))
    } else {
      containerExited(&task, index, code: 137, at: now)
    }
  }

  private mutating func stopByFault(_ task: inout SimulatedTask, at now: Instant) {
    guard task.isDesiredToRun, let stop = task.fate.stop else { return }
    if stop.cause == .essentialContainerExited,
      let index = task.containers.firstIndex(where: { $0.isEssential && $0.state == .running })
    {
      task.containers[index].reason = stop.containerReason
      if task.containers[index].behaviour == nil {
        effects.append(.kill(ContainerKey(task: task.id, index: index)))
      } else {
        task.containers[index].behaviour?.reason = nil
        containerExited(&task, index, code: stop.exitCode, at: now)
      }
    } else {
      beginStopping(&task, stop.cause, at: now)
    }
  }

  private mutating func endStoppingIfDone(_ task: inout SimulatedTask, at now: Instant) {
    guard !task.isDesiredToRun, task.areContainersStopped else { return }
    if task.executionStoppedAt == nil { task.executionStoppedAt = now }
    if task.status == .stopping, task.fate.hangsIn != .stopping { enterDeprovisioning(&task, at: now) }
  }

  private mutating func enterDeprovisioning(_ task: inout SimulatedTask, at now: Instant) {
    move(&task, to: .deprovisioning)
    task.phaseEndsAt = end(of: .deprovisioning, settings.delays.deprovisioning, task.fate, from: now)
    if task.phaseEndsAt == now { enterStopped(&task, at: now) }
  }

  private mutating func enterStopped(_ task: inout SimulatedTask, at now: Instant) {
    task.phaseEndsAt = nil
    move(&task, to: .stopped)
    task.stoppedAt = now
    task.forgottenAt = now + settings.retention
    if let token = task.clientToken {
      tokens.taskStopped(task.id, cluster: task.cluster, token: token, at: now)
    }
    record("stopped", task, at: now)
  }

  private mutating func forget(_ task: SimulatedTask) {
    effects.append(.forget(task: task.id))
    if taskOrder.count > 1_000, taskOrder.count > tasks.count * 2 {
      taskOrder.removeAll { tasks[$0.id] == nil }
    }
  }
}

extension StopCause {
  static let essentialContainerExited = StopCause(
    code: "EssentialContainerExited", reason: "Essential container in task exited")
}
