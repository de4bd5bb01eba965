#include "handlers/documents/order_summary.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/plain_text.hpp"

#include <initializer_list>
#include <optional>

namespace carillon {

namespace {

constexpr size_t text_bytes = 300;

/// The first of these members that is not empty.
const rapidjson::Value* first_of(const rapidjson::Value& object,
                                 std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    const auto* x = find_member(object, name);
    if (x != nullptr && (x->IsNumber() || (x->IsString() && x->GetStringLength() > 0)))
      return x;
  }
  return nullptr;
}

std::string text_of(const rapidjson::Value* x) {
  if (x == nullptr)
    return {};
  return x->IsString() ? one_line(view_of(*x), text_bytes) : number_text(*x);
}

std::string money_of(const rapidjson::Value* x, const std::string& currency) {
  if (x == nullptr || x->IsString())
    return text_of(x);
  return amount_text(x->GetDouble(), currency);
}

order_line line_of(const rapidjson::Value& x, const std::string& currency) {
  order_line out;
  if (!x.IsObject()) {
    out.name = text_of(&x);
    return out;
  }
  const auto* quantity = first_of(x, {"quantity", "qty"});
  const auto* price = first_of(x, {"price", "unitPrice"});
  const auto* total = first_of(x, {"total", "amount"});
  out.name = text_of(first_of(x, {"name", "title", "productName", "productId", "id"}));
  out.sku = text_of(first_of(x, {"sku"}));
  out.quantity = text_of(quantity);
  out.price = money_of(price, currency);
  if (total != nullptr)
    out.total = money_of(total, currency);
  else if (quantity != nullptr && price != nullptr && quantity->IsNumber() && price->IsNumber())
    out.total = amount_text(quantity->GetDouble() * price->GetDouble(), currency);
  return out;
}

} // namespace

rapidjson::Document data_of(const event& x) {
  auto parsed = parse_strict_object(x.data, event_limits::json_depth);
  if (parsed)
    return std::move(*parsed);
  rapidjson::Document out;
  out.SetObject();
  return out;
}

order_summary summary_of(const event& x, const rapidjson::Value& data, size_t max_lines) {
  order_summary out;
  out.order_id = text_of(first_of(data, {"orderId"}));
  out.company_id = one_line(x.company_id, text_bytes);
  out.user_id = one_line(x.user_id, text_bytes);
  out.status = text_of(first_of(data, {"status"}));
  out.currency = currency_text(text_of(first_of(data, {"currency"})));
  out.total = money_of(first_of(data, {"total"}), out.currency);
  const auto* items = find_member(data, "items");
  if (items != nullptr && items->IsUint64())
    out.item_count = number_text(*items);
  if (items == nullptr || !items->IsArray())
    return out;
  for (const auto& item : items->GetArray())
    if (out.lines.size() < max_lines)
      out.lines.push_back(line_of(item, out.currency));
    else
      ++out.more;
  return out;
}

} // namespace carillon
