#include "handlers/built_in_queues.hpp"

#include "base/crypto/sha256.hpp"
#include "base/file/durable_file.hpp"
#include "base/file/shared_files.hpp"
#include "base/text/mail_address.hpp"
#include "base/text/utf8.hpp"
#include "handlers/documents/document_runner.hpp"
#include "handlers/email/email_runner.hpp"
#include "handlers/email/mail_url.hpp"
#include "handlers/email/mime/mime_text.hpp"
#include "handlers/email/outbox_transport.hpp"

#include <openssl/rand.h>

#include <array>

namespace carillon {

namespace {

constexpr size_t installation_digits = 16;

bool is_installation(const std::string& x) {
  return x.size() == installation_digits
         && x.find_first_not_of("0123456789abcdef") == std::string::npos;
}

email_runner::make_transport transport_maker(const mail_target& target,
                                             const built_in_queue_options& options,
                                             std::shared_ptr<const std::atomic<bool>> stop) {
  using made = expected<std::unique_ptr<mail_transport>>;
  if (target.what == mail_target::kind::directory)
    return [directory = target.directory]() -> made {
      auto out = outbox_transport::make(directory);
      if (!out)
        return out.error();
      return std::unique_ptr<mail_transport>{std::move(*out)};
    };
  smtp_options smtp{.server = target,
                    .tls = options.tls,
                    .ca_file = options.ca_file,
                    .hello = options.hello,
                    .stop = std::move(stop),
                    .may_send = options.may_send};
  return [smtp]() -> made {
    auto out = smtp_transport::make(smtp);
    if (!out)
      return out.error();
    return std::unique_ptr<mail_transport>{std::move(*out)};
  };
}

/// Makes a transport, so that wrong settings are found at the start.
expected<mail_target> checked_target(const built_in_queue_options& options,
                                     const std::string& data_directory) {
  auto target
    = parse_mail_url(options.mail.empty() ? "file:" + data_directory + "/outbox" : options.mail);
  if (!target)
    return target.error();
  if (!is_mail_address(options.from.address))
    return failure{ec::invalid_argument,
                   "'" + excerpt(options.from.address) + "' is not a mail address", "mail-from"};
  if (has_control_character(options.from.name))
    return failure{ec::invalid_argument, "a control character in the sender's name", "mail-from"};
  for (const auto& host : options.mail_link_hosts)
    if (!is_mail_domain(host))
      return failure{ec::invalid_argument, "'" + excerpt(host) + "' is not a host name",
                     "mail-link-hosts"};
  if (!options.ca_file.empty() && !read_whole(options.ca_file, size_t{64} * 1'024 * 1'024))
    return failure{ec::invalid_argument, "cannot read " + options.ca_file, "mail-ca-file"};
  if (auto made = transport_maker(*target, options, nullptr)(); !made)
    return made.error();
  return target;
}

} // namespace

expected<std::string> installation_id(const std::string& data_directory, shared_files* shared) {
  constexpr size_t limit = 4'096;
  auto kept = read_whole(data_directory + "/installation", limit);
  if (kept && is_installation(*kept))
    return shared != nullptr ? shared->installation(*kept) : kept;
  if (!kept && kept.error().code != ec::not_found)
    return kept.error();
  std::array<unsigned char, 32> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    return failure{ec::internal, "there is no randomness", {}};
  auto out = try_sha256_hex({reinterpret_cast<const char*>(random.data()), random.size()});
  if (!out)
    return failure{ec::internal, "OpenSSL failed at SHA-256", {}};
  out->resize(installation_digits);
  if (shared != nullptr)
    return shared->installation(*out);
  if (auto written = write_durably(data_directory, "installation", *out); !written)
    return written.error();
  return std::move(*out);
}

expected<built_in_queues> make_built_in_queues(const built_in_queue_options& options,
                                               const std::string& data_directory,
                                               worker_access access,
                                               std::shared_ptr<shared_files> shared) {
  auto target = checked_target(options, data_directory);
  if (!target)
    return target.error();
  auto templates = template_set::load(options.templates);
  if (!templates)
    return templates.error();
  auto store = document_store::open(data_directory + "/documents", shared);
  if (!store)
    return store.error();
  auto installation = installation_id(data_directory, shared.get());
  if (!installation)
    return installation.error();
  auto fonts = find_sheet_fonts();
  for (const auto& file : options.document_fonts)
    if (auto usable = check_document_font(file); !usable)
      return usable.error();
  if (fonts)
    fonts->others = options.document_fonts;
  built_in_queues out;
  out.mail_display = target->display();
  out.warning = fonts ? std::string{} : fonts.error().detail;
  out.stop = std::make_shared<std::atomic<bool>>(false);
  auto sheets = std::make_shared<const order_sheets>(access, *store, fonts);
  email_options email{.from = options.from,
                      .installation = *installation,
                      .link_hosts = options.mail_link_hosts,
                      .rates = std::make_shared<mail_rates>(options.mail_company_rate)};
  auto make = transport_maker(*target, options, out.stop);
  out.email.name = "email";
  out.email.workers = options.mail_workers;
  out.email.deadline = options.mail_timeout;
  out.email.make = [access, set = *templates, sheets, email, make] {
    return std::make_unique<email_runner>(access, set, sheets, email, make);
  };
  out.document.name = "document";
  out.document.workers = options.document_workers;
  out.document.make
    = [access, sheets] { return std::make_unique<document_runner>(access, sheets); };
  return out;
}

} // namespace carillon
