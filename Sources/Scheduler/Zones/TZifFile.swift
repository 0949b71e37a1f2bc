/// Reads a TZif file (RFC 8536), of version 1, 2, 3 or 4.
enum TZifFile {
  /// What keeps bytes from being a TZif file, in a few words.
  struct Flaw: Error, Equatable {
    var reason: String
  }

  /// The offsets of a file, with those of its footer.
  static func offsets(of bytes: [UInt8]) throws(Flaw) -> OffsetTable {
    var reader = TZifReader(bytes: bytes)
    var header = try reader.header()
    var wordSize = 4
    if header.version >= 2 {
      // Version 1's block comes first, for readers that know no other: skipped.
      try reader.skip(header.length(wordSize: 4))
      header = try reader.header()
      wordSize = 8
    }
    guard header.leapCount == 0 else { throw Flaw(reason: "it counts leap seconds, as no clock here does") }
    return try table(&reader, header, wordSize: wordSize)
  }

  private static func table(
    _ reader: inout TZifReader, _ header: TZifHeader, wordSize: Int
  ) throws(Flaw) -> OffsetTable {
    var times: [Int64] = []
    times.reserveCapacity(header.timeCount)
    for _ in 0..<header.timeCount { times.append(try reader.integer(size: wordSize)) }
    var types: [Int] = []
    types.reserveCapacity(header.timeCount)
    for _ in 0..<header.timeCount { types.append(Int(try reader.byte())) }
    var offsets: [Int32] = []
    for _ in 0..<header.typeCount {
      let offset = try reader.integer(size: 4)
      guard (-89_999...93_599).contains(offset) else { throw Flaw(reason: "an offset of \(offset) s") }
      offsets.append(Int32(offset))
      try reader.skip(2)
    }
    guard let first = offsets.first else { throw Flaw(reason: "it has no offset") }

    var table = OffsetTable(first: first)
    // What comes after the last transition is told by the footer, and repeated for ever.
    guard zip(times, times.dropFirst()).allSatisfy(<=) else { throw Flaw(reason: "its transitions do not ascend") }
    for (time, type) in zip(times, types) {
      // Some files begin with a transition at the beginning of time. None may be so far that sums overflow.
      guard abs(time / 2) < 1 << 59 else { throw Flaw(reason: "a transition at \(time) s") }
      guard offsets.indices.contains(type) else { throw Flaw(reason: "a transition to no known offset") }
      table.append(offsets[type], from: time)
    }
    guard wordSize == 8 else { return table }
    try reader.skip(header.rest(wordSize: wordSize))
    let footer = try reader.footer()
    if footer.isEmpty { return table }
    guard let rules = FooterRules(footer) else { throw Flaw(reason: "the footer \(printable(footer))") }
    table.extend(by: rules, after: times.last)
    return table
  }
}

/// The counts at the head of a block.
private struct TZifHeader {
  var version: Int
  var universalCount: Int
  var standardCount: Int
  var leapCount: Int
  var timeCount: Int
  var typeCount: Int
  var characterCount: Int

  /// Bytes of the block's data.
  func length(wordSize: Int) -> Int {
    timeCount * (wordSize + 1) + typeCount * 6 + rest(wordSize: wordSize)
  }

  /// Bytes of the data behind the offsets: designations, leap seconds, indicators.
  func rest(wordSize: Int) -> Int {
    characterCount + leapCount * (wordSize + 4) + standardCount + universalCount
  }
}

private struct TZifReader {
  var bytes: [UInt8]
  var index = 0

  mutating func byte() throws(TZifFile.Flaw) -> UInt8 {
    guard index < bytes.count else { throw TZifFile.Flaw(reason: "it ends early") }
    index += 1
    return bytes[index - 1]
  }

  mutating func skip(_ count: Int) throws(TZifFile.Flaw) {
    guard count <= bytes.count - index else { throw TZifFile.Flaw(reason: "it ends early") }
    index += count
  }

  /// A big-endian two's complement number of 4 or 8 bytes.
  mutating func integer(size: Int) throws(TZifFile.Flaw) -> Int64 {
    var value: UInt64 = 0
    for _ in 0..<size { value = value << 8 | UInt64(try byte()) }
    return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
  }

  mutating func header() throws(TZifFile.Flaw) -> TZifHeader {
    for expected in "TZif".utf8 where try byte() != expected {
      throw TZifFile.Flaw(reason: "it does not begin with TZif")
    }
    let version = try byte()
    try skip(15)
    var counts: [Int] = []
    for _ in 0..<6 {
      let count = try integer(size: 4)
      guard (0...bytes.count).contains(Int(count)) else { throw TZifFile.Flaw(reason: "it ends early") }
      counts.append(Int(count))
    }
    return TZifHeader(
      version: version == 0 ? 1 : Int(version) - 48, universalCount: counts[0], standardCount: counts[1],
      leapCount: counts[2], timeCount: counts[3], typeCount: counts[4], characterCount: counts[5])
  }

  /// The text between the two newlines at the end of the file.
  mutating func footer() throws(TZifFile.Flaw) -> String {
    guard try byte() == 10 else { throw TZifFile.Flaw(reason: "it has no footer") }
    let rest = bytes[index...]
    guard let end = rest.firstIndex(of: 10) else { throw TZifFile.Flaw(reason: "its footer has no end") }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}
