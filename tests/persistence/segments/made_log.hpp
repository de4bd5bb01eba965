#pragma once

#include "persistence/segments/segment_store.hpp"
#include "tests/persistence/segments/faulty_files.hpp"
#include "tests/persistence/segments/made_events.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace carillon::test {

/// A log on a disk in memory, with the events that it should have.
class made_log {
public:
  static constexpr uint64_t segment_bytes = 16'384;

  explicit made_log(uint32_t seed = 1) : files(std::make_shared<faulty_files>(seed)) {
    open();
  }

  expected<void> try_open(position at_least = 0) {
    store.reset();
    auto opened = segments::segment_store::open(files,
                                                {.segment_bytes = file_bytes,
                                                 .history = "h0",
                                                 .compresses = compresses,
                                                 .at_least = at_least},
                                                now());
    if (!opened)
      return opened.error();
    store = std::move(*opened);
    return {};
  }

  void open() {
    const auto done = try_open();
    INFO((done ? std::string{} : done.error().detail));
    REQUIRE(done.has_value());
  }

  /// Appends a group.
  void append(size_t count, size_t data_bytes = 100) {
    std::vector<draft_ptr> drafts;
    const auto at = now();
    for (size_t i = 0; i < count; ++i) {
      drafts.push_back(made_event(texts.size() + 1, data_bytes));
      auto copy = *drafts.back();
      copy.recorded_at = at;
      texts.push_back(text_of(copy));
    }
    REQUIRE(store->writer().append(drafts, at).has_value());
  }

  /// Appends until there are that many segments.
  void fill(size_t segments) {
    while (store->log().all()->size() < segments)
      append(1 + texts.size() % 5);
  }

  /// What is in the log that differs from what was appended, up to its head; empty if nothing.
  std::string difference() const {
    auto reader = store->reader();
    for (position p = 1; p <= reader.head(); ++p) {
      const auto x = reader.at(p);
      if (!x)
        continue; // said, not wrong
      if (*x == nullptr || p > texts.size() || text_of(**x) != texts[p - 1])
        return "position " + std::to_string(p);
    }
    return {};
  }

  timestamp now() {
    return from_micros(1'700'000'000'000'000 + ++clock_);
  }

  /// Length of new files, after it is opened again.
  uint64_t file_bytes = segment_bytes;
  /// Whether its sealed files are compressed, after it is opened again.
  bool compresses = false;
  std::shared_ptr<faulty_files> files;
  std::unique_ptr<segments::segment_store> store;
  /// Of each event in the order of positions.
  std::vector<std::string> texts;

private:
  int64_t clock_ = 0;
};

} // namespace carillon::test
