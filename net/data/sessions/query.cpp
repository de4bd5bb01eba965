#include "net/data/sessions/query.hpp"

#include "base/text/utf8.hpp"

#include <boost/url/encoding_opts.hpp>
#include <boost/url/params_encoded_view.hpp>
#include <boost/url/parse_query.hpp>

namespace carillon::sessions {

std::optional<parameters> parameters_of(std::string_view target) {
  constexpr size_t most = 32;
  parameters out;
  auto begin = target.find('?');
  if (begin == std::string_view::npos)
    return out;
  // A copy with a NUL: Boost 1.81 reads the last parameter up to an invalid character, past the end
  // of the text.
  const std::string query{target.substr(begin + 1)};
  auto parsed = boost::urls::parse_query(query);
  if (!parsed || parsed->size() > most)
    return std::nullopt;
  boost::urls::encoding_opts options;
  options.space_as_plus = true;
  for (auto x : *parsed) {
    const auto& [name, value] = out.emplace_back(x.key.decode(options), x.value.decode(options));
    // Names and identities appear in JSON.
    if (!is_utf8(name) || !is_utf8(value))
      return std::nullopt;
  }
  return out;
}

} // namespace carillon::sessions
