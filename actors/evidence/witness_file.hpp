#pragma once

#include "actors/evidence/witness.hpp"
#include "base/failure.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace carillon {

/// Appends a signed note and an empty line to a file, which is made with mode 0600 if it is
/// missing. Behind a note that was cut, empty lines come first. Errors: `store_unavailable`, with
/// the system's reason; for operators only.
expected<void> append_to_witness(const std::string& file, std::string_view note);

/// A file that checkpoints are appended to, by a thread of its own: a disk that hangs, such as that
/// of another machine, delays neither signatures nor the stop. A thread that does not end within
/// 200 ms is left behind, and touches nothing of the node any more.
class witness_file final : public witness {
public:
  /// Errors: `internal` if the system has no thread.
  static expected<std::shared_ptr<witness>> make(std::string path);

  ~witness_file() override;

  const std::string& shown() const override;
  const std::string& named() const override;
  void give(const std::string& note, callback done) override;

private:
  class desk;

  witness_file(std::string path, std::shared_ptr<desk> x);

  std::string path_;
  std::shared_ptr<desk> desk_;
};

} // namespace carillon
