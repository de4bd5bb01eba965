#include "net/admin/calls/resources.hpp"
#include "net/admin/embedded.hpp"

namespace carillon::admin {

expected<answer> show_openapi(call&) {
  return answer{.body = std::string{openapi_yaml()}, .media_type = "application/yaml"};
}

} // namespace carillon::admin
