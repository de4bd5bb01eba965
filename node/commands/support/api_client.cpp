#include "node/commands/support/api_client.hpp"
#include "base/failure_text.hpp"

#include "base/text/masked.hpp"
#include "messages/events/event.hpp"
#include "node/commands/commands.hpp"
#include "node/option_values.hpp"
#include "node/options/options.hpp"

#include <httplib.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cctype>
#include <fstream>
#include <iostream>
#include <utility>

namespace carillon::commands {

namespace {

constexpr std::chrono::seconds connect_timeout{5};

/// CLI11 check for a duration.
std::string check_duration(const std::string& text) {
  auto value = parse_duration(text);
  return value ? std::string{} : value.error().detail;
}

expected<std::string> base_of(std::string url) {
  auto scheme = url.find("://");
  auto known = url.starts_with("http://") || url.starts_with("https://");
  if (known && url.ends_with('/'))
    url.pop_back();
  if (!known || url.size() == scheme + 3
      || url.find_first_of("/?#@ ", scheme + 3) != std::string::npos)
    return failure{ec::invalid_argument,
                   "'" + masked(url) + "' is not an address like http://127.0.0.1:7070", "url"};
  return url;
}

/// The library would only say that it has no connection.
expected<void> readable_files(const connection_options& x) {
  if (x.certificate.empty() != x.certificate_key.empty())
    return failure{ec::invalid_argument, "--client-cert and --client-key belong together",
                   "client-cert"};
  for (const auto& [path, field] :
       {std::pair{&x.authority, "ca"}, std::pair{&x.certificate, "client-cert"},
        std::pair{&x.certificate_key, "client-key"}})
    if (!path->empty() && !std::ifstream{*path})
      return failure{ec::invalid_argument, *path + " cannot be read", field};
  return {};
}

expected<api_answer> to_answer(const httplib::Result& x, const std::string& url) {
  if (!x)
    return failure{ec::timeout, "no answer from " + url + ": " + httplib::to_string(x.error()), {}};
  api_answer out{x->status, x->body, std::chrono::seconds{0}};
  if (auto seconds = parse_count(x->get_header_value("Retry-After"), 0, 86'400))
    out.retry_after = std::chrono::seconds{*seconds};
  return out;
}

ec code_from(std::string_view name) noexcept {
  for (auto i = 1; i < static_cast<int>(ec::count_); ++i)
    if (name_of(static_cast<ec>(i)) == name)
      return static_cast<ec>(i);
  return ec::internal;
}

} // namespace

void add_connection_flags(command_line& command, connection_options& out,
                          const std::string& url_flag, const std::string& standard) {
  out.url = standard;
  command.add_option("--" + url_flag, out.url, "Address of the node")
    ->type_name("URL")
    ->envname(environment_name(url_flag))
    ->capture_default_str();
  command.add_option("--key", out.key, "API key; better in the environment than on a command line")
    ->type_name("KEY")
    ->envname("CARILLON_KEY");
  auto add_file = [&](const std::string& name, std::string& path, const std::string& meaning) {
    command.add_option("--" + name, path, meaning)
      ->type_name("FILE")
      ->envname(environment_name(name));
  };
  add_file("ca", out.authority,
           "Authority of the node's certificate, as PEM; without it those that the system trusts");
  add_file("client-cert", out.certificate, "Certificate that is shown to the node, as PEM");
  add_file("client-key", out.certificate_key, "Its private key, as PEM");
  add_duration_flag(command, "--timeout", out.timeout, "How long one answer may take");
}

void add_duration_flag(command_line& command, const std::string& name,
                       std::chrono::milliseconds& out, const std::string& meaning) {
  command
    .add_option_function<std::string>(
      name, [&out](const std::string& text) { out = *parse_duration(text); }, meaning)
    ->type_name("TIME")
    ->default_str(carillon::to_text(out))
    ->check(check_duration, "");
}

void add_admin_flags(command_line& command, connection_options& out) {
  add_connection_flags(command, out, "admin-url", "http://127.0.0.1:7071");
}

// -- api_client ---------------------------------------------------------------

api_client::api_client(std::unique_ptr<httplib::Client> client, std::string url)
  : client_(std::move(client)), url_(std::move(url)) {
}

api_client::api_client(api_client&&) noexcept = default;
api_client& api_client::operator=(api_client&&) noexcept = default;
api_client::~api_client() = default;

expected<api_client> api_client::make(const connection_options& options) {
  auto base = base_of(options.url);
  if (!base)
    return base.error();
  if (!options.key.empty() && !is_identifier(options.key))
    return failure{ec::invalid_argument, "the API key has characters that no key has", "key"};
  if (auto fits = readable_files(options); !fits)
    return fits.error();
  std::unique_ptr<httplib::Client> client;
  try {
    client = std::make_unique<httplib::Client>(*base, options.certificate, options.certificate_key);
  } catch (const std::exception&) {
    return failure{ec::invalid_argument, "'" + *base + "' is not an address", "url"};
  }
  client->set_keep_alive(true);
  client->set_tcp_nodelay(true);
  client->set_connection_timeout(
    std::min<std::chrono::milliseconds>(connect_timeout, options.timeout));
  client->set_read_timeout(options.timeout);
  client->set_write_timeout(options.timeout);
  if (!options.authority.empty())
    client->set_ca_cert_path(options.authority);
  if (!options.key.empty())
    client->set_bearer_token_auth(options.key);
  return api_client{std::move(client), std::move(*base)};
}

expected<api_answer> api_client::get(const std::string& path, const query_parameters& query) {
  httplib::Params params;
  for (const auto& [name, value] : query)
    if (!value.empty())
      params.emplace(name, value);
  return to_answer(client_->Get(path, params, httplib::Headers{}), url_);
}

expected<api_answer> api_client::post(const std::string& path, const std::string& json) {
  return to_answer(client_->Post(path, json, "application/json"), url_);
}

expected<api_answer> api_client::put(const std::string& path, const std::string& json) {
  return to_answer(client_->Put(path, json, "application/json"), url_);
}

expected<api_answer> api_client::patch(const std::string& path, const std::string& json) {
  return to_answer(client_->Patch(path, json, "application/json"), url_);
}

expected<api_answer> api_client::remove(const std::string& path) {
  return to_answer(client_->Delete(path), url_);
}

expected<api_answer> api_client::call(const std::string& method, const std::string& target,
                                      const std::string& json, size_t most_bytes, bool& is_cut) {
  httplib::Request request;
  request.method = method;
  request.path = target;
  request.set_header("Accept", "application/json");
  if (!json.empty() || (method != "GET" && method != "DELETE")) {
    request.body = json.empty() ? "{}" : json;
    request.set_header("Content-Type", "application/json");
  }
  api_answer out;
  is_cut = false;
  request.response_handler = [&out](const httplib::Response& x) {
    out.status = x.status;
    return true;
  };
  request.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
    if (out.body.size() + size > most_bytes) {
      is_cut = true;
      return false;
    }
    out.body.append(data, size);
    return true;
  };
  auto got = client_->send(request);
  if (got || is_cut)
    return out;
  return to_answer(got, url_);
}

void api_client::cancel() noexcept {
  client_->stop();
}

// -- answers ------------------------------------------------------------------

std::string text_member(const rapidjson::Value& object, const char* name) {
  auto i = object.FindMember(name);
  return i != object.MemberEnd() && i->value.IsString()
           ? std::string{i->value.GetString(), i->value.GetStringLength()}
           : std::string{};
}

uint64_t number_member(const rapidjson::Value& object, const char* name) {
  auto i = object.FindMember(name);
  return i != object.MemberEnd() && i->value.IsUint64() ? i->value.GetUint64() : 0;
}

std::string to_text(const rapidjson::Value& x) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer{out};
  x.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

failure problem_of(const rapidjson::Value& x) {
  if (!x.IsObject())
    return {};
  failure out{code_from(text_member(x, "code")), text_member(x, "detail"), text_member(x, "field")};
  if (out.detail.empty())
    out.detail = text_member(x, "title");
  return out;
}

failure problem_of(const api_answer& x) {
  rapidjson::Document problem;
  problem.Parse<rapidjson::kParseIterativeFlag>(x.body.c_str(), x.body.size());
  if (problem.HasParseError() || !problem.IsObject() || !problem.HasMember("code"))
    return {ec::internal, "the node answered with status " + std::to_string(x.status), {}};
  return problem_of(problem);
}

expected<rapidjson::Document> json_of(const expected<api_answer>& x) {
  if (!x)
    return x.error();
  if (!x->is_success())
    return problem_of(*x);
  rapidjson::Document out;
  out.Parse<rapidjson::kParseIterativeFlag>(x->body.c_str(), x->body.size());
  if (out.HasParseError() || !out.IsObject())
    return failure{ec::internal, "the answer is not a JSON object; is this Carillon's port?", {}};
  return out;
}

int report(const failure& x) {
  std::cerr << "carillon: " << text_of(x);
  if (!x.field.empty())
    std::cerr << " (" << x.field << ")";
  std::cerr << " [" << name_of(x.code) << "]\n";
  return x.code == ec::invalid_argument ? usage : fault;
}

} // namespace carillon::commands
