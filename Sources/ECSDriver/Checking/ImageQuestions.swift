internal import AWSClient
internal import JobModel

/// The images: they are in ECR, and for the CPU that the task gets.
extension CheckRun {
  private struct Use: Hashable {
    var image: String
    /// Nil where an instance of unknown kind decides.
    var architecture: String?
  }

  func askImages() async {
    var uses: [Use: Set<JobName>] = [:]
    for definition in definitions {
      let architecture = definition.facts.cpuArchitecture ?? (definition.runsOnFargate ? "X86_64" : nil)
      for image in definition.facts.images {
        uses[Use(image: image.image, architecture: architecture), default: []].formUnion(definition.tasks.jobs)
      }
    }
    let images = Dictionary(grouping: uses) { $0.key.image }
    for (image, uses) in images.sorted(by: { $0.key < $1.key }) {
      guard !Task.isCancelled else { return }
      let jobs = Set(uses.flatMap(\.value)).sorted()
      guard let reference = ImageReference(image) else {
        tell(.unknown, "image \(image)", "it is in no private ECR registry and was not looked at", jobs: jobs)
        continue
      }
      guard let manifest = await askManifest(reference, image, jobs: jobs) else { continue }
      let architectures = await architectures(of: manifest, reference)
      for (use, jobs) in uses.sorted(by: { $0.key.architecture ?? "" < $1.key.architecture ?? "" }) {
        tellArchitecture(use, architectures, jobs: jobs.sorted())
      }
    }
  }

  private func askManifest(_ reference: ImageReference, _ image: String, jobs: [JobName]) async -> ImageManifest? {
    let subject = "image \(image)"
    let (member, value) = reference.imageID
    let result = await ask(
      .ecr, "BatchGetImage",
      [
        "registryId": .string(reference.registry), "repositoryName": .string(reference.repository),
        "imageIds": [.object([member: .string(value)])],
        "acceptedMediaTypes": .array(ImageManifest.mediaTypes.map { .string($0) }),
      ], region: reference.region)
    switch result {
    case .success(let answer):
      if let text = answer["images"]?[0]?["imageManifest"]?.stringValue {
        if let manifest = ImageManifest(text) { return manifest }
        tell(.unknown, subject, "it is there; its manifest is of a kind that cannot be read", jobs: jobs)
        return nil
      }
      let failure = answer["failures"]?[0]
      let code = failure?["failureCode"]?.stringValue ?? "no reason given"
      tell(
        .failed, subject,
        code == "ImageNotFound"
          ? "the repository \(reference.repository) has no image \(value)" : "ECR does not give it: \(code)",
        remedy: "push it, or name one that is there", jobs: jobs)
    case .failure(let error) where error.code == "RepositoryNotFoundException":
      tell(
        .failed, subject,
        "account \(reference.registry) has no repository \(reference.repository) in \(reference.region)",
        remedy: "check the image's name", jobs: jobs)
    case .failure(let error): tellUnanswered(error, subject, "ecr:BatchGetImage", jobs: jobs)
    }
    return nil
  }

  /// The names of the architectures, or why they are not known.
  private enum Architectures {
    case known([String])
    case unknown(String)
  }

  private func architectures(of manifest: ImageManifest, _ reference: ImageReference) async -> Architectures {
    switch manifest {
    case .platforms(let names): return .known(names)
    case .configuration(let digest):
      guard let transport else { return .unknown("its configuration was not fetched") }
      let result = await ask(
        .ecr, "GetDownloadUrlForLayer",
        [
          "registryId": .string(reference.registry), "repositoryName": .string(reference.repository),
          "layerDigest": .string(digest),
        ], region: reference.region)
      switch result {
      case .failure(let error) where error.isDenied:
        return .unknown("IAM does not let the caller read its configuration (ecr:GetDownloadUrlForLayer)")
      case .failure(let error): return .unknown("its configuration was not given: \(error.code)")
      case .success(let answer):
        guard let url = answer["downloadUrl"]?.stringValue, url.hasPrefix("https://") else {
          return .unknown("its configuration has no address")
        }
        return await fetch(url, transport)
      }
    }
  }

  /// The address is a presigned one: neither it nor a message of the transport may be shown.
  private func fetch(_ url: String, _ transport: any HTTPTransport) async -> Architectures {
    do throws(HTTPTransportError) {
      let response = try await transport.send(
        HTTPRequest(method: "GET", url: url, maximumResponseBytes: CheckRun.configurationBytes))
      guard response.status == 200, let value = try? JSONValue.parse(response.body),
        let architecture = value["architecture"]?.stringValue
      else { return .unknown("its configuration could not be read (HTTP \(response.status))") }
      return .known([architecture])
    } catch { return .unknown("its configuration could not be fetched: \(error.code.rawValue)") }
  }

  /// An image's configuration holds its history, and is some kilobytes long.
  private static let configurationBytes = 4 << 20

  private func tellArchitecture(_ use: Use, _ architectures: Architectures, jobs: [JobName]) {
    let subject = "image \(use.image)"
    switch architectures {
    case .unknown(let reason):
      tell(.unknown, subject, "it is there; for which CPU is not known: \(reason)", jobs: jobs)
    case .known(let names):
      let list = names.joined(separator: ", ")
      guard let wanted = use.architecture else {
        tell(.ok, subject, "it is there, for \(list); the instances decide whether that fits", jobs: jobs)
        return
      }
      if names.compactMap(ImageManifest.cpuArchitecture).contains(wanted) {
        tell(.ok, subject, "it is there, for \(list), and the task gets \(wanted)", jobs: jobs)
        return
      }
      let platform = wanted == "ARM64" ? "linux/arm64" : "linux/amd64"
      let other = names.compactMap(ImageManifest.cpuArchitecture).first
      tell(
        .failed, subject, "it is for \(list), and the task gets \(wanted): it would end with \"exec format error\"",
        remedy: "build it with --platform \(platform)"
          + (other.map { ", or set `runtimePlatform.cpuArchitecture: \($0)`" } ?? ""), jobs: jobs)
    }
  }
}
