#pragma once

#include "node/options/option_kinds.hpp"

#include <string>
#include <utility>

namespace carillon {

// Options that are lists.

template <class Access, class Read>
option_spec a_list(std::string name, std::string group, std::string unit, std::string meaning,
                   Access access, Read read) {
  auto out = an_option(std::move(name), std::move(group), std::move(unit), std::move(meaning),
                       access, joined, read);
  out.is_list = true;
  return out;
}

template <class Access>
option_spec some_types(std::string name, std::string group, std::string meaning, Access access) {
  return a_list(std::move(name), std::move(group), "TYPES", std::move(meaning), access,
                parse_types);
}

template <class Access>
option_spec some_cidrs(std::string name, std::string group, std::string meaning, Access access) {
  return a_list(std::move(name), std::move(group), "CIDR", std::move(meaning), access, parse_cidrs);
}

template <class Access>
option_spec some_texts(std::string name, std::string group, std::string unit, std::string meaning,
                       Access access) {
  return a_list(std::move(name), std::move(group), std::move(unit), std::move(meaning), access,
                parse_texts);
}

} // namespace carillon
