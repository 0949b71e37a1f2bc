internal import Foundation
public import JobModel

/// Writes instants in a job's zone, with the offset.
public struct TimeText: Sendable {
  /// Seconds east of UTC in an IANA zone at an instant; nil for a zone that is not known here.
  private let offset: @Sendable (String, Instant) -> Int?

  public init(offset: @escaping @Sendable (String, Instant) -> Int?) { self.offset = offset }

  /// With this machine's time zone data.
  public static let system = TimeText { zone, instant in
    TimeZone(identifier: zone)?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds)))
  }

  /// The civil time in the zone; in UTC for a zone that is not known.
  func civil(_ instant: Instant, _ zone: String) -> CivilTime {
    CivilTime(secondsSince1970: instant.seconds + Int64(offset(zone, instant) ?? 0))
  }

  /// `2026-11-21 12:00+09:00`, with seconds where there are some.
  func full(_ instant: Instant, _ zone: String) -> String {
    "\(civil(instant, zone).date) \(clock(instant, zone))"
  }

  /// `12:00+09:00`, with seconds where there are some.
  func clock(_ instant: Instant, _ zone: String) -> String {
    // `2026-11-21T12:00:00+09:00`, from the model, without its date.
    let whole = Instant(seconds: instant.seconds).text(offset: offset(zone, instant) ?? 0)
    var text = whole.split(separator: "T", maxSplits: 1).last.map(String.init) ?? whole
    if civil(instant, zone).second == 0 {
      let seconds = text.index(text.startIndex, offsetBy: 5)..<text.index(text.startIndex, offsetBy: 8)
      text.removeSubrange(seconds)
    }
    return text
  }

  /// The time alone on the given day, otherwise with its date.
  func near(_ day: CivilDate?, _ instant: Instant, _ zone: String) -> String {
    civil(instant, zone).date == day ? clock(instant, zone) : full(instant, zone)
  }

  /// A length in its two greatest units: `0.4s`, `42s`, `3m 05s`, `2h 07m`, `3d 04h`.
  static func length(_ duration: Duration) -> String {
    let milliseconds = max(0, duration.wholeMilliseconds)
    let seconds = milliseconds / 1_000
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    switch seconds {
    case 0: return milliseconds == 0 ? "0s" : "0.\(max(1, milliseconds / 100))s"
    case 1..<60: return "\(seconds)s"
    case 60..<3_600: return "\(seconds / 60)m \(two(seconds % 60))s"
    case 3_600..<86_400: return "\(seconds / 3_600)h \(two(seconds / 60 % 60))m"
    default: return "\(seconds / 86_400)d \(two(seconds / 3_600 % 24))h"
    }
  }

  /// A length that somebody has set: as ``length(_:)``, without a second unit of zero (`1h`, `10m`).
  static func setting(_ duration: Duration) -> String {
    let parts = length(duration).split(separator: " ")
    return parts.count == 2 && parts[1].hasPrefix("00") ? String(parts[0]) : length(duration)
  }
}
