#pragma once

#include "persistence/segments/segment_store.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace carillon::test {

/// Reads all events of a log that nobody has open, and writes it anew with what `change` makes of
/// them: each in a frame of its own, with positions in their order from `first` on.
inline void rewrite_segments(const std::filesystem::path& directory,
                             const std::function<void(std::vector<draft_ptr>&)>& change,
                             position first = 1) {
  namespace fs = std::filesystem;
  using segments::segment_options;
  using segments::segment_store;
  segment_options options;
  std::vector<draft_ptr> all;
  {
    options.how = segment_options::access::read;
    auto old = segment_store::open(segments::files_in(directory.string()), options, {});
    REQUIRE(old.has_value());
    options.history = (*old)->history();
    auto reader = (*old)->reader();
    for (auto at = reader.first(); at <= reader.head(); ++at) {
      auto record = reader.at(at);
      REQUIRE(record.has_value());
      all.push_back(std::const_pointer_cast<event>(segments::event_of(**record)));
    }
  }
  change(all);
  fs::remove_all(directory);
  fs::create_directory(directory);
  options.how = segment_options::access::write;
  options.segment_bytes = 1024UL * 1024;
  options.first = first;
  auto made = segment_store::open(segments::files_in(directory.string()), options, {});
  REQUIRE(made.has_value());
  for (const auto& x : all)
    REQUIRE((*made)->writer().append(std::vector<draft_ptr>{x}, x->recorded_at).has_value());
  REQUIRE((*made)->writer().finish({}).has_value());
}

} // namespace carillon::test
