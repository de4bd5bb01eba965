#include "handlers/notification/notices.hpp"

#include "base/text/plain_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {

namespace {

using text = const event_text&;

/// Longest text that a person wrote, such as a reason.
constexpr size_t remark_bytes = 500;

/// `Order o-1`, or `otherwise` if the event has no id.
std::string named(std::string_view what, std::string id, std::string_view otherwise) {
  if (id.empty())
    return std::string{otherwise};
  return std::string{what} + ' ' + std::move(id);
}

/// ` Total: 12.50.`, or nothing if there is no value.
std::string said(std::string_view what, const std::string& value) {
  if (value.empty())
    return {};
  return ' ' + std::string{what} + ": " + value + (value.ends_with('.') ? "" : ".");
}

std::string either(std::string value, std::string_view otherwise) {
  return value.empty() ? std::string{otherwise} : std::move(value);
}

std::string by_user(text x) {
  return said("User", id_text(x.get().user_id));
}

// -- orders -----------------------------------------------------------------------

notice about_order(text x, std::string_view what_happened, std::string body) {
  return {named("Order", x.text("orderId"), "Your order") + ' ' + std::string{what_happened},
          std::move(body), x.link("/orders/", "orderId")};
}

std::string your_order(text x) {
  return named("Your order", x.text("orderId"), "Your order");
}

notice order_created(text x) {
  return about_order(x, "received",
                     "We have received your order." + said("Total", x.amount("total")));
}

notice new_order(text x) {
  auto id = x.text("orderId");
  return {named("New order", id, "New order"),
          named("Order", id, "An order") + " was placed." + said("Total", x.amount("total"))
            + by_user(x),
          x.link("/orders/", "orderId")};
}

notice order_updated(text x) {
  auto status = either(x.text("status"), "updated");
  auto before = x.text("previousStatus");
  return about_order(x, "is now " + status,
                     your_order(x) + " is now " + status
                       + (before.empty() ? "." : "; it was " + before + "."));
}

notice order_shipped(text x) {
  return about_order(x, "shipped",
                     your_order(x) + " is on its way." + said("Carrier", x.text("carrier"))
                       + said("Tracking number", x.text("trackingNumber")));
}

notice order_delivered(text x) {
  return about_order(x, "delivered",
                     your_order(x) + " was delivered."
                       + said("Delivered at", x.moment("deliveredAt")));
}

notice order_cancelled(text x) {
  return about_order(x, "cancelled",
                     your_order(x) + " was cancelled."
                       + said("Reason", x.text("reason", remark_bytes)));
}

notice cancelled_order(text x) {
  return {named("Order", x.text("orderId"), "An order") + " cancelled",
          named("Order", x.text("orderId"), "An order") + " was cancelled."
            + said("Reason", x.text("reason", remark_bytes)) + by_user(x),
          x.link("/orders/", "orderId")};
}

// -- payments ---------------------------------------------------------------------

notice about_payment(text x, std::string title, std::string body) {
  body += said("Amount", x.amount("amount")) + said("Order", x.text("orderId"))
          + said("Reason", x.text("reason", remark_bytes));
  return {std::move(title), std::move(body), x.link("/payments/", "paymentId")};
}

notice payment_succeeded(text x) {
  return about_payment(x, "Payment received", "Thank you, we have received your payment.");
}

notice payment_failed(text x) {
  return about_payment(x, "Payment failed", "Your payment did not go through.");
}

notice payment_refunded(text x) {
  return about_payment(x, "Payment refunded", "Your payment was refunded.");
}

notice failed_payment(text x) {
  return about_payment(x, "A payment failed",
                       named("Payment", x.text("paymentId"), "A payment") + " failed."
                         + by_user(x));
}

notice refunded_payment(text x) {
  return about_payment(x, "A payment was refunded",
                       named("Payment", x.text("paymentId"), "A payment") + " was refunded."
                         + by_user(x));
}

// -- users and inventory ------------------------------------------------------------

notice user_registered(text x) {
  return {named("New user", id_text(x.get().user_id), "New user"),
          "Somebody has registered." + said("E-mail", x.text("email", 254))
            + said("Role", x.text("role")),
          link_to("/users/", x.get().user_id)};
}

std::string product_of(text x) {
  return either(x.text("sku"), either(x.text("productId"), "A product"));
}

notice low_stock(text x) {
  return {product_of(x) + " is running low",
          product_of(x) + " is running low." + said("Left", x.count("quantity"))
            + said("Threshold", x.count("threshold")),
          x.link("/inventory/", "productId")};
}

notice out_of_stock(text x) {
  return {product_of(x) + " is out of stock", product_of(x) + " is out of stock.",
          x.link("/inventory/", "productId")};
}

// -- marketplace ------------------------------------------------------------------

notice listing_created(text x) {
  return {named("Listing", x.text("listingId"), "A listing") + " created",
          "A listing was created." + said("Product", x.text("productId"))
            + said("Price", x.amount("price")),
          x.link("/marketplace/listings/", "listingId")};
}

notice listing_sold(text x) {
  return {named("Listing", x.text("listingId"), "A listing") + " sold",
          "A listing was sold." + said("Order", x.text("orderId"))
            + said("Price", x.amount("price")),
          x.link("/marketplace/listings/", "listingId")};
}

notice sync_completed(text x) {
  return {either(x.text("marketplace"), "Marketplace") + " synchronised",
          "The synchronisation has ended." + said("Listings", x.count("listings"))
            + said("Errors", x.count("errors")),
          "/marketplace"};
}

// -- analyses ---------------------------------------------------------------------

notice about_analysis(text x, std::string_view what_happened, std::string_view body) {
  return {named("Analysis", x.text("kind"), "Your analysis") + ' ' + std::string{what_happened},
          std::string{body} + said("Model", x.text("model"))
            + said("Error", x.text("error", remark_bytes)),
          x.link("/ai/analyses/", "requestId")};
}

notice analysis_requested(text x) {
  return about_analysis(x, "requested", "We are working on your analysis.");
}

notice analysis_completed(text x) {
  return about_analysis(x, "completed", "Your analysis is ready.");
}

notice analysis_failed(text x) {
  return about_analysis(x, "failed", "Your analysis could not be made.");
}

notice insight_generated(text x) {
  return {"New insight", either(x.text("title", remark_bytes), "There is a new insight."),
          x.link("/ai/insights/", "insightId")};
}

// -- the system -------------------------------------------------------------------

notice maintenance(text x) {
  return {"Maintenance",
          either(x.text("message", 1'000), "There will be maintenance.")
            + said("From", x.moment("startsAt")) + said("To", x.moment("endsAt")),
          {}};
}

notice endpoint_disabled(text x) {
  return {named("Webhook", x.text("webhookId"), "A webhook") + " was disabled",
          "Nothing more is sent to it until it is enabled." + said("URL", x.text("url", 300))
            + said("Reason", x.text("reason", remark_bytes)),
          x.link("/webhooks/", "webhookId")};
}

notice delivery_exhausted(text x) {
  return {named("Webhook", x.text("webhookId"), "A webhook") + " did not take an event",
          "Deliveries fail, and one was given up." + said("Since", x.moment("failingSince"))
            + said("Delivery", x.text("deliveryId")) + said("Event", x.text("eventId"))
            + said("Attempts", x.count("attempts")) + said("Last status", x.count("lastStatus")),
          x.link("/webhooks/", "webhookId")};
}

/// Identifies a webhook and the begin of its failure, instead of each event that it rejected.
std::string failing_webhook(text x) {
  const auto since = x.text("failingSince");
  return since.empty() ? std::string{} : "webhook-" + x.text("webhookId") + '/' + since;
}

/// By type.
constexpr std::array<notice_rule, 21> rules{{
  {"ai.analysis_completed", analysis_completed},
  {"ai.analysis_failed", analysis_failed},
  {"ai.analysis_requested", analysis_requested},
  {"ai.insight_generated", insight_generated},
  {"inventory.low_stock", nullptr, low_stock},
  {"inventory.out_of_stock", nullptr, out_of_stock},
  {"marketplace.listing_created", nullptr, listing_created},
  {"marketplace.listing_sold", nullptr, listing_sold},
  {"marketplace.sync_completed", nullptr, sync_completed},
  {"order.cancelled", order_cancelled, cancelled_order},
  {"order.created", order_created, new_order},
  {"order.delivered", order_delivered},
  {"order.shipped", order_shipped},
  {"order.updated", order_updated},
  {"payment.failed", payment_failed, failed_payment},
  {"payment.refunded", payment_refunded, refunded_payment},
  {"payment.succeeded", payment_succeeded},
  {"system.maintenance", nullptr, nullptr, maintenance},
  {"user.registered", nullptr, user_registered},
  {"webhook.delivery_exhausted", nullptr, delivery_exhausted, nullptr, failing_webhook},
  {"webhook.endpoint_disabled", nullptr, endpoint_disabled},
}};

} // namespace

const notice_rule* find_notice(std::string_view type) noexcept {
  const auto* found = std::lower_bound(rules.begin(), rules.end(), type,
                                       [](const auto& x, auto y) { return x.type < y; });
  return found != rules.end() && found->type == type ? found : nullptr;
}

} // namespace carillon
