#include "handlers/documents/order_sheet.hpp"

#include "base/crypto/sha256.hpp"
#include "base/file/durable_file.hpp"
#include "handlers/documents/document_store.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

namespace carillon::test {

TEST_SUITE("handlers/order_sheet") {
  namespace {

  event order(const std::string& data) {
    event out;
    out.seq = 7;
    out.id = "e-7";
    out.type = "order.created";
    out.company_id = "Läden & Söhne";
    out.user_id = "u-1";
    out.time = from_rfc3339("2026-11-23T22:23:01Z").value();
    out.data = data;
    return out;
  }

  /// A program's output about a PDF.
  std::string asked(const std::string& command, const std::string& pdf) {
    temporary_directory dir;
    REQUIRE(write_durably(dir.path(), "x.pdf", pdf).has_value());
    auto line = command + ' ' + dir.path() + "/x.pdf - 2>" + dir.path() + "/errors";
    if (command == "pdfinfo" || command == "pdffonts")
      line = command + ' ' + dir.path() + "/x.pdf 2>" + dir.path() + "/errors";
    auto* pipe = ::popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
      out += static_cast<char>(c);
    REQUIRE(::pclose(pipe) == 0);
    // Nor does it warn.
    CHECK(*read_whole(dir.path() + "/errors", 1'000'000) == "");
    return out;
  }

  std::string sheet(const std::string& data) {
    auto out = render_order_sheet(order(data), find_sheet_fonts().value());
    REQUIRE(out.has_value());
    return *out;
  }

  std::string text_of(const std::string& data) {
    return asked("pdftotext -layout", sheet(data));
  }

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  std::string many_items(size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i)
      out += std::string{i == 0 ? "" : ","} + R"({"name":"Item )" + std::to_string(i)
             + R"(","quantity":1,"price":2})";
    return R"({"orderId":"o-1","total":2,"items":[)" + out + "]}";
  }

  } // namespace

  TEST_CASE("a sheet says what the order says, in every script of its font") {
    auto text = text_of(
      R"({"orderId":"o-1","total":32.5,"currency":"EUR","status":"paid","items":[)"
      R"({"name":"Größe Łódź Ελλάδα Привет","sku":"SKU-1","quantity":2,"price":10.25},)"
      R"({"name":"Pen (blue) \\ \"x\"","sku":"SKU-2","quantity":3,"price":4,"total":12}]})");
    CHECK(has(text, "Order o-1"));
    CHECK(has(text, "Läden & Söhne"));
    CHECK(has(text, "u-1"));
    CHECK(has(text, "2026-11-23 22:23 UTC"));
    CHECK(has(text, "paid"));
    CHECK(has(text, "Größe Łódź Ελλάδα Привет"));
    CHECK(has(text, "SKU-1"));
    CHECK(has(text, "10.25"));
    CHECK(has(text, "20.50"));
    CHECK(has(text, "Pen (blue) \\ \"x\""));
    CHECK(has(text, "12.00"));
    CHECK(has(text, "32.50 EUR"));
    CHECK(has(text, "page 1 of 1"));
  }

  TEST_CASE("an order that says only how many items it has gets a sheet that says so") {
    auto text = text_of(R"({"orderId":"o-1","total":99.5,"items":3,"status":"new"})");
    CHECK(has(text, "Order o-1"));
    CHECK(has(text, "Items"));
    CHECK(has(text, "3"));
    CHECK(has(text, "99.50"));
    CHECK_FALSE(has(text, "SKU"));
    CHECK_FALSE(has(text_of(R"({"orderId":"o-1","total":1,"items":-3})"), "-3"));
  }

  TEST_CASE("texts are written in the direction of their script, and can be copied") {
    auto text
      = text_of(R"({"orderId":"o-1","items":[{"name":"שלום עולם"},{"name":"مرحبا بالعالم"},)"
                R"({"name":"Shirt 😀 חולצה XL"},{"name":"漢字 e\u0301"},"क्षि"]})");
    for (const auto* word : {"שלום", "עולם", "مرحبا", "بالعالم", "😀", "חולצה", "漢字", "क"})
      CHECK_MESSAGE(has(text, word), word);
  }

  TEST_CASE("a sheet is small: it has what it uses of its fonts") {
    CHECK(sheet(many_items(3)).size() < 20'000);
    CHECK(sheet(many_items(200)).size() < 60'000);
  }

  TEST_CASE("a font for other characters has to be one that can be used") {
    temporary_directory dir;
    REQUIRE(write_durably(dir.path(), "broken.ttf", "no font at all").has_value());
    for (const auto& file : {dir.path() + "/none.ttf", dir.path() + "/broken.ttf", dir.path()})
      CHECK(check_document_font(file).error().field == "document-font");
    auto fonts = find_sheet_fonts().value();
    CHECK(check_document_font(fonts.bold).has_value());
    // An unused font is not in the sheet.
    fonts.others = {fonts.bold};
    CHECK(render_order_sheet(order("{}"), fonts).value() == sheet("{}"));
  }

  TEST_CASE("the fonts are within it") {
    auto fonts = asked("pdffonts", sheet(many_items(1)));
    CHECK(has(fonts, "DejaVuSans"));
    CHECK(has(fonts, "yes yes yes"));
    CHECK_FALSE(has(fonts, " no "));
  }

  TEST_CASE("the same event gives the same bytes") {
    CHECK(sheet(many_items(50)) == sheet(many_items(50)));
    CHECK(sheet(many_items(50)) != sheet(many_items(51)));
  }

  TEST_CASE("long orders have pages, with the columns on each, and an end") {
    auto pdf = sheet(many_items(200));
    auto info = asked("pdfinfo", pdf);
    CHECK_MESSAGE(has(info, "Pages:           4"), info);
    auto text = asked("pdftotext -layout", pdf);
    for (int i = 0; i < 200; ++i)
      CHECK(has(text, "Item " + std::to_string(i) + " "));
    CHECK(has(text, "page 4 of 4"));
    size_t heads = 0;
    for (auto at = text.find("SKU"); at != std::string::npos; at = text.find("SKU", at + 1))
      ++heads;
    CHECK(heads == 4);
    auto huge = asked("pdftotext -layout", sheet(many_items(max_sheet_items + 7)));
    CHECK(has(huge, "Item " + std::to_string(max_sheet_items - 1) + " "));
    CHECK_FALSE(has(huge, "Item " + std::to_string(max_sheet_items) + " "));
    CHECK(has(huge, "and 7 further items, which are not on this sheet"));
  }

  TEST_CASE("long names are broken into lines, and at last cut") {
    auto text = text_of(R"({"orderId":"o","items":[{"name":"first )" + std::string(500, 'x')
                        + R"( last","sku":"s","quantity":12345678901234567890,"price":1}]})");
    CHECK(has(text, "first"));
    CHECK(has(text, "…"));
    CHECK_FALSE(has(text, "last"));
  }

  TEST_CASE("whatever stands in the items, there is a sheet") {
    for (const auto* data :
         {"{}", "", "[]", R"({"items":{}})", R"({"items":[null,1,"text",[],{},{"name":{}}]})",
          R"({"orderId":"","total":"much","items":[{"name":"a\u0001\n\tb","price":"p"}]})",
          R"({"orderId":"😀","items":[{"name":"😀 漢字 عربي","quantity":-1,"price":1e308}]})",
          R"({"orderId":")"}) {
      CAPTURE(std::string{data});
      auto text = text_of(data);
      CHECK(has(text, "Order"));
      CHECK(has(text, "page 1 of 1"));
    }
    CHECK(has(text_of(R"({"items":["one\u0001\n\ttwo"]})"), "one two"));
    CHECK(has(text_of(R"({"items":["漢字"]})"), "漢字"));
  }

  TEST_CASE("without a usable font there is an error, and no crash") {
    temporary_directory dir;
    REQUIRE(write_durably(dir.path(), "broken.ttf", "no font at all").has_value());
    for (const auto& file : {dir.path() + "/none.ttf", dir.path() + "/broken.ttf", dir.path()}) {
      auto out = render_order_sheet(order("{}"), {file, file});
      REQUIRE_FALSE(out.has_value());
      CHECK(out.error().code == ec::internal);
    }
  }

  TEST_CASE("a download is called after the order, in harmless characters") {
    CHECK(order_sheet_file_name(order(R"({"orderId":"o-1"})")) == "order-o-1.pdf");
    CHECK(order_sheet_file_name(order(R"({"orderId":"../../é\u0001\"x"})")) == "order--x.pdf");
    CHECK(order_sheet_file_name(order("{}")) == "order-7.pdf");
    CHECK(order_sheet_file_name(order(R"({"orderId":42})")) == "order-42.pdf");
  }

  TEST_CASE("documents are kept under their hash, the row after the file") {
    temporary_directory dir;
    auto store = document_store::open(dir.path() + "/documents").value();
    const auto file = dir.path() + "/documents/" + sha256_hex("bytes") + ".pdf";
    bool added = false;
    auto row = store.keep({.key = "k"}, "bytes", [&](const document& x) -> expected<document> {
      CHECK(std::filesystem::exists(file));
      added = true;
      return x;
    });
    REQUIRE(row.has_value());
    CHECK(added);
    CHECK(row->size == 5);
    CHECK(row->sha256 == sha256_hex("bytes"));
    CHECK(row->content_type == "application/pdf");
    CHECK(*store.read(*row) == "bytes");
    REQUIRE(
      write_durably(dir.path() + "/documents", sha256_hex("bytes") + ".pdf", "other").has_value());
    CHECK(store.read(*row).error().code == ec::store_corrupt);
    std::filesystem::remove(file);
    CHECK(store.read(*row).error().code == ec::not_found);
    CHECK(store.read({.sha256 = "../../etc/passwd"}).error().code == ec::store_corrupt);
  }

} // TEST_SUITE

} // namespace carillon::test
