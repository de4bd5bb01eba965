#include "net/admin/embedded.hpp"
#include "net/admin/resources.hpp"

namespace carillon::admin {

expected<answer> show_openapi(call&) {
  return answer{.body = std::string{openapi_yaml()}, .media_type = "application/yaml"};
}

} // namespace carillon::admin
