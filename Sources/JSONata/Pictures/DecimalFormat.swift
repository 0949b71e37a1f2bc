internal import JobModel

typealias Scalars = [Unicode.Scalar]

/// The properties that say how a number picture is read and what it writes (XPath and XQuery Functions and
/// Operators 3.1, §4.7.1, "decimal format"); by their names there, as `$formatNumber` takes them as options.
struct DecimalFormat {
  let decimalSeparator: Scalars
  let groupingSeparator: Scalars
  let exponentSeparator: Scalars
  let minusSign: Scalars
  let percent: Scalars
  let perMille: Scalars
  let optionalDigit: Scalars
  let patternSeparator: Scalars
  let infinity: Scalars
  let notANumber: Scalars
  let zeroDigit: Unicode.Scalar

  /// Options of other names are ignored.
  ///
  /// - Throws: `T0410` where an option is no text, or the zero digit is none from which ten digits go up.
  init(_ options: JSONObject?) throws(JSONataError) {
    func property(_ name: String, _ standard: String) throws(JSONataError) -> Scalars {
      guard let option = options?[name] else { return Scalars(standard.unicodeScalars) }
      guard let text = option.stringValue else { throw PictureProblem.wrongOption(name).error }
      return Scalars(text.unicodeScalars)
    }
    decimalSeparator = try property("decimal-separator", ".")
    groupingSeparator = try property("grouping-separator", ",")
    exponentSeparator = try property("exponent-separator", "e")
    minusSign = try property("minus-sign", "-")
    percent = try property("percent", "%")
    perMille = try property("per-mille", "\u{2030}")
    optionalDigit = try property("digit", "#")
    patternSeparator = try property("pattern-separator", ";")
    infinity = try property("infinity", "Infinity")
    notANumber = try property("NaN", "NaN")
    guard let zero = try property("zero-digit", "0").first, Unicode.Scalar(zero.value + 9) != nil else {
      throw PictureProblem.wrongOption("zero-digit").error
    }
    zeroDigit = zero
  }

  func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    (zeroDigit.value...zeroDigit.value + 9).contains(scalar.value)
  }

  func isOptionalDigit(_ scalar: Unicode.Scalar) -> Bool { [scalar] == optionalDigit }

  func isAnyDigit(_ scalar: Unicode.Scalar) -> Bool { isDigit(scalar) || isOptionalDigit(scalar) }

  /// Whether it has a meaning of its own in a picture.
  func isActive(_ scalar: Unicode.Scalar) -> Bool {
    isAnyDigit(scalar)
      || [decimalSeparator, exponentSeparator, groupingSeparator, patternSeparator].contains([scalar])
  }

  /// ASCII digits in the format's own.
  func localized(_ digits: some StringProtocol) -> Scalars {
    digits.unicodeScalars.map { digit in
      guard ("0"..."9").contains(digit) else { return digit }
      return Unicode.Scalar(digit.value - 48 + zeroDigit.value) ?? digit
    }
  }
}

extension Scalars {
  var text: String { String(String.UnicodeScalarView(self)) }

  /// Where a text begins; nil for the empty one.
  func place(of part: Scalars, from start: Int = 0) -> Int? {
    guard !part.isEmpty, count >= part.count, start <= count - part.count else { return nil }
    return (start...count - part.count).first { self[$0..<$0 + part.count].elementsEqual(part) }
  }

  func has(_ part: Scalars) -> Bool { place(of: part) != nil }

  func hasTwice(_ part: Scalars) -> Bool {
    guard let first = place(of: part) else { return false }
    return place(of: part, from: first + 1) != nil
  }

  func parts(separatedBy separator: Scalars) -> [Scalars] {
    var parts: [Scalars] = []
    var start = 0
    while let end = place(of: separator, from: start) {
      parts.append(Scalars(self[start..<end]))
      start = end + separator.count
    }
    return parts + [Scalars(self[start...])]
  }
}
