internal import JobModel

/// For which CPUs an image is, read from its manifest (OCI image specification, "Image Index" and "Image
/// Manifest"; Docker's image manifest version 2, schema 2).
enum ImageManifest: Equatable, Sendable {
  /// An index of one manifest a platform: the architectures by the specification's names, `amd64`, `arm64`.
  case platforms([String])
  /// One image, whose configuration has this digest and says the architecture.
  case configuration(digest: String)

  /// What ECR may answer with; without it, it converts or refuses.
  static let mediaTypes = [
    "application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json",
  ]

  /// Nil for what is no manifest.
  init?(_ text: String) {
    guard let manifest = try? JSONValue.parse(text) else { return nil }
    if let manifests = manifest["manifests"]?.arrayValue {
      // Attestations of a build stand beside the images, for the architecture "unknown".
      let architectures = manifests.compactMap { $0["platform"]?["architecture"]?.stringValue }
      self = .platforms(Set(architectures).subtracting(["unknown"]).sorted())
    } else if let digest = manifest["config"]?["digest"]?.stringValue {
      self = .configuration(digest: digest)
    } else {
      return nil
    }
  }

  /// ECS's word for an architecture (ECS API, RuntimePlatform); nil for one that ECS has not.
  static func cpuArchitecture(_ name: String) -> String? {
    switch name {
    case "amd64": "X86_64"
    case "arm64": "ARM64"
    default: nil
    }
  }
}
