#pragma once

#include "net/admin/call.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::admin {

/// The files of the portal, with the header fields that say who may show it in a frame. Immutable.
class portal_page {
public:
  /// @param origins see `portal_options::origins`
  explicit portal_page(const std::vector<std::string>& origins);

  /// The file at a path behind `/portal/`; empty = the page itself. Empty for any other.
  std::optional<answer> file(std::string_view name) const;

private:
  struct part {
    std::string_view name;
    std::string_view text;
    std::string_view media_type;
    std::string tag;
  };

  std::vector<part> parts_;
  std::string policy_;
};

} // namespace carillon::admin
