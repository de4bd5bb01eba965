#include "net/data/sockets/address_counts.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace carillon::data {

namespace ip = boost::asio::ip;

bool address_counts::take(const ip::address& from, seat& out) {
  if (most_ == 0)
    return true;
  auto source = source_of(from);
  std::lock_guard lock{mutex_};
  auto& count = counts_[source];
  if (count >= most_)
    return false;
  out = seat{shared_from_this(), std::move(source)};
  ++count;
  return true;
}

void address_counts::give_back(const std::string& source) {
  std::lock_guard lock{mutex_};
  auto found = counts_.find(source);
  if (found != counts_.end() && --found->second == 0)
    counts_.erase(found);
}

std::string source_of(const ip::address& x) {
  if (!x.is_v6() || x.to_v6().is_v4_mapped())
    return text_of(x);
  auto bytes = x.to_v6().to_bytes();
  constexpr size_t network_bytes = 8;
  std::fill(bytes.begin() + network_bytes, bytes.end(), 0);
  return ip::address_v6{bytes}.to_string() + "/64";
}

std::string text_of(const ip::address& x) {
  if (x.is_v6() && x.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, x.to_v6()).to_string();
  return x.to_string();
}

} // namespace carillon::data
