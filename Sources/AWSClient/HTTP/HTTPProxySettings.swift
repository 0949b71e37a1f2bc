/// Which requests go through a proxy: the variables that most programs know.
public struct HTTPProxySettings: Equatable, Sendable {
  /// For `https` URLs: the proxy's URL.
  public var https: String?
  /// For `http` URLs.
  public var http: String?
  /// Hosts that are reached without a proxy, separated by commas; `*` for all (CURLOPT_NOPROXY(3)).
  public var bypassed: String

  public init(https: String? = nil, http: String? = nil, bypassed: String = "") {
    self.https = https
    self.http = http
    self.bypassed = bypassed
  }

  /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the same in lower case, which wins as in curl.
  public init(environment: [String: String]) {
    func value(_ name: String) -> String? {
      let text = environment[name.lowercased()] ?? environment[name]
      return text.flatMap { $0.isEmpty ? nil : $0 }
    }
    self.init(
      https: value("HTTPS_PROXY") ?? value("ALL_PROXY"), http: value("HTTP_PROXY") ?? value("ALL_PROXY"),
      bypassed: value("NO_PROXY") ?? "")
  }
}
