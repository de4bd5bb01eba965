// Printed text: it never contains the password of a connection string, regardless of the text
// around it.

#include "base/text/masked.hpp"
#include "fuzz/require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  constexpr std::string_view secret = "S3cretS3cret";
  if (text.find("S3cret") != std::string::npos)
    return 0;
  for (const auto* url : {"\npostgresql://u:S3cretS3cret@h/d", "\nhost=h password=S3cretS3cret",
                          "\nS3cretS3cret@proxy:3128", "\nu:S3cretS3cret@proxy"})
    fuzz::require(masked(text + url).find(secret) == std::string::npos);
  return 0;
}
