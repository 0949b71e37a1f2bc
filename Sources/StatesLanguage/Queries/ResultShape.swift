internal import JobModel

/// What becomes of a result on its way into the state's output: ResultSelector, then ResultPath. JSONata has
/// neither, and leaves it as it is.
struct ResultShape: Sendable {
  var selector: PayloadTemplate?
  var place = ResultPlace.whole

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> ResultShape {
    guard fields.language == .jsonPath else { return ResultShape() }
    return ResultShape(
      selector: fields.payload("ResultSelector", &reader), place: fields.resultPlace("ResultPath", &reader))
  }
}
