#pragma once

#include <functional>
#include <string>

namespace carillon {

/// Somebody outside of the node who keeps checkpoints. One thread, the sealer's.
class witness {
public:
  /// Gets what was wrong, for operators, without the witness's own name; empty if it has the
  /// checkpoint. Runs on any thread.
  using callback = std::function<void(std::string trouble)>;

  virtual ~witness() = default;

  /// How the API names it: neither paths nor what may be a secret.
  virtual const std::string& shown() const = 0;

  /// How the operator named it, for the log.
  virtual const std::string& named() const = 0;

  /// Hands over a signed note, and does not wait. The callback runs once, or not at all if the
  /// witness is destroyed before. Call it again only after the callback ran.
  virtual void give(const std::string& note, callback done) = 0;
};

} // namespace carillon
