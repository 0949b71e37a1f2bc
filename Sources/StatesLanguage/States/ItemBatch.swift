internal import JobModel

/// ItemBatcher: an iteration gets several items at once, `{"Items": […]}`, and what BatchInput adds.
struct ItemBatch: Sendable {
  var input: Template?
  var maximumItems: Quantity?
  var maximumBytes: Quantity?

  static func read(_ fields: Fields, _ reader: inout DefinitionReader) -> ItemBatch? {
    guard let batcher = fields.fields("ItemBatcher", &reader) else { return nil }
    let paths = ["MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"]
    batcher.allow(
      Set(["BatchInput", "MaxItemsPerBatch", "MaxInputBytesPerBatch"] + (fields.language == .jsonPath ? paths : [])),
      other: fields.language == .jsonata ? Set(paths) : [], in: "ItemBatcher", &reader)
    let batch = ItemBatch(
      input: batcher.template("BatchInput", &reader),
      maximumItems: Quantity.read(
        "MaxItemsPerBatch", 1...LanguageLimits.seconds, takesContext: false, batcher, &reader),
      maximumBytes: Quantity.read(
        "MaxInputBytesPerBatch", 1...262_144, takesContext: false, batcher, &reader))
    if !(["MaxItemsPerBatch", "MaxInputBytesPerBatch"] + paths).contains(where: batcher.has) {
      reader.schemaError(
        batcher.pointer, "One of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]")
    }
    return batch
  }
}

extension Execution {
  /// The items as they are handed to iterations: shaped by ItemSelector first, then put into batches.
  func batches(
    of fork: Fork, _ map: MapState, _ batch: ItemBatch, in scope: Scope, _ data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> [JSONValue] {
    let most = try size(batch.maximumItems, field: "MaxItemsPerBatch", in: data, &step) ?? fork.items.count
    let bytes = try size(batch.maximumBytes, field: "MaxInputBytesPerBatch", in: data, &step) ?? limits.payloadBytes
    let shared = try batch.input.map { input throws(StateFailure) in try input.value(in: data, using: &step.generator) }
    var batches: [JSONValue] = []
    var items: [JSONValue] = []
    var used = 0
    func close() {
      guard !items.isEmpty else { return }
      var members = JSONObject()
      members["BatchInput"] = shared
      members["Items"] = .array(items)
      batches.append(.object(members))
      (items, used) = ([], 0)
    }
    for index in fork.items.indices {
      let item = try selected(fork, map, index, in: scope, &step)
      let length = item.text.utf8.count
      if items.count >= most || (used + length > bytes && !items.isEmpty) { close() }
      items.append(item)
      used += length
    }
    close()
    return batches
  }

  private func size(
    _ quantity: Quantity?, field: String, in data: EvaluationData, _ step: inout Step
  ) throws(StateFailure) -> Int? {
    guard let quantity else { return nil }
    let size = try count(quantity, field: field, in: data, &step)
    guard size > 0 else { throw StateFailure.runtime("\(field) must be greater than zero.") }
    return Int(size)
  }
}
