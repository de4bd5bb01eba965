#pragma once

#include "base/failure.hpp"
#include "messages/consumers/effects.hpp"

#include <typeindex>
#include <vector>

namespace carillon::sql {

/// Writes the effects of one capability, in the transaction in which consumers commit.
class effect_writer {
public:
  virtual ~effect_writer() = default;

  /// The types of effects that it writes.
  virtual std::vector<std::type_index> types() const = 0;

  /// True if the log gives all its rows again: a power cut may take the last of them, together with
  /// the cursor that moved with them.
  virtual bool is_made_again() const {
    return false;
  }

  /// A transaction with commits has begun.
  virtual void begin() {
  }

  /// Writes its effects of one commit.
  virtual void apply(const effects& x, timestamp now) = 0;

  /// All commits of the transaction are applied.
  virtual void finish() {
  }

  /// How the transaction has ended.
  virtual void ended(const expected<void>& /*outcome*/) {
  }
};

} // namespace carillon::sql
