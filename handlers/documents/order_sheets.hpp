#pragma once

#include "handlers/documents/document_store.hpp"
#include "handlers/documents/order_sheet.hpp"
#include "handlers/worker_access.hpp"

#include <memory>
#include <string>

namespace carillon {

/// Makes order sheets, each once, and finds existing ones. Any thread.
class order_sheets {
public:
  /// @param fonts may be an error, with which each attempt to make a sheet then fails
  order_sheets(worker_access access, document_store store, expected<sheet_fonts> fonts)
    : access_(std::move(access)), store_(std::move(store)), fonts_(std::move(fonts)) {
  }

  struct sheet {
    document row;
    std::string bytes;
  };

  /// The sheet of an `order.created` event, made and stored if it is missing. Errors: `not_found`
  /// (no font), `internal` (it cannot be made), those of access and store.
  expected<sheet> sheet_of(const event& x) const;

  /// An existing sheet. Errors: `not_found`, those of access and store.
  expected<sheet> find(const event& x) const;

private:
  worker_access access_;
  document_store store_;
  expected<sheet_fonts> fonts_;
};

using order_sheets_ptr = std::shared_ptr<const order_sheets>;

} // namespace carillon
