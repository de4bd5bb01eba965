#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace carillon::data {

/// Connections by address. An IPv6 client owns a /64, and so is counted by it. Thread-safe.
class address_counts : public std::enable_shared_from_this<address_counts> {
public:
  /// A place that its destructor gives back.
  class seat {
  public:
    seat() = default;
    seat(std::shared_ptr<address_counts> from, std::string source)
      : from_(std::move(from)), source_(std::move(source)) {
    }
    seat(seat&&) noexcept = default;
    seat& operator=(seat&& other) noexcept {
      std::swap(from_, other.from_);
      std::swap(source_, other.source_);
      return *this;
    }
    ~seat() {
      if (from_)
        from_->give_back(source_);
    }

  private:
    std::shared_ptr<address_counts> from_;
    std::string source_;
  };

  /// @param most connections of one address; 0 = they are not counted
  explicit address_counts(size_t most) : most_(most) {
  }

  /// False if the address has the most connections allowed.
  bool take(const boost::asio::ip::address& from, seat& out);

private:
  void give_back(const std::string& source);

  const size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::string, size_t> counts_;
};

/// Key by which an address is counted: an IPv4 address in its own form, or the /64 of an IPv6 one.
std::string source_of(const boost::asio::ip::address& x);

/// As text; IPv4 in its own form.
std::string text_of(const boost::asio::ip::address& x);

} // namespace carillon::data
