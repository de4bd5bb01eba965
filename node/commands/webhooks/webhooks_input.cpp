#include "node/commands/webhooks/webhooks_input.hpp"

#include "base/file/descriptor.hpp"
#include "base/text/utf8.hpp"
#include "messages/webhooks/secret.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace carillon::commands {

namespace {

constexpr size_t max_secret_file_bytes = size_t{64} << 10;

} // namespace

expected<std::string> read_file(const std::string& path, const char* field, size_t max_bytes) {
  const auto unreadable = failure{ec::invalid_argument, "cannot read " + path, field};
  const descriptor in{path == "-" ? ::dup(STDIN_FILENO)
                                  : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!in.is_open())
    return unreadable;
  std::string out;
  std::array<char, 65536> chunk{};
  ssize_t n = 1;
  while (n > 0 && out.size() <= max_bytes) {
    n = ::read(in.get(), chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR)
      n = 1;
    else if (n > 0)
      out.append(chunk.data(), static_cast<size_t>(n));
  }
  if (n < 0)
    return unreadable;
  if (out.size() > max_bytes)
    return failure{ec::invalid_argument,
                   path + " has more than " + std::to_string(max_bytes) + " bytes", field};
  return out;
}

expected<void> append_lines(const std::string& file, const char* field,
                            std::vector<std::string>& out) {
  auto text = read_file(file, field, max_secret_file_bytes);
  if (!text)
    return text.error();
  for (size_t at = text->starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
       at < text->size();) {
    const auto end = std::min(text->find('\n', at), text->size());
    auto line = text->substr(at, end - at);
    if (line.ends_with('\r'))
      line.pop_back();
    if (!line.empty())
      out.push_back(std::move(line));
    at = end + 1;
  }
  return {};
}

void add_secret_flags(command_line& command, secret_flags& out) {
  auto* text
    = command
        .add_option("--secret", out.text,
                    "Your own: whsec_… or whsk_…; - reads it from standard input, since others "
                    "on this machine can see a command line. Without, one is made")
        ->type_name("SECRET");
  command.add_option("--secret-file", out.file, "A file that holds it; - is standard input")
    ->type_name("FILE")
    ->excludes(text);
}

expected<std::string> secret_of(const secret_flags& x) {
  auto file = x.text == "-" ? "-" : x.file;
  auto text = x.text;
  if (!file.empty()) {
    std::vector<std::string> lines;
    if (auto read = append_lines(file, "secret-file", lines); !read)
      return read.error();
    if (lines.size() != 1)
      return failure{ec::invalid_argument, "there is not exactly one secret", "secret-file"};
    text = std::move(lines.front());
  }
  if (text.empty())
    return text;
  if (auto secret = parse_webhook_secret(text); !secret)
    return secret.error();
  return text;
}

} // namespace carillon::commands
