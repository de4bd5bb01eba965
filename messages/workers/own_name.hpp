#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon {

/// The longest name that a key of a company may give a remote consumer; bytes.
inline constexpr size_t most_own_name_bytes = 51;

/// How the node calls a remote consumer that a key of a company made: its name, a point, and 12
/// hexadecimal digits that the company makes. So companies have names of their own, and no answer
/// tells one which names another has. The name of a consumer if the given one is one of at most
/// `most_own_name_bytes`.
std::string own_name(std::string_view name, std::string_view company_id);

/// Why a key of no company does not get this consumer: see `lists_company_consumer`.
failure of_a_company(std::string_view consumer);

} // namespace carillon
