#pragma once

#include <string>

namespace carillon::data {

/// What an exchange needs of its connection. Called on the loop's thread.
class exchange_owner {
public:
  virtual ~exchange_owner() = default;

  /// There is something to send.
  virtual void touch() = 0;

  /// True while the socket does not accept what is unsent.
  virtual bool is_writing() const noexcept = 0;

  /// Empty if the client has gone.
  virtual std::string remote_address() const = 0;
};

} // namespace carillon::data
